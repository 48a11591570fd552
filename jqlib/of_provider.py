"""The indicators that bars of the feed do not give: asked of the data provider, as of the day before at the latest."""

# The parameters have JoinQuant's names, so that strategies' keywords fit.

from __future__ import annotations

from jqdata.asked import Called, indicator
from jqdata.provided import codes_of
from jqdata.units import When
from jqlib.reading import Codes, Values

_MODULE = "jqlib.technical_analysis"


def FSL(security_list: Codes, check_date: When) -> tuple[Values, Values]:
    """SWL and SWS. What the latter does with a weight above 1, which it mostly has, is nowhere written."""
    written = [security_list] if isinstance(security_list, str) else list(security_list)
    lines = indicator(Called(_MODULE, "FSL"), check_date, codes_of(written), 2)
    swl, sws = ({code: line[codes_of(code)[0]] for code in written} for line in lines)
    return swl, sws


def CCL(futures_list: Codes, check_date: When, M: int = 5) -> tuple[Values, Values]:
    """Open interest of futures and its mean: CCL, MACCL."""
    words = () if M == 5 else (f"M={M}",)
    ccl, mean = indicator(Called(_MODULE, "CCL", words), check_date, futures_list, 2)
    return ccl, mean

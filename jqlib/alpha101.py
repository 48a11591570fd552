"""JoinQuant's Alpha 101 factors, of Kakushadze's "101 Formulaic Alphas".

Those that take nothing but bars are computed here, unless the data provider is JoinQuant, whose own values are asked
for then; the others come from the provider only.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from jqdata import provided
from jqdata.asked import Called, alpha, is_joinquant
from jqdata.fields import values
from jqdata.members import get_index_stocks
from jqdata.missing import made_by
from jqdata.panel import days_of
from jqdata.registry import of_module
from jqdata.registry_modules import NOT_AT_JOINQUANT
from jqdata.securities import get_all_securities
from jqdata.units import Unit, When
from jqlib.alpha_formulas import FORMULAS
from jqlib.expressions import Expr, Panel

if TYPE_CHECKING:
    from jqdata.frames import Series

__all__ = [row.name for row in of_module(__name__)]  # pyright: ignore[reportUnsupportedDunderAll]


@functools.cache
def _alpha(name: str) -> Callable[..., Series]:
    number = int(name.removeprefix("alpha_"))
    formula = FORMULAS.get(number)

    def of_the_day(enddate: When, index: str = "all") -> Series:
        """Values by code on a day, among all stocks or the members of an index. NeedsProvider: nobody has them."""
        members = None if index in ("all", None) else provided.codes_of(index)[0]
        if formula is not None and not (is_joinquant() and number not in NOT_AT_JOINQUANT["alpha101"]):
            return _computed(name, formula, enddate, members)
        return alpha(Called(__name__, name, (f"index={members}",) if members else ()), enddate)

    of_the_day.__name__ = of_the_day.__qualname__ = name
    return of_the_day


def _computed(name: str, formula: Expr, enddate: When, index: str | None) -> Series:
    """Of the newest day up to ``enddate`` that is over; nan where a code has too few days."""
    from jqdata.frames import Series

    day = provided.day_of(enddate, provided.today())
    codes = sorted(get_all_securities(["stock"], day).index) if index is None else get_index_stocks(index, day)
    rows = days_of(codes, day, formula.need)
    found = np.full(len(codes), np.nan)
    if len(rows) == formula.need and codes:
        columns = (rows.open, rows.high, rows.low, rows.close, rows.volume, values("", rows, "avg", Unit("1d", 1)))
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            found = formula.rows(Panel(*(column.T for column in columns)), 1)[0]
    return Series(found, index=codes, dtype=float, name=name)


__getattr__ = made_by(_alpha, __name__, __all__)

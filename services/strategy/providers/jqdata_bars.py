"""Bars, factors, listings and trading days by jqdatasdk: prices as traded, days without trade marked paused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from common import messages as m
from services.strategy.providers.bar_rows import ratios

if TYPE_CHECKING:
    import pandas as pd

_FIELDS = ["open", "high", "low", "close", "volume", "money"]
_TYPES = ["stock", "fund", "index"]
_BEFORE = timedelta(days=40)
"""A factor that is other than the day before: of the first day wanted, that day has to be among those fetched."""


def _days(sdk: Any, want: m.Want) -> pd.DataFrame:
    fields = [*_FIELDS, "pre_close", "paused"]
    found = _price(sdk, want, want.first, want.last, frequency="daily", fields=fields, fq=None)
    return found.assign(day=[f"{one}"[:10] for one in found["time"]]).drop(columns="time").dropna(subset=["close"])


def _minutes(sdk: Any, want: m.Want) -> pd.DataFrame:
    found = _price(sdk, want, want.first, f"{want.last} 15:00:00", frequency="1m", fields=_FIELDS, fq=None)
    return found.assign(time=[f"{one}"[:19] for one in found["time"]]).dropna(subset=["close"])


def _adjustments(sdk: Any, want: m.Want) -> pd.DataFrame:
    start = f"{date.fromisoformat(want.first) - _BEFORE}"
    found = _price(sdk, want, start, want.last, frequency="daily", fields=["factor"], fq="post", round=False)
    return ratios(found.assign(day=[f"{one}"[:10] for one in found["time"]]), want.first)


def _price(sdk: Any, want: m.Want, start: str, end: str, **asked: Any) -> pd.DataFrame:
    """One long frame with ``time`` and ``code``."""
    import pandas as pd

    found: pd.DataFrame = sdk.get_price(want.codes, start_date=start, end_date=end, panel=False, **asked)
    return found if len(found) else pd.DataFrame(columns=["time", "code", *asked["fields"]])


def _securities(sdk: Any, want: m.Want) -> pd.DataFrame:
    """Of all days, what is delisted among them."""
    return sdk.get_all_securities(types=_TYPES).rename_axis("code").reset_index()  # type: ignore[no-any-return]


def _trade_days(sdk: Any, want: m.Want) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({"day": [f"{one}"[:10] for one in sdk.get_all_trade_days()]})


FETCHES: dict[str, Callable[[Any, m.Want], pd.DataFrame]] = {
    "bars_1d": _days,
    "bars_1m": _minutes,
    "adjustments": _adjustments,
    "securities": _securities,
    "trade_days": _trade_days,
}

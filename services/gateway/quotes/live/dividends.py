"""From the vendor's dividends to what prices are adjusted by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from common.messages import Adjustment
from services.gateway.quotes.live.vendor import Dividend

E9: Final = 10**9
_RATIO_MIN, _RATIO_MAX = 0.02, 50.0
_TEN_E4: Final = 100_000  # what is told of one share is told on of ten, times 10,000


def adjustment(symbol: str, dividends: Sequence[Dividend], today: date) -> tuple[Adjustment, list[str]]:
    """(the ex-days up to today with their ratios, what could not be used). Of two entries of a day the last counts.

    The vendor's ``dr`` is the close before over the reference price of the day: its own example multiplies it up over
    the days and divides by the newest for forward adjustment.
    """
    days: dict[int, Dividend] = {}
    doubts: list[str] = []
    number = today.year * 10_000 + today.month * 100 + today.day
    for one in sorted(dividends, key=lambda dividend: dividend.day):
        if one.day > number:
            continue
        if _RATIO_MIN < one.ratio < _RATIO_MAX:
            days[one.day] = one
        else:
            doubts.append(f"{symbol} 在 {one.day} 的除权系数无效（{one.ratio}），未用于复权")
    kept = [one for one in days.values() if round(one.ratio * E9) != E9]
    made = Adjustment(
        symbol,
        [one.day for one in kept],
        [round(one.ratio * E9) for one in kept],
        [round(one.interest * _TEN_E4) for one in kept],
        [round(one.bonus * _TEN_E4) for one in kept],
    )
    return made, doubts

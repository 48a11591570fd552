"""The bars an indicator is computed from, and its last value for each code."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from typing import NamedTuple

import numpy as np

from jqdata.market import get_bars
from jqdata.units import When, time_of
from jqlib.formulas import Floats

Codes = str | Sequence[str]
Values = dict[str, float]

WARM_UP = 120
"""Bars before those an indicator needs: what the first of them was has then faded from EMA and SMA."""

_FIELDS = ["open", "high", "low", "close", "volume", "money"]
_CLOSE = time(15, 0)


class Bar(NamedTuple):
    """Columns of one security in yuan; ``volume`` is in lots of 100 shares, as the formulas count it."""

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    money: Floats


@dataclasses.dataclass(frozen=True)
class Ask:
    """The arguments every indicator shares; a day without a time means all of that day."""

    security_list: Codes
    check_date: When
    unit: str
    include_now: bool
    fq_ref_date: When | None


def one(ask: Ask, need: int, line: Callable[[Bar], Floats]) -> Values:
    """The last value of one line by code; nan where there are too few bars."""
    return several(ask, need, lambda bar: (line(bar),))[0]


def several(ask: Ask, need: int, lines: Callable[[Bar], tuple[Floats, ...]]) -> tuple[Values, ...]:
    """The last values of several lines, a dict by code each."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = {code: [_last(line) for line in lines(bar)] for code, bar in _bars(ask, need).items()}
    count = max((len(values) for values in found.values()), default=0)
    return tuple({code: values[index] for code, values in found.items()} for index in range(count))


def _bars(ask: Ask, need: int) -> dict[str, Bar]:
    codes = [ask.security_list] if isinstance(ask.security_list, str) else list(ask.security_list)
    if not codes:
        raise ValueError("技术指标的 security_list 不能为空")
    end = time_of(ask.check_date)
    if end.time() == time(0, 0):
        end = datetime.combine(end.date(), _CLOSE)
    if ask.unit.endswith("m") and not ask.include_now:
        end -= timedelta(microseconds=1)
    found = get_bars(codes, need + WARM_UP, ask.unit, _FIELDS, ask.include_now, end, ask.fq_ref_date)
    assert isinstance(found, dict)
    return {
        code: Bar(*(bars[name].astype(np.float64) / (100 if name == "volume" else 1) for name in _FIELDS))
        for code, bars in zip(codes, found.values(), strict=True)
    }


def _last(line: Floats) -> float:
    return float(line[-1]) if len(line) else float("nan")

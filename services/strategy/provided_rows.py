"""The data provider's rows of bars, ex-days, listings and days in the terms of the feed."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from common import messages as m
from common.beijing import at, to_ns
from jqdata.columns import Columns

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ExDays = list[tuple[int, int]]
"""YYYYMMDD and the close before it over that day's reference price, times 10^9; in order."""

_PRICES = ["open", "high", "low", "close", "volume", "money"]
OPTIONAL = ["pre_close", "paused"]
COLUMNS = {"1d": ["code", "day", *_PRICES, *OPTIONAL], "1m": ["code", "time", *_PRICES, *OPTIONAL]}
LISTING = ("code", "display_name", "start_date", "end_date", "type")

NEVER_ENDS = 22000101
"""``end_day`` of what is still listed, as JoinQuant has it."""


def bars_of(answer: m.ProviderAnswer, unit: str) -> dict[str, Columns]:
    """Each code's bars in order of time. A row without a close is none; a bar whose pre_close is not known has the
    close of the bar before it, the first one its own open."""
    import numpy as np

    columns = {column.name: column for column in answer.columns}
    codes, times = columns["code"].texts, columns["day" if unit == "1d" else "time"].texts
    label = {text: _label_ns(text, unit) for text in set(times) if text}
    time_ns = np.array([label[text] if text else 0 for text in times], np.int64)
    numbers = {name: _floats(columns[name], len(codes)) for name in COLUMNS[unit][2:]}
    by_code: dict[str, list[int]] = {}
    for row, (code, is_there) in enumerate(zip(codes, (numbers["close"] > 0).tolist(), strict=True)):
        if code and is_there:
            by_code.setdefault(code, []).append(row)
    found = {}
    for code, of_code in by_code.items():
        at_rows = np.array(of_code, np.int64)
        at_rows = at_rows[np.argsort(time_ns[at_rows], kind="stable")]
        found[code] = _columns(time_ns[at_rows], {name: column[at_rows] for name, column in numbers.items()})
    return found


def _columns(time_ns: NDArray[np.int64], numbers: dict[str, Floats]) -> Columns:
    import numpy as np

    close = numbers["close"]
    suspended = numbers["paused"] > 0
    open_, high, low = (np.where(suspended | ~(numbers[name] > 0), close, numbers[name]) for name in _PRICES[:3])
    before = np.r_[open_[:1], close[:-1]]
    pre_close = np.where(numbers["pre_close"] > 0, numbers["pre_close"], before)
    volume, money = (np.where(suspended, 0.0, np.nan_to_num(numbers[name])) for name in ("volume", "money"))
    opens, highs, lows, closes, moneys, before = (
        np.round(column * 1e4).astype(np.int64) for column in (open_, high, low, close, money, pre_close)
    )
    volumes = np.round(volume).astype(np.int64)
    return Columns(time_ns, opens, highs, lows, closes, volumes, moneys, before, suspended.astype(np.int64))


def _label_ns(text: str, unit: str) -> int:
    return at(date.fromisoformat(text[:10]), "15:00") if unit == "1d" else to_ns(datetime.fromisoformat(text))


def _floats(column: m.ProvidedColumn, rows: int) -> Floats:
    import numpy as np

    if column.kind == "texts":
        return np.array([float(text) if text else np.nan for text in column.texts or [None] * rows], np.float64)
    return np.frombuffer(column.packed, "<f8" if column.kind == "floats" else "<i8").astype(np.float64)


def ex_days_of(answer: m.ProviderAnswer) -> dict[str, ExDays]:
    """By code; a day whose ratio is 1 is none."""
    codes, days = (_texts(answer, name) for name in ("code", "day"))
    column = next(one for one in answer.columns if one.name == "ratio")
    found: dict[str, ExDays] = {}
    for code, day, ratio in sorted(zip(codes, days, _floats(column, len(codes)).tolist(), strict=True)):
        if ratio > 0 and round(ratio * 1e9) != 10**9:
            found.setdefault(code, []).append((number_of(day), round(ratio * 1e9)))
    return found


def listings_of(answer: m.ProviderAnswer, today: date) -> dict[str, m.Instrument]:
    """By code; a delisting that is still to come is not known yet."""
    found = {}
    for code, name, start, end, kind in zip(*(_texts(answer, name) for name in LISTING), strict=True):
        ends = number_of(end) if end and end[:10] < f"{today}" else NEVER_ENDS
        is_st = kind == "stock" and ("ST" in (name or "").upper() or "退" in (name or ""))
        found[code] = m.Instrument(code, name or code, kind or "", number_of(start), ends, is_st)
    return found


def days_of(answer: m.ProviderAnswer) -> list[date]:
    return sorted(date.fromisoformat(text[:10]) for text in _texts(answer, "day") if text)


def _texts(answer: m.ProviderAnswer, name: str) -> list[Any]:
    """A column without any value travels as numbers."""
    column = next(one for one in answer.columns if one.name == name)
    return list(column.texts) if column.kind == "texts" else [None] * (len(column.packed) // 8)


def number_of(day: str) -> int:
    """``2026-11-20`` as 20261120; nothing is 0."""
    return int(day[:10].replace("-", "")) if day else 0


def day_of_number(number: int) -> date:
    return date(number // 10_000, number // 100 % 100, number % 100)

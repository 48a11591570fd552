"""A made-up market of five thousand stocks as recorded files: some months of days, and a morning of minutes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import islice, product
from pathlib import Path

from common.beijing import naive
from common.sessions import minute_ends

_PREFIXES = ("600", "601", "603", "000", "002", "300", "688")
_LAST_DIGITS = range(1, 1000)
_SHARES = 1000


def codes(count: int) -> list[str]:
    """The first ``count`` stock codes, of all boards of Shanghai and Shenzhen."""
    every = (f"{prefix}{digits:03d}" for digits, prefix in product(_LAST_DIGITS, _PREFIXES))
    return [f"{code}.{'XSHG' if code[0] == '6' else 'XSHE'}" for code in islice(every, count)]


def write_feed(folder: Path, symbols: Sequence[str], days: Sequence[date], minutes: int) -> Path:
    """A folder with the days of every symbol, and the first ``minutes`` of the last of them."""
    folder.mkdir()
    _write(folder / "days.csv", "code,date", (row for symbol in symbols for row in _day_rows(symbol, days[:-1])))
    labels = [naive(label) for label in minute_ends(days[-1])[:minutes]]
    _write(folder / "minutes.csv", "code,datetime", (row for symbol in symbols for row in _minute_rows(symbol, labels)))
    return folder


def _write(path: Path, keys: str, rows: Iterator[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(f"{keys},open,high,low,close,volume,money\n")
        file.writelines(rows)


def _day_rows(symbol: str, days: Sequence[date]) -> Iterator[str]:
    return (f"{symbol},{day},{_prices(symbol, number)}" for number, day in enumerate(days, -len(days)))


def _minute_rows(symbol: str, labels: Sequence[datetime]) -> Iterator[str]:
    return (f"{symbol},{label},{_prices(symbol, number)}" for number, label in enumerate(labels))


def _prices(symbol: str, number: int) -> str:
    """A price that wanders by a cent or two around a level of its own, so that no day comes near its limits."""
    cents = 1000 + int(symbol[:6]) % 9000 + (number * 7 + int(symbol[3:6])) % 5
    low, middle, high = cents / 100, (cents + 1) / 100, (cents + 2) / 100
    return f"{middle:.2f},{high:.2f},{low:.2f},{middle:.2f},{_SHARES},{_SHARES * (cents + 1) // 100}\n"

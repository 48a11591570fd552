"""Recorded 3-second snapshots as quotes: what was certainly traded between two of them, and the book if there is one.

Rows carry neither symbol nor day; both come from a name like ``l2_600519_20230207`` or ``600519.XSHG_20230207.csv``,
the file's or else its folder's. Phase codes: 0 before the opening, 1 opening call, 2 continuous (and the pauses),
3 break, 4 closing call, 5 closed. In the calls the levels of the file show the price the auction would have, not orders
one could meet, so quotes of the phases 0, 1, 3 and 4 have no book. Two snapshots of one second are two quotes of the
same time.
"""

import re
from datetime import date
from typing import NamedTuple

from common.beijing import midnight
from common.errors import ConfigError
from common.instruments import limit_prices_e4
from common.messages import Quote
from common.symbols import UnknownSymbol, normalize_code
from services.gateway.quotes.feeds.csv_rows import (
    BadField,
    Table,
    bad_line,
    day_of_text,
    e4,
    price_e4,
    quantity,
    time_ns_of,
)

LEVELS = 5
_NAMED = re.compile(r"(?<![0-9])([0-9]{6})(?:\.(XSHG|XSHE|BJ))?_([0-9]{8})(?![0-9])")
_PHASES = frozenset("012345")
_PHASES_WITH_BOOK = frozenset("25")

Levels = tuple[tuple[int, int], ...]


class Subject(NamedTuple):
    """What a snapshot file is about."""

    symbol: str
    day: date


def subject_of(table: Table) -> Subject:
    """ConfigError where neither the file nor its folder names a symbol and a day."""
    found = _NAMED.search(table.path.name) or _NAMED.search(table.path.resolve().parent.name)
    if found:
        code, exchange, day_text = found.groups()
        try:
            day = day_of_text(f"{day_text[:4]}-{day_text[4:6]}-{day_text[6:]}")
            return Subject(normalize_code(f"{code}.{exchange}" if exchange else code), day)
        except (BadField, UnknownSymbol):
            pass
    raise ConfigError(f"快照文件 {table.path} 的文件名与文件夹名都不含证券与日期：请改名，如 600519.XSHG_20230207.csv")


def read_snapshots(table: Table, subject: Subject) -> list[Quote]:
    """All snapshots in order; ConfigError names the first bad line."""
    reader = _Reader(table, subject)
    quotes: list[Quote] = []
    for line, fields in table.rows():
        try:
            quotes.append(reader.quote(fields, quotes[-1] if quotes else None))
        except BadField as error:
            raise bad_line(table.path, line, str(error)) from error
    return quotes


class _Reader:
    def __init__(self, table: Table, subject: Subject) -> None:
        names = ("time", "phase_code", "volume", "amount", "prev_close", "last", "open", "high", "low")
        self._places = table.columns(*names)
        self._bids, self._asks = (
            table.columns(*(f"{side}{level}_{what}" for level in range(1, LEVELS + 1) for what in ("px", "qty")))
            for side in ("bid", "ask")
        )
        self._subject = subject
        self._midnight_ns = midnight(subject.day)
        self._limits: tuple[int, int] | None = None

    def quote(self, fields: list[str], before: Quote | None) -> Quote:
        when, phase, volume_text, amount, prev_close, *prices = [fields[place] for place in self._places]
        at_ns = self._midnight_ns + time_ns_of(when)
        if phase not in _PHASES:
            raise BadField(f" phase_code 应为 0 至 5，实为 {phase!r}")
        prev_close_e4 = price_e4(prev_close)
        last_e4, open_e4, high_e4, low_e4 = map(e4, prices)
        if not low_e4 <= last_e4 <= high_e4:
            raise BadField(f"应有 low ≤ last ≤ high，实为 {','.join(prices)}")
        if self._limits is None:
            self._limits = limit_prices_e4(self._subject.symbol, prev_close_e4, self._subject.day)
        volume, money_e4 = quantity(volume_text), e4(amount)
        trade_low_e4 = trade_high_e4 = 0
        if before:
            _check_order(before, at_ns, volume, money_e4, prev_close_e4)
        if volume > (before.volume if before else 0):
            trade_low_e4, trade_high_e4 = _traded(before, last_e4, high_e4, low_e4)
        has_book = phase in _PHASES_WITH_BOOK
        return Quote(
            symbol=self._subject.symbol,
            at_ns=at_ns,
            last_price_e4=last_e4,
            open_e4=open_e4,
            high_e4=high_e4,
            low_e4=low_e4,
            prev_close_e4=prev_close_e4,
            limit_down_e4=self._limits[0],
            limit_up_e4=self._limits[1],
            volume=volume,
            money_e4=money_e4,
            trade_low_e4=trade_low_e4,
            trade_high_e4=trade_high_e4,
            suspended=False,
            bids=_levels(fields, self._bids) if has_book else (),
            asks=_levels(fields, self._asks) if has_book else (),
        )


def _check_order(before: Quote, at_ns: int, volume: int, money_e4: int, prev_close_e4: int) -> None:
    if at_ns < before.at_ns:
        raise BadField("的时间早于上一行")
    if volume < before.volume or money_e4 < before.money_e4:
        raise BadField("的累计成交量或成交额小于上一行")
    if prev_close_e4 != before.prev_close_e4:
        raise BadField("的昨收与上一行不同")


def _traded(before: Quote | None, last_e4: int, high_e4: int, low_e4: int) -> tuple[int, int]:
    """Lowest and highest price certainly traded since `before`: the last one, and new extremes of the day."""
    if before is None or not before.volume:
        return low_e4, high_e4
    return (
        min(last_e4, low_e4) if low_e4 < before.low_e4 else last_e4,
        max(last_e4, high_e4) if high_e4 > before.high_e4 else last_e4,
    )


def _levels(fields: list[str], places: list[int]) -> Levels:
    """Levels with a price, best first."""
    texts = [fields[place] for place in places]
    levels = zip(map(e4, texts[::2]), map(quantity, texts[1::2]), strict=True)
    return tuple(level for level in levels if level[0])

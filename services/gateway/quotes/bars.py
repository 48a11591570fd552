"""Bars: minutes and days made of quotes, and the columns they travel in.

A quote tells what was traded since the one before, up to and including its own time. It therefore belongs to the minute
that ends at its time or holds it: 09:31:00 to the bar 09:31, 09:31:03 to the bar 09:32, the print at 09:25 to the bar
09:31, one that trails a half day's end by a second to that half day's last bar (jq_api 6: 240 bars, END-labelled).
A minute without trades is a flat bar at the last price, or at the previous close before the first trade, with volume 0.
"""

import sys
from array import array
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from common.beijing import at
from common.messages import BarColumns, Quote
from common.sessions import market_minute, minute_ends


class Bar(NamedTuple):
    """END-labelled. A minute's ``prev_close_e4`` is the close of the minute before, a day's that of the day before."""

    time_ns: int
    open_e4: int
    high_e4: int
    low_e4: int
    close_e4: int
    volume: int
    money_e4: int
    prev_close_e4: int
    suspended: bool


class Standing(NamedTuple):
    """How far a day has come: last price (the previous close before any), cumulative volume and money."""

    price_e4: int
    volume: int
    money_e4: int
    suspended: bool


def minute_of(at_ns: int) -> int:
    """END label of the bar a quote of this time belongs to."""
    return market_minute(at_ns - 1)


def close_of(day: date) -> int:
    """END label of a day's daily bar: 15:00."""
    return at(day, "15:00")


def opening(quotes: Sequence[Quote]) -> Standing:
    """The standing before the first of a day's quotes."""
    return Standing(quotes[0].prev_close_e4, 0, 0, quotes[0].suspended)


def minute_bar(label_ns: int, before: Standing, quotes: Iterable[Quote]) -> tuple[Bar, Standing]:
    """The bar of one minute from the quotes that belong to it, and how things stand after it."""
    price_e4, volume, money_e4, suspended = before
    open_e4 = high_e4 = low_e4 = 0
    for quote in quotes:
        suspended = quote.suspended
        if quote.volume > volume:
            if not open_e4:
                open_e4 = quote.open_e4 if not volume and quote.open_e4 else quote.last_price_e4
                high_e4 = low_e4 = open_e4
            high_e4 = max(high_e4, quote.last_price_e4, quote.trade_high_e4)
            low_e4 = min(low_e4, quote.last_price_e4, quote.trade_low_e4 or low_e4)
        price_e4, volume, money_e4 = quote.last_price_e4 or price_e4, quote.volume, quote.money_e4
    after = Standing(price_e4, volume, money_e4, suspended)
    if not open_e4:
        return flat_bar(label_ns, price_e4, before.price_e4, suspended=suspended), after
    traded, paid_e4 = volume - before.volume, money_e4 - before.money_e4
    bar = Bar(label_ns, open_e4, high_e4, low_e4, price_e4, traded, paid_e4, before.price_e4, suspended)
    return bar, after


def flat_bar(label_ns: int, price_e4: int, prev_close_e4: int, *, suspended: bool) -> Bar:
    """A bar without a trade."""
    return Bar(label_ns, price_e4, price_e4, price_e4, price_e4, 0, 0, prev_close_e4, suspended)


def minute_starts(ats_ns: Sequence[int], day: date) -> list[int]:
    """Where in a day's quotes the quotes of each of its 240 minutes begin; one more entry at the end."""
    starts, index = [0], 0
    for label_ns in minute_ends(day)[:-1]:
        while index < len(ats_ns) and minute_of(ats_ns[index]) <= label_ns:
            index += 1
        starts.append(index)
    return [*starts, len(ats_ns)]


def minute_bars(quotes: Sequence[Quote], day: date) -> list[Bar]:
    """The 240 bars of a whole day; none where there is no quote."""
    if not quotes:
        return []
    starts = minute_starts([quote.at_ns for quote in quotes], day)
    bars, standing = [], opening(quotes)
    for label_ns, (start, end) in zip(minute_ends(day), pairwise(starts), strict=True):
        bar, standing = minute_bar(label_ns, standing, quotes[start:end])
        bars.append(bar)
    return bars


def with_flat_minutes(bars: Sequence[Bar], day: date, prev_close_e4: int) -> list[Bar]:
    """Recorded minutes of a day with the missing ones put in flat, each with the close before it."""
    known = {bar.time_ns: bar for bar in bars}
    filled: list[Bar] = []
    for label_ns in minute_ends(day):
        bar = known.get(label_ns)
        filled.append(
            bar._replace(prev_close_e4=prev_close_e4)
            if bar
            else flat_bar(label_ns, prev_close_e4, prev_close_e4, suspended=False)
        )
        prev_close_e4 = filled[-1].close_e4
    return filled


def daily_bar(quote: Quote, day: date) -> Bar:
    """The day as of one of its quotes; flat at the previous close before the first trade and while suspended."""
    last_e4 = quote.last_price_e4 or quote.prev_close_e4
    if not quote.volume and not quote.high_e4:
        return flat_bar(close_of(day), last_e4, quote.prev_close_e4, suspended=quote.suspended)
    # A feed may know the last price a moment before the open.
    prices_e4 = (quote.open_e4 or last_e4, quote.high_e4 or last_e4, quote.low_e4 or last_e4, last_e4)
    return Bar(close_of(day), *prices_e4, quote.volume, quote.money_e4, quote.prev_close_e4, quote.suspended)


def day_of_minutes(bars: Sequence[Bar], day: date) -> Bar:
    """The day that these first minutes of it add up to; there must be one at least."""
    traded = [bar for bar in bars if bar.volume] or bars[-1:]
    return Bar(
        close_of(day),
        traded[0].open_e4,
        max(bar.high_e4 for bar in traded),
        min(bar.low_e4 for bar in traded),
        bars[-1].close_e4,
        sum(bar.volume for bar in bars),
        sum(bar.money_e4 for bar in bars),
        bars[0].prev_close_e4,
        all(bar.suspended for bar in bars),
    )


def to_columns(symbol: str, bars: Sequence[Bar]) -> BarColumns:
    """The bars in the columns of the wire, little-endian whatever the machine is."""
    *numbers, suspended = zip(*bars, strict=True) if bars else [()] * len(Bar._fields)
    times, opens, highs, lows, closes, volumes, moneys, prev_closes = map(little_endian, numbers)
    return BarColumns(symbol, times, opens, highs, lows, closes, volumes, moneys, prev_closes, bytes(suspended))


def from_columns(columns: BarColumns) -> list[Bar]:
    """The bars of a `BarColumns`."""
    return [
        Bar(time_ns, open_e4, high_e4, low_e4, close_e4, volume, money_e4, prev_close_e4, bool(suspended))
        for time_ns, open_e4, high_e4, low_e4, close_e4, volume, money_e4, prev_close_e4, suspended in zip(
            _native(columns.time_ns),
            _native(columns.open_e4),
            _native(columns.high_e4),
            _native(columns.low_e4),
            _native(columns.close_e4),
            _native(columns.volume),
            _native(columns.money_e4),
            _native(columns.prev_close_e4),
            columns.suspended,
            strict=True,
        )
    ]


def little_endian(numbers: Iterable[int]) -> bytes:
    """A column as it travels."""
    packed = array("q", numbers)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def _native(packed: bytes) -> "array[int]":
    numbers = array("q")
    numbers.frombytes(packed)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers

"""The minutes of today as the published quotes of one symbol made them, from the first whole minute that was seen."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Final

from common.beijing import SECOND_NS, clock_seconds, day_of, midnight, ns_of_day
from common.messages import Quote
from common.sessions import minute_ends
from services.gateway.quotes.bars import Bar, Standing, flat_bar, minute_bar, minute_of

_AUCTION_NS: Final = clock_seconds("9:25") * SECOND_NS


class Minutes:
    """Grows by one quote after the other; a new day begins it anew."""

    def __init__(self) -> None:
        self._day_ns = 0  # its midnight
        self._labels: list[int] = []
        self._bars: list[Bar] = []  # whole minutes, without a gap
        self._first = 0  # index of the label of the first of them
        self._at = 0  # index of the label of the minute under way
        self._before = Standing(0, 0, 0, False)
        self._quotes: list[Quote] = []

    def note(self, quote: Quote) -> None:
        """The next quote in time."""
        if quote.at_ns - ns_of_day(quote.at_ns) != self._day_ns:
            self._begin(quote)
        at = bisect_left(self._labels, minute_of(quote.at_ns))
        if at > self._at:
            # The minute under way is over, and so are those between without a quote.
            bars, self._before = self._made(at)
            self._bars += bars
            self._at, self._quotes = at, []
        self._quotes.append(quote)

    def bars(self, until_ns: int, *, running: bool) -> list[Bar]:
        """What is complete at ``until_ns``, with ``running`` also the minute that this time lies in."""
        if not self._labels:
            return []
        over = bisect_right(self._labels, until_ns)  # labels that are over by then
        made, after = self._made(over) if over > self._at else ([], self._before)
        bars = (self._bars + made)[: max(over - self._first, 0)]
        label = minute_of(until_ns)
        if running and label > until_ns >= self._day_ns + _AUCTION_NS and self._first <= over >= self._at:
            quotes = self._quotes if over == self._at else []
            bars.append(minute_bar(label, after, quotes)[0])
        return bars

    def interrupt(self) -> None:
        """Quotes may have been missed: begin anew with the next one."""
        self._day_ns, self._labels, self._bars, self._quotes = 0, [], [], []

    @property
    def from_ns(self) -> int:
        """The label of the first whole minute; 0 where nothing was noted."""
        return self._labels[self._first] if self._first < len(self._labels) else 0

    def _begin(self, quote: Quote) -> None:
        day = day_of(quote.at_ns)
        self._day_ns, self._labels, self._bars, self._quotes = midnight(day), minute_ends(day), [], []
        self._before = Standing(quote.prev_close_e4 or quote.last_price_e4, 0, 0, quote.suspended)
        self._at = self._first = 0
        if quote.volume and quote.at_ns > self._day_ns + _AUCTION_NS:
            # What was traded of this minute before is not known: the first whole one is the next.
            self._at = bisect_left(self._labels, minute_of(quote.at_ns))
            self._first = self._at + 1

    def _made(self, over: int) -> tuple[list[Bar], Standing]:
        """The bars from the minute under way up to the one at ``over``, which is not among them."""
        bar, standing = minute_bar(self._labels[self._at], self._before, self._quotes)
        bars = [bar]
        for label_ns in self._labels[self._at + 1 : over]:
            bars.append(flat_bar(label_ns, standing.price_e4, standing.price_e4, suspended=standing.suspended))
        return bars[max(self._first - self._at, 0) :], standing

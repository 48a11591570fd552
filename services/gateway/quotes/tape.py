"""What one symbol's day has shown by a given time: its quotes, minutes and day so far, never a look ahead."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import date
from functools import cached_property

from common.beijing import at, midnight
from common.messages import Quote
from common.sessions import minute_ends
from services.gateway.quotes.bars import (
    Bar,
    Standing,
    daily_bar,
    minute_bar,
    minute_of,
    minute_starts,
    opening,
)
from services.gateway.quotes.feeds.minute_quotes import times_of


class Tape:
    """`quotes` is the whole day and not empty; `recorded` tells its minutes where it was recorded as such."""

    def __init__(self, day: date, quotes: Sequence[Quote], recorded: Callable[[], list[Bar] | None]) -> None:
        self.quotes = quotes
        self.ats_ns = times_of(quotes)
        self._day = day
        self._tell_recorded = recorded
        self._first = _before_the_day(quotes[0], midnight(day))

    def latest(self, now_ns: int) -> Quote:
        """The newest quote; before the first of the day, one at its midnight with the previous close and no volume."""
        seen = bisect_right(self.ats_ns, now_ns)
        return self.quotes[seen - 1] if seen else self._first

    def between(self, after_ns: int, until_ns: int) -> Sequence[Quote]:
        """Quotes with after < at <= until."""
        return self.quotes[bisect_right(self.ats_ns, after_ns) : bisect_right(self.ats_ns, until_ns)]

    def day_bar(self, now_ns: int) -> Bar | None:
        """The day so far; None before anything was traded and before 9:30."""
        newest = self.latest(now_ns)
        begun = newest.volume or newest.high_e4 or now_ns >= at(self._day, "9:30")
        return daily_bar(newest, self._day) if begun else None

    def minutes(self, now_ns: int, *, running: bool) -> list[Bar]:
        """The day's minutes that are complete by now; with `running` also the one that is under way.

        At 09:31:00 that is the bar 09:31 and nothing under way. A day recorded in minutes knows of a minute only when
        it is over.
        """
        done = bisect_right(self._labels, now_ns)
        if self._recorded is not None:
            return self._recorded[:done]
        bars = self._whole_minutes[:done]
        if done:
            # A print may trail the end of a half day by a second; by now it may not have been seen yet.
            bars[-1] = self._cut(done - 1, now_ns)
        if running and done < len(self._labels) and self._is_under_way(done, now_ns):
            bars.append(self._cut(done, now_ns))
        return bars

    def _is_under_way(self, index: int, now_ns: int) -> bool:
        return minute_of(now_ns) == self._labels[index] and now_ns >= at(self._day, "9:25")

    def _cut(self, index: int, now_ns: int) -> Bar:
        """The minute at `index` from what was quoted of it by now."""
        start = self._starts[index]
        end = min(self._starts[index + 1], bisect_right(self.ats_ns, now_ns))
        bar, _ = minute_bar(self._labels[index], self._standing(start), self.quotes[start:end])
        return bar

    def _standing(self, index: int) -> Standing:
        """How the day stood before the quote at `index`."""
        if not index:
            return opening(self.quotes)
        quote = self.quotes[index - 1]
        price_e4 = quote.last_price_e4 or quote.prev_close_e4
        return Standing(price_e4, quote.volume, quote.money_e4, quote.suspended)

    @cached_property
    def _recorded(self) -> list[Bar] | None:
        return self._tell_recorded()

    @cached_property
    def _labels(self) -> Sequence[int]:
        return minute_ends(self._day)

    @cached_property
    def _starts(self) -> list[int]:
        return minute_starts(self.ats_ns, self._day)

    @cached_property
    def _whole_minutes(self) -> list[Bar]:
        return [self._cut(index, self.ats_ns[-1]) for index in range(len(self._labels))]


def _before_the_day(first: Quote, midnight_ns: int) -> Quote:
    close_e4, down_e4, up_e4 = first.prev_close_e4, first.limit_down_e4, first.limit_up_e4
    return Quote(
        first.symbol, midnight_ns, close_e4, 0, 0, 0, close_e4, down_e4, up_e4, 0, 0, 0, 0, first.suspended, (), ()
    )

"""Minutes that grow with the quotes, beside those that a whole recorded day is cut into."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from common.beijing import MINUTE_NS, SECOND_NS, at
from common.calendar import load
from common.messages import Quote
from common.sessions import minute_ends
from services.gateway.quotes.live.minutes import Minutes
from services.gateway.quotes.tape import Tape
from sim.market import Market

DAY = date(2026, 11, 20)
SYMBOL = "600000.XSHG"
QUOTES = Market(7, load()).quotes(SYMBOL, DAY)
TAPE = Tape(DAY, QUOTES, lambda: None)


def seen(until_ns: int, start: int = 0) -> Minutes:
    minutes = Minutes()
    for quote in QUOTES[start:]:
        if quote.at_ns > until_ns:
            break
        minutes.note(quote)
    return minutes


@settings(max_examples=60, deadline=None)
@given(st.integers(at(DAY, "9:24") // SECOND_NS, at(DAY, "15:01") // SECOND_NS), st.booleans())
def test_at_any_time_they_are_those_of_the_tape(second: int, running: bool) -> None:
    now_ns = second * SECOND_NS
    assert seen(now_ns).bars(now_ns, running=running) == TAPE.minutes(now_ns, running=running)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, len(QUOTES) - 2), st.integers(0, 240))
def test_begun_in_the_middle_the_first_whole_minute_is_the_first(start: int, later: int) -> None:
    now_ns = QUOTES[start].at_ns + later * MINUTE_NS
    minutes = seen(now_ns, start)
    bars = minutes.bars(now_ns, running=False)
    whole = [bar for bar in TAPE.minutes(now_ns, running=False) if 0 < minutes.from_ns <= bar.time_ns]
    assert [bar._replace(prev_close_e4=0) for bar in bars] == [bar._replace(prev_close_e4=0) for bar in whole]


def test_before_anything_was_seen_there_is_nothing() -> None:
    assert Minutes().bars(at(DAY, "10:00"), running=True) == [] and Minutes().from_ns == 0


def test_an_interruption_makes_a_new_beginning() -> None:
    """What was traded while nothing was heard must not stand in the first minute after it."""
    minutes = seen(at(DAY, "10:00"))
    minutes.interrupt()
    for quote in QUOTES:
        if at(DAY, "10:20") <= quote.at_ns <= at(DAY, "10:25"):
            minutes.note(quote)
    bars = minutes.bars(at(DAY, "10:25"), running=False)
    whole = [bar for bar in TAPE.minutes(at(DAY, "10:25"), running=False) if bar.time_ns >= bars[0].time_ns]
    assert len(bars) >= 4 and [bar.volume for bar in bars] == [bar.volume for bar in whole]


def test_a_new_day_begins_with_nothing_of_the_old() -> None:
    minutes = seen(at(DAY, "15:00"))
    later = Quote(SYMBOL, at(date(2026, 11, 23), "9:25"), 100, 100, 100, 100, 99, 0, 0, 500, 1, 0, 0, False, (), ())
    minutes.note(later)
    (bar,) = minutes.bars(at(date(2026, 11, 23), "9:31"), running=False)
    assert (bar.volume, bar.prev_close_e4, bar.time_ns) == (500, 99, at(date(2026, 11, 23), "9:31"))


def test_labels_are_those_of_the_exchange() -> None:
    bars = seen(at(DAY, "15:00:03")).bars(at(DAY, "15:00:03"), running=False)
    assert [bar.time_ns for bar in bars] == minute_ends(DAY)

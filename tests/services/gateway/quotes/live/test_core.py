"""Live market data told as stories: what is published to whom, when the days turn, and what a restart takes up."""

from __future__ import annotations

from datetime import date

import pytest

from common import messages as m
from common import wire
from common.beijing import DAY_NS, SECOND_NS, at, midnight
from common.calendar import Calendar, load
from common.clock import MarketTime
from common.recovery import recover
from common.session import Session
from common.session_carry import carried
from common.session_later import LATER
from services.gateway.quotes.live.core import LIFE_NUMBERS, LiveQuotesCore

FRIDAY, SATURDAY, MONDAY = date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 23)
BANK, AIRPORT, INDEX = "600000.XSHG", "600009.XSHG", "000001.XSHG"
CALENDAR = load()


class Wall(MarketTime):
    """The wall clock of a test."""

    def __init__(self, now_ns: int) -> None:
        super().__init__(simulated=False)
        self.at_ns = now_ns

    @property
    def now_ns(self) -> int:
        return self.at_ns


class Floor:
    """A core in its session: what it publishes, by topic, and what its journal holds."""

    def __init__(self, now_ns: int, records: list[bytes] | None = None, calendar: Calendar = CALENDAR) -> None:
        self.core, self.market = LiveQuotesCore(calendar, 30 * SECOND_NS), Wall(now_ns)
        self.session = Session("quotes", self.core, ("main",), self.market, now_ns)
        self.records = list(records or [])
        for record in self.records:
            recover(self.session, record)
        self.session.number = self.core.first_number(now_ns)
        self.published: list[tuple[str, int, m.Message]] = []
        self.asked = 0
        self.session.start(recovered=bool(records))
        self.collect()

    def collect(self) -> list[m.Message]:
        out, said = self.session.out, []
        for to, data in out.frames:
            frame = wire.decode_frame(data)
            if isinstance(frame, wire.Quoted):
                message = wire.decode_body(frame.channel, frame.body)
                self.published.append((to, frame.number, message))
                said.append(message)
        self.records += out.records
        out.frames.clear()
        out.records.clear()
        out.effects.clear()
        return said

    def come(self, *quotes: m.Quote) -> list[m.Message]:
        self.session.local(m.QuotesCame(self.market.now_ns, quotes))
        return self.collect()

    def wake(self, now_ns: int) -> list[m.Message]:
        self.market.at_ns = now_ns
        self.session.wake(now_ns)
        return self.collect()

    def subscribe(self, *symbols: str) -> m.Message:
        self.asked += 1
        subscribe = wire.raw(m.Subscribe([*symbols]))
        query = wire.encode(wire.Query("ask_quotes", "strategy.a", self.asked, subscribe))
        self.session.frame(query, 0, "strategy.a")
        answers = [wire.decode_frame(data) for to, data in self.session.out.frames if to == "@strategy.a"]
        self.collect()
        return wire.decode_answer(answers[-1].body) if answers else LATER  # type: ignore[union-attr]

    def heard(self, *, whole: bool) -> None:
        self.session.local(m.WholeHeard(whole))
        self.collect()


def quote(symbol: str, at_ns: int, *, volume: int = 100, last: int = 100_000) -> m.Quote:
    return m.Quote(symbol, at_ns, last, last, last, last, 99_000, 0, 0, volume, 1, 0, 0, False, (), ())


@pytest.fixture
def floor() -> Floor:
    return Floor(at(FRIDAY, "10:00"))


# -- quotes ------------------------------------------------------------------------------------------------------------


def test_only_what_somebody_asked_for_is_published(floor: Floor) -> None:
    floor.subscribe(BANK)
    first = quote(BANK, at(FRIDAY, "10:00"))
    said = floor.come(first, quote(AIRPORT, at(FRIDAY, "10:00")))
    assert said == [m.QuoteBatch(floor.core.number, at(FRIDAY, "10:00"), (first,), True)]
    assert [to for to, _, _ in floor.published if to != "*clock"] == ["*market"]


def test_the_whole_market_goes_to_its_own_listeners_only(floor: Floor) -> None:
    floor.subscribe(BANK)
    floor.heard(whole=True)
    ours, other = quote(BANK, at(FRIDAY, "10:00")), quote(AIRPORT, at(FRIDAY, "10:00"))
    batch, whole = floor.come(ours, other)
    assert isinstance(batch, m.QuoteBatch) and batch.quotes == (ours,)
    assert isinstance(whole, m.MarketSlice) and whole.quotes == (ours, other)
    floor.heard(whole=False)
    assert floor.come(quote(AIRPORT, at(FRIDAY, "10:00:03"))) == []


def test_numbers_rise_by_one_and_are_those_of_the_frames(floor: Floor) -> None:
    floor.subscribe(BANK)
    for second in range(5):
        floor.come(quote(BANK, at(FRIDAY, "10:00") + second))
        floor.wake(at(FRIDAY, "10:00") + second * SECOND_NS)
    numbers = [number for _, number, _ in floor.published]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert all(number == message.tick for _, number, message in floor.published)  # type: ignore[attr-defined]


def test_newest_wins(floor: Floor) -> None:
    floor.subscribe(BANK)
    floor.come(quote(BANK, at(FRIDAY, "10:00:03")))
    assert floor.come(quote(BANK, at(FRIDAY, "10:00"))) == [], "older"
    assert floor.come(quote(BANK, at(FRIDAY, "10:00:03"))) == [], "the same"
    assert floor.come(quote(BANK, at(FRIDAY, "10:00:03"), volume=50)) == [], "of the same time, with less"
    assert floor.come(quote(BANK, at(FRIDAY, "10:00:03"), volume=200)) != []


def test_quotes_of_another_day_or_of_the_future_are_none(floor: Floor) -> None:
    floor.subscribe(BANK)
    assert floor.come(quote(BANK, at(FRIDAY, "15:00") - DAY_NS)) == []
    assert floor.come(quote(BANK, at(FRIDAY, "10:06"))) == [], "it would keep out all that follow it"
    assert floor.come(quote(BANK, at(FRIDAY, "10:00:02"))) != []


def test_on_a_saturday_fridays_quotes_are_the_newest() -> None:
    floor = Floor(at(SATURDAY, "10:00"))
    floor.subscribe(BANK)
    assert floor.come(quote(BANK, at(FRIDAY, "15:00"))) != []
    assert isinstance(floor.subscribe(BANK), m.Quotes)


def test_quotes_leave_no_record(floor: Floor) -> None:
    floor.subscribe(BANK)
    floor.heard(whole=True)
    before = len(floor.records)
    for second in range(100):
        floor.wake(at(FRIDAY, "10:00") + second * SECOND_NS)
        floor.come(quote(BANK, at(FRIDAY, "10:00") + second * SECOND_NS))
    assert len(floor.records) == before and len(floor.published) > 200


# -- answers -----------------------------------------------------------------------------------------------------------


def test_a_subscription_is_answered_from_memory_or_takes_work(floor: Floor) -> None:
    assert floor.subscribe(BANK) is LATER
    newest = quote(BANK, at(FRIDAY, "10:00"))
    floor.come(newest)
    assert floor.subscribe(BANK) == m.Quotes([newest], [])
    assert floor.subscribe(BANK, AIRPORT) is LATER


def test_latest_quotes_are_answered_without_being_published(floor: Floor) -> None:
    floor.heard(whole=True)
    newest = quote(AIRPORT, at(FRIDAY, "10:00"))
    floor.come(newest)
    assert floor.core.answer(m.GetLatest([AIRPORT]), 0) == m.Quotes([newest], [])
    floor.heard(whole=False)
    assert floor.come(quote(AIRPORT, at(FRIDAY, "10:00:03"))) == []


def test_ticks_gone_by_are_remembered_as_far_as_they_were_published(floor: Floor) -> None:
    floor.subscribe(BANK)
    quotes = [quote(BANK, at(FRIDAY, "10:00") + second * SECOND_NS) for second in range(10)]
    for one in quotes:
        floor.come(one)
    ask = m.GetTicks([BANK], quotes[2].at_ns, quotes[7].at_ns)
    assert floor.core.answer(ask, 0) == m.Ticks(quotes[3:8])
    assert floor.core.answer(m.GetTicks([BANK], quotes[0].at_ns - 1, 2**62), 0) is LATER
    assert floor.core.answer(m.GetTicks([AIRPORT], 0, 2**62), 0) is LATER


def test_bars_and_instruments_take_work(floor: Floor) -> None:
    asks = [m.GetBars([BANK], "1d", 5, 0, 0, False), m.GetInstruments([BANK]), m.GetAdjustments([BANK])]
    asks += [m.GetTradeDays(1, 2), m.GetSectors(), m.GetMembers("沪深300", 0), m.GetLatest([])]
    assert all(floor.core.answer(ask, 0) is LATER for ask in asks)


# -- the time and the days ---------------------------------------------------------------------------------------------


def clocks(said: list[m.Message]) -> list[m.Message]:
    return [message for message in said if isinstance(message, m.MarketClock | m.MarketDayEnded)]


def test_the_time_is_told_once_a_second(floor: Floor) -> None:
    start_ns = at(FRIDAY, "10:00")
    assert clocks([message for _, _, message in floor.published]) == [
        m.MarketClock(floor.core.number, start_ns, 20261120, "", False)
    ]
    assert clocks(floor.wake(start_ns + SECOND_NS // 2)) == []
    (told,) = clocks(floor.wake(start_ns + SECOND_NS))
    assert told == m.MarketClock(floor.core.number, start_ns + SECOND_NS, 20261120, "", False)


def test_a_clock_that_is_set_back_goes_on(floor: Floor) -> None:
    floor.wake(at(FRIDAY, "10:30"))
    assert clocks(floor.wake(at(FRIDAY, "10:29:50"))) != []


def test_a_day_ends_once_at_midnight_and_the_next_begins_with_the_next_trading_day(floor: Floor) -> None:
    assert [type(message) for message in floor.wake(midnight(SATURDAY) - 1)] == [m.MarketClock]
    ended, clock = clocks(floor.wake(midnight(SATURDAY)))
    assert ended == m.MarketDayEnded(floor.core.number, midnight(SATURDAY), 20261120, False)
    assert isinstance(clock, m.MarketClock) and clock.trading_day == 20261120
    assert all(type(one) is m.MarketClock for hour in range(1, 48) for one in floor.wake(midnight(SATURDAY) + hour))
    (monday,) = clocks(floor.wake(midnight(MONDAY)))
    assert isinstance(monday, m.MarketClock) and monday.trading_day == 20261123
    assert floor.wake(midnight(MONDAY) - SECOND_NS) != [], "a clock set back opens no day again"
    assert floor.core.trading_day == 20261123


def test_a_day_that_ended_while_the_process_was_down_ends_when_it_is_back() -> None:
    first = Floor(at(FRIDAY, "10:00"))
    back = Floor(at(SATURDAY, "9:00"), first.records)
    assert [type(one) for one in clocks([message for _, _, message in back.published])] == [
        m.MarketDayEnded,
        m.MarketClock,
    ]
    again = Floor(at(SATURDAY, "9:05"), back.records)
    assert [type(one) for one in clocks([message for _, _, message in again.published])] == [m.MarketClock]


def test_a_process_that_starts_at_a_weekend_has_no_day_to_end() -> None:
    floor = Floor(at(SATURDAY, "10:00"))
    assert [type(message) for _, _, message in floor.published] == [m.MarketClock]
    assert floor.core.day_ended and floor.core.trading_day == 0


def test_beyond_the_calendar_the_last_day_it_knows_is_the_newest() -> None:
    floor = Floor(at(FRIDAY, "10:00"), calendar=Calendar(CALENDAR.days_between(date(2026, 1, 5), FRIDAY)))
    told = clocks(floor.wake(at(date(2027, 3, 1), "10:00")))
    assert [getattr(one, "trading_day", 0) for one in told] == [20261120, 20261120]


def test_quotes_of_yesterday_are_forgotten_with_the_day(floor: Floor) -> None:
    floor.subscribe(BANK)
    floor.come(quote(BANK, at(FRIDAY, "10:00")))
    floor.wake(at(MONDAY, "8:00"))
    assert floor.subscribe(BANK) is LATER


# -- health ------------------------------------------------------------------------------------------------------------


def states(said: list[m.Message]) -> list[str]:
    return [message.code for message in said if isinstance(message, m.FeedState)]


def test_a_silent_feed_is_told_to_all_who_hear_the_clock(floor: Floor) -> None:
    floor.session.local(m.FeedLink(True, "", at(FRIDAY, "10:00")))
    floor.subscribe(BANK)
    floor.come(quote(BANK, at(FRIDAY, "10:00")))
    assert states(floor.wake(at(FRIDAY, "10:00:29"))) == []
    assert states(floor.wake(at(FRIDAY, "10:00:30"))) == ["FEED_SILENT"]
    assert floor.core.health.notes()["health"].startswith("red FEED_SILENT")
    floor.market.at_ns = at(FRIDAY, "10:00:31")
    floor.come(quote(INDEX, at(FRIDAY, "10:00:31")))
    assert states(floor.wake(at(FRIDAY, "10:00:32"))) == [""]
    assert [to for to, _, message in floor.published if isinstance(message, m.FeedState)] == ["*clock", "*clock"]


def test_minutes_begin_anew_where_quotes_may_have_been_missed(floor: Floor) -> None:
    floor.subscribe(BANK)
    floor.come(quote(BANK, at(FRIDAY, "10:00")))
    minutes = floor.core.board.minutes(BANK)
    assert minutes is not None and minutes.from_ns
    floor.session.local(m.FeedLink(False, "断开", at(FRIDAY, "10:01")))
    assert minutes.from_ns == 0


# -- restarts ----------------------------------------------------------------------------------------------------------


def test_a_restart_publishes_again_what_was_asked_for(floor: Floor) -> None:
    floor.subscribe(BANK, AIRPORT)
    back = Floor(at(FRIDAY, "10:05"), floor.records)
    assert list(back.core.symbols) == [BANK, AIRPORT]
    assert back.come(quote(AIRPORT, at(FRIDAY, "10:05"))) != []
    assert back.core.decide(m.Subscribe([BANK]), 0) == []


def test_a_new_life_numbers_behind_the_old_one_whatever_the_clock_says(floor: Floor) -> None:
    for second in range(50):
        floor.wake(at(FRIDAY, "10:00") + second * SECOND_NS)
    last = floor.core.number
    for now in ("10:05", "9:00"):
        back = Floor(at(FRIDAY, now), floor.records)
        assert last < back.published[0][1] < last + 10 * LIFE_NUMBERS
    forgotten = Floor(at(FRIDAY, "10:05"))
    assert forgotten.published[0][1] > last, "also where its record is lost"


def test_a_new_day_is_carried_with_its_subscriptions(floor: Floor) -> None:
    floor.subscribe(BANK)
    floor.wake(at(MONDAY, "9:00"))
    record = carried(floor.session, "2026-11-23")
    back = Floor(at(MONDAY, "9:10"), [record])
    assert list(back.core.symbols) == [BANK]
    assert (back.core.trading_day, back.core.day_ended) == (20261123, False)
    assert back.published[0][1] > floor.core.number


def test_a_life_listens_to_nobody_until_it_is_told_to(floor: Floor) -> None:
    floor.heard(whole=True)
    assert not Floor(at(FRIDAY, "10:05"), floor.records).core.is_whole


def test_the_account_has_no_stream_here(floor: Floor) -> None:
    assert isinstance(floor.core.snapshot("main", 0), m.Refusal)

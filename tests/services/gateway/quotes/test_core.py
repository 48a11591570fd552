"""The market's clock told as stories: who is waited for, who gets a turn, and what comes after a restart."""

from __future__ import annotations

import copy
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import messages as m
from common.beijing import MINUTE_NS, at, midnight
from common.calendar import load
from common.session_carry import carried
from services.gateway.quotes.core import QuotesCore
from services.gateway.quotes.feeds.synthetic import SyntheticFeed
from services.gateway.quotes.library import Library
from services.gateway.quotes.pace import parse
from tests.services.gateway.quotes.floor import AIRPORT, BANK, DAY, MEMBERS, NEXT_DAY, Floor

WHOLE_DAY = [
    "clock 00:00:00",
    "quotes 09:30:00 600000",
    "clock 09:30:00",
    "quotes 09:30:03 600000 600009",
    "quotes 09:30:05 600009",
    "quotes 09:31:00 600000",
    "clock 09:31:00",
    "over 15:30:00",
    "end",
]


# -- a day in lock-step ----------------------------------------------------------------------------------------------


def test_a_day_from_midnight_to_the_end() -> None:
    floor = Floor()
    assert floor.until("end") == WHOLE_DAY
    assert not floor.core.finished, "not before everybody has heard it"
    floor.all_report()
    assert floor.core.finished
    assert floor.all_report() == []


def test_each_step_has_one_number_and_its_quotes_come_before_its_clock() -> None:
    floor = Floor()
    floor.until("end")
    ticks = [message.tick for message in floor.messages]  # type: ignore[attr-defined]
    assert ticks == [1, 2, 2, 3, 4, 5, 5, 6, 7]


def test_the_time_is_told_where_a_minute_begins_or_somebody_waits_for_it() -> None:
    floor = Floor()
    floor.wake("risk", "9:30:04", "9:30:05")
    said = floor.until("end")
    assert said[3:7] == ["quotes 09:30:03 600000 600009", "clock 09:30:04", "quotes 09:30:05 600009", "clock 09:30:05"]


def test_strategies_get_turns_by_name_whoever_asked_first() -> None:
    floor = Floor(members=(*MEMBERS, "strategy.b", "strategy.c"))
    floor.wake("strategy.c", "9:30:01", "9:30:03")
    floor.wake("strategy.b", "9:30:02", "9:30:03")
    floor.wake("strategy.a", "9:30:03")
    said = floor.until("quotes 09:30:05 600009")
    assert [s for s in said if s[:4] == "turn"] == [
        "turn c 09:30:01",
        "turn b 09:30:02",
        "turn a 09:30:03",
        "turn b 09:30:03",
        "turn c 09:30:03",
    ]
    assert said.index("quotes 09:30:03 600000 600009") < said.index("turn a 09:30:03"), "first the market, then turns"


def test_one_who_is_late_has_its_turn_by_name_too() -> None:
    """b waited for an order since an earlier time; both can act now."""
    floor = Floor(members=(*MEMBERS, "strategy.b"))
    floor.until("quotes 09:30:05 600009")
    floor.wake("strategy.b", "9:30:01")
    floor.wake("strategy.a", "9:30:05")
    assert floor.until("clock 09:31:00")[:2] == ["turn a 09:30:05", "turn b 09:30:05"]


def test_a_strategy_can_have_several_turns_at_one_instant() -> None:
    floor = Floor()
    floor.wake("strategy.a", "9:30:03")
    floor.until("turn a 09:30:03")
    floor.wake("strategy.a", "9:30:03")
    assert floor.all_report() == ["turn a 09:30:03"]


def test_after_the_close_wakes_still_come_and_the_day_ends_behind_them() -> None:
    floor = Floor()
    floor.wake("strategy.a", "9:00", "15:00", "16:00")
    said = floor.until("end")
    assert said[1:3] == ["clock 09:00:00", "turn a 09:00:00"]
    assert said[-6:] == [
        "clock 15:00:00",
        "turn a 15:00:00",
        "clock 16:00:00",
        "turn a 16:00:00",
        "over 16:00:00",
        "end",
    ]


def test_a_wake_of_another_day_is_not_of_this_one() -> None:
    floor = Floor()
    floor.wake("strategy.a", "9:00", day=NEXT_DAY)
    assert floor.until("end") == WHOLE_DAY


@pytest.mark.parametrize("name", MEMBERS)
def test_everybody_is_waited_for(name: str) -> None:
    floor = Floor()
    floor.until("clock 09:30:00")
    others = [other for other in MEMBERS if other != name]
    for other in others:
        floor.report(other)
    assert floor.report(name, busy=True) == [], "it has something to do"
    assert floor.report(name, tick=floor.heard[name] - 1) == [], "it has not heard the last"
    for other in others:
        assert floor.report(other) == []
    assert floor.report(name) == ["quotes 09:30:03 600000 600009"]


def test_those_who_hear_no_quotes_are_asked_for_the_last_clock_only() -> None:
    floor = Floor()
    floor.until("quotes 09:30:03 600000 600009")
    assert floor.heard["risk"] == floor.heard["gateway"] - 1
    assert floor.all_report() == ["quotes 09:30:05 600009"]


def test_a_message_on_its_way_is_waited_for() -> None:
    floor = Floor()
    floor.until("clock 09:30:00")
    sent = floor.progress("strategy.a")
    sent = m.Progress(sent.member, 1, sent.tick, {"orders<strategy.a#1": 1}, {}, 0, False)
    for name in ("gateway", "state", "risk"):
        floor.report(name)
    assert floor.say(sent) == []
    seen = floor.progress("risk")
    assert floor.say(m.Progress("risk", 1, seen.tick, {}, {"orders<strategy.a#1": 1}, 0, False)) != []


# -- who comes and goes ------------------------------------------------------------------------------------------------


def test_a_strategy_that_joins_is_waited_for_until_it_leaves() -> None:
    floor = Floor()
    floor.until("clock 09:30:00")
    floor.report("strategy.b", tick=0)
    assert floor.all_report() == []
    floor.heard["strategy.b"] = floor.core.number
    assert floor.report("strategy.b") == ["quotes 09:30:03 600000 600009"]
    assert floor.all_report() == []
    assert floor.say(m.Leave("strategy.b")) == ["quotes 09:30:05 600009"]


def test_a_strategy_that_joins_has_its_turns() -> None:
    floor = Floor()
    floor.until("clock 09:30:00")
    floor.names.append("strategy.b")
    floor.wake("strategy.b", "9:30:04")
    assert "turn b 09:30:04" in floor.until("quotes 09:30:05 600009")


def test_reports_of_others_than_strategies_make_no_members() -> None:
    floor = Floor()
    floor.until("clock 09:30:00")
    floor.report("operator.7", tick=0, busy=True)
    assert floor.all_report() == ["quotes 09:30:03 600000 600009"]


def test_one_that_left_without_anything_to_say_is_not_waited_for_after_a_restart() -> None:
    floor = Floor()
    floor.until("clock 09:30:00")
    floor.names.append("strategy.b")
    floor.heard["strategy.b"] = floor.core.number
    floor.report("strategy.b", busy=True)
    assert floor.all_report() == ["quotes 09:30:03 600000 600009"], "by the report of b, which is on record"
    floor.report("strategy.b", busy=True)
    assert floor.say(m.Leave("strategy.b")) == []
    floor.names.remove("strategy.b")
    floor = floor.again()
    assert floor.until("end")[-1] == "end"


# -- symbols -----------------------------------------------------------------------------------------------------------


def test_a_symbol_asked_for_on_the_way_is_published_from_then_on() -> None:
    floor = Floor(symbols=[BANK])
    floor.until("quotes 09:30:03 600000")
    assert floor.say(m.Subscribe([AIRPORT, BANK])) == []
    assert floor.all_report() == ["quotes 09:30:05 600009"]
    records = len(floor.records)
    floor.say(m.Subscribe([AIRPORT]))
    assert floor.core.symbols == [BANK, AIRPORT] and len(floor.records) == records + 1


def test_answers_come_from_the_open_day_and_never_from_later() -> None:
    floor = Floor()
    refusal = floor.core.answer(m.Subscribe([BANK]), 0)
    assert isinstance(refusal, m.Refusal) and refusal.reason == "NOT_READY"
    floor.until("quotes 09:30:03 600000 600009")
    now_ns = at(DAY, "9:30:03")
    for answer in (floor.core.answer(m.Subscribe([BANK]), 0), floor.core.answer(m.GetTicks([BANK], 0, 2**62), 0)):
        assert isinstance(answer, m.Quotes | m.Ticks)
        assert max(q.at_ns for q in answer.quotes) == now_ns
    assert isinstance(floor.core.answer(m.GetBars([BANK], "1m", 1, 0, 2**62, False), 0), m.Bars)
    assert isinstance(floor.core.answer(m.GetInstruments([]), 0), m.Instruments)
    assert isinstance(floor.core.snapshot("main", 0), m.Refusal)


# -- several days ------------------------------------------------------------------------------------------------------


def test_days_follow_each_other_and_the_run_ends_once() -> None:
    floor = Floor(days=(DAY, NEXT_DAY))
    floor.wake("strategy.a", "9:00")
    floor.wake("strategy.a", "9:00", day=NEXT_DAY)
    said = floor.until("end")
    day = [*WHOLE_DAY[:1], "clock 09:00:00", "turn a 09:00:00", *WHOLE_DAY[1:-1]]
    assert said == [*day, *day, "end"]
    days = [message.trading_day for message in floor.messages if not isinstance(message, m.QuoteBatch)]  # type: ignore[attr-defined]
    assert days == sorted(days) and set(days) == {20261120, 20261123}
    assert floor.core.now_ns == at(NEXT_DAY, "15:30")


# -- after a restart ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stop", WHOLE_DAY[:-2])
def test_it_goes_on_from_the_last_published_time_under_a_new_number(stop: str) -> None:
    floor = Floor()
    before = floor.until(stop)
    number, now_ns = floor.core.number, floor.core.now_ns
    floor = floor.again()
    assert (floor.core.number, floor.core.now_ns) == (number + 1, now_ns)
    *quotes, clock = floor.said
    assert clock.startswith("clock")
    assert quotes == [said for said in before[-2:] if said.startswith("quotes") and said[7:15] == clock[6:]]
    rest = floor.until("end")
    assert [said for said in rest if said.startswith("quotes")] == [
        said for said in WHOLE_DAY[len(before) :] if said.startswith("quotes")
    ]


def test_what_changed_last_is_told_again() -> None:
    floor = Floor()
    floor.until("quotes 09:30:03 600000 600009")
    assert floor.again().said == ["quotes 09:30:03 600000 600009", "clock 09:30:03"]


def test_nobody_is_taken_for_there_before_it_has_reported_again() -> None:
    floor = Floor()
    floor.until("clock 09:30:00")
    floor = floor.again()
    for name in MEMBERS[:-1]:
        assert floor.report(name) == []
    assert floor.report(MEMBERS[-1]) == ["quotes 09:30:03 600000 600009"]


def test_a_turn_cut_short_is_given_again() -> None:
    floor = Floor()
    floor.wake("strategy.a", "9:30:03")
    floor.until("quotes 09:30:03 600000 600009")
    floor.all_report()
    floor.wakes["strategy.a"] = [at(DAY, "9:30:03")]  # its turn was published and never arrived
    floor = floor.again()
    assert floor.until("turn a 09:30:03")[-1] == "turn a 09:30:03"


def test_killed_between_two_days_the_end_is_told_again() -> None:
    """Otherwise one who missed it would wait for a clock that waits for it."""
    floor = Floor(days=(DAY, NEXT_DAY))
    floor.until("over 15:30:00")
    floor = floor.again(days=(DAY, NEXT_DAY))
    assert floor.said == ["over 15:30:00"]
    assert floor.all_report() == ["clock 00:00:00"]
    assert floor.core.days_done == 1 and floor.core.now_ns == midnight(NEXT_DAY)


def test_killed_at_the_very_end_the_end_is_told_again() -> None:
    floor = Floor()
    floor.until("end")
    floor = floor.again()
    assert floor.said == ["over 15:30:00"] and not floor.core.finished
    for name in MEMBERS[:-1]:
        floor.report(name)
    assert floor.said == ["over 15:30:00"], "who hears of the end is gone at once: all must be back before"
    assert floor.report(MEMBERS[-1]) == ["end"]
    floor.all_report()
    assert floor.core.finished


def test_killed_before_the_first_day_it_begins_as_if_nothing_had_been() -> None:
    floor = Floor().again()
    assert floor.said == [] and floor.core.symbols == [BANK, AIRPORT]
    assert floor.until("end") == WHOLE_DAY


@given(st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=4))
def test_killed_at_any_step_the_day_is_the_same(kills: list[tuple[int, bool]]) -> None:
    """Also where the journal begins anew with what was carried over."""
    floor = Floor(days=(DAY, NEXT_DAY))
    for day in (DAY, NEXT_DAY):
        floor.wake("strategy.a", "9:30:04", "15:00", day=day)
    said: list[str] = []
    for steps, rolled in kills:
        start = len(floor.said)
        for _ in range(steps):
            floor.all_report()
        said += floor.said[start:]
        if rolled:
            floor.records = [carried(floor.session, f"{NEXT_DAY}")]
        floor = floor.again(days=(DAY, NEXT_DAY))
    if not floor.core.run_ended:
        said += floor.until("end")
    turns = [s for s in said if s.startswith(("turn", "quotes"))]
    day = [s for s in WHOLE_DAY if s.startswith("quotes")]
    day.insert(2, "turn a 09:30:04")
    assert turns == [*day, "turn a 15:00:00"] * 2


# -- the house -----------------------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from([*MEMBERS, "pace", "ask"]), max_size=60), st.booleans())
def test_deciding_changes_nothing(story: list[str], fast: bool) -> None:
    floor = Floor(speed="20" if fast else "0")
    decide = floor.core.decide

    def watched(message: m.Message, now_ns: int) -> list[m.Message]:
        before = _state(floor.core)
        outs = decide(message, now_ns)
        assert _state(floor.core) == before
        assert decide(message, now_ns) == outs
        return outs

    floor.core.decide = watched  # type: ignore[method-assign]
    for name in story:
        if name == "pace" and floor.core.speed:
            floor.say(m.PaceDue(floor.core.now_ns + MINUTE_NS))
        elif name == "ask":
            floor.say(m.Subscribe([BANK, "000001.XSHE"]))
        elif name != "pace":
            floor.report(name)


def _state(core: QuotesCore) -> object:
    stage = core.stage
    inside = (list(stage._heap), dict(stage._at)) if stage else None
    plain = {name: value for name, value in vars(core).items() if isinstance(value, int | list)}
    return copy.deepcopy((plain, inside, core.quiet.members, core.quiet.reports))


def test_a_synthetic_day_is_published_in_time_order(tmp_path: object) -> None:
    calendar = load(())
    feed = SyntheticFeed(1, calendar)

    def library_of(day: date) -> Library:
        return Library(feed, calendar, day)

    floor = Floor()
    floor.core = QuotesCore([DAY], MEMBERS, parse("0"), library_of)
    floor.session.core = floor.core
    floor.session.number = 0
    floor.heard.clear()
    floor.say(m.Subscribe([BANK]))
    for _ in range(200):
        floor.all_report()
    times = [message.at_ns for message in floor.messages if isinstance(message, m.QuoteBatch)]
    expected = [quote.at_ns for quote in library_of(DAY).day_quotes(BANK)]
    assert times == expected[: len(times)] and len(times) > 100

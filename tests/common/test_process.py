"""A process over several days: it goes on from its newest journal, and begins the day it finds."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from common import journal, journals, wire
from common import messages as m
from common.beijing import at, midnight
from common.clock import MarketTime
from common.process import Process
from common.run import Run
from common.session import Session
from common.settings import load
from tests.common.chain import Decider, order
from tests.common.sockets import attempts

FRIDAY, MONDAY, WEDNESDAY = date(2026, 11, 20), date(2026, 11, 23), date(2026, 11, 25)


def process_on(day: date, folder: Path, *, started_ns: int, name: str = "risk") -> Process:
    settings = load(None, {"RUNTIME_DIR": str(folder)}, {}).settings
    market = MarketTime(simulated=True)
    market.advance(at(day, "9:30"))
    return Process(name, Run(first_day=f"{day}", account="main"), settings, market, started_ns)


def approve(session: Session, core: Decider, seq: int) -> None:
    body = wire.raw(m.SubmitOrder(order(f"a{seq}")))
    command = wire.Command("orders", "strategy.a", 3, seq, 1, session.market.now_ns, "", "", 0, body)
    session.frame(wire.encode(command), 0, "strategy.a")


def put_on_file(session: Session, file: journal.Journal) -> None:
    for record in session.out.records:
        file.append(record)
    file.commit(sync=False)
    session.out.records.clear()


def first_record(path: Path) -> m.Message:
    _, first, *_ = journal.read(path)
    return wire.decode_message(wire.decode_step(first).input)


def test_down_over_a_weekend_it_begins_monday_with_what_friday_left(tmp_path: Path) -> None:
    core = Decider()
    friday = process_on(FRIDAY, tmp_path, started_ns=1)
    session, file, recovered = friday.open(core)
    assert not recovered and session.day_ends_ns == midnight(MONDAY)
    session.number = 77
    for seq in (1, 2):
        approve(session, core, seq)
    put_on_file(session, file)
    file.close()
    again = Decider()
    monday = process_on(MONDAY, tmp_path, started_ns=2)
    session, file, recovered = monday.open(again)
    assert recovered and again.approved == ["a1", "a2"] and session.commands_out.run == 1
    assert session.number == 0, "another run's clock counts from its own beginning"
    assert file.path == journals.path_of(monday.journal_folder, "risk", MONDAY)
    carried = first_record(file.path)
    assert isinstance(carried, m.Carried) and (carried.day, carried.life) == ("2026-11-23", 2)
    approve(session, again, 2)
    assert again.approved == ["a1", "a2"], "what was taken on Friday is not taken again"
    approve(session, again, 3)
    put_on_file(session, file)
    file.close()
    third = Decider()
    session, file, _ = process_on(MONDAY, tmp_path, started_ns=3).open(third)
    assert third.approved == ["a1", "a2", "a3"] and len(list(journal.read(file.path))) == 3
    file.close()
    wait_until_packed(monday.journal_folder, FRIDAY)


def wait_until_packed(folder: Path, day: date) -> None:
    for _ in attempts():
        if journals.days(folder, "risk")[day].suffix == ".gz":
            return
    raise AssertionError(list(folder.iterdir()))


def test_a_clock_of_a_run_takes_nothing_over_from_another(tmp_path: Path) -> None:
    session, file, _ = process_on(FRIDAY, tmp_path, started_ns=1, name="quotes").open(Decider())
    session.local(m.Started(False))
    put_on_file(session, file)
    file.close()
    session, file, recovered = process_on(MONDAY, tmp_path, started_ns=2, name="quotes").open(
        Decider(), continues=False
    )
    assert not recovered and session.commands_out.run == 2 and len(list(journal.read(file.path))) == 1
    file.close()


@pytest.mark.parametrize(
    ("now", "day"), [(MONDAY, MONDAY), (WEDNESDAY, WEDNESDAY), (date(2026, 11, 28), date(2026, 11, 27))]
)
def test_it_begins_the_day_the_market_is_in_also_after_a_long_sleep(tmp_path: Path, now: date, day: date) -> None:
    process = process_on(FRIDAY, tmp_path, started_ns=1)
    session, file, _ = process.open(Decider())
    assert not session.day_is_over
    process.market.advance(midnight(now))
    assert session.day_is_over
    process._roll(session, file)
    assert file.path == journals.path_of(process.journal_folder, "risk", day) and not session.day_is_over
    file.close()


def test_beyond_the_calendar_the_last_journal_goes_on(tmp_path: Path) -> None:
    last = process_on(FRIDAY, tmp_path, started_ns=1).calendar.last
    session, file, _ = process_on(last, tmp_path, started_ns=1).open(Decider())
    assert session.day_ends_ns == 0 and not session.day_is_over
    file.close()

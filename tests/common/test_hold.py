"""A process whose disk refuses: nothing is sent, done or acknowledged, commands are refused, and nothing is lost."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from common import messages as m
from common import wire
from common.bus import Addresses, Bus
from common.errors import JournalUnwritable
from common.journal import read
from common.reasons import Reason
from tests.common.chain import ACCOUNT, NOON_NS, order
from tests.common.faulty import FaultyFile
from tests.common.sockets import attempts, free_port_base
from tests.common.test_loop import Process, approve, turn_until_all_follow, turn_until_all_know

REFUSALS = pytest.mark.parametrize("error", [errno.ENOSPC, errno.EROFS], ids=["full", "read-only"])
HOW = pytest.mark.parametrize("refuses", [("write",), ("fileno",), ("write", "truncate"), ("fileno", "truncate")])


@pytest.fixture
def port_base() -> int:
    return free_port_base()


@pytest.fixture
def gateway(port_base: int, tmp_path: Path) -> Iterator[Process]:
    process = Process("gateway", port_base, tmp_path)
    yield process
    process.close()


@pytest.fixture
def risk(port_base: int) -> Iterator[Bus]:
    bus = Bus("risk", Addresses(port_base), listen=False)
    yield bus
    bus.context.destroy(linger=0)


def turn_until(gateway: Process, risk: Bus, *found: type[wire.Frame]) -> list[wire.AnyFrame]:
    """Turn the gateway until risk has got a frame of each type; returns all it got."""
    got: list[wire.AnyFrame] = []
    for _ in attempts():
        gateway.loop.turn()
        got += [wire.decode_frame(data) for _, data in risk.receive(0)]
        if all(any(isinstance(frame, kind) for frame in got) for kind in found):
            return got
    raise AssertionError(got)


@REFUSALS
@HOW
def test_what_cannot_be_recorded_waits_and_is_then_done_once(
    gateway: Process, risk: Bus, error: int, refuses: tuple[str, ...]
) -> None:
    before = list(read(gateway.path))
    disk = FaultyFile(gateway.journal)
    disk.error, disk.refuses = error, refuses
    risk.send([("gateway", approve("a0", 1))])
    for _ in attempts():
        gateway.loop.turn()
        if gateway.loop.hold.why:
            break
    for _ in range(3):
        gateway.loop.turn()
    told = [wire.decode_frame(data) for _, data in risk.receive(0)]
    assert gateway.desk.done == [] and all(isinstance(frame, wire.Fetch) for frame in told), "it only asks"
    assert [code for code, _ in gateway.notes] == [Reason.JOURNAL_UNWRITABLE], "told once"
    assert os.strerror(error) in gateway.notes[0][1]
    disk.error = 0
    got = turn_until(gateway, risk, wire.Ack)
    assert gateway.desk.done == [m.PlaceAtBroker(order("a0"))]
    assert [frame.seq for frame in got if isinstance(frame, wire.Ack)][-1] == 1
    steps = [wire.decode_step(payload) for payload in list(read(gateway.path))[len(before) :]]
    assert sum(bool(step.frames) for step in steps) == 2, "the order once, and the report it brought"
    assert [code for code, _ in gateway.notes][1:] == ["JOURNAL_WRITABLE"]


@REFUSALS
def test_commands_meanwhile_are_refused_with_a_reason_and_taken_later(gateway: Process, risk: Bus, error: int) -> None:
    disk = FaultyFile(gateway.journal)
    disk.error = error
    risk.send([("gateway", approve("a0", 1))])
    for _ in attempts():
        gateway.loop.turn()
        if gateway.loop.hold.why:
            break
    for _ in range(2):
        risk.send([("gateway", approve("a1", 2)), ("gateway", approve("a2", 3))])
    query = wire.Query("ask_gateway", "risk", 1, wire.raw(m.GetAccount(ACCOUNT)))
    risk.send([("gateway", wire.encode(query))])
    status = wire.Query("ask_gateway", "risk", 2, wire.raw(m.GetStatus()))
    risk.send([("gateway", wire.encode(status)), ("gateway", b"noise")])
    got = turn_until(gateway, risk, wire.Refused, wire.Answer)
    refused = [frame for frame in got if isinstance(frame, wire.Refused)]
    assert [(frame.seq, frame.reason, frame.channel) for frame in refused] == [
        (2, Reason.JOURNAL_UNWRITABLE, "approved"),
        (3, Reason.JOURNAL_UNWRITABLE, "approved"),
    ], "each once, however often it is sent"
    assert "a1" in refused[0].text and "日志无法写入" in refused[0].text
    [answer] = [frame for frame in got if isinstance(frame, wire.Answer)]
    shown = wire.decode_answer(answer.body)
    assert isinstance(shown, m.ProcessStatus) and shown.notes["trouble"].startswith("JOURNAL_UNWRITABLE")
    assert not any(isinstance(frame, wire.Ack) for frame in got) and gateway.desk.done == []
    disk.error = 0
    risk.send([("gateway", approve("a1", 2)), ("gateway", approve("a2", 3))])
    for _ in attempts():
        gateway.loop.turn()
        if len(gateway.desk.done) == 3:
            break
    assert gateway.desk.done == [m.PlaceAtBroker(order(key)) for key in ("a0", "a1", "a2")]
    status = gateway.session.status(NOON_NS)
    assert isinstance(status, m.ProcessStatus) and "trouble" not in status.notes


def test_all_processes_go_on_after_a_hold_of_each(port_base: int, tmp_path: Path) -> None:
    desk = {name: Process(name, port_base, tmp_path) for name in ("gateway", "risk", "strategy.a")}
    try:
        turn_until_all_follow(desk)
        placed = []
        for minute, name in enumerate(desk):
            disk = FaultyFile(desk[name].journal)
            disk.error = errno.ENOSPC
            desk["strategy.a"].session.local(m.MinutePassed(minute, {}))
            for _ in attempts():
                for process in desk.values():
                    process.loop.turn()
                if desk[name].loop.hold.why:
                    break
            placed.append(f"a{minute}")
            assert desk["gateway"].core.folded.count(placed[-1]) == (name == "gateway"), "applied, and not yet told"
            disk.error = 0
            turn_until_all_know(desk, *placed)
    finally:
        for process in desk.values():
            process.close()


def test_a_kill_during_a_hold_loses_and_doubles_nothing(port_base: int, tmp_path: Path) -> None:
    desk = {name: Process(name, port_base, tmp_path) for name in ("gateway", "risk", "strategy.a")}
    try:
        FaultyFile(desk["gateway"].journal).error = errno.ENOSPC
        desk["strategy.a"].session.local(m.MinutePassed(0, {}))
        for _ in attempts():
            for process in desk.values():
                process.loop.turn()
            if desk["gateway"].loop.hold.why:
                break
        desk["gateway"].close()
        desk["gateway"] = Process("gateway", port_base, tmp_path)
        turn_until_all_know(desk, "a0")
    finally:
        for process in desk.values():
            process.close()


def test_its_own_record_of_an_effect_holds_a_process_too(gateway: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> list[m.Message]:
        raise JournalUnwritable("simulator-main.journal 写入失败")

    with monkeypatch.context() as patched:
        patched.setattr(gateway.desk, "reports", refuse)
        gateway.loop.turn()
        assert gateway.loop.hold.why
    gateway.loop.turn()
    assert not gateway.loop.hold.why


def test_a_simulated_process_that_holds_reports_nothing_and_hears_the_time(port_base: int, tmp_path: Path) -> None:
    quotes = Bus("quotes", Addresses(port_base))
    process = Process("gateway", port_base, tmp_path, simulated=True)
    try:
        assert until_heard(process, quotes)
        FaultyFile(process.journal).error = errno.ENOSPC
        process.session.local(m.MinutePassed(1, {}))
        process.loop.flush()
        quotes.receive(50)
        later = NOON_NS + 10**9
        clock = wire.Quoted("clock", 7, 0, wire.raw(m.MarketClock(7, later, 20261120, "", True)))
        for _ in attempts():
            quotes.send([("*clock", wire.encode(clock))])
            process.loop.turn()
            if process.session.market.now_ns == later:
                break
        assert process.session.market.now_ns == later and process.session.number == 0
        assert quotes.receive(50) == []
    finally:
        process.close()
        quotes.close()


def until_heard(process: Process, quotes: Bus) -> list[tuple[str, bytes]]:
    for _ in attempts():
        process.loop.turn()
        if got := quotes.receive(20):
            return got
    return []

"""The main loop with real sockets and a real journal: first on file, then done, then sent."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from common import messages as m
from common import wire
from common.bus import Addresses, Bus
from common.clock import sleep
from common.journal import Journal, read
from common.loop import Loop, NoEffects
from common.recovery import recover
from common.session import Session
from tests.common.chain import ACCOUNT, NOON_NS, Asker, MarketTime, TinyCore, core_of, order
from tests.common.sockets import attempts, free_port_base, until

HEADER: dict[str, str | int] = {"run": 1}


class Desk(NoEffects):
    """Notes what it is asked to do and what was on file by then; answers every order at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.done: list[m.Message] = []
        self.on_file: list[int] = []
        self.settled = 0
        self._reports: list[m.Message] = []
        self.syncs = True

    def run(self, effects: list[m.Message]) -> None:
        self.done += effects
        self.on_file.append(len(list(read(self.path))))
        self._reports += [m.MinutePassed(len(self.done), {}) for _ in effects]

    def reports(self) -> list[m.Message]:
        reports, self._reports = self._reports, []
        return reports

    def settle(self) -> None:
        self.settled += 1

    def needs_sync(self, effects: list[m.Message]) -> bool:
        return self.syncs and bool(effects)


class Process:
    """A process without a process: session, bus, journal and loop, turned by the test."""

    def __init__(self, name: str, port_base: int, folder: Path, *, simulated: bool = False) -> None:
        self.core: TinyCore = core_of(name)
        self.path = folder / f"{name}.journal"
        market = MarketTime(simulated=simulated)
        market.advance(NOON_NS)
        self.session = Session(name, self.core, (ACCOUNT,), market, 1)
        self.journal, payloads = Journal.open(self.path, HEADER)
        for payload in payloads:
            recover(self.session, payload)
        self.bus = Bus(name, Addresses(port_base))
        self.desk = Desk(self.path)
        self.notes: list[tuple[str, str]] = []
        effects = self.desk if name == "gateway" else NoEffects()
        self.loop = Loop(
            self.session, self.bus, self.journal, effects, lambda code, text: self.notes.append((code, text))
        )
        self.session.start(recovered=bool(payloads))
        self.loop.flush()

    def close(self) -> None:
        """As a kill does it: nothing that waits is sent any more."""
        self.bus.context.destroy(linger=0)
        self.journal.close()


@pytest.fixture
def port_base() -> int:
    return free_port_base()


@pytest.fixture
def desk(port_base: int, tmp_path: Path) -> Iterator[dict[str, Process]]:
    """Gateway, risk and a strategy."""
    processes = {name: Process(name, port_base, tmp_path) for name in ("gateway", "risk", "strategy.a")}
    yield processes
    for process in processes.values():
        process.close()


def turn_until_all_follow(desk: dict[str, Process]) -> None:
    """Every stream has begun at everybody, so that what comes next is no start of one."""
    for _ in attempts():
        for process in desk.values():
            process.loop.turn()
        if all(s.seq >= 0 for process in desk.values() for s in process.session.events_in.streams.values()):
            return
    raise AssertionError("a stream did not begin")


def turn_until_all_know(desk: dict[str, Process], *orders: str) -> None:
    """Until everybody has folded these orders, and one report for each, as the gateway told them."""
    for _ in attempts():
        for process in desk.values():
            process.loop.turn()
        told = desk["gateway"].core.folded
        if len(told) == 2 * len(orders) and all(process.core.folded == told for process in desk.values()):
            assert tuple(key for key in told if not key.startswith("mark")) == orders
            return
    raise AssertionError({name: process.core.folded for name, process in desk.items()})


def approve(key: str, seq: int) -> bytes:
    body = wire.raw(m.ApprovedOrder(order(key), NOON_NS))
    return wire.encode(wire.Command("approved", "risk", 1, seq, 1, NOON_NS, "", "", 0, body))


@pytest.mark.parametrize("sync_acks", [True, False])
def test_what_is_acknowledged_is_on_the_disk_before(desk: dict[str, Process], *, sync_acks: bool) -> None:
    """Its sender forgets it then: a power loss must not take it from its receiver as well."""
    gateway = desk["gateway"]
    gateway.desk.syncs, gateway.loop.sync_acks = False, sync_acks
    syncs = []
    for _ in range(2):
        gateway.session.frame(approve("a0", 1), NOON_NS, "risk")
        gateway.loop.flush()
        syncs.append(gateway.journal.syncs)
        gateway.session.wake(NOON_NS)
        gateway.loop.flush()
        syncs.append(gateway.journal.syncs)
    first = syncs[0]
    assert syncs == ([first, first + 1, first + 1, first + 2] if sync_acks else [first] * 4)


def test_an_outcome_is_folded_when_it_has_left_or_somebody_looks(
    desk: dict[str, Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = desk["gateway"]
    folded_at_send: list[list[str]] = []
    monkeypatch.setattr(gateway.bus, "send", lambda frames: folded_at_send.append(list(gateway.core.folded)))
    gateway.session.frame(approve("a0", 1), NOON_NS, "risk")
    assert gateway.core.folded == []
    gateway.session.frame(approve("a1", 2), NOON_NS, "risk")
    assert gateway.core.folded == ["a0"]
    gateway.loop.flush()
    assert folded_at_send[-1] == ["a0", "a1", "mark2"]
    assert gateway.core.folded == ["a0", "a1", "mark2", "mark2"]


def test_orders_go_forward_and_events_come_back(desk: dict[str, Process]) -> None:
    strategy = desk["strategy.a"]
    for minute in range(3):
        strategy.session.local(m.MinutePassed(minute, {}))
    strategy.loop.flush()
    placed = strategy.core
    assert isinstance(placed, Asker) and placed.placed == ["a0", "a1", "a2"]
    turn_until_all_know(desk, "a0", "a1", "a2")
    assert [effect for effect in desk["gateway"].desk.done if isinstance(effect, m.PlaceAtBroker)]
    assert all(process.notes == [] for process in desk.values())


def test_a_process_killed_and_started_goes_on_from_its_journal(
    desk: dict[str, Process], port_base: int, tmp_path: Path
) -> None:
    strategy = desk["strategy.a"]
    strategy.session.local(m.MinutePassed(0, {}))
    turn_until_all_know(desk, "a0")
    for name in ("risk", "gateway"):
        desk.pop(name).close()
        desk[name] = Process(name, port_base, tmp_path)
        strategy.session.local(m.MinutePassed(1, {}))
    turn_until_all_know(desk, "a0", "a1", "a2")


def test_a_step_is_on_file_before_its_effects_and_its_effects_before_it_is_sent(port_base: int, tmp_path: Path) -> None:
    gateway = Process("gateway", port_base, tmp_path)
    try:
        before = len(list(read(gateway.path)))
        gateway.session.frame(approve("a0", 1), 0, "risk")
        gateway.session.frame(approve("a1", 2), 0, "risk")
        sent_after = [data for _, data in gateway.session.out.frames]
        gateway.loop.flush()
        assert gateway.desk.on_file == [before + 2], "both steps with one write, and effects run once"
        assert gateway.desk.done == [m.PlaceAtBroker(order("a0")), m.PlaceAtBroker(order("a1"))]
        assert len(list(read(gateway.path))) == before + 4, "what the effects brought is on file too"
        assert gateway.core.folded == ["a0", "a1", "mark2", "mark2"] and len(sent_after) == 2
        assert gateway.session.out.frames == gateway.session.out.records == gateway.session.out.effects == []
        assert gateway.desk.settled == 4, "before each sending and at the end of each flush"
    finally:
        gateway.close()


def test_only_what_goes_to_the_broker_waits_for_the_disk(port_base: int, tmp_path: Path) -> None:
    gateway = Process("gateway", port_base, tmp_path)
    try:
        syncs = gateway.journal.syncs
        gateway.session.local(m.MinutePassed(7, {}))
        gateway.loop.flush()
        assert gateway.journal.syncs == syncs
        gateway.session.frame(approve("a0", 1), 0, "risk")
        gateway.loop.flush()
        assert gateway.journal.syncs == syncs + 1
        gateway.desk.syncs = False
        gateway.session.frame(approve("a1", 2), 0, "risk")
        gateway.loop.flush()
        assert gateway.journal.syncs == syncs + 1
        gateway.loop.sync_all = True
        gateway.session.local(m.MinutePassed(8, {}))
        gateway.loop.flush()
        assert gateway.journal.syncs == syncs + 2
    finally:
        gateway.close()


def test_what_arrives_while_the_disk_is_busy_shares_one_sync(
    port_base: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway, risk = Process("gateway", port_base, tmp_path), Bus("risk", Addresses(port_base), listen=False)
    fsync = os.fsync

    def slow(fd: int) -> None:
        sleep(0.02)
        fsync(fd)

    try:
        gateway.loop.turn()
        before = gateway.journal.syncs
        monkeypatch.setattr(os, "fsync", slow)
        for number in range(100):
            risk.send([("gateway", approve(f"a{number}", number + 1))])  # each in a message of its own
        for _ in attempts():
            gateway.loop.turn()
            if len(gateway.desk.done) == 100:
                break
        assert [
            effect.order.client_order_id for effect in gateway.desk.done if isinstance(effect, m.PlaceAtBroker)
        ] == [f"a{number}" for number in range(100)]
        assert gateway.journal.syncs - before <= 10, "a tenth of an fsync an order"
    finally:
        gateway.close()
        risk.context.destroy(linger=0)


def test_trouble_is_noted_once(port_base: int, tmp_path: Path) -> None:
    risk = Process("risk", port_base, tmp_path)
    try:
        risk.session.frame(b"noise", 0, "strategy.a")
        risk.loop.flush()
        risk.loop.flush()
        assert [code for code, _ in risk.notes] == ["BAD_FRAME"]
    finally:
        risk.close()


def test_a_simulated_process_tells_the_clock_how_far_it_is(port_base: int, tmp_path: Path) -> None:
    quotes = Bus("quotes", Addresses(port_base))
    risk = Process("risk", port_base, tmp_path, simulated=True)
    try:
        risk.loop.turn()
        (_, data), *_ = until(quotes, bool)
        pace = wire.decode_frame(data)
        assert isinstance(pace, wire.Pace) and wire.decode_body("pace", pace.body) == risk.session.progress()
    finally:
        risk.close()
        quotes.close()


def test_the_loop_ends_after_the_turn_in_hand(port_base: int, tmp_path: Path) -> None:
    risk = Process("risk", port_base, tmp_path)
    try:
        risk.loop.stopping = True
        risk.loop.run()
    finally:
        risk.close()

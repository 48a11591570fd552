"""The threads of a line around an instance that hangs on demand: what waits behind it, and what becomes of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from queue import Empty
from typing import Any

import pytest

from common import messages as m
from common.beijing import SECOND_NS, at
from services.gateway.brokers.qmt import acts
from services.gateway.brokers.qmt.config import QmtAccount, QmtConfig
from services.gateway.brokers.qmt.core import LineCore
from services.gateway.brokers.qmt.rows import AssetRow, StatusRow
from services.gateway.brokers.qmt.runner import Outlet, Runner
from tests.qmt.handle import wait_until
from tests.services.gateway.brokers.qmt.stage import CALENDAR, DAY, an_order
from tests.services.gateway.brokers.qmt.teller import QUICK

MAIN = QmtAccount("main", "123456", "stock", "")


class PaperInstance:
    """Answers at once, but for a submit while ``held`` is set, which waits for ``go``."""

    def __init__(self, put: Callable[[acts.Event], None], office: Office) -> None:
        self._put, self._office = put, office
        self.has_queue = True

    def do(self, number: int, act: acts.Act) -> int:
        match act:
            case acts.AskStatus():
                self._put(acts.Answered(number, (StatusRow(account_id="123456", status=0),)))
            case acts.AskAsset():
                self._put(acts.Answered(number, (AssetRow(account_id="123456", cash=1e6, total_asset=1e6),)))
            case acts.AskOrders() | acts.AskTrades() | acts.AskPositions():
                self._put(acts.Answered(number, ()))
            case acts.Place():
                self._office.made.append(act.remark)
                if act.remark == self._office.hangs_at:
                    self._office.go.wait(30)
                return number
        return 0

    def stop(self) -> None:
        pass


class Office:
    """A running line of one account, its instances, and what it says."""

    def __init__(self) -> None:
        self.hangs_at, self.go, self.made = "", threading.Event(), list[str]()
        self.said: list[Any] = []
        config = QmtConfig(calendar=CALENDAR, call_ns=SECOND_NS, timing=QUICK)
        begun = time.monotonic_ns()
        self.outlet = Outlet(lambda: None, lambda: at(DAY, "10:00") + time.monotonic_ns() - begun)
        self.line = Runner(
            LineCore([MAIN], config),
            lambda generation, put: PaperInstance(put, self),
            self.outlet,
            QUICK.stop_ns,
        )
        self.line.start()

    def request(self, request: Any) -> None:
        self.line.put(acts.Requested(request, sum(isinstance(s, m.BrokerLink) and not s.up for s in self.said)))

    def hear(self) -> list[Any]:
        while True:
            try:
                self.said.append(self.outlet.said.get_nowait())
            except Empty:
                return self.said

    def ends(self, key: str) -> list[str]:
        return [r.reason for r in self.hear() if isinstance(r, m.BrokerOrder) and r.client_order_id == key]

    def links(self) -> list[bool]:
        return [r.up for r in self.hear() if isinstance(r, m.BrokerLink)]


@pytest.fixture
def office() -> Iterator[Office]:
    office = Office()
    wait_until(lambda: office.links() == [True])
    office.request(m.AskBroker("main"))
    wait_until(lambda: any(isinstance(r, m.BrokerDay) for r in office.hear()))
    yield office
    office.go.set()
    office.line.close()


def test_what_waits_behind_a_call_that_hangs_is_taken_back_and_never_made(office: Office) -> None:
    office.hangs_at = "a"
    for key in ("a", "b", "c"):
        office.request(m.PlaceAtBroker(an_order(key)))
    wait_until(lambda: office.links()[:2] == [True, False])
    wait_until(lambda: office.ends("b") == office.ends("c") == ["BROKER_DOWN"])
    assert office.ends("a") == [], "nobody knows what became of it"
    office.go.set()
    wait_until(lambda: office.links() == [True, False, True])
    assert office.made == ["a"]


def test_the_link_comes_back_on_a_thread_of_its_own(office: Office) -> None:
    office.hangs_at = "a"
    office.request(m.PlaceAtBroker(an_order("a")))
    wait_until(lambda: office.links() == [True, False, True])
    office.request(m.AskBroker("main"))
    wait_until(lambda: sum(isinstance(r, m.BrokerDay) for r in office.hear()) == 2)
    office.request(m.PlaceAtBroker(an_order("d")))
    wait_until(lambda: office.made == ["a", "d"])


def test_events_without_end_do_not_stop_the_clock(office: Office) -> None:
    """Pushes come in faster than they are taken; a call is overdue all the same."""
    office.hangs_at = "a"
    office.request(m.PlaceAtBroker(an_order("a")))
    noise = acts.Pushed(0, StatusRow(account_id="nobody", status=0))
    ends = time.monotonic() + 20
    while office.links()[1:2] != [False]:
        assert time.monotonic() < ends
        for _ in range(200):
            office.line.put(noise)


def test_a_bug_in_the_core_ends_the_process_and_not_only_the_line(office: Office) -> None:
    office.line.put(acts.NotMade((4711,)))
    [error] = wait_until(lambda: [said for said in office.hear() if isinstance(said, Exception)])
    assert isinstance(error, KeyError)

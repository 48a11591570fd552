"""The back-ends that the conformance suite runs against, one line each in ``HOUSES``."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from common import messages as m
from common.beijing import SECOND_NS, at
from common.calendar import load
from common.fees import FeeSchedule
from services.gateway.brokers.qmt import QmtAccount, QmtBroker, QmtConfig
from services.gateway.brokers.simulator import Simulator
from tests.qmt import stand_ins
from tests.qmt.clock import FakeClock
from tests.qmt.handle import Terminal, wait_until
from tests.services.gateway.brokers.conformance import ACCOUNT, House
from tests.services.gateway.brokers.qmt.teller import QUICK
from tests.sim.exchange_stage import DAY, a_quote, e4, levels, number

Opens = Callable[[Path], contextlib.AbstractContextManager[House]]


class SimulatorHouse:
    """A market of one symbol at 10.00, whose seconds pass when something happens."""

    resting_e4, refused_e4, has_foreign = e4(9.98), e4(12.00), False

    def __init__(self, folder: Path) -> None:
        self._path = folder / "simulator.journal"
        self.now_ns = at(DAY, "10:00")
        self._volume = 6_000
        self.broker = self._open()

    def trade(self, order: m.OrderState, qty: int) -> None:
        """Shares trade below the limit: all of them are the order's."""
        del order
        self._volume += qty
        self._quote(9.97)

    def foreign(self, qty: int) -> Callable[[int], None]:
        raise AssertionError("nobody else has an account at the simulator")

    def pump(self) -> None:
        pass

    def restart(self) -> None:
        self.broker.close()
        self.broker = self._open()
        self.broker.caught_up()

    def close(self) -> None:
        self.broker.close()

    def _open(self) -> Simulator:
        self.broker = broker = Simulator(self._path, ACCOUNT, e4(1_000_000), FeeSchedule())
        broker.start()
        broker.on_clock(self.now_ns, number(DAY))
        self._quote(10.0)
        return broker

    def _quote(self, last: float) -> None:
        self.now_ns += 3 * SECOND_NS
        seconds = (self.now_ns - at(DAY, "10:00")) // SECOND_NS
        time = f"10:{seconds // 60:02}:{seconds % 60:02}"
        books = {"bids": levels((9.99, 500)), "asks": levels((10.01, 300))}
        self.broker.on_clock(self.now_ns, number(DAY))
        self.broker.on_quotes((a_quote(time, last, self._volume, **books),), self.now_ns)


class QmtHouse:
    """A fake terminal, and the vendor's own wrapper in this process."""

    resting_e4, refused_e4, has_foreign = e4(9.5), e4(99.0), True
    _sessions = count(5000, 10)

    def __init__(self, terminal: Terminal) -> None:
        self._terminal, self._rung = terminal, threading.Event()
        self._now_ns = FakeClock(terminal.clock).now_ns
        self.broker = self._open()

    @property
    def now_ns(self) -> int:
        return self._now_ns()

    def trade(self, order: m.OrderState, qty: int) -> None:
        assert self._terminal.hand_fill(int(order.venue_order_id.partition("-")[2]), qty)

    def foreign(self, qty: int) -> Callable[[int], None]:
        order_id = self._terminal.hand_order("123456", "600000.SH", "buy", qty, self.resting_e4 / 10_000)

        def trade(shares: int) -> None:
            wait_until(lambda: self._terminal.hand_fill(order_id, shares))

        return trade

    def pump(self) -> None:
        self._rung.wait(0.02)
        self._rung.clear()

    def restart(self) -> None:
        self.broker.close()
        self.broker = self._open()

    def close(self) -> None:
        self.broker.close()

    def _open(self) -> QmtBroker:
        account = QmtAccount(ACCOUNT, "123456", "stock", str(self._terminal.path))
        config = QmtConfig(calendar=load(), session_id=next(self._sessions), timing=QUICK)
        broker = QmtBroker((account,), config, self._rung.set, lambda text: None, wall=self._now_ns)
        broker.start()
        return broker


@contextlib.contextmanager
def simulator(folder: Path) -> Iterator[House]:
    house = SimulatorHouse(folder)
    yield house
    house.close()


@contextlib.contextmanager
def qmt(folder: Path) -> Iterator[House]:
    pytest.importorskip("xtquant", reason="the vendor's wheel (xtquant, in the dev extra) is not installed")
    stand_ins.install()
    quick = {"session_grace_s": 0.2, "reconnect_gap_s": 0.0, "cancel_s": 0.01}
    with Terminal(folder, {"123456": 1_000_000.0}, quotes=False, **quick) as terminal:
        house = QmtHouse(terminal)
        yield house
        house.close()


HOUSES: dict[str, Opens] = {"simulator": simulator, "qmt": qmt}

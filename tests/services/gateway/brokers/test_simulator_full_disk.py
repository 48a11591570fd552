"""The simulated broker on a disk that is full: silent until what it says is on file, and then heard once."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from common import messages as m
from common.beijing import at
from common.errors import JournalUnwritable
from common.orders import Status
from tests.common.faulty import FaultyFile
from tests.services.gateway.brokers.test_simulator import BANK, DAY, NEXT_DAY, ask, at_ten, buy, number, open_simulator
from tests.sim.exchange_stage import a_quote
from tests.small_disk import small_disk


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "simulator-main.journal"


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EROFS])
def test_what_cannot_be_put_on_file_is_not_said_and_is_said_once_later(path: Path, error: int) -> None:
    simulator = at_ten(path)
    disk = FaultyFile(simulator._record._file)
    disk.error = error
    simulator.request(buy("a", 300, 10.01))
    simulator.on_clock(at(DAY, "10:01"), number(DAY))
    simulator.on_quotes((a_quote("10:01", 10.0, 7_000),), at(DAY, "10:01"))
    for _ in range(2):
        assert simulator.said() == []
        with pytest.raises(JournalUnwritable, match="simulator-main"):
            simulator.reports()
    disk.error = 0
    said = simulator.reports()
    assert [r.status for r in said if isinstance(r, m.BrokerOrder)] == [Status.ACCEPTED, Status.FILLED]
    assert sum(r.qty for r in said if isinstance(r, m.BrokerFill)) == 300
    assert simulator.reports() == []
    simulator.close()
    again = open_simulator(path)
    again.on_clock(at(DAY, "10:02"), number(DAY))
    day = ask(again)
    assert [(o.client_order_id, o.cum_qty) for o in day.orders] == [("a", 300)]


def test_killed_while_the_disk_is_full_it_never_had_the_order(path: Path) -> None:
    simulator = at_ten(path)
    FaultyFile(simulator._record._file).error = errno.ENOSPC
    simulator.request(buy("a", 300, 10.01))
    again = open_simulator(path)
    again.on_clock(at(DAY, "10:02"), number(DAY))
    assert ask(again).orders == []


def test_a_day_that_cannot_be_opened_is_opened_when_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        path = disk.folder / "simulator-main.journal"
        simulator = at_ten(path)
        simulator.request(buy("a", 300, 10.01))
        simulator.request(buy("rests", 100, 9.9))
        simulator.reports()
        cash_e4 = ask(simulator).cash_e4
        disk.fill()
        simulator.on_clock(at(NEXT_DAY, "9:00"), number(NEXT_DAY))
        simulator.request(m.AskBroker("main"))
        for _ in range(2):
            with pytest.raises(JournalUnwritable):
                simulator.reports()
        disk.free()
        said = simulator.reports()
        ends = [r.status for r in said if isinstance(r, m.BrokerOrder) and r.client_order_id == "rests"]
        [day] = [r for r in said if isinstance(r, m.BrokerDay)]
        assert ends == [Status.EXPIRED]
        assert (day.trading_day, day.cash_e4, day.orders) == (number(NEXT_DAY), cash_e4, [])
        assert [(h.symbol, h.qty) for h in day.holdings] == [(BANK, 300)]
        simulator.close()
        assert ask_of(path) == day.cash_e4


def ask_of(path: Path) -> int:
    again = open_simulator(path)
    again.on_clock(at(NEXT_DAY, "9:01"), number(NEXT_DAY))
    cash_e4 = ask(again).cash_e4
    again.close()
    return cash_e4

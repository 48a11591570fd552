"""dry_run's accounts: opened as the real ones stood, matched by themselves from then on, never sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from common import messages as m
from common.beijing import at
from common.errors import ConfigError
from common.fees import FeeSchedule
from services.gateway.brokers import BrokerReport, BrokerRequest
from services.gateway.brokers.shadow import ShadowBroker
from services.gateway.brokers.simulator import Simulator
from tests.sim.exchange_stage import BANK, DAY, NEXT_DAY, a_quote, e4, levels, number

CASH_E4 = 500_000 * 10_000
TEN_NS = at(DAY, "10:00")
HELD = m.Holding(BANK, 1_000, 400, 9_800 * 10_000, e4(9.9), TEN_NS)


class RealAccount:
    """A broker that can be told what to say, and keeps what it is asked."""

    def __init__(self) -> None:
        self.asked: list[BrokerRequest] = []
        self.says: list[BrokerReport] = []

    def start(self) -> None:
        self.says.append(m.BrokerLink("main", True, "已连接"))

    def request(self, request: BrokerRequest) -> None:
        self.asked.append(request)

    def reports(self) -> list[BrokerReport]:
        says, self.says = self.says, []
        return says

    def close(self) -> None:
        pass

    def states(self, account: str = "main") -> None:
        """Its day: an order and a fill of the morning, cash and a position."""
        order = m.BrokerOrder(account, "", "77", BANK, m.Side.BUY, 400, e4(9.8), "filled", 400, "", "", TEN_NS)
        fill = m.BrokerFill(account, "", "77", "f1", BANK, m.Side.BUY, 400, e4(9.8), -1, TEN_NS)
        self.says.append(m.BrokerDay(account, number(DAY), [order], [fill], CASH_E4, [HELD], False, TEN_NS))


class Stage:
    """A shadow broker over a real account; ``again`` opens it anew, as a restarted gateway does."""

    def __init__(self, folder: Path, aliases: tuple[str, ...] = ("main",)) -> None:
        self.files = {alias: folder / f"shadow-{alias}.journal" for alias in aliases}
        self.again()

    def again(self) -> None:
        self.real, self.noted = RealAccount(), list[str]()
        self.shadow = ShadowBroker(self.real, self.files, self._open, self.noted.append)
        self.shadow.start()

    def _open(self, alias: str, path: Path) -> Simulator:
        return Simulator(path, alias, 0, FeeSchedule())

    def at_ten(self) -> None:
        self.shadow.on_clock(TEN_NS, number(DAY))
        quote = a_quote("10:00", 10.0, 6_000, bids=levels((9.99, 500)), asks=levels((10.01, 300)))
        self.shadow.on_quotes((quote,), TEN_NS)

    def opened(self) -> None:
        self.shadow.reports()
        self.real.states()
        self.shadow.reports()
        self.at_ten()

    def day(self) -> m.BrokerDay:
        self.shadow.request(m.AskBroker("main"))
        [day] = [report for report in self.shadow.reports() if isinstance(report, m.BrokerDay)]
        return day


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def sell(key: str, qty: int, account: str = "main") -> m.PlaceAtBroker:
    limit = m.OrderType.LIMIT
    return m.PlaceAtBroker(m.Order(key, account, "s", BANK, m.Side.SELL, limit, qty, e4(9.9), TEN_NS, TEN_NS))


def test_nothing_is_up_before_the_real_account_was_read(stage: Stage) -> None:
    assert stage.shadow.reports() == []
    assert stage.real.asked == [m.AskBroker("main")]
    stage.real.states()
    [link] = stage.shadow.reports()
    assert isinstance(link, m.BrokerLink) and link.up


def test_it_starts_from_the_real_cash_and_holdings_with_a_day_of_its_own(stage: Stage) -> None:
    stage.opened()
    day = stage.day()
    assert (day.trading_day, day.cash_e4, day.orders, day.fills) == (number(DAY), CASH_E4, [], [])
    [held] = day.holdings
    assert (held.symbol, held.qty, held.today_qty, held.cost_e4) == (BANK, 1_000, 400, HELD.cost_e4)
    assert "现金 500,000.00，持仓 1 只" in stage.noted[0]


def test_what_was_bought_today_is_locked_in_the_shadow_too(stage: Stage) -> None:
    stage.opened()
    stage.shadow.request(sell("a", 700))
    [refused] = [r for r in stage.shadow.reports() if isinstance(r, m.BrokerOrder)]
    assert refused.status == "rejected"


def test_orders_are_matched_here_and_never_asked_of_the_real_broker(stage: Stage) -> None:
    stage.opened()
    stage.shadow.request(sell("a", 600))
    reports = [*stage.shadow.said(), *stage.shadow.reports()]
    assert [r.qty for r in reports if isinstance(r, m.BrokerFill)] == [500]
    assert stage.real.asked == [m.AskBroker("main")]


def test_it_survives_a_restart_with_what_rests_and_does_not_read_the_real_account_again(stage: Stage) -> None:
    stage.opened()
    stage.shadow.request(sell("a", 600))
    before = stage.day()
    stage.shadow.close()
    stage.again()
    assert stage.shadow.resting_symbols() == [BANK]
    assert stage.shadow.resume_from_ns == TEN_NS
    stage.at_ten()
    stage.shadow.caught_up()
    stage.shadow.reports()
    after = stage.day()
    assert (after.cash_e4, after.fills) == (before.cash_e4, before.fills)
    assert stage.real.asked == []
    assert stage.noted == ["真实账户 main：已连接（模拟撮合不受影响）"]


def test_the_next_day_goes_on_from_its_own_account(stage: Stage) -> None:
    stage.opened()
    stage.shadow.request(sell("a", 500))
    cash_e4 = stage.day().cash_e4
    stage.shadow.on_clock(at(NEXT_DAY, "9:00"), number(NEXT_DAY))
    day = stage.day()
    assert (day.trading_day, day.cash_e4, day.fills) == (number(NEXT_DAY), cash_e4, [])
    assert [(h.qty, h.today_qty) for h in day.holdings] == [(500, 0)]


def test_a_link_that_never_came_up_is_told_to_the_core(stage: Stage) -> None:
    stage.real.says = [m.BrokerLink("main", False, "终端没有运行")]
    assert stage.shadow.reports() == [m.BrokerLink("main", False, "终端没有运行")]


def test_each_account_has_its_own_file_and_market(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ("main", "hedge"))
    stage.real.says.append(m.BrokerLink("hedge", True, "已连接"))
    stage.shadow.reports()
    stage.real.states()
    stage.real.states("hedge")
    stage.shadow.reports()
    stage.at_ten()
    stage.shadow.request(sell("a", 300, "hedge"))
    reports = [*stage.shadow.said(), *stage.shadow.reports()]
    assert {r.account for r in reports if isinstance(r, m.BrokerFill)} == {"hedge"}
    assert stage.day().fills == []


def test_a_damaged_file_stops_the_start(stage: Stage) -> None:
    stage.opened()
    stage.shadow.close()
    path = stage.files["main"]
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 0xFF
    path.write_bytes(damaged)
    with pytest.raises(ConfigError):
        stage.again()

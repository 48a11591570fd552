"""The simulator as the gateway meets it: nothing is said before it is on file, nothing is lost by a kill."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common import messages as m
from common.beijing import at
from common.errors import ConfigError, JournalDamaged
from common.fees import FeeSchedule
from services.gateway.brokers.simulator import Simulator
from tests.sim.exchange_stage import BANK, CASH_E4, DAY, NEXT_DAY, a_quote, e4, levels, number, outline

ROOT = Path(__file__).resolve().parents[4]
BIDS, ASKS = levels((9.99, 500)), levels((10.01, 300))
AIRPORT = "600009.XSHG"


def open_simulator(path: Path, account: str = "main") -> Simulator:
    simulator = Simulator(path, account, CASH_E4, FeeSchedule())
    simulator.start()
    return simulator


def at_ten(path: Path) -> Simulator:
    """A started simulator at 10:00 with a quote of 600000.XSHG; what it said so far has been read."""
    simulator = open_simulator(path)
    simulator.on_clock(at(DAY, "10:00"), number(DAY))
    simulator.on_quotes((a_quote("10:00", 10.0, 6_000, bids=BIDS, asks=ASKS),), at(DAY, "10:00"))
    simulator.reports()
    return simulator


def buy(key: str, qty: int, price: float, symbol: str = BANK, kind: str = "limit") -> m.PlaceAtBroker:
    now_ns = at(DAY, "10:00")
    return m.PlaceAtBroker(
        m.Order(key, "main", "s", symbol, m.Side.BUY, m.OrderType(kind), qty, e4(price), now_ns, now_ns)
    )


def ask(simulator: Simulator) -> m.BrokerDay:
    simulator.request(m.AskBroker("main"))
    [day] = [report for report in simulator.reports() if isinstance(report, m.BrokerDay)]
    return day


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "simulator-main.journal"


class TestReports:
    def test_the_first_report_is_the_link(self, path: Path) -> None:
        assert open_simulator(path).reports() == [m.BrokerLink("main", True, "模拟柜台已连接")]

    def test_a_new_account_starts_with_the_initial_cash(self, path: Path) -> None:
        day = ask(at_ten(path))
        assert (day.cash_e4, day.holdings, day.trading_day, day.complete) == (CASH_E4, [], 20261120, True)

    def test_an_order_is_reported_once_in_the_order_it_happened(self, path: Path) -> None:
        simulator = at_ten(path)
        simulator.request(buy("a", 300, 10.01))
        assert outline(simulator.reports()) == ["accepted", "fill 300@10.01", "filled 300"]
        assert simulator.reports() == []

    def test_requests_before_the_clock_wait_for_it(self, path: Path) -> None:
        simulator = open_simulator(path)
        simulator.request(m.AskBroker("main"))
        simulator.on_quotes((a_quote("10:00", 10.0, 6_000, bids=BIDS, asks=ASKS),), at(DAY, "10:00"))
        simulator.request(buy("a", 300, 10.01))
        assert [type(report) for report in simulator.reports()] == [m.BrokerLink]
        simulator.on_clock(at(DAY, "10:00"), number(DAY))
        *said, day = simulator.reports()
        assert outline(said) == ["accepted", "fill 300@10.01", "filled 300"]
        assert isinstance(day, m.BrokerDay) and len(day.fills) == 1

    def test_the_close_ends_what_rests(self, path: Path) -> None:
        simulator = at_ten(path)
        simulator.request(buy("a", 300, 9.9))
        simulator.on_clock(at(DAY, "15:00:05"), number(DAY))
        assert outline(simulator.reports()) == ["accepted", "expired DAY_ENDED"]


class TestOrdersWithoutAQuote:
    def test_they_wait_for_one_and_are_then_decided(self, path: Path) -> None:
        simulator = at_ten(path)
        simulator.request(buy("a", 300, 10.01, AIRPORT))
        simulator.request(m.CancelAtBroker("main", "a", ""))
        simulator.request(m.AskBroker("main"))
        assert (simulator.wants(), simulator.reports()) == ([AIRPORT], [])
        quote = a_quote("10:00", 10.0, 100, symbol=AIRPORT, bids=BIDS, asks=levels((10.01, 200)))
        simulator.on_quotes((quote,), at(DAY, "10:00"))
        *said, day = simulator.reports()
        assert outline(said) == ["accepted", "fill 200@10.01", "cancelled 200 CANCELLED_BY_USER"]
        assert isinstance(day, m.BrokerDay) and [o.status for o in day.orders] == ["cancelled"]
        assert simulator.wants() == []

    def test_they_are_rejected_where_there_is_none(self, path: Path) -> None:
        simulator = at_ten(path)
        simulator.request(buy("a", 300, 10.01, AIRPORT))
        simulator.no_quote(AIRPORT)
        assert outline(simulator.reports()) == ["rejected NO_QUOTE"]

    def test_the_close_rejects_them(self, path: Path) -> None:
        simulator = at_ten(path)
        simulator.request(buy("a", 300, 10.01, AIRPORT))
        simulator.on_clock(at(DAY, "15:00"), number(DAY))
        assert outline(simulator.reports()) == ["rejected MARKET_CLOSED"]
        assert simulator.wants() == []

    def test_what_no_quote_can_save_is_rejected_at_once(self, path: Path) -> None:
        simulator = at_ten(path)
        simulator.request(buy("a", 300, 10.01, "999999.XSHG"))
        assert outline(simulator.reports()) == ["rejected UNKNOWN_SYMBOL"]


class TestRestart:
    def test_it_goes_on_where_it_was(self, path: Path) -> None:
        first = at_ten(path)
        first.request(buy("a", 200, 10.01))
        before = ask(first)
        again = open_simulator(path)
        again.on_clock(at(DAY, "10:00"), number(DAY))
        assert ask(again) == before

    def test_shares_taken_from_the_last_quote_stay_taken(self, path: Path) -> None:
        first = at_ten(path)
        first.request(buy("a", 200, 10.01))
        first.reports()
        again = open_simulator(path)
        again.on_clock(at(DAY, "10:00:01"), number(DAY))
        again.request(buy("b", 200, 10.01))
        again.on_quotes((a_quote("10:00", 10.0, 6_000, bids=BIDS, asks=ASKS),), at(DAY, "10:00:01"))
        assert outline(again.reports()) == ["accepted", "fill 100@10.01"]

    def test_no_order_meets_a_quote_of_before_the_restart(self, path: Path) -> None:
        """The market may have gone on meanwhile, and the record holds quotes only where orders met them."""
        first = at_ten(path)
        first.request(buy("a", 300, 10.01))
        assert outline(first.reports()) == ["accepted", "fill 300@10.01", "filled 300"]
        again = open_simulator(path)
        again.on_clock(at(DAY, "10:20"), number(DAY))
        again.request(buy("b", 100, 10.21))
        again.request(m.CancelAtBroker("main", "c", ""))
        assert again.wants() == [BANK]
        assert outline(again.reports()) == ["refused UNKNOWN_ORDER"]
        now = a_quote("10:20", 10.2, 9_000, bids=levels((10.19, 500)), asks=levels((10.21, 300)))
        again.on_quotes((now,), at(DAY, "10:20"))
        assert outline(again.reports()) == ["accepted", "fill 100@10.21", "filled 100"]
        again.request(buy("d", 100, 10.21))
        assert outline(again.reports()) == ["accepted", "fill 100@10.21", "filled 100"]

    @pytest.mark.parametrize("kind", ["limit", "market"])
    def test_an_order_that_was_only_accepted_meets_the_book_at_the_start(self, path: Path, kind: str) -> None:
        first = at_ten(path)
        first.request(buy("a", 400, 10.01, kind=kind))
        assert outline(first.said()) == ["accepted"]
        again = open_simulator(path)
        again.on_clock(at(DAY, "10:00:01"), number(DAY))
        end = ["cancelled 300 NO_LIQUIDITY"] if kind == "market" else []
        again.on_quotes((), at(DAY, "10:00:01"))
        again.caught_up()
        assert outline(again.reports()) == ["fill 300@10.01", *end]
        assert open_simulator(path).reports() == [m.BrokerLink("main", True, "模拟柜台已连接")]

    def test_what_rests_meets_the_quotes_it_missed_before_anything_is_said(self, path: Path) -> None:
        first = at_ten(path)
        first.request(buy("a", 1000, 9.98))
        seen = a_quote("10:00:03", 9.99, 6_500, bids=BIDS, asks=ASKS)
        first.on_quotes((seen,), seen.at_ns)
        again = open_simulator(path)
        assert (again.resting_symbols(), again.resume_from_ns) == ([BANK], at(DAY, "10:00:03"))
        again.on_clock(at(DAY, "10:00:12"), number(DAY))
        again.request(m.AskBroker("main"))
        missed = [a_quote(f"10:00:{s:02}", last, v) for s, last, v in ((9, 9.97, 6_900), (6, 9.98, 6_600))]
        again.on_quotes((*missed, seen), at(DAY, "10:00:12"))
        assert [type(report) for report in again.reports()] == [m.BrokerLink]
        again.caught_up()
        *said, day = again.reports()
        assert outline(said) == ["fill 100@9.98", "fill 300@9.97"]
        assert [e.at_ns for e in said if isinstance(e, m.BrokerFill)] == [at(DAY, "10:00:06"), at(DAY, "10:00:09")]
        assert isinstance(day, m.BrokerDay) and day.orders[0].cum_qty == 400

    def test_a_quote_met_before_the_restart_is_not_met_again(self, path: Path) -> None:
        first = at_ten(path)
        twice = [a_quote("10:00:03", 10.0, 6_500, bids=BIDS, asks=ASKS, opened=opened) for opened in (0, 10.0)]
        first.on_quotes(tuple(twice), at(DAY, "10:00:03"))
        first.request(buy("a", 1000, 10.01))
        again = open_simulator(path)
        again.on_quotes(tuple(twice), at(DAY, "10:00:03"))
        again.on_clock(at(DAY, "10:00:03"), number(DAY))
        again.caught_up()
        assert ask(again).orders[0].cum_qty == 300

    def test_volume_dealt_before_the_restart_stays_dealt(self, path: Path) -> None:
        first = at_ten(path)
        first.on_quotes((a_quote("10:01", 10.0, 6_100),), at(DAY, "10:01"))
        first.request(buy("a", 100, 10.0))
        assert outline(first.reports())[-1] == "filled 100"
        again = open_simulator(path)
        again.on_clock(at(DAY, "10:01"), number(DAY))
        again.request(buy("b", 100, 10.0, kind="market"))
        again.on_quotes((a_quote("10:01", 10.0, 6_100),), at(DAY, "10:01"))
        assert outline(again.reports()) == ["accepted", "cancelled NO_LIQUIDITY"]

    def test_without_resting_orders_nothing_needs_to_be_caught_up(self, path: Path) -> None:
        at_ten(path).request(buy("a", 300, 10.01))
        again = open_simulator(path)
        assert (again.resting_symbols(), again.resume_from_ns) == ([], 0)
        again.on_clock(at(DAY, "10:00:01"), number(DAY))
        assert len(ask(again).fills) == 1

    def test_a_market_order_in_the_queue_is_still_one_after_a_restart(self, path: Path) -> None:
        first = open_simulator(path)
        first.on_clock(at(DAY, "9:30"), number(DAY))
        first.on_quotes((a_quote("9:25:01", 10.0, 900),), at(DAY, "9:30"))
        first.request(buy("a", 500, 10.01, kind="market"))
        assert outline(first.reports()) == ["accepted"]
        again = open_simulator(path)
        again.on_clock(at(DAY, "9:30"), number(DAY))
        again.caught_up()
        again.on_quotes((a_quote("9:30:03", 10.0, 950, bids=BIDS, asks=ASKS),), at(DAY, "9:30:03"))
        assert outline(again.reports()) == ["fill 300@10.01", "cancelled 300 NO_LIQUIDITY"]

    def test_missed_quotes_of_the_old_day_come_before_the_new_day_opens(self, path: Path) -> None:
        at_ten(path).request(buy("a", 300, 9.98))
        again = open_simulator(path)
        again.on_clock(at(NEXT_DAY, "9:00"), number(NEXT_DAY))
        old, new = a_quote("10:00:03", 9.97, 6_100), a_quote("9:00", 9.97, 0, day=NEXT_DAY)
        again.on_quotes((new, old), at(NEXT_DAY, "9:00"))
        again.caught_up()
        assert outline(again.reports()) == ["fill 100@9.97", "expired 100 DAY_ENDED"]
        [holding] = ask(again).holdings
        assert (holding.qty, holding.today_qty) == (100, 0)
        again.request(buy("b", 100, 9.97))
        assert outline(again.reports()) == ["accepted"]


class TestTheFile:
    def test_a_new_day_starts_it_anew_with_the_account_kept(self, path: Path) -> None:
        simulator = at_ten(path)
        for n in range(200):
            simulator.request(buy(f"r{n}", 100, 9.9))
        simulator.request(buy("a", 300, 10.01))
        cash_e4, size = ask(simulator).cash_e4, path.stat().st_size
        simulator.on_clock(at(NEXT_DAY, "9:00"), number(NEXT_DAY))
        assert path.stat().st_size < size / 20
        again = open_simulator(path)
        again.on_clock(at(NEXT_DAY, "9:00"), number(NEXT_DAY))
        day = ask(again)
        assert (day.cash_e4, day.trading_day, day.orders) == (cash_e4, 20261123, [])
        assert [(h.qty, h.today_qty) for h in day.holdings] == [(300, 0)]

    def test_a_day_that_could_not_be_finished_opening_is_opened_again(self, path: Path) -> None:
        simulator = at_ten(path)
        simulator.request(buy("a", 300, 10.01))
        path.with_name(path.name + ".new").write_bytes(path.read_bytes()[:40])
        simulator.on_clock(at(NEXT_DAY, "9:00"), number(NEXT_DAY))
        assert ask(simulator).trading_day == 20261123

    def test_another_accounts_file_is_refused(self, path: Path) -> None:
        at_ten(path).close()
        with pytest.raises(ConfigError, match="hedge"):
            open_simulator(path, "hedge")

    def test_damage_is_refused(self, path: Path) -> None:
        simulator = at_ten(path)
        for n in range(20):
            simulator.request(buy(f"r{n}", 100, 9.9))
        simulator.close()
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 0x10
        path.write_bytes(content)
        with pytest.raises(JournalDamaged):
            open_simulator(path)

    @given(cut=st.integers(0, 5_000))
    @settings(max_examples=60)
    def test_a_file_cut_anywhere_is_a_day_that_was(self, tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
        path = tmp_path_factory.mktemp("cut") / "simulator.journal"
        simulator = at_ten(path)
        for n in range(8):
            simulator.request(buy(f"a{n}", 50_000 if n == 6 else 100, 10.01))
        whole = ask(simulator)
        simulator.close()
        content = path.read_bytes()
        path.write_bytes(content[: max(len(content) - cut, 0)])
        again = open_simulator(path)
        again.on_clock(at(DAY, "10:00"), number(DAY))
        again.caught_up()
        day = ask(again)
        assert day.fills == whole.fills[: len(day.fills)]
        assert day.cash_e4 == CASH_E4 - sum(f.qty * f.price_e4 + f.fee_e4 for f in day.fills)

    def test_ten_thousand_orders_are_read_in_less_than_a_second(self, path: Path) -> None:
        simulator = at_ten(path)
        for n in range(10_000):
            simulator.request(buy(f"r{n}", 100, 9.9) if n % 10 else buy(f"r{n}", 100, 100.0))
        simulator.close()
        started = time.process_time()
        again = open_simulator(path)
        assert time.process_time() - started < 1
        again.on_clock(at(DAY, "10:00"), number(DAY))
        again.caught_up()
        assert len(ask(again).orders) == 10_000


def heard_from_a_killed_process(path: Path, lines: int) -> list[list[str]]:
    """What a trading process said until it was killed after about ``lines`` lines, whole lines only."""
    command = [sys.executable, "-m", "tests.services.gateway.brokers.simulator_stream", str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        heard = [process.stdout.readline() for _ in range(lines)]
        process.kill()
        heard += process.stdout.readlines()
    assert heard[0], "the process ended by itself"
    return [line.decode("utf-8").split() for line in heard if line.endswith(b"\n")]


@pytest.mark.parametrize("seed", range(5))
def test_a_process_killed_at_any_instant_has_said_nothing_that_is_not_on_file(path: Path, seed: int) -> None:
    heard = heard_from_a_killed_process(path, random.Random(seed).randrange(1, 3_000))
    simulator = open_simulator(path)
    simulator.on_clock(at(DAY, "9:32"), number(DAY))
    simulator.caught_up()
    day = ask(simulator)
    on_file = [[f.fill_id, f.client_order_id, str(f.qty), str(f.fee_e4)] for f in day.fills]
    said = [line[1:] for line in heard if line[0] == "fill"]
    assert on_file[: len(said)] == said
    # More may be on file than was heard: the kill can fall between the two, never the other way round.
    orders = {o.venue_order_id: (o.client_order_id, o.status) for o in day.orders}
    for venue_order_id, client_order_id, status in (line[1:] for line in heard if line[0] == "order"):
        assert orders[venue_order_id][0] == client_order_id
        assert status == "accepted" or orders[venue_order_id][1] == status
    assert [int(o.venue_order_id) for o in day.orders] == list(range(1, len(day.orders) + 1))
    spent_e4 = sum(f.qty * f.price_e4 + f.fee_e4 for f in day.fills)
    assert day.cash_e4 == 10**12 - spent_e4
    assert sum(h.qty for h in day.holdings) == sum(f.qty for f in day.fills) == sum(o.cum_qty for o in day.orders)

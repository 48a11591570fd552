"""Gateway and risk with one true broker: what one finds out the other acts on, also when their journals are lost."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings

from common import messages as m
from common.beijing import SECOND_NS
from common.channels import CHANNELS
from common.orders import Status
from services.gateway.looks import AGAIN_NS
from services.risk.core import RiskCore
from tests.services.gateway.stand import BANK, FEES, MAIN, PRICE_E4, Stand
from tests.services.gateway.test_looks import MOVES, play
from tests.services.gateway.truth import EVERY_S, Scene
from tests.services.risk.driving import WIDE

YUAN = 10_000
_EVENTS = CHANNELS["account"].types
_COMMANDS = CHANNELS["approved"].types


class Office(Scene):
    """A scene whose gateway is heard by risk; ``submit`` and ``desk`` go through risk to the gateway."""

    def __init__(self) -> None:
        self.risk = RiskCore({MAIN: WIDE}, FEES)
        self.decided: list[m.Message] = []
        super().__init__()

    def _hear(self, outs: list[m.Message]) -> None:
        super()._hear(outs)
        for out in outs:
            if isinstance(out, _EVENTS):
                self.risk.apply(out)
                self._decide(out)

    def _decide(self, message: m.Message) -> None:
        for out in self.risk.decide(message, self.stand.market.now_ns):
            self.risk.apply(out)
            self.decided.append(out)
            if isinstance(out, _COMMANDS):
                self.say(out)

    def submit(self, qty: int, side: m.Side = m.Side.BUY) -> m.Message:
        self.made += 1
        now_ns = self.stand.market.now_ns
        limit = m.OrderType.LIMIT
        asked = m.Order(
            f"a{self.made}", MAIN, "demo", BANK, side, limit, qty, PRICE_E4, now_ns, now_ns + 60 * SECOND_NS
        )
        self.decided.clear()
        self._decide(m.SubmitOrder(asked))
        return self.decided[0]

    def desk(self, command: m.Message) -> list[m.Message]:
        self.decided.clear()
        self._decide(command)
        return self.decided

    def lose_journals(self) -> None:
        """Both processes begin without a memory; the broker tells its day."""
        self.stand = Stand(now_ns=self.truth.now_ns, look_every_ns=EVERY_S * SECOND_NS)
        self.risk = RiskCore({MAIN: WIDE}, FEES)
        self.asked = 0
        self.said.clear()
        self.say(m.BrokerLink(MAIN, True, ""))
        self.answer()


def test_the_broker_drops_our_tag_and_nothing_is_bought_twice() -> None:
    """It fills, comes back as a stranger's, and the next minute wants the same again."""
    office = Office()
    office.truth.keeps_tags = False
    office.submit(1000)
    office.truth.fill("V1", 1000)
    office.hear(9)
    assert office.stand.status() is Status.SUBMITTED
    office.tick(3)
    office.answer()
    assert office.stand.status() is Status.UNKNOWN
    [alert] = [out for out in office.decided if isinstance(out, m.AlertRaised)]
    assert alert.code == "UNKNOWN_OUTCOME" and "a1" in alert.text
    denied = office.submit(1000)
    assert isinstance(denied, m.OrderDenied) and denied.reason == "UNKNOWN_OUTCOME" and "a1" in denied.text
    office.tick(60)
    office.answer()
    assert isinstance(office.submit(1000), m.OrderDenied)
    assert [order.order.client_order_id for order in office.told(m.PlaceAtBroker)] == ["a1"]
    assert office.truth.qty == office.stand.book.positions[BANK].qty == 6000
    assert office.told(m.BooksDiffer) == [], "the stranger's trades explain the books"

    office.desk(m.ResolveOrder(MAIN, "a1", "filled", 0, 0, "foreign-V1", "li", "柜台查实"))
    assert office.stand.status() is Status.FILLED
    assert isinstance(office.submit(100), m.ApprovedOrder)


def test_a_true_difference_halts_and_what_was_accepted_and_resumed_trades_again() -> None:
    office = Office()
    office.truth.cash_e4 += 100 * YUAN
    office.settle()
    halted = office.risk.desks[MAIN].halt
    assert halted is not None and halted.operator == "对账" and "差 +100.00" in halted.why
    assert isinstance(office.submit(100), m.OrderDenied)
    report = office.stand.core.answer(m.GetBooks(MAIN), 0)
    assert isinstance(report, m.BooksReport)
    office.desk(m.AcceptBooks(MAIN, report.differing, "li", "银证转入"))
    assert office.stand.book.cash_e4 == office.risk.desks[MAIN].book.cash_e4 == office.truth.cash_e4
    office.desk(m.Resume(MAIN, "li"))
    office.settle()
    assert office.risk.desks[MAIN].halt is None
    assert isinstance(office.submit(100), m.ApprovedOrder)


def test_a_resumed_account_is_not_halted_for_what_was_told_and_is_for_more() -> None:
    office = Office()
    office.truth.cash_e4 += YUAN
    office.settle()
    office.desk(m.Resume(MAIN, "li"))
    office.settle()
    assert office.risk.desks[MAIN].halt is None
    office.truth.cash_e4 += YUAN
    office.settle()
    assert office.risk.desks[MAIN].halt is not None


def test_a_look_asked_for_through_risk() -> None:
    office = Office()
    office.truth.cash_e4 += YUAN
    office.desk(m.Reconcile(MAIN, "li"))
    assert office.asked == 1
    for _ in range(3):
        office.answer()
        office.tick(AGAIN_NS / SECOND_NS)
    assert office.risk.desks[MAIN].halt is not None


def counters_of(office: Office) -> dict[str, Any]:
    counters = office.risk.desks[MAIN].counters
    return {
        "trades": counters.trades,
        "filled": counters.filled_e4,
        "open": counters.open_e4,
        "buys": counters.open_buys_e4,
        "held": counters.held,
        "cancels": office.risk.desks[MAIN].cancels.count,
    }


@settings(max_examples=60, deadline=None)
@given(MOVES)
def test_without_journals_the_days_counters_come_back_from_the_broker(moves: list[tuple[str, int]]) -> None:
    office = Office()
    play(office, moves, of_one_moment=True)
    office.settle()
    before, book = counters_of(office), office.stand.book.snapshot("", 0)
    office.lose_journals()
    assert counters_of(office) == before
    rebuilt = office.stand.book.snapshot("", 0)
    assert (rebuilt.cash_e4, rebuilt.opening_cash_e4) == (book.cash_e4, book.opening_cash_e4)
    assert {h.symbol: h.qty for h in rebuilt.holdings} == {h.symbol: h.qty for h in book.holdings}
    assert {o.order.client_order_id: (o.status, o.cum_qty) for o in rebuilt.orders} == {
        o.order.client_order_id: (o.status, o.cum_qty) for o in book.orders
    }
    assert office.told(m.PlaceAtBroker) == [] and office.told(m.OrderUnknown) == []
    office.settle()
    assert office.told(m.BooksDiffer) == []


def test_without_journals_an_order_sent_again_is_answered_and_not_placed() -> None:
    """Risk has forgotten it too; the book that came back from the broker knows its name."""
    office = Office()
    first = office.submit(300)
    assert isinstance(first, m.ApprovedOrder)
    office.lose_journals()
    office._decide(m.SubmitOrder(first.order))
    assert office.told(m.PlaceAtBroker) == [] and office.stand.status() is Status.ACCEPTED

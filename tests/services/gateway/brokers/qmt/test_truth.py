"""Whatever the terminal does to its pushes, answers and remarks, the gateway's book ends as the terminal's.

An order's true history is made up, what is told of it is shuffled, repeated and lost, and the connection breaks in
between; in the end the terminal's lists are whole and one look is taken.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from common import messages as m
from common.fees import FeeSchedule
from services.gateway.brokers.qmt.rows import OrderAnswer, OrderRow, PositionRow, TradeRow
from services.gateway.core import GatewayCore
from tests.services.gateway.brokers.qmt.stage import BANK, CODE, Stage, an_order, order_row, trade_row


@dataclasses.dataclass(frozen=True)
class Script:
    """What becomes of one order, and how it is told."""

    fills: tuple[int, ...]  # of 300 shares; what they do not add up to rests, unless the end says otherwise
    end: str  # open, cancelled, junk
    remark: str  # kept, cut, dropped
    answer: str  # first, last, never
    is_ours: bool


SCRIPTS = st.builds(
    Script,
    st.sampled_from([(), (100,), (100, 200), (300,), (100, 100)]),
    st.sampled_from(["open", "cancelled", "junk"]),
    st.sampled_from(["kept", "kept", "cut", "dropped"]),
    st.sampled_from(["first", "first", "last", "never"]),
    st.booleans(),
)


class Bench:
    """The gateway's core over the core of a data path; ``venues`` tells under which names each number was told."""

    def __init__(self) -> None:
        self.stage = Stage()
        self.core = GatewayCore(("main",), FeeSchedule(), "live")
        self.venues: dict[str, set[str]] = {}
        self.fills: Counter[str] = Counter()
        self.step(m.Started(False))
        self.settle()

    def settle(self, seconds: float = 4) -> None:
        """Time passes, and whatever is said is heard."""
        for _ in range(round(seconds / 0.5)):
            self.stage.tick(0.5)
            self.hear()

    def hear(self) -> None:
        while said := self.stage.take():
            for report in said:
                self._note_names(report)
                self.step(report)

    def _note_names(self, report: Any) -> None:
        rows = [*report.orders, *report.fills] if isinstance(report, m.BrokerDay) else [report]
        for row in rows:
            if isinstance(row, m.BrokerOrder | m.BrokerFill) and row.venue_order_id:
                self.venues.setdefault(row.venue_order_id, set()).add(row.client_order_id)

    def step(self, message: m.Message) -> None:
        now_ns = self.stage.now.wall_ns
        if not isinstance(message, m.ApprovedOrder):
            self.core.apply(message)
        for out in self.core.decide(message, now_ns):
            self.core.apply(out)
            if isinstance(out, m.OrderFilled):
                self.fills[f"{out.venue_order_id} {out.fill_id}"] += 1
            if isinstance(out, m.PlaceAtBroker | m.CancelAtBroker | m.AskBroker):
                self.stage.request(out)


def key_of(n: int) -> str:
    return f"261120orderofours{n:05d}"


def rows_of(script: Script, n: int) -> list[OrderRow | TradeRow]:
    """The true history of order ``n``, row by row."""
    order_id, key = 70 + n, key_of(n)
    remark = {"kept": key, "cut": key[:9], "dropped": ""}[script.remark] if script.is_ours else ""
    more: dict[str, Any] = {"order_remark": remark, "order_sysid": f"S{order_id}"}
    rows: list[OrderRow | TradeRow] = [order_row(order_id, 49, order_remark=remark), order_row(order_id, 50, **more)]
    done = 0
    for k, qty in enumerate(script.fills):
        done += qty
        rows.append(trade_row(order_id, f"T{n}-{k}", qty, **more))
        rows.append(order_row(order_id, 56 if done == 300 else 55, done, **more))
    if done < 300 and script.end == "cancelled":
        for status in (52, 53) if done else (51, 54):
            rows.append(order_row(order_id, status, done, **more))
    if not done and script.end == "junk":
        rows = [rows[0], order_row(order_id, 57, status_msg="废单", **more)]
    return rows


def truth(bench: Bench, scripts: list[Script]) -> None:
    """From now on the terminal's lists show all that happened."""
    books = bench.stage.books["123456"]
    histories = [rows_of(script, n) for n, script in enumerate(scripts)]
    lasts = ([row for row in history if isinstance(row, OrderRow)][-1] for history in histories)
    books.orders = sorted(lasts, key=lambda row: row.order_id)
    books.trades = [row for history in histories for row in history if isinstance(row, TradeRow)]
    held = sum(row.traded_volume for row in books.trades)
    row = PositionRow(account_id="123456", stock_code=CODE, volume=held, can_use_volume=0, avg_price=10.0)
    books.positions = [row] if held else []
    books.market_value = held * 10.0


def tell(bench: Bench, script: Script, n: int, draw: Any) -> list[Any]:
    """What the terminal says of the order, in its order: some lost, some twice."""
    told: list[Any] = []
    for row in rows_of(script, n):
        told += [row] * draw(st.sampled_from([1, 1, 1, 2, 0]))
    if script.is_ours and script.answer != "never":
        remark = rows_of(script, n)[0].order_remark
        answer = OrderAnswer(account_id="123456", seq=bench.stage.seqs[key_of(n)], order_id=70 + n, order_remark=remark)
        told.insert(0 if script.answer == "first" else len(told), answer)
    return told


@settings(max_examples=60)
@given(st.lists(SCRIPTS, min_size=1, max_size=4), st.data())
def test_the_book_ends_as_the_terminals(scripts: list[Script], data: st.DataObject) -> None:
    bench = Bench()
    now_ns = bench.stage.now.wall_ns
    for n, script in enumerate(scripts):
        if script.is_ours:
            bench.step(m.ApprovedOrder(an_order(key_of(n), at_ns=now_ns), now_ns))
    generation = bench.stage.generation
    queues = [tell(bench, script, n, data.draw) for n, script in enumerate(scripts)]
    while any(queues):
        queue = data.draw(st.sampled_from([queue for queue in queues if queue]))
        if data.draw(st.integers(0, 19)) == 0:
            bench.stage.disconnect()
        elif data.draw(st.integers(0, 9)) == 0 and len(queue) > 1:
            queue[0], queue[1] = queue[1], queue[0]
        bench.stage.push(queue.pop(0), generation)
        bench.hear()
        if data.draw(st.integers(0, 9)) == 0:
            bench.settle(data.draw(st.sampled_from([0.5, 3])))
    truth(bench, scripts)
    bench.settle(20)
    bench.step(m.AskBroker("main", True))
    bench.stage.ask(look=True)
    bench.settle(12)
    check(bench, scripts)


def check(bench: Bench, scripts: list[Script]) -> None:
    book = bench.core.books["main"]
    assert all(len(names) == 1 for names in bench.venues.values()), bench.venues
    assert set(bench.fills.values()) <= {1}
    traded = sum(sum(script.fills) for script in scripts if script.end != "junk" or script.fills)
    held = book.positions[BANK].qty if BANK in book.positions else 0
    assert held == traded
    for n, script in enumerate(scripts):
        names = bench.venues[f"20261120-{70 + n}"]
        [record] = [
            r for r in book.orders.values() if r.order.client_order_id in (*names, f"foreign-20261120-{70 + n}")
        ]
        assert record.cum_qty == sum(script.fills)
        assert record.status == expected(script)
        if script.is_ours and names == {""}:
            assert book.orders[key_of(n)].status in ("unknown", "submitted")
        if script.is_ours and script.remark == "kept":
            assert names == {key_of(n)}


def expected(script: Script) -> str:
    done = sum(script.fills)
    if done == 300:
        return "filled"
    if script.end == "junk" and not done:
        return "rejected"
    if script.end == "cancelled":
        return "cancelled"
    return "partially_filled" if done else "accepted"

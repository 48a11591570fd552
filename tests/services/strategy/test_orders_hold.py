"""Whatever a strategy asks for, in whatever order: what is sent is valid, paid for, and sent once."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from common import messages as m
from common.instruments import price_refusal, qty_refusal
from services.strategy.pricing import cost_e4
from tests.services.strategy.desk import ETF, STAR, A, B, Desk, holding

SYMBOLS = [A, B, STAR, ETF]
CALLS = st.builds(
    lambda name, symbol, number, style, wait: f"{name}({symbol!r}, {number}, {style}, wait_timeout={wait})",
    st.sampled_from(["order", "order_value", "order_target", "order_target_value"]),
    st.sampled_from(SYMBOLS),
    st.integers(-40_000, 40_000),
    st.sampled_from(["None", "LimitOrderStyle(9.987)", "LimitOrderStyle(21)", "MarketOrderStyle(20.5)"]),
    st.sampled_from([0, 3]),
)
ENDS = st.sampled_from(["fill", "part", "rest", "deny", "unknown"])


class Judge(Desk):
    """A broker that plays a list of ends and checks every order against the account as the broker has it."""

    ends: list[str]

    def judge(self, sent: m.SubmitOrder) -> list[m.Message]:
        order, book = sent.order, self.book
        assert order.client_order_id not in book.orders
        market = order.order_type is m.OrderType.MARKET
        closeable = book.closeable_qty(order.symbol)
        assert qty_refusal(order.symbol, order.side, order.qty, closeable, self.day, market=market) is None
        if market:
            now = self.quote(order.symbol)
            down, up = now.limit_down_e4, now.limit_up_e4
            assert price_refusal(order.symbol, order.price_e4, down, up, self.day) is None
        if order.side is m.Side.BUY:
            need = cost_e4(order.symbol, order.qty, order.price_e4, self.day, book.fees)
            assert need <= book.available_cash_e4
        else:
            assert order.qty <= closeable
        book.enter(order)
        match self.ends.pop() if self.ends else "fill":
            case "fill":
                return self.fill(sent)
            case "part":
                return [*self.accept(sent), self.trade(order, max(order.qty // 200 * 100, 1))]
            case "rest":
                return self.accept(sent)
            case "deny":
                return self.deny(sent)
        return [*self.accept(sent), m.OrderUnknown("sim", order.client_order_id, "未知", self.now_ns)]


@settings(max_examples=60)
@given(st.lists(CALLS, min_size=1, max_size=8), st.lists(ENDS, max_size=8), st.sampled_from(["9:05", "9:20", "10:00"]))
def test_what_is_sent_is_valid_and_paid_for(calls: list[str], ends: list[str], time: str) -> None:
    body = "\n".join(f"    {call}" for call in calls)
    code = f"def initialize(context):\n    run_daily(act, '{time}')\ndef act(context):\n{body}\n"
    with tempfile.TemporaryDirectory() as folder:
        desk = Judge(Path(folder), code, cash=100_000, order_volume_max=2000)
        desk.broker, desk.ends = desk.judge, list(ends)
        desk.holdings = [holding(A, 1250), holding(STAR, 350, 500_000), holding(ETF, 100, 1_000_000)]
        desk.open()
        desk.end_day()
        ids = [order.client_order_id for order in desk.orders]
        assert len(ids) == len(set(ids))
        assert all(len(key) <= 24 and key.isalnum() and key.isascii() for key in ids)
        assert desk.alerts == []
        # The strategy's account is the broker's, to the fen and to the share.
        ours, theirs = desk.core._rt.book, desk.book
        assert (ours.cash_e4, ours.frozen_cash_e4) == (theirs.cash_e4, theirs.frozen_cash_e4)
        assert ours.positions == theirs.positions
        assert {k: r.state() for k, r in ours.orders.items()} == {k: r.state() for k, r in theirs.orders.items()}

"""Any day a broker can tell of one account: orders of ours and of others, fills late and twice, every end."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from common import messages as m
from common.beijing import day_of
from common.fees import FeeSchedule, fill_fee_e4

FEES = FeeSchedule()
DAY = 20261120
OPEN_NS = 1_795_138_200_000_000_000  # 2026-11-20 09:30 in Beijing
STOCK, OTHER, T0_FUND, NEW = "600000.XSHG", "000001.XSHE", "518880.XSHG", "300750.XSHE"
SYMBOLS = (STOCK, OTHER, T0_FUND, NEW)
CASH_E4 = 10_000_000_000
HELD = {STOCK: 2_000, T0_FUND: 10_000}


def opening() -> m.TradingDayOpened:
    holdings = [m.Holding(symbol, qty, 0, qty * 90_000, 100_000, 1) for symbol, qty in HELD.items()]
    return m.TradingDayOpened("main", DAY, CASH_E4, holdings, OPEN_NS)


def order(
    key: str, symbol: str = STOCK, side: m.Side = m.Side.BUY, qty: int = 1_000, price_e4: int = 100_000
) -> m.Order:
    return m.Order(key, "main", "demo", symbol, side, m.OrderType.LIMIT, qty, price_e4, OPEN_NS, OPEN_NS + 10**9)


def submitted(asked: m.Order) -> m.OrderSubmitted:
    return m.OrderSubmitted(asked, OPEN_NS, OPEN_NS)


def fill(asked: m.Order, fill_id: str, qty: int, price_e4: int, fee_e4: int = 0, at_ns: int = OPEN_NS) -> m.OrderFilled:
    key, symbol, side = asked.client_order_id, asked.symbol, asked.side
    return m.OrderFilled("main", key, "v", fill_id, symbol, side, qty, price_e4, fee_e4, at_ns)


def cancelled(asked: m.Order, cum_qty: int) -> m.OrderCancelled:
    return m.OrderCancelled("main", asked.client_order_id, cum_qty, "CANCELLED_BY_USER", "", OPEN_NS)


class Broker:
    """Draws what a broker may say next. It keeps what it has to know to say nothing impossible."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.orders: list[m.Order] = []
        self.filled: dict[str, int] = {}
        self.value: dict[str, int] = {}
        self.ended: dict[str, int] = {}  # what the broker said was filled at the end
        self.told: list[m.Message] = [opening()]

    def say(self, *events: m.Message) -> None:
        self.told += events

    def next(self) -> None:
        kinds = ["order", "foreign", "mark", "fill", "fill", "fill", "cancel", "state", "again", "denied", "link"]
        kind = self.draw(st.sampled_from(kinds if self.orders else ["order", "mark"]))
        getattr(self, kind)()

    def order(self) -> None:
        self.say(submitted(self._ask()))

    def foreign(self) -> None:
        """Entered elsewhere: its first fill is told before the order."""
        asked = self._ask()
        self._fill(asked, 100)
        self.say(submitted(asked))

    def _ask(self) -> m.Order:
        side, symbol = self.draw(st.sampled_from(list(m.Side))), self.draw(st.sampled_from(SYMBOLS))
        sellable = HELD.get(symbol, 0) - sum(o.qty for o in self.orders if o.side is m.Side.SELL and o.symbol == symbol)
        if side is m.Side.SELL and sellable < 100:
            side = m.Side.BUY
        lots = self.draw(st.integers(1, min(sellable // 100, 20) if side is m.Side.SELL else 20))
        asked = order(f"id{len(self.orders)}", symbol, side, lots * 100, self.draw(st.integers(1, 3_000)) * 100)
        self.orders.append(asked)
        self.filled[asked.client_order_id] = self.value[asked.client_order_id] = 0
        return asked

    def _some(self) -> m.Order:
        return self.draw(st.sampled_from(self.orders))

    def fill(self) -> None:
        asked = self._some()
        key = asked.client_order_id
        left = self.ended.get(key, asked.qty) - self.filled[key]
        if left > 0:
            self._fill(asked, self.draw(st.integers(1, left)))

    def _fill(self, asked: m.Order, qty: int) -> None:
        key = asked.client_order_id
        price_e4 = max(asked.price_e4 + (-100 if asked.side is m.Side.BUY else 100) * self.draw(st.integers(0, 3)), 100)
        day = day_of(OPEN_NS)
        fee_e4 = fill_fee_e4(asked.symbol, asked.side, self.value[key], qty * price_e4, day, FEES)
        self.filled[key] += qty
        self.value[key] += qty * price_e4
        self.say(fill(asked, f"{key}/{self.filled[key]}", qty, price_e4, fee_e4, OPEN_NS + len(self.told)))

    def cancel(self) -> None:
        """Ended by the broker; some fills it counts may not have been told yet."""
        asked = self._some()
        key = asked.client_order_id
        if key not in self.ended and self.filled[key] < asked.qty:
            self.ended[key] = self.draw(st.integers(self.filled[key], asked.qty))
            expired = m.OrderExpired("main", key, self.ended[key], "DAY_ENDED", "", OPEN_NS)
            self.say(self.draw(st.sampled_from([cancelled(asked, self.ended[key]), expired])))

    def state(self) -> None:
        asked = self._some()
        key = asked.client_order_id
        events: list[m.Message] = [
            m.OrderAccepted("main", key, f"v{key}", OPEN_NS),
            m.OrderUnknown("main", key, "", OPEN_NS),
            m.CancelRejected("main", key, "CANCEL_NOT_ALLOWED", "", OPEN_NS),
        ]
        if not self.filled[key] and key not in self.ended:
            events.append(m.OrderRejected("main", key, "BROKER_REJECTED", "", OPEN_NS))
        event = self.draw(st.sampled_from(events))
        if isinstance(event, m.OrderRejected):
            self.ended[key] = 0
        self.say(event)

    def again(self) -> None:
        """Something of this day is told twice."""
        self.say(self.draw(st.sampled_from(self.told[1:] or self.told)))

    def denied(self) -> None:
        asked = order(f"no{len(self.told)}", "999999.XSHG", m.Side.SELL, 10**9)
        self.say(m.OrderDenied(asked, "SELLABLE_NOT_ENOUGH", "", "", "", 0, OPEN_NS))

    def mark(self) -> None:
        prices_e4 = self.draw(st.dictionaries(st.sampled_from(SYMBOLS), st.integers(1, 300_000)))
        self.say(m.AccountMarked("main", OPEN_NS, prices_e4))

    def link(self) -> None:
        self.say(m.BrokerLinkChanged("main", self.draw(st.booleans()), "", OPEN_NS))


@st.composite
def stories(draw: Any) -> list[m.Message]:
    broker = Broker(draw)
    for _ in range(draw(st.integers(0, 20))):
        broker.next()
    return broker.told

"""The gateway's core in its session: what it is told, what it says, and what is on its record."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from common import messages as m
from common import wire
from common.beijing import SECOND_NS, at
from common.clock import MarketTime
from common.fees import FeeSchedule
from common.orders import Status
from common.portfolio import Book
from common.recovery import recover
from common.session import Session
from services.gateway.core import GatewayCore

MAIN = "main"
DAY, NEXT_DAY = date(2026, 11, 20), date(2026, 11, 23)
TODAY, TOMORROW = 20261120, 20261123
BANK, AIRPORT = "600000.XSHG", "600009.XSHG"
TEN_NS = at(DAY, "10:00")
CASH_E4 = 1_000_000 * 10_000
FEES = FeeSchedule()
PRICE_E4 = 100_000


def order(
    key: str = "a1", qty: int = 1000, *, side: m.Side = m.Side.BUY, account: str = MAIN, symbol: str = BANK
) -> m.Order:
    """Good for a minute from 10:00."""
    limit = m.OrderType.LIMIT
    return m.Order(key, account, "demo", symbol, side, limit, qty, PRICE_E4, TEN_NS, TEN_NS + 60 * SECOND_NS)


def approved(key: str = "a1", qty: int = 1000, *, side: m.Side = m.Side.BUY, account: str = MAIN) -> m.ApprovedOrder:
    return m.ApprovedOrder(order(key, qty, side=side, account=account), TEN_NS)


def cancel(key: str = "a1", account: str = MAIN, expire_ns: int = TEN_NS + 60 * SECOND_NS) -> m.ApprovedCancel:
    return m.ApprovedCancel(account, key, expire_ns, TEN_NS)


def stated(
    status: str,
    key: str = "a1",
    *,
    cum_qty: int = 0,
    venue: str = "",
    reason: str = "",
    qty: int = 1000,
    side: m.Side = m.Side.BUY,
) -> m.BrokerOrder:
    """An order as the broker states it; its number there is V and our name, unless told otherwise."""
    return m.BrokerOrder(
        MAIN, key, venue or f"V{key}", BANK, side, qty, PRICE_E4, status, cum_qty, reason, "", TEN_NS + SECOND_NS
    )


def traded(
    fill_id: str,
    qty: int,
    key: str = "a1",
    *,
    venue: str = "",
    side: m.Side = m.Side.BUY,
    fee_e4: int = 50_000,
    price_e4: int = PRICE_E4,
) -> m.BrokerFill:
    at_ns = TEN_NS + SECOND_NS
    return m.BrokerFill(MAIN, key, venue or f"V{key}", fill_id, BANK, side, qty, price_e4, fee_e4, at_ns)


def holding(symbol: str, qty: int, today_qty: int = 0, price_e4: int = PRICE_E4) -> m.Holding:
    return m.Holding(symbol, qty, today_qty, qty * price_e4, price_e4, TEN_NS - 1)


def the_day(
    orders: Iterable[m.BrokerOrder] = (),
    fills: Iterable[m.BrokerFill] = (),
    *,
    cash_e4: int = CASH_E4,
    holdings: Iterable[m.Holding] = (),
    complete: bool = True,
    trading_day: int = TODAY,
    at_ns: int = TEN_NS,
) -> m.BrokerDay:
    return m.BrokerDay(MAIN, trading_day, [*orders], [*fills], cash_e4, [*holdings], complete, at_ns)


def clock(day: int = TODAY, now_ns: int = TEN_NS) -> m.MarketClock:
    return m.MarketClock(1, now_ns, day, "", True)


class Stand:
    """One life of a gateway: ``say`` steps a message and returns what came out; ``records`` outlive it."""

    def __init__(
        self,
        records: Iterable[bytes] = (),
        *,
        now_ns: int = TEN_NS,
        start: bool = True,
        look_every_ns: int = 0,
        tolerance_e4: int = 0,
    ) -> None:
        self.core = GatewayCore((MAIN,), FEES, "simulator", look_every_ns=look_every_ns, tolerance_e4=tolerance_e4)
        self.market = MarketTime(simulated=True)
        self.records = list(records)
        self.session = Session("gateway", self.core, (MAIN,), self.market, 1)
        for payload in self.records:
            recover(self.session, payload)
        self.market.advance(now_ns)
        if start:
            self.session.start(recovered=bool(self.records))
            self._taken()

    @property
    def book(self) -> Book:
        return self.core.books[MAIN]

    def say(self, *messages: m.Message) -> list[m.Message]:
        outs: list[m.Message] = []
        for message in messages:
            self.session.local(message)
            outs += self._taken()
        return outs

    def pass_time(self, seconds: float) -> list[m.Message]:
        """The market's clock goes on; the process is woken if it asked for that."""
        self.market.advance(self.market.now_ns + int(seconds * SECOND_NS))
        self.session._wake_core()
        return self._taken() + self.say(clock(self.book.trading_day, self.market.now_ns))

    def open(self, **day: object) -> Stand:
        """The broker is there and has told its day."""
        self.say(m.BrokerLink(MAIN, True, ""), the_day(**day))  # type: ignore[arg-type]
        return self

    def again(self, *, now_ns: int = TEN_NS) -> Stand:
        """Killed and started again, with what is on record."""
        return Stand(self.records, now_ns=now_ns)

    def status(self, key: str = "a1") -> Status:
        return self.book.orders[key].status

    def _taken(self) -> list[m.Message]:
        out = self.session.out
        frames = [wire.decode_frame(data) for to, data in out.frames if to.startswith("*")]
        events = [wire.decode_body(f.channel, f.body) for f in frames if isinstance(f, wire.Event)]
        told = [*events, *out.effects]
        self.records += out.records
        for kept in (out.records, out.frames, out.effects, out.notes):
            kept.clear()
        return told


def outline(messages: Iterable[m.Message]) -> list[str]:
    """'OrderFilled a1 300', 'PlaceAtBroker a1', 'AskBroker' …"""
    said = []
    for message in messages:
        asked: m.Order | None = getattr(message, "order", None)
        words = [type(message).__name__, asked.client_order_id if asked else getattr(message, "client_order_id", "")]
        if isinstance(message, m.OrderFilled):
            words.append(str(message.qty))
        elif isinstance(message, m.OrderCancelled | m.OrderExpired):
            words.append(f"{message.cum_qty} {message.reason}")
        elif isinstance(message, m.CancelRejected | m.OrderRejected):
            words.append(message.reason)
        said.append(" ".join(word for word in words if word))
    return said

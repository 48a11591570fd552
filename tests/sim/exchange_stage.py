"""A small stage for stories at the simulated exchange: orders, quotes and times in the words of a trader."""

from datetime import date
from itertools import count

from common import messages as m
from common.beijing import at
from common.fees import FeeSchedule
from sim.exchange import Event, Exchange

DAY = date(2026, 11, 20)
NEXT_DAY = date(2026, 11, 23)
BANK = "600000.XSHG"
CASH_E4 = 1_000_000 * 10_000


def e4(yuan: float) -> int:
    return round(yuan * 10_000)


def number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def levels(*pairs: tuple[float, int]) -> tuple[tuple[int, int], ...]:
    return tuple((e4(price), qty) for price, qty in pairs)


def a_quote(
    time: str,
    last: float,
    volume: int,
    *,
    symbol: str = BANK,
    day: date = DAY,
    bids: tuple[tuple[int, int], ...] = (),
    asks: tuple[tuple[int, int], ...] = (),
    traded: tuple[float, float] = (0, 0),
    limits: tuple[float, float] = (9.0, 11.0),
    opened: float = 0,
    suspended: bool = False,
) -> m.Quote:
    return m.Quote(
        symbol=symbol,
        at_ns=at(day, time),
        last_price_e4=e4(last),
        open_e4=e4(opened),
        high_e4=0,
        low_e4=0,
        prev_close_e4=e4(10),
        limit_down_e4=e4(limits[0]),
        limit_up_e4=e4(limits[1]),
        volume=volume,
        money_e4=0,
        trade_low_e4=e4(traded[0]),
        trade_high_e4=e4(traded[1]),
        suspended=suspended,
        bids=bids,
        asks=asks,
    )


class Stage:
    """An exchange with a day open at 9:00; what each act causes is applied and returned."""

    def __init__(self, cash_e4: int = CASH_E4, day: date = DAY) -> None:
        self.exchange = Exchange("main", cash_e4, FeeSchedule())
        self.day = day
        self.record: list[Event] = []
        self._ids = count(1)
        self.clock("9:00")

    def clock(self, time: str, day: date | None = None) -> list[Event]:
        self.day = day or self.day
        return self._apply(self.exchange.clock(at(self.day, time), number(self.day)))

    def quote(self, quote: m.Quote) -> list[Event]:
        """The events without the quote itself."""
        return self._apply(self.exchange.quoted(quote, quote.at_ns))[1:]

    def buy(self, time: str, qty: int, price: float, **more: str) -> list[Event]:
        return self.place(time, m.Side.BUY, qty, price, **more)

    def sell(self, time: str, qty: int, price: float, **more: str) -> list[Event]:
        return self.place(time, m.Side.SELL, qty, price, **more)

    def place(
        self, time: str, side: m.Side, qty: int, price: float, *, symbol: str = BANK, kind: str = "limit", id: str = ""
    ) -> list[Event]:
        """The events without the request itself."""
        now_ns = at(self.day, time)
        order = m.Order(
            client_order_id=id or f"a{next(self._ids)}",
            account="main",
            strategy="demo",
            symbol=symbol,
            side=side,
            order_type=m.OrderType(kind),
            qty=qty,
            price_e4=e4(price),
            created_ns=now_ns,
            expire_ns=now_ns + 10**10,
        )
        said = self._apply(self.exchange.decide(m.PlaceAtBroker(order), now_ns))[1:]
        return said + self._apply(self.exchange.met())

    def cancel(self, time: str, client_order_id: str, venue_order_id: str = "") -> list[Event]:
        request = m.CancelAtBroker("main", client_order_id, venue_order_id)
        return self._apply(self.exchange.decide(request, at(self.day, time)))

    def own(self, qty: int, price: float = 10.0, symbol: str = BANK) -> None:
        """Hold shares bought on an earlier day."""
        holding = m.Holding(symbol, qty, 0, qty * e4(price), e4(price), 0)
        cash_e4 = self.exchange.ledger.cash_e4
        now_ns = at(self.day, "9:00")
        self._apply([m.BrokerDay("main", number(self.day), [], [], cash_e4, [holding], True, now_ns)])

    @property
    def cash_e4(self) -> int:
        return self.exchange.ledger.cash_e4

    def _apply(self, events: list[Event]) -> list[Event]:
        for event in events:
            self.exchange.apply(event)
            self.record.append(event)
        return events


def outline(events: list[Event]) -> list[str]:
    """'accepted', 'fill 300@10.02', 'cancelled 300 NO_LIQUIDITY' …"""
    said = []
    for event in events:
        match event:
            case m.BrokerFill():
                said.append(f"fill {event.qty}@{event.price_e4 / 10_000:.2f}")
            case m.BrokerOrder():
                words = [str(event.status), str(event.cum_qty) if event.cum_qty else "", event.reason]
                said.append(" ".join(word for word in words if word))
            case m.BrokerCancelRefused():
                said.append(f"refused {event.reason}")
    return said

"""A gateway with its real broker, journal and loop between a tiny risk and a tiny market, joined by lists.

A fuse burns down by one at every border the gateway crosses (a write, a call of the broker, a sending); when it is
gone the gateway is dropped there and then, as by a kill, and started again from its two files.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from common import messages as m
from common.beijing import SECOND_NS, at
from common.clock import MarketTime
from common.journal import Journal
from common.loop import Loop
from common.portfolio import Book
from common.recovery import recover
from common.session import Session
from common.session_out import MILLISECOND_NS
from services.gateway.brokers.simulator import Simulator
from services.gateway.core import GatewayCore
from services.gateway.matching import MatchingDesk
from tests.services.gateway.stand import AIRPORT, BANK, CASH_E4, DAY, FEES, MAIN
from tests.sim.exchange_stage import a_quote, e4, levels, number

PATIENCE_NS = 600 * MILLISECOND_NS


class Killed(Exception):
    """The gateway died here."""


class Fuse:
    def __init__(self, length: int = 10**9) -> None:
        self.left = length

    def burn(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Killed


class FusedJournal(Journal):
    fuse = Fuse()

    def commit(self, *, sync: bool) -> None:
        self.fuse.burn()
        super().commit(sync=sync)
        self.fuse.burn()


class FusedSimulator(Simulator):
    fuse = Fuse()

    def _commit(self) -> None:
        self.fuse.burn()
        super()._commit()
        self.fuse.burn()

    def request(self, request: m.PlaceAtBroker | m.CancelAtBroker | m.AskBroker) -> None:
        self.fuse.burn()
        super().request(request)
        self.fuse.burn()


class Line:
    """What the loop takes for its bus: frames wait in ``inbox``; what is sent is on its way at once."""

    def __init__(self, fuse: Fuse) -> None:
        self.fuse = fuse
        self.inbox: list[tuple[str, bytes]] = []
        self.sent: list[tuple[str, bytes]] = []

    def receive(self, timeout_ms: int) -> list[tuple[str, bytes]]:
        got, self.inbox = self.inbox, []
        return got

    def send(self, frames: Iterable[tuple[str, bytes]]) -> None:
        self.sent.extend(frames)
        self.fuse.burn()

    def send_rest(self) -> None:
        """In town everybody hears at the same time."""

    def close(self) -> None:
        pass


class Risk:
    """Approves everything and follows the account."""

    journals_all = False
    wake_ns = 0
    busy = False

    def __init__(self) -> None:
        self.book = Book(MAIN, FEES)
        self.heard: list[m.Message] = []

    def decide(self, message: m.Message, now_ns: int) -> list[m.Message]:
        match message:
            case m.SubmitOrder(order=order):
                return [m.ApprovedOrder(order, now_ns)]
            case m.CancelOrder(client_order_id=key, expire_ns=expire_ns):
                return [m.ApprovedCancel(MAIN, key, expire_ns, now_ns)]
        return []

    def apply(self, message: m.Message) -> None:
        if isinstance(message, m.AccountSnapshot):
            self.book.restore(message)
        else:
            self.book.apply(message)
            self.heard.append(message)

    def snapshot(self, account: str, now_ns: int) -> m.Message:
        return m.RiskReport(account, False, False, "", "", [], {})

    def answer(self, query: m.Message, now_ns: int) -> m.Message:
        raise AssertionError("nobody asks")


class Market(Risk):
    """Quotes: publishes what it is handed, and answers from it; ``is_open`` tells whether there is a day."""

    def __init__(self) -> None:
        super().__init__()
        self.quotes: list[m.Quote] = []
        self.now_ns = self.number = 0
        self.is_open = True

    def decide(self, message: m.Message, now_ns: int) -> list[m.Message]:
        if not isinstance(message, m.Ticks | m.MarketClock | m.MarketDayEnded):
            return []
        self.number += 1
        outs: list[m.Message] = [message]
        if isinstance(message, m.Ticks):
            self.quotes += message.quotes
            outs = [m.QuoteBatch(self.number, self.now_ns, tuple(message.quotes), True)]
        return outs

    def apply(self, message: m.Message) -> None:
        pass

    def answer(self, query: m.Message, now_ns: int) -> m.Message:
        if not self.is_open:
            return m.Refusal("NOT_READY", "交易日尚未开始")
        match query:
            case m.Subscribe(symbols=symbols):
                latest = {q.symbol: q for q in self.quotes if q.symbol in symbols}
                return m.Quotes(list(latest.values()), [s for s in symbols if s not in latest])
            case m.GetTicks(symbols=symbols, after_ns=after_ns):
                return m.Ticks([q for q in self.quotes if q.symbol in symbols and q.at_ns > after_ns])
        raise AssertionError(f"no answer to {query}")


class Town:
    """``fuses`` are the lengths of the gateway's next lives; when they are used up it lives on."""

    def __init__(self, folder: Path, fuses: Iterable[int] = ()) -> None:
        self.folder, self.fuses = folder, list(fuses)
        self.market_core, self.risk_core = Market(), Risk()
        times = MarketTime(simulated=True), MarketTime(simulated=True)
        self.market = Session("quotes", self.market_core, (MAIN,), times[0], 1)
        self.risk = Session("risk", self.risk_core, (MAIN,), times[1], 1)
        for session in (self.market, self.risk):
            session.start(recovered=False)
        self.mono_ns, self.lives, self.deaths = 10**12, 0, 0
        self.keys: list[str] = []
        self.published: list[tuple[str, bytes]] = []
        self.now_ns = at(DAY, "9:30")
        self.price, self.volume = 10.0, 10_000
        self.is_down = False
        self._start()

    # -- what happens in town --------------------------------------------------------------------------------------

    def clock(self, now_ns: int) -> None:
        self.now_ns = self.market_core.now_ns = now_ns
        self.market.market.advance(now_ns)
        day = int(f"{DAY:%Y%m%d}")
        self._publish(m.MarketClock(self.market_core.number + 1, now_ns, day, "", True))

    def quote(self, price: float, symbols: Iterable[str] = (BANK,)) -> None:
        """Three seconds later the market has gone to a price, and traded through all prices between."""
        self.now_ns += 3 * SECOND_NS
        self.market_core.now_ns = self.now_ns
        low, high = sorted((self.price, price))
        self.price, self.volume = price, self.volume + 2_000
        quotes = [self._quote(symbol, low, high) for symbol in symbols]
        self._publish(m.Ticks(quotes))

    def was_quoted(self, price: float) -> None:
        """Quotes knows a price of the bank from before."""
        self.market_core.quotes.append(self._quote(BANK, price, price))

    def place(self, side: m.Side, qty: int, price: float, symbol: str = BANK) -> str:
        key = f"k{len(self.keys)}"
        self.keys.append(key)
        limit, until_ns = m.OrderType.LIMIT, self.now_ns + 60 * SECOND_NS
        order = m.Order(key, MAIN, "demo", symbol, side, limit, qty, e4(price), self.now_ns, until_ns)
        self.risk.market.advance(self.now_ns)
        self.risk.local(m.SubmitOrder(order))
        return key

    def cancel(self, key: str) -> None:
        self.risk.local(m.CancelOrder(MAIN, key, "demo", self.now_ns + 60 * SECOND_NS))

    def minute(self) -> None:
        self.clock(self.now_ns - self.now_ns % (60 * SECOND_NS) + 60 * SECOND_NS)

    # -- what can be seen --------------------------------------------------------------------------------------------

    @property
    def book(self) -> Book:
        return self.core.books[MAIN]

    def statement(self) -> m.BrokerDay:
        return self.broker._exchange.statement(self.now_ns)

    # -- how it runs -------------------------------------------------------------------------------------------------

    def settle(self, rounds: int = 4) -> None:
        """Everything arrives, and time enough passes for what was lost to be sent again."""
        for _ in range(rounds):
            self._deliver_all()
            self.mono_ns += PATIENCE_NS
            self.risk.wake(self.mono_ns)
            self.market.wake(self.mono_ns)
            if self.line is not None and self.session.number < self.market_core.number:
                self.line.inbox += [("", data) for _, data in self.published]
        self._deliver_all()

    def kill(self) -> None:
        """Down until ``start``."""
        self._drop()
        self.is_down = True

    def start(self) -> None:
        self.is_down = False
        self._start()

    def _publish(self, message: m.Message) -> None:
        self.published = []
        self.market.local(message)
        self.settle(1)

    def _quote(self, symbol: str, low: float, high: float) -> m.Quote:
        book = {
            "bids": levels((self.price - 0.01, 300), (self.price - 0.02, 500)),
            "asks": levels((self.price + 0.01, 300), (self.price + 0.02, 500)),
        }
        quote = a_quote("9:30", self.price, self.volume, symbol=symbol, traded=(low, high), **book)
        fields = {name: getattr(quote, name) for name in quote.__struct_fields__}
        return m.Quote(**{**fields, "at_ns": self.now_ns})

    def _start(self) -> None:
        """A life of the gateway, as its ``main`` starts it."""
        while True:
            self.lives += 1
            self.fuse = Fuse(self.fuses.pop(0)) if self.fuses else Fuse()
            self.line: Line | None = Line(self.fuse)
            try:
                self._open()
            except Killed:
                self._drop()
                continue
            return

    def _open(self) -> None:
        FusedJournal.fuse = FusedSimulator.fuse = Fuse()
        self.core = GatewayCore((MAIN,), FEES, "simulator")
        self.journal, payloads = FusedJournal.open(self.folder / "gateway.journal", {})
        self.session = Session("gateway", self.core, (MAIN,), MarketTime(simulated=True), 1)
        for payload in payloads:
            recover(self.session, payload)
        self.session.life = self.lives * 10**6  # lives are apart, as starting times are
        self.broker = FusedSimulator(self.folder / "simulator.journal", MAIN, CASH_E4, FEES)
        self.broker.start()
        FusedJournal.fuse = FusedSimulator.fuse = self.fuse
        self.desk = MatchingDesk(
            self.broker,
            self.session,
            marked_ns=self.core.marked_ns,
            sync_orders=False,
            complete=lambda status: status,
        )
        self.session.shell = self.desk
        self.loop = Loop(self.session, self.line, self.journal, self.desk, lambda code, text: None)  # type: ignore[arg-type]
        self.session.start(recovered=bool(payloads))
        self.loop.flush()

    def _drop(self) -> None:
        self.deaths += 1
        self.journal.close()
        FusedSimulator.fuse = Fuse()
        self.broker.close()
        self.line = None

    def _turn(self) -> bool:
        """One turn of the gateway's loop; whether it had anything to do."""
        if self.is_down:
            return False
        assert self.line is not None
        had = bool(self.line.inbox)
        self.loop._beat_ns = 0  # each turn is a beat, whatever the clock of this machine says
        try:
            self.loop.turn()
        except Killed:
            sent = self.line.sent
            self._drop()
            self._route("gateway", sent)
            self._start()
            return True
        sent, self.line.sent = self.line.sent, []
        self._route("gateway", sent)
        return had or bool(self.line.inbox)

    def _deliver_all(self) -> None:
        for _ in range(500):
            moved = False
            for name, session in (("quotes", self.market), ("risk", self.risk)):
                out = session.out
                frames, out.frames = out.frames, []
                out.records.clear()
                out.effects.clear()
                moved = bool(frames) or moved
                self._route(name, frames)
            if not self._turn() and not moved:
                return
        raise AssertionError("the town never comes to rest")

    def _route(self, sender: str, frames: list[tuple[str, bytes]]) -> None:
        for to, data in frames:
            if to in ("*market", "*clock"):
                self.published.append((to, data))
            if to in ("gateway", "@gateway", "*market", "*clock") and self.line is not None:
                self.line.inbox.append((sender if to == "gateway" else "", data))
            if to == "quotes":
                self.market.frame(data, self.mono_ns, sender)
            elif to in ("risk", "@risk", "*clock", f"*account/{MAIN}"):
                self.risk.frame(data, self.mono_ns)


__all__ = ["AIRPORT", "BANK", "Town", "number"]

"""A desk whose market moves: prices by a formula, bars of every day, orders that rest and are checked."""

import math
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import numpy as np

from common import messages as m
from common.beijing import at, day_of, midnight
from common.instruments import limit_prices_e4, round_buy_qty, round_sell_qty, rules_of
from common.reasons import Reason, text_of
from common.sessions import minute_ends
from tests.services.strategy.desk import CALENDAR, Desk

THURSDAY = date(2026, 11, 19)
KINDS = {
    "600036.XSHG": ("stock", 350_000), "601318.XSHG": ("stock", 500_000), "000001.XSHE": ("stock", 110_000),
    "000333.XSHE": ("stock", 700_000), "300750.XSHE": ("stock", 900_000), "688981.XSHG": ("stock", 800_000),
    "510300.XSHG": ("etf", 40_000), "518880.XSHG": ("etf", 50_000), "513100.XSHG": ("etf", 15_000),
    "000300.XSHG": ("index", 38_000_000),
}  # fmt: skip
DAYS_KEPT = 120
PAYS = "601318.XSHG"
"""On the third day ten shares are paid 9.7 yuan and given 0.1 shares."""


class MarketDesk(Desk):
    """``checks`` lists what an order broke of the exchange's and the account's rules; it must stay empty."""

    def __init__(self, folder: Path, code: str, **settings: object) -> None:
        self.checks: list[str] = []
        self.resting: dict[str, m.Order] = {}
        super().__init__(folder, code, day=THURSDAY, **settings)  # type: ignore[arg-type]
        self.broker = self.match
        self.adjusted = {PAYS: m.Adjustment(PAYS, [20261123], [1_010_000_000], [97_000], [1_000])}

    def start(self, *, recovered: bool = False) -> None:
        self.refresh()
        super().start(recovered=recovered)

    # -- the market ----------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        self.prices = {symbol: price_e4(symbol, self.now_ns) for symbol in KINDS}
        before = at(CALENDAR.previous(self.day), "15:00")
        self.closed_at = {symbol: price_e4(symbol, before) for symbol in KINDS}

    def quote(self, symbol: str) -> m.Quote:
        last, prev = self.prices[symbol], self.closed_at[symbol]
        first = price_e4(symbol, at(self.day, "9:30"))
        is_index = KINDS[symbol][0] == "index"
        down, up = (0, 0) if is_index else limit_prices_e4(symbol, prev, self.day)
        tick_e4 = 100 if is_index else rules_of(symbol, self.day).tick_e4
        bids, asks = ((last - tick_e4, 50_000),), ((last, 50_000),)
        return m.Quote(
            symbol, self.now_ns, last, first, max(first, last), min(first, last), prev, down, up, 10_000, 10**9, 0, 0,
            False, bids, asks,
        )  # fmt: skip

    def market(self, *events: m.Message) -> None:
        self.refresh()
        super().market(*events, *self.due())

    def react(self, out: m.Message) -> None:
        match out:
            case m.GetBars():
                self.queries.append(out)
                found = [bars_of(s, out, self.now_ns) for s in out.symbols if s in KINDS]
                self.inbox.append(m.Bars(found, [s for s in out.symbols if s not in KINDS]))
            case m.GetInstruments():
                self.queries.append(out)
                listed = [s for s in KINDS if not out.symbols or s in out.symbols]
                found = [m.Instrument(s, f"名称{s[:6]}", KINDS[s][0], 20_050_101, 0, False) for s in listed]
                self.inbox.append(m.Instruments(found))
            case _:
                super().react(out)

    # -- the broker ----------------------------------------------------------------------------------------------

    def match(self, sent: m.SubmitOrder) -> Iterable[m.Message]:
        """At once where the price allows it; a limit order rests."""
        order = sent.order
        self.checks += [f"{said}: {order}" for said in self.broken(order)]
        if self.crosses(order):
            return self.fill(sent)
        self.resting[order.client_order_id] = order
        return self.accept(sent)

    def crosses(self, order: m.Order) -> bool:
        last = self.prices[order.symbol]
        return last <= order.price_e4 if order.side is m.Side.BUY else last >= order.price_e4

    def due(self) -> list[m.Message]:
        """What the new prices and the close do to orders that rest."""
        said: list[m.Message] = []
        for key, order in list(self.resting.items()):
            if self.book.orders[key].is_final:
                del self.resting[key]
            elif self.now_ns >= at(self.day, "15:00"):
                del self.resting[key]
                reason = Reason.DAY_ENDED
                said.append(m.OrderExpired(order.account, key, 0, reason, text_of(reason), self.now_ns))
            elif self.crosses(order):
                del self.resting[key]
                said.append(self.trade(order, order.qty))
        return said

    def broken(self, order: m.Order) -> Iterable[str]:
        """The rules of jq_api 5 that an order breaks: lots, cash, T+1, price limits and ticks."""
        book, quote, symbol = self.book, self.quote(order.symbol), order.symbol
        if order.side is m.Side.BUY:
            if round_buy_qty(symbol, order.qty, self.day) != order.qty:
                yield "not a lot"
            if order.qty * order.price_e4 > book.available_cash_e4:
                yield "more than the cash"
        elif round_sell_qty(symbol, order.qty, book.closeable_qty(symbol), self.day) != order.qty:
            yield "more than is closeable, or an odd lot"
        if not quote.limit_down_e4 <= order.price_e4 <= quote.limit_up_e4:
            yield "outside the price limits"
        if order.price_e4 % rules_of(symbol, self.day).tick_e4:
            yield "between two ticks"


def price_e4(symbol: str, now_ns: int) -> int:
    """Days swing by 4 %, minutes by half a percent; every code in its own time."""
    base, phase = KINDS[symbol][1], sum(map(ord, symbol)) % 17
    day = day_of(now_ns)
    minute = min(max((now_ns - midnight(day)) // 60_000_000_000, 570), 900)
    swing = 1 + 0.04 * math.sin(day.toordinal() * 0.7 + phase) + 0.005 * math.sin(minute * 0.11 + phase)
    tick = 10 if KINDS[symbol][0] == "etf" else 100
    return round(base * swing / tick) * tick


def bars_of(symbol: str, asked: m.GetBars, now_ns: int) -> m.BarColumns:
    end_ns = min(asked.end_ns or now_ns, now_ns)
    days = CALENDAR.window(day_of(end_ns), DAYS_KEPT if asked.unit == "1d" else 4)
    labels = [at(day, "15:00") for day in days] if asked.unit == "1d" else [n for day in days for n in minute_ends(day)]
    over = [label for label in labels if label <= end_ns]
    if asked.running and len(over) < len(labels) and at(day_of(end_ns), "9:30") <= end_ns:
        over.append(labels[len(over)])
    chosen = over[-asked.count :] if asked.count else [label for label in over if label >= asked.start_ns]
    closes = [price_e4(symbol, min(label, end_ns)) for label in chosen]
    before = [price_e4(symbol, at(CALENDAR.previous(day_of(label)), "15:00")) for label in chosen]
    columns = (
        chosen, closes, [round(c * 1.01) // 100 * 100 for c in closes], [round(c * 0.99) // 100 * 100 for c in closes],
        closes, [100_000 + n % 7 * 1000 for n in range(len(chosen))], [c * 100_000 for c in closes], before,
    )  # fmt: skip
    return m.BarColumns(
        symbol, *(np.array(column, "<i8").tobytes() for column in columns), np.zeros(len(chosen), np.uint8).tobytes()
    )

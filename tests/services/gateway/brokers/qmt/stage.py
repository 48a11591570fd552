"""A stage for stories of one data path: the core alone, a terminal that answers by hand, and a clock that is set."""

from __future__ import annotations

import dataclasses
from datetime import date
from itertools import count
from typing import Any, TypeVar

from common import messages as m
from common.beijing import SECOND_NS, at
from common.calendar import load
from services.gateway.brokers.qmt import acts
from services.gateway.brokers.qmt.acts import Now
from services.gateway.brokers.qmt.config import QmtAccount, QmtConfig
from services.gateway.brokers.qmt.core import LineCore
from services.gateway.brokers.qmt.rows import (
    AssetRow,
    CancelAnswer,
    Disconnected,
    OrderAnswer,
    OrderRow,
    PositionRow,
    Push,
    Row,
    StatusRow,
    TradeRow,
)

DAY, NEXT_DAY = date(2026, 11, 20), date(2026, 11, 23)
CALENDAR = load()
BANK, CODE = "600000.XSHG", "600000.SH"
MAIN = QmtAccount("main", "123456", "stock", "C:/QMT/userdata_mini")
HEDGE = QmtAccount("hedge", "654321", "stock", "C:/QMT/userdata_mini")
_Act = TypeVar("_Act", bound=acts.Act)
_Report = TypeVar("_Report", m.BrokerOrder, m.BrokerFill, m.BrokerDay, m.BrokerLink, m.BrokerCancelRefused)


@dataclasses.dataclass
class Books:
    """What the terminal shows of one account."""

    orders: list[OrderRow] | None = dataclasses.field(default_factory=list)
    trades: list[TradeRow] | None = dataclasses.field(default_factory=list)
    positions: list[PositionRow] | None = dataclasses.field(default_factory=list)
    cash: float = 1_000_000.0
    frozen: float = 0.0
    market_value: float = 0.0
    has_asset: bool = True


class Stage:
    """``lets`` names the acts that are not answered by themselves. Nothing happens but by ``tick`` and by hand."""

    def __init__(self, *accounts: QmtAccount, day: date = DAY, time: str = "10:00", **settings: Any) -> None:
        self.accounts = accounts or (MAIN,)
        config = QmtConfig(calendar=CALENDAR, **settings)
        self.core = LineCore(self.accounts, config)
        self.timing = config.timing
        self.now = Now(10**9, at(day, time))
        self.books = {one.account_id: Books() for one in self.accounts}
        self.statuses: dict[str, int] = {one.account_id: 0 for one in self.accounts}
        self.results: dict[type, int] = {}  # what acts return instead of 0
        self.hangs: set[type] = set()  # acts that do not return
        self.mute: set[type] = set()  # questions that return and are not answered
        self.has_queue = True
        self.said: list[Any] = []
        self.notes: list[str] = []
        self.made: list[acts.Call] = []
        self.over = ""
        self.generation = 0
        self.seqs: dict[str, int] = {}  # of submits, by our ids
        self.stop: bool | None = True  # whether an abandoned instance stops in time; None: not known yet
        self._seq = count(1)
        self._due: list[acts.Event] = []

    # -- time ----------------------------------------------------------------------------------------------------

    def tick(self, seconds: float = 0.0) -> Stage:
        """Time passes in steps of a fifth of a second, as the thread of a line lets it."""
        steps = max(round(seconds / 0.2), 1)
        for _ in range(steps):
            moved = int(seconds * SECOND_NS / steps)
            self.now = Now(self.now.mono_ns + moved, self.now.wall_ns + moved)
            self._feed(acts.Tick())
        return self

    def set_clock(self, day: date, time: str) -> Stage:
        self.now = Now(self.now.mono_ns, at(day, time))
        self._feed(acts.Tick())
        return self

    def up(self) -> Stage:
        """Connected, and the first statement given: from here on the story begins."""
        self.tick(1)
        for account in self.accounts:
            self.ask(account.alias)
        self.tick(3)
        assert {r.account for r in self.said if isinstance(r, m.BrokerDay)} == {a.alias for a in self.accounts}
        self.take()
        return self

    # -- the gateway ---------------------------------------------------------------------------------------------

    def request(self, request: Any, epoch: int | None = None) -> None:
        alias = request.order.account if isinstance(request, m.PlaceAtBroker) else request.account
        self.event(acts.Requested(request, self.downs(alias) if epoch is None else epoch))

    def downs(self, alias: str) -> int:
        return self.core._epochs[alias]

    def place(self, key: str, qty: int = 300, price: float = 10.0, **more: Any) -> acts.Place | None:
        """Hand over an order; the call that is made of it, which has returned its seq."""
        before = len(self.made)
        self.request(m.PlaceAtBroker(an_order(key, qty, price, at_ns=self.now.wall_ns, **more)))
        places = [call.act for call in self.made[before:] if isinstance(call.act, acts.Place)]
        return places[0] if places else None

    def cancel(self, key: str, venue: str = "", alias: str = "main") -> None:
        self.request(m.CancelAtBroker(alias, key, venue))

    def ask(self, alias: str = "main", *, look: bool = False) -> None:
        self.request(m.AskBroker(alias, look))

    def take(self, kind: type[_Report] | None = None) -> list[Any]:
        """What was said since the last time."""
        said, self.said = self.said, []
        return [one for one in said if kind is None or isinstance(one, kind)]

    # -- the terminal --------------------------------------------------------------------------------------------

    def event(self, event: acts.Event) -> None:
        self._feed(event)
        self._feed(acts.Tick())

    def push(self, row: Push, generation: int | None = None) -> None:
        self.event(acts.Pushed(self.generation if generation is None else generation, row))

    def answer(self, key: str, order_id: int, error: str = "", **more: Any) -> None:
        """The terminal's answer to the submit of ``key``."""
        remark = more.pop("remark", key)
        seq = self.seqs[key]
        row = OrderAnswer(account_id="123456", seq=seq, order_id=order_id, order_remark=remark, error_msg=error)
        self.push(row, **more)

    def cancel_answer(self, order_id: int, result: int, error: str = "") -> None:
        self.push(CancelAnswer(account_id="123456", seq=999, cancel_result=result, order_id=order_id, error_msg=error))

    def disconnect(self, generation: int | None = None) -> None:
        self.push(Disconnected(), generation)

    def acts_of(self, kind: type[_Act]) -> list[_Act]:
        return [call.act for call in self.made if isinstance(call.act, kind)]

    # -- parts ---------------------------------------------------------------------------------------------------

    def _feed(self, event: acts.Event) -> None:
        self._due.append(event)
        while self._due:
            for out in self.core.step(self._due.pop(0), self.now):
                self._do(out)

    def _do(self, out: acts.Out) -> None:
        match out:
            case acts.Call():
                self.generation = out.generation
                self.made.append(out)
                if type(out.act) not in self.hangs:
                    self._due += self._answers(out)
            case acts.Abandon(generation=generation):
                self._due.append(acts.NotMade(()))
                if self.stop is not None:
                    self._due.append(acts.Stopped(generation, self.stop))
            case acts.Note(text=text):
                self.notes.append(text)
            case acts.GiveUp(text=text):
                self.over = text
            case _:
                self.said.append(out)

    def _answers(self, call: acts.Call) -> list[acts.Event]:
        act, number = call.act, call.number
        if isinstance(act, acts.Place | acts.Cancel):
            seq = next(self._seq)
            if isinstance(act, acts.Place):
                self.seqs[act.remark] = seq
            return [acts.Returned(number, self.results.get(type(act), seq))]
        back = acts.Returned(number, self.results.get(type(act), 0), self.has_queue)
        if not isinstance(act, acts.Question) or type(act) in self.mute:
            return [back]
        return [back, acts.Answered(number, self._rows(act))]

    def _rows(self, question: acts.Question) -> tuple[Row, ...] | None:
        if isinstance(question, acts.AskStatus):
            return tuple(StatusRow(account_id=key, status=status) for key, status in self.statuses.items())
        books = self.books[question.account_id]
        lists = {acts.AskOrders: books.orders, acts.AskTrades: books.trades, acts.AskPositions: books.positions}
        if type(question) in lists:
            rows = lists[type(question)]
            return None if rows is None else tuple(rows)
        total = books.cash + books.frozen + books.market_value
        asset = AssetRow(
            account_id=question.account_id,
            cash=books.cash,
            frozen_cash=books.frozen,
            market_value=books.market_value,
            total_asset=total,
        )
        return (asset,) if books.has_asset else None


def an_order(
    key: str,
    qty: int = 300,
    price: float = 10.0,
    *,
    side: m.Side = m.Side.BUY,
    symbol: str = BANK,
    kind: str = "limit",
    account: str = "main",
    at_ns: int = 0,
) -> m.Order:
    price_e4 = round(price * 10_000)
    return m.Order(key, account, "demo", symbol, side, m.OrderType(kind), qty, price_e4, at_ns, at_ns + 60 * SECOND_NS)


def order_row(order_id: int, status: int, traded: int = 0, **more: Any) -> OrderRow:
    """A row of the terminal: 300 shares of 600000.SH bought at 10.00, entered at 10:00 of the day."""
    given: dict[str, Any] = {
        "account_id": "123456",
        "stock_code": CODE,
        "order_type": 23,
        "order_volume": 300,
        "price": 10.0,
        "order_time": at(DAY, "10:00") // SECOND_NS,
        "order_remark": "",
    }
    return OrderRow(order_id=order_id, order_status=status, traded_volume=traded, **{**given, **more})


def trade_row(order_id: int, traded_id: str, volume: int = 100, **more: Any) -> TradeRow:
    given: dict[str, Any] = {
        "account_id": "123456",
        "stock_code": CODE,
        "order_type": 23,
        "traded_price": 10.0,
        "traded_time": at(DAY, "10:00:01") // SECOND_NS,
        "order_remark": "",
    }
    return TradeRow(order_id=order_id, traded_id=traded_id, traded_volume=volume, **{**given, **more})


def outline(reports: list[Any]) -> list[str]:
    """Reports in a trader's words: who, what, how much."""
    return [_line(report) for report in reports]


def _line(report: Any) -> str:
    match report:
        case m.BrokerOrder():
            words = [report.client_order_id or "stranger", report.status, f"{report.cum_qty}" if report.cum_qty else ""]
        case m.BrokerFill():
            price = report.price_e4 / 10_000
            words = [report.client_order_id or "stranger", f"fill {report.fill_id} {report.qty}@{price:g}"]
        case m.BrokerCancelRefused():
            words = [report.client_order_id, "cancel refused", report.reason]
        case m.BrokerLink():
            words = [report.account, "up" if report.up else "down"]
        case m.BrokerDay():
            words = ["day", f"{report.trading_day}", f"{len(report.orders)} orders", f"{len(report.fills)} fills"]
        case _:
            words = [f"{report}"]
    return " ".join(word for word in words if word)

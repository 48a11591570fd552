"""The terminal's business of a day: takes orders for its accounts and walks them through their states."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from common.beijing import at, day_of
from common.clock import wall_ns
from common.instruments import UnknownSymbol, from_qmt, rules_of
from tests.qmt import shown
from tests.qmt.desk import Desk
from tests.qmt.hub import Hub
from tests.qmt.knobs import Knobs
from tests.qmt.memory import Memory
from tests.qmt.pricing import Terms, terms
from tests.qmt.rows import BUY, FINAL, JUNK, SELL, WAITING, Happening, Row
from tests.qmt.street import STEP_SECONDS, Street

Answer = Callable[[Any], None]
_POLL_S = 0.02
_NUMERIC = "-150906130|1|-150906130"
_JUNK_ERROR_ID = 260200
# How a call's fields are named in the log of calls.
_SAID = {
    "m_strAccountID": "account",
    "m_strStockCode": "code",
    "m_nOrderType": "order_type",
    "m_nOrderVolume": "volume",
    "m_nPriceType": "price_type",
    "m_dPrice": "price",
    "m_strStrategyName": "strategy",
    "m_strOrderRemark": "remark",
    "m_nOrderID": "order_id",
    "m_strOrderSysID": "sysid",
}


class Floor:
    """`tell` takes what subscribers are to hear; the booth sets it. `login` is the account status of xtquant.md 7.3."""

    def __init__(self, hub: Hub, street: Street, desks: dict[str, Desk], knobs: Knobs, memory: Memory) -> None:
        self.hub, self.knobs = hub, knobs
        self.street, self.desks = street, desks
        self._memory = memory
        self._step = 0
        self.login = 0
        self.tell: Callable[[list[Happening]], None] = lambda told: None
        self.now_ns = wall_ns

    # -- the day -------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Take up what is on file; `pass_time` goes on by itself from here."""
        now_ns = self.now_ns()
        for desk in self.desks.values():
            if not desk.exchange.trading_day:
                desk.open_first_day(self.street.trading_day(now_ns), now_ns)
        self._show_quotes()
        self._pass_time()
        for desk in self.desks.values():
            for row in list(desk.rows.values()):
                if not row.is_final and not row.venue_id:
                    self._send_to_counter(desk, row)
        self._poll()

    def _poll(self) -> None:
        self.hub.after(_POLL_S, self._poll)
        step = self.now_ns() // (STEP_SECONDS * 1_000_000_000)
        if step != self._step:
            self._step = step
            self._show_quotes()
        self._pass_time()

    def _show_quotes(self) -> None:
        """Before time passes: on a fast clock the closing auction and the end of the day may come in one moment."""
        for desk in self.desks.values():
            self.tell(desk.step(self.market_ns()))

    def _pass_time(self) -> None:
        now_ns = self.now_ns()
        day, ends = self.street.trading_day(now_ns), self.knobs["after_close"] == "cancel"
        for desk in self.desks.values():
            self.tell(desk.pass_time(now_ns, day, ends=ends))

    def market_ns(self) -> int:
        """Now; on a day without trading the end of the newest trading day, when the exchange is shut."""
        now_ns = self.now_ns()
        day = self.street.trading_day(now_ns)
        return now_ns if day_of(now_ns) == day else at(day, "23:59:59")

    def account_status(self) -> int:
        forced: int | None = self.knobs["account_status"]
        return self.login if forced is None else forced

    # -- orders --------------------------------------------------------------------------------------------------

    def note_call(self, op: str, req: Any, outcome: str) -> None:
        said = {name: req[field] for field, name in _SAID.items() if field in req}
        self._memory.note_call({"op": op, **said, "at_ns": self.now_ns(), "outcome": outcome})

    def order(self, req: Any, session: int, seq: int, answer: Answer) -> None:
        """`orderStock`: the answer says whether the terminal took it, the rest comes as pushes."""
        if self.knobs.count_down("lose_orders"):
            self.note_call("orderStock", req, "lost")
            return
        row = _row(req, session, seq, self.now_ns())
        refusal = self._refusal(row)
        if refusal:
            self.note_call("orderStock", req, f"refused: {refusal}")
            self._refuse(row, refusal, answer)
            return
        row.order_id = self._next_id()
        self.note_call("orderStock", req, f"taken as {row.order_id}")
        self._take(row, answer)

    def hand_order(self, account: str, code: str, side: str, qty: int, price: float) -> int:
        """Entered at the terminal by a person: no session, no remark."""
        order_type = BUY if side == "buy" else SELL
        row = Row(self._next_id(), account, code, order_type, qty, 11, price, self.now_ns())
        self._take(row, lambda value: None)
        return row.order_id

    def force_fill(self, order_id: int, qty: int) -> bool:
        for desk in self.desks.values():
            row = desk.rows.get(order_id)
            if row and row.venue_id and not row.is_final:
                self.tell(desk.force_fill(row, qty or row.volume, self.market_ns()))
                return True
        return False

    def _next_id(self) -> int:
        taken = [order_id for desk in self.desks.values() for order_id in desk.rows]
        number: int = max(taken, default=self.knobs["order_id_start"] - 1) + 1
        return number

    def _take(self, row: Row, answer: Answer) -> None:
        """On the list, answered, told, and off to the counter."""
        desk = self.desks[row.account]
        told = [desk.enter(row), desk.change(row, status=WAITING)]
        # First, so that it is due before whatever the knobs put off, however slow the machine is.
        self._send_to_counter(desk, row)
        how, reply = self.knobs["response"], shown.order_response(row, "", self.knobs)
        if how == "first":
            answer(reply)
        elif how == "late":
            self.hub.after(self.knobs["response_late_s"], lambda: answer(reply))
        if not self.knobs["jump"]:
            self.tell(told)

    def _refusal(self, row: Row) -> str:
        """Why the terminal itself does not take an order; what the counter says comes later, as status 57."""
        if self.knobs["order_outcome"] != "ok":
            return str(self.knobs["order_error_msg"])
        if row.account not in self.desks:
            return f"资金账号不存在：{row.account}"
        if self.account_status():
            return "资金账号未登录"
        if row.order_type not in (BUY, SELL):
            return f"不支持的委托类型：{row.order_type}"
        try:
            rules_of(from_qmt(row.code), day_of(self.now_ns()))
        except UnknownSymbol:
            return f"证券代码不存在：{row.code}"
        return f"委托数量错误：{row.volume}" if row.volume <= 0 else self._terms(row).refusal

    def _refuse(self, row: Row, refusal: str, answer: Answer) -> None:
        """Response and error in the order the knob says; the wrapper turns them round again (xtquant.md 4.3)."""
        told = [Happening("order_error", row, error_id=self.knobs["order_error_id"], msg=refusal)]
        how = self.knobs["order_outcome"]
        if how in ("ok", "error_first", "error_only"):
            self.tell(told)
        if how != "error_only":
            answer(shown.order_response(row, refusal, self.knobs))
        if how == "response_first":
            self.tell(told)

    # -- at the counter ------------------------------------------------------------------------------------------

    def _send_to_counter(self, desk: Desk, row: Row) -> None:
        self.hub.after(self.knobs["counter_s"], lambda: self._report(desk, row))

    def _report(self, desk: Desk, row: Row) -> None:
        """50, then what the market does with it; or 57."""
        if row.is_final or row.venue_id or desk.rows.get(row.order_id) is not row:
            return
        if self.knobs["counter_silent"]:
            self.hub.after(_POLL_S, lambda: self._report(desk, row))
            return
        found = self._terms(row)
        if self.knobs["reject"] or found.refusal:
            self._tell_junk(desk, row, self.knobs["reject"] or found.refusal)
            return
        told = desk.report(row, found.order_type, found.price_e4, self.market_ns())
        if row.status == JUNK:
            self._tell_junk(desk, row, row.msg)
        else:
            self._tell_progress(told)

    def _terms(self, row: Row) -> Terms:
        return terms(row, self.street.quote(from_qmt(row.code), self.market_ns()), self.knobs["environment"])

    def _tell_progress(self, told: list[Happening]) -> None:
        if self.knobs["jump"]:
            told = [h for h in told if h.kind != "order" or h.row.status in FINAL]
        odd = self.knobs["odd_status"]
        if odd is not None and told:
            strange = Happening("order", Row(**{**vars(told[0].row), "status": odd}))
            told = [told[0], strange, *told[1:]]
        self.tell(told)

    def _tell_junk(self, desk: Desk, row: Row, why: str) -> None:
        said = desk.change(row, status=JUNK, msg=_NUMERIC if self.knobs["numeric_reasons"] else why)
        self.tell([said])
        if self.knobs["junk_error"]:
            self.tell([Happening("order_error", said.row, error_id=_JUNK_ERROR_ID, msg=said.row.msg)])


def _row(req: Any, session: int, seq: int, now_ns: int) -> Row:
    return Row(
        order_id=-1,
        account=req["m_strAccountID"],
        code=req["m_strStockCode"],
        order_type=req["m_nOrderType"],
        volume=req["m_nOrderVolume"],
        price_type=req["m_nPriceType"],
        price=float(req["m_dPrice"]),
        at_ns=now_ns,
        strategy=req.get("m_strStrategyName", ""),
        remark=req.get("m_strOrderRemark", ""),
        session=session,
        seq=seq,
    )

"""The terminal's business of a day: takes orders and cancels for its accounts, walks them through their states, keeps all on file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from common import messages as m
from common.beijing import at, day_of
from common.clock import wall_ns
from common.instruments import UnknownSymbol, from_qmt, rules_of
from sim.exchange import Event
from tests.qmt import shown
from tests.qmt.desk import (
    BUY,
    FINAL,
    JUNK,
    PARTLY,
    PARTLY_CANCEL,
    REPORTED,
    REPORTED_CANCEL,
    SELL,
    WAITING,
    Desk,
    Happening,
    Row,
    number_of,
)
from tests.qmt.hub import Hub
from tests.qmt.knobs import Knobs
from tests.qmt.memory import Memory
from tests.qmt.pricing import terms
from tests.qmt.street import Street

Answer = Callable[[Any], None]
_POLL_S = 0.02
_STEP_NS = 3_000_000_000
_NUMERIC = "-150906130|1|-150906130"


class Floor:
    """`tell` takes what subscribers are to hear; the booth sets it."""

    def __init__(self, hub: Hub, street: Street, desks: dict[str, Desk], knobs: Knobs, memory: Memory) -> None:
        self.street, self.desks = street, desks
        self._hub, self._knobs, self._memory = hub, knobs, memory
        self._turn = 0
        self.tell: Callable[[list[Happening]], None] = lambda told: None
        self.now_ns = wall_ns

    # -- the day -------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Take up what is on file, then let time pass."""
        now_ns = self.now_ns()
        for desk in self.desks.values():
            if not desk.exchange.trading_day:
                desk.open_first_day(self.street.trading_day(now_ns), now_ns)
        self._pass_time()
        for desk in self.desks.values():
            for row in list(desk.rows.values()):
                self._resume(desk, row)
        self._poll()

    def _resume(self, desk: Desk, row: Row) -> None:
        """What a killed terminal had begun and not brought to an end."""
        if row.status in (REPORTED_CANCEL, PARTLY_CANCEL):
            self._hub.after(self._knobs["cancel_s"], lambda: self._withdraw(desk, row, lambda value: None))
        elif not row.is_final and not row.venue_id:
            self._hub.after(self._knobs["counter_s"], lambda: self._report(desk, row))

    def _poll(self) -> None:
        self._hub.after(_POLL_S, self._poll)
        self._pass_time()
        turn = self.now_ns() // _STEP_NS
        if turn != self._turn:
            self._turn = turn
            for desk in self.desks.values():
                self.tell(desk.step(self.now_ns()))

    def _pass_time(self) -> None:
        now_ns = self.now_ns()
        day = self.street.trading_day(now_ns)
        for desk in self.desks.values():
            self.tell(desk.pass_time(now_ns, day, ends=self._knobs["after_close"] == "cancel"))

    # -- orders --------------------------------------------------------------------------------------------------

    def note_call(self, op: str, req: Any, outcome: str) -> None:
        names = {"m_strAccountID": "account", "m_strStockCode": "code", "m_nOrderType": "order_type"}
        names |= {"m_nOrderVolume": "volume", "m_nPriceType": "price_type", "m_dPrice": "price"}
        names |= {"m_strStrategyName": "strategy", "m_strOrderRemark": "remark", "m_nOrderID": "order_id"}
        names |= {"m_strOrderSysID": "sysid"}
        said = {name: req[field] for field, name in names.items() if field in req}
        self._memory.note_call({"op": op, **said, "at_ns": self.now_ns(), "outcome": outcome})

    def order(self, req: Any, session: int, seq: int, answer: Answer) -> None:
        """`orderStock`: the answer says whether the terminal took it, the rest comes as pushes."""
        if self._knobs.count_down("lose_orders"):
            self.note_call("orderStock", req, "lost")
            return
        row = self._row(req, session, seq)
        refusal = self._refusal(row)
        if refusal:
            self.note_call("orderStock", req, f"refused: {refusal}")
            self._refuse(row, refusal, answer)
            return
        row.order_id = self._next_id()
        self.note_call("orderStock", req, f"taken as {row.order_id}")
        self.take(row, answer)

    def take(self, row: Row, answer: Answer) -> None:
        """A row with its number: on the list, answered, and off to the counter."""
        desk = self.desks[row.account]
        entered = desk.enter(row)
        self._answer_order(row, answer)
        if not self._knobs["jump"]:
            self.tell([entered])
            self.tell([desk.change(row, status=WAITING)])
        self._hub.after(self._knobs["counter_s"], lambda: self._report(desk, row))

    def hand_order(self, account: str, code: str, side: str, qty: int, price: float) -> int:
        """Entered at the terminal by a person: no session, no remark."""
        order_type = BUY if side == "buy" else SELL
        row = Row(self._next_id(), account, code, order_type, qty, 11, price, self.now_ns())
        self.take(row, lambda value: None)
        return row.order_id

    def _row(self, req: Any, session: int, seq: int) -> Row:
        return Row(
            order_id=-1,
            account=req["m_strAccountID"],
            code=req["m_strStockCode"],
            order_type=req["m_nOrderType"],
            volume=req["m_nOrderVolume"],
            price_type=req["m_nPriceType"],
            price=float(req["m_dPrice"]),
            at_ns=self.now_ns(),
            strategy=req.get("m_strStrategyName", ""),
            remark=req.get("m_strOrderRemark", ""),
            session=session,
            seq=seq,
        )

    def _refusal(self, row: Row) -> str:
        """Why the terminal itself does not take an order; what the counter says comes later, as status 57."""
        if self._knobs["order_outcome"] != "ok":
            return str(self._knobs["order_error_msg"])
        if row.account not in self.desks:
            return f"资金账号不存在：{row.account}"
        if row.order_type not in (BUY, SELL):
            return f"不支持的委托类型：{row.order_type}"
        try:
            rules_of(from_qmt(row.code), day_of(self.now_ns()))
        except UnknownSymbol:
            return f"证券代码不存在：{row.code}"
        if row.volume <= 0:
            return f"委托数量错误：{row.volume}"
        return terms(row, self.street.quote(from_qmt(row.code), self._market_ns()), self._knobs["environment"]).refusal

    def _refuse(self, row: Row, refusal: str, answer: Answer) -> None:
        told = [Happening("order_error", row, error_id=self._knobs["order_error_id"], msg=refusal)]
        how = self._knobs["order_outcome"]
        if how in ("ok", "error_first", "error_only"):
            self.tell(told)
        if how != "error_only":
            answer(_order_response(row, refusal, shown.remark(row, self._knobs)))
        if how == "response_first":
            self.tell(told)

    def _answer_order(self, row: Row, answer: Answer) -> None:
        match self._knobs["response"]:
            case "first":
                answer(_order_response(row, "", shown.remark(row, self._knobs)))
            case "late":
                self._hub.after(
                    self._knobs["response_late_s"],
                    lambda: answer(_order_response(row, "", shown.remark(row, self._knobs))),
                )

    def _report(self, desk: Desk, row: Row) -> None:
        """At the counter: 50, then what the market does with it; or 57."""
        if row.is_final or row.venue_id or desk.rows.get(row.order_id) is not row:
            return
        if self._knobs["counter_silent"]:
            self._hub.after(_POLL_S, lambda: self._report(desk, row))
            return
        if self._knobs["reject"]:
            self._junk(desk, row, str(self._knobs["reject"]))
            return
        found = terms(row, self.street.quote(from_qmt(row.code), self._market_ns()), self._knobs["environment"])
        told = desk.report(row, found.order_type, found.price_e4, self._market_ns())
        if row.status == JUNK:
            self._junk(desk, row, row.msg)
        else:
            self._tell_progress(row, told)

    def _tell_progress(self, row: Row, told: list[Happening]) -> None:
        if self._knobs["jump"]:
            told = [h for h in told if h.kind != "order" or h.row.status in FINAL]
        odd = self._knobs["odd_status"]
        if odd is not None and told and told[0].row is not row:
            strange = Happening("order", Row(**{**vars(told[0].row), "status": odd}))
            told = [told[0], strange, *told[1:]]
        self.tell(told)

    def _junk(self, desk: Desk, row: Row, msg: str) -> None:
        if self._knobs["numeric_reasons"]:
            msg = _NUMERIC
        said = desk.change(row, status=JUNK, msg=msg)
        self.tell([said])
        if self._knobs["junk_error"]:
            self.tell([Happening("order_error", said.row, error_id=260200, msg=msg)])

    # -- cancels -------------------------------------------------------------------------------------------------

    def cancel(self, req: Any, answer: Answer) -> None:
        desk = self.desks.get(req["m_strAccountID"])
        row = None
        if desk:
            row = desk.rows.get(req.get("m_nOrderID", 0)) or desk.by_sysid(req.get("m_strOrderSysID", ""))
        if desk is None or row is None or row.is_final or self._knobs["cancel"] == "fail":
            self.note_call("cancelOrderStock", req, "refused")
            self._refuse_cancel(req, row, answer)
            return
        self.note_call("cancelOrderStock", req, "taken")
        answer(_cancel_response(row.account, row.order_id, row.sysid, 0, ""))
        self._begin_cancel(desk, row)

    def hand_cancel(self, order_id: int) -> bool:
        """Cancelled at the terminal by a person."""
        for desk in self.desks.values():
            row = desk.rows.get(order_id)
            if row and not row.is_final:
                self._begin_cancel(desk, row)
                return True
        return False

    def _begin_cancel(self, desk: Desk, row: Row) -> None:
        if self._knobs["cancel"] == "ignored":
            return
        self.tell([desk.change(row, status=PARTLY_CANCEL if row.traded else REPORTED_CANCEL)])
        self._hub.after(self._knobs["cancel_s"], lambda: self._withdraw(desk, row, lambda value: None))

    def _withdraw(self, desk: Desk, row: Row, _: Answer) -> None:
        if row.is_final or desk.rows.get(row.order_id) is not row:
            return
        how = self._knobs["cancel"]
        if how == "fill_first":
            self.tell(desk.force_fill(row, row.volume, self._market_ns()))
            self._cancel_failed(desk, row, "委托已成交")
        elif how == "refused_later":
            self._cancel_failed(desk, row, "撤单被拒绝")
        elif not row.venue_id:
            self.tell([desk.change(row, status=54)])
        else:
            said = desk.withdraw(row, self._market_ns())
            if isinstance(said, str):
                self._cancel_failed(desk, row, said)
            else:
                self.tell(said)

    def _cancel_failed(self, desk: Desk, row: Row, why: str) -> None:
        if not row.is_final:
            self.tell([desk.change(row, status=PARTLY if row.traded else REPORTED)])
        self.tell([Happening("cancel_error", desk.snapshot(row).row, error_id=-1, msg=why)])

    def _refuse_cancel(self, req: Any, row: Row | None, answer: Answer) -> None:
        order_id = row.order_id if row else req.get("m_nOrderID", 0)
        sysid = row.sysid if row else req.get("m_strOrderSysID", "")
        answer(_cancel_response(req["m_strAccountID"], order_id, sysid, -1, "撤单失败"))
        if row:
            self.tell([Happening("cancel_error", row, error_id=-1, msg="委托已是终态，不可撤单")])

    # -- by hand ---------------------------------------------------------------------------------------------------

    def force_fill(self, order_id: int, qty: int) -> bool:
        for desk in self.desks.values():
            row = desk.rows.get(order_id)
            if row and row.venue_id and not row.is_final:
                self.tell(desk.force_fill(row, qty or row.volume, self._market_ns()))
                return True
        return False

    def _next_id(self) -> int:
        taken = [order_id for desk in self.desks.values() for order_id in desk.rows]
        return max(taken, default=self._knobs["order_id_start"] - 1) + 1

    def _market_ns(self) -> int:
        """Now; on a day without trading the midnight after the newest trading day, where the exchange is shut."""
        now_ns = self.now_ns()
        day = self.street.trading_day(now_ns)
        return now_ns if day_of(now_ns) == day else at(day, "23:59:59")


def number_today(street: Street, now_ns: int) -> int:
    return number_of(street.trading_day(now_ns))


def _order_response(row: Row, refusal: str, remark: str) -> dict[str, Any]:
    return {
        "t": "XtOrderResponse",
        "account_id": row.account,
        "order_id": row.order_id,
        "strategy_name": row.strategy,
        "order_remark": remark,
        "error_msg": refusal,
        "seq": row.seq,
    }


def _cancel_response(account: str, order_id: int, sysid: str, result: int, msg: str) -> dict[str, Any]:
    return {
        "t": "XtCancelOrderResponse",
        "account_id": account,
        "cancel_result": result,
        "order_id": order_id,
        "order_sysid": sysid,
        "error_msg": msg,
    }


EventOf = Callable[[bytes], Event]
OrderType = m.OrderType

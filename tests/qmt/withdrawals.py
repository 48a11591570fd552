"""How the terminal cancels: taken at once, done by the counter later, and sometimes not at all."""

from __future__ import annotations

from typing import Any

from tests.qmt import shown
from tests.qmt.desk import Desk
from tests.qmt.floor import Answer, Floor
from tests.qmt.rows import CANCELLED, PARTLY, PARTLY_CANCEL, REPORTED, REPORTED_CANCEL, WAITING, Happening, Row


class Withdrawals:
    def __init__(self, floor: Floor) -> None:
        self._floor, self._knobs = floor, floor.knobs

    def open(self) -> None:
        """Go on with what a killed terminal had begun to cancel."""
        for desk in self._floor.desks.values():
            for row in desk.rows.values():
                if row.status in (REPORTED_CANCEL, PARTLY_CANCEL):
                    self._finish_later(desk, row)

    def cancel(self, req: Any, answer: Answer) -> None:
        """`cancelOrderStock`, by order id or by the counter's number; 0 only says that the request was taken."""
        if self._knobs.count_down("lose_cancels"):
            self._floor.note_call("cancelOrderStock", req, "lost")
            return
        desk = self._floor.desks.get(req["m_strAccountID"])
        row = desk and (desk.rows.get(req.get("m_nOrderID", 0)) or desk.by_sysid(req.get("m_strOrderSysID", "")))
        if desk is None or row is None or row.is_final or self._knobs["cancel"] == "fail":
            self._floor.note_call("cancelOrderStock", req, "refused")
            self._refuse(req, row, answer)
            return
        self._floor.note_call("cancelOrderStock", req, "taken")
        answer(shown.cancel_response(row.account, row.order_id, row.sysid, 0, ""))
        self._begin(desk, row)

    def hand_cancel(self, order_id: int) -> bool:
        """Cancelled at the terminal by a person."""
        for desk in self._floor.desks.values():
            row = desk.rows.get(order_id)
            if row and not row.is_final:
                self._begin(desk, row)
                return True
        return False

    def _begin(self, desk: Desk, row: Row) -> None:
        if self._knobs["cancel"] == "ignored":
            return
        self._floor.tell([desk.change(row, status=PARTLY_CANCEL if row.traded else REPORTED_CANCEL)])
        self._finish_later(desk, row)

    def _finish_later(self, desk: Desk, row: Row) -> None:
        self._floor.hub.after(self._knobs["cancel_s"], lambda: self._finish(desk, row))

    def _finish(self, desk: Desk, row: Row) -> None:
        if row.is_final or desk.rows.get(row.order_id) is not row:
            return
        now_ns, how = self._floor.market_ns(), self._knobs["cancel"]
        if how == "fill_first" and row.venue_id:
            self._floor.tell(desk.force_fill(row, row.volume, now_ns))
            self._fail(desk, row, "委托已成交")
        elif how == "refused_later":
            self._fail(desk, row, "撤单被拒绝")
        elif not row.venue_id:
            self._floor.tell([desk.change(row, status=CANCELLED)])
        else:
            said = desk.withdraw(row, now_ns)
            if isinstance(said, str):
                self._fail(desk, row, said)
            else:
                self._floor.tell(said)

    def _fail(self, desk: Desk, row: Row, why: str) -> None:
        """The order is what it was, and an error says so."""
        if not row.is_final:
            before = PARTLY if row.traded else REPORTED if row.sysid else WAITING
            self._floor.tell([desk.change(row, status=before)])
        self._floor.tell([Happening("cancel_error", desk.snapshot(row).row, error_id=-1, msg=why)])

    def _refuse(self, req: Any, row: Row | None, answer: Answer) -> None:
        order_id = row.order_id if row else req.get("m_nOrderID", 0)
        sysid = row.sysid if row else req.get("m_strOrderSysID", "")
        answer(shown.cancel_response(req["m_strAccountID"], order_id, sysid, -1, "撤单失败"))
        if row:
            self._floor.tell([Happening("cancel_error", row, error_id=-1, msg="当前状态不可撤单")])

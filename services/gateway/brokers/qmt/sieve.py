"""Which of the terminal's rows belong into today's book; what is left out is named once in the log."""

from __future__ import annotations

from datetime import date

from services.gateway.brokers.qmt.acts import Note, Now, Out
from services.gateway.brokers.qmt.codes import SIDES
from services.gateway.brokers.qmt.hours import Hours
from services.gateway.brokers.qmt.rows import OrderRow, TradeRow
from services.gateway.brokers.qmt.states import States
from services.gateway.brokers.qmt.translate import is_known


class Sieve:
    """Of one account."""

    def __init__(self, alias: str, hours: Hours, outs: list[Out]) -> None:
        self._alias, self._hours, self._outs = alias, hours, outs
        self._noted: set[str] = set()

    def passes(self, row: OrderRow | TradeRow, day: date, states: States, now: Now) -> bool:
        """Not an earlier day's, nor what no book can hold, nor what contradicts what its number is known for."""
        time = row.order_time if isinstance(row, OrderRow) else row.traded_time
        if self._hours.time_ns(time, now.wall_ns) < self._hours.begins_ns(day):
            return False
        if not states.fits(row):
            return self._leave_out(f"委托编号 {row.order_id} 下有两笔不同的委托，后一笔（{row.stock_code}）不计入")
        if isinstance(row, TradeRow) and not row.traded_id:
            return self._leave_out(f"成交 {row.stock_code} {row.traded_volume} 股没有成交编号，不计入")
        if row.order_id <= 0 or row.order_type not in SIDES:
            return self._leave_out(f"{row.stock_code} 的委托（类型 {row.order_type}）不是普通买卖，不计入")
        return self.knows(row.stock_code)

    def knows(self, code: str) -> bool:
        return is_known(code) or self._leave_out(f"不认识的证券代码 {code}，不计入")

    def _leave_out(self, text: str) -> bool:
        if text not in self._noted:
            self._noted.add(text)
            self._outs.append(Note(f"账户 {self._alias}：{text}"))
        return False

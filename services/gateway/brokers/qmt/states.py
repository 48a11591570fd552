"""What the terminal has said of each order today, folded: nothing filled is ever taken back, and an end is an end.

Queries may be newer than pushes that still wait in the SDK (xtquant 4.2), so rows come in any order.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Final

from common.orders import FINAL, Status
from common.reasons import Reason, text_of
from services.gateway.brokers.qmt.acts import Now
from services.gateway.brokers.qmt.codes import ORDER_STATES, Meaning
from services.gateway.brokers.qmt.rows import OrderRow, TradeRow

_DAY_ENDED: Final = text_of(Reason.DAY_ENDED)


@dataclasses.dataclass(slots=True)
class Known:
    """One order; ``row`` is the newest that was believed."""

    row: OrderRow
    order_id: int  # the number it is told under; the terminal's own may change with the terminal
    status: Status = Status.SUBMITTED
    cum_qty: int = 0
    reason: str = ""
    text: str = ""
    is_cancelling: bool = False
    is_doubtful: bool = False  # the last status says nothing
    seen_ns: int = 0

    @property
    def is_final(self) -> bool:
        return self.status in FINAL


class States:
    """Of one account on one trading day, by the numbers they are told under."""

    def __init__(self) -> None:
        self.known: dict[int, Known] = {}
        self.filled: Counter[int] = Counter()  # shares, summed over the trades that came
        self._by_contract: dict[tuple[str, str], int] = {}

    def doubts(self) -> bool:
        """Whether the terminal has more to say of an order: its state says nothing, or fills trail its end."""
        return any(
            self.filled[number] < known.cum_qty if known.is_final else known.is_doubtful
            for number, known in self.known.items()
        )

    def number_of(self, row: OrderRow | TradeRow) -> int:
        """The number a row's order is told under: the first it had today, by the counter's contract number."""
        if row.order_id in self.known or not row.order_sysid:
            return row.order_id
        first = self._by_contract.get(_contract(row), row.order_id)
        known = self.known.get(first)
        return first if known is not None and _is_same(known.row, row) else row.order_id

    def fits(self, row: OrderRow | TradeRow) -> bool:
        """Whether a row can be of the order that is known under its number."""
        known = self.known.get(self.number_of(row))
        return known is None or _is_same(known.row, row)

    def fold(self, row: OrderRow, now: Now, *, by_market: bool) -> Known | None:
        """The order with this row taken in; None where the row is older than what is known.

        ``by_market``: nobody asked for its end, and it is of a kind whose rest the exchange cancels by itself.
        """
        number = self.number_of(row)
        known = self.known.get(number)
        if known is None:
            known = self.known[number] = Known(row, number)
        elif row.traded_volume < known.cum_qty:
            return None
        if row.order_sysid:
            self._by_contract.setdefault(_contract(row), number)
        meaning = _meaning(row)
        if known.is_final and (meaning is None or meaning.status not in FINAL):
            return None
        if known.status is not Status.SUBMITTED and meaning is not None and meaning.status is Status.SUBMITTED:
            return None
        known.cum_qty, known.seen_ns = row.traded_volume, now.mono_ns
        known.is_doubtful = meaning is None
        if meaning is not None and not known.is_final:
            known.row, known.is_cancelling = (
                row,
                meaning.cancelling or (known.is_cancelling and meaning.status in FINAL),
            )
            known.status = meaning.status
            self._end(known, row, by_exchange=by_market and not known.is_cancelling)
        return known

    def lapse(self, known: Known) -> None:
        """The day is over and the terminal still lists the order as open: by the exchanges' rules it trades no more."""
        known.status, known.reason, known.text, known.is_doubtful = Status.EXPIRED, Reason.DAY_ENDED, _DAY_ENDED, False

    def _end(self, known: Known, row: OrderRow, *, by_exchange: bool) -> None:
        if known.status is Status.REJECTED and known.cum_qty:
            known.status = Status.CANCELLED
            known.reason, known.text = Reason.BROKER_REJECTED, f"部分成交后转为废单：{row.status_msg or '没有说明'}"
        elif known.status is Status.REJECTED:
            known.reason, known.text = Reason.BROKER_REJECTED, row.status_msg
        elif known.status is Status.CANCELLED:
            known.reason = Reason.NO_LIQUIDITY if by_exchange else Reason.CANCELLED_BY_USER
            known.text = row.status_msg


def _meaning(row: OrderRow) -> Meaning | None:
    """None where the status says nothing: an unknown number, or "filled" with shares missing (xtquant 8)."""
    meaning = ORDER_STATES.get(row.order_status)
    if meaning is not None and meaning.status is Status.FILLED and row.traded_volume != row.order_volume:
        return None
    return meaning


def _contract(row: OrderRow | TradeRow) -> tuple[str, str]:
    return row.stock_code.partition(".")[2], row.order_sysid


def _is_same(known: OrderRow, row: OrderRow | TradeRow) -> bool:
    """Whether two rows can be of one order."""
    sysids = {known.order_sysid, row.order_sysid} - {""}
    same = (known.stock_code, known.order_type) == (row.stock_code, row.order_type)
    return same and len(sysids) < 2 and (isinstance(row, TradeRow) or known.order_volume == row.order_volume)

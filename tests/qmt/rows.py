"""What the terminal keeps: the states of an order, an order, news about one, and what an account begins with."""

from __future__ import annotations

from dataclasses import dataclass, field

from common import messages as m

BUY, SELL = 23, 24
UNREPORTED, WAITING, REPORTED, REPORTED_CANCEL, PARTLY_CANCEL = 48, 49, 50, 51, 52
PART_CANCEL, CANCELLED, PARTLY, FILLED, JUNK = 53, 54, 55, 56, 57
FINAL = frozenset({PART_CANCEL, CANCELLED, FILLED, JUNK})


@dataclass
class Row:
    """An order as the terminal keeps it. Prices are floats in yuan, as the wire has them."""

    order_id: int
    account: str
    code: str
    order_type: int
    volume: int
    price_type: int
    price: float
    at_ns: int
    strategy: str = ""
    remark: str = ""
    session: int = 0
    seq: int = 0
    sysid: str = ""
    status: int = UNREPORTED
    msg: str = ""
    traded: int = 0
    paid_e4: int = 0
    venue_id: str = ""

    @property
    def is_final(self) -> bool:
        return self.status in FINAL

    @property
    def side(self) -> m.Side:
        return m.Side.BUY if self.order_type == BUY else m.Side.SELL


@dataclass
class Happening:
    """Something a client may hear of: the row as it is at this moment, a trade of it, or an error about it."""

    kind: str  # order, trade, order_error, cancel_error
    row: Row
    fill: m.BrokerFill | None = None
    error_id: int = 0
    msg: str = ""


@dataclass
class Account:
    """What the terminal starts with. `holdings` maps codes of QMT to (shares, cost a share in yuan)."""

    account_id: str
    cash: float = 1_000_000.0
    kind: int = 2
    holdings: dict[str, tuple[int, float]] = field(default_factory=dict)

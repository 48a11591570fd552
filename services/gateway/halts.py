"""What a halt of the desk stops at the gateway: orders approved before it that waited on their way to the broker."""

from __future__ import annotations

import dataclasses

from common import messages as m

ALWAYS_NS = 2**63 - 1


@dataclasses.dataclass(frozen=True, slots=True)
class Halted:
    """``since_ns`` is market time, ``ALWAYS_NS`` where a snapshot did not say since when."""

    since_ns: int
    buys_only: bool

    def stops(self, order: m.Order, approved_ns: int) -> bool:
        """Approved before the halt; after a resume that is not heard of here yet orders are of later approval."""
        return approved_ns <= self.since_ns and not (self.buys_only and order.side is m.Side.SELL)

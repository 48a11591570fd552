"""How much at a time: a bucket that fills at a steady rate and may be overdrawn by what is already on its way."""

from __future__ import annotations

import dataclasses

SECOND_NS = 1_000_000_000


@dataclasses.dataclass(slots=True)
class Bucket:
    """``per_second`` flow in, at most ``burst`` stay. Monotonic time."""

    per_second: int
    burst: int
    spent: float = 0.0  # of the burst, and not flown in again yet
    at_ns: int = 0

    def take(self, amount: int, mono_ns: int) -> int:
        """Take `amount`; the nanoseconds after which the bucket is no longer overdrawn, 0 where it is not."""
        left = self.spent - (mono_ns - self.at_ns) * self.per_second / SECOND_NS
        self.spent = (left if left > 0 else 0.0) + amount
        self.at_ns = mono_ns
        over = self.spent - self.burst
        return int(over * SECOND_NS / self.per_second) if over > 0 else 0

    @property
    def overdrawn(self) -> float:
        return max(self.spent - self.burst, 0.0)

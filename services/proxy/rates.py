"""How much at a time: a bucket that fills at a steady rate and may be overdrawn by what is already on its way."""

from __future__ import annotations

import dataclasses

SECOND_NS = 1_000_000_000


@dataclasses.dataclass(slots=True)
class Bucket:
    """``per_second`` flow in, at most ``burst`` stay. Monotonic time."""

    per_second: int
    burst: int
    level: float = -1.0
    at_ns: int = 0

    def take(self, amount: int, mono_ns: int) -> int:
        """Take `amount`; the nanoseconds after which the bucket is no longer overdrawn, 0 where it is not."""
        if self.level == -1.0 and self.at_ns == 0:
            self.level = float(self.burst)
        else:
            flown_in = max(mono_ns - self.at_ns, 0) * self.per_second / SECOND_NS
            self.level = min(self.level + flown_in, float(self.burst))
        self.at_ns = max(mono_ns, 1)
        self.level -= amount
        return 0 if self.level >= 0 else int(-self.level * SECOND_NS / self.per_second)

    @property
    def overdrawn(self) -> float:
        return max(-self.level, 0.0)

"""When the process was down today, and what that makes of a call: late, or missed."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

from services.strategy.schedule import Call


class Down(NamedTuple):
    """In market time: ``from_ns`` is the last the process is known to have seen, ``until_ns`` when it was back.
    ``told``: what was missed by it has been said."""

    from_ns: int
    until_ns: int
    told: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Downtime:
    """Judges calls that have not begun. ``runs_missed`` is ``MISSED_JOB_POLICY`` = run, within ``grace_ns``.

    A call that fell due while the process was up waited for the broker or for an earlier call: it is late and runs,
    unless the process then kept it waiting for longer than the grace.
    """

    downs: tuple[Down, ...] = ()
    runs_missed: bool = False
    grace_ns: int = 0

    @property
    def back_ns(self) -> int:
        return self.downs[-1].until_ns if self.downs else 0

    @property
    def untold(self) -> tuple[Down, ...]:
        return tuple(down for down in self.downs if not down.told)

    def may_run_again(self, at_ns: int) -> bool:
        """Whether a call that counts as missed runs all the same."""
        return self.runs_missed and self.back_ns - at_ns <= self.grace_ns

    def is_missed(self, call: Call) -> bool:
        if any(down.from_ns < call.at_ns < down.until_ns for down in self.downs):
            return not self.may_run_again(call.at_ns)
        return self._kept_waiting_ns(call.at_ns) > self.grace_ns

    def is_untold(self, call: Call) -> bool:
        """Whether it is missed, and was not yet when that was said last."""
        before = dataclasses.replace(self, downs=tuple(down for down in self.downs if down.told))
        return self.is_missed(call) and not before.is_missed(call)

    def told(self) -> Downtime:
        return dataclasses.replace(self, downs=tuple(down._replace(told=True) for down in self.downs))

    def _kept_waiting_ns(self, at_ns: int) -> int:
        return sum(down.until_ns - down.from_ns for down in self.downs if down.from_ns >= at_ns)

    def after(self, down: Down, day_start_ns: int) -> Downtime:
        """With one more time down; those of days before the one that begins then are forgotten."""
        kept = tuple(one for one in self.downs if one.until_ns > day_start_ns)
        return dataclasses.replace(self, downs=(*kept, down))

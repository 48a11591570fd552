"""The vendor calls under way: each has a deadline, since none of the SDK's has one (xtquant 4.2)."""

from __future__ import annotations

import dataclasses

from services.gateway.brokers.qmt.acts import Act, Call, Now, Out, Question


@dataclasses.dataclass(frozen=True, slots=True)
class Overdue:
    """``answered`` tells which of the two it did not do: return, or bring the rows."""

    act: Act
    returned: bool
    limit_ns: int


class Calls:
    """Calls are made one after the other by one thread, so only the first of those not returned can be hanging."""

    def __init__(self, outs: list[Out]) -> None:
        self.generation = 0
        self._outs = outs
        self._number = 0
        self._running: dict[int, tuple[Act, int]] = {}  # not returned, oldest first: what, and its limit
        self._began_ns = 0  # when the first of them can have begun
        self._dropped: dict[int, Act] = {}
        self._asked: dict[int, tuple[Question, int, int]] = {}  # not answered: what, its limit, and when it is over

    def hand(self, act: Act, limit_ns: int, now: Now) -> int:
        self._number += 1
        if not self._running:
            self._began_ns = now.mono_ns
        self._running[self._number] = act, limit_ns
        if isinstance(act, Question):
            self._asked[self._number] = act, limit_ns, now.mono_ns + limit_ns
        self._outs.append(Call(self._number, self.generation, act))
        return self._number

    def returned(self, number: int, now: Now) -> Act | None:
        """What came back; None where it belongs to an instance that was abandoned."""
        act, _ = self._running.pop(number, (None, 0))
        self._began_ns = now.mono_ns
        return act

    def answered(self, number: int) -> Question | None:
        question, _, _ = self._asked.pop(number, (None, 0, 0))
        return question

    def awaits(self, kind: type[Question]) -> bool:
        return any(isinstance(question, kind) for question, _, _ in self._asked.values())

    def overdue(self, now: Now) -> Overdue | None:
        for act, limit_ns in self._running.values():
            if now.mono_ns >= self._began_ns + limit_ns:
                return Overdue(act, False, limit_ns)
            break
        late = (entry for entry in self._asked.values() if now.mono_ns >= entry[2])
        return next((Overdue(question, True, limit_ns) for question, limit_ns, _ in late), None)

    def drop(self) -> None:
        """The instance is abandoned: what it has not returned may yet be heard of as not made, and nothing else."""
        self._dropped = {number: act for number, (act, _) in self._running.items()}
        self._running.clear()
        self._asked.clear()

    def not_made(self, number: int) -> Act:
        return self._dropped.pop(number)

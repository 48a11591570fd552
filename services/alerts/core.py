"""Decides what is posted and when: merged, at most as often as the robot allows, again after a failure, never twice."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from common import messages as m
from common.channels import CHANNELS
from common.reasons import Reason, text_of
from common.session_out import MILLISECOND_NS
from services.alerts.letters import compose
from services.alerts.words import Line, line_of

SECOND_NS = 1_000 * MILLISECOND_NS
INTERVAL_NS = 3_100 * MILLISECOND_NS  # the robot takes 20 messages a minute
BACK_OFF_NS, BACK_OFF_MAX_NS = 5 * SECOND_NS, 300 * SECOND_NS
CATCH_UP_MAX_NS = 10 * SECOND_NS
LINES_MAX, OF_A_KIND_MAX = 500, 3
MAY_REPEAT = "（可能与上一条重复）"

_FOLLOWED = frozenset(
    {m.AccountSnapshot, m.RiskReport, *CHANNELS["account"].types, *CHANNELS["decisions"].types},
)


@dataclasses.dataclass
class Memory:
    """What outlives the process. ``in_flight`` is a text whose posting has not been answered yet.

    ``more`` counts lines of a kind beyond those that wait, ``lost`` those that found no room.
    """

    streams: dict[tuple[str, str], tuple[int, int]] = dataclasses.field(default_factory=dict)
    waiting: list[Line] = dataclasses.field(default_factory=list)
    more: dict[tuple[str, str, str], int] = dataclasses.field(default_factory=dict)
    lost: int = 0
    in_flight: str = ""


class AlertsCore:
    """A follower without a journal: its memory is a file, which the shell writes before and after each posting.

    The session sets ``position`` to that of the event in hand. Times of posting are monotonic.
    """

    journals_all = False
    wake_ns = 0
    busy = False

    def __init__(self, memory: Memory, title: str, is_quiet: Callable[[int], bool] = lambda _: False) -> None:
        """``is_quiet`` tells the times at which a link that comes and goes is nobody's business."""
        self.memory, self.title, self._is_quiet = memory, title, is_quiet
        self.position = ("", "", 0, 0)
        self.changed = self.moved = False
        self.catching_up = bool(memory.streams)  # what came while the process was down is told in one message
        self._failures = 0
        self._next_ns = 0
        self._repeated = memory.in_flight  # posted or not by the life before: nobody knows
        self._unsent = len(memory.waiting) + sum(memory.more.values())
        self._tells_downtime = False

    # -- what happens --------------------------------------------------------------------------------------------

    def decide(self, message: m.Message, now_ns: int) -> list[m.Message]:
        return []

    def apply(self, message: m.Message) -> None:
        if type(message) not in _FOLLOWED:
            return
        channel, account, epoch, seq = self.position
        self.memory.streams[channel, account], self.moved = (epoch, seq), True
        line = line_of(message)
        if line is not None and not (isinstance(message, m.BrokerLinkChanged) and self._is_quiet(message.at_ns)):
            self.add(line)

    def follow(self, positions: dict[tuple[str, str], tuple[int, int]]) -> None:
        """It stands there now, also in a stream that has told nothing yet: the next life goes on from there."""
        self.memory.streams.update(positions)
        self.changed = True

    def add(self, line: Line) -> None:
        """Queue a line; of one kind some wait and the others are counted, so a flood keeps out nobody else."""
        memory, self.changed = self.memory, True
        if sum(waiting.kind == line.kind for waiting in memory.waiting) >= OF_A_KIND_MAX:
            memory.more[line.kind] = memory.more.get(line.kind, 0) + 1
        elif len(memory.waiting) >= LINES_MAX:
            memory.lost += 1
        else:
            memory.waiting.append(line)

    # -- what is posted ------------------------------------------------------------------------------------------

    @property
    def has_more(self) -> bool:
        return bool(self.memory.waiting or self.memory.lost or self.memory.in_flight)

    def due_ns(self, mono_ns: int) -> int | None:
        """How long until the next posting; None where there is nothing to post."""
        return max(self._next_ns - mono_ns, 0) if self.has_more and not self.catching_up else None

    def take(self) -> str:
        """The text to post now; it stays in flight until it is known what became of it."""
        memory = self.memory
        if memory.in_flight:
            if self._repeated:
                memory.in_flight = MAY_REPEAT + self._repeated.removeprefix(MAY_REPEAT)
                self._repeated = ""
            return memory.in_flight
        whole = self._tells_downtime
        memory.in_flight, told = compose(self._head(), memory.waiting, memory.more, memory.lost, whole=whole)
        self._tells_downtime = False
        rest = memory.waiting[told:]
        kinds = {line.kind for line in rest}
        memory.more = {kind: count for kind, count in memory.more.items() if kind in kinds}
        memory.waiting, memory.lost, self.changed = rest, 0, True
        return memory.in_flight

    def posted(self, mono_ns: int) -> None:
        self.memory.in_flight, self._failures = "", 0
        self._next_ns, self.changed = mono_ns + INTERVAL_NS, True

    def failed(self, mono_ns: int) -> None:
        """Try the same again, later each time."""
        self._next_ns = mono_ns + min(BACK_OFF_NS << min(self._failures, 10), BACK_OFF_MAX_NS)
        self._failures += 1

    def caught_up(self) -> None:
        """What waits now is what happened while the process was down, and what the life before did not get rid of."""
        self.catching_up, self._tells_downtime = False, bool(self.memory.waiting)

    def _head(self) -> str:
        count = len(self.memory.waiting) + sum(self.memory.more.values())
        if not self._tells_downtime:
            return f"{self.title} {count} 条告警"
        before = f"，此前未发送 {self._unsent} 条" if self._unsent else ""
        return f"{self.title} 告警程序停机期间发生 {count - self._unsent} 条{before}"

    # -- what nobody asks ----------------------------------------------------------------------------------------

    def answer(self, query: m.Message, now_ns: int) -> m.Message:
        return m.Refusal(Reason.NOT_SUPPORTED, text_of(Reason.NOT_SUPPORTED))

    def snapshot(self, account: str, now_ns: int) -> m.Message:
        return m.Refusal(Reason.NOT_SUPPORTED, text_of(Reason.NOT_SUPPORTED))

    def carry(self, now_ns: int) -> list[m.Message]:
        """Its memory is a file, and no day of a journal is begun anew."""
        return []

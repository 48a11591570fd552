"""Answers to queries: those sent at once, and those that take work, where all who ask the same wait for one job."""

from __future__ import annotations

import dataclasses
from typing import Final

from common import messages as m
from common import wire
from common.reasons import Reason
from common.session_out import MILLISECOND_NS, Out

LATER: Final = m.Refusal("LATER", "")
"""What a core answers where the answer takes work: nothing is sent now, and its process works at it."""

CROSSING_NS = 1_000 * MILLISECOND_NS
"""A query that comes again so soon after its answer has crossed it on the way."""

_Asker = tuple[str, int]


@dataclasses.dataclass(frozen=True, slots=True)
class Job:
    """``key`` is the query as it was packed: who asks the same while it is in work gets the same answer."""

    key: bytes
    query: m.Message


class Later:
    def __init__(self, name: str, out: Out) -> None:
        self._name, self._out = name, out
        self._askers: dict[bytes, dict[_Asker, None]] = {}
        self._new: list[Job] = []
        self._waiting: set[_Asker] = set()
        self._answered: dict[_Asker, int] = {}  # monotonic

    def reply(self, asker: str, number: int, reply: m.Message) -> None:
        """Answer one query now."""
        self._send(asker, number, wire.raw(reply))

    def ask(self, asker: str, number: int, job: Job) -> None:
        """Remember who asked; the work begins only where nobody has asked the same yet."""
        if job.key not in self._askers:
            self._askers[job.key] = {}
            self._new.append(job)
        self._askers[job.key][asker, number] = None
        self._waiting.add((asker, number))

    def knows(self, asker: str, number: int, mono_ns: int) -> bool:
        """Whether this asking is in work, or has been answered just now."""
        if self._answered:
            self._answered = {one: at for one, at in self._answered.items() if mono_ns - at <= CROSSING_NS}
        return (asker, number) in self._waiting or (asker, number) in self._answered

    def jobs(self) -> list[Job]:
        """What is to be worked at and has not been told yet."""
        new, self._new = self._new, []
        return new

    def done(self, job: Job, reply: m.Message, mono_ns: int) -> None:
        """Answer everybody who waits for this."""
        packed = wire.raw(reply)
        for asker in self._askers.pop(job.key, {}):
            self._waiting.discard(asker)
            self._answered[asker] = mono_ns
            self._send(*asker, packed)

    def _send(self, asker: str, number: int, packed: wire.Raw) -> None:
        answer = wire.encode(wire.Answer(self._name, number, packed))
        if len(answer) > wire.FRAME_BYTES_MAX:
            text = f"应答有 {len(answer)} 字节，超过上限 {wire.FRAME_BYTES_MAX}，请分批查询"
            answer = wire.encode(wire.Answer(self._name, number, wire.raw(m.Refusal(Reason.NOT_SUPPORTED, text))))
        self._out.frames.append((f"@{asker}", answer))

"""Queries that were asked and not answered yet: sent again until they are, or until nobody answers any more."""

from __future__ import annotations

import dataclasses

from common import messages as m
from common import wire
from common.channels import role_of
from common.errors import WireError
from common.reasons import Reason
from common.session_out import MILLISECOND_NS, RESEND_NS, Out

QUERY_LIMIT_NS = 20_000 * MILLISECOND_NS


@dataclasses.dataclass(slots=True)
class _Asked:
    role: str
    frame: bytes
    asked_ns: int
    sent_ns: int


class Queries:
    """True while one waits for its answer."""

    def __init__(self, name: str, out: Out) -> None:
        self._name, self._out = name, out
        self._asked: dict[int, _Asked] = {}
        self._last_id = 0

    def __bool__(self) -> bool:
        return bool(self._asked)

    def ask(self, role: str, query: m.Message, life: int) -> None:
        # An answer to a query of this process's former life must not pass for one of this life's.
        self._last_id = max(self._last_id, life) + 1
        frame = wire.encode(wire.Query(f"ask_{role}", self._name, self._last_id, wire.raw(query)))
        self._asked[self._last_id] = _Asked(role, frame, 0, 0)
        self._out.frames.append((role, frame))

    def answered(self, frame: wire.Answer) -> m.Message | None:
        """The answer; None where nobody waits for it. WireError where another process gave it, or it cannot be read."""
        asked = self._asked.get(frame.id)
        if asked is None:
            return None
        if role_of(frame.sender) != asked.role:
            raise WireError(f"{frame.sender} answered a query to {asked.role}")
        message = wire.decode_answer(frame.body)
        del self._asked[frame.id]
        return message

    def resend(self, mono_ns: int, *, for_ever: bool) -> list[m.Message]:
        """Ask again what is due; returns a refusal for each query that is given up."""
        given_up: list[m.Message] = []
        for key, asked in list(self._asked.items()):
            asked.asked_ns = asked.asked_ns or mono_ns
            asked.sent_ns = asked.sent_ns or mono_ns
            if mono_ns - asked.asked_ns >= QUERY_LIMIT_NS and not for_ever:
                del self._asked[key]
                given_up.append(m.Refusal(Reason.NOT_READY, f"{asked.role} 在 20 秒内没有应答"))
            elif mono_ns - asked.sent_ns >= RESEND_NS:
                self._out.frames.append((asked.role, asked.frame))
                asked.sent_ns = mono_ns
        return given_up

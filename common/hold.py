"""What a process says while its record cannot be written: commands are refused, its status is told, all else waits."""

from __future__ import annotations

from common import messages as m
from common import wire
from common.errors import WireError
from common.reasons import TEXTS, Reason
from common.session import Session


class Hold:
    """``why`` is empty while the record can be written. Nothing here changes state: a command stays with its sender,
    unacknowledged, and is stepped when it comes again after the hold, or found expired."""

    def __init__(self, session: Session) -> None:
        self.session, self.why = session, ""
        self._refused: set[tuple[str, str, int, int]] = set()

    def begin(self, why: str) -> bool:
        """Whether this is new."""
        began, self.why = not self.why, why
        return began

    def end(self) -> None:
        self.why = ""
        self._refused.clear()

    def answers(self, got: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
        """What may be said without a record: each command is refused once, however often it is sent."""
        answered = [(peer, self._answer(peer, data)) for peer, data in got]
        return [(f"@{peer}", frame) for peer, frame in answered if frame]

    def _answer(self, peer: str, data: bytes) -> bytes:
        try:
            frame = wire.decode_frame(data)
            if isinstance(frame, wire.Command) and frame.sender == peer:
                return self._refusal(frame)
            if isinstance(frame, wire.Quoted):
                self._hear_time(frame)
            if isinstance(frame, wire.Query) and isinstance(wire.decode_body(frame.channel, frame.body), m.GetStatus):
                return self._status(frame.id)
        except WireError:
            # It is counted and told when it comes again and can be.
            return b""
        return b""

    def _hear_time(self, frame: wire.Quoted) -> None:
        """What was stepped before the hold is acted on after it: its expiry must know what time it is by then."""
        message = wire.decode_body(frame.channel, frame.body)
        self.session.market.advance(
            message.at_ns if isinstance(message, m.QuoteBatch) else getattr(message, "now_ns", 0)
        )

    def _refusal(self, frame: wire.Command) -> bytes:
        key = (frame.sender, frame.channel, frame.run, frame.seq)
        if key in self._refused:
            return b""
        self._refused.add(key)
        text = f"{TEXTS[Reason.JOURNAL_UNWRITABLE]}{_what(frame)}（{self.why}）；恢复写入时仍在有效时间内的再处理"
        refused = wire.Refused(frame.channel, self.session.name, frame.seq, Reason.JOURNAL_UNWRITABLE, text)
        return wire.encode(refused)

    def _status(self, query_id: int) -> bytes:
        status = self.session.status(self.session.market.now_ns)
        status.notes["trouble"] = f"{Reason.JOURNAL_UNWRITABLE} {self.why}"
        return wire.encode(wire.Answer(self.session.name, query_id, wire.raw(status)))


def _what(frame: wire.Command) -> str:
    """The order a command is about, as its sender knows it."""
    message = wire.decode_body(frame.channel, frame.body)
    order: m.Order | None = getattr(message, "order", None)
    key: str = order.client_order_id if order is not None else getattr(message, "client_order_id", "")
    return f" {key}" if key else ""

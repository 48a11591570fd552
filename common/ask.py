"""An operator's line to the running stack: queries, desk commands, and an ear for what is published."""

from __future__ import annotations

from collections.abc import Iterator

from common import messages as m
from common import wire
from common.bus import Addresses, Bus
from common.channels import CHANNEL_OF
from common.clock import monotonic_ns, wall_ns
from common.errors import WireError
from common.link import RemoteAddresses
from common.session_out import MILLISECOND_NS, RESEND_NS

_SECOND_NS = 1000 * MILLISECOND_NS


class Operator:
    """Used as a context; `name` is ``operator.<something of its own>``. Nothing here raises where a process is down."""

    def __init__(self, where: int | RemoteAddresses, name: str, *, listen: bool = False) -> None:
        """``where`` is the stack's port base on this machine, or the proxy of another one."""
        self.name, self.run, self._id, self._seq = name, wall_ns(), 0, 0
        self.refused: wire.Refused | None = None  # why the last command is not taken now
        self.bus = Bus(name, Addresses(where) if isinstance(where, int) else where, listen=listen)
        self._heard: list[m.Message] = []

    def __enter__(self) -> Operator:
        return self

    def __exit__(self, *_: object) -> None:
        self.bus.close()

    def ask(self, role: str, query: m.Message, timeout_s: float = 2.0) -> m.Message | None:
        """The answer of a process, or None where it gave none in time."""
        self._id += 1
        frame = wire.encode(wire.Query(f"ask_{role}", self.name, self._id, wire.raw(query)))
        for got in self._exchange(role, frame, timeout_s):
            if isinstance(got, wire.Answer) and got.id == self._id:
                return wire.decode_answer(got.body)
        return None

    def command(self, command: m.Message, timeout_s: float = 5.0) -> bool:
        """Whether the command was taken and is on record; what came of it is an event."""
        channel = CHANNEL_OF[type(command)]
        self._seq, self.refused = self._seq + 1, None
        head = (channel.name, self.name, self.run, self._seq, self._seq, wall_ns(), "operator", "", 0)
        frame = wire.encode(wire.Command(*head, wire.raw(command)))
        for got in self._exchange(channel.binder, frame, timeout_s):
            if isinstance(got, wire.Ack) and got.run == self.run and got.seq >= self._seq:
                return True
            if isinstance(got, wire.Refused) and (got.channel, got.seq) == (channel.name, self._seq):
                self.refused = got
        return False

    def send(self, role: str, pace: m.Message) -> None:
        """Tell the clock something, without an answer."""
        self.bus.send([(role, wire.encode(wire.Pace(self.name, wire.raw(pace))))])

    def follow(self, timeout_ms: int = 200) -> list[m.Message]:
        """Events, quotes and the clock that were published since the last call, waiting up to `timeout_ms` for some."""
        heard, self._heard = self._heard, []
        if not heard:
            for _, data in self.bus.receive(timeout_ms):
                self._note(data)
            heard, self._heard = self._heard, []
        return heard

    def _exchange(self, role: str, frame: bytes, timeout_s: float) -> Iterator[wire.AnyFrame]:
        """Send until the caller stops taking answers or the time is over."""
        end_ns, next_ns = monotonic_ns() + int(timeout_s * _SECOND_NS), 0
        while (now_ns := monotonic_ns()) < end_ns:
            if now_ns >= next_ns:
                self.bus.send([(role, frame)])
                next_ns = now_ns + RESEND_NS
            wait_ms = max(min(end_ns, next_ns) - now_ns, MILLISECOND_NS) // MILLISECOND_NS
            for _, data in self.bus.receive(wait_ms):
                got = self._note(data)
                if got is not None:
                    yield got

    def _note(self, data: bytes) -> wire.AnyFrame | None:
        try:
            frame = wire.decode_frame(data)
            if isinstance(frame, wire.Event | wire.Quoted):
                self._heard.append(wire.decode_body(frame.channel, frame.body))
                return None
        except WireError:
            # A frame that is not ours to read answers nothing.
            return None
        return frame

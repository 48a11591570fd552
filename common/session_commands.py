"""Commands: in order, stepped once, acknowledged, sent again until they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from common import messages as m
from common import wire
from common.channels import CHANNELS, Channel, role_of
from common.errors import WireError
from common.session_out import RESEND_NS, Out
from common.streams import RESEND_MAX, Sent, Taken

HELD_MAX = 10_000
HELD_MAX_OF_ONE = 1_000
"""Of one sender: what one sends out of order, or ahead of all events, must leave room for the others."""


class CommandsOut:
    """``after`` names the last event of an account this process has seen, for commands that stand on it."""

    def __init__(self, name: str, run: int, out: Out) -> None:
        self.name, self.run, self.out = name, run, out
        self.sent: dict[str, Sent] = {}

    def open_run(self, life: int) -> None:
        """`life` is when this process started: later than the first life of this journal where there was one."""
        if life != self.run:
            self.run = max(self.run + 1, life)

    def send(self, channel: Channel, message: m.Message, after: tuple[str, int], cause: str, now_ns: int) -> bytes:
        sent = self.sent.setdefault(channel.name, Sent())
        if sent.run != self.run:
            sent.run, sent.seq = self.run, 0
        sent.seq += 1
        oldest = min(sent.oldest(self.run), sent.seq)
        body = wire.raw(message)
        frame = wire.Command(channel.name, self.name, self.run, sent.seq, oldest, now_ns, cause, *after, body)
        data = wire.encode(frame)
        sent.unacked.append((self.run, sent.seq, data))
        if sent.awaited_run == self.run:
            self.out.frames.append((channel.binder, data))
        return data

    def acknowledged(self, frame: wire.Ack, mono_ns: int) -> None:
        sent = self.sent.get(frame.channel)
        if sent is None or frame.run != sent.awaited_run:
            return
        if role_of(frame.sender) != CHANNELS[frame.channel].binder:
            raise WireError(f"{frame.sender} takes no commands on {frame.channel!r}")
        if not sent.confirmed:
            sent.sent_ns = mono_ns - RESEND_NS
        if frame.run == sent.run and frame.seq > sent.seq:
            # This side lost its record of the newest ones (a power loss); this life's own are in another run.
            text = f"{frame.channel} 只记得发出 {sent.seq} 条，而 {frame.sender} 已收到 {frame.seq} 条"
            self.out.notes.append(("COMMANDS_LOST", text))
            sent.seq = frame.seq
        sent.confirmed = True
        sent.acknowledge(frame.run, frame.seq)
        if sent.unacked and sent.awaited_run != frame.run:
            # What waited behind that run leaves at once: after some restarts there may be many, each with a few left.
            self._send_waiting(frame.channel, sent, mono_ns)

    def resend(self, mono_ns: int) -> None:
        """After a restart only the oldest goes out, until the receiver says how far it has come."""
        for channel, sent in self.sent.items():
            if sent.unacked and mono_ns - sent.sent_ns >= RESEND_NS:
                self._send_waiting(channel, sent, mono_ns)

    def _send_waiting(self, channel: str, sent: Sent, mono_ns: int) -> None:
        count = RESEND_MAX if sent.confirmed else 1
        # A receiver that lost its record starts from the oldest that is still to be had.
        oldest = sent.oldest(sent.awaited_run)
        waiting = [wire.with_oldest(data, oldest) for data in sent.sendable[:count]]
        self.out.frames.extend((CHANNELS[channel].binder, data) for data in waiting)
        sent.sent_ns = mono_ns

    def recover(self, frame: wire.Command, data: bytes) -> None:
        sent = self.sent.setdefault(frame.channel, Sent())
        self.run = max(self.run, frame.run)
        sent.run, sent.seq = frame.run, frame.seq
        sent.acknowledge(frame.run, frame.oldest - 1)
        sent.unacked.append((frame.run, frame.seq, data))
        sent.confirmed = False


class CommandsIn:
    """Steps each sender's commands in its order; one that stands on an event not seen yet is held until it is."""

    def __init__(self, name: str, channels: list[Channel], out: Out) -> None:
        self.name, self.out = name, out
        self.channels = {c.name: c for c in channels}
        self.taken: dict[tuple[str, str], Taken] = {}
        self.held: list[tuple[wire.Command, bytes]] = []
        self._ack_due: set[tuple[str, str]] = set()
        self._read: tuple[wire.Command, m.Message] | None = None

    def admit(self, frame: wire.Command, data: bytes) -> bool:
        """Whether the frame can be stepped now; a repeat is acknowledged again, one from the future is held."""
        channel = self.channels.get(frame.channel)
        if channel is None or role_of(frame.sender) not in channel.peers:
            raise WireError(f"{self.name} takes no commands of {frame.sender} on {frame.channel!r}")
        if not 1 <= frame.oldest <= frame.seq:
            raise WireError(f"command {frame.seq} of {frame.sender} names {frame.oldest} as its oldest")
        key = (frame.sender, frame.channel)
        taken = self.taken.get(key) or self.taken.setdefault(key, Taken())
        if not taken.follow(frame.run, frame.oldest):
            # Another run began only after all of this one was taken; its sender may have lost its record of that.
            self.out.confirms = True
            self.out.frames.append((f"@{frame.sender}", self._ack(frame.channel, frame.run, frame.seq)))
            return False
        if frame.seq <= taken.seq:
            self._ack_due.add(key)
            return False
        if frame.seq == taken.seq + 1:
            self._pass_if_bad(frame)
            if not self.held:
                return True
        if self._has_room(frame):
            self.message(frame)
            self.held.append((frame, data))
        return False

    def _has_room(self, frame: wire.Command) -> bool:
        """Whether one more may be held; a repeat of one that is held already need not be."""
        if len(self.held) >= HELD_MAX or any(_id(held) == _id(frame) for held, _ in self.held):
            return False
        return sum(held.sender == frame.sender for held, _ in self.held) < HELD_MAX_OF_ONE

    def _pass_if_bad(self, frame: wire.Command) -> None:
        """A command that cannot be read is refused once and never blocks those behind it."""
        try:
            self.message(frame)
        except WireError:
            self.taken[frame.sender, frame.channel].seq = frame.seq
            self._ack_due.add((frame.sender, frame.channel))
            raise

    def hold(self, frame: wire.Command, data: bytes) -> None:
        self.held.append((frame, data))

    def take(self, frame: wire.Command) -> m.Message:
        """The message, marked as taken; WireError where its type may not travel on that channel."""
        key = (frame.sender, frame.channel)
        self.taken[key].seq = frame.seq
        self._ack_due.add(key)
        return self.message(frame)

    def message(self, frame: wire.Command) -> m.Message:
        """What the command says; it is looked at several times before it is taken, and decoded once."""
        if self._read is None or self._read[0] is not frame:
            self._read = frame, wire.decode_body(frame.channel, frame.body)
        return self._read[1]

    def release(self, ready: Callable[[wire.Command], bool]) -> Iterator[tuple[wire.Command, bytes]]:
        """Held commands that are next in their sender's order and `ready`; the caller takes each before the next."""
        at = 0
        while at < len(self.held):
            frame, data = self.held[at]
            taken = self.taken[frame.sender, frame.channel]
            if frame.run != taken.run or frame.seq <= taken.seq:
                del self.held[at]
            elif frame.seq == taken.seq + 1 and ready(frame):
                del self.held[at]
                yield frame, data
                at = 0
            else:
                at += 1

    def acknowledge(self) -> None:
        if self._ack_due:
            self.out.confirms = True
        for sender, channel in sorted(self._ack_due):
            taken = self.taken[sender, channel]
            self.out.frames.append((f"@{sender}", self._ack(channel, taken.run, taken.seq)))
        self._ack_due.clear()

    def _ack(self, channel: str, run: int, seq: int) -> bytes:
        return wire.encode(wire.Ack(channel, self.name, run, seq))

    def recover(self, frame: wire.Command) -> None:
        taken = self.taken.setdefault((frame.sender, frame.channel), Taken())
        taken.begin(frame.run, frame.seq)


def _id(frame: wire.Command) -> tuple[str, str, int, int]:
    """What makes two frames the same command; a resend may name another `oldest`."""
    return frame.sender, frame.channel, frame.run, frame.seq

"""Events: numbered and kept by their publisher; followed without gaps by their listeners."""

from __future__ import annotations

from collections.abc import Callable

from common import messages as m
from common import wire
from common.channels import CHANNELS, Channel, role_of
from common.errors import WireError
from common.session_out import FETCH_NS, Out
from common.streams import Followed, Published

CATCH_UP_FRAMES = 500
Key = tuple[str, str]  # (channel, account)


class EventsOut:
    """The streams a process publishes; a listener that missed something fetches it here."""

    def __init__(self, own: list[Channel], accounts: tuple[str, ...], out: Out) -> None:
        self.out = out
        self.streams: dict[Key, Published] = {(c.name, a): Published() for c in own for a in accounts}
        self.unfollowed: dict[Key, Published] = {}  # of accounts this stack does not trade: nobody waits for them

    def open_epoch(self, life: int) -> None:
        for stream in (*self.streams.values(), *self.unfollowed.values()):
            stream.open_epoch(life)

    def publish(self, channel: str, message: m.Message, cause: str, now_ns: int) -> bytes:
        account = account_of(message)
        stream = self._stream(channel, account)
        body = wire.raw(message)
        data = wire.encode(wire.Event(channel, account, stream.epoch, stream.seq + 1, now_ns, cause, body))
        stream.keep(stream.seq + 1, stream.epoch, data)
        self.out.frames.append((f"*{channel}/{account}", data))
        return data

    def fetch(self, frame: wire.Fetch, snapshot: Callable[[str], m.Message], now_ns: int) -> None:
        """Send what a listener lacks, or the snapshot where it starts from nothing or lacks too much."""
        stream = self.streams.get((frame.channel, frame.account))
        if stream is None or role_of(frame.sender) not in CHANNELS[frame.channel].peers:
            raise WireError(f"{frame.sender} may not fetch {frame.channel}/{frame.account} here")
        to = f"@{frame.sender}"
        frames = stream.since(frame.from_seq, CATCH_UP_FRAMES) if frame.from_seq > 0 else None
        if frames is None:
            body = wire.raw(snapshot(frame.account))
            state = wire.State(frame.channel, frame.account, stream.epoch, stream.seq, now_ns, body)
            self.out.frames.append((to, wire.encode(state)))
        else:
            self.out.frames.extend((to, data) for data in frames)
            self.out.frames.append((to, _beat(frame.channel, frame.account, stream)))

    def beat(self) -> None:
        for (channel, account), stream in self.streams.items():
            self.out.frames.append((f"*{channel}/{account}", _beat(channel, account, stream)))

    def recover(self, frame: wire.Event, data: bytes) -> None:
        self._stream(frame.channel, frame.account).keep(frame.seq, frame.epoch, data)

    def _stream(self, channel: str, account: str) -> Published:
        key = (channel, account)
        return self.streams.get(key) or self.unfollowed.setdefault(key, Published())


class EventsIn:
    """The streams a process follows. Each method returns the message to step, or None."""

    def __init__(self, name: str, channels: list[Channel], accounts: tuple[str, ...], out: Out) -> None:
        self.name, self.out = name, out
        self.streams: dict[Key, Followed] = {(c.name, a): Followed() for c in channels for a in accounts}

    def event(self, frame: wire.Event, mono_ns: int) -> m.Message | None:
        key = (frame.channel, frame.account)
        stream = self.streams.get(key)
        if stream is None:
            return None
        stream.heard, stream.known_seq = True, max(stream.known_seq, frame.seq)
        if frame.epoch > stream.epoch and 0 <= frame.seq <= stream.seq:
            self._start_over(key, stream, mono_ns)
        elif stream.seq < 0 or frame.seq > stream.seq + 1:
            self._ask_missing(key, stream, mono_ns)
        elif frame.seq == stream.seq:
            stream.shown = True
        elif frame.seq == stream.seq + 1 and not stream.follows(frame.epoch):
            self._ask_missing(key, stream, mono_ns)
        elif frame.seq == stream.seq + 1:
            message = wire.decode_body(frame.channel, frame.body)
            stream.seq, stream.epoch = frame.seq, frame.epoch
            return message
        return None

    def beat(self, frame: wire.Beat, mono_ns: int) -> None:
        key = (frame.channel, frame.account)
        stream = self.streams.get(key)
        if stream is None:
            return
        stream.heard, stream.known_seq = True, max(stream.known_seq, frame.seq)
        if stream.shown:
            stream.agreed, stream.shown = frame.epoch, False
        if frame.epoch > max(stream.epoch, stream.agreed) and stream.seq > frame.previous_end:
            self._start_over(key, stream, mono_ns)
        elif stream.seq < frame.seq or not stream.follows(frame.epoch):
            if stream.seq > stream.asked_seq:
                # The last catch-up has brought something and is over: the next one need not wait.
                stream.asked_ns = 0
            self._ask_missing(key, stream, mono_ns)

    def state(self, frame: wire.State) -> m.Message | None:
        key = (frame.channel, frame.account)
        stream = self.streams.get(key)
        if stream is None:
            return None
        ahead = frame.epoch > max(stream.epoch, stream.agreed) and frame.seq < stream.seq
        if not ahead and stream.seq >= frame.seq:
            return None
        message = wire.decode_answer(frame.body)
        if ahead:
            self._note_ahead(key, stream)
        stream.start_over()
        stream.seq, stream.epoch = frame.seq, frame.epoch
        stream.heard, stream.known_seq = True, frame.seq
        return message

    def ask_all_missing(self, mono_ns: int) -> None:
        for key, stream in self.streams.items():
            if stream.seq < stream.known_seq or stream.seq < 0 or not stream.heard:
                self._ask_missing(key, stream, mono_ns)

    def named(self, stream_name: str) -> Followed | None:
        """The stream of a name as commands give it; None where this process does not follow it."""
        channel, _, account = stream_name.partition("/")
        return self.streams.get((channel, account))

    def recover(self, frame: wire.Event | wire.State) -> None:
        stream = self.streams.setdefault((frame.channel, frame.account), Followed())
        stream.seq, stream.epoch = frame.seq, frame.epoch

    @property
    def lag(self) -> int:
        """Events known to be published and not stepped yet; at most what fits on the wire, whatever a beat claims."""
        return min(sum(max(s.known_seq - max(s.seq, 0), 0) for s in self.streams.values()), 2**63 - 1)

    def _start_over(self, key: Key, stream: Followed, mono_ns: int) -> None:
        """The publisher lost what this process has already seen (a power loss): start over from its snapshot."""
        self._note_ahead(key, stream)
        stream.start_over()
        self._ask_missing(key, stream, mono_ns)

    def _note_ahead(self, key: Key, stream: Followed) -> None:
        text = f"{key[0]}/{key[1]} 已见到第 {stream.seq} 条，而发布方只记得更早的，重新取快照"
        self.out.notes.append(("STREAM_AHEAD", text))

    def _ask_missing(self, key: Key, stream: Followed, mono_ns: int) -> None:
        if stream.asked_ns and mono_ns - stream.asked_ns < FETCH_NS:
            return
        stream.asked_ns, stream.asked_seq = mono_ns, stream.seq
        # The last one seen is asked for too: the publisher shows that it has the same.
        fetch = wire.Fetch(key[0], key[1], self.name, stream.seq if stream.seq > 0 else stream.seq + 1)
        self.out.frames.append((CHANNELS[key[0]].binder, wire.encode(fetch)))


def account_of(message: m.Message) -> str:
    """Every event names its account, by itself or by its order."""
    order: m.Order | None = getattr(message, "order", None)
    account: str = order.account if order is not None else getattr(message, "account", "")
    return account


def _beat(channel: str, account: str, stream: Published) -> bytes:
    return wire.encode(wire.Beat(channel, account, stream.epoch, stream.seq, stream.previous_end))

"""The bookkeeping of delivery: numbered streams out, followed streams in, commands sent and taken."""

from __future__ import annotations

import collections
import dataclasses

EVENTS_KEPT_MAX = 400_000
RESEND_MAX = 64


@dataclasses.dataclass(slots=True)
class Published:
    """A stream of events this process publishes. Every start opens an epoch; numbers go on over epochs."""

    epoch: int = 0
    seq: int = 0
    previous_end: int = 0
    base: int = 1  # number of the oldest frame kept
    frames: collections.deque[bytes] = dataclasses.field(default_factory=collections.deque)

    def keep(self, seq: int, epoch: int, frame: bytes) -> None:
        if not self.frames:
            self.base = seq
        self.seq, self.epoch = seq, epoch
        self.frames.append(frame)
        if len(self.frames) > EVENTS_KEPT_MAX:
            self.frames.popleft()
            self.base += 1

    def open_epoch(self, run: int = 0) -> None:
        """Epochs of a life whose journal was lost or left behind are below this one's run, so its numbers are void."""
        self.epoch, self.previous_end = max(self.epoch + 1, run), self.seq

    def since(self, from_seq: int, count_max: int) -> list[bytes] | None:
        """Frames from a number on; None where they are no longer (or not yet) to be had."""
        if from_seq < self.base or from_seq > self.seq + 1:
            return None
        start = from_seq - self.base
        return [self.frames[i] for i in range(start, min(start + count_max, len(self.frames)))]


@dataclasses.dataclass(slots=True)
class Followed:
    """A stream of events this process listens to. ``seq`` is -1 until the first snapshot or event is in."""

    epoch: int = 0
    seq: int = -1
    known_seq: int = 0  # the highest number heard of
    asked_ns: int = 0  # monotonic; when something missing was last asked for


@dataclasses.dataclass(slots=True)
class Sent:
    """Commands to one channel: those not acknowledged yet, oldest first, are sent again."""

    seq: int = 0
    unacked: collections.deque[tuple[int, bytes]] = dataclasses.field(default_factory=collections.deque)
    sent_ns: int = 0  # monotonic, of the last sending
    confirmed: bool = False  # the receiver has answered this run; before that only the oldest one is sent again

    @property
    def oldest(self) -> int:
        return self.unacked[0][0] if self.unacked else self.seq + 1

    def acknowledge(self, seq: int) -> None:
        self.confirmed = True
        while self.unacked and self.unacked[0][0] <= seq:
            self.unacked.popleft()


@dataclasses.dataclass(slots=True)
class Taken:
    """Commands from one sender on one channel. A new run of the sender counts from its oldest unacknowledged one."""

    run: int = -1
    seq: int = 0
    acked: int = 0

    def follow(self, run: int, oldest: int) -> None:
        if run != self.run:
            self.run, self.seq, self.acked = run, oldest - 1, 0
        elif oldest - 1 > self.seq:
            # This side lost its record of commands the sender knows to be taken.
            self.seq = oldest - 1

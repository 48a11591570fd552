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

    def open_epoch(self, life: int) -> None:
        """`life` is when this process started: an epoch is new even where the record of the last ones is lost."""
        self.epoch, self.previous_end = max(self.epoch + 1, life), self.seq

    def since(self, from_seq: int, count_max: int) -> list[bytes] | None:
        """Frames from a number on; None where they are no longer (or not yet) to be had."""
        if from_seq < self.base or from_seq > self.seq + 1:
            return None
        start = from_seq - self.base
        return [self.frames[i] for i in range(start, min(start + count_max, len(self.frames)))]


@dataclasses.dataclass(slots=True)
class Followed:
    """A stream of events this process listens to. ``seq`` is -1 until the first snapshot or event is in.

    A publisher that lost its newest events gives their numbers to others. So an event of a newer epoch is taken only
    when its publisher has shown the last event seen here as its own: ``shown`` within a catch-up, ``agreed`` after it.
    """

    epoch: int = 0
    seq: int = -1
    shown: bool = False
    agreed: int = 0  # the newest epoch whose publisher has the last event seen here on its record
    known_seq: int = 0  # the highest number heard of
    heard: bool = False  # the publisher has said in this life how far it is
    asked_ns: int = 0  # monotonic; when something missing was last asked for
    asked_seq: int = -2  # where this side stood then

    @property
    def is_abreast(self) -> bool:
        """Whether this process has heard of the stream since it started, and lacks nothing that it has heard of."""
        return self.heard and self.seq >= self.known_seq

    def follows(self, epoch: int) -> bool:
        """Whether the next event may be of this epoch."""
        return self.seq <= 0 or self.shown or epoch <= max(self.epoch, self.agreed)

    def start_over(self) -> None:
        self.epoch = self.agreed = self.known_seq = self.asked_ns = 0
        self.seq, self.shown = -1, False


@dataclasses.dataclass(slots=True)
class Sent:
    """Commands to one channel: those not acknowledged yet, oldest first, are sent again.

    Each life of a process counts its commands in a run of its own: after a power loss the numbers of those it no longer
    knows are taken. What an earlier life left unacknowledged keeps its run and number, and goes first.
    """

    run: int = 0  # of the newest command, as `seq`
    seq: int = 0
    unacked: collections.deque[tuple[int, int, bytes]] = dataclasses.field(default_factory=collections.deque)
    sent_ns: int = 0  # monotonic, of the last sending
    confirmed: bool = False  # the receiver has answered this life; before that only the oldest one is sent again

    @property
    def awaited_run(self) -> int:
        """The run whose acknowledgements are awaited."""
        return self.unacked[0][0] if self.unacked else self.run

    @property
    def sendable(self) -> list[bytes]:
        """What may be on its way now: a run begins only when all before it is taken."""
        return [data for run, _, data in self.unacked if run == self.unacked[0][0]]

    def oldest(self, run: int) -> int:
        if self.unacked and self.unacked[0][0] == run:
            return self.unacked[0][1]
        return next((seq for one, seq, _ in self.unacked if one == run), self.seq + 1)

    def acknowledge(self, run: int, seq: int) -> None:
        while self.unacked and self.unacked[0][0] == run and self.unacked[0][1] <= seq:
            self.unacked.popleft()


@dataclasses.dataclass(slots=True)
class Taken:
    """Commands from one sender on one channel. A new run of the sender counts from its oldest unacknowledged one."""

    run: int = -1
    seq: int = 0
    ended: set[int] = dataclasses.field(default_factory=set)  # runs that another one followed

    def follow(self, run: int, oldest: int) -> bool:
        """False for a run that has ended: what is left of it in a queue must not be taken for new."""
        if run in self.ended:
            return False
        if run != self.run:
            self.begin(run, oldest - 1)
        elif oldest - 1 > self.seq:
            # This side lost its record of commands the sender knows to be taken.
            self.seq = oldest - 1
        return True

    def begin(self, run: int, seq: int) -> None:
        if run != self.run:
            self.ended.add(self.run)
        self.run, self.seq = run, seq

"""Decides recorded steps again and compares: the shipped session and core, fed with a journal's inputs in their order.

What was delivered is taken from the record: which input came next, when, and which commands were acknowledged by then.
Everything else is decided again, and every byte of the record is compared. A restart within a journal is a restart
here: a new core folds what is on record up to it, as the process did, and goes on from there.
"""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from common import messages as m
from common import wire
from common.clock import MarketTime
from common.kept import for_record
from common.recovery import recover, recover_input, recover_outcome
from common.session import Session

Contents = Callable[[str], bytes]
"""The content of a digest."""

NewLife = Callable[[m.Started, "RecordedTime"], Session]
"""A session with a fresh core, as the process began that life."""


class RecordedTime(MarketTime):
    """The market's time as it stands in the record, which in live trading may even go back."""

    def __init__(self, *, simulated: bool) -> None:
        super().__init__(simulated=simulated)
        self.recorded_ns = 0

    @property
    def now_ns(self) -> int:
        return self.recorded_ns


@dataclasses.dataclass(frozen=True)
class Redone:
    """One step: as it is on record, and what was recorded when it was decided again (nothing, or one record)."""

    index: int
    life: int
    recorded: bytes
    again: list[bytes]

    @property
    def is_identical(self) -> bool:
        return self.again == [self.recorded]


def redo(records: Sequence[bytes], new_life: NewLife, contents: Contents, *, simulated: bool) -> Iterator[Redone]:
    """Each step of a journal, decided again. ``records`` are its payloads without the header."""
    # The user's code of a life that was killed still stands where it stopped: it must not run on when it is collected.
    lives: list[Session] = []
    market = RecordedTime(simulated=simulated)
    for index, payload in enumerate(records):
        step = wire.decode_step(payload)
        if _carries(step):
            if lives and not _is_new_life(records, index):
                market.recorded_ns = step.now_ns
                yield Redone(index, lives[-1].life, payload, [_carried_again(lives[-1], step)])
            continue
        if not lives or _begins(step):
            started = _start_of_life(records, index)
            if started is None:
                return  # it died before it had begun
            market = RecordedTime(simulated=simulated)
            lives.append(_folded(new_life(started, market), _known(records, index) if started.recovered else []))
        session = lives[-1]
        market.recorded_ns = step.now_ns
        _deliver(session, step)
        _input(session, step, contents)
        out = session.out
        again = list(out.records)
        for left in (out.records, out.frames, out.effects, out.notes, out.contents):
            left.clear()
        yield Redone(index, session.life, payload, again)


@dataclasses.dataclass(frozen=True)
class Reconsidered:
    """What was decided on an input, and what would be decided on it by a core made otherwise."""

    index: int
    now_ns: int
    input: m.Message
    was: list[m.Message]
    would: list[m.Message]


def reconsider(
    records: Sequence[bytes], new_life: NewLife, contents: Contents, *, simulated: bool
) -> Iterator[Reconsidered]:
    """Each decision of a journal looked at by itself: what had happened until then stays what happened."""
    session: Session | None = None
    market = RecordedTime(simulated=simulated)
    for index, payload in enumerate(records):
        step = wire.decode_step(payload)
        if _carries(step):
            continue
        if session is None or _begins(step):
            started = _start_of_life(records, index)
            if started is None:
                return
            session = _folded(new_life(started, market), _known(records, index) if started.recovered else [])
        recover_input(session, step)
        message = input_of(step, contents)
        would = session.core.decide(message, step.now_ns)
        recover_outcome(session, step)
        yield Reconsidered(index, step.now_ns, message, outcome_of(step), would)


def input_of(step: wire.Step, contents: Contents) -> m.Message:
    """The message that was stepped."""
    if step.local:
        return _local(step, contents)
    frame = wire.decode_frame(bytes(step.input))
    message = wire.decode_message(frame.body)  # type: ignore[union-attr]
    return wire.decode_answer(contents(message.digest)) if isinstance(message, m.KeptAnswer) else message


def _local(step: wire.Step, contents: Contents) -> m.Message:
    message = wire.decode_message(step.input)
    return wire.decode_message(wire.Raw(contents(message.digest))) if isinstance(message, m.KeptAnswer) else message


def outcome_of(step: wire.Step) -> list[m.Message]:
    """What was sent and asked of the broker; queries stand in no record."""
    frames = (wire.decode_frame(bytes(raw)) for raw in step.frames)
    told = [wire.decode_message(frame.body) for frame in frames if isinstance(frame, wire.Command | wire.Event)]
    return told + [wire.decode_message(raw) for raw in step.effects]


def _begins(step: wire.Step) -> bool:
    return step.local and isinstance(wire.decode_message(step.input), m.Started)


def _carries(step: wire.Step) -> bool:
    return step.local and isinstance(wire.decode_message(step.input), m.Carried)


def _is_new_life(records: Sequence[bytes], index: int) -> bool:
    """Whether a day's journal was begun by a process that started, not by one that went on."""
    return index + 1 < len(records) and _begins(wire.decode_step(records[index + 1]))


def _carried_again(session: Session, step: wire.Step) -> bytes:
    """What the core carries over is decided again; where the streams stood is taken from the record."""
    core = [wire.raw(event) for event in session.core.carry(step.now_ns)]
    return wire.encode(wire.Step(step.now_ns, True, step.input, [], core))


def _known(records: Sequence[bytes], index: int) -> Sequence[bytes]:
    """What a process that starts there finds: its newest journal, from what the day before carried over."""
    begins = next((at for at in range(index - 1, -1, -1) if _carries(wire.decode_step(records[at]))), 0)
    return records[begins:index]


def _start_of_life(records: Sequence[bytes], index: int) -> m.Started | None:
    """The life that a record belongs to: what is carried over from a day stands before its ``Started``."""
    for payload in records[index:]:
        step = wire.decode_step(payload)
        if step.local and isinstance(started := wire.decode_message(step.input), m.Started):
            return started
    return None


def _folded(session: Session, records: Sequence[bytes]) -> Session:
    for payload in records:
        recover(session, payload)
    return session


def _deliver(session: Session, step: wire.Step) -> None:
    """What was acknowledged by then shows in the commands of the step only: each names its oldest open one."""
    seen = set[str]()
    for raw in step.frames:
        frame = wire.decode_frame(bytes(raw))
        if isinstance(frame, wire.Command) and frame.channel not in seen and frame.channel in session.commands_out.sent:
            seen.add(frame.channel)
            sent = session.commands_out.sent[frame.channel]
            sent.unacked = deque(one for one in sent.unacked if one[0] == frame.run and one[1] >= frame.oldest)
            if sent.run == frame.run:
                # Numbers are passed over where the receiver knew more than a process after a power loss.
                sent.seq = max(sent.seq, frame.seq - 1)


def _input(session: Session, step: wire.Step, contents: Contents) -> None:
    """Step the input with the cause that the session gives it."""
    if step.local:
        message = _local(step, contents)
        if isinstance(message, m.Started):
            session.start(recovered=message.recovered)
        else:
            session.local(message)
        return
    data = bytes(step.input)
    match wire.decode_frame(data):
        case wire.Command() as frame:
            session.commands_in.recover(frame)
            cause = f"{frame.sender}/{frame.channel}/{frame.seq}"
            session.step(wire.decode_body(frame.channel, frame.body), cause, data)
        case wire.Event() as frame:
            session.events_in.recover(frame)
            cause = f"{frame.channel}/{frame.account}/{frame.seq}"
            session.step(wire.decode_body(frame.channel, frame.body), cause, data)
        case wire.State() as frame:
            session.events_in.recover(frame)
            session.step(wire.decode_answer(frame.body), f"{frame.channel}/{frame.account}/{frame.seq}", data)
        case wire.Quoted() as frame:
            session.number, session.part = frame.number, frame.part
            cause = f"{frame.channel}/{frame.number}.{frame.part}"
            session.step(wire.decode_body(frame.channel, frame.body), cause, data)
        case wire.Answer() as frame:
            _answer(session, frame, contents)
        case frame:
            raise AssertionError(f"a replay of {session.name} meets {frame}")


def _answer(session: Session, frame: wire.Answer, contents: Contents) -> None:
    said = wire.decode_message(frame.body)
    if isinstance(said, m.KeptAnswer):
        frame = wire.Answer(frame.sender, frame.id, wire.Raw(contents(said.digest)))
    message = wire.decode_answer(frame.body)
    recorded = for_record(frame, message, wire.encode(frame), session.out.contents)
    session.step(message, f"{frame.sender}/answer/{frame.id - session.life}", recorded)

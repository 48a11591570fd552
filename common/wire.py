"""Frames and bytes: what stands around a message on the wire, and the only place that knows the encoding."""

from __future__ import annotations

import functools
import operator
from typing import Any, TypeVar

import msgspec

from common import messages as m
from common.channels import ANSWERS, CHANNELS
from common.errors import WireError

FRAME_BYTES_MAX = 32 * 1024 * 1024
PROTOCOL = 1
"""Counts the changes after which processes of two machines no longer understand each other."""


_Struct = TypeVar("_Struct", bound=msgspec.Struct)


class Frame(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Root of all frames; ``sender`` is a process's name, ``body`` a packed message."""


class Command(Frame, frozen=True, tag="c"):
    """In order per sender and run. ``oldest`` is the sender's oldest unacknowledged number; ``after_*`` names the
    event its sender had seen: it is stepped only when the receiver has seen it too."""

    channel: str
    sender: str
    run: int
    seq: int
    oldest: int
    at_ns: int
    cause: str
    after_stream: str
    after_seq: int
    body: msgspec.Raw


class Ack(Frame, frozen=True, tag="a"):
    """Everything up to ``seq`` of the addressee's ``run`` has been stepped and is on record."""

    channel: str
    sender: str
    run: int
    seq: int


class Event(Frame, frozen=True, tag="e"):
    """Numbered by (channel, account, epoch, seq); ``seq`` goes on over epochs."""

    channel: str
    account: str
    epoch: int
    seq: int
    at_ns: int
    cause: str
    body: msgspec.Raw


class Beat(Frame, frozen=True, tag="b"):
    """A publisher is alive: its epoch, its last number, and where the previous epoch ended."""

    channel: str
    account: str
    epoch: int
    seq: int
    previous_end: int


class Fetch(Frame, frozen=True, tag="f"):
    """A listener asks for events from ``from_seq`` on; 0 asks for the snapshot."""

    channel: str
    account: str
    sender: str
    from_seq: int


class State(Frame, frozen=True, tag="s"):
    """The snapshot at (epoch, seq)."""

    channel: str
    account: str
    epoch: int
    seq: int
    at_ns: int
    body: msgspec.Raw


class Query(Frame, frozen=True, tag="q"):
    channel: str
    sender: str
    id: int
    body: msgspec.Raw


class Answer(Frame, frozen=True, tag="r"):
    sender: str
    id: int
    body: msgspec.Raw


class Quoted(Frame, frozen=True, tag="t"):
    """A quote or the clock. All parts of one ``number`` travel in one multipart message; a number is taken once."""

    channel: str
    number: int
    part: int
    body: msgspec.Raw


class Pace(Frame, frozen=True, tag="p"):
    sender: str
    body: msgspec.Raw


class Alive(Frame, frozen=True, tag="l"):
    """A strategy is there although it has nothing to say; ``leaving``: it ends in order, and nobody need miss it."""

    sender: str
    leaving: bool


class Refused(Frame, frozen=True, tag="x"):
    """What the addressee sent was not taken, and why."""

    channel: str
    sender: str
    seq: int
    reason: str
    text: str


class Hello(Frame, frozen=True, tag="h"):
    """The first frame of each link to a proxy. ``life`` is when its process started: the same process that comes back
    is known from a second one of its name. ``topics`` are followed on this link; ``mode`` and ``account`` may be "".

    Fields may be added at its end only: a proxy reads the ``version`` of every client, older or newer."""

    sender: str
    life: int
    version: int
    mode: str
    account: str
    topics: list[str] = []


class Welcome(Frame, frozen=True, tag="w"):
    """What a proxy answers: its protocol, what it serves, what the token allows, and its wall clock."""

    version: int
    mode: str
    simulated: bool
    accounts: list[str]
    scopes: list[str]
    token: str
    now_ns: int


class Step(msgspec.Struct, frozen=True, array_like=True):
    """One journal record: market time, the input (a frame, or a message from inside the process where ``local``), the
    frames and the effects that came out."""

    now_ns: int
    local: bool
    input: msgspec.Raw
    frames: list[msgspec.Raw]
    effects: list[msgspec.Raw]


AnyFrame = (
    Command | Ack | Event | Beat | Fetch | State | Query | Answer | Quoted | Pace | Alive | Refused | Hello | Welcome
)


def _subtypes(root: type[m.Message]) -> list[type[m.Message]]:
    return [t for t in vars(m).values() if isinstance(t, type) and issubclass(t, root) and t is not root]


def _union(types: tuple[type, ...] | list[type[m.Message]]) -> Any:
    return functools.reduce(operator.or_, types)


encode = msgspec.msgpack.Encoder().encode
"""Bytes of a message, a frame or a step."""

_frames: msgspec.msgpack.Decoder[AnyFrame] = msgspec.msgpack.Decoder(AnyFrame)
_bodies: dict[str, msgspec.msgpack.Decoder[m.Message]] = {
    name: msgspec.msgpack.Decoder(_union(channel.types)) for name, channel in CHANNELS.items()
}
_answers: msgspec.msgpack.Decoder[m.Message] = msgspec.msgpack.Decoder(_union(ANSWERS))
_any: msgspec.msgpack.Decoder[m.Message] = msgspec.msgpack.Decoder(_union(_subtypes(m.Message)))
_steps: msgspec.msgpack.Decoder[Step] = msgspec.msgpack.Decoder(Step)
_plain = msgspec.msgpack.Decoder()
_BAD = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


Raw = msgspec.Raw


def raw(message: m.Message) -> msgspec.Raw:
    return msgspec.Raw(encode(message))


def decode_frame(data: bytes) -> AnyFrame:
    """Raises WireError where the bytes are not a frame."""
    if len(data) > FRAME_BYTES_MAX:
        raise WireError(f"frame of {len(data)} bytes, more than {FRAME_BYTES_MAX}")
    try:
        return _frames.decode(data)
    except _BAD as e:
        raise WireError(str(e)) from e


def with_oldest(command: bytes, oldest: int) -> bytes:
    """A packed command that says anew which one its sender misses an acknowledgement of."""
    frame = _checked(_frames, command)
    return command if frame.oldest == oldest else encode(msgspec.structs.replace(frame, oldest=oldest))


def changed(value: _Struct, **fields: Any) -> _Struct:
    """A frame or message with other values in some fields."""
    return msgspec.structs.replace(value, **fields)


def decode_body(channel: str, body: msgspec.Raw | bytes) -> m.Message:
    """The message of a frame; WireError where its type may not travel on that channel."""
    decoder = _bodies.get(channel)
    if decoder is None:
        raise WireError(f"no channel named {channel!r}")
    try:
        return decoder.decode(body)
    except _BAD as e:
        raise WireError(str(e)) from e


def decode_answer(body: msgspec.Raw | bytes) -> m.Message:
    message: m.Message = _checked(_answers, body)
    return message


def decode_message(body: msgspec.Raw | bytes) -> m.Message:
    """Any message of the catalogue; for journals and files, never for the wire."""
    message: m.Message = _checked(_any, body)
    return message


def decode_step(payload: bytes) -> Step:
    step: Step = _checked(_steps, payload)
    return step


def decode_plain(data: bytes) -> Any:
    """Lists and maps without types, for headers and tools."""
    return _checked(_plain, data)


def _checked(decoder: Any, data: Any) -> Any:
    try:
        return decoder.decode(data)
    except _BAD as e:
        raise WireError(str(e)) from e

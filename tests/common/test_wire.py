"""The wire format: golden bytes, round trips, and frames that are not ours."""

import contextlib
from pathlib import Path
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import messages as m
from common import wire
from common.channels import ANSWERS, CHANNELS
from common.errors import WireError
from tests.common.samples import BODIES, FRAMES, MESSAGES, any_struct, golden, struct

GOLDEN = dict(line.split() for line in Path(__file__).with_name("golden.txt").read_text(encoding="utf-8").splitlines())
PLACED = wire.Raw(wire.encode(struct(m.PlaceAtBroker)))
STEP = wire.Step(5, True, wire.raw(m.Started(True)), [wire.Raw(wire.encode(struct(wire.Event)))], [PLACED])


def decoded_body(frame: wire.AnyFrame) -> m.Message | None:
    """What a session reads out of a frame."""
    match frame:
        case wire.State() | wire.Answer():
            return wire.decode_answer(frame.body)
        case wire.Pace():
            return wire.decode_body("pace", frame.body)
        case wire.Command() | wire.Event() | wire.Query() | wire.Quoted():
            return wire.decode_body(frame.channel, frame.body)
    return None


def read_wholly(data: bytes) -> None:
    """Decode a frame and its message; only WireError may come out of it."""
    with contextlib.suppress(WireError):
        decoded_body(wire.decode_frame(data))


# -- golden bytes --------------------------------------------------------------------------------------------------


def test_golden_bytes_are_unchanged() -> None:
    """A difference breaks journals and running stacks: raise the versions, or undo it (see samples.py to renew)."""
    assert golden() == GOLDEN


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.__name__)
def test_golden_bytes_are_read(kind: type[m.Message]) -> None:
    assert wire.decode_message(bytes.fromhex(GOLDEN[kind.__name__])) == struct(kind)


@pytest.mark.parametrize("kind", FRAMES, ids=lambda kind: kind.__name__)
def test_golden_frames_are_read(kind: type[wire.Frame]) -> None:
    frame = wire.decode_frame(bytes.fromhex(GOLDEN[kind.__name__]))
    assert type(frame) is kind and frame == struct(kind)
    assert decoded_body(frame) == (struct(BODIES[kind][1]) if kind in BODIES else None)


def test_frames_are_told_apart_by_one_letter() -> None:
    tags = [msgpack.unpackb(wire.encode(struct(kind)))[0] for kind in FRAMES]
    assert len(set(tags)) == len(FRAMES) and all(len(tag) == 1 for tag in tags)


# -- round trips ---------------------------------------------------------------------------------------------------


@given(st.sampled_from(MESSAGES).flatmap(any_struct))
def test_a_message_comes_back_equal(message: m.Message) -> None:
    assert wire.decode_message(wire.encode(message)) == message


@given(st.sampled_from(FRAMES).flatmap(any_struct))
def test_a_frame_comes_back_equal(frame: wire.AnyFrame) -> None:
    assert wire.decode_frame(wire.encode(frame)) == frame


def test_a_step_comes_back_equal() -> None:
    assert wire.decode_step(wire.encode(STEP)) == STEP


@given(any_struct(wire.Command), st.integers(1, 2**40))
def test_a_resend_differs_in_its_oldest_only(command: wire.Command, oldest: int) -> None:
    renewed = wire.decode_frame(wire.with_oldest(wire.encode(command), oldest))
    assert isinstance(renewed, wire.Command) and renewed.oldest == oldest
    assert wire.with_oldest(wire.encode(renewed), command.oldest) == wire.encode(command)


# -- what may travel where -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_channel_carries_its_own_types_and_no_other(channel: str) -> None:
    for kind in MESSAGES:
        body = wire.raw(struct(kind))
        if kind in CHANNELS[channel].types:
            assert wire.decode_body(channel, body) == struct(kind)
        else:
            with pytest.raises(WireError):
                wire.decode_body(channel, body)


def test_only_answers_answer() -> None:
    for kind in MESSAGES:
        if kind in ANSWERS:
            assert wire.decode_answer(wire.raw(struct(kind))) == struct(kind)
        else:
            with pytest.raises(WireError):
                wire.decode_answer(wire.raw(struct(kind)))


def test_the_gateway_cannot_read_an_order_that_risk_has_not_seen() -> None:
    with pytest.raises(WireError, match="SubmitOrder"):
        wire.decode_body("approved", wire.raw(struct(m.SubmitOrder)))


def test_an_unknown_channel_is_named() -> None:
    with pytest.raises(WireError, match="'nowhere'"):
        wire.decode_body("nowhere", wire.raw(struct(m.SubmitOrder)))


# -- frames that are not ours --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", FRAMES, ids=lambda kind: kind.__name__)
def test_a_truncated_frame_is_refused(kind: type[wire.Frame]) -> None:
    data = wire.encode(struct(kind))
    for length in range(len(data)):
        with pytest.raises(WireError):
            decoded_body(wire.decode_frame(data[:length]))


@pytest.mark.parametrize("kind", FRAMES, ids=lambda kind: kind.__name__)
def test_a_mutated_frame_raises_nothing_else(kind: type[wire.Frame]) -> None:
    data = wire.encode(struct(kind))
    for at in range(len(data)):
        for bit in range(8):
            read_wholly(data[:at] + bytes((data[at] ^ 1 << bit,)) + data[at + 1 :])


@pytest.mark.parametrize("kind", FRAMES, ids=lambda kind: kind.__name__)
def test_a_frame_with_something_behind_it_is_refused(kind: type[wire.Frame]) -> None:
    with pytest.raises(WireError):
        wire.decode_frame(wire.encode(struct(kind)) + b"\0")


@given(st.binary(max_size=200))
def test_noise_raises_nothing_else(data: bytes) -> None:
    read_wholly(data)
    for decode in (wire.decode_message, wire.decode_step, wire.decode_plain):
        with contextlib.suppress(WireError):
            decode(data)


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(WireError):
        wire.decode_plain(b"\x91" * 100_000 + b"\x90")


def test_a_map_key_that_cannot_be_one_is_refused() -> None:
    with pytest.raises(WireError):
        wire.decode_plain(b"\x81\x81\x01\x02\x03")


def test_a_frame_above_the_limit_is_refused_unread() -> None:
    with pytest.raises(WireError, match=str(wire.FRAME_BYTES_MAX + 1)):
        wire.decode_frame(b"\xff" * (wire.FRAME_BYTES_MAX + 1))


def test_a_wrong_type_is_refused() -> None:
    with pytest.raises(WireError):
        wire.decode_frame(msgpack.packb(["a", "orders", "risk", "1", 2]))
    with pytest.raises(WireError):
        wire.decode_body("desk", wire.Raw(msgpack.packb({"type": "Resume", "account": "main"})))


# -- other readers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", FRAMES, ids=lambda kind: kind.__name__)
def test_any_msgpack_library_reads_a_frame(kind: type[wire.Frame]) -> None:
    frame: Any = struct(kind)
    read = msgpack.unpackb(wire.encode(frame))
    assert read[1] == getattr(frame, type(frame).__struct_fields__[0])
    if kind in BODIES:
        assert read[-1]["type"] == BODIES[kind][1].__name__

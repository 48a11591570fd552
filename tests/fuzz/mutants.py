"""Frames that are almost ours: generated ones, and real ones with bits turned, parts cut, doubled or exchanged."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

from common import wire
from common.channels import CHANNELS
from tests.common.samples import BODIES, FRAMES, MESSAGES, struct

Change = Callable[[random.Random, bytearray], None]


def mutants(chance: random.Random, count: int, sender: str) -> Iterator[bytes]:
    """Frames, most of them broken, some in the name of `sender`."""
    whole = [*real_frames(sender), *(wire.encode(struct(kind)) for kind in MESSAGES)]
    for _ in range(count):
        if chance.random() < 0.1:
            yield chance.randbytes(chance.randrange(64))
            continue
        data = bytearray(chance.choice(whole))
        for _ in range(chance.randrange(4)):
            chance.choice(CHANGES)(chance, data)
            if not data:
                break
        yield bytes(data[:65_536])


def real_frames(sender: str) -> list[bytes]:
    """One of each frame, and each message in each frame that could carry it."""
    found = []
    for kind in FRAMES:
        frame = struct(kind)
        found.append(wire.encode(wire.changed(frame, sender=sender) if hasattr(frame, "sender") else frame))
    for channel in CHANNELS.values():
        for message in map(struct, channel.types):
            body = wire.raw(_of(message, sender))
            found.append(wire.encode(wire.Command(channel.name, sender, 1, 1, 1, 1, "", "", 0, body)))
            found.append(wire.encode(wire.Query(channel.name, sender, 1, body)))
            found.append(wire.encode(wire.Event(channel.name, "main", 1, 1, 1, "", body)))
    assert set(BODIES) <= set(FRAMES)
    return found


def _of(message: Any, sender: str) -> Any:
    """The message as it might pass: of the account that is served, and of its sender."""
    own = sender.partition(".")[2]
    for field, value in (("account", "main"), ("strategy", own), ("source", own), ("member", sender)):
        if hasattr(message, field):
            message = wire.changed(message, **{field: value})
    if hasattr(message, "order"):
        message = wire.changed(message, order=wire.changed(message.order, account="main", strategy=own))
    return message


def _flip(chance: random.Random, data: bytearray) -> None:
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _replace(chance: random.Random, data: bytearray) -> None:
    data[chance.randrange(len(data))] = chance.choice(_TELLING)


def _cut(chance: random.Random, data: bytearray) -> None:
    del data[chance.randrange(len(data)) :]


def _drop(chance: random.Random, data: bytearray) -> None:
    at = chance.randrange(len(data))
    del data[at : at + chance.randrange(1, 9)]


def _double(chance: random.Random, data: bytearray) -> None:
    at = chance.randrange(len(data))
    data[at:at] = data[at : at + chance.randrange(1, 33)] * chance.randrange(1, 4)


def _grow(chance: random.Random, data: bytearray) -> None:
    """A number, a text or a list that says it is larger than anything."""
    at = chance.randrange(len(data))
    data[at : at + 1] = chance.choice(_LARGE)


_TELLING = bytes([0x00, 0x7F, 0x80, 0x90, 0xA0, 0xC0, 0xC1, 0xC4, 0xCA, 0xCF, 0xD3, 0xD9, 0xDC, 0xDE, 0xE0, 0xFF])
_LARGE = (b"\xcf" + b"\xff" * 8, b"\xd3\x80" + b"\0" * 7, b"\xdb\xff\xff\xff\xff", b"\xdd\xff\xff\xff\xff", b"\xdf" * 5)
CHANGES: tuple[Change, ...] = (_flip, _replace, _cut, _drop, _double, _grow)

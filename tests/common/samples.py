"""One of everything that travels: a sample of each message and frame, and any value of their types.

``python -m tests.common.samples > tests/common/golden.txt`` renews the golden bytes after a change that is wanted.
"""

from __future__ import annotations

import enum
import types
import typing
from typing import Any

import msgspec
from hypothesis import strategies as st

from common import messages as m
from common import wire

INT64 = st.integers(-(2**63), 2**63 - 1)

MESSAGES: list[type[m.Message]] = [
    t for t in vars(m).values() if isinstance(t, type) and issubclass(t, m.Message) and t is not m.Message
]
FRAMES: list[type[wire.Frame]] = list(typing.get_args(wire.AnyFrame))

# Frames carry a message that may really travel there.
BODIES: dict[type[wire.Frame], tuple[str, type[m.Message]]] = {
    wire.Command: ("orders", m.SubmitOrder),
    wire.Event: ("account", m.OrderFilled),
    wire.State: ("account", m.AccountSnapshot),
    wire.Query: ("ask_quotes", m.GetBars),
    wire.Answer: ("", m.Bars),
    wire.Quoted: ("market", m.QuoteBatch),
    wire.Pace: ("pace", m.Progress),
}


def sample(of: Any, name: str = "text", number: int = 1) -> Any:
    """A fixed value of a type: texts say where they stand, numbers count the fields."""
    args = typing.get_args(of)
    match typing.get_origin(of) or of:
        case kind if isinstance(kind, type) and issubclass(kind, enum.Enum):
            return list(kind)[-1]
        case kind if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            return struct(kind)
        case types.UnionType:
            return sample(args[0], name, number)
        case kind if kind is list:
            return [sample(args[0], name, number)]
        case kind if kind is tuple:
            parts = args[:1] if args[-1] is Ellipsis else args
            return tuple(sample(part, name, number + at) for at, part in enumerate(parts))
        case kind if kind is dict:
            return {name: sample(args[1], name, number)}
        case kind:
            return {bool: True, int: number, str: name, bytes: b"\0\1" * 4, float: 0.5}[kind]


def struct(kind: type[Any]) -> Any:
    """A fixed message or frame."""
    fields = {
        f.name: sample(f.type, f.name, number)
        for number, f in enumerate(msgspec.structs.fields(kind), 1)
        if not is_raw(f)
    }
    if kind in BODIES:
        channel, body = BODIES[kind]
        fields |= {"body": wire.raw(struct(body))} | ({"channel": channel} if "channel" in fields else {})
    return kind(**fields)


def is_raw(field: msgspec.structs.FieldInfo) -> bool:
    return field.type is msgspec.Raw


def anything(of: Any) -> st.SearchStrategy[Any]:
    """Any value of a type."""
    args = typing.get_args(of)
    match typing.get_origin(of) or of:
        case kind if isinstance(kind, type) and issubclass(kind, enum.Enum):
            return st.sampled_from(list(kind))
        case kind if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            return any_struct(kind)
        case types.UnionType:
            return st.one_of([anything(arg) for arg in args])
        case kind if kind is list:
            return st.lists(anything(args[0]), max_size=3)
        case kind if kind is tuple and args[-1] is Ellipsis:
            return st.lists(anything(args[0]), max_size=3).map(tuple)
        case kind if kind is tuple:
            return st.tuples(*(anything(arg) for arg in args))
        case kind if kind is dict:
            return st.dictionaries(st.text(max_size=8), anything(args[1]), max_size=3)
        case kind:
            return _PLAIN[kind]


_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    bool: st.booleans(),
    int: INT64,
    str: st.text(max_size=12),
    bytes: st.binary(max_size=24),
    float: st.floats(allow_nan=False),
    types.NoneType: st.none(),
}


def any_struct(kind: type[Any]) -> st.SearchStrategy[Any]:
    fields = {f.name: anything(f.type) for f in msgspec.structs.fields(kind) if not is_raw(f)}
    if kind in BODIES:
        fields["body"] = any_struct(BODIES[kind][1]).map(wire.raw)
    return st.builds(kind, **fields)


def golden() -> dict[str, str]:
    return {kind.__name__: wire.encode(struct(kind)).hex() for kind in [*MESSAGES, *FRAMES]}


if __name__ == "__main__":
    for name, packed in golden().items():
        print(name, packed)

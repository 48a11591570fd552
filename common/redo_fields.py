"""A recorded step field by field, so that a difference can be read."""

from __future__ import annotations

from typing import Any

from common import wire


def differences(recorded: bytes, again: bytes | None) -> list[tuple[str, str, str]]:
    """(field, as recorded, as decided again) of what differs, in the record's order; "" where there is none."""
    was, now = fields_of(recorded), fields_of(again) if again is not None else {}
    names = [*was, *(name for name in now if name not in was)]
    return [(name, was.get(name, ""), now.get(name, "")) for name in names if was.get(name) != now.get(name)]


def fields_of(record: bytes) -> dict[str, str]:
    """``frames[0].body.order.qty`` and its value as text, for every field of a step."""
    step = wire.decode_step(record)
    found: dict[str, str] = {"now_ns": str(step.now_ns)}
    given = wire.decode_message(step.input) if step.local else wire.decode_frame(bytes(step.input))
    _flatten("input", given, found)
    for number, raw in enumerate(step.frames):
        _flatten(f"frames[{number}]", wire.decode_frame(bytes(raw)), found)
    for number, raw in enumerate(step.effects):
        _flatten(f"effects[{number}]", wire.decode_message(raw), found)
    return found


def fields_of_message(message: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    _flatten("", message, found)
    return found


def _flatten(name: str, value: Any, found: dict[str, str]) -> None:
    match value:
        case wire.Raw():
            _flatten(name, wire.decode_message(value), found)
        case _ if hasattr(value, "__struct_fields__"):
            found[f"{name}.type".removeprefix(".")] = type(value).__name__
            for field in value.__struct_fields__:
                _flatten(f"{name}.{field}".removeprefix("."), getattr(value, field), found)
        case dict():
            for key, one in value.items():
                _flatten(f"{name}.{key}", one, found)
        case list() | tuple():
            for number, one in enumerate(value):
                _flatten(f"{name}[{number}]", one, found)
        case _:
            found[name] = str(value)

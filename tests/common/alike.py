"""Everything an object holds, as plain values: two cores that hold the same decide the same."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Collection
from typing import Any

import msgspec


def state_of(value: Any, *, but: Collection[str] = ()) -> Any:
    """Dicts by key, sets in order, objects by their attributes without those named in ``but`` and without functions."""
    if isinstance(value, (enum.Enum, str | bytes | int | float | None)):
        return value
    if isinstance(value, dict):
        return {key: state_of(item, but=but) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, list | tuple):
        return [state_of(item, but=but) for item in value]
    if isinstance(value, msgspec.Struct):
        return value
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value)]
    else:
        names = list(vars(value))
    held = {name: getattr(value, name) for name in names if name not in but}
    return {name: state_of(item, but=but) for name, item in held.items() if not callable(item)}

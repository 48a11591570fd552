"""What would else be loaded while the first callback waits for it: pandas takes half a second."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from types import CodeType

_WITH_FRAMES = ("jqdata.frames", "jqdata.shapes", "jqdata.fields", "jqdata.grid")


def load_for(code: CodeType, names: Mapping[str, object]) -> None:
    """Import what the functions among the API's ``names`` that the code of a strategy speaks of will need."""
    if any(_hands_out_frames(names.get(name)) for name in _spoken(code)):
        for module in _WITH_FRAMES:
            importlib.import_module(module)


def _hands_out_frames(function: object) -> bool:
    return "Frame" in str(getattr(function, "__annotations__", {}).get("return"))


def _spoken(code: CodeType) -> Iterator[str]:
    """Every name and attribute in the code and the functions within it."""
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _spoken(inner)

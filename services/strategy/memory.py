"""What of `g`, the user's attributes on `context` and the settings can be kept, attribute by attribute (jq_api 3.1)."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from typing import Any

RESERVED = "__host__"
"""The one name in ``g.pkl`` that is not an attribute of `g`; JoinQuant does not save names that begin so."""


class Memory:
    """Turns live attributes into the bytes of ``g.pkl`` and says once of each attribute that it cannot be kept."""

    def __init__(self, dropped: Callable[[str], None]) -> None:
        self._dropped = dropped
        self._told: set[str] = set()

    def pickled(self, g: Mapping[str, Any], context: Mapping[str, Any], settings: Mapping[str, Any]) -> bytes:
        """One plain dict of `g`; ``context`` and ``settings`` stand under the reserved name."""
        kept = {name: value for name, value in g.items() if not name.startswith("__")}
        whole = {**kept, RESERVED: {"context": dict(context), "settings": dict(settings)}}
        content = _try_pickle(whole)
        if isinstance(content, bytes):
            return content
        able = self._able(kept, "g.")
        able[RESERVED] = {"context": self._able(context, "context."), "settings": self._able(settings, "")}
        return pickle.dumps(able, pickle.HIGHEST_PROTOCOL)

    def _able(self, values: Mapping[str, Any], where: str) -> dict[str, Any]:
        able: dict[str, Any] = {}
        for name, value in values.items():
            content = _try_pickle(value)
            if isinstance(content, bytes):
                able[name] = value
            elif where + name not in self._told:
                self._told.add(where + name)
                self._dropped(f"{where}{name} 无法保存，重启后将没有它：{content}")
        return able


def _try_pickle(value: object) -> bytes | str:
    """The bytes, or why there are none."""
    try:
        return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # pickling runs the strategy's own classes, which may raise anything
        return f"{type(error).__name__}: {error}"


def parted(saved: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """`g`, the attributes of `context` and the settings of a saved dict."""
    beside = saved.get(RESERVED, {})
    g = {name: value for name, value in saved.items() if name != RESERVED}
    return g, dict(beside.get("context", {})), dict(beside.get("settings", {}))

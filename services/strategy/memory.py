"""What of `g`, the user's attributes on `context` and the settings can be kept, attribute by attribute (jq_api 3.1)."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

RESERVED = "__host__"
"""The one name in ``g.pkl`` that is not an attribute of `g`; JoinQuant does not save names that begin so."""


class Memory:
    """Turns live attributes into the bytes of ``g.pkl`` and says once of each attribute that it cannot be kept."""

    def __init__(self, dropped: Callable[[str], None]) -> None:
        self._dropped = dropped
        self._told: set[str] = set()

    def pickled(self, g: Mapping[str, Any], **beside: Mapping[str, Any]) -> bytes:
        """One plain dict of `g`; what is kept ``beside`` it (context, settings, module) stands under the reserved name.

        Names that begin with two underscores are not kept, as on JoinQuant.
        """
        kept = _ordinary(g)
        others = {kind: _ordinary(values) for kind, values in beside.items()}
        whole = {**kept, RESERVED: others}
        content = _try_pickle(whole)
        if isinstance(content, bytes):
            return content
        able = self._able(kept, "g.")
        where = {"context": "context.", "module": "全局变量 "}
        able[RESERVED] = {kind: self._able(values, where.get(kind, "")) for kind, values in others.items()}
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


def parted(saved: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """`g`, and what was kept beside it, of a saved dict."""
    beside = {"context": {}, "settings": {}, "module": {}, **saved.get(RESERVED, {})}
    return {name: value for name, value in saved.items() if name != RESERVED}, beside


class ModuleGlobals:
    """What the strategy's functions made of its module's variables since its body ran (jq_api 3.1).

    Only those that differ from what the body made are kept, so that an edited constant takes effect after a restart.
    """

    def __init__(self, module: dict[str, Any], given: Mapping[str, Any]) -> None:
        """``given`` is what the module held before its first line ran."""
        self._module, self._given = module, given
        self._made = {name: _try_pickle(value) for name, value in self._variables().items()}

    def changed(self) -> dict[str, Any]:
        """New variables, and those whose content is another than the body made."""
        return {
            name: value
            for name, value in self._variables().items()
            if name not in self._made
            or (isinstance(self._made[name], bytes) and _try_pickle(value) != self._made[name])
        }

    def restore(self, values: Mapping[str, Any]) -> None:
        self._module.update(values)

    def _variables(self) -> dict[str, Any]:
        nothing = object()
        return {
            name: value
            for name, value in self._module.items()
            if not (name.startswith("__") or callable(value) or isinstance(value, ModuleType))
            and self._given.get(name, nothing) is not value
        }


def _ordinary(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if not name.startswith("__")}

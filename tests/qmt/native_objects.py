"""Objects as the native module hands them out: snake_case and m_* names side by side, and no class of xttype's."""

from __future__ import annotations

from typing import Any

_KINDS = {str: "str", bool: "b", int: "n", float: "d"}
_WORDS = {"id": "ID", "sysid": "SysID"}


class _Native:
    def __init__(self, fields: dict[str, Any]) -> None:
        for name, value in fields.items():
            setattr(self, name, value)
            setattr(self, m_name(name, value), value)


def m_name(name: str, value: Any) -> str:
    """m_strOrderSysID of order_sysid: as the wrapper and the vendor's examples spell those that are known."""
    words = (_WORDS.get(word, word.capitalize()) for word in name.split("_"))
    return f"m_{_KINDS[type(value)]}{''.join(words)}"


_CLASSES: dict[str, type[_Native]] = {}


def build(value: Any) -> Any:
    """Native objects from what came over the wire; anything else as it is."""
    if isinstance(value, list):
        return [build(item) for item in value]
    if not isinstance(value, dict) or "t" not in value:
        return value
    kind = value.pop("t")
    return _CLASSES.setdefault(kind, type(kind, (_Native,), {"__module__": "xtpythonclient"}))(value)

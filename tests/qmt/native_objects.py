"""Objects as the native module hands them out: snake_case and m_* names side by side, and no class of xttype's."""

from __future__ import annotations

from typing import Any

# The m_* names that are known (xtquant.md 12.2, the vendor's examples, the wrapper); others follow the same habit.
_KNOWN = {
    "account_id": "m_strAccountID",
    "order_id": "m_nOrderID",
    "order_sysid": "m_strOrderSysID",
    "error_id": "m_nErrorID",
    "can_use_volume": "m_nCanUseVolume",
    "traded_id": "m_strTradedID",
}
_KINDS = {str: "str", bool: "b", int: "n", float: "d"}


class _Native:
    def __init__(self, fields: dict[str, Any]) -> None:
        for name, value in fields.items():
            setattr(self, name, value)
            setattr(self, m_name(name, value), value)


def m_name(name: str, value: Any) -> str:
    if name in _KNOWN:
        return _KNOWN[name]
    return f"m_{_KINDS[type(value)]}{''.join(part.capitalize() for part in name.split('_'))}"


_CLASSES: dict[str, type[_Native]] = {}


def build(value: Any) -> Any:
    """Native objects from what came over the wire; anything else as it is."""
    if isinstance(value, list):
        return [build(item) for item in value]
    if not isinstance(value, dict) or "t" not in value:
        return value
    kind = value.pop("t")
    return _CLASSES.setdefault(kind, type(kind, (_Native,), {"__module__": "xtpythonclient"}))(value)

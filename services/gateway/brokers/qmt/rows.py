"""What the vendor's objects say, copied field by field: a native object may not outlive the callback it came with.

Natives know a field by two names, ``order_id`` and ``m_nOrderID``, and releases differ in which optional ones there
are (xtquant 1.2, 5). What is missing gets its default; without a field that is needed the copy raises RowError.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any, Final, TypeVar

from common.errors import BrokerError


class RowError(BrokerError):
    """An object of the SDK lacks what it must have: the release is another one than ours."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """An XtOrder. ``order_time`` as the terminal gives it: mostly Unix seconds."""

    account_id: str
    stock_code: str
    order_id: int
    order_type: int
    order_volume: int
    order_status: int
    traded_volume: int
    price: float = 0.0
    order_sysid: str = ""
    order_time: int = 0
    status_msg: str = ""
    order_remark: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TradeRow:
    """An XtTrade: one fill."""

    account_id: str
    stock_code: str
    order_id: int
    order_type: int
    traded_id: str
    traded_price: float
    traded_volume: int
    order_sysid: str = ""
    traded_time: int = 0
    order_remark: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PositionRow:
    """An XtPosition, in shares."""

    account_id: str
    stock_code: str
    volume: int
    can_use_volume: int
    frozen_volume: int = 0
    open_price: float = 0.0
    avg_price: float = 0.0
    last_price: float = 0.0
    market_value: float = 0.0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AssetRow:
    """An XtAsset, in yuan. ``cash`` can be used; what open orders hold stands in ``frozen_cash``."""

    account_id: str
    cash: float
    frozen_cash: float = 0.0
    market_value: float = 0.0
    total_asset: float = 0.0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StatusRow:
    """An XtAccountStatus."""

    account_id: str
    status: int
    account_type: int = 0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OrderAnswer:
    """An XtOrderResponse: the terminal's answer to a submit; ``order_id`` -1 where it failed."""

    account_id: str
    seq: int
    order_id: int
    order_remark: str = ""
    error_msg: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OrderError:
    """An XtOrderError. Its ``seq`` is the native's alone; 0 where a release has none."""

    account_id: str
    order_id: int
    seq: int = 0
    error_id: int = 0
    error_msg: str = ""
    order_remark: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CancelAnswer:
    """An XtCancelOrderResponse: 0 means that the wish was taken, not that it came true."""

    account_id: str
    seq: int
    cancel_result: int
    order_id: int = 0
    order_sysid: str = ""
    error_msg: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CancelError:
    """An XtCancelError."""

    account_id: str
    order_id: int = 0
    order_sysid: str = ""
    error_id: int = 0
    error_msg: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Disconnected:
    """``on_disconnected``: the terminal is gone, as far as that instance knows."""


Row = OrderRow | TradeRow | PositionRow | AssetRow | StatusRow
Push = OrderRow | TradeRow | StatusRow | OrderAnswer | OrderError | CancelAnswer | CancelError | Disconnected
Copied = TypeVar("Copied", bound=Row | Push)
PushKind = TypeVar("PushKind", bound=Push)

_KINDS: Final = {"str": str, "int": int, "float": float}
_PREFIXES: Final = {"str": "m_str", "int": "m_n", "float": "m_d"}
_WORDS: Final = {"id": "ID", "sysid": "SysID"}


def copy_of(kind: type[Copied], source: object) -> Copied:
    """``source``, whatever its class, as one of ours. Raises RowError."""
    values: dict[str, Any] = {}
    for field in dataclasses.fields(kind):
        written = _value(source, field.name, str(field.type))
        if written is not None:
            values[field.name] = _as(kind, field, written)
        elif field.default is dataclasses.MISSING:
            raise RowError(f"xtquant 的 {kind.__name__} 缺少字段 {field.name}：请核对 xtquant 版本")
    return kind(**values)


def copies_of(kind: type[Row], sources: Iterable[object] | None) -> tuple[Row, ...] | None:
    """A query's answer; None stays None, since it may stand for a query that failed (xtquant 9)."""
    return None if sources is None else tuple(copy_of(kind, source) for source in sources)


def native_name(name: str, kind: str) -> str:
    """``m_nOrderID`` for ``order_id``."""
    return _PREFIXES[kind] + "".join(_WORDS.get(word, word.capitalize()) for word in name.split("_"))


def _value(source: object, name: str, kind: str) -> object:
    value = getattr(source, name, None)
    return getattr(source, native_name(name, kind), None) if value is None else value


def _as(kind: type[Copied], field: dataclasses.Field[Any], written: Any) -> object:
    if isinstance(written, bytes):
        written = written.decode("gb18030", errors="replace")
    try:
        return _KINDS[str(field.type)](written)
    except (TypeError, ValueError) as e:
        raise RowError(f"xtquant 的 {kind.__name__}.{field.name} 无法识别：{written!r}") from e

"""What a strategy process remembers beside `g`: tasks, how far the day has come, and orders that wait for the open."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

from jqdata.host import Task
from services.strategy import sub_state
from services.strategy.downtime import Down
from services.strategy.schedule import Call, Registered
from services.strategy.sub_state import SubsState

VERSION = 1


@dataclasses.dataclass(frozen=True, slots=True)
class Cursor:
    """The last call that began on ``day``, and whether it came to its end."""

    day: date
    call: Call
    finished: bool


@dataclasses.dataclass(frozen=True, slots=True)
class KeptOrder:
    """An order from before the open that is sent when the market takes it.

    ``price_e4`` is its limit, or a market order's own protective price (0: the host's, found when it is sent);
    ``worst_price_e4`` is what it was valued at when it was kept.
    """

    client_order_id: str
    symbol: str
    is_buy: bool
    qty: int
    market: bool
    price_e4: int
    worst_price_e4: int
    due_ns: int
    asked_ns: int


@dataclasses.dataclass(frozen=True, slots=True)
class StopOrder:
    """An order that waits for a price; ``limit_price_e4`` 0: it becomes a market order."""

    client_order_id: str
    symbol: str
    is_buy: bool
    qty: int
    mode: str
    stop_price_e4: int
    limit_price_e4: int
    asked_ns: int


@dataclasses.dataclass(frozen=True, slots=True)
class LiveState:
    """``groups`` are the parts of orders that were split, by the id the strategy knows; ``settings`` are for people.

    ``downs`` are the times the process was down on its last day, in market time.
    """

    strategy: str
    file_hash: str
    start_day: date
    initialized: bool
    next_seq: int
    tasks: tuple[Registered, ...]
    cursor: Cursor | None
    starting_cash_e4: int
    settings: dict[str, str]
    subscriptions: tuple[str, ...]
    log_levels: dict[str, str]
    kept: tuple[KeptOrder, ...]
    groups: dict[str, list[str]]
    downs: tuple[Down, ...] = ()
    stops: tuple[StopOrder, ...] = ()
    subs: SubsState | None = None


def to_json(state: LiveState) -> dict[str, Any]:
    """Plain values for a JSON file that people read too."""
    shown = dataclasses.asdict(state)
    shown["start_day"] = state.start_day.isoformat()
    if state.cursor is not None:
        shown["cursor"]["day"] = state.cursor.day.isoformat()
    return {"version": VERSION, **shown}


def from_json(shown: dict[str, Any]) -> LiveState:
    """The state; KeyError, TypeError or ValueError where something is missing or of another kind."""
    cursor = shown["cursor"]
    return LiveState(
        strategy=_text(shown["strategy"]),
        file_hash=_text(shown["file_hash"]),
        start_day=date.fromisoformat(shown["start_day"]),
        initialized=_flag(shown["initialized"]),
        next_seq=_number(shown["next_seq"]),
        tasks=tuple(_registered(task) for task in shown["tasks"]),
        cursor=None if cursor is None else _cursor(cursor),
        starting_cash_e4=_number(shown["starting_cash_e4"]),
        settings=_texts(shown["settings"]),
        subscriptions=tuple(_text(symbol) for symbol in shown["subscriptions"]),
        log_levels=_texts(shown["log_levels"]),
        kept=tuple(KeptOrder(**order) for order in shown["kept"]),
        groups={_text(group): [_text(part) for part in parts] for group, parts in shown["groups"].items()},
        downs=tuple(
            Down(_number(from_ns), _number(until_ns), _flag(told)) for from_ns, until_ns, told in shown.get("downs", ())
        ),
        stops=tuple(StopOrder(**order) for order in shown.get("stops", ())),
        subs=sub_state.read(shown.get("subs")),
    )


def _cursor(shown: dict[str, Any]) -> Cursor:
    return Cursor(date.fromisoformat(shown["day"]), Call(**shown["call"]), _flag(shown["finished"]))


def _registered(shown: dict[str, Any]) -> Registered:
    return Registered(Task(**shown["task"]), _number(shown["seq"]), _number(shown["since_ns"]))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} 应为文字")
    return value


def _texts(value: dict[object, object]) -> dict[str, str]:
    return {_text(key): _text(item) for key, item in value.items()}


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} 应为整数")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} 应为 true 或 false")
    return value

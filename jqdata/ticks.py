"""Snapshots by name and time: the latest, and those of today that the feed has published."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, Literal, overload

from common.beijing import to_ns
from common.symbols import normalize_code
from jqdata import flows, host, provided
from jqdata.missing import part_missing
from jqdata.snapshots import Tick
from jqdata.units import When, time_of

if TYPE_CHECKING:
    from jqdata.frames import Frame

Codes = str | Sequence[str]
_FIELDS = ("time", *(name for name in Tick.FIELDS if name not in ("code", "datetime", "open")))


# A text is a sequence of texts too: where both fit, the first is meant.
@overload
def get_current_tick(  # type: ignore[overload-overlap]
    security: str, dt: When | None = None, df: Literal[False] = False
) -> Tick | None: ...
@overload
def get_current_tick(
    security: Sequence[str], dt: When | None = None, df: Literal[False] = False
) -> dict[str, Tick | None]: ...
@overload
def get_current_tick(security: Codes, dt: When | None = None, *, df: Literal[True]) -> Frame: ...
def get_current_tick(
    security: Codes, dt: When | None = None, df: bool = False
) -> Tick | dict[str, Tick | None] | Frame | None:
    """The latest snapshot, None where there is none yet; a list gives a dict, ``df`` a frame with one row per code.

    With ``dt`` the one of that moment, as the data provider has it.
    """
    if dt is not None and not provided.has("ticks"):
        raise part_missing("get_current_tick(dt=…)", "历史快照")
    codes = _codes(security)
    quotes = {code: host.current().quote(code) if dt is None else flows.past_quote(code, dt) for code in codes}
    ticks = {code: None if quote is None else Tick(quote) for code, quote in quotes.items()}
    if not df:
        return ticks[codes[0]] if isinstance(security, str) else ticks
    from jqdata.frames import Frame

    rows = {code: {name: tick[name] for name in Tick.FIELDS} for code, tick in ticks.items() if tick is not None}
    return Frame.from_dict(rows, orient="index", columns=list(Tick.FIELDS))


def get_ticks(
    security: Codes,
    end_dt: When | None = None,
    start_dt: When | None = None,
    count: int | None = None,
    fields: Codes | None = None,
    skip: bool = True,
    df: bool = False,
) -> Any:
    """Snapshots up to ``end_dt`` (default: now), the last ``count`` or all since ``start_dt`` (default: today's).

    Those of today are the feed's; a ``start_dt`` before today needs a data provider. ``skip`` leaves out those
    without a trade. A structured array, with ``df`` a frame; of several codes a dict of arrays, or one frame with the
    codes as the outer index. ValueError where both ``start_dt`` and ``count`` are given, or a field is none.
    """
    if start_dt is not None and count is not None:
        raise ValueError("get_ticks 的 start_dt 与 count 只能给一个")
    names = _names(fields)
    now = host.current().now()
    midnight = datetime.combine(now.date(), time())
    start = midnight if start_dt is None else time_of(start_dt)
    end = now if end_dt is None else min(time_of(end_dt), now)
    if min(start, end) < midnight:
        if not provided.has("ticks"):
            raise part_missing("get_ticks(早于当日)", "历史快照")
        first = None if start_dt is None else start
        parts = flows.past_ticks(_codes(security), first, end, int(count or 0), skip=skip)
        shaped = {code: _cut(part, names, df=df) for code, part in parts.items()}
    else:
        found = {code: _today(code, start, end, skip=skip) for code in _codes(security)}
        shaped = {code: _shaped(ticks[-count:] if count else ticks, names, df=df) for code, ticks in found.items()}
    if isinstance(security, str):
        return next(iter(shaped.values()))
    return _joined(shaped) if df and shaped else shaped


def _joined(frames: dict[str, Frame]) -> Frame:
    import pandas as pd

    return pd.concat(frames)


def _today(code: str, start: datetime, end: datetime, *, skip: bool) -> list[Tick]:
    ticks, volume = [], 0
    for quote in host.current().ticks(code, to_ns(start) - 1, to_ns(end)):
        if not skip or quote.volume != volume:
            ticks.append(Tick(quote))
        volume = quote.volume
    return ticks


def _cut(part: Frame, names: list[str], *, df: bool) -> Any:
    """Of the fields those that the provider has."""
    kept = part[[name for name in names if name in part]]
    return kept if df else kept.to_records(index=False)


def _shaped(ticks: list[Tick], names: list[str], *, df: bool) -> Any:
    import numpy as np

    from jqdata.shapes import records

    columns = {name: np.empty(len(ticks), object if name == "time" else float) for name in names}
    for name, column in columns.items():
        column[:] = [tick["datetime" if name == "time" else name] for tick in ticks]
    if not df:
        return records(columns)
    from jqdata.frames import Frame

    return Frame(columns)


def _codes(security: Codes) -> list[str]:
    return [normalize_code(code) for code in ([security] if isinstance(security, str) else security)]


def _names(fields: Codes | None) -> list[str]:
    names = [fields] if isinstance(fields, str) else list(fields or _FIELDS)
    for name in names:
        if name not in _FIELDS:
            raise ValueError(f"get_ticks 没有字段 {name!r}（应如 {'、'.join(_FIELDS[:6])}、a1_p、b5_v）")
    return names

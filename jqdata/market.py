"""Prices for strategies, with JoinQuant's defaults, cut-offs and shapes.

``fq`` is 'pre' (as of the strategy's day), 'post' or None, prices as traded (jqdata/adjust.py).
A code the feed does not know has no bars and is warned about; text that is no code at all raises ValueError.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal, overload

from common.beijing import DAY_NS, midnight, naive, to_ns
from common.symbols import normalize_code
from jqdata import host
from jqdata.snapshots import CurrentDataTable
from jqdata.units import STANDARD, Unit, When, time_of, unit_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from jqdata.bars import Span, Table
    from jqdata.frames import Frame, Panel
    from jqdata.shapes import Rows

    Floats = NDArray[np.float64]
    Records = NDArray[np.void]


def get_current_data(security_list: Sequence[str] | None = None) -> CurrentDataTable:
    """``get_current_data()[code]`` is what is known now: last_price, high_limit, low_limit, paused, is_st, day_open …

    Nothing is read before an attribute is, so the argument of older strategies is not needed.
    """
    return CurrentDataTable()


@overload
def attribute_history(
    security: str,
    count: int,
    unit: str = "1d",
    fields: str | Iterable[str] = STANDARD,
    skip_paused: bool = True,
    df: Literal[True] = True,
    fq: str | None = "pre",
) -> Frame: ...
@overload
def attribute_history(
    security: str,
    count: int,
    unit: str = "1d",
    fields: str | Iterable[str] = STANDARD,
    skip_paused: bool = True,
    *,
    df: Literal[False],
    fq: str | None = "pre",
) -> dict[str, Floats]: ...
def attribute_history(
    security: str,
    count: int,
    unit: str = "1d",
    fields: str | Iterable[str] = STANDARD,
    skip_paused: bool = True,
    df: bool = True,
    fq: str | None = "pre",
) -> Frame | dict[str, Floats]:
    """The last ``count`` finished bars of one security: a frame of times by fields, or arrays by field (``df=False``).

    Days never include today, not even after the close; minutes not the one in progress (at 09:31:00 the last is 09:31).
    """
    from jqdata import fields as bar_fields
    from jqdata import shapes

    symbol, parsed = normalize_code(security), unit_of(unit)
    wanted = bar_fields.fields_of(fields, parsed)
    table = _only(_rows([symbol], parsed, _history_span(parsed, count, fq), skip_paused=skip_paused))
    columns = shapes.columns_of(symbol, table, wanted, parsed)
    return shapes.frame(columns, table) if df else columns


@overload
def history(
    count: int,
    unit: str = "1d",
    field: str = "avg",
    security_list: str | Sequence[str] | None = None,
    df: Literal[True] = True,
    skip_paused: bool = False,
    fq: str | None = "pre",
) -> Frame: ...
@overload
def history(
    count: int,
    unit: str = "1d",
    field: str = "avg",
    security_list: str | Sequence[str] | None = None,
    *,
    df: Literal[False],
    skip_paused: bool = False,
    fq: str | None = "pre",
) -> dict[str, Floats]: ...
def history(
    count: int,
    unit: str = "1d",
    field: str = "avg",
    security_list: str | Sequence[str] | None = None,
    df: bool = True,
    skip_paused: bool = False,
    fq: str | None = "pre",
) -> Frame | dict[str, Floats]:
    """One field of several securities (None: ``context.universe``): a frame of times by codes, or arrays by code.

    Cut off as :func:`attribute_history`. With ``skip_paused`` the days of the securities differ, so rows are numbered,
    the newest last, and shorter columns begin with nan.
    """
    from jqdata import fields as bar_fields
    from jqdata import shapes

    codes, parsed = _codes(_universe() if security_list is None else security_list), unit_of(unit)
    name, *more = bar_fields.fields_of(field, parsed)
    if more:
        raise ValueError(f"history 一次只取一个字段：{field!r}")
    rows = _rows(codes, parsed, _history_span(parsed, count, fq), skip_paused=skip_paused)
    if isinstance(rows, dict):
        columns = {code: bar_fields.values(code, table, name, parsed) for code, table in rows.items()}
        return shapes.numbered(columns) if df else columns
    lines = bar_fields.matrix(rows, name, parsed)
    return shapes.wide(lines, codes, rows.rows) if df else dict(zip(codes, lines, strict=True))


def get_price(
    security: str | Sequence[str],
    start_date: When | None = None,
    end_date: When | None = None,
    frequency: str = "daily",
    fields: str | Iterable[str] | None = None,
    skip_paused: bool = False,
    fq: str | None = "pre",
    count: int | None = None,
    panel: bool = True,
    fill_paused: bool = True,
) -> Frame | Panel:
    """Finished bars from ``start_date`` (2015-01-01) or the last ``count``, up to and with ``end_date`` (2015-12-31).

    One code gives a frame of times by fields; a list gives ``panel[field]``, frames of times by codes, or with
    ``panel=False`` one long frame with ``time`` and ``code``. Nothing later than now comes back; today's day bar only
    after the close, its ``paused``, ``pre_close`` and limits from its morning on. A date without a time means its
    midnight where minutes are asked for.
    """
    from jqdata import before_open, shapes
    from jqdata import fields as bar_fields

    if start_date is not None and count is not None:
        raise ValueError("get_price 的 start_date 与 count 只能给一个")
    parsed, codes = unit_of(frequency), _codes(security)
    wanted = bar_fields.fields_of(fields, parsed)
    span = _price_span(parsed, start_date or "2015-01-01", end_date or "2015-12-31", count, fq)
    rows = _rows(codes, parsed, span, skip_paused=skip_paused, fill_paused=fill_paused)
    if parsed.is_plain and parsed.is_daily:
        rows = before_open.with_today(rows, span, wanted)
    if isinstance(security, str):
        table = _only(rows)
        return shapes.frame(shapes.columns_of(codes[0], table, wanted, parsed), table)
    return shapes.panel(rows, wanted, parsed) if panel else shapes.long(rows, wanted, parsed)


def get_bars(
    security: str | Sequence[str],
    count: int,
    unit: str = "1d",
    fields: str | Iterable[str] | None = None,
    include_now: bool = False,
    end_dt: When | None = None,
    fq_ref_date: When | None = None,
    df: bool = False,
) -> Records | Frame | dict[str, Records]:
    """The last ``count`` bars up to ``end_dt`` (now), without suspended days; fewer where there are no more.

    One record per bar with ``date``, open, high, low, close by default. The bar that ``end_dt`` lies in comes only with
    ``include_now``; of days, weeks and months that is the current one until it is over. Several codes give a dict of
    arrays, or with ``df`` one frame indexed by code and number. Prices are as traded, or adjusted as of
    ``fq_ref_date`` (one to come is today).
    """
    from jqdata import bars, shapes

    parsed, codes = unit_of(unit), _codes(security)
    names = shapes.record_fields(fields, parsed)
    span = _bars_span(parsed, count, end_dt, fq_ref_date, running=include_now)
    tables = bars.traded(codes, parsed, span)
    columns = {code: shapes.record_columns(code, tables[code], names, parsed) for code in codes}
    if isinstance(security, str):
        only = columns[codes[0]]
        return shapes.numbered(only) if df else shapes.records(only)
    if df:
        return shapes.stacked(columns)
    return {code: shapes.records(column) for code, column in columns.items()}


def _rows(codes: list[str], unit: Unit, span: Span, *, skip_paused: bool, fill_paused: bool = True) -> Rows:
    from jqdata import bars, grid

    return bars.traded(codes, unit, span) if skip_paused else grid.filled(codes, unit, span, fill_paused=fill_paused)


def _only(rows: Rows) -> Table:
    (table,) = (rows if isinstance(rows, dict) else rows.tables()).values()
    return table


def _history_span(unit: Unit, count: int, fq: str | None) -> Span:
    from jqdata.adjust import adjust_of
    from jqdata.bars import Span

    now_ns = _now_ns()
    end_ns = midnight(naive(now_ns).date()) if unit.is_daily else now_ns
    return Span(end_ns, _count(count), adjust=adjust_of(fq))


def _price_span(unit: Unit, start_date: When, end_date: When, count: int | None, fq: str | None) -> Span:
    from jqdata.adjust import adjust_of
    from jqdata.bars import Span

    start, end = time_of(start_date), time_of(end_date)
    start_ns = midnight(start.date()) if unit.is_daily else to_ns(start)
    end_ns = midnight(end.date()) + DAY_NS - 1 if unit.is_daily else to_ns(end)
    end_ns = min(end_ns, _now_ns())
    adjust = adjust_of(fq)
    return Span(end_ns, 0, start_ns, adjust=adjust) if count is None else Span(end_ns, _count(count), adjust=adjust)


def _bars_span(unit: Unit, count: int, end_dt: When | None, fq_ref_date: When | None, *, running: bool) -> Span:
    """Seconds of ``end_dt`` do not count: the least bar is a minute."""
    from jqdata.adjust import Adjust
    from jqdata.bars import Span

    end_ns = _now_ns()
    if end_dt is not None:
        end_ns = min(to_ns(time_of(end_dt).replace(second=0, microsecond=0)), end_ns)
    if unit.is_daily and not running:
        end_ns = midnight(naive(end_ns).date())
    adjust = None if fq_ref_date is None else Adjust(min(time_of(fq_ref_date), host.current().now()).date())
    return Span(end_ns, _count(count), running=running, adjust=adjust)


def _now_ns() -> int:
    return to_ns(host.current().now())


def _codes(security: str | Sequence[str]) -> list[str]:
    wanted = [security] if isinstance(security, str) else security
    return list(dict.fromkeys(normalize_code(code) for code in wanted))


def _universe() -> list[str]:
    universe = host.current().setting("universe")
    if not isinstance(universe, list) or not universe:
        raise ValueError("history 未给 security_list，且没有用 set_universe 设置股票池")
    return universe


def _count(count: int) -> int:
    try:
        whole = int(count)
    except (TypeError, ValueError, OverflowError):
        whole = 0
    if whole != count or whole < 1:
        raise ValueError(f"count 应为正整数：{count!r}")
    return whole

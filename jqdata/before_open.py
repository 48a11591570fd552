"""What is known of a day before it ends: its previous close, its price limits, and who is suspended.

JoinQuant gives these for the day itself from its morning on, and no other field; so files ask for the day's ``paused``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from common.beijing import day_of, midnight
from common.instruments import divide_half_up, rules_of
from jqdata import host
from jqdata.bars import COLUMNS, Span, Table
from jqdata.grid import Grid

if TYPE_CHECKING:
    from jqdata.shapes import Rows

_FIELDS = {"paused", "high_limit", "low_limit", "pre_close"}


def with_today(rows: Rows, span: Span, fields: Iterable[str]) -> Rows:
    """The rows, and one of today where it is asked for, has no bar yet, and only such fields are wanted of it."""
    running = host.current()
    today = running.now().date()
    if not _FIELDS.issuperset(fields) or day_of(span.end_ns) != today or today not in running.trade_days():
        return rows
    today_ns = midnight(today)
    if isinstance(rows, Grid):
        ends_today = len(rows.rows) and rows.rows.time_ns[-1] == today_ns
        joined = _joined(rows.rows, _today(rows.symbols, today_ns), span.count)
        return rows if ends_today else Grid(rows.symbols, joined)
    return {code: _of_traded(code, table, today_ns, span.count) for code, table in rows.items()}


def _of_traded(code: str, table: Table, today_ns: int, count: int) -> Table:
    """The table of a code whose suspended days are left out."""
    early = _today([code], today_ns).line(0)
    if early.paused[0] != 0 or (len(table) and table.time_ns[-1] == today_ns):
        return table
    return _joined(table, early, count)


def _today(codes: list[str], today_ns: int) -> Table:
    """One row for each code; nan where no quote is known. Until its first quote comes it is as suspended as it was."""
    shape = (len(codes), 1)
    pre_close, paused = np.full(shape, np.nan), np.full(shape, np.nan)
    quotes = {code: quote for code in codes if (quote := host.current().quote(code)) is not None}
    ratios_e9 = _of_ex_day([code for code, quote in quotes.items() if quote.at_ns < today_ns], today_ns)
    for number, code in enumerate(codes):
        if (quote := quotes.get(code)) is None:
            continue
        close_e4 = quote.prev_close_e4 if quote.at_ns >= today_ns else quote.last_price_e4
        if code in ratios_e9:
            tick_e4 = rules_of(code, day_of(today_ns)).tick_e4
            close_e4 = divide_half_up(close_e4 * 10**9, ratios_e9[code] * tick_e4) * tick_e4
        pre_close[number], paused[number] = close_e4 / 1e4, float(quote.suspended)
    known = {"time_ns": np.array([today_ns]), "pre_close": pre_close, "paused": paused, "factor": np.ones(shape)}
    return Table(*(known.get(name, np.full(shape, np.nan)) for name in COLUMNS))


def _of_ex_day(codes: list[str], today_ns: int) -> dict[str, int]:
    """What yesterday's close is divided by to give today's reference price, times 10^9; of codes that go ex today."""
    today = day_of(today_ns)
    number = int(f"{today:%Y%m%d}")
    known = host.current().adjustments(codes, today - timedelta(days=1)) if codes else {}
    return {code: one.ratios_e9[one.days.index(number)] for code, one in known.items() if number in one.days}


def _joined(earlier: Table, today: Table, count: int) -> Table:
    columns = (np.concatenate([getattr(earlier, name), getattr(today, name)], axis=-1) for name in COLUMNS)
    return Table(*columns)[slice(-count if count else 0, None)]

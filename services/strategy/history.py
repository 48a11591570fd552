"""Bars and ex-days for the strategy: asked once, good for the same logical minute or day.

Quotes answer what their feed knows; what it does not is filled up from the data provider's archive (older.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from common import messages as m
from common.beijing import DAY_NS, MINUTE_NS, ns_of_day
from common.reasons import Reason
from jqdata.columns import Columns, columns_of
from services.strategy.older import Older
from services.strategy.runtime import Runtime, in_parts

_ROWS_MAX = 1_500_000
"""What is kept, in bars of some 70 bytes: more than a year of days of every stock."""

_ROWS_AN_ANSWER = 10_000
"""Some 40 ms of the quotes process on a recorded market, three times that on a made-up one: others wait in between."""

_SYMBOLS_AN_ANSWER = 1_000

_CLOSE_NS = 15 * 60 * MINUTE_NS
_MINUTES_A_DAY = 240

Key = tuple[tuple[str, ...], str, int, int, tuple[int, int], bool]


class History:
    """A small cache before ``GetBars``; what it holds never changes within its minute (1m) or trading phase (1d)."""

    def __init__(self, runtime: Runtime, older: Older) -> None:
        self._rt, self._older = runtime, older
        self._cached: dict[Key, dict[str, Columns]] = {}
        self._rows: dict[Key, int] = {}
        self._adjustments: dict[str, m.Adjustment | None] = {}
        self._adjusted_day = 0  # the trading day they are of

    def bars(self, asked: m.GetBars) -> dict[str, Columns]:
        """Bars by symbol; a symbol nobody knows is absent, and all are where quotes does not answer.

        ``end_ns`` 0, or later than it, means the callback's logical time.
        """
        logical_ns = self._rt.logical_ns
        end_ns = min(asked.end_ns or logical_ns, logical_ns)
        key = self._key(asked, end_ns)
        if key not in self._cached:
            whole = m.GetBars(asked.symbols, asked.unit, asked.count, asked.start_ns, end_ns, asked.running)
            found = self._found(whole)
            if found is None:
                return {}
            if self._older.is_provisional:
                return found
            self._keep(key, found)
        return self._cached[key]

    def adjustments(self, symbols: Sequence[str], since: date | None) -> dict[str, m.Adjustment]:
        """The ex-days up to today by symbol, at least those after ``since`` (None: all); absent where none is known."""
        if self._adjusted_day != self._rt.trading_day:
            self._adjustments, self._adjusted_day = {}, self._rt.trading_day
        missing = [symbol for symbol in symbols if symbol not in self._adjustments]
        for part in in_parts(missing, _SYMBOLS_AN_ANSWER):
            answer = self._rt.ask(m.GetAdjustments(part))
            if not isinstance(answer, m.Adjustments):
                self._complain("复权因子", answer)
                break
            self._adjustments |= {**dict.fromkeys(part), **{one.symbol: one for one in answer.adjustments}}
        asked = {symbol: self._adjustments[symbol] for symbol in symbols if symbol in self._adjustments}
        known = self._older.adjusted(asked, since, self._ask)
        return {symbol: one for symbol, one in known.items() if one is not None}

    def _found(self, whole: m.GetBars) -> dict[str, Columns] | None:
        """The feed's bars and the archive's; None, with a warning, where the feed does not answer."""
        found = self._ask(whole)
        is_refused = isinstance(found, m.Refusal) and found.reason is Reason.NOT_SUPPORTED
        if is_refused and (nearer := self._older.nearer(whole)):
            refusal, found = found, self._ask(nearer)
            if isinstance(found, dict):
                found = self._older.completed(whole, found, self._ask)
                # A local folder turns out not to have the file: half of an answer is none.
                found = found if self._older.has_bars(whole.unit) else refusal
        elif isinstance(found, dict):
            found = self._older.completed(whole, found, self._ask)
        if isinstance(found, dict):
            return found
        self._complain("历史行情", found)
        return None

    def _ask(self, query: m.GetBars) -> dict[str, Columns] | m.Message:
        """In parts where it is about many symbols; what else came where one of them is not answered with bars."""
        found: dict[str, Columns] = {}
        for symbols in in_parts(query.symbols, _ROWS_AN_ANSWER // max(_rows_each(query), 1)):
            part = m.GetBars(symbols, query.unit, query.count, query.start_ns, query.end_ns, query.running)
            answer = self._rt.ask(part)
            if not isinstance(answer, m.Bars):
                return answer
            found.update((bars.symbol, columns_of(bars)) for bars in answer.columns)
        return found

    def _keep(self, key: Key, found: dict[str, Columns]) -> None:
        """Beyond the bound the oldest answers go first."""
        rows = sum(map(len, found.values()))
        while self._rows and sum(self._rows.values()) + rows > _ROWS_MAX:
            oldest = next(iter(self._rows))
            del self._rows[oldest], self._cached[oldest]
        # An answer without bars takes its place as well.
        self._cached[key], self._rows[key] = found, max(rows, len(found), 1)

    def _complain(self, what: str, answer: m.Message) -> None:
        why = answer.text if isinstance(answer, m.Refusal) else type(answer).__name__
        self._rt.log("warning", "history", f"{what}没有得到回答：{why}")

    def _key(self, asked: m.GetBars, end_ns: int) -> Key:
        """An unfinished bar changes with every quote, and whether there is one depends on the exact end."""
        if asked.running:
            until = end_ns, self._rt.now_ns
        else:
            until = (_phase(end_ns) if asked.unit == "1d" else end_ns // MINUTE_NS), 0
        return tuple(asked.symbols), asked.unit, asked.count, asked.start_ns, until, asked.running


def _rows_each(query: m.GetBars) -> int:
    """How many bars of one symbol may come at most, give or take a holiday."""
    if query.count:
        return query.count
    days = max(query.end_ns - query.start_ns, 0) // DAY_NS + 1
    return days * (1 if query.unit == "1d" else _MINUTES_A_DAY)


def _phase(end_ns: int) -> int:
    """Which day's bars are complete: a day's own bar is from 15:00 on."""
    since = ns_of_day(end_ns)
    return (end_ns - since) // DAY_NS * 2 + (since >= _CLOSE_NS)

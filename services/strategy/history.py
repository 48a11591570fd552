"""Bars for the strategy: asked of quotes once, good for the same logical minute or day."""

from __future__ import annotations

from common import messages as m
from common.beijing import DAY_NS, MINUTE_NS, ns_of_day
from jqdata.columns import Columns, columns_of
from services.strategy.runtime import Runtime

_ENTRIES_MAX = 2_000
_CLOSE_NS = 15 * 60 * MINUTE_NS

Key = tuple[tuple[str, ...], str, int, int, int, bool]


class History:
    """A small cache before ``GetBars``; what it holds never changes within its minute (1m) or trading phase (1d)."""

    def __init__(self, runtime: Runtime) -> None:
        self._rt = runtime
        self._cached: dict[Key, dict[str, Columns]] = {}

    def bars(self, asked: m.GetBars) -> dict[str, Columns]:
        """Bars by symbol; a symbol the feed does not know is absent, and all are where quotes does not answer.

        ``end_ns`` 0, or later than it, means the callback's logical time.
        """
        logical_ns = self._rt.logical_ns
        end_ns = min(asked.end_ns or logical_ns, logical_ns)
        key = self._key(asked, end_ns)
        if key not in self._cached:
            query = m.GetBars(asked.symbols, asked.unit, asked.count, asked.start_ns, end_ns, asked.running)
            answer = self._rt.ask(query)
            if not isinstance(answer, m.Bars):
                why = answer.text if isinstance(answer, m.Refusal) else type(answer).__name__
                self._rt.log("warning", "history", f"历史行情没有得到回答：{why}")
                return {}
            if len(self._cached) >= _ENTRIES_MAX:
                self._cached.clear()
            self._cached[key] = {bars.symbol: columns_of(bars) for bars in answer.columns}
        return self._cached[key]

    def _key(self, asked: m.GetBars, end_ns: int) -> Key:
        until = _phase(end_ns) if asked.unit == "1d" and not asked.running else end_ns // MINUTE_NS
        if asked.running:
            until = self._rt.now_ns
        return tuple(asked.symbols), asked.unit, asked.count, asked.start_ns, until, asked.running


def _phase(end_ns: int) -> int:
    """Which day's bars are complete: a day's own bar is from 15:00 on."""
    since = ns_of_day(end_ns)
    return (end_ns - since) // DAY_NS * 2 + (since >= _CLOSE_NS)

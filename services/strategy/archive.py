"""What the data provider knows of the market: older bars, ex-days, listings and trading days, kept for the day.

Bars are those of days before today only; what today brings is the feed's to tell. Datasets, units and days are those of
docs/data.md. ProviderFailed where it is asked and cannot answer.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from common import messages as m
from common.beijing import DAY_NS, MINUTE_NS, midnight
from jqdata.columns import Columns, joined, no_columns
from jqdata.datasets import givers
from jqdata.missing import ProviderFailed
from services.strategy import provided_rows as rows
from services.strategy.runtime import Runtime, in_parts
from services.strategy.spans import Span, numbers_of, spans_to

_DAY = timedelta(days=1)
_ROWS_AN_ANSWER = 25_000
_ROWS_MAX = 3_000_000
"""What is kept of bars; beyond it all of them are let go and asked for again."""

_EMPTY_MAX = {"1d": 2, "1m": 3}
"""A code whose listing is not known begins where so many spans before it have nothing."""

_RETRY_NS = 5 * MINUTE_NS

_DATASETS = {"1d": "bars_1d", "1m": "bars_1m"}
_ABSENT = ("NOT_PROVIDED", "DATA_FILE_MISSING")


class Archive:
    """Asks only for what it lacks; a new trading day starts it afresh."""

    def __init__(self, runtime: Runtime) -> None:
        self._rt = runtime
        self._today = date.min
        self._absent: set[str] = set()
        self._bars: dict[tuple[str, str, int], Columns] = {}  # by unit, symbol and number of the span
        self._rows = 0
        self._spans: dict[str, list[Span]] = {}
        self._ex_days: dict[tuple[str, int], rows.ExDays] = {}
        self._listings: dict[str, m.Instrument] | None = None
        self._mute_until_ns: dict[str, int] = {}
        self._trade_days: list[date] = []

    def has(self, dataset: str) -> bool:
        """Whether the provider has it; a local folder only where the file is there."""
        self._open()
        provider = self._rt.config.data_provider
        return bool(provider) and provider in givers(dataset) and dataset not in self._absent

    def has_bars(self, unit: str) -> bool:
        return self.has(_DATASETS[unit])

    # -- bars ------------------------------------------------------------------------------------------------------

    def between(self, asked: Mapping[str, Span], unit: str) -> dict[str, Columns]:
        """The bars of the days of each symbol's span, none of today; empty where there are none."""
        self._open()
        self._make_room()
        spans, lacking = self._spans_of(unit), defaultdict(list)
        chosen: dict[str, range] = {}
        for symbol, (first, last) in asked.items():
            first, last = self._while_listed(symbol, first, last)
            chosen[symbol] = numbers_of(spans, first, last) if first <= last else range(0)
            for number in chosen[symbol]:
                if (unit, symbol, number) not in self._bars:
                    lacking[number].append(symbol)
        for number in sorted(lacking, reverse=True):
            self._fetch(lacking[number], unit, number)
        return {
            symbol: _of_days(joined([self._part(unit, symbol, number) for number in chosen[symbol]]), *asked[symbol])
            for symbol in asked
        }

    def newest(self, asked: Mapping[str, tuple[int, int]], unit: str) -> dict[str, Columns]:
        """The last bars of each symbol up to a moment (ns), as many as are wanted or there are, none of today."""
        self._open()
        self._make_room()
        found = {symbol: _Walk(until_ns, count) for symbol, (until_ns, count) in asked.items()}
        spans = self._spans_of(unit)
        for number in reversed(range(len(spans))):
            first, last = spans[number]
            seeking = [symbol for symbol, walk in found.items() if walk.goes_on and midnight(first) <= walk.until_ns]
            listed = []
            for symbol in seeking:
                begin, end = self._while_listed(symbol, first, last)
                found[symbol].is_over = begin > last
                if begin <= last and end >= first:
                    listed.append(symbol)
            self._fetch([symbol for symbol in listed if (unit, symbol, number) not in self._bars], unit, number)
            for symbol in listed:
                found[symbol].take(self._part(unit, symbol, number), _EMPTY_MAX[unit])
            if not any(walk.goes_on for walk in found.values()):
                break
        return {symbol: walk.bars() for symbol, walk in found.items()}

    def _make_room(self) -> None:
        """Before a question, never within it."""
        if self._rows > _ROWS_MAX:
            self._bars.clear()
            self._rows = 0

    def _part(self, unit: str, symbol: str, number: int) -> Columns:
        return self._bars.get((unit, symbol, number)) or no_columns()

    def _while_listed(self, symbol: str, first: date, last: date) -> Span:
        one = self.listings().get(symbol)
        if one is None:
            return first, last
        first = max(first, rows.day_of_number(one.start_day)) if one.start_day else first
        return first, min(last, rows.day_of_number(one.end_day)) if one.end_day else last

    def _fetch(self, symbols: Sequence[str], unit: str, number: int) -> None:
        first, last = self._spans_of(unit)[number]
        each = max((last - first).days * 5 // 7, 1) * (1 if unit == "1d" else 240)
        for part in in_parts(list(symbols), _ROWS_AN_ANSWER // each):
            want = m.Want(
                _DATASETS[unit], f"{last}", "span", f"{first}", f"{last}", codes=part,
                columns=rows.COLUMNS[unit], optional=rows.OPTIONAL,
            )  # fmt: skip
            answer = self._ask("history", want)
            found = rows.bars_of(answer, unit) if answer is not None else {}
            for symbol in part:
                bars = found.get(symbol) or no_columns()
                self._bars[unit, symbol, number] = bars
                self._rows += len(bars)

    def _spans_of(self, unit: str) -> list[Span]:
        if unit not in self._spans:
            self._spans[unit] = spans_to(unit, self._today if unit == "ex" else self._today - _DAY)
        return self._spans[unit]

    # -- ex-days -----------------------------------------------------------------------------------------------------

    def ex_days(self, asked: Mapping[str, Span]) -> dict[str, rows.ExDays]:
        """The ex-days within each symbol's span, up to today, and the ratio of each (``GetAdjustments``)."""
        self._open()
        spans, lacking = self._spans_of("ex"), defaultdict(list)
        chosen: dict[str, range] = {}
        for symbol, (first, last) in asked.items():
            begin, end = self._while_listed(symbol, first, min(last, self._today))
            listed = self.listings().get(symbol)
            pays_none = begin > end or (listed is not None and listed.kind == "index")
            chosen[symbol] = range(0) if pays_none else numbers_of(spans, begin, end)
            for number in chosen[symbol]:
                if (symbol, number) not in self._ex_days:
                    lacking[number].append(symbol)
        for number in sorted(lacking, reverse=True):
            self._fetch_ex_days(lacking[number], number)
        found = {}
        for symbol, (first, last) in asked.items():
            every = (one for number in chosen[symbol] for one in self._ex_days.get((symbol, number), ()))
            found[symbol] = [one for one in every if first <= rows.day_of_number(one[0]) <= last]
        return found

    def _fetch_ex_days(self, symbols: Sequence[str], number: int) -> None:
        first, last = self._spans_of("ex")[number]
        columns = ["code", "day", "ratio"]
        for part in in_parts(list(symbols), 1_000):
            want = m.Want("adjustments", f"{last}", "span", f"{first}", f"{last}", codes=part, columns=columns)
            answer = self._ask("history", want)
            found = rows.ex_days_of(answer) if answer is not None else {}
            self._ex_days.update({(symbol, number): found.get(symbol, []) for symbol in part})

    # -- listings, days ----------------------------------------------------------------------------------------------

    def listings(self) -> Mapping[str, m.Instrument]:
        """What was listed up to today, by code; nothing, with a warning, where the provider does not say now."""
        self._open()
        if self._listings is None:
            want = m.Want("securities", f"{self._today}", columns=list(rows.LISTING))
            answer = self._if_it_answers("get_all_securities", want)
            self._listings = rows.listings_of(answer, self._today) if answer is not None else None
        return self._listings or {}

    @property
    def is_mute(self) -> bool:
        """Listings were asked for a moment ago, and not answered."""
        return self._is_mute("securities")

    def trade_days(self, before: date) -> list[date]:
        """The trading days before a day; none, with a warning, where the provider does not say now."""
        self._open()
        if not self._trade_days:
            want = m.Want("trade_days", f"{before - _DAY}", "span", last=f"{before - _DAY}", columns=["day"])
            answer = self._if_it_answers("get_trade_days", want)
            self._trade_days = rows.days_of(answer) if answer is not None else []
        return self._trade_days

    # -- asking ------------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        day = self._rt.day
        if day != self._today:
            self._today = day
            self._absent.clear()
            self._bars.clear()
            self._spans.clear()
            self._ex_days.clear()
            self._mute_until_ns.clear()
            self._listings, self._rows = None, 0

    def _ask(self, function: str, want: m.Want) -> m.ProviderAnswer | None:
        """None where the provider turns out not to have the dataset."""
        answer = self._rt.ask_provider(function, [want], "")
        if answer.code in _ABSENT:
            self._absent.add(want.dataset)
            return None
        if answer.code:
            raise ProviderFailed(f"{function}：{answer.text} [{answer.code}]")
        return answer

    def _if_it_answers(self, function: str, want: m.Want) -> m.ProviderAnswer | None:
        """For what can be done without. To wait again for a source that is down would cost every callback, so it is
        tried now and then; an account that may not ask is told so once a day."""
        if not self.has(want.dataset) or self._is_mute(want.dataset):
            return None
        answer = self._rt.ask_provider(function, [want], "")
        if answer.code in _ABSENT:
            self._absent.add(want.dataset)
        elif answer.code:
            wait_ns = DAY_NS if answer.code == "CREDENTIALS_REFUSED" else _RETRY_NS
            self._mute_until_ns[want.dataset] = self._rt.logical_ns + wait_ns
            self._rt.log("warning", "system", f"{function}：{answer.text} [{answer.code}]")
        return None if answer.code else answer

    def _is_mute(self, dataset: str) -> bool:
        return self._rt.logical_ns < self._mute_until_ns.get(dataset, 0)


@dataclasses.dataclass
class _Walk:
    """On the way back from a moment, until there are enough bars or no more."""

    until_ns: int
    wanted: int
    parts: list[Columns] = dataclasses.field(default_factory=list)
    found: int = 0
    empty: int = 0
    is_over: bool = False

    @property
    def goes_on(self) -> bool:
        return self.found < self.wanted and not self.is_over

    def take(self, part: Columns, empty_max: int) -> None:
        bars = part[part.time_ns <= self.until_ns]
        self.parts.append(bars)
        self.found += len(bars)
        self.empty = 0 if len(part) else self.empty + 1
        self.is_over = self.empty >= empty_max

    def bars(self) -> Columns:
        return joined(self.parts[::-1])[-self.wanted :]


def _of_days(bars: Columns, first: date, last: date) -> Columns:
    return bars[(bars.time_ns >= midnight(first)) & (bars.time_ns < midnight(last) + DAY_NS)]

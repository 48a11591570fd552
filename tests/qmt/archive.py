"""Which bars the quote service has at hand: what was downloaded, and today's of what is subscribed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from common.beijing import at, day_of
from tests.qmt.klines import Klines, columns, label_of, moment
from tests.qmt.knobs import Knobs
from tests.qmt.street import Street
from tests.qmt.ticks import Ticks

_FIRST = date(2020, 1, 2)
_DERIVED = {"5m": "1m", "15m": "1m", "30m": "1m", "60m": "1m", "1h": "1m", "1w": "1d", "1mon": "1d"}


class Archive:
    def __init__(self, path: Path, street: Street, klines: Klines, ticks: Ticks, knobs: Knobs) -> None:
        self._path, self._street, self._knobs = path, street, knobs
        self._klines, self._ticks = klines, ticks
        self._spans: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        self._live: set[tuple[str, str]] = set()

    def keep_live(self, codes: Sequence[str], period: str) -> None:
        """A subscription keeps what it receives."""
        self._live |= {(code, _DERIVED.get(period, period)) for code in codes if period != "whole"}

    def download(self, code: str, frame: Any, now_ns: int) -> None:
        first = _day_of(frame["start"], _FIRST)
        last = min(_day_of(frame["end"], day_of(now_ns)), day_of(now_ns))
        key = f"{code} {_DERIVED.get(frame['period'], frame['period'])}"
        had = self._spans.get(key)
        if had:
            first = min(first, date.fromisoformat(had[0]))
            last = max(last, date.fromisoformat(had[1]))
        self._spans[key] = [first.isoformat(), last.isoformat()]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(self._spans), encoding="utf-8")

    def look_up(self, frame: Any, now_ns: int) -> list[Any]:
        """Form v4: (code, labels, columns) for each code; empty columns where nothing is at hand."""
        answer = []
        for code in frame["codes"]:
            bars = self._bars(code, frame, now_ns)
            labels = [label_of(bar, frame["period"]) for bar in bars]
            answer.append((code, labels, columns(bars, frame["fields"])))
        return answer

    def latest(self, frame: Any, now_ns: int) -> list[Any]:
        """Form v4 of the newest trading day, at hand without a download (`get_full_kline`)."""
        day, count = self._street.trading_day(now_ns), frame["count"]
        answer = []
        for code in frame["codes"]:
            bars = self._day_bars(code, frame["period"], day, now_ns)
            bars = self._klines.adjusted(code, bars[-count:] if count > 0 else bars, frame["kind"], now_ns)
            labels = [label_of(bar, frame["period"]) for bar in bars]
            answer.append((code, labels, columns(bars, frame["fields"])))
        return answer

    def ticks(self, frame: Any, now_ns: int) -> dict[str, list[Any]]:
        """Ticks gone by of each code, oldest first."""
        start, end = moment(frame["start"], end=False), min(moment(frame["end"], end=True), now_ns)
        found: dict[str, list[Any]] = {}
        for code in frame["codes"]:
            days = [day for day in self._days(code, "tick", now_ns) if at(day, "23:59:59") >= start]
            ticks = [tick for day in days for tick in self._ticks.history(code, day, now_ns, 0)]
            ticks = [tick for tick in ticks if start <= tick["time"] * 1_000_000 <= end]
            found[code] = ticks[-frame["count"] :] if frame["count"] > 0 else ticks
        return found

    def _bars(self, code: str, frame: Any, now_ns: int) -> list[Any]:
        start, end = moment(frame["start"], end=False), min(moment(frame["end"], end=True), now_ns)
        period, count = frame["period"], frame["count"]
        if count == 0:
            return []
        found: list[Any] = []
        for day in reversed(self._days(code, period, now_ns)):
            if at(day, "23:59:59") < start or (0 < count <= len(found)):
                break
            if at(day, "0:00") <= end:
                found = [bar for bar in self._day_bars(code, period, day, now_ns) if _is_in(bar, start, end)] + found
        found = found[-count:] if count > 0 else found
        kind = frame.get("kind") or "none"
        return self._klines.adjusted(code, found, kind, now_ns)

    def _day_bars(self, code: str, period: str, day: date, now_ns: int) -> list[Any]:
        try:
            return self._klines.bars(code, period, [day], now_ns)
        except ValueError:
            return []

    def _days(self, code: str, period: str, now_ns: int) -> list[date]:
        """Trading days at hand, oldest first."""
        last = self._street.trading_day(now_ns)
        base = _DERIVED.get(period, period)
        if not self._knobs["need_download"]:
            return self._street.calendar.days_between(_FIRST, last)
        span = self._spans.get(f"{code} {base}")
        days: list[date] = []
        if span:
            days = self._street.calendar.days_between(
                max(date.fromisoformat(span[0]), _FIRST), min(date.fromisoformat(span[1]), last)
            )
        if (code, base) in self._live and (not days or days[-1] != last):
            days.append(last)
        return days


def _is_in(bar: Any, start_ns: int, end_ns: int) -> bool:
    # A bar is labelled with its end, so the running one lies a little ahead.
    return bool(start_ns <= bar["time"] * 1_000_000 <= end_ns + 3_600_000_000_000)


def _day_of(text: str, otherwise: date) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:8])) if text else otherwise

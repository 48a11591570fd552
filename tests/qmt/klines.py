"""Bars as `xtdata` gives them: labelled with their end, the opening auction a bar of its own, volumes in lots."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from common.beijing import MINUTE_NS, SECOND_NS, at, clock_seconds, clock_text, day_of, midnight
from common.instruments import from_qmt
from tests.qmt import listing
from tests.qmt.knobs import Knobs
from tests.qmt.street import OFFSETS, Street, index_at, snapshots

FIELDS = ("time", "open", "high", "low", "close", "volume", "amount", "settelementPrice", "openInterest", "preClose")
FLAG = "suspendFlag"
_KIND = {"time": "<i8", "volume": "<i8", FLAG: "<i4"}
_MINUTES = {"1m": 1, "5m": 5, "15m": 15, "30m": 30, "60m": 60, "1h": 60}
Bar = dict[str, Any]


def _labels() -> Any:
    """The END label, in ns after midnight, of the minute each snapshot belongs to."""
    ends = -(-OFFSETS // MINUTE_NS) * MINUTE_NS
    ends[0] = clock_seconds("9:30") * SECOND_NS
    # The first snapshot after a pause opens the minute that follows.
    for start in ("9:30", "13:00"):
        ends[clock_seconds(start) * SECOND_NS == OFFSETS] = (clock_seconds(start) + 60) * SECOND_NS
    return ends


LABELS = _labels()


class Klines:
    def __init__(self, street: Street, knobs: Knobs, extra: dict[str, Any]) -> None:
        self._street, self._knobs, self._extra = street, knobs, extra

    def bars(self, code: str, period: str, days: Sequence[date], now_ns: int) -> list[Bar]:
        """The bars of these days up to now, the running one included."""
        if period == "1d":
            return [self.day(code, day, now_ns) for day in days if day < day_of(now_ns) or index_at(now_ns) >= 0]
        return [bar for day in days for bar in self.minutes(code, day, _MINUTES[period], now_ns)]

    def day(self, code: str, day: date, now_ns: int) -> Bar:
        sheet = self._street.one(from_qmt(code), day)
        unit, lot = int(sheet.tick_e4[0, 0]) / 10_000, int(sheet.lot[0, 0])
        prev, open_, high, low, close, lots, money = (int(value) for value in sheet.plan[0])
        if day == day_of(now_ns) and lots:
            shots = snapshots(sheet, np.array([[index_at(now_ns)]]))
            close, high, low, lots, money = (int(column[0, 0]) for column in shots[:5])
        volume = lots * lot if self._knobs["daily_volume"] == "shares" else lots * lot // min(lot, 100)
        prices = [price * unit for price in (open_, high, low, close)]
        return _bar(midnight(day), prices, volume, money * lot * unit, prev * unit, int(not lots))

    def minutes(self, code: str, day: date, width: int, now_ns: int) -> list[Bar]:
        sheet = self._street.one(from_qmt(code), day)
        unit, lot = int(sheet.tick_e4[0, 0]) / 10_000, int(sheet.lot[0, 0])
        upto = index_at(now_ns) if day == day_of(now_ns) else len(OFFSETS) - 1
        if day > day_of(now_ns) or upto < 0:
            return []
        shots = snapshots(sheet, np.arange(upto + 1).reshape(1, -1))
        last, volume, money = shots.last[0], shots.volume[0], shots.money[0]
        labels = self._wide(LABELS[: upto + 1], width)
        starts = np.flatnonzero(np.r_[True, labels[1:] != labels[:-1]])
        ends = np.r_[starts[1:], len(labels)] - 1
        before = np.r_[-1, ends[:-1]]
        lots = volume[ends] - np.where(before < 0, 0, volume[before])
        paid = money[ends] - np.where(before < 0, 0, money[before])
        closes = np.where(before < 0, sheet.plan[0, 0], last[before])
        stopped = int(not sheet.plan[0, 5])
        made = [
            _bar(
                midnight(day) + int(labels[end]),
                [float(p) * unit for p in (last[start], top, bottom, last[end])],
                int(lots[i]) * lot // min(lot, 100),
                float(paid[i]) * lot * unit,
                float(closes[i]) * unit,
                stopped,
            )
            for i, (start, end, top, bottom) in enumerate(
                zip(starts, ends, np.maximum.reduceat(last, starts), np.minimum.reduceat(last, starts), strict=True)
            )
        ]
        return _with_flat_minutes(made, day, width, now_ns)

    def adjusted(self, code: str, bars: list[Bar], kind: str, now_ns: int) -> list[Bar]:
        """Prices after dividends: `front` and `back` by money, `…_ratio` by factor (xtquant.md 10.2)."""
        if kind == "none":
            return bars
        for day, paid in self.dividends(code, now_ns).items():
            ex_ms = midnight(date(int(day[:4]), int(day[4:6]), int(day[6:]))) // 1_000_000
            for bar in bars:
                is_before = bar["time"] < ex_ms
                if is_before == kind.startswith("front"):
                    for name in ("open", "high", "low", "close", "preClose"):
                        bar[name] = _moved(bar[name], paid, kind)
        return bars

    def dividends(self, code: str, now_ns: int) -> dict[str, dict[str, float]]:
        """By ex-date gone by, with the factor `dr`: the close before it over the price it comes to."""
        found = {}
        for day, paid in sorted(listing.dividends(code, self._extra).items()):
            on = date(int(day[:4]), int(day[4:6]), int(day[6:]))
            if on <= day_of(now_ns):
                first = self._street.calendar.following(self._street.calendar.previous(on))
                close = self._street.days(from_qmt(code), [first])[0].prev_close
                close *= int(self._street.one(from_qmt(code), first).tick_e4[0, 0]) / 10_000
                found[day] = {**paid, "dr": close / _ex_price(close, paid)}
        return found

    def _wide(self, labels: Any, width: int) -> Any:
        if self._knobs["minute_rows"] != "auction" or width > 1:
            labels = np.where(labels == clock_seconds("9:30") * SECOND_NS, labels + MINUTE_NS, labels)
        step = width * MINUTE_NS
        half = np.where(labels > clock_seconds("12:00") * SECOND_NS, clock_seconds("13:00"), clock_seconds("9:30"))
        since = labels - half * SECOND_NS
        return labels if width == 1 else half * SECOND_NS + -(-since // step) * step


def _with_flat_minutes(bars: list[Bar], day: date, width: int, now_ns: int) -> list[Bar]:
    """The two minutes of the closing auction have no snapshot: bars at the close before them, without volume."""
    if width > 1 or not bars:
        return bars
    close = bars[-1] if now_ns < at(day, "15:00") else bars[-2]
    for clock in ("14:58", "14:59"):
        if now_ns >= at(day, clock) - MINUTE_NS:
            price = close["close"]
            flat = _bar(at(day, clock), [price] * 4, 0, 0.0, price, close[FLAG])
            bars.insert(len(bars) - (now_ns >= at(day, "15:00")), flat)
    return bars


def label_of(bar: Bar, period: str) -> str:
    ns = bar["time"] * 1_000_000
    day = day_of(ns).strftime("%Y%m%d")
    return day if period == "1d" else day + clock_text(ns).replace(":", "")


def columns(bars: list[Bar], fields: Sequence[str]) -> list[tuple[str, str, bytes]]:
    """What `get_market_data3` hands over for one code, form v4: (field, dtype, bytes)."""
    names = [name for name in (*FIELDS, FLAG) if not fields or name in fields]
    kinds = {name: _KIND.get(name, "<f8") for name in names}
    return [(name, kinds[name], np.array([bar[name] for bar in bars], dtype=kinds[name]).tobytes()) for name in names]


def moment(text: str | int, *, end: bool) -> int:
    """UTC ns of "20260101", "20260101093000", ms, or the far past and future where it is empty."""
    if isinstance(text, int):
        return text * 1_000_000
    if not text:
        return (1 << 62) if end else 0
    day = date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    if len(text) == 8:
        return at(day, "23:59:59") if end else midnight(day)
    return at(day, f"{text[8:10]}:{text[10:12]}:{text[12:14] or '00'}")


def _bar(label_ns: int, prices: list[float], volume: int, amount: float, prev: float, stopped: int) -> Bar:
    open_, high, low, close = prices
    return {
        "time": label_ns // 1_000_000,
        "open": open_,
        "high": high,
        "low": low,
        "close": close,
        "volume": volume,
        "amount": amount,
        "settelementPrice": 0.0,
        "openInterest": 0.0,
        "preClose": prev,
        FLAG: stopped,
    }


def _ex_price(close: float, paid: dict[str, float]) -> float:
    shares = 1.0 + paid["stockBonus"] + paid["stockGift"] + paid["allotNum"]
    return (close - paid["interest"] + paid["allotPrice"] * paid["allotNum"]) / shares


def _moved(price: float, paid: dict[str, float], kind: str) -> float:
    shares = 1.0 + paid["stockBonus"] + paid["stockGift"] + paid["allotNum"]
    match kind:
        case "front":
            return _ex_price(price, paid)
        case "back":
            return price * shares + paid["interest"] - paid["allotPrice"] * paid["allotNum"]
        case "front_ratio":
            return price / paid["dr"]
    return price * paid["dr"]

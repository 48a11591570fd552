"""Snapshots as `xtdata` gives them: lots, noisy floats, and the trading status where a share has no open interest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import numpy as np

from common.beijing import at, day_of, midnight
from common.instruments import from_qmt
from common.sessions import Phase, phase_at
from tests.qmt.knobs import Knobs
from tests.qmt.street import LEVELS, OFFSETS, Sheet, Street, book, index_at, snapshots

# The states of xtquant.md 10.4; the break before 9:30 is one too.
_STATUS = {
    Phase.PRE_OPEN: 11,
    Phase.OPENING_CALL: 12,
    Phase.OPENING_CALL_LOCKED: 12,
    Phase.PAUSE: 14,
    Phase.MORNING: 13,
    Phase.LUNCH: 14,
    Phase.AFTERNOON: 13,
    Phase.CLOSING_CALL: 18,
    Phase.AFTER_HOURS: 15,
    Phase.CLOSED: 15,
}
SUSPENDED = 1
_ZEROS = [0.0] * LEVELS
_NOTHING = [0] * LEVELS
Tick = dict[str, Any]


class Ticks:
    def __init__(self, street: Street, knobs: Knobs) -> None:
        self._street, self._knobs = street, knobs
        self._sheet = lru_cache(maxsize=64)(self._make_sheet)

    def of(self, codes: Sequence[str], now_ns: int) -> dict[str, Tick]:
        """The newest tick of each code; codes nobody lists are left out. Until 9:00 it is the day before's last one."""
        day, moment_ns = self._moment(now_ns)
        known, sheet = self._sheet(tuple(codes), day)
        if not known:
            return {}
        index = index_at(moment_ns)
        if index < 0:
            return self._before_auction(known, sheet, day, moment_ns)
        return self._rows(known, sheet, day, index, _STATUS[phase_at(moment_ns)])

    def ready(self, codes: Sequence[str], now_ns: int) -> None:
        """Draw up a day's sheet ahead of its first use."""
        self._sheet(tuple(codes), self._moment(now_ns)[0])

    def _moment(self, now_ns: int) -> tuple[date, int]:
        day = self._street.trading_day(now_ns)
        if day == day_of(now_ns) and now_ns < at(day, "9:00"):
            day = self._street.trading_day(midnight(day - timedelta(days=1)))
        return day, now_ns if day == day_of(now_ns) else at(day, "15:30")

    def _make_sheet(self, codes: tuple[str, ...], day: date) -> tuple[list[str], Sheet | None]:
        known = []
        for code in codes:
            try:
                self._street.one(from_qmt(code), day) if len(codes) < 200 else from_qmt(code)
            except ValueError:
                continue
            known.append(code)
        return known, self._street.sheet([from_qmt(code) for code in known], day) if known else None

    def _rows(self, codes: list[str], sheet: Sheet, day: date, index: int, status: int) -> dict[str, Tick]:
        k = np.array([[index]])
        shots = snapshots(sheet, k)
        (bids, bid_sizes), (asks, ask_sizes) = book(sheet, shots, k)
        unit = sheet.tick_e4 / 10_000
        lot = np.minimum(sheet.lot, 100)
        share = shots.volume * sheet.lot
        has_book = sheet.up > 0
        columns = {
            "lastPrice": shots.last * unit,
            "open": sheet.plan[:, 1:2] * unit,
            "high": shots.high * unit,
            "low": shots.low * unit,
            "lastClose": sheet.plan[:, 0:1] * unit,
            "amount": shots.money * sheet.lot * unit,
            "volume": share // lot,
            "pvolume": share,
            "lastSettlementPrice": sheet.plan[:, 0:1] * unit,
            "transactionNum": share // (lot * 20),
        }
        lists = {
            "askPrice": np.where(has_book, asks * unit, 0.0),
            "bidPrice": np.where(has_book, bids * unit, 0.0),
            "askVol": np.where(has_book, ask_sizes * sheet.lot // lot, 0),
            "bidVol": np.where(has_book, bid_sizes * sheet.lot // lot, 0),
        }
        if not self._knobs["float_noise"]:
            for name, column in (*columns.items(), *lists.items()):
                if column.dtype.kind == "f":
                    (columns if name in columns else lists)[name] = np.round(column, 4)
        time_ms = (midnight(day) + int(OFFSETS[index])) // 1_000_000
        traded = sheet.plan[:, 5].tolist()
        flat = [column[:, 0].tolist() for column in columns.values()]
        deep = [column.tolist() for column in lists.values()]
        found = {}
        for code, lots, *values in zip(codes, traded, *flat, *deep, strict=True):
            tick = _CONSTANTS | dict(zip((*columns, *lists), values, strict=True))
            tick["time"], tick["openInt"] = time_ms, status
            found[code] = tick if lots else _stopped(tick)
        return self._spoilt(found)

    def _before_auction(self, codes: list[str], sheet: Sheet | None, day: date, now_ns: int) -> dict[str, Tick]:
        assert sheet is not None
        del day
        closes = (sheet.plan[:, 0:1] * sheet.tick_e4 / 10_000)[:, 0].tolist()
        status = _STATUS[phase_at(now_ns)]
        found = {}
        for code, close, lots in zip(codes, closes, sheet.plan[:, 5].tolist(), strict=True):
            empty = dict.fromkeys(("lastPrice", "open", "high", "low", "amount"), 0.0)
            tick = _CONSTANTS | empty | {"time": now_ns // 1_000_000, "lastClose": close, "lastSettlementPrice": close}
            tick |= {"volume": 0, "pvolume": 0, "transactionNum": 0, "openInt": status if lots else SUSPENDED}
            found[code] = tick | {"askPrice": _ZEROS, "bidPrice": _ZEROS, "askVol": _NOTHING, "bidVol": _NOTHING}
        return self._spoilt(found)

    def _spoilt(self, found: dict[str, Tick]) -> dict[str, Tick]:
        if self._knobs["wrong_types"]:
            for tick in found.values():
                tick["lastPrice"], tick["volume"], tick["askPrice"] = str(tick["lastPrice"]), None, 0
        for name in self._knobs["missing_keys"]:
            for tick in found.values():
                tick.pop(name, None)
        return found


_CONSTANTS: Tick = {
    "time": 0,
    "stockStatus": 3,
    "openInt": 0,
    "settlementPrice": 0.0,
    "pe": 0.0,
    "volRatio": 0.0,
    "speed1Min": 0.0,
    "speed5Min": 0.0,
}


def _stopped(tick: Tick) -> Tick:
    """A suspended share: no prices, no book (xtquant.md 10.4)."""
    zeros = dict.fromkeys(("lastPrice", "open", "high", "low", "amount"), 0.0)
    nothing = {"askPrice": _ZEROS, "bidPrice": _ZEROS, "askVol": _NOTHING, "bidVol": _NOTHING}
    return tick | zeros | nothing | {"volume": 0, "pvolume": 0, "transactionNum": 0, "openInt": SUSPENDED}

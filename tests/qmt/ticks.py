"""Snapshots as `xtdata` gives them: lots, noisy floats, and the trading status where a share has no open interest."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import numpy as np

from common.beijing import at, day_of, midnight
from common.instruments import UnknownSymbol, board_of, from_qmt
from common.sessions import Phase, phase_at
from tests.qmt.knobs import Knobs
from tests.qmt.street import LEVELS, OFFSETS, Array, Sheet, Street, book, index_at, snapshots

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
        if sheet is None:
            return {}
        status, index = _STATUS[phase_at(moment_ns)], index_at(moment_ns)
        if index < 0:
            ticks = self._before_auction(sheet, moment_ns, status)
        else:
            ticks = self._drawn(sheet, np.array([[index]]), _same(day, index, status))
        return self._spoilt(dict(zip(known, ticks, strict=True)))

    def history(self, code: str, day: date, now_ns: int, count: int) -> list[Tick]:
        """The ticks of a day up to now, or the last `count` of them."""
        upto = index_at(now_ns) if day == day_of(now_ns) else len(OFFSETS) - 1
        first = max(upto + 1 - count, 0) if count > 0 else 0
        if upto < first:
            return []
        k = np.arange(first, upto + 1).reshape(-1, 1)
        same = _same(day, first, _STATUS[Phase.MORNING])
        ticks = self._drawn(self._street.one(from_qmt(code), day), k, same)
        for tick, offset in zip(ticks, OFFSETS[first:].tolist(), strict=False):
            tick["time"] = (midnight(day) + offset) // 1_000_000
        return ticks

    def _moment(self, now_ns: int) -> tuple[date, int]:
        day = self._street.trading_day(now_ns)
        if day == day_of(now_ns) and now_ns < at(day, "9:00"):
            day = self._street.trading_day(midnight(day - timedelta(days=1)))
        return day, now_ns if day == day_of(now_ns) else at(day, "15:30")

    def _make_sheet(self, codes: tuple[str, ...], day: date) -> tuple[list[str], Sheet | None]:
        known = []
        for code in codes:
            with contextlib.suppress(UnknownSymbol):
                board_of(from_qmt(code))
                known.append(code)
        return known, self._street.sheet([from_qmt(code) for code in known], day) if known else None

    def _drawn(self, sheet: Sheet, k: Array, same: Tick) -> list[Tick]:
        """One tick a row of the sheet at one moment, or of one row at the moments `k`; `same` stands in all."""
        shots = snapshots(sheet, k)
        (bids, bid_sizes), (asks, ask_sizes) = book(sheet, shots, k)
        unit, lot = sheet.tick_e4 / 10_000, np.minimum(sheet.lot, 100)
        shares = shots.volume * sheet.lot
        # An index has no book.
        has_book = sheet.up > 0
        columns = {
            "lastPrice": shots.last * unit,
            "open": sheet.plan[:, 1:2] * unit,
            "high": shots.high * unit,
            "low": shots.low * unit,
            "lastClose": sheet.plan[:, 0:1] * unit,
            "amount": shots.money * sheet.lot * unit,
            "volume": shares // lot,
            "pvolume": shares,
            "lastSettlementPrice": sheet.plan[:, 0:1] * unit,
            "transactionNum": shares // (lot * 20),
            "askPrice": np.where(has_book, asks * unit, 0.0),
            "bidPrice": np.where(has_book, bids * unit, 0.0),
            "askVol": np.where(has_book, ask_sizes * sheet.lot // lot, 0),
            "bidVol": np.where(has_book, bid_sizes * sheet.lot // lot, 0),
        }
        rows = len(shots.last)
        whole = [np.broadcast_to(self._noisy(c), (rows, c.shape[1])) for c in columns.values()]
        values = [(column if column.shape[1] > 1 else column[:, 0]).tolist() for column in whole]
        traded = np.broadcast_to(sheet.plan[:, 5], rows).tolist()
        names = tuple(columns)
        ticks = [same | dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]
        return [tick if lots else _stopped(tick) for tick, lots in zip(ticks, traded, strict=True)]

    def _noisy(self, column: Array) -> Array:
        """Prices as the vendor's floats have them: 11.370000000000001."""
        return column if self._knobs["float_noise"] or column.dtype.kind != "f" else np.round(column, 4)

    def _before_auction(self, sheet: Sheet, now_ns: int, status: int) -> list[Tick]:
        closes = (sheet.plan[:, 0:1] * sheet.tick_e4 / 10_000)[:, 0].tolist()
        time = {"time": now_ns // 1_000_000}
        return [
            _stopped(_CONSTANTS | {"lastClose": close, "lastSettlementPrice": close})
            | time
            | {"openInt": status if lots else SUSPENDED}
            for close, lots in zip(closes, sheet.plan[:, 5].tolist(), strict=True)
        ]

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


def _same(day: date, index: int, status: int) -> Tick:
    return _CONSTANTS | {"time": (midnight(day) + int(OFFSETS[index])) // 1_000_000, "openInt": status}


def _stopped(tick: Tick) -> Tick:
    """A suspended share: no prices, no book (xtquant.md 10.4)."""
    zeros = dict.fromkeys(("lastPrice", "open", "high", "low", "amount"), 0.0)
    nothing = {"askPrice": _ZEROS, "bidPrice": _ZEROS, "askVol": _NOTHING, "bidVol": _NOTHING}
    return tick | zeros | nothing | {"volume": 0, "pvolume": 0, "transactionNum": 0, "openInt": SUSPENDED}

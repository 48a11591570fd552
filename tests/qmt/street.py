"""The market behind the terminal: any symbol at any moment, as a function of seed, symbol and time alone.

A day's open, high, low, close and volume are those of `sim/market`; the way between them is drawn here in closed form,
so one snapshot of 5,400 symbols costs some milliseconds and two processes agree without talking.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np

from common import messages as m
from common.beijing import SECOND_NS, clock_seconds, day_of, midnight
from common.calendar import Calendar
from common.instruments import limit_prices_e4
from sim.market import Market
from sim.market_character import character_of
from sim.market_days import DayPlan

Array = Any
STEP_SECONDS = 3
LEVELS = 5


def _offsets() -> Array:
    """Nanoseconds after midnight of the snapshots: both auctions, and every 3 s of continuous trading."""
    morning = range(clock_seconds("9:30"), clock_seconds("11:30") + 1, STEP_SECONDS)
    afternoon = range(clock_seconds("13:00"), clock_seconds("14:57") + 1, STEP_SECONDS)
    seconds = [clock_seconds("9:25"), *morning, *afternoon, clock_seconds("15:00")]
    return np.array(seconds, dtype=np.int64) * SECOND_NS


OFFSETS = _offsets()
LAST = len(OFFSETS) - 1


def _running() -> Array:
    """The share of a day's volume that has traded by each snapshot: busy at both ends, two auctions."""
    i = np.arange(LAST + 1)
    weights = 0.7 + 1.6 * np.exp(-12.0 * i / LAST) + 0.5 * np.exp(-10.0 * (LAST - i) / LAST)
    weights[0], weights[-1] = 0.012 * weights.sum(), 0.015 * weights.sum()
    running = np.cumsum(weights) / weights.sum()
    running[-1] = 1.0
    return running


RUNNING = _running()


class Sheet(NamedTuple):
    """What a day holds for `symbols`: one row each, prices in ticks of `tick_e4`, volumes in `lot` shares."""

    symbols: tuple[str, ...]
    plan: Array  # rows of DayPlan's first seven numbers
    first: Array  # share of the volume traded by the first turning point, then by the second
    second: Array
    near: Array  # prices there
    far: Array
    down: Array
    up: Array
    tick_e4: Array
    lot: Array
    spread: Array
    salt: Array


class Snapshots(NamedTuple):
    """Columns, rows are symbols and columns are moments; prices in ticks, volume in lots, money in ticks times lots."""

    last: Array
    high: Array
    low: Array
    volume: Array
    money: Array
    bid: Array  # best ones; 0 where nobody stands there
    ask: Array


class Street:
    def __init__(self, seed: int, calendar: Calendar, suspended: dict[str, date] | None = None) -> None:
        self.calendar = calendar
        self._market = Market(seed, calendar, suspended=suspended)
        self._one = lru_cache(maxsize=4096)(lambda symbol, day: self.sheet((symbol,), day))

    def sheet(self, symbols: Sequence[str], day: date) -> Sheet:
        """UnknownSymbol for codes of no board."""
        characters = [character_of(symbol) for symbol in symbols]
        plans = [DayPlan(*plan) for plan in self._market.history(symbols, [day])[:, 0].tolist()]
        limits = [
            limit_prices_e4(c.symbol, plan.prev_close * c.tick_e4, day)
            for c, plan in zip(characters, plans, strict=True)
        ]
        tick_e4 = _column([c.tick_e4 for c in characters])
        return Sheet(
            tuple(symbols),
            np.array([plan[:7] for plan in plans], dtype=np.int64),
            _column([plan.first_part for plan in plans], float),
            _column([plan.first_part + plan.second_part for plan in plans], float),
            _column([plan.low if plan.low_first else plan.high for plan in plans]),
            _column([plan.high if plan.low_first else plan.low for plan in plans]),
            _column([down for down, _ in limits]) // tick_e4,
            _column([up for _, up in limits]) // tick_e4,
            tick_e4,
            _column([c.lot for c in characters]),
            _column([c.spread for c in characters]),
            _column([crc32(symbol.encode()) for symbol in symbols]),
        )

    def one(self, symbol: str, day: date) -> Sheet:
        return self._one(symbol, day)

    def days(self, symbol: str, days: Sequence[date]) -> list[DayPlan]:
        return self._market.plans(symbol, days)

    def trading_day(self, now_ns: int) -> date:
        """The newest trading day on or before the Beijing date."""
        return self.calendar.latest_on_or_before(day_of(now_ns))

    def quote(self, symbol: str, now_ns: int) -> m.Quote:
        """As the exchange sees it; before 9:25 one at midnight: the previous close, no volume."""
        day = day_of(now_ns)
        sheet, index = self.one(symbol, day), index_at(now_ns)
        tick_e4, start_ns = int(sheet.tick_e4[0, 0]), midnight(day)
        prev, open_, *_ = (int(price) * tick_e4 for price in sheet.plan[0])
        down, up = int(sheet.down[0, 0]) * tick_e4, int(sheet.up[0, 0]) * tick_e4
        if index < 0 or not sheet.plan[0, 5]:
            stopped = not sheet.plan[0, 5]
            return m.Quote(symbol, start_ns, prev, 0, 0, 0, prev, down, up, 0, 0, 0, 0, stopped, (), ())
        shots = snapshots(sheet, np.array([[index]]))
        lot = int(sheet.lot[0, 0])
        last, high, low, volume, money = (int(column[0, 0]) for column in shots[:5])
        bids, asks = book(sheet, shots, np.array([[index]]))
        levels = [
            tuple((int(p) * tick_e4, int(q) * lot) for p, q in zip(prices[0], sizes[0], strict=True) if p)
            for prices, sizes in (bids, asks)
        ]
        traded_e4 = last * tick_e4
        return m.Quote(
            symbol, start_ns + int(OFFSETS[index]), traded_e4, open_, high * tick_e4, low * tick_e4, prev, down, up,
            volume * lot, money * lot * tick_e4, traded_e4, traded_e4, False, levels[0], levels[1],
        )  # fmt: skip


def _column(values: Sequence[Any], kind: Any = np.int64) -> Array:
    return np.array(values, dtype=kind).reshape(-1, 1)


def index_at(now_ns: int) -> int:
    """The newest snapshot of the Beijing day at a moment; -1 before the opening auction."""
    return int(np.searchsorted(OFFSETS, now_ns - midnight(day_of(now_ns)), side="right")) - 1


def snapshots(sheet: Sheet, k: Array) -> Snapshots:
    """The snapshots `k` (shaped to broadcast against the sheet's rows)."""
    open_, high, low, close, lots, money = (sheet.plan[:, i : i + 1] for i in range(1, 7))
    turn = np.clip(np.searchsorted(RUNNING, sheet.first), 2, LAST - 3)
    back = np.maximum(np.clip(np.searchsorted(RUNNING, sheet.second), 2, LAST - 2), turn + 1)
    x = RUNNING[k]
    noise = _mixed(sheet.salt, k)
    # Of what the next snapshot brings a part has traded already, so that volumes do not rise like a clock.
    step = np.where(k < LAST, RUNNING[np.minimum(k + 1, LAST)] - x, 0.0)
    volume = np.floor(lots * (x + step * ((noise >> 20) & 1023) / 1024.0)).astype(np.int64)
    base = _leg_price(sheet, open_, close, x)
    top = np.maximum(np.maximum(open_, np.where(k >= turn, sheet.near, 0)), np.where(k >= back, sheet.far, 0))
    bottom = np.minimum(
        np.minimum(open_, np.where(k >= turn, sheet.near, open_)), np.where(k >= back, sheet.far, open_)
    )
    top, bottom = np.maximum(top, np.rint(base)).astype(np.int64), np.minimum(bottom, np.rint(base)).astype(np.int64)
    sway = (np.sin(k * 0.05 + sheet.salt % 97) + np.sin(k * 0.011 + sheet.salt % 89)) * 0.08 * (high - low)
    sway = sway + ((noise & 3) - 1.5) * 0.5 * sheet.spread
    last = np.clip(np.rint(base + sway), bottom, top).astype(np.int64)
    for at, price in ((0, open_), (turn, sheet.near), (back, sheet.far), (LAST, close)):
        last = np.where(k == at, price, last)
    paid = np.rint(_leg_money(sheet, open_, close, volume / np.maximum(lots, 1)) * lots).astype(np.int64)
    paid = np.where(k == LAST, money, np.minimum(paid, money))
    bid = np.where((noise >> 3) & 1, last, last - sheet.spread)
    ask = bid + sheet.spread
    has_limits = sheet.up > 0
    bid = np.where(has_limits & (last <= sheet.down), 0, np.where(has_limits & (last >= sheet.up), last, bid))
    ask = np.where(has_limits & (last >= sheet.up), 0, np.where(has_limits & (last <= sheet.down), last, ask))
    return Snapshots(last, top, bottom, volume, paid, bid, ask)


def book(sheet: Sheet, shots: Snapshots, k: Array) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """(prices, sizes in lots) of five bids and five asks of ONE moment; zeros where nobody stands."""
    gap = np.maximum(sheet.spread // 2, 1)
    levels = np.arange(LEVELS)
    deep = np.maximum(sheet.plan[:, 5:6] // 700, 3)
    sides = []
    for best, sign, shift in ((shots.bid, -1, 0), (shots.ask, 1, 5)):
        prices = np.where(best > 0, best + sign * gap * levels, 0)
        beyond = (sheet.up > 0) & ((prices < sheet.down) | (prices > sheet.up))
        prices = np.where(beyond | (prices < 0), 0, prices)
        sizes = 1 + _mixed(sheet.salt + 7 + 31 * (levels + shift), k) % deep
        locked = (sheet.up > 0) & ((shots.last >= sheet.up) | (shots.last <= sheet.down)) & (levels == 0)
        sides.append((prices, np.where(prices > 0, np.where(locked, sizes * 400, sizes), 0)))
    return sides[0], sides[1]


def _leg_price(sheet: Sheet, open_: Array, close: Array, x: Array) -> Array:
    """The price on the straight way: open, first turning point, second, close."""
    one = open_ + (sheet.near - open_) * x / sheet.first
    two = sheet.near + (sheet.far - sheet.near) * (x - sheet.first) / (sheet.second - sheet.first)
    three = sheet.far + (close - sheet.far) * (x - sheet.second) / (1.0 - sheet.second)
    return np.where(x < sheet.first, one, np.where(x < sheet.second, two, three))


def _leg_money(sheet: Sheet, open_: Array, close: Array, x: Array) -> Array:
    """The money paid up to x along that way, for one unit of volume: its integral."""

    def part(upto: Array, start: Array, width: Array, p: Array, q: Array) -> Array:
        done = np.clip(upto - start, 0.0, width)
        return done * (p + (q - p) * done / (2.0 * width))

    first = part(x, 0.0, sheet.first, open_, sheet.near)
    second = part(x, sheet.first, sheet.second - sheet.first, sheet.near, sheet.far)
    return first + second + part(x, sheet.second, 1.0 - sheet.second, sheet.far, close)


def _mixed(salt: Array, k: Array) -> Array:
    """Numbers that look random, the same for the same symbol and snapshot; below 2^31."""
    mixed = ((np.asarray(k) + 1) * 2654435761 + salt * 40503) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 15)) * 2246822519) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 13)) * 3266489917) & 0xFFFFFFFF
    return (mixed ^ (mixed >> 16)) >> 1

"""A made-up A-share market: the daily history and the snapshots of any symbol, from a seed.

Every valid symbol trades. A day's snapshots add up exactly to its daily bar, prices keep to the tick and the limits of
`common/instruments.py`, and nothing depends on what was asked before or on the process that asks.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import islice
from math import log
from random import Random

import numpy as np

from common.beijing import at, midnight
from common.calendar import Calendar
from common.instruments import limit_prices_e4, rules_of
from common.messages import Quote
from sim.market_book import Frame, snapshots
from sim.market_character import Character, character_of
from sim.market_days import BLOCK_DAYS, PLAN, Block, DayPlan, Plans, block_plans
from sim.market_ticks import draw_trades

# Days are counted from here, so that a calendar that later begins earlier or ends later changes no price.
_DAY_ZERO = date(2020, 1, 2)
_BLOCKS_KEPT = 512
# A jump goes a little beyond the limit, which then holds the close.
_JUMP_BEYOND = 1.12


class Market:
    """`suspended` maps symbols to the first day of a suspension that lasts.

    UnknownSymbol for codes of no board, KeyError for days that are no trading days of the calendar.
    """

    def __init__(self, seed: int, calendar: Calendar, *, suspended: Mapping[str, date] | None = None) -> None:
        self._seed = seed
        self._days = calendar.days_between(calendar.first, calendar.last)
        self._zero = bisect_left(self._days, _DAY_ZERO)
        self._numbers = {day: index - self._zero for index, day in enumerate(self._days)}
        self._suspended = dict(suspended or {})
        self._kept: dict[tuple[str, int], Plans] = {}

    def plans(self, symbol: str, days: Sequence[date]) -> list[DayPlan]:
        """How these trading days turn out, in ticks and lots; a suspended one has no volume and one price."""
        return [DayPlan(*plan) for plan in self.history([symbol], days)[0].tolist()]

    def history(self, symbols: Sequence[str], days: Sequence[date]) -> Plans:
        """The same of many symbols at once: a line for each of them, a column for each day."""
        blocks, offsets = np.divmod(np.array([self._numbers[day] for day in days], np.int64), BLOCK_DAYS)
        numbers, places = np.unique(blocks, return_inverse=True)
        made = self._blocks([(symbol, number) for symbol in symbols for number in numbers.tolist()])
        plans = made.reshape(len(symbols), len(numbers) * BLOCK_DAYS)[:, places * BLOCK_DAYS + offsets]
        for line, symbol in zip(plans, symbols, strict=True):
            if symbol in self._suspended:
                self._stop(line, symbol, days)
        return plans

    def quotes(self, symbol: str, day: date) -> list[Quote]:
        """The snapshots of a trading day in order: the auctions and every 3 s; a suspended day has two, no book."""
        character = character_of(symbol)
        [plan] = self.plans(symbol, [day])
        frame = Frame(midnight(day), *self._limits(character, day, plan.prev_close))
        if not plan.lots:
            return [_stopped_quote(character, plan, frame, at(day, clock)) for clock in ("9:25", "15:00")]
        trades = draw_trades(Random(f"{self._seed}|{symbol}|{day}|trades"), plan, character.spread)
        return snapshots(Random(f"{self._seed}|{symbol}|{day}|book"), character, plan, trades, frame)

    def _stop(self, plans: Plans, symbol: str, days: Sequence[date]) -> None:
        """Days of the suspension stand at the close before it."""
        since = self._suspended[symbol]
        block, offset = divmod(self._numbers[since], BLOCK_DAYS)
        price = int(self._blocks([(symbol, block)])[0, offset]["prev_close"])
        plans[[day >= since for day in days]] = DayPlan(price, price, price, price, price, 0, 0, 0.0, 0.0, False)

    def _blocks(self, keys: Sequence[tuple[str, int]]) -> Plans:
        """A line for each symbol and number of a block; some that were asked for last are kept."""
        kept = self._kept
        missing = [key for key in keys if key not in kept]
        kept.update(zip(missing, block_plans(self._seed, [self._block(*key) for key in missing]), strict=True))
        plans = np.empty((len(keys), BLOCK_DAYS), PLAN)
        for line, key in zip(plans, keys, strict=True):
            line[:] = kept[key]
        for key in list(islice(kept, max(len(kept) - _BLOCKS_KEPT, 0))):
            del kept[key]
        return plans

    def _block(self, symbol: str, number: int) -> Block:
        character = character_of(symbol)
        rules = rules_of(symbol, self._day(number * BLOCK_DAYS))
        jump = log(1.0 + rules.limit_ratio_e4 / 10_000 * _JUMP_BEYOND)

        def limits(day: int, prev_close: int) -> tuple[int, int]:
            return self._limits(character, self._day(day), prev_close)

        return Block(character, number, jump, limits)

    def _limits(self, character: Character, day: date, prev_close: int) -> tuple[int, int]:
        down_e4, up_e4 = limit_prices_e4(character.symbol, prev_close * character.tick_e4, day)
        return down_e4 // character.tick_e4, up_e4 // character.tick_e4

    def _day(self, number: int) -> date:
        """The calendar's day of that number; beyond its ends, its last or first one."""
        return self._days[min(max(number + self._zero, 0), len(self._days) - 1)]


def _stopped_quote(character: Character, plan: DayPlan, frame: Frame, at_ns: int) -> Quote:
    price_e4 = plan.prev_close * character.tick_e4
    down_e4, up_e4 = frame.limit_down * character.tick_e4, frame.limit_up * character.tick_e4
    return Quote(character.symbol, at_ns, price_e4, 0, 0, 0, price_e4, down_e4, up_e4, 0, 0, 0, 0, True, (), ())

"""The daily series of a synthetic instrument, one seeded block of trading days at a time.

Days are counted along the trading calendar and cut into blocks. A block is a random walk bridged between two levels
that depend on the block's number alone, so any stretch of history is the same whatever was asked before it, and no
stretch needs the one before. Prices are in ticks, volumes in lots.
"""

from collections.abc import Callable
from itertools import accumulate
from math import exp, log
from random import Random
from typing import NamedTuple

from sim.market_character import Character

BLOCK_DAYS = 64
# A jump towards the limit needs some days to settle before the block has to end at its level.
_CALM_DAYS = 12
_JUMP_ODDS = 0.006
_LEVEL_WIDTH = 6.5  # spread of the blocks' levels, in daily volatilities

Limits = Callable[[int, int], tuple[int, int]]
"""(trading day's number, previous close in ticks) -> (limit down, limit up) in ticks; zeros for no limit."""


class DayPlan(NamedTuple):
    """How a day turns out: what its quotes must add up to. ``money`` is in ticks times lots.

    The price walks from the open by way of ``low`` and ``high`` (in the order ``low_first`` says) to the close;
    ``first_part`` and ``second_part`` are the shares of the volume traded on the first two of the three legs.
    """

    prev_close: int
    open: int
    high: int
    low: int
    close: int
    lots: int
    money: int
    first_part: float
    second_part: float
    low_first: bool


def level_at(seed: int, character: Character, number: int) -> int:
    """Closing price, in ticks, of the last day before block `number`."""
    rng = Random(f"{seed}|{character.symbol}|level|{number}")
    width = _LEVEL_WIDTH * character.volatility
    return max(round(character.level * exp(width * max(-2.0, min(2.0, rng.gauss(0.0, 1.0))))), 20)


def block_plans(seed: int, character: Character, number: int, jump: float, limits: Limits) -> list[DayPlan]:
    """The plans of the `BLOCK_DAYS` days of block `number`; `jump` is the logarithmic size of a jump, 0 for none."""
    rng = Random(f"{seed}|{character.symbol}|{number}")
    random, volatility, usual_lots = rng.random, character.volatility, character.lots
    plans: list[DayPlan] = []
    prev_close, last_close = (level_at(seed, character, n) for n in (number, number + 1))
    closes = _closes(rng, volatility, jump, (prev_close, last_close))
    for day, close in enumerate(closes, number * BLOCK_DAYS):
        move = close / prev_close - 1.0
        open_ = round(prev_close * (1.0 + 0.25 * move + volatility * 0.7 * (random() - 0.5)))
        high = round((open_ if open_ > close else close) * (1.0 + volatility * 0.9 * random() * random()))
        low = round((close if open_ > close else open_) * (1.0 - volatility * 0.9 * random() * random()))
        lots = int(usual_lots * (0.55 + 0.9 * random() * random() + abs(move) / volatility * 0.3)) + 1
        # No board's limit is nearer than 5 %, so most days need not ask for it.
        if 20 * high > 21 * prev_close or 20 * low < 19 * prev_close or prev_close < 100:
            open_, high, low, close = _within((open_, high, low, close), limits(day, prev_close), locked=random() < 0.3)
        first, low_first = 0.15 + 0.4 * random(), (close >= open_) == (random() < 0.8)
        second = (1.0 - first) * (0.25 + 0.5 * random())
        near, far = (low, high) if low_first else (high, low)
        doubled = first * (open_ + near) + second * (near + far) + (1.0 - first - second) * (far + close)
        money = round(lots * doubled / 2.0)
        plans.append(DayPlan(prev_close, open_, high, low, close, lots, money, first, second, low_first))
        prev_close = close
    return plans


def _closes(rng: Random, volatility: float, jump: float, ends: tuple[int, int]) -> list[int]:
    """Closes wandering from one level to the next, with a jump now and then."""
    random, width = rng.random, 2.0 * volatility
    # Three draws make a bell without far tails; those are the jumps.
    steps = [width * (random() + random() + random() - 1.5) for _ in range(BLOCK_DAYS)]
    for offset in range(1, BLOCK_DAYS - _CALM_DAYS):
        if random() < _JUMP_ODDS and jump:
            steps[offset] = jump if random() < 0.55 else -jump
    start, end = ends
    drift = (log(end / start) - sum(steps)) / BLOCK_DAYS
    path = accumulate([step + drift for step in steps])
    return [*[max(round(start * exp(reached)), 10) for reached in path][:-1], end]


def _within(prices: tuple[int, ...], limits: tuple[int, int], *, locked: bool) -> tuple[int, ...]:
    """Open, high, low, close held by the limits; where the close is at one, `locked` puts the whole day there."""
    down, up = limits
    if not up:
        return prices
    held = tuple(min(max(price, down), up) for price in prices)
    return (held[3],) * 4 if locked and held[3] in limits else held

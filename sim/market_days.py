"""The daily series of a synthetic instrument, one seeded block of trading days at a time.

Days are counted along the trading calendar and cut into blocks. A block is a random walk bridged between two levels
that depend on the block's number alone, so any stretch of history is the same whatever was asked before it, and no
stretch needs the one before. Prices are in ticks, volumes in lots.
"""

from collections.abc import Callable, Sequence
from itertools import chain
from math import exp, log
from random import Random
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.market_character import Character
from sim.market_draws import Draws, Flags, Floats

BLOCK_DAYS = 64
# A jump towards the limit needs some days to settle before the block has to end at its level.
_CALM_DAYS = 12
_JUMP_ODDS = 0.006
_LEVEL_WIDTH = 6.5  # spread of the blocks' levels, in daily volatilities
_LOCKED_ODDS = 0.3
_BLOCKS_AT_ONCE = 512  # some 10 MB of draws
# What a block draws at most: three for each step, one or two for each jump, up to eleven for each day.
_DRAWS = BLOCK_DAYS * (3 + 2 + 11)

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


PLAN = np.dtype([(name, {int: "i8", float: "f8", bool: "?"}[kind]) for name, kind in DayPlan.__annotations__.items()])
"""A `DayPlan` as it stands in an array."""

Plans = NDArray[np.void]
"""Of type `PLAN`: a line for each block or symbol, a column for each day."""


class Block(NamedTuple):
    """Which days to make up; ``jump`` is the logarithmic size of a jump, 0 for none."""

    character: Character
    number: int
    jump: float
    limits: Limits


def level_at(seed: int, character: Character, number: int) -> int:
    """Closing price, in ticks, of the last day before block `number`."""
    rng = Random(f"{seed}|{character.symbol}|level|{number}")
    width = _LEVEL_WIDTH * character.volatility
    return max(round(character.level * exp(width * max(-2.0, min(2.0, rng.gauss(0.0, 1.0))))), 20)


def block_plans(seed: int, blocks: Sequence[Block]) -> Plans:
    """The `BLOCK_DAYS` days of each block; thirty blocks take no longer than three."""
    parts = (blocks[i : i + _BLOCKS_AT_ONCE] for i in range(0, len(blocks), _BLOCKS_AT_ONCE))
    plans = [_made_up(seed, part).T for part in parts]
    return np.concatenate(plans) if plans else np.zeros((0, BLOCK_DAYS), PLAN)


def _made_up(seed: int, blocks: Sequence[Block]) -> Plans:
    """A line a day and a column a block: a day goes on from the one before it, a block from none."""
    draws = Draws([Random(f"{seed}|{block.character.symbol}|{block.number}") for block in blocks], _DRAWS)
    volatility = np.array([block.character.volatility for block in blocks])
    starts, ends = _levels(seed, blocks)
    closes = _closes(draws, volatility, [block.jump for block in blocks], (starts, ends))
    plans = np.zeros(closes.shape, PLAN)
    moves, drawn, prev_close = np.zeros(closes.shape), np.zeros((5, *closes.shape)), starts
    for day, close in enumerate(closes):
        chance = draws.take(7)
        move = close / prev_close - 1.0
        open_ = np.rint(prev_close * (1.0 + 0.25 * move + volatility * 0.7 * (chance[0] - 0.5)))
        high = np.rint(np.maximum(open_, close) * (1.0 + volatility * 0.9 * chance[1] * chance[2]))
        low = np.rint(np.minimum(open_, close) * (1.0 - volatility * 0.9 * chance[3] * chance[4]))
        prices = np.stack((open_, high, low, close))
        _hold(prices, prev_close, draws, (blocks, day))
        plan = plans[day]
        plan["prev_close"], plan["open"], plan["high"], plan["low"], plan["close"] = prev_close, *prices
        moves[day], drawn[:2, day], drawn[2:, day], prev_close = move, chance[5:], draws.take(3), prices[3]
    crowd = 0.55 + 0.9 * drawn[0] * drawn[1] + np.abs(moves) / volatility * 0.3
    plans["lots"] = (np.array([block.character.lots for block in blocks]) * crowd).astype(np.int64) + 1
    _lay_out(plans, drawn[2:])
    return plans


def _levels(seed: int, blocks: Sequence[Block]) -> tuple[Floats, Floats]:
    """The closes before each block and on its last day."""
    keys = [(block.character, block.number) for block in blocks]
    ends = [(character, number + 1) for character, number in keys]
    levels = {key: float(level_at(seed, *key)) for key in dict.fromkeys(keys + ends)}
    return np.array([levels[key] for key in keys]), np.array([levels[key] for key in ends])


def _closes(draws: Draws, volatility: Floats, jumps: Sequence[float], ends: tuple[Floats, Floats]) -> Floats:
    """Closes wandering from one level to the next, with a jump now and then."""
    # Three draws make a bell without far tails; those are the jumps.
    bells = draws.take(3 * BLOCK_DAYS).reshape(BLOCK_DAYS, 3, -1)
    steps = 2.0 * volatility * (bells[:, 0] + bells[:, 1] + bells[:, 2] - 1.5)
    spots = draws.take(BLOCK_DAYS - _CALM_DAYS - 1)
    for i in np.flatnonzero((spots < _JUMP_ODDS).any(axis=0)).tolist():
        jump, odds = jumps[i], chain(spots[:, i].tolist(), draws.more_of(i))
        for offset in range(1, BLOCK_DAYS - _CALM_DAYS):
            if next(odds) < _JUMP_ODDS and jump:
                steps[offset, i] = jump if next(odds) < 0.55 else -jump
    start, end = ends
    # Python's logarithm and exponential: the last bits of numpy's are not the same on every processor.
    drift = (np.array([log(way) for way in end / start]) - np.cumsum(steps, axis=0)[-1]) / BLOCK_DAYS
    path = np.cumsum(steps + drift, axis=0)
    grown = np.array([exp(reached) for reached in path.ravel().tolist()]).reshape(path.shape)
    closes: Floats = np.maximum(np.rint(start * grown), 10.0)
    closes[-1] = end
    return closes


def _hold(prices: Floats, prev_close: Floats, draws: Draws, where: tuple[Sequence[Block], int]) -> None:
    """Keeps open, high, low and close within the limits of that day of the blocks, some all day at the limit."""
    wild = np.flatnonzero(_is_beyond(prices, prev_close, 5))
    if not len(wild):
        return
    locked = draws.take_of(wild) < _LOCKED_ODDS
    # No limit of these days is nearer than 10 %, so few of them need be asked for.
    near = _is_beyond(prices[:, wild], prev_close[wild], 9)
    held, (blocks, day) = wild[near], where
    if len(held):
        numbers = ((i, blocks[i].number * BLOCK_DAYS + day) for i in held.tolist())
        limits = [blocks[i].limits(number, int(prev_close[i])) for i, number in numbers]
        prices[:, held] = _within(prices[:, held], np.array(limits).T, locked[near])


def _is_beyond(prices: Floats, prev_close: Floats, percent: int) -> Flags:
    """Where a day's prices are further from the previous close; with few ticks to a price, everywhere."""
    _, high, low, _ = 100.0 * prices
    found: Flags = (high > (100.0 + percent) * prev_close) | (low < (100.0 - percent) * prev_close) | (prev_close < 100)
    return found


def _within(prices: Floats, limits: NDArray[np.int64], locked: Flags) -> Floats:
    """The prices held by the limits; where the close is at one, ``locked`` puts the whole day there."""
    down, up = limits
    held = np.minimum(np.maximum(prices, down), up)
    stays = locked & ((held[3] == down) | (held[3] == up))
    return np.where(up > 0, np.where(stays, held[3], held), prices)


def _lay_out(plans: Plans, drawn: Floats) -> None:
    """Which way the days' prices go, and what money that makes."""
    open_, high, low, close = (plans[name] for name in ("open", "high", "low", "close"))
    first, low_first = 0.15 + 0.4 * drawn[0], (close >= open_) == (drawn[1] < 0.8)
    second = (1.0 - first) * (0.25 + 0.5 * drawn[2])
    near, far = np.where(low_first, low, high), np.where(low_first, high, low)
    doubled = first * (open_ + near) + second * (near + far) + (1.0 - first - second) * (far + close)
    plans["money"] = np.rint(plans["lots"] * doubled / 2.0)
    plans["first_part"], plans["second_part"], plans["low_first"] = first, second, low_first

"""The trades of one synthetic day: a price and a volume for every snapshot, adding up exactly to the day's plan."""

from bisect import bisect_left
from functools import lru_cache
from itertools import accumulate, pairwise
from math import exp, log
from random import Random
from typing import NamedTuple, TypeVar

from common.beijing import SECOND_NS, clock_seconds
from sim.market_days import DayPlan
from sim.market_sums import add_up

STEP_SECONDS = 3
# Noise on the straight way between the day's turning points, as a share of the day's range.
_WIGGLE = 1.7
_NOISES = 1021  # a prime, so that the rotating table does not beat with minutes or hours

T = TypeVar("T")


class Trades(NamedTuple):
    """Columns, one entry a snapshot: prices in ticks; ``lots`` were traded since the snapshot before."""

    lasts: list[int]
    bids: list[int]
    spreads: list[int]
    lots: list[int]


@lru_cache(maxsize=1)
def snapshot_offsets() -> tuple[int, ...]:
    """Nanoseconds after midnight of a day's snapshots: the opening auction, every 3 s of trading, the closing one."""
    morning = range(clock_seconds("9:30"), clock_seconds("11:30") + 1, STEP_SECONDS)
    afternoon = range(clock_seconds("13:00") + STEP_SECONDS, clock_seconds("14:57") + 1, STEP_SECONDS)
    seconds = [clock_seconds("9:25"), *morning, *afternoon, clock_seconds("15:00")]
    return tuple(second * SECOND_NS for second in seconds)


@lru_cache(maxsize=1)
def _busyness() -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Share of a day's volume that each snapshot sees, and the running sum of it: busy at both ends, two auctions."""
    count = len(snapshot_offsets())
    weights = [0.7 + 1.6 * exp(-12.0 * i / count) + 0.5 * exp(-10.0 * (count - i) / count) for i in range(count)]
    total = sum(weights)
    weights[0], weights[-1] = 0.012 * total, 0.015 * total
    total = sum(weights)
    shares = tuple(weight / total for weight in weights)
    return shares, tuple(accumulate(shares))


def draw_trades(rng: Random, plan: DayPlan, spread: int) -> Trades:
    """The day's trades; first, highest, lowest and last price, lots and money are exactly those of `plan`."""
    shares, running = _busyness()
    end = len(shares) - 1
    turn = min(max(bisect_left(running, plan.first_part), 2), end - 3)
    back = min(max(bisect_left(running, plan.first_part + plan.second_part), turn + 1), end - 2)
    near, far = (plan.low, plan.high) if plan.low_first else (plan.high, plan.low)
    fixed = {0: plan.open, turn: near, back: far, end: plan.close}
    lots = _draw_lots(rng, plan.lots, shares)
    for index in fixed:
        lots[index] = max(lots[index], 1)
    trades = _draw_prices(rng, _draw_path(rng, plan, fixed), lots, spread)
    _pin(trades, plan, fixed)
    add_up(trades.lasts, lots, plan)
    return trades


def _draw_lots(rng: Random, total: int, shares: tuple[float, ...]) -> list[int]:
    """Bursts of volume around the day's usual shape; some snapshots of a quiet stock see no trade."""
    bursts = _rotated(rng, [0.75 * (-log(1.0 - rng.random())) ** 1.5 for _ in range(_NOISES)], len(shares))
    return [int(total * share * burst) for share, burst in zip(shares, bursts, strict=True)]


def _rotated(rng: Random, table: list[T], count: int) -> list[T]:
    """`count` entries of an endless repetition of `table`, from a random start."""
    start = rng.randrange(len(table))
    return (table * (count // len(table) + 2))[start : start + count]


def _draw_path(rng: Random, plan: DayPlan, fixed: dict[int, int]) -> list[float]:
    """The middle price, between the day's extremes: bridges from turning point to turning point."""
    low, high = float(plan.low), float(plan.high)
    wiggle = _WIGGLE * (high - low) / len(_busyness()[0]) ** 0.5
    path = [float(plan.open)]
    for (start, price), (end, goal) in pairwise(fixed.items()):
        count = end - start
        walk = list(accumulate([wiggle * (rng.random() - 0.5) for _ in range(count)]))
        slope = (goal - price - walk[-1]) / count
        path += [price + step + slope * index for index, step in enumerate(walk, 1)]
    # What goes beyond an extreme is mirrored back.
    return [low + abs(high - abs(high - x) - low) for x in path]


def _draw_prices(rng: Random, path: list[float], lots: list[int], spread: int) -> Trades:
    """Trades at the bid or the ask around the path, more often at the nearer one; no volume, no new price."""
    widths = [max(1, round(spread * (0.6 + 0.9 * rng.random() ** 2))) for _ in range(_NOISES)]
    trades = Trades([], [], _rotated(rng, widths, len(path)), lots)
    add_last, add_bid, random, last = trades.lasts.append, trades.bids.append, rng.random, int(path[0])
    for x, width, volume in zip(path, trades.spreads, lots, strict=True):
        bid = int(x - (width - 1) * 0.5)
        if volume:
            last = bid + width if random() * width < x - bid else bid
        add_bid(bid)
        add_last(last)
    return trades


def _pin(trades: Trades, plan: DayPlan, fixed: dict[int, int]) -> None:
    """Puts the turning points where the plan has them and every trade between the day's extremes and at the touch."""
    lasts, bids, spreads, lots = trades
    low, high, last = plan.low, plan.high, plan.open
    for index, volume in enumerate(lots):
        if volume:
            last = fixed[index] if index in fixed else min(max(lasts[index], low), high)
            ask = bids[index] + spreads[index]
            if last > ask:
                spreads[index] = last - bids[index]
            elif last < ask:
                bids[index] = last
        lasts[index] = last

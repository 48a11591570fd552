"""Volumes that add up: lots moved between the trades of a day until volume and money are exactly those planned."""

from sim.market_days import DayPlan

_LEAST_FACTOR, _MOST_FACTOR = 0.1, 5.0


def add_up(prices: list[int], lots: list[int], plan: DayPlan) -> None:
    """Changes `lots` in place so that they sum to `plan.lots` and lots times price to `plan.money`.

    A snapshot with a trade keeps at least one lot, one without keeps none.
    """
    heights = [price - plan.low for price in prices]
    goal = plan.money - plan.lots * plan.low
    traded = [index for index, volume in enumerate(lots) if volume]
    _tilt(heights, lots, traded, goal / plan.lots, plan.lots)
    _match_volume(lots, traded, plan.lots)
    short = goal - sum(height * volume for height, volume in zip(heights, lots, strict=True))
    _settle(heights, lots, traded, _exchange(heights, lots, traded, short))


def _tilt(heights: list[int], lots: list[int], traded: list[int], wanted: float, total: int) -> None:
    """Weighs dear trades more and cheap ones less, or the reverse, until the average is near `wanted`."""
    volume = sum(lots)
    mean = sum(heights[i] * lots[i] for i in traded) / volume
    variance = sum(heights[i] * heights[i] * lots[i] for i in traded) / volume - mean * mean
    slope = (wanted - mean) / variance if variance > 1e-9 else 0.0
    scale = total / volume
    for i in traded:
        factor = min(max(1.0 + slope * (heights[i] - mean), _LEAST_FACTOR), _MOST_FACTOR)
        lots[i] = int(lots[i] * factor * scale) or 1


def _match_volume(lots: list[int], traded: list[int], total: int) -> None:
    short = total - sum(lots)
    if short >= 0:
        each, rest = divmod(short, len(traded))
        for rank, i in enumerate(traded):
            lots[i] += each + (rank < rest)
        return
    while short:
        share = -short / total
        for i in traded:
            taken = min(lots[i] - 1, int(lots[i] * share) + 1, -short)
            lots[i] -= taken
            short += taken


def _exchange(heights: list[int], lots: list[int], traded: list[int], short: int) -> int:
    """Moves lots from cheap trades to dear ones (or back, where `short` is negative); returns what is still missing."""
    order = sorted(traded, key=heights.__getitem__, reverse=short < 0)
    sign, left = (1, short) if short > 0 else (-1, -short)
    taker = top = len(order) - 1
    for giver in order:
        while lots[giver] > 1:
            gain = (heights[order[taker]] - heights[giver]) * sign
            if gain <= 0 and taker < top:
                taker = top
                continue
            if gain <= 0 or left < gain:
                return left * sign
            moved = min((lots[giver] + 1) // 2, lots[giver] - 1, left // gain)
            lots[giver] -= moved
            lots[order[taker]] += moved
            left -= moved * gain
            taker -= 1
    return left * sign


def _settle(heights: list[int], lots: list[int], traded: list[int], missing: int) -> None:
    """Makes good what is less than one exchange is worth, by one pair of trades that far apart, or by two pairs."""
    if not missing:
        return
    takers = {heights[i]: i for i in traded}
    steps = [missing, *range(1, 1 + max(takers)), *range(-1, -1 - max(takers), -1)]
    for step in steps:
        pairs = [_pair(heights, lots, takers, part) for part in (step, missing - step) if part]
        if all(pairs):
            for giver, taker in filter(None, pairs):
                lots[giver] -= 1
                lots[taker] += 1
            return
    raise AssertionError(f"no trades {missing} apart")


def _pair(heights: list[int], lots: list[int], takers: dict[int, int], gain: int) -> tuple[int, int] | None:
    for height, giver in takers.items():
        taker = takers.get(height + gain)
        # Three, so that two pairs may take from the same trade.
        if taker is not None and lots[giver] >= 3:
            return giver, taker
    return None

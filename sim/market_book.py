"""Snapshots as the feed of an exchange shows them: running totals, and five levels on both sides of the last trade."""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from common.messages import Quote
from sim.market_character import Character
from sim.market_days import DayPlan
from sim.market_ticks import Trades, snapshot_offsets

Levels = tuple[tuple[int, int], ...]
LEVELS = 5
# What waits at one level, in lots traded per snapshot, and how much longer the queue at a locked limit is.
_DEPTH, _LOCKED_DEPTH = 6.0, 400
_QUEUES = 31


class Frame(NamedTuple):
    """The day's midnight in UTC ns and its limits in ticks (zeros: none)."""

    midnight_ns: int
    limit_down: int
    limit_up: int


def snapshots(rng: Random, character: Character, plan: DayPlan, trades: Trades, frame: Frame) -> list[Quote]:
    """One quote a snapshot; all volume of a snapshot was traded at its last price, so that money is exact."""
    tick_e4, lot, symbol = character.tick_e4, character.lot, character.symbol
    prev_e4, open_e4 = plan.prev_close * tick_e4, plan.open * tick_e4
    down_e4, up_e4 = frame.limit_down * tick_e4, frame.limit_up * tick_e4
    volume = money_e4 = 0
    low_e4 = high_e4 = open_e4
    quotes = []
    rows = zip(snapshot_offsets(), trades.lasts, trades.lots, _books(rng, character, plan, trades, frame), strict=True)
    for offset, last, lots, (bids, asks) in rows:
        last_e4 = last * tick_e4
        traded_e4 = 0
        if lots:
            volume += lots * lot
            money_e4 += lots * lot * last_e4
            traded_e4 = last_e4
            if last_e4 > high_e4:
                high_e4 = last_e4
            elif last_e4 < low_e4:
                low_e4 = last_e4
        quotes.append(
            Quote(
                symbol,
                frame.midnight_ns + offset,
                last_e4,
                open_e4,
                high_e4,
                low_e4,
                prev_e4,
                down_e4,
                up_e4,
                volume,
                money_e4,
                traded_e4,
                traded_e4,
                False,
                bids,
                asks,
            )
        )
    return quotes


def _books(
    rng: Random, character: Character, plan: DayPlan, trades: Trades, frame: Frame
) -> Iterator[tuple[Levels, Levels]]:
    """Bids and asks of every snapshot; away from the limits five levels each, `gap` ticks apart."""
    tick_e4, gap = character.tick_e4, max(1, character.spread // 2)
    depth = max(2.0, _DEPTH * plan.lots / len(trades.lasts))
    queues = [
        tuple(character.lot * (1 + int(depth * rng.random() ** 2)) for _ in range(2 * LEVELS)) for _ in range(_QUEUES)
    ]
    down, up = (frame.limit_down, frame.limit_up) if frame.limit_up else (1, 1 << 60)
    reach = LEVELS * gap
    # The same queues at the same price are the same side: made once, and kept once in memory.
    sides: dict[int, Levels] = {}
    turn = rng.randrange(_QUEUES)
    for last, bid, width in zip(trades.lasts, trades.bids, trades.spreads, strict=True):
        turn = (turn + 17) % _QUEUES
        ask = bid + width
        if bid - reach < down or ask + reach > up or not down < last < up:
            yield _book_at_limit(_touch_at_limit(last, bid, width, (down, up)), (down, up), character, queues[turn])
            continue
        bids = sides.get(bid * _QUEUES + turn)
        if bids is None:
            prices = range(bid * tick_e4, (bid - reach) * tick_e4, -gap * tick_e4)
            bids = sides[bid * _QUEUES + turn] = tuple(zip(prices, queues[turn], strict=False))
        asks = sides.get(-ask * _QUEUES - turn)
        if asks is None:
            prices = range(ask * tick_e4, (ask + reach) * tick_e4, gap * tick_e4)
            asks = sides[-ask * _QUEUES - turn] = tuple(zip(prices, queues[turn][LEVELS:], strict=True))
        yield bids, asks


def _book_at_limit(
    touch: tuple[int, int], limits: tuple[int, int], character: Character, queue: tuple[int, ...]
) -> tuple[Levels, Levels]:
    """Levels no further than the limits; where one side has left, the other queues up at the limit."""
    (bid, ask), (down, up), gap, tick_e4 = touch, limits, max(1, character.spread // 2), character.tick_e4
    bid_prices = range(bid, max(down - 1, bid - LEVELS * gap), -gap) if bid else ()
    ask_prices = range(ask, min(up + 1, ask + LEVELS * gap), gap) if ask else ()
    crowd = 1 if bid and ask else _LOCKED_DEPTH
    sizes = (queue[0] * crowd, *queue[1:LEVELS]), (queue[LEVELS] * crowd, *queue[LEVELS + 1 :])
    return (
        tuple((price * tick_e4, size) for price, size in zip(bid_prices, sizes[0], strict=False)),
        tuple((price * tick_e4, size) for price, size in zip(ask_prices, sizes[1], strict=False)),
    )


def _touch_at_limit(last: int, bid: int, width: int, limits: tuple[int, int]) -> tuple[int, int]:
    """Best bid and ask near a limit; 0 for the side that has left: nobody sells at the limit up."""
    down, up = limits
    if last >= up:
        return up, 0
    if last <= down:
        return 0, down
    bid = min(max(bid, down), up - 1)
    return bid, min(max(bid + width, bid + 1), up)

"""The vendor's ticks as quotes: lots to shares, floats to the tick, its status codes to suspended or not.

5,400 ticks come at once, so this is the one place where the plain way would be too slow: integers by ``round``, no
decimals, and one look at each field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from common.messages import Quote
from services.gateway.quotes.live.traits import Traits

LEVELS: Final = 5
MS_NS: Final = 1_000_000

SUSPENDED: Final = frozenset({1, 17, 20})
"""Status of a stock in ``openInt``: suspended, for now, or until the close (xtquant.md 10.4)."""

_PRICES: Final = ("lastPrice", "open", "high", "low", "lastClose")
_ABSURD: Final = 10**18
_UNKNOWN_STATUS: Final = frozenset({0, 10, None})

Levels = tuple[tuple[int, int], ...]


def quote_of(tick: Mapping[str, Any], traits: Traits, day: date) -> Quote | None:
    """None where the tick has no price yet, or is none: a field that is missing, not a number, or absurd."""
    try:
        return _read(tick, traits, day)
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError):
        return None


def _read(tick: Mapping[str, Any], traits: Traits, day: date) -> Quote | None:
    step = traits.tick_e4
    prices = [round(tick[name] * 10_000) for name in _PRICES]
    if step > 1:
        half = step // 2
        prices = [(price + half) // step * step if price % step else price for price in prices]
    last, open_, high, low, prev_close = prices
    if prev_close != traits.prev_close_e4:
        traits.reprice(prev_close, day)
    per_lot = traits.per_lot or _per_lot(tick, traits)
    volume, money = _shares(tick, per_lot), round(tick["amount"] * 10_000)
    if last <= 0 or min(prices) < 0 or volume < 0 or money < 0 or max(volume, money, *prices) > _ABSURD:
        return None
    return Quote(
        traits.symbol,
        int(tick["time"]) * MS_NS,
        last,
        open_,
        high,
        low,
        prev_close,
        traits.down_e4,
        traits.up_e4,
        volume,
        money,
        0,
        0,
        _is_suspended(tick, traits),
        _levels(tick.get("bidPrice", ()), tick.get("bidVol", ()), step, per_lot),
        _levels(tick.get("askPrice", ()), tick.get("askVol", ()), step, per_lot),
    )


def _levels(prices: Sequence[float], volumes: Sequence[int], step: int, per_lot: int) -> Levels:
    levels = []
    half = step // 2
    for price, volume in zip(prices[:LEVELS], volumes, strict=False):
        price_e4 = round(price * 10_000)
        if price_e4 > 0 < volume:
            levels.append(((price_e4 + half) // step * step, int(volume) * per_lot))
    return tuple(levels)


def _shares(tick: Mapping[str, Any], per_lot: int) -> int:
    """``pvolume`` counts single shares where it is there and says the same; ``volume`` has been rounded to lots."""
    volume = int(tick["volume"])
    exact = tick.get("pvolume", 0)
    if abs(exact - volume * per_lot) <= per_lot:
        return int(exact)
    return volume * per_lot


def _per_lot(tick: Mapping[str, Any], traits: Traits) -> int:
    """What one unit of ``volume`` is: what the amount paid says, else the vendor's word for it, a lot.

    Kept for the day, so that a volume never jumps.
    """
    volume, amount, low, high = tick["volume"], tick["amount"], tick["low"], tick["high"]
    if volume < 10 or amount <= 0 or low <= 0 or traits.tick_e4 == 1:
        return traits.lot
    for unit in (traits.lot, 100, 10, 1):
        if low * 0.8 <= amount / (volume * unit) <= high * 1.2:
            traits.per_lot = unit
            return unit
    return traits.lot


def _is_suspended(tick: Mapping[str, Any], traits: Traits) -> bool:
    status = tick.get("openInt")
    if status in _UNKNOWN_STATUS:
        status = tick.get("stockStatus")
        if status not in SUSPENDED:
            return traits.is_halted and not tick["volume"]
    return status in SUSPENDED

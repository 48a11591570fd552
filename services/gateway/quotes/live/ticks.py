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

_ABSURD: Final = 10**18
"""Not to be packed as an integer of 64 bits, whatever it is."""

_PRICE_MAX, _SIZE_MAX = 10**9, 10**12
_UNKNOWN_STATUS: Final = frozenset({0, 10, None})


def quote_of(tick: Mapping[str, Any], traits: Traits, day: date) -> Quote | None:
    """None where the tick has no price yet, or is none: a field that is missing, not a number, or absurd."""
    try:
        return _read(tick, traits, day)
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError):
        return None


def _read(tick: Mapping[str, Any], traits: Traits, day: date) -> Quote | None:
    step, per_yuan = traits.tick_e4, traits.per_yuan
    last = round(tick["lastPrice"] * per_yuan) * step
    open_ = round(tick["open"] * per_yuan) * step
    high = round(tick["high"] * per_yuan) * step
    low = round(tick["low"] * per_yuan) * step
    prev_close = round(tick["lastClose"] * per_yuan) * step
    per_lot = traits.per_lot or _per_lot(tick, traits)
    volume, money = _shares(tick, per_lot), round(tick["amount"] * 10_000)
    at_ns = int(tick["time"]) * MS_NS
    if not (0 <= at_ns < _ABSURD * 4 and 0 < last < _ABSURD and 0 <= volume < _ABSURD and 0 <= money < _ABSURD):
        return None
    if not (0 <= low <= high < _ABSURD and 0 <= open_ < _ABSURD and 0 <= prev_close < _ABSURD):
        return None
    if prev_close != traits.prev_close_e4:
        traits.reprice(prev_close, day)
    status = tick.get("openInt")
    is_suspended = status in SUSPENDED or (status in _UNKNOWN_STATUS and _is_suspended(tick, traits))
    return Quote(
        traits.symbol,
        at_ns,
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
        is_suspended,
        _levels(tick.get("bidPrice", ()), tick.get("bidVol", ()), traits, per_lot),
        _levels(tick.get("askPrice", ()), tick.get("askVol", ()), traits, per_lot),
    )


def _levels(prices: Sequence[float], sizes: Sequence[int], traits: Traits, per_lot: int) -> tuple[tuple[int, int], ...]:
    step, per_yuan = traits.tick_e4, traits.per_yuan
    levels = [
        (round(price * per_yuan) * step, int(size * per_lot))
        for price, size in zip(prices, sizes, strict=False)
        if 0 < price < _PRICE_MAX and 0 < size < _SIZE_MAX
    ]
    return tuple(levels[:LEVELS])


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
    """Where ``openInt`` does not say."""
    if tick.get("stockStatus") in SUSPENDED:
        return True
    return traits.is_halted and not tick["volume"]

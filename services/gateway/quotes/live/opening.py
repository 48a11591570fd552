"""The quote of an instrument that has not been quoted today: the close before, no volume, at midnight."""

from __future__ import annotations

from datetime import date

from common.messages import Quote
from services.gateway.quotes.live.traits import Traits, e4


def opening_quote(traits: Traits, yesterday: Quote | None, start_ns: int, day: date) -> Quote | None:
    """``yesterday`` is the vendor's newest, of an earlier day; None where nothing says what the close before is.

    A record with the same previous close as yesterday's quotes is yesterday's itself: the close is their last price.
    Any other is of today, and knows of an ex-day.
    """
    recorded_e4 = e4(traits.detail.get("PreClose"), traits.tick_e4) if traits.detail is not None else 0
    close_e4 = recorded_e4
    if yesterday is not None and recorded_e4 in (0, yesterday.prev_close_e4):
        close_e4 = yesterday.last_price_e4
    if not close_e4:
        return None
    traits.reprice(close_e4, day)
    return Quote(
        traits.symbol,
        start_ns,
        close_e4,
        0,
        0,
        0,
        close_e4,
        traits.down_e4,
        traits.up_e4,
        0,
        0,
        0,
        0,
        traits.is_halted,
        (),
        (),
    )

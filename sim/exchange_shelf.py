"""What a quote really offers: the shares shown in its book and those traded since the quote before, each sold once."""

from __future__ import annotations

from common import messages as m
from common.sessions import is_continuous, phase_at

Take = tuple[int, int]
"""Price in 1/10,000 yuan and shares."""


class Market:
    """The last quote of a symbol, what traded since the one before, and what our own fills took of both."""

    __slots__ = ("is_continuous", "previous", "quote", "taken", "traded")

    def __init__(self, quote: m.Quote) -> None:
        self.previous: m.Quote | None = None
        self.quote = quote
        # Of a symbol seen for the first time only the day's volume so far is known.
        self.traded = quote.volume
        self.taken: dict[int, int] = {}
        self.is_continuous = is_continuous(phase_at(quote.at_ns))

    def turn_to(self, quote: m.Quote) -> None:
        self.previous, self.traded = self.quote, max(quote.volume - self.quote.volume, 0)
        self.quote, self.taken = quote, {}
        self.is_continuous = is_continuous(phase_at(quote.at_ns))

    def is_news(self, quote: m.Quote) -> bool:
        """Whether a quote is neither a repeat nor older than the last one."""
        return quote.at_ns >= self.quote.at_ns and quote.volume >= self.quote.volume and quote != self.quote


class Shelf:
    """What is left of one quote within one decision; each take is booked at once, so nothing is handed out twice.

    Shares taken at a price count against the book's level and against the traded volume alike: where one cannot be
    told from the other, too little is filled rather than too much.
    """

    __slots__ = ("_left", "_quote", "_taken")

    def __init__(self, quote: m.Quote, traded: int, taken: dict[int, int]) -> None:
        self._quote = quote
        self._taken = dict(taken)
        self._left = max(traded - sum(taken.values()), 0)

    def from_book(self, side: m.Side, limit_e4: int, qty: int) -> list[Take]:
        """The opposite levels up to the limit, best first; at the last price where the feed has no book."""
        quote = self._quote
        if not quote.bids and not quote.asks:
            return self.at_price(side, limit_e4, qty, quote.last_price_e4)
        takes = []
        for price_e4, shown in quote.asks if side is m.Side.BUY else quote.bids:
            if qty <= 0 or is_beyond(side, price_e4, limit_e4):
                break
            got = min(shown - self._taken.get(price_e4, 0), qty)
            if got > 0:
                takes.append(self._take(price_e4, got))
                qty -= got
        return takes

    def from_trades(self, side: m.Side, limit_e4: int, qty: int) -> list[Take]:
        """Trades at or through the limit since the quote before: they would have met the resting order first.

        The price is the order's own; where all trades were better than it, the nearest price that traded.
        """
        low_e4, high_e4 = _traded_range(self._quote)
        got = min(self._left, qty)
        if got <= 0 or low_e4 <= 0:
            return []
        best_e4, worst_e4 = (low_e4, high_e4) if side is m.Side.BUY else (high_e4, low_e4)
        if is_beyond(side, best_e4, limit_e4):
            return []
        if is_locked(self._quote, side) and best_e4 == self._quote.last_price_e4:
            return []  # The board was locked all the time: what traded was ahead in the queue.
        return [self._take(limit_e4 if is_beyond(side, worst_e4, limit_e4) else worst_e4, got)]

    def at_price(self, side: m.Side, limit_e4: int, qty: int, price_e4: int) -> list[Take]:
        """All at one price, bounded by what traded: an auction's print, or the last price of a feed without a book."""
        got = min(self._left, qty)
        if got <= 0 or price_e4 <= 0 or is_beyond(side, price_e4, limit_e4) or is_locked(self._quote, side):
            return []
        return [self._take(price_e4, got)]

    def reach_e4(self, side: m.Side, print_e4: int) -> int:
        """The best price at which this side may have anything; 0 where nothing is on offer."""
        quote = self._quote
        levels = quote.asks if side is m.Side.BUY else quote.bids
        prices = [price_e4 for price_e4, shown in levels if shown > self._taken.get(price_e4, 0)]
        if self._left:
            prices += [*_traded_range(quote), print_e4]
        known = [price_e4 for price_e4 in prices if price_e4 > 0]
        return (min(known) if side is m.Side.BUY else max(known)) if known else 0

    def _take(self, price_e4: int, qty: int) -> Take:
        self._taken[price_e4] = self._taken.get(price_e4, 0) + qty
        self._left = max(self._left - qty, 0)
        return price_e4, qty


def is_beyond(side: m.Side, price_e4: int, limit_e4: int) -> bool:
    """Whether a price is worse for this side than its limit."""
    return price_e4 > limit_e4 if side is m.Side.BUY else price_e4 < limit_e4


def is_locked(quote: m.Quote, side: m.Side) -> bool:
    """Limit-locked against this side: the last price is the limit and nobody stands opposite (ashare_rules 9)."""
    if side is m.Side.BUY:
        return not quote.asks and 0 < quote.limit_up_e4 <= quote.last_price_e4
    return not quote.bids and quote.last_price_e4 <= quote.limit_down_e4


def _traded_range(quote: m.Quote) -> tuple[int, int]:
    if quote.trade_low_e4 and quote.trade_high_e4:
        return quote.trade_low_e4, quote.trade_high_e4
    return quote.last_price_e4, quote.last_price_e4

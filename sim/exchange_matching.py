"""Which resting order gets what of a quote: by the part of the day, then by price and time (ashare_rules 2)."""

from __future__ import annotations

from collections.abc import Iterator

from common import messages as m
from common.sessions import Phase, is_continuous, phase_at
from sim.exchange_book import Book, LiveOrder
from sim.exchange_shelf import Market, Shelf, Take, is_beyond

Allotment = tuple[LiveOrder, list[Take]]

_BEFORE_OPEN = frozenset({Phase.PRE_OPEN, Phase.OPENING_CALL, Phase.OPENING_CALL_LOCKED})
_WAITING = frozenset({Phase.PAUSE, Phase.LUNCH})
# Their first quote still shows what the continuous trading before them traded.
_AFTER_CONTINUOUS = frozenset({Phase.LUNCH, Phase.CLOSING_CALL})


def is_queued(phase: Phase, market: Market) -> bool:
    """Whether an order of this part of the day waits for the next continuous quote instead of meeting the book now."""
    return phase in _WAITING or (is_continuous(phase) and not market.is_continuous)


def allot(market: Market, quote: m.Quote, book: Book) -> Iterator[Allotment]:
    """What a new quote gives to the orders of its symbol; a queued order comes up even where it gets nothing."""
    phase = phase_at(quote.at_ns)
    if quote.suspended or phase in _BEFORE_OPEN:
        return  # Before 9:25 nothing trades, and the book shown is the auction's guess.
    shelf = Shelf(quote, max(quote.volume - market.quote.volume, 0), {})
    if is_continuous(phase):
        for live in book.queue.values():
            yield live, shelf.from_book(live.order.side, live.order.price_e4, live.leaves_qty)
    print_e4 = _print_e4(market, quote, phase)
    for side, ranked in ((m.Side.BUY, book.buys), (m.Side.SELL, book.sells)):
        reach_e4 = shelf.reach_e4(side, print_e4)
        for live in ranked:
            if not reach_e4 or is_beyond(side, reach_e4, live.order.price_e4):
                break
            takes = _takes(shelf, live, quote, phase, print_e4)
            if takes:
                yield live, takes
                reach_e4 = shelf.reach_e4(side, print_e4)


def _print_e4(market: Market, quote: m.Quote, phase: Phase) -> int:
    """The price of the auction this quote is the first to show, 0 where it shows none."""
    if quote.volume <= market.quote.volume:
        return 0
    if phase is Phase.AFTER_HOURS:
        return quote.last_price_e4
    return 0 if market.quote.volume else quote.open_e4 or quote.last_price_e4


def _takes(shelf: Shelf, live: LiveOrder, quote: m.Quote, phase: Phase, print_e4: int) -> list[Take]:
    side, limit_e4, leaves = live.order.side, live.order.price_e4, live.leaves_qty
    takes: list[Take] = []
    if print_e4 and (phase is Phase.AFTER_HOURS or live.phase in _BEFORE_OPEN):
        takes += shelf.at_price(side, limit_e4, leaves, print_e4)
    # What traded before the order came in is not for it.
    came_before = live.entered_ns < quote.at_ns
    if came_before and (is_continuous(phase) or (phase in _AFTER_CONTINUOUS and live.phase is not phase)):
        takes += shelf.from_trades(side, limit_e4, leaves - _qty(takes))
    if is_continuous(phase):
        takes += shelf.from_book(side, limit_e4, leaves - _qty(takes))
    return takes


def _qty(takes: list[Take]) -> int:
    return sum(qty for _, qty in takes)

"""Our book beside the broker's statement, line by line: cash and positions as of the statement's moment."""

from __future__ import annotations

from collections.abc import Iterator

from common import messages as m
from common.fees import FeeSchedule
from common.portfolio import Book
from services.gateway.reconcile import is_new, with_fees

CASH = ""
"""``symbol`` of the line that is the cash."""


def compared(book: Book, day: m.BrokerDay, fills_asked: int, fees: FeeSchedule) -> list[m.BookRow]:
    """Every line, cash first; what our book would be had it taken just the fills the statement speaks of.

    Fills on the list that have not been told to us count as ours; of our own, those that came after the statement was
    asked for (the first ``fills_asked`` came before) may be younger than it and count only where they are listed. So
    neither a late report nor an old statement makes a difference.
    """
    cash_e4 = book.cash_e4
    qty = {position.symbol: position.qty for position in book.positions.values()}
    for symbol, change_qty, change_e4 in _shifts(book, day, fills_asked, fees):
        cash_e4 += change_e4
        qty[symbol] = qty.get(symbol, 0) + change_qty
    brokers = {holding.symbol: holding.qty for holding in day.holdings}
    return _rows(cash_e4, qty, day.cash_e4, brokers)


def opening_differs(before: Book, opened: m.Message, now_ns: int) -> Iterator[m.Message]:
    """What the day opens with otherwise than our last day ended; nothing where we know of no day before."""
    assert isinstance(opened, m.TradingDayOpened), f"{opened} opens no day"
    if not before.trading_day:
        return
    ours = {position.symbol: position.qty for position in before.positions.values()}
    brokers = {holding.symbol: holding.qty for holding in opened.holdings}
    rows = [row for row in _rows(before.cash_e4, ours, opened.cash_e4, brokers) if row.difference]
    if rows:
        yield m.OpeningDiffers(before.account, opened.trading_day, before.trading_day, rows, now_ns)


def _rows(cash_e4: int, ours: dict[str, int], brokers_cash_e4: int, brokers: dict[str, int]) -> list[m.BookRow]:
    symbols = sorted(symbol for symbol in ours.keys() | brokers.keys() if ours.get(symbol) or brokers.get(symbol))
    positions = [m.BookRow(symbol, ours.get(symbol, 0), brokers.get(symbol, 0)) for symbol in symbols]
    return [m.BookRow(CASH, cash_e4, brokers_cash_e4), *positions]


def _shifts(book: Book, day: m.BrokerDay, fills_asked: int, fees: FeeSchedule) -> Iterator[tuple[str, int, int]]:
    """(symbol, shares, cash) by which our book is behind the statement, or ahead of it."""
    known = {(fill.venue_order_id, fill.fill_id) for fill in book.fills}
    listed = {(fill.venue_order_id, fill.fill_id) for fill in day.fills}
    for told, fee_e4 in with_fees(day.fills, fees):
        if (told.venue_order_id, told.fill_id) not in known and is_new(book, told):
            yield _effect(told, fee_e4, 1)
    for fill in book.fills[fills_asked:]:
        if (fill.venue_order_id, fill.fill_id) not in listed:
            yield _effect(fill, fill.fee_e4, -1)


def _effect(fill: m.BrokerFill | m.OrderFilled, fee_e4: int, sign: int) -> tuple[str, int, int]:
    value_e4 = fill.qty * fill.price_e4
    if fill.side is m.Side.BUY:
        return fill.symbol, sign * fill.qty, -sign * (value_e4 + fee_e4)
    return fill.symbol, -sign * fill.qty, sign * (value_e4 - fee_e4)

"""The daily bars of one symbol, as bars."""

from datetime import date

from services.gateway.quotes.bars import Bar, from_columns
from services.gateway.quotes.feeds import Feed


def daily_bars(feed: Feed, symbol: str, last_day: date, count: int) -> list[Bar]:
    [columns] = feed.daily_columns([symbol], last_day, count)
    return from_columns(columns)

"""The made-up market as a feed: any valid symbol, any trading day, the same for the same seed."""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from common.beijing import at
from common.calendar import Calendar
from common.messages import BarColumns, Instrument, Quote
from common.symbols import UnknownSymbol
from services.gateway.quotes.bars import Bar, minute_bars, to_columns
from services.gateway.quotes.feeds import KIND_OF_BOARD, NEVER_ENDS, ExDay
from sim.market import Market
from sim.market_character import character_of
from sim.market_days import Plans
from sim.market_names import KNOWN


class SyntheticFeed:
    """`suspended` maps symbols to the first day of a suspension that lasts."""

    def __init__(self, seed: int, calendar: Calendar, *, suspended: Mapping[str, date] | None = None) -> None:
        self._market = Market(seed, calendar, suspended=suspended)
        self._calendar = calendar
        self._start_day = int(f"{calendar.first:%Y%m%d}")
        self.remarks: Sequence[str] = (f"合成行情，种子 {seed}：价格与历史均为虚构",)

    def days(self) -> list[date] | None:
        return None

    def instrument(self, symbol: str) -> Instrument | None:
        try:
            character = character_of(symbol)
        except UnknownSymbol:
            return None
        kind = KIND_OF_BOARD[character.board]
        return Instrument(symbol, character.name, kind, self._start_day, NEVER_ENDS, False)

    def instruments(self) -> list[Instrument]:
        found = (self.instrument(symbol) for symbol in sorted(KNOWN))
        return [instrument for instrument in found if instrument]

    def day_quotes(self, symbol: str, day: date) -> list[Quote]:
        return self._market.quotes(symbol, day) if self._trades(symbol, day) else []

    def recorded_minutes(self, symbol: str, day: date) -> list[Bar] | None:
        return None

    def minute_bars(self, symbol: str, day: date) -> list[Bar]:
        return minute_bars(self.day_quotes(symbol, day), day)

    def daily_columns(self, symbols: Sequence[str], last_day: date, count: int) -> list[BarColumns]:
        days = self._calendar.days_between(self._calendar.first, last_day)[-count:] if count > 0 else []
        known = [symbol for symbol in symbols if self.instrument(symbol) is not None]
        times_ns = np.array([at(day, "15:00") for day in days], "<i8").tobytes()
        lines = dict(zip(known, self._market.history(known, days), strict=True))
        return [
            _columns(symbol, times_ns, lines[symbol]) if symbol in lines else to_columns(symbol, [])
            for symbol in symbols
        ]

    def ex_days(self, symbol: str) -> list[ExDay]:
        return []

    def _trades(self, symbol: str, day: date) -> bool:
        return self.instrument(symbol) is not None and self._calendar.is_trading_day(day)


def _columns(symbol: str, times_ns: bytes, plans: Plans) -> BarColumns:
    character = character_of(symbol)
    tick_e4, lot = character.tick_e4, character.lot

    def column(name: str, unit: int) -> bytes:
        return (plans[name] * unit).astype("<i8").tobytes()

    return BarColumns(
        symbol,
        times_ns,
        column("open", tick_e4),
        column("high", tick_e4),
        column("low", tick_e4),
        column("close", tick_e4),
        column("lots", lot),
        column("money", lot * tick_e4),
        column("prev_close", tick_e4),
        (plans["lots"] == 0).tobytes(),
    )

"""Recorded market data as a feed: CSV files, or folders of them, in the layouts of csv_layouts.py.

A minute becomes one quote at its END label: last price its close, trade range its low and high, no book. Where the open
is known too, the day begins with a quote at 9:30 that has the open and no volume. The previous close of a day recorded
in minutes is the close of the trading day before it where that is recorded, in minutes or as a day not adjusted, else
the open of its own first bar; on an ex-day (dividends.py) it is the reference price. Indices have no limits and cannot
be traded. Money is 0 where the recording has none.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path

from common import calendar as trading_calendar
from common.calendar import Calendar
from common.errors import ConfigError
from common.instruments import board_of, divide_half_up, rules_of
from common.messages import BarColumns, Instrument, Quote
from services.gateway.quotes.bars import Bar, daily_bar, day_of_minutes, minute_bars, to_columns, with_flat_minutes
from services.gateway.quotes.feeds import KIND_OF_BOARD, NEVER_ENDS, ExDay
from services.gateway.quotes.feeds.daily import DailyBars
from services.gateway.quotes.feeds.dividends import Dividend
from services.gateway.quotes.feeds.minute_quotes import MinuteQuotes
from services.gateway.quotes.feeds.recording import load
from sim.market_names import real_name

_NO_DAYS = DailyBars()


def days(path: Path) -> list[date]:
    """The trading days that can be played from there, in order; ConfigError as `RecordedFeed`."""
    return RecordedFeed(path).days()


class RecordedFeed:
    """What `paths` hold; a file of daily bars among them gives the history before the recorded days.

    ConfigError where a path, a header or a row is not understood, or nothing can be played.
    """

    def __init__(self, *paths: Path, calendar: Calendar | None = None) -> None:
        self._calendar = calendar or trading_calendar.load()
        self._recording = load(paths, self._calendar)
        self._days_of: dict[str, list[date]] = {}
        for symbol, day in sorted(self._recording.playable):
            self._days_of.setdefault(symbol, []).append(day)
        if not self._days_of:
            raise ConfigError(f"{'、'.join(map(str, paths))} 中没有可回放的分钟线或快照：请改 --quotes")
        self._own_daily = cache(self._days_from_intraday)
        self.instrument = cache(self._instrument_of)
        self.remarks: Sequence[str] = (*self._recording.remarks, *self._rebasing_remarks())

    def days(self) -> list[date]:
        return sorted({day for _, day in self._recording.playable})

    def _instrument_of(self, symbol: str) -> Instrument | None:
        known = [*self._days_of.get(symbol, [])[:1], *list(self._recording.daily.get(symbol, _NO_DAYS))[:1]]
        if not known:
            return None
        # The earliest day that is known of it: history from before the first day that is played is its own.
        kind, start_day = KIND_OF_BOARD[board_of(symbol)], int(f"{min(known):%Y%m%d}")
        return Instrument(symbol, real_name(symbol) or symbol, kind, start_day, NEVER_ENDS, False)

    def instruments(self) -> list[Instrument]:
        found = (self.instrument(symbol) for symbol in sorted(self._days_of.keys() | self._recording.daily.keys()))
        return [instrument for instrument in found if instrument]

    def day_quotes(self, symbol: str, day: date) -> Sequence[Quote]:
        key = symbol, day
        if key in self._recording.snapshots:
            return self._recording.snapshots[key]
        bars = self._recording.minutes.get(key)
        if bars is None:
            return []
        with_open = key in self._recording.with_open
        return MinuteQuotes(symbol, day, bars, self._prev_close_e4(symbol, day), with_open=with_open)

    def recorded_minutes(self, symbol: str, day: date) -> list[Bar] | None:
        bars = self._recording.minutes.get((symbol, day))
        return None if bars is None else with_flat_minutes(bars, day, self._prev_close_e4(symbol, day))

    def minute_bars(self, symbol: str, day: date) -> list[Bar]:
        recorded = self.recorded_minutes(symbol, day)
        return minute_bars(self.day_quotes(symbol, day), day) if recorded is None else recorded

    def daily_columns(self, symbols: Sequence[str], last_day: date, count: int) -> list[BarColumns]:
        return [self._daily_columns(symbol, last_day, count) for symbol in symbols]

    def _daily_columns(self, symbol: str, last_day: date, count: int) -> BarColumns:
        recording = self._recording
        if symbol not in recording.daily or symbol in recording.dividends or symbol in recording.adjusted:
            return to_columns(symbol, self._daily_bars(symbol, last_day, count))
        return recording.daily[symbol].columns(symbol, last_day, count)

    def _daily_bars(self, symbol: str, last_day: date, count: int) -> list[Bar]:
        """From the file of daily bars where it has the symbol, else from the recorded days.

        Forward-adjusted prices are put on the scale of the next recorded day, as JoinQuant adjusts them as of the
        logical day: multiplied so that the close before that day is its previous close, and rounded to the tick.
        """
        if symbol not in self._recording.daily:
            return [bar for day, bar in self._own_daily(symbol) if day <= last_day][-count:] if count else []
        dated = {day: bar for day, bar in self._recording.daily[symbol].items() if day <= last_day}
        bars = with_prev_closes(dated, self._recording.dividends.get(symbol, {}))
        after = next((day for day in self._days_of.get(symbol, ()) if day > last_day), None)
        scale = self._scale(symbol, after) if after else None
        kept = bars[-count:] if count else []
        return [rescaled(bar, scale, rules_of(symbol, last_day).tick_e4) for bar in kept] if scale else kept

    def ex_days(self, symbol: str) -> list[ExDay]:
        """Those that have a close before them: what was paid before the recording begins changes none of its prices."""
        dividends = self._recording.dividends.get(symbol)
        if not dividends:
            return []
        closes = ((dividends[day], self._last_close_e4(symbol, day)) for day in sorted(dividends))
        return [
            ExDay(paid.day, paid.ratio_e9(close_e4), paid.cash_e4, paid.bonus_e4)
            for paid, close_e4 in closes
            if close_e4
        ]

    def _last_close_e4(self, symbol: str, day: date) -> int:
        """The newest recorded close before that day; 0 where there is none."""
        daily, played = self._recording.daily.get(symbol, _NO_DAYS), self._days_of.get(symbol, [])
        from_file = max((known for known in daily if known < day), default=date.min)
        from_day = max((known for known in played if known < day), default=date.min)
        if from_day > from_file:
            return self._recorded_close_e4(symbol, from_day)
        return daily[from_file].close_e4 if from_file in daily else 0

    def _recorded_close_e4(self, symbol: str, day: date) -> int:
        """Of a day that can be played; 0 for any other."""
        minutes, snapshots = self._recording.minutes.get((symbol, day)), self._recording.snapshots.get((symbol, day))
        if minutes:
            return minutes[-1].close_e4
        return snapshots[-1].last_price_e4 if snapshots else 0

    def _days_from_intraday(self, symbol: str) -> list[tuple[date, Bar]]:
        return [(day, self._day_bar(symbol, day)) for day in self._days_of.get(symbol, ())]

    def _day_bar(self, symbol: str, day: date) -> Bar:
        minutes = self.recorded_minutes(symbol, day)
        return day_of_minutes(minutes, day) if minutes else daily_bar(self.day_quotes(symbol, day)[-1], day)

    def _prev_close_e4(self, symbol: str, day: date) -> int:
        """Of a day recorded in minutes."""
        return self._known_prev_close_e4(symbol, day) or self._recording.minutes[symbol, day][0].open_e4

    def _known_prev_close_e4(self, symbol: str, day: date) -> int:
        """From the day's own snapshots, or the recording of the trading day before, or its daily bar as traded; 0 where
        none of them is there."""
        snapshots = self._recording.snapshots.get((symbol, day))
        if snapshots:
            return snapshots[0].prev_close_e4
        before = self._calendar.previous(day)
        close_e4 = self._recorded_close_e4(symbol, before)
        if not close_e4 and symbol not in self._recording.adjusted:
            bar = self._recording.daily.get(symbol, _NO_DAYS).get(before)
            close_e4 = bar.close_e4 if bar else 0
        dividend = self._recording.dividends.get(symbol, {}).get(day)
        return dividend.reference_e4(close_e4) if dividend and close_e4 else close_e4

    def _scale(self, symbol: str, day: date) -> tuple[int, int] | None:
        """(true, adjusted) close before `day` where the daily bars are adjusted and both are known."""
        adjusted = self._recording.daily[symbol].get(self._calendar.previous(day))
        true_e4 = self._known_prev_close_e4(symbol, day)
        if symbol not in self._recording.adjusted or adjusted is None or not true_e4:
            return None
        return true_e4, adjusted.close_e4

    def _rebasing_remarks(self) -> list[str]:
        found = [(symbol, day) for symbol in sorted(self._recording.adjusted) for day in self._days_of.get(symbol, ())]
        scales = ((symbol, day, self._scale(symbol, day)) for symbol, day in found)
        return [
            f"{symbol} 在 {day} 之前的日线由前复权按昨收 {scale[0] / 10_000:.2f} 换算到当日价格"
            for symbol, day, scale in scales
            if scale
        ]


def with_prev_closes(bars: Mapping[date, Bar], dividends: Mapping[date, Dividend]) -> list[Bar]:
    """Daily bars as written, each with the close before it, on or after an ex-day the reference price made of it; the
    first with its own open."""
    found: list[Bar] = []
    before: date | None = None
    for day, bar in bars.items():
        close_e4 = found[-1].close_e4 if found else bar.open_e4
        if dividends and before is not None:
            for ex_day in sorted(known for known in dividends if before < known <= day):
                close_e4 = dividends[ex_day].reference_e4(close_e4)
        found.append(Bar(*bar[:7], close_e4, bar.suspended))
        before = day
    return found


def rescaled(bar: Bar, scale: tuple[int, int], tick_e4: int) -> Bar:
    """The bar with its prices multiplied by scale[0] / scale[1], half-up to the tick; volume and money are real."""
    true_e4, adjusted_e4 = scale

    def price(price_e4: int) -> int:
        return divide_half_up(price_e4 * true_e4, adjusted_e4 * tick_e4) * tick_e4

    return bar._replace(
        open_e4=price(bar.open_e4),
        high_e4=price(bar.high_e4),
        low_e4=price(bar.low_e4),
        close_e4=price(bar.close_e4),
        prev_close_e4=price(bar.prev_close_e4),
    )

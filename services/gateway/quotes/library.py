"""What quotes answers on a trading day: latest quotes, quotes gone by, bars and instruments, and nothing of later."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import date
from functools import partial

from common.beijing import day_of
from common.calendar import Calendar
from common.errors import ConfigError
from common.messages import (
    Adjustment,
    Adjustments,
    BarColumns,
    Bars,
    GetAdjustments,
    GetBars,
    GetInstruments,
    GetTicks,
    GetTradeDays,
    Instrument,
    Instruments,
    Quote,
    Quotes,
    Refusal,
    Ticks,
    TradeDays,
)
from common.reasons import Reason
from services.gateway.quotes.bars import Bar, close_of, day_of_minutes, to_columns
from services.gateway.quotes.feeds import ExDay, Feed, require_day
from services.gateway.quotes.past import Past
from services.gateway.quotes.tape import Tape

MINUTE_DAYS_MAX = 60
"""How many trading days back minute bars may be asked for: a made-up day costs some 30 ms a symbol."""

_MINUTES_A_DAY = 240
_MINUTE_DAYS_KEPT = 400


class Library:
    """One played day of a feed. ConfigError where the feed or the calendar has no such day."""

    def __init__(self, feed: Feed, calendar: Calendar, day: date) -> None:
        require_day(feed, day)
        if not calendar.is_trading_day(day):
            raise ConfigError(f"{day} 不是交易日：请改 --date")
        self._feed, self._calendar, self._day, self._number = feed, calendar, day, number_of(day)
        self._tapes: dict[str, Tape | None] = {}
        self._minutes: dict[tuple[str, date], list[Bar]] = {}
        self._past = Past(feed, calendar.previous(day))
        if feed.days() is not None:
            # Recorded days are at hand, and the first callback of a day may read the whole market.
            for instrument in feed.instruments():
                self._tape(instrument.symbol)

    # -- quotes ----------------------------------------------------------------------------------------------------

    def day_quotes(self, symbol: str) -> Sequence[Quote]:
        """All quotes of the day, later ones too: for whoever plays them. Empty where the feed has none."""
        tape = self._tape(symbol)
        return tape.quotes if tape else []

    def latest(self, symbols: Iterable[str], now_ns: int) -> Quotes:
        """The newest quote of each symbol; before its first, one at midnight: the previous close, volume 0."""
        quotes: list[Quote] = []
        unknown: list[str] = []
        for symbol in symbols:
            tape = self._tape(symbol)
            if tape:
                quotes.append(tape.latest(now_ns))
            else:
                unknown.append(symbol)
        return Quotes(quotes, unknown)

    def quotes_between(self, symbol: str, after_ns: int, until_ns: int) -> Sequence[Quote]:
        """Quotes with after < at <= until, in order."""
        tape = self._tape(symbol)
        return tape.between(after_ns, until_ns) if tape else []

    def ticks(self, ask: GetTicks, now_ns: int) -> Ticks:
        """Quotes of all symbols in time order, at one time in the order of the symbols asked for."""
        until_ns = min(ask.until_ns, now_ns)
        found = [quote for symbol in ask.symbols for quote in self.quotes_between(symbol, ask.after_ns, until_ns)]
        return Ticks(sorted(found, key=lambda quote: quote.at_ns))

    def step_times(self, symbols: Iterable[str]) -> list[int]:
        """The times of the day at which a quote of any of these symbols changes, in order."""
        tapes = (self._tape(symbol) for symbol in symbols)
        return sorted(set[int]().union(*(tape.ats_ns for tape in tapes if tape)))

    # -- instruments -----------------------------------------------------------------------------------------------

    def instruments(self, ask: GetInstruments) -> Instruments:
        """Those of `ask.symbols` the feed knows, all it names where none is given; nothing that is listed later."""
        if not ask.symbols:
            return Instruments([one for one in self._feed.instruments() if one.start_day <= self._number])
        found = (self._instrument(symbol) for symbol in ask.symbols)
        return Instruments([instrument for instrument in found if instrument])

    def _instrument(self, symbol: str) -> Instrument | None:
        found = self._feed.instrument(symbol)
        return found if found and found.start_day <= self._number else None

    def adjustments(self, ask: GetAdjustments) -> Adjustments:
        """The ex-days up to the played day."""
        known: list[Adjustment] = []
        unknown: list[str] = []
        for symbol in ask.symbols:
            if self._instrument(symbol) is None:
                unknown.append(symbol)
                continue
            past = [one for one in self._feed.ex_days(symbol) if one.day <= self._day]
            known.append(_adjustment(symbol, past))
        return Adjustments(known, unknown)

    def trade_days(self, ask: GetTradeDays) -> TradeDays:
        """Our own calendar, which the feeds play by."""
        first = max(_day_of(ask.start_day), self._calendar.first)
        last = min(_day_of(ask.end_day), self._calendar.last)
        return TradeDays([number_of(day) for day in self._calendar.days_between(first, last)], [])

    # -- bars ------------------------------------------------------------------------------------------------------

    def bars(self, ask: GetBars, now_ns: int) -> Bars | Refusal:
        """The bars complete at `ask.end_ns` or now, whichever is earlier, and with `ask.running` the unfinished one."""
        until_ns = min(ask.end_ns, now_ns)
        refused = self._refusal(ask, until_ns)
        if refused:
            return refused
        known = [symbol for symbol in ask.symbols if self._instrument(symbol) is not None]
        if ask.unit == "1d":
            columns = self._daily_bars(known, ask, until_ns)
        else:
            minutes = ((symbol, _wanted(self._minute_bars(symbol, ask, until_ns), ask)) for symbol in known)
            columns = [to_columns(symbol, bars) for symbol, bars in minutes]
        return Bars(columns, [symbol for symbol in ask.symbols if symbol not in set(known)])

    def _refusal(self, ask: GetBars, until_ns: int) -> Refusal | None:
        if ask.unit not in ("1d", "1m"):
            return Refusal(Reason.NOT_SUPPORTED, f"不支持的 K 线周期 {ask.unit!r}：只有 1d 与 1m")
        if ask.count < 0:
            return Refusal(Reason.NOT_SUPPORTED, f"K 线根数不能为负：{ask.count}")
        if ask.unit == "1m":
            days = self._days_to(until_ns)
            too_early = len(days) > MINUTE_DAYS_MAX and not ask.count and day_of(ask.start_ns) < days[-MINUTE_DAYS_MAX]
            if too_early or ask.count > MINUTE_DAYS_MAX * _MINUTES_A_DAY:
                return Refusal(Reason.NOT_SUPPORTED, f"分钟线最多回溯 {MINUTE_DAYS_MAX} 个交易日")
        return None

    def _daily_bars(self, symbols: Sequence[str], ask: GetBars, until_ns: int) -> list[BarColumns]:
        """Daily bars: history of the feed, then the last day from what has been seen of it."""
        days = self._calendar_days_to(until_ns)
        if not days:
            return [to_columns(symbol, []) for symbol in symbols]
        is_complete = until_ns >= close_of(days[-1])
        gone_by = len(days) - (days[-1] == self._day or not is_complete)
        last_day = days[gone_by - 1] if gone_by else None
        newest: dict[str, Bar] = {}
        if gone_by < len(days) and (is_complete or ask.running):
            # A made-up day costs some 30 ms: what is not asked for is not made.
            seen = ((symbol, self._day_so_far(symbol, days[-1], until_ns)) for symbol in symbols)
            newest = {symbol: bar for symbol, bar in seen if bar is not None}
        if ask.count:
            return self._past.columns(symbols, last_day, ask.count, 0, newest)
        count = gone_by - bisect_left(days, ask.start_ns, key=close_of)
        return self._past.columns(symbols, last_day, count, max(ask.start_ns, 1), newest)

    def _day_so_far(self, symbol: str, day: date, until_ns: int) -> Bar | None:
        if day == self._day:
            tape = self._tape(symbol)
            return tape.day_bar(until_ns) if tape else None
        seen = [bar for bar in self._minutes_of(symbol, day) if bar.time_ns <= until_ns]
        return day_of_minutes(seen, day) if seen else None

    def _minute_bars(self, symbol: str, ask: GetBars, until_ns: int) -> list[Bar]:
        """Whole days of minutes, from the newest back until there are enough of them."""
        parts: list[list[Bar]] = []
        wanted = ask.count
        for day in reversed(self._days_to(until_ns)[-MINUTE_DAYS_MAX:]):
            if day == self._day:
                tape = self._tape(symbol)
                bars = tape.minutes(until_ns, running=ask.running) if tape else []
            else:
                bars = [bar for bar in self._minutes_of(symbol, day) if bar.time_ns <= until_ns]
            parts.append(bars)
            wanted -= len(bars)
            if (ask.count and wanted <= 0) or (not ask.count and day <= day_of(ask.start_ns)):
                break
        return [bar for part in reversed(parts) for bar in part]

    def _days_to(self, until_ns: int) -> list[date]:
        """The days the feed has minutes of, the last one being the day of `until_ns` or the played one."""
        playable = self._feed.days()
        if playable is None:
            return self._calendar_days_to(until_ns)
        return [day for day in playable if day <= min(day_of(until_ns), self._day)]

    def _calendar_days_to(self, until_ns: int) -> list[date]:
        return self._calendar.days_between(self._calendar.first, min(day_of(until_ns), self._day))

    def _minutes_of(self, symbol: str, day: date) -> list[Bar]:
        """The minutes of a day gone by; some hundred days are kept, the oldest asked for goes first."""
        bars = self._minutes.get((symbol, day))
        if bars is None:
            while len(self._minutes) >= _MINUTE_DAYS_KEPT:
                del self._minutes[next(iter(self._minutes))]
            bars = self._minutes[symbol, day] = self._feed.minute_bars(symbol, day)
        return bars

    def _tape(self, symbol: str) -> Tape | None:
        if symbol not in self._tapes:
            quotes = self._feed.day_quotes(symbol, self._day)
            recorded = partial(self._feed.recorded_minutes, symbol, self._day)
            self._tapes[symbol] = Tape(self._day, quotes, recorded) if quotes else None
        return self._tapes[symbol]


def _adjustment(symbol: str, days: list[ExDay]) -> Adjustment:
    return Adjustment(
        symbol,
        [number_of(one.day) for one in days],
        [one.ratio_e9 for one in days],
        [one.cash_e4 for one in days],
        [one.bonus_e4 for one in days],
    )


def number_of(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def _day_of(number: int) -> date:
    return date(number // 10_000, number // 100 % 100, number % 100)


def _wanted(bars: list[Bar], ask: GetBars) -> list[Bar]:
    return bars[-ask.count :] if ask.count else [bar for bar in bars if bar.time_ns >= ask.start_ns]

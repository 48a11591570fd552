"""Owns live market data: publishes what a feed brings to those who asked, tells the time, the days, and how it is."""

from __future__ import annotations

from datetime import date

from common import messages as m
from common.beijing import SECOND_NS, day_of, midnight
from common.calendar import Calendar
from common.reasons import Reason
from common.session_later import LATER
from services.gateway.quotes.live.board import Board
from services.gateway.quotes.live.health import FeedHealth

LIFE_NUMBERS = 10**9
"""How many numbers a life of this process may give to what it publishes: a thousand a second for eleven days."""

FUTURE_MAX_NS = 300 * SECOND_NS
"""A quote further ahead of this machine's clock is wrong: taken, it would keep out all that follow it."""


class LiveQuotesCore:
    """Quotes are published as they come, never in lock-step, and are on nobody's record here.

    Each life numbers what it publishes from the microsecond it began, so that listeners take it for newer than what
    they had from a former life, whose record may be lost.
    """

    journals_all = False
    busy = False
    wake_ns = 1  # at each beat of the session: a wall clock may go back, and no time of it can be waited for

    def __init__(self, calendar: Calendar, silence_max_ns: int) -> None:
        self.calendar = calendar
        self.board = Board()
        self.health = FeedHealth(silence_max_ns)
        self.symbols: dict[str, None] = {}
        self.number = self.base = 0
        self.trading_day, self.day_ended = 0, True  # the newest trading day that has begun since this stack exists
        self.start_ns = 0  # midnight of the newest trading day, as the time was told last
        self.told_s = 0  # the second that was told last
        self.is_whole = False  # somebody listens to the whole market

    # -- decides ---------------------------------------------------------------------------------------------------

    def decide(self, message: m.Message, now_ns: int) -> list[m.Message]:
        match message:
            case m.QuotesCame(quotes=quotes):
                return self._publish(quotes, now_ns)
            case m.Started():
                return self._tell_time(now_ns)
            case m.Wake() if now_ns // SECOND_NS != self.told_s:
                return self._tell_time(now_ns)
            case m.Subscribe(symbols=symbols):
                new = sorted(set(symbols) - self.symbols.keys())
                return [m.SymbolsPublished(new)] if new else []
        return []

    def _publish(self, quotes: tuple[m.Quote, ...], now_ns: int) -> list[m.Message]:
        """What is news and of today; symbols somebody asked for, and all to those who listen to the whole market."""
        latest_ns = now_ns + FUTURE_MAX_NS
        news = [q for q in quotes if self.start_ns <= q.at_ns <= latest_ns and self.board.is_news(q)]
        asked = tuple(quote for quote in news if quote.symbol in self.symbols)
        outs: list[m.Message] = []
        if asked:
            outs.append(m.QuoteBatch(self.number + 1, now_ns, asked, True))
        if self.is_whole and news:
            outs.append(m.MarketSlice(self.number + 1, now_ns, tuple(news), True))
        return outs

    def _tell_time(self, now_ns: int) -> list[m.Message]:
        today = day_of(now_ns)
        newest = self._newest_day(today)
        number = _day_number(newest)
        is_new = newest == today and number > self.trading_day
        outs: list[m.Message] = []
        if not self.day_ended and _day_number(today) > self.trading_day:
            outs += [m.MarketDayEnded(self.number + 1, now_ns, self.trading_day, False)]
            outs += [m.ClockMoved(self.base, now_ns, self.trading_day, 0, True)]
        if is_new:
            outs.append(m.ClockMoved(self.base, now_ns, number, 0, False))
        outs.append(m.MarketClock(self.number + 1, now_ns, number, "", False))
        state = self.health.due(now_ns, is_trading_day=newest == today)
        if state is not None:
            outs.append(m.FeedState(self.number + 1, now_ns, state.code, state.text, state.since_ns))
        return outs

    def _newest_day(self, today: date) -> date:
        """The newest trading day that the calendar knows on or before a date."""
        return self.calendar.latest_on_or_before(min(today, self.calendar.last))

    # -- folds -----------------------------------------------------------------------------------------------------

    def apply(self, message: m.Message) -> None:
        match message:
            case m.QuotesCame(at_ns=at_ns):
                self.health.heard(at_ns)
            case m.QuoteBatch(tick=tick, quotes=quotes) | m.MarketSlice(tick=tick, quotes=quotes):
                self.number = tick
                self.board.note(quotes)
            case m.MarketClock(tick=tick, now_ns=now_ns, trading_day=number):
                self.number, self.told_s = tick, now_ns // SECOND_NS
                self._at_day(number)
            case m.FeedState(tick=tick, code=code):
                self.number = tick
                self.health.note(message)
                if code:
                    self.board.interrupt()
            case m.FeedLink(up=up):
                self.health.linked(message)
                if not up:
                    self.board.interrupt()
            case m.SymbolsPublished(symbols=symbols):
                self.symbols.update(dict.fromkeys(symbols))
                self.board.use(symbols)
            case m.WholeHeard(heard=heard):
                self.is_whole = heard
            case m.ClockMoved():
                self.trading_day, self.day_ended = message.trading_day, message.day_ended
                self.base = max(self.base, message.number)
            case m.Started(life=life):
                self.number = self.base = self.first_number(life)
                self.is_whole = False
                self.health.began(life)

    def first_number(self, life: int) -> int:
        """Behind which a life that begins now, at UTC ns ``life``, numbers what it publishes."""
        return max(life // 1000, self.base + LIFE_NUMBERS)

    def _at_day(self, number: int) -> None:
        start_ns = midnight(date(number // 10_000, number // 100 % 100, number % 100))
        if start_ns > self.start_ns:
            self.start_ns = start_ns
            self.board.open_day(start_ns)

    # -- answers ---------------------------------------------------------------------------------------------------

    def answer(self, query: m.Message, now_ns: int) -> m.Message:
        """From memory where it reaches, else LATER."""
        match query:
            case m.Subscribe(symbols=symbols) | m.GetLatest(symbols=symbols) if symbols:
                found = self.known(symbols)
                return m.Quotes(found, []) if len(found) == len(symbols) else LATER
            case m.GetTicks(symbols=symbols, after_ns=after_ns, until_ns=until_ns):
                parts = [self.board.between(symbol, after_ns, until_ns) for symbol in symbols]
                known = [part for part in parts if part is not None]
                if len(known) == len(symbols):
                    return m.Ticks(sorted((quote for part in known for quote in part), key=lambda quote: quote.at_ns))
        return LATER

    def known(self, symbols: list[str]) -> list[m.Quote]:
        """The newest quotes of today of those of these symbols that memory holds."""
        newest = self.board.newest
        return [newest[symbol] for symbol in symbols if symbol in newest]

    def snapshot(self, account: str, now_ns: int) -> m.Message:
        return m.Refusal(Reason.NOT_ALLOWED, "行情进程没有账户流")

    def carry(self, now_ns: int) -> list[m.Message]:
        moved = m.ClockMoved(self.base, now_ns, self.trading_day, 0, self.day_ended)
        return [m.SymbolsPublished(list(self.symbols)), moved]


def _day_number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day

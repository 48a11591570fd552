"""How each query about live market data is answered: from memory, from the vendor, or after a download."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from datetime import date
from typing import Any, Final

from common import messages as m
from common.beijing import clock_text, day_of
from common.calendar import Calendar
from common.reasons import Reason, text_of
from common.symbols import UnknownSymbol, board_of, from_qmt, to_qmt
from services.gateway.quotes.live.bars import BarsOf
from services.gateway.quotes.live.caller import URGENT
from services.gateway.quotes.live.catalogue import Catalogue
from services.gateway.quotes.live.core import LiveQuotesCore
from services.gateway.quotes.live.details import Details
from services.gateway.quotes.live.dividends import adjustment
from services.gateway.quotes.live.errands import Ask, Errand, Get
from services.gateway.quotes.live.intake import Intake
from services.gateway.quotes.live.opening import opening_quote
from services.gateway.quotes.live.vendor import FeedDown, Tick

_DIVIDENDS_A_CALL: Final = 50

Codes = dict[str, str]


class Answers:
    """One errand for each query; what they all share is the vendor's records of the day."""

    def __init__(
        self,
        core: LiveQuotesCore,
        intake: Intake,
        details: Details,
        now_ns: Callable[[], int],
        note: Callable[[str, str], None],
        *,
        market: str,
        downloads_missing: bool,
    ) -> None:
        self._core, self._intake, self._details, self._now_ns, self._note = core, intake, details, now_ns, note
        self._calendar: Calendar = core.calendar
        self._market, self._downloads = market, downloads_missing
        self._bars = BarsOf(core, intake, details, now_ns, downloads_missing=downloads_missing)
        self._catalogue = Catalogue(details, note, downloads=downloads_missing)
        self._adjustments: dict[str, m.Adjustment] = {}
        self._told_differing: set[int] = set()

    def open_day(self) -> None:
        self._adjustments.clear()
        self._bars.open_day()
        self._catalogue.open_day()

    def errand(self, query: m.Message) -> Errand:
        match query:
            case m.Subscribe(symbols=symbols):
                return self._quotes(symbols)
            case m.GetLatest(symbols=symbols):
                return self._quotes(symbols) if symbols else self._all_quotes()
            case m.GetTicks():
                return self._ticks(query)
            case m.GetBars():
                return self._bars.answer(query)
            case m.GetInstruments(symbols=symbols):
                return self._catalogue.instruments(list(_codes_of(symbols)[0].values()) if symbols else [])
            case m.GetAdjustments(symbols=symbols):
                return self._adjusted(symbols)
            case m.GetTradeDays():
                return self._trade_days(query)
            case m.GetSectors():
                return self._catalogue.sectors()
            case m.GetMembers():
                return self._catalogue.members(query)
        raise AssertionError(f"no answer to {query}")

    # -- quotes ----------------------------------------------------------------------------------------------------

    def _quotes(self, symbols: list[str]) -> Errand:
        """The newest of today; before it one at midnight, as a simulated day has it. In a failure what memory holds."""
        codes, unknown = _codes_of(symbols)
        missing = [code for symbol, code in codes.items() if symbol not in self._core.board.newest]
        try:
            records = yield from self._details.fetch(codes.values(), URGENT)
            ticks: dict[str, Tick] = dict(
                (yield Ask(lambda vendor: vendor.full_ticks(missing), URGENT)) if missing else {}
            )
        except FeedDown:
            if known := self._core.known(symbols):
                return m.Quotes(known, [])
            raise
        self._intake.put(ticks)
        found: list[m.Quote] = []
        for symbol, code in codes.items():
            if code not in records and code not in ticks:
                unknown.append(symbol)
            elif (quote := self._newest(symbol, code, ticks.get(code))) is not None:
                found.append(quote)
        return m.Quotes(found, unknown)

    def _newest(self, symbol: str, code: str, tick: Tick | None) -> m.Quote | None:
        traits = self._intake.traits(code)
        if traits is None or symbol in self._core.board.newest:
            return self._core.board.newest.get(symbol)
        quote = self._intake.read(code, tick) if tick is not None else None
        start_ns = self._core.start_ns
        if quote is not None and quote.at_ns >= start_ns:
            return quote
        return opening_quote(traits, quote, start_ns, day_of(start_ns))

    def _all_quotes(self) -> Errand:
        ticks: dict[str, Tick] = yield Ask(lambda vendor: vendor.full_ticks(("SH", "SZ", "BJ")))
        known = dict(self._core.board.newest)
        for code, tick in ticks.items():
            quote = self._intake.read(code, tick)
            if quote is not None and quote.at_ns >= self._core.start_ns:
                known[quote.symbol] = max(quote, known.get(quote.symbol, quote), key=lambda one: one.at_ns)
        return m.Quotes(list(known.values()), [])

    def _ticks(self, ask: m.GetTicks) -> Errand:
        """What memory does not reach is the vendor's record of today; of what both have, memory's is taken."""
        found: list[m.Quote] = []
        first_ns = max(ask.after_ns, self._core.start_ns)
        for symbol in ask.symbols:
            remembered = self._core.board.between(symbol, first_ns, ask.until_ns)
            if remembered is None:
                remembered = yield from self._recorded(symbol, first_ns, min(ask.until_ns, self._now_ns()))
            found += remembered
        return m.Ticks(sorted(found, key=lambda quote: quote.at_ns))

    def _recorded(self, symbol: str, after_ns: int, until_ns: int) -> Generator[Ask | Get, Any, list[m.Quote]]:
        code, span = to_qmt(symbol), (_stamp(after_ns), _stamp(until_ns))
        ticks = yield Ask(lambda vendor: vendor.ticks(code, *span))
        if not ticks and self._downloads:
            yield Get(
                f"{code} tick {span[0]} 至 {span[1]}", lambda vendor, p: vendor.download([code], "tick", *span, p)
            )
            ticks = yield Ask(lambda vendor: vendor.ticks(code, *span))
        quotes = (self._intake.read(code, tick) for tick in ticks)
        return [quote for quote in quotes if quote is not None and after_ns < quote.at_ns <= until_ns]

    # -- adjustments, days ---------------------------------------------------------------------------------------

    def _adjusted(self, symbols: list[str]) -> Errand:
        codes, unknown = _codes_of(symbols)
        missing = [code for symbol, code in codes.items() if symbol not in self._adjustments]
        today = self._core.start_ns
        for at in range(0, len(missing), _DIVIDENDS_A_CALL):
            part = missing[at : at + _DIVIDENDS_A_CALL]
            found = yield Ask(lambda vendor, part=part: [vendor.dividends(code) for code in part])  # type: ignore[misc]
            for code, dividends in zip(part, found, strict=True):
                one, doubts = adjustment(from_qmt(code), dividends, day_of(today))
                self._adjustments[one.symbol] = one
                for doubt in doubts:
                    self._note(Reason.DATA_MISSING, doubt)
        return m.Adjustments([self._adjustments[symbol] for symbol in codes], unknown)

    def _trade_days(self, ask: m.GetTradeDays) -> Errand:
        start, end = f"{ask.start_day}", f"{ask.end_day}"
        times: list[int] = yield Ask(lambda vendor: vendor.trade_days(self._market, start, end))
        days = sorted({_day_number(day_of(ms * 1_000_000)) for ms in times})
        return m.TradeDays(days, self._differing(days, ask))

    def _differing(self, days: Sequence[int], ask: m.GetTradeDays) -> list[int]:
        """Compared as far as both know: the vendor's calendar ends today, and one without a day says nothing."""
        first = max(_date(ask.start_day), self._calendar.first)
        last = min(_date(ask.end_day), self._calendar.last, day_of(self._core.start_ns))
        ours = (
            {_day_number(day) for day in self._calendar.days_between(first, last)} if days and first <= last else set()
        )
        theirs = {day for day in days if _day_number(first) <= day <= _day_number(last)}
        differing = sorted(ours ^ theirs) if days else []
        new = [day for day in differing if day not in self._told_differing]
        if new:
            self._told_differing.update(new)
            text = "、".join(f"{day}（{'内置' if day in ours else '行情'}有）" for day in new[:10])
            self._note(Reason.CALENDAR_DIFFERS, f"{text_of(Reason.CALENDAR_DIFFERS)}：{text}")
        return differing


def _codes_of(symbols: Sequence[str]) -> tuple[Codes, list[str]]:
    """The vendor's code of each symbol, and the symbols that are of no board."""
    codes: Codes = {}
    unknown: list[str] = []
    for symbol in symbols:
        try:
            board_of(symbol)
            codes[symbol] = to_qmt(symbol)
        except UnknownSymbol:
            unknown.append(symbol)
    return codes, unknown


def _stamp(at_ns: int) -> str:
    return f"{day_of(at_ns):%Y%m%d}{clock_text(at_ns).replace(':', '')}"


def _date(number: int) -> date:
    return date(number // 10_000, number // 100 % 100, number % 100)


def _day_number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day

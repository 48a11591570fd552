"""What the strategy knows of the market: the latest quotes of the symbols it uses, and what they are called."""

from __future__ import annotations

from collections.abc import Iterable

from common import messages as m
from common.beijing import MINUTE_NS
from services.strategy.runtime import Runtime, in_parts

_SYMBOLS_AN_ANSWER = 500
"""The quotes process has others to answer in between, and may have to make the day of each."""

_ONE_BY_ONE_MAX = 32
"""So many unknown symbols are asked for one at a time; who goes on is reading the whole market."""


class Market:
    """Asks once for what it does not know; published quotes keep it fresh from then on.

    A quote older than a minute is asked for again, at most once a minute: quotes may have restarted and forgotten us.
    What one symbol needs, all that were read before and need it too are asked for in the same query.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._rt = runtime
        self._quotes: dict[str, m.Quote] = {}
        self._asked_ns: dict[str, int] = {}
        self._read: dict[str, None] = {}  # symbols the strategy reads, whether they are published yet or not
        self._alone: tuple[int, int] = 0, 0  # logical time, and how many new symbols were asked for alone in it
        self._instruments: dict[str, m.Instrument | None] = {}
        self._all: list[m.Instrument] | None = None
        self._members: dict[tuple[str, int], m.Members] = {}
        self.unknown: set[str] = set()

    def note(self, quotes: Iterable[m.Quote]) -> None:
        for quote in quotes:
            self._quotes[quote.symbol] = quote

    def open_day(self) -> None:
        """Names, risk warnings and listings may be others today."""
        self._instruments.clear()
        self._all = None
        self._members.clear()

    def known(self, symbol: str) -> m.Quote | None:
        """The latest quote that came, without asking."""
        return self._quotes.get(symbol)

    def heard_ns(self, symbol: str) -> int:
        """When the symbol was last heard of or asked for; 0: never."""
        quote = self._quotes.get(symbol)
        return max(quote.at_ns if quote is not None else 0, self._asked_ns.get(symbol, 0))

    def quote(self, symbol: str) -> m.Quote | None:
        """The latest quote; None where the feed does not know the symbol or does not answer."""
        if self._is_silent(symbol):
            self._ask_again(symbol)
        self._read[symbol] = None
        return self._quotes.get(symbol)

    def _is_silent(self, symbol: str) -> bool:
        """No quote of the last minute, and not asked for in it."""
        quote, now_ns = self._quotes.get(symbol), self._rt.now_ns
        if quote is not None and now_ns - quote.at_ns <= MINUTE_NS:
            return False
        return now_ns - self._asked_ns.get(symbol, -MINUTE_NS) >= MINUTE_NS

    def _ask_again(self, symbol: str) -> None:
        """Have it published, with all others that are read and silent."""
        if symbol in self._read:
            self.subscribe([one for one in self._read if self._is_silent(one)])
        elif not (self._is_one_of_many() and self._look_at_all(symbol)):
            self.subscribe([symbol])

    def _is_one_of_many(self) -> bool:
        logical_ns, count = self._alone
        self._alone = self._rt.logical_ns, count + 1 if logical_ns == self._rt.logical_ns else 1
        return self._alone[1] > _ONE_BY_ONE_MAX

    def _look_at_all(self, symbol: str) -> bool:
        """Learn the latest quotes of all listed instruments at once; those that are read are published from the next
        minute on. False where the symbol is none of them, or nothing is answered."""
        if self._all is None or self._instruments.get(symbol) is None:
            return False
        symbols = [one.symbol for one in self._all]
        for part in in_parts(symbols, _SYMBOLS_AN_ANSWER):
            answer = self._rt.ask(m.GetLatest(part))
            if not isinstance(answer, m.Quotes):
                self._complain("行情快照", answer)
                return False
            self._asked_ns.update(dict.fromkeys(part, self._rt.now_ns))
            self.note(q for q in answer.quotes if self._is_news(q))
        return True

    def subscribe(self, symbols: list[str]) -> None:
        """Have these symbols published from now on and learn their latest quotes."""
        for part in in_parts(symbols, _SYMBOLS_AN_ANSWER):
            now_ns = self._rt.now_ns
            answer = self._rt.ask(m.Subscribe(part))
            if isinstance(answer, m.Quotes):
                self._asked_ns.update(dict.fromkeys(part, now_ns))
                self.unknown.difference_update(part)
                self.unknown.update(answer.unknown)
                self.note(q for q in answer.quotes if self._is_news(q))
            else:
                self._complain("行情订阅", answer)

    def instrument(self, symbol: str) -> m.Instrument | None:
        """Name and listing of a symbol; None where the feed does not know it."""
        if symbol not in self._instruments and self._all is None and len(self._instruments) >= _ONE_BY_ONE_MAX:
            self.instruments()
        if symbol not in self._instruments:
            answer = self._rt.ask(m.GetInstruments([symbol]))
            if not isinstance(answer, m.Instruments):
                self._complain("证券信息", answer)
                return None
            self._instruments[symbol] = next((i for i in answer.instruments if i.symbol == symbol), None)
        return self._instruments[symbol]

    def instruments(self) -> list[m.Instrument]:
        """Every instrument the feed knows."""
        if self._all is None:
            answer = self._rt.ask(m.GetInstruments([]))
            if not isinstance(answer, m.Instruments):
                self._complain("证券列表", answer)
                return []
            self._all = answer.instruments
            self._instruments.update((i.symbol, i) for i in answer.instruments)
        return self._all

    def members(self, name: str, trading_day: int) -> m.Members | None:
        """The members of an index or sector (0: now); None where the feed has none, or does not answer."""
        key = name, trading_day
        if key not in self._members:
            answer = self._rt.ask(m.GetMembers(name, trading_day))
            if not isinstance(answer, m.Members):
                self._complain(f"{name} 的成份", answer)
                return None
            self._members[key] = answer
        return self._members[key]

    def _is_news(self, quote: m.Quote) -> bool:
        before = self._quotes.get(quote.symbol)
        return before is None or before.at_ns <= quote.at_ns

    def _complain(self, what: str, answer: m.Message) -> None:
        why = answer.text if isinstance(answer, m.Refusal) else type(answer).__name__
        self._rt.log("warning", "system", f"{what}没有得到回答：{why}")

"""A day of snapshots as files: dense where a test looks at it and thin elsewhere, so that it is soon played."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path

from common import beijing
from common import messages as m
from common.calendar import load
from common.sessions import minute_ends
from sim.market import Market

_LEVELS = 10
_HEADER = (
    "seq,time,phase_code,num_trades,volume,amount,prev_close,last,open,high,low,"
    "bid_wavg,bid_total_qty,ask_wavg,ask_total_qty,"
    + ",".join(f"{side}{level}_{what}" for side in ("bid", "ask") for level in range(1, 11) for what in ("px", "qty"))
)


def write_day(folder: Path, day: date, symbols: list[str], dense: tuple[str, str]) -> Path:
    """One file a symbol: what the synthetic market quotes, every 3 s between the two times and once a minute else."""
    market = Market(1, load())
    from_ns, until_ns = (beijing.at(day, clock) for clock in dense)
    for symbol in symbols:
        kept: dict[int, m.Quote] = {}
        for quote in market.quotes(symbol, day):
            is_dense = from_ns <= quote.at_ns < until_ns
            if quote.open_e4:
                kept[quote.at_ns if is_dense else quote.at_ns // beijing.MINUTE_NS] = quote
        write_quotes(folder, symbol, day, kept.values())
    return folder


def write_deep_day(folder: Path, symbol: str, day: date, bid_e4: int) -> Path:
    """A price that never moves and a book that feeds everybody: a quote a minute, one tick between the sides."""
    deep, prices_e4, limits_e4 = 10**9, [bid_e4] * 5, (bid_e4 * 9 // 10, bid_e4 * 11 // 10)
    sides = ((bid_e4, deep),), ((bid_e4 + 10, deep),)

    def quote(number: int, at_ns: int) -> m.Quote:
        volume = number * 10**6
        return m.Quote(symbol, at_ns, *prices_e4, *limits_e4, volume, volume * bid_e4, 0, 0, False, *sides)

    return write_quotes(folder, symbol, day, [quote(n, at_ns) for n, at_ns in enumerate(minute_ends(day), 1)])


def write_quotes(folder: Path, symbol: str, day: date, quotes: Iterable[m.Quote]) -> Path:
    """The file of one symbol's day; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [_row(number, quote) for number, quote in enumerate(quotes, 1)]
    text = "\n".join([_HEADER, *rows, ""])
    (folder / f"{symbol}_{day:%Y%m%d}.csv").write_text(text, encoding="utf-8")
    return folder


def _row(number: int, quote: m.Quote) -> str:
    prices = (quote.prev_close_e4, quote.last_price_e4, quote.open_e4, quote.high_e4, quote.low_e4)
    totals = (quote.volume, _yuan(quote.money_e4), *map(_yuan, prices), 0, 0, 0, 0)
    phase = 2 if quote.bids or quote.asks else 1
    levels = [*_levels(quote.bids), *_levels(quote.asks)]
    return ",".join(map(str, (number, beijing.clock_text(quote.at_ns), phase, 0, *totals, *levels)))


def _levels(levels: tuple[tuple[int, int], ...]) -> list[object]:
    filled = [*levels, *[(0, 0)] * (_LEVELS - len(levels))]
    return [value for price_e4, qty in filled for value in (_yuan(price_e4), qty)]


def _yuan(e4: int) -> Decimal:
    return Decimal(e4) / 10_000

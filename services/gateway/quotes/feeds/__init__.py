"""Where market data comes from: what every feed can be asked, whether it is made up, recorded or a vendor's."""

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple, Protocol

from common.errors import ConfigError
from common.instruments import Board
from common.messages import BarColumns, Instrument, Quote
from services.gateway.quotes.bars import Bar

NEVER_ENDS: Final = 22000101
"""``end_day`` of an instrument that is still listed, as JoinQuant has it."""

KIND_OF_BOARD: Final[dict[Board, str]] = {
    Board.MAIN: "stock",
    Board.CHINEXT: "stock",
    Board.STAR: "stock",
    Board.BSE: "stock",
    Board.B_SHARE: "stock",
    Board.ETF: "etf",
    Board.LOF: "lof",
    Board.REIT: "reit",
    Board.CONVERTIBLE: "convertible",
    Board.REPO: "repo",
    Board.INDEX: "index",
}


class ExDay(NamedTuple):
    """``ratio_e9`` is the close before the day over its reference price, times 10^9; cash (yuan, before tax) and bonus
    (shares) are what ten shares were given, times 10,000."""

    day: date
    ratio_e9: int
    cash_e4: int
    bonus_e4: int


class Feed(Protocol):
    """Whole days of data; what of them may be seen at a given time is the library's business.

    Quotes of a day have one previous close and one pair of limits, and their times never go back.
    """

    @property
    def remarks(self) -> Sequence[str]:
        """What the user should know about this data, one Chinese line each."""

    def days(self) -> list[date] | None:
        """Trading days it can play, in order; None for any trading day."""

    def instrument(self, symbol: str) -> Instrument | None: ...

    def instruments(self) -> list[Instrument]:
        """The instruments it names by itself; it may know more."""

    def day_quotes(self, symbol: str, day: date) -> Sequence[Quote]:
        """All quotes of that day in order, the same at each call; empty where it has none."""

    def recorded_minutes(self, symbol: str, day: date) -> list[Bar] | None:
        """The 240 bars of a day that was recorded as minute bars, which say more than its quotes; else None."""

    def minute_bars(self, symbol: str, day: date) -> list[Bar]:
        """The 240 END-labelled minutes of a day gone by; empty where it has none."""

    def daily_columns(self, symbols: Sequence[str], last_day: date, count: int) -> list[BarColumns]:
        """Of each symbol up to `count` daily bars ending with the one of `last_day` or the last before it."""

    def ex_days(self, symbol: str) -> list[ExDay]:
        """The ex-days of its prices in order."""


def require_day(feed: Feed, day: date) -> None:
    """ConfigError, naming what there is, where the feed cannot play that day."""
    days = feed.days()
    if days is None or day in days:
        return
    have = f"可用 {days[0]} 至 {days[-1]} 共 {len(days)} 天" if len(days) > 1 else f"只有 {days[0]}"
    raise ConfigError(f"行情数据中没有 {day}：{have}，请改 --date")

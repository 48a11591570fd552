"""Snapshots of the market as a strategy sees them: ticks, current data, and the last bar of `handle_data`."""

from __future__ import annotations

import re
from bisect import bisect_right
from datetime import time
from math import prod
from typing import TYPE_CHECKING, Any

from common.beijing import day_of, naive
from common.instruments import round_price_e4, rules_of
from common.messages import Quote
from common.symbols import normalize_code
from jqdata import host

if TYPE_CHECKING:
    from jqdata.columns import Columns

_LEVEL = re.compile(r"([ab])([1-5])_([pv])")
_OPEN, _AUCTION_DONE = time(9, 30), time(9, 27)


class Tick:
    """One snapshot in yuan and shares; ``volume`` and ``money`` are the day's so far, levels ``a1_p`` … ``b5_v``."""

    FIELDS = (
        *("code", "datetime", "current", "open", "high", "low", "volume", "money"),
        *(f"{side}{level}_{what}" for what in "pv" for side in "ab" for level in range(1, 6)),
    )

    def __init__(self, quote: Quote) -> None:
        self._levels = {"a": quote.asks, "b": quote.bids}
        self.code = quote.symbol
        self.datetime = naive(quote.at_ns)
        self.current = quote.last_price_e4 / 1e4
        self.open = quote.open_e4 / 1e4
        self.high = quote.high_e4 / 1e4
        self.low = quote.low_e4 / 1e4
        self.volume = quote.volume
        self.money = quote.money_e4 / 1e4

    def __getattr__(self, name: str) -> float:
        """A level that the book does not have is 0."""
        found = _LEVEL.fullmatch(name)
        if found is None:
            raise AttributeError(f"Tick 没有字段 {name!r}")
        side, level, what = found.groups()
        levels = self._levels[side]
        price_e4, qty = levels[int(level) - 1] if int(level) <= len(levels) else (0, 0)
        return price_e4 / 1e4 if what == "p" else qty

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)

    def __repr__(self) -> str:
        return f"Tick({self.code}, {self.datetime}, {self.current})"


class CurrentData:
    """What is known now about one security, in yuan; nan where the feed has nothing to say."""

    def __init__(self, security: str) -> None:
        self.security = security

    @property
    def _quote(self) -> Quote | None:
        return host.current().quote(self.security)

    def _yuan(self, field: str) -> float:
        price_e4: int = getattr(self._quote, field, 0)
        return price_e4 / 1e4 if price_e4 else float("nan")

    @property
    def last_price(self) -> float:
        """The latest price; before 09:30 yesterday's close."""
        quote = self._quote
        if quote is None:
            return float("nan")
        price_e4, now = quote.last_price_e4, host.current().now()
        if day_of(quote.at_ns) == now.date() and (not price_e4 or now.time() < _OPEN):
            price_e4 = quote.prev_close_e4
        return price_e4 / 1e4 if price_e4 else float("nan")

    @property
    def high_limit(self) -> float:
        return self._yuan("limit_up_e4")

    @property
    def low_limit(self) -> float:
        return self._yuan("limit_down_e4")

    @property
    def day_open(self) -> float:
        """The first price of the day; nan before 09:27, when the auction's price becomes known."""
        quote = self._quote
        if host.current().now().time() < _AUCTION_DONE or quote is None or not _is_of_today(quote):
            return float("nan")
        return self._yuan("open_e4")

    @property
    def paused(self) -> bool:
        """Suspended today; also True for what is unknown, not yet listed or delisted."""
        quote, instrument = self._quote, host.current().instrument(self.security)
        if quote is None:
            return True
        now = host.current().now()
        today = now.year * 10_000 + now.month * 100 + now.day
        listed = instrument is None or instrument.start_day <= today <= (instrument.end_day or today)
        return quote.suspended or not listed

    @property
    def is_st(self) -> bool:
        instrument = host.current().instrument(self.security)
        return instrument is not None and instrument.st

    @property
    def name(self) -> str:
        instrument = host.current().instrument(self.security)
        return instrument.name if instrument is not None else ""

    @property
    def industry_code(self) -> str:
        """The code of its industry by the classification of the regulator (证监会, 'zjw'); '' where no data provider
        knows it."""
        from jqdata.members import industry_of

        return industry_of(self.security)

    def __repr__(self) -> str:
        return f"CurrentData({self.security}, {self.last_price})"


def _is_of_today(quote: Quote) -> bool:
    return day_of(quote.at_ns) == host.current().now().date()


class CurrentDataTable(dict[str, CurrentData]):
    """Any code may be asked for; nothing is read before an attribute is."""

    def __missing__(self, security: str) -> CurrentData:
        return self.setdefault(security, CurrentData(normalize_code(security)))

    def get(self, security: str, default: object = None) -> CurrentData:
        return self[security]


class SecurityUnitData:
    """One finished bar in yuan and shares; all prices are nan where there is no bar.

    A bar of before an ex-day is adjusted as by ``attribute_history``; ``factor`` is what its prices were multiplied by.
    """

    def __init__(self, security: str, unit: str) -> None:
        self.security = security
        self._bar: Columns | None = host.current().bars([security], unit, count=1).get(security)
        self.factor = self._factor()

    def _factor(self) -> float:
        if self._bar is None or not len(self._bar):
            return 1.0
        day, today = day_of(int(self._bar.time_ns[-1])), host.current().now().date()
        if day >= today:
            return 1.0
        known = host.current().adjustments([self.security], day).get(self.security)
        if known is None:
            return 1.0
        after, until = (bisect_right(known.days, int(f"{one:%Y%m%d}")) for one in (day, today))
        return 1 / prod(ratio_e9 / 1e9 for ratio_e9 in known.ratios_e9[after:until])

    def _number(self, field: str) -> int:
        return int(getattr(self._bar, field)[-1]) if self._bar is not None and len(self._bar) else 0

    def _yuan(self, field: str) -> float:
        price_e4 = self._number(field)
        if self.isnan() or self.factor == 1:
            return float("nan") if self.isnan() else price_e4 / 1e4
        tick_e4 = rules_of(self.security, host.current().now().date()).tick_e4
        return round_price_e4(round(price_e4 * self.factor), tick_e4) / 1e4

    @property
    def open(self) -> float:
        return self._yuan("open_e4")

    @property
    def close(self) -> float:
        return self._yuan("close_e4")

    @property
    def high(self) -> float:
        return self._yuan("high_e4")

    @property
    def low(self) -> float:
        return self._yuan("low_e4")

    @property
    def pre_close(self) -> float:
        return self._yuan("prev_close_e4")

    @property
    def money(self) -> float:
        return float("nan") if self.isnan() else self._number("money_e4") / 1e4

    @property
    def volume(self) -> float:
        if self.isnan() or self.factor == 1:
            return float("nan") if self.isnan() else float(self._number("volume"))
        return float(round(self._number("volume") / self.factor))

    @property
    def avg(self) -> float:
        """Money over volume; without volume the close."""
        return self.money / self.volume if self.volume > 0 else self.close

    price = avg

    @property
    def paused(self) -> bool:
        return self._bar is None or len(self._bar) == 0 or bool(self._bar.suspended[-1])

    @property
    def high_limit(self) -> float:
        return CurrentData(self.security).high_limit

    @property
    def low_limit(self) -> float:
        return CurrentData(self.security).low_limit

    @property
    def returns(self) -> float:
        return self.close / self.pre_close - 1 if self.pre_close else float("nan")

    def isnan(self) -> bool:
        """Whether there is no bar."""
        return self._bar is None or len(self._bar) == 0

    def mavg(self, days: int, field: str = "close") -> float:
        """Mean of ``field`` over the last ``days`` finished days."""
        from jqdata.market import attribute_history

        return float(attribute_history(self.security, days, "1d", [field], df=False)[field].mean())

    def stddev(self, days: int) -> float:
        """Standard deviation (n - 1) of the last ``days`` closes."""
        from jqdata.market import attribute_history

        return float(attribute_history(self.security, days, "1d", ["close"], df=False)["close"].std(ddof=1))

    def vwap(self, days: int) -> float:
        """Money over volume of the last ``days`` finished days."""
        from jqdata.market import attribute_history

        bars = attribute_history(self.security, days, "1d", ["money", "volume"], df=False)
        volume = float(bars["volume"].sum())
        return float(bars["money"].sum()) / volume if volume else float("nan")


class BarData(dict[str, SecurityUnitData]):
    """``data`` of ``handle_data(context, data)``: the last finished bar of any code; made anew for each callback."""

    def __init__(self, unit: str = "1m") -> None:
        super().__init__()
        self._unit = unit

    def __missing__(self, security: str) -> SecurityUnitData:
        return self.setdefault(security, SecurityUnitData(normalize_code(security), self._unit))

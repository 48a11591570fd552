"""A strategy host in memory: its clock stands where a test puts it, its bars are made here, what it is told is kept."""

import bisect
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

from common import messages as m
from common.beijing import day_of, to_ns
from common.calendar import load
from common.sessions import minute_ends
from jqdata.columns import Columns, columns_of
from jqdata.host import OrderAsk, Task
from jqdata.objects import Order, Ticket, Trade
from jqdata.styles import SubPortfolioConfig
from services.strategy.providers.evaluate import answer
from services.strategy.providers.provider import Provider

A, B, C = "600000.XSHG", "000001.XSHE", "688001.XSHG"
TODAY = date(2026, 11, 20)  # a Friday
DAYS = load().window(TODAY, 60)
Row = tuple[int, int, int, int, int, int, int, int, int]  # as the fields of Columns


def price_e4(label_ns: int) -> int:
    """A price that tells its time: no two labels of a test share one."""
    return 100_000 + (label_ns // 60_000_000_000) % 997 * 100


def bar(label_ns: int, prev_close_e4: int = 100_000, *, volume: int = 1000, suspended: bool = False) -> Row:
    close = price_e4(label_ns)
    if suspended:
        return label_ns, 0, 0, 0, prev_close_e4, 0, 0, prev_close_e4, 1
    return label_ns, close - 100, close + 200, close - 300, close, volume, volume * (close - 50), prev_close_e4, 0


def day_bars(days: Sequence[date], *, suspended: Sequence[date] = ()) -> list[Row]:
    rows: list[Row] = []
    for day in days:
        label = minute_ends(day)[-1]
        rows.append(bar(label, rows[-1][4] if rows else 100_000, suspended=day in suspended))
    return rows


def minute_bars(days: Sequence[date], *, without: Sequence[int] = ()) -> list[Row]:
    return [bar(label) for day in days for label in minute_ends(day) if label not in without]


def as_columns(rows: Sequence[Row]) -> Columns:
    by_column = list(zip(*rows, strict=True)) if rows else [()] * 9
    ints = [np.array(column, "<i8").tobytes() for column in by_column[:-1]]
    return columns_of(m.BarColumns("", *ints, np.array(by_column[-1], np.uint8).tobytes()))


def quote(symbol: str, at: datetime, **other: int) -> m.Quote:
    values = {
        "last_price_e4": 102_000,
        "open_e4": 101_000,
        "high_e4": 103_000,
        "low_e4": 99_000,
        "prev_close_e4": 100_000,
        "limit_down_e4": 90_000,
        "limit_up_e4": 110_000,
        "volume": 5000,
        "money_e4": 510_000_000,
        "trade_low_e4": 0,
        "trade_high_e4": 0,
        **other,
    }
    bids, asks = ((101_900, 300), (101_800, 400)), ((102_000, 100),)
    return m.Quote(symbol=symbol, at_ns=to_ns(at), suspended=False, bids=bids, asks=asks, **values)


def instrument(
    symbol: str, *, kind: str = "stock", start_day: int = 0, end_day: int = 0, st: bool = False
) -> m.Instrument:
    return m.Instrument(symbol=symbol, name="名", kind=kind, start_day=start_day, end_day=end_day, st=st)


class Desk:
    """The Host protocol over plain dictionaries; ``asked`` lists the calls for bars."""

    def __init__(self, time: datetime, runtime_dir: Path = Path()) -> None:
        self.time, self.runtime_dir = time, runtime_dir
        self.daily: dict[str, list[Row]] = {}
        self.minutes: dict[str, list[Row]] = {}
        self.quotes: dict[str, m.Quote] = {}
        self.published: list[m.Quote] = []
        self.listed: dict[str, m.Instrument] = {}
        self.adjusted: dict[str, m.Adjustment] = {}
        self.settings: dict[str, object] = {}
        self.asks: list[OrderAsk] = []
        self.tasks: list[tuple[Task, Callable[..., object]]] = []
        self.placed: dict[str, Order] = {}
        self.dealt: dict[str, Trade] = {}
        self.cancelled: list[str] = []
        self.lines: list[tuple[str, str, str]] = []
        self.levels: dict[str, str] = {}
        self.recorded: list[dict[str, float]] = []
        self.messages: list[str] = []
        self.subscribed: set[str] = set()
        self.asked: list[tuple[str, int, int, int, bool]] = []
        self.stop_loss_ratio_bp = 500
        self.cash = 100_000.0
        self.divided: list[tuple[float, str]] = []
        self.transfers: list[tuple[int, int, float]] = []
        self.closeable: dict[str, int] = {}
        self.provider: Provider | None = None
        self.provider_listings: dict[str, m.Instrument] = {}
        self.members_asked: list[tuple[str, int]] = []
        self.index_members: dict[str, m.Members] = {}

    def now(self) -> datetime:
        return self.time

    def place(self, ask: OrderAsk) -> Order | None:
        self.asks.append(ask)
        ticket = Ticket(f"o{len(self.asks)}", ask.security, ask.number > 0, abs(int(ask.number)), self.time)
        self.placed[ticket.order_id] = Order(ticket, list)
        return self.placed[ticket.order_id]

    def cancel(self, order_id: str) -> Order | None:
        self.cancelled.append(order_id)
        return self.placed.get(order_id)

    def orders(self) -> dict[str, Order]:
        return self.placed

    def trades(self) -> dict[str, Trade]:
        return self.dealt

    def available_cash(self, pindex: int = 0) -> float:
        return self.cash

    def closeable_amount(self, symbol: str, pindex: int = 0) -> int:
        return self.closeable.get(symbol, 0)

    def divide(self, configs: Sequence[SubPortfolioConfig]) -> None:
        self.divided = [(config.cash, config.type) for config in configs]

    def transfer(self, source: int, target: int, cash: float) -> None:
        self.transfers.append((source, target, cash))

    def add_task(self, task: Task, func: Callable[..., object]) -> None:
        self.tasks.append((task, func))

    def clear_tasks(self) -> None:
        self.tasks.clear()

    def bars(
        self,
        symbols: Sequence[str],
        unit: str,
        *,
        count: int = 0,
        start_ns: int = 0,
        end_ns: int = 0,
        running: bool = False,
    ) -> dict[str, Columns]:
        self.asked.append((unit, count, start_ns, end_ns, running))
        now_ns = to_ns(self.time)
        end_ns = min(end_ns or now_ns, now_ns)
        last = self._running_label(unit, end_ns) if running else end_ns
        found: dict[str, Columns] = {}
        for symbol in symbols:
            rows = (self.daily if unit == "1d" else self.minutes).get(symbol)
            if rows is not None:
                labels = [row[0] for row in rows]
                stop = bisect.bisect_right(labels, last)
                start = max(stop - count, 0) if count else bisect.bisect_left(labels, start_ns)
                found[symbol] = as_columns(rows[start:stop])
        return found

    def _running_label(self, unit: str, end_ns: int) -> int:
        ends = minute_ends(day_of(end_ns))
        return ends[-1] if unit == "1d" else next((end for end in ends if end > end_ns), ends[-1])

    def adjustments(self, symbols: Sequence[str], since: date | None = None) -> dict[str, m.Adjustment]:
        return {symbol: self.adjusted[symbol] for symbol in symbols if symbol in self.adjusted}

    def quote(self, symbol: str) -> m.Quote | None:
        return self.quotes.get(symbol)

    def ticks(self, symbol: str, after_ns: int, until_ns: int) -> list[m.Quote]:
        return [quote for quote in self.published if quote.symbol == symbol and after_ns < quote.at_ns <= until_ns]

    def instrument(self, symbol: str) -> m.Instrument | None:
        return self.listed.get(symbol)

    def instruments(self) -> list[m.Instrument]:
        return list(self.listed.values())

    def listings(self) -> Mapping[str, m.Instrument]:
        return self.provider_listings

    def provided(self, function: str, wants: Sequence[m.Want], sql: str = "") -> m.ProviderAnswer:
        assert self.provider is not None, f"{function} asks where nobody is"
        return answer(self.provider, m.AskProvider(1, function, list(wants), sql))

    @property
    def data_provider(self) -> str:
        return self.provider.name if self.provider is not None else ""

    def members(self, name: str, trading_day: int) -> m.Members | None:
        self.members_asked.append((name, trading_day))
        return self.index_members.get(name)

    def trade_days(self, since: date | None = None) -> list[date]:
        return load().days_between(date(2014, 1, 2), date(2026, 12, 31))

    def set_setting(self, name: str, value: object) -> None:
        self.settings[name] = value

    def setting(self, name: str) -> object:
        return self.settings.get(name)

    def record(self, values: dict[str, float]) -> None:
        self.recorded.append(values)

    def message(self, text: str) -> None:
        self.messages.append(text)

    def alert(self, code: str, text: str) -> None:
        self.messages.append(f"{code} {text}")

    def log(self, level: str, name: str, text: str) -> None:
        self.lines.append((level, name, text))

    def set_log_level(self, name: str, level: str) -> None:
        self.levels[name] = level

    def subscribe(self, symbols: Sequence[str]) -> None:
        self.subscribed.update(symbols)

    def unsubscribe(self, symbols: Sequence[str] | None) -> None:
        self.subscribed.difference_update(list(self.subscribed) if symbols is None else symbols)


def at(clock: str, day: date = TODAY) -> datetime:
    hour, minute, *second = map(int, clock.split(":"))
    return datetime(day.year, day.month, day.day, hour, minute, *second)


def days_before(day: date, count: int) -> list[date]:
    """The ``count`` trading days strictly before ``day``."""
    return load().window(day - timedelta(days=1), count)

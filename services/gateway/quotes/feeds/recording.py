"""Everything some CSV files have recorded, by symbol and day, checked for order and for being there once only."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from common.calendar import Calendar
from common.errors import ConfigError
from common.messages import Quote
from services.gateway.quotes.bars import Bar
from services.gateway.quotes.feeds.csv_layouts import DatedBar, Layout, layout_of, read_bars
from services.gateway.quotes.feeds.csv_rows import Table, bad_line, open_table
from services.gateway.quotes.feeds.csv_snapshots import read_snapshots, subject_of
from services.gateway.quotes.feeds.daily import DailyBars
from services.gateway.quotes.feeds.dividends import Dividend, read_dividends

Key = tuple[str, date]
_ADJUSTED = "qfq"


@dataclass
class Recording:
    """`minutes` and `daily` are as written, without previous closes; `with_open` names minutes whose open is known."""

    snapshots: dict[Key, list[Quote]] = field(default_factory=dict)
    minutes: dict[Key, list[Bar]] = field(default_factory=dict)
    with_open: set[Key] = field(default_factory=set)
    daily: dict[str, DailyBars] = field(default_factory=dict)
    adjusted: set[str] = field(default_factory=set)  # symbols whose daily bars are forward-adjusted
    dividends: dict[str, dict[date, Dividend]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    @property
    def playable(self) -> set[Key]:
        return self.snapshots.keys() | self.minutes.keys()


def load(paths: Iterable[Path], calendar: Calendar) -> Recording:
    """ConfigError, one line that names file, line and remedy, for anything that is not understood to the last row."""
    loader = _Loader(calendar)
    for path in paths:
        for file in _files(path):
            loader.add(open_table(file))
    both = sorted(loader.recording.adjusted & loader.recording.dividends.keys())
    if both:
        raise ConfigError(f"{both[0]} 的日线已前复权，又给了除权数据：请换成不复权日线，或删去除权数据")
    return loader.recording


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix.lower() == ".csv" and file.is_file())
        if not files:
            raise ConfigError(f"行情文件夹 {path} 里没有 CSV 文件：请改 --quotes")
        return files
    if not path.exists():
        raise ConfigError(f"行情路径 {path} 不存在：请改 --quotes")
    return [path]


class _Loader:
    def __init__(self, calendar: Calendar) -> None:
        self.recording = Recording()
        self._calendar = calendar
        self._source: dict[Key, Path] = {}
        self._daily_source: dict[str, Path] = {}

    def add(self, table: Table) -> None:
        match layout_of(table):
            case Layout.NOT_QUOTES:
                self.recording.remarks.append(f"{table.path.name} 是逐笔数据，不参与回放")
                return
            case Layout.SNAPSHOTS:
                rows = self._add_snapshots(table)
            case Layout.DAILY:
                rows = self._add_daily(table)
            case Layout.DIVIDENDS:
                rows = self._add_dividends(table)
            case layout:
                rows = self._add_minutes(table, layout)
        if not rows:
            raise ConfigError(f"行情文件 {table.path} 只有表头，没有数据：请换成有数据的文件")

    def _add_snapshots(self, table: Table) -> int:
        subject = subject_of(table)
        self._claim(subject, table, 1)
        quotes = read_snapshots(table, subject)
        self.recording.snapshots[subject] = quotes
        return len(quotes)

    def _add_minutes(self, table: Table, layout: Layout) -> int:
        recording, rows = self.recording, 0
        for line, dated in read_bars(table, layout):
            rows += 1
            key = dated.symbol, dated.day
            bars = recording.minutes.get(key)
            if bars is None or self._source[key] != table.path:
                self._claim(key, table, line)
                bars = recording.minutes[key] = []
                if layout is not Layout.TIME_SHARE:
                    recording.with_open.add(key)
            elif dated.bar.time_ns <= bars[-1].time_ns:
                raise bad_line(table.path, line, f"的 {dated.symbol} 时间不晚于它的上一行")
            bars.append(dated.bar)
        return rows

    def _add_daily(self, table: Table) -> int:
        rows = 0
        for line, dated in read_bars(table, Layout.DAILY):
            rows += 1
            self._add_day(table, line, dated)
        if _ADJUSTED in table.path.name.lower():
            self.recording.remarks.append(f"{table.path.name} 是前复权日线：价格与当日行情不可直接相比")
        return rows

    def _add_day(self, table: Table, line: int, dated: DatedBar) -> None:
        other = self._daily_source.setdefault(dated.symbol, table.path)
        if other != table.path:
            raise bad_line(table.path, line, f"的 {dated.symbol} 日线在 {other} 中也有")
        bars = self.recording.daily.get(dated.symbol)
        if bars is None:
            bars = self.recording.daily[dated.symbol] = DailyBars()
        if dated.day <= bars.last_day:
            raise bad_line(table.path, line, f"的 {dated.symbol} 日期不晚于它的上一行")
        bars.add(dated.day, dated.bar)
        if _ADJUSTED in table.path.name.lower():
            self.recording.adjusted.add(dated.symbol)

    def _add_dividends(self, table: Table) -> int:
        rows = 0
        for line, one in read_dividends(table):
            rows += 1
            known = self.recording.dividends.setdefault(one.symbol, {})
            if one.day in known:
                raise bad_line(table.path, line, f"的 {one.symbol} {one.day} 除权已有一行")
            if not self._calendar.is_trading_day(one.day):
                raise bad_line(table.path, line, f"的 {one.day} 不是交易日")
            known[one.day] = one
        return rows

    def _claim(self, key: Key, table: Table, line: int) -> None:
        """One source for a symbol's day, and a day the exchange was open."""
        symbol, day = key
        if not self._calendar.is_trading_day(day):
            raise bad_line(table.path, line, f"的 {day} 不是交易日")
        other = self._source.setdefault(key, table.path)
        if other != table.path:
            raise ConfigError(f"{symbol} {day} 的行情在 {other} 与 {table.path} 中都有：请只留一个")

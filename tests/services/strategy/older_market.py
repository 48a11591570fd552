"""A recording of some days, and a data provider that has a year, of more codes, and tells of later if it is let."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pandas as pd

import jqdata as api
from common import messages as m
from common.beijing import at, naive
from common.sessions import minute_ends
from jqdata import host
from jqdata.datasets import DATASETS
from services.gateway.quotes.feeds import ExDay
from services.gateway.quotes.feeds.dividends import HEADER
from services.gateway.quotes.feeds.recorded import RecordedFeed
from services.strategy.providers.faults import Fault, ProviderFault
from services.strategy.providers.provider import Provider
from tests.jqdata.look_ahead_host import World
from tests.jqdata.look_ahead_market import CALENDAR

TODAY = date(2026, 11, 18)  # a Wednesday
DAYS = CALENDAR.window(CALENDAR.following(TODAY), 300)
FEED, PLAYED = DAYS[-20:], DAYS[-4:]  # the recording's days, and those it has minutes of
BANK, HOLED, INDEX, GONE = "600000.XSHG", "000001.XSHE", "399001.XSHE", "600001.XSHG"
HOLE = FEED[4:7]  # days of HOLED that the recording lacks, and the provider has
EX_OLD, EX_NEW = DAYS[-50], DAYS[-10]  # ten for ten: the provider tells both, the recording the second
DELISTED = DAYS[-100]
DEARER = 500
"""What the provider's prices are above the recording's on the days that are the recording's to tell."""


def price(symbol: str, day: date) -> float:
    """Yuan; no two days cost the same, and on each ex-day BANK's price is halved."""
    halvings = sum(symbol == BANK and day >= ex_day for ex_day in (EX_OLD, EX_NEW))
    return round((40 + DAYS.index(day) * 0.04) / 2**halvings, 2)


class Shallow(RecordedFeed):
    """As a terminal is: it knows the listing and every ex-day, and has bars of what was downloaded."""

    def _instrument_of(self, symbol: str) -> m.Instrument | None:
        found = super()._instrument_of(symbol)
        return found and m.Instrument(symbol, found.name, found.kind, 19991110, found.end_day, found.st)

    def ex_days(self, symbol: str) -> list[ExDay]:
        return [ExDay(day, 2 * 10**9, 0, 100_000) for day in (EX_OLD, EX_NEW)] if symbol == BANK else []


def recording(folder: Path, *, with_days: bool = True, kind: type[RecordedFeed] = RecordedFeed) -> RecordedFeed:
    """Without days it begins with the first one it has minutes of."""
    days, minutes = [], []
    for symbol in (BANK, HOLED):
        for day in FEED:
            if symbol == HOLED and day in HOLE:
                continue
            cost = price(symbol, day)
            days.append(f"{symbol},{day},{cost},{cost},{cost},{cost},1000,{cost * 1000:.2f}")
            if day in PLAYED:
                clocks = [naive(ns) for ns in minute_ends(day)]
                minutes += [f"{symbol},{at},{cost},{cost},{cost},{cost},10,{cost * 10:.2f}" for at in clocks]
    header = "open,high,low,close,volume,money"
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "days.csv": [f"code,date,{header}", *days],
        "minutes.csv": [f"code,datetime,{header}", *minutes],
        "dividends.csv": [HEADER, f"{BANK},{EX_NEW},0,10,0,0"],
    }
    for name, lines in files.items():
        if name == "days.csv" and not with_days:
            continue
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return kind(folder, calendar=CALENDAR)


class Shelf:
    """The provider: it hands over all it has whatever is asked, which is noted in ``wants``."""

    name = "local"

    def __init__(self, tables: dict[str, pd.DataFrame] | None = None) -> None:
        self.tables = everything() if tables is None else tables
        self.datasets = frozenset(DATASETS)
        self.wants: list[m.Want] = []
        self.broken = False

    def rows(self, want: m.Want) -> pd.DataFrame:
        self.wants.append(want)
        if self.broken:
            raise ProviderFault(Fault.PROVIDER_FAILED, "断线")
        if want.dataset not in self.tables:
            raise ProviderFault(Fault.DATA_FILE_MISSING, f"缺少 {want.dataset}.csv")
        return self.tables[want.dataset]

    def asked(self, dataset: str) -> list[tuple[str, str, list[str]]]:
        return [(one.first, one.last, one.codes) for one in self.wants if one.dataset == dataset]


def everything() -> dict[str, pd.DataFrame]:
    ex_days = [(BANK, f"{EX_OLD}", 2.0), (BANK, f"{EX_NEW}", 2.0), (GONE, f"{DAYS[20]}", 1.25)]
    return {
        "bars_1d": day_rows(),
        "bars_1m": minute_rows(DAYS[-8:]),
        "adjustments": pd.DataFrame(ex_days, columns=["code", "day", "ratio"]),
        "securities": listings(),
        "trade_days": pd.DataFrame({"day": ["1990-12-19", "1990-12-20", "2006-11-21"]}),
    }


def day_rows() -> pd.DataFrame:
    rows = []
    for symbol in (BANK, HOLED, INDEX, GONE):
        before = price(symbol, DAYS[0])
        for day in DAYS:
            if symbol == GONE and day > DELISTED:
                break
            before /= 2 if symbol == BANK and day in (EX_OLD, EX_NEW) else 1
            cost = price(symbol, day)
            shown = cost + (DEARER if symbol in (BANK, HOLED) and day in FEED else 0)
            rows.append((symbol, f"{day}", *[shown] * 4, 1000.0, shown * 1000, before, 0.0))
            before = cost
    columns = ["code", "day", "open", "high", "low", "close", "volume", "money", "pre_close", "paused"]
    return pd.DataFrame(rows, columns=columns)


def minute_rows(days: Sequence[date]) -> pd.DataFrame:
    rows = []
    for symbol in (BANK, INDEX):
        for day in days:
            cost = price(symbol, day) + (DEARER if symbol == BANK and day in PLAYED else 0)
            rows += [(symbol, f"{naive(ns)}", *[cost] * 4, 10.0, cost * 10) for ns in minute_ends(day)]
    return pd.DataFrame(rows, columns=["code", "time", "open", "high", "low", "close", "volume", "money"])


def listings() -> pd.DataFrame:
    rows = [
        (BANK, "浦发银行", "1999-11-10", None, "stock"),
        (HOLED, "平安银行", f"{DAYS[5]}", None, "stock"),
        (INDEX, "深证成指", "1991-04-03", "2200-01-01", "index"),
        (GONE, "邯郸钢铁", f"{DAYS[10]}", f"{DELISTED}", "stock"),
        ("688981.XSHG", "明天上市", f"{DAYS[-1]}", None, "stock"),
    ]
    return pd.DataFrame(rows, columns=["code", "display_name", "start_date", "end_date", "type"])


def bound(
    folder: Path, provider: Provider | None, *, with_days: bool = True, kind: type[RecordedFeed] = RecordedFeed
) -> Iterator[World]:
    made = World(recording(folder, with_days=with_days, kind=kind), TODAY, provider=provider)
    made.go(at(TODAY, "10:00"), at(TODAY, "10:00"))
    host.bind(made.host)
    yield made
    host.bind(None)


def closes_of_minutes(code: str, count: int) -> list[float]:
    return api.get_bars(code, count, "1m", ["close"])["close"].tolist()  # type: ignore[no-any-return]

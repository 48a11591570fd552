"""Bars of the plug-ins against recorded answers of their libraries: what the strategy of an old code gets of each."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import jqdata as api
from common import messages as m
from common.beijing import at
from jqdata import host
from services.strategy.providers.akshare_web import AkShare
from services.strategy.providers.cache import Cached
from services.strategy.providers.jqdata_sdk import JoinQuant
from services.strategy.providers.provider import Provider
from services.strategy.providers.tushare_pro import Tushare
from tests.jqdata.look_ahead_host import World
from tests.services.strategy.older_market import TODAY, recording
from tests.services.strategy.recorded import JoinQuantLibrary, Library, Recording, TushareLibrary

GONE, INDEX = "600001.XSHG", "399001.XSHE"  # neither is in the recording; GONE traded this month, INDEX is published


def made(name: str) -> Provider:
    match name:
        case "jqdatasdk":
            return JoinQuant("13800000000", "right", lambda: JoinQuantLibrary(Recording("jqdatasdk")))
        case "akshare":
            return AkShare(lambda: Library(Recording("akshare")))
    return Tushare("token-1", lambda: TushareLibrary(Recording("tushare")))


@pytest.fixture(params=["jqdatasdk", "akshare", "tushare"])
def provider(request: pytest.FixtureRequest, tmp_path: Path) -> Provider:
    """Behind the disk's cache, as it runs."""
    return Cached(made(request.param), tmp_path / "cache", lambda: TODAY)


@pytest.fixture
def world(tmp_path: Path, provider: Provider) -> Iterator[World]:
    made = World(recording(tmp_path / "feed"), TODAY, provider=provider)
    made.go(at(TODAY, "10:00"), at(TODAY, "10:00"))
    host.bind(made.host)
    yield made
    host.bind(None)


def test_days_are_as_traded_in_shares_and_yuan(world: World) -> None:
    asked: Any = ["open", "high", "low", "close", "volume", "money", "pre_close"]
    found = api.get_price(GONE, "2026-11-01", TODAY, fields=asked, fq=None, skip_paused=True)
    assert found.index.strftime("%m-%d").tolist() == ["11-02", "11-03", "11-05"]
    assert found.iloc[1].tolist() == [4.1, 4.2, 4.0, 4.15, 90_000, 370_000, 4.08]
    assert api.get_price(GONE, "2026-11-04", "2026-11-04", fields=["close", "paused"]).values.tolist() == [[4.15, 1]]


def test_adjusted_by_the_librarys_factors(world: World) -> None:
    found = api.get_price(GONE, "2026-11-02", "2026-11-03", fields=["close", "factor"])
    assert found.values.tolist() == [[4.08, 0.8], [4.15, 1.0]]


def test_factors_of_akshare_are_fetched_once_for_all_spans() -> None:
    recording = Recording("akshare")
    source = AkShare(lambda: Library(recording))
    found = [
        source.rows(m.Want("adjustments", last, "span", first, last, codes=[GONE, INDEX])).values.tolist()
        for first, last in (("2026-11-01", "2026-11-18"), ("2020-01-01", "2020-12-31"), ("2019-01-01", "2019-12-31"))
    ]
    assert found[0] == [[GONE, "2026-11-03", 1.25]] and [GONE, "2020-06-01", 2.5] in found[1]
    assert [call for call, *_ in recording.calls] == ["stock_zh_a_daily"]


def test_minutes_end_at_their_label_and_the_first_holds_the_auction(world: World, provider: Provider) -> None:
    found = api.get_bars(INDEX, 2, "1m", ["date", "open", "high", "low", "close", "volume", "money"])
    if provider.name == "jqdata":
        assert found[-1].tolist()[2:] == (12002.0, 12000.5, 12001.25, 5000, 15_000_000)
    else:
        assert [f"{row['date']:%H:%M}" for row in found] == ["09:31", "09:32"]
        assert found[0].tolist()[1:] == (11990.0, 11996.0, 11985.0, 11995.0, 4000, 12_000_000)


def test_listings_and_trading_days(world: World, provider: Provider) -> None:
    info = api.get_security_info(GONE)
    assert info is not None
    assert (info.display_name, info.start_date, info.end_date) == ("邯郸钢铁", date(2026, 11, 2), date(2026, 11, 17))
    assert GONE in api.get_all_securities().index and GONE not in api.get_all_securities(date=TODAY).index
    if provider.name == "tushare":
        assert api.get_all_securities(["fund"])["type"].to_dict()["510300.XSHG"] == "etf"
    assert api.get_all_trade_days()[:2].tolist() == [date(1990, 12, 19), date(1990, 12, 20)]


def test_the_market_asked_for_at_once_is_parted_into_calls_that_are_answered_whole() -> None:
    """Tushare cuts an answer at 6,000 rows; days of its funds and indices it tells one by one."""
    asked: list[dict[str, str]] = []

    class Pro:
        def __getattr__(self, name: str) -> Any:
            return lambda **kwargs: asked.append({"call": name, **kwargs})

    class Ts:
        def pro_api(self, token: str) -> Pro:
            return Pro()

    codes = [*(f"{600_000 + number}.XSHG" for number in range(50)), "510300.XSHG", "000300.XSHG"]
    want = m.Want("bars_1d", "2025-12-31", "span", "2025-01-01", "2025-12-31", codes=codes)
    assert not len(Tushare("token", Ts).rows(want))
    calls = [one["call"] for one in asked]
    assert calls == ["daily"] * 3 + ["fund_daily", "index_daily"]
    assert max(one["ts_code"].count(",") + 1 for one in asked) * 262 < 6_000


@pytest.mark.parametrize("columns", [[], ["code", "day", "close"]])
@pytest.mark.parametrize("is_cached", [True, False])
def test_nothing_is_no_bars_and_no_fault(tmp_path: Path, columns: list[str], *, is_cached: bool) -> None:
    class Empty:
        name, datasets = "jqdata", frozenset({"bars_1d", "adjustments", "bars_1m"})

        def rows(self, want: m.Want) -> pd.DataFrame:
            return pd.DataFrame(columns=columns)

    provider = Cached(Empty(), tmp_path / "cache", lambda: TODAY) if is_cached else Empty()
    world = World(recording(tmp_path / "feed"), TODAY, provider=provider)
    world.go(at(TODAY, "10:00"), at(TODAY, "10:00"))
    host.bind(world.host)
    assert len(api.get_bars(GONE, 3, "1d")) == len(api.get_bars(INDEX, 3, "1m")) == 0
    assert len(api.get_price("600000.XSHG", "2026-08-01", TODAY, fq="post")) > 60
    host.bind(None)


def test_the_cache_keeps_each_code_by_itself(tmp_path: Path) -> None:
    """Another list of codes fetches only those that are new; a code without rows is asked for again on another day."""
    asked: list[list[str]] = []

    class Source:
        name, datasets = "jqdata", frozenset({"bars_1d"})

        def rows(self, want: m.Want) -> pd.DataFrame:
            asked.append(want.codes)
            rows = [(code, "2025-06-02", 10.0) for code in want.codes if code != "C"]
            return pd.DataFrame(rows, columns=["code", "day", "close"])

    def rows(codes: list[str], today: date) -> list[list[object]]:
        want = m.Want("bars_1d", "2025-12-31", "span", "2025-01-01", "2025-12-31", codes=codes)
        return Cached(Source(), tmp_path, lambda: today).rows(want).values.tolist()  # type: ignore[no-any-return]

    first, later = date(2026, 11, 18), date(2026, 12, 30)
    assert rows(["A", "B"], first) == [["A", "2025-06-02", 10.0], ["B", "2025-06-02", 10.0]]
    assert [row[0] for row in rows(["B", "C", "D"], first)] == ["B", "D"] and asked[1:] == [["C", "D"]]
    assert [row[0] for row in rows(["A", "C", "D"], first)] == ["A", "D"] and len(asked) == 2
    assert [row[0] for row in rows(["A", "C", "D"], later)] == ["A", "D"] and asked[2:] == [["C"]]

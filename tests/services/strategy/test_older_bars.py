"""Who answers: the feed what it knows, the data provider what the feed has not, and where both meet nothing jumps."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import jqdata as api
from common import messages as m
from common.beijing import at, naive
from common.sessions import minute_ends
from jqdata import ProviderFailed
from jqdata.snapshots import BarData
from services.strategy.providers.local import LocalFolder
from tests.jqdata.look_ahead_host import World
from tests.services.strategy.desk import Desk
from tests.services.strategy.older_market import (
    BANK,
    CALENDAR,
    DAYS,
    DEARER,
    DELISTED,
    EX_NEW,
    EX_OLD,
    FEED,
    GONE,
    HOLE,
    HOLED,
    INDEX,
    PLAYED,
    TODAY,
    Shallow,
    Shelf,
    bound,
    closes_of_minutes,
    everything,
    price,
)

YESTERDAY = CALENDAR.previous(TODAY)
UP_TO_YESTERDAY = DAYS[:-2]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def world(tmp_path: Path, shelf: Shelf) -> Iterator[World]:
    yield from bound(tmp_path, shelf)


def closes(code: str, count: int, **asked: Any) -> list[float]:
    found = api.attribute_history(code, count, "1d", ["close"], df=False, **{"fq": None, **asked})
    return found["close"].tolist()  # type: ignore[no-any-return]


def days_of(frame: Any) -> list[date]:
    return [one.date() for one in frame.index]


# -- bars ------------------------------------------------------------------------------------------------------------


def test_before_its_first_day_the_feed_is_filled_up_from_the_provider(world: World) -> None:
    expected = [price(BANK, day) for day in UP_TO_YESTERDAY[-60:]]
    assert closes(BANK, 60) == expected and closes(BANK, 60, skip_paused=False) == expected
    frame = api.get_price(BANK, DAYS[-70], YESTERDAY, fq=None)
    assert days_of(frame) == DAYS[-70:-2] and frame["close"].tolist() == [price(BANK, day) for day in DAYS[-70:-2]]
    assert api.get_bars(BANK, 60, "1d", ["close"])["close"].tolist() == expected


def test_what_the_feed_has_is_not_asked_for(world: World, shelf: Shelf) -> None:
    api.history(17, "1d", "close", [BANK, HOLED])
    api.get_price(BANK, FEED[0], TODAY)
    api.attribute_history(BANK, 30, "1m")
    BarData()[BANK].close  # noqa: B018
    assert not shelf.wants


def test_a_question_that_ends_before_the_feed_begins_is_the_providers(world: World) -> None:
    assert api.get_price(BANK, end_date=DAYS[-30], count=3, fq=None)["close"].tolist() == [
        price(BANK, day) for day in DAYS[-32:-29]
    ]


def test_a_hole_in_the_feeds_days_is_a_suspension_wherever_the_question_begins(world: World) -> None:
    whole = api.get_price(HOLED, FEED[2], YESTERDAY, skip_paused=True, fq=None)
    assert not set(HOLE) & set(days_of(whole))
    inside = api.get_price(HOLED, HOLE[0], YESTERDAY, skip_paused=True, fq=None)
    assert days_of(inside) == FEED[7:-2] and inside["close"].max() < 500
    older = api.get_price(HOLED, DAYS[-40], YESTERDAY, skip_paused=True, fq=None)
    assert days_of(older) == [day for day in DAYS[-40:-2] if day not in HOLE]


def test_a_code_that_the_feed_does_not_know_is_the_providers_up_to_yesterday(world: World) -> None:
    assert closes(INDEX, 5) == [price(INDEX, day) for day in UP_TO_YESTERDAY[-5:]]
    assert closes(GONE, 4) == [price(GONE, day) for day in DAYS[-103:-99]]
    world.go(at(TODAY, "15:30"), at(TODAY, "15:30"))
    both = api.get_price([BANK, INDEX], YESTERDAY, TODAY, fields=["close", "paused"], panel=False, fq=None)
    assert both[both["code"] == INDEX][["close", "paused"]].values.tolist() == [
        [price(INDEX, YESTERDAY), paused] for paused in (0, 1)
    ]
    bars = api.get_bars(INDEX, 2, "1d", ["date", "close"], include_now=True)
    assert bars["date"].tolist() == [CALENDAR.previous(YESTERDAY), YESTERDAY]
    told = [text for level, name, text in world.log if "今天的没有" in text]
    assert told == ["行情中没有 399001.XSHE：此前的 K 线由数据源 local 提供，今天的没有"]


def test_after_its_delisting_there_is_nothing(world: World) -> None:
    first = DAYS.index(DELISTED) - 1
    found = api.get_price(GONE, DAYS[first], DAYS[first + 3], fields=["close", "paused"], fq=None)
    assert found["close"].tolist()[:2] == [price(GONE, day) for day in DAYS[first : first + 2]]
    assert found.iloc[2:].isna().all(axis=None)


def test_minutes_of_days_that_the_feed_does_not_reach(world: World) -> None:
    found = api.get_price(BANK, datetime.combine(DAYS[-6], datetime.min.time()), naive(at(TODAY, "9:35")), "1m",
                          ["close"], fq=None)  # fmt: skip
    labels = [naive(ns) for day in DAYS[-6:-1] for ns in minute_ends(day) if ns <= at(TODAY, "9:35")]
    assert [one.to_pydatetime() for one in found.index] == labels
    assert found["close"].iloc[0] == price(BANK, DAYS[-6]) and found["close"].max() < 500
    assert closes_of_minutes(INDEX, 3) == [price(INDEX, YESTERDAY)] * 3


def test_minutes_older_than_a_feed_answers_are_joined_too(world: World) -> None:
    """The feed refuses what is further back than sixty days; the provider begins eight days ago."""
    found = api.get_price(BANK, DAYS[-90], naive(at(TODAY, "9:31")), "1m", ["close"], fq=None, skip_paused=True)
    assert len(found) == 6 * 240 + 1 and found["close"].iloc[0] == price(BANK, DAYS[-8])
    assert not [text for _, _, text in world.log if "没有得到回答" in text]


def test_what_nobody_knows_is_warned_about(world: World) -> None:
    assert len(api.get_bars("300750.XSHE", 5, "1d")) == 0
    assert [text for _, _, text in world.log] == ["行情中没有标的 300750.XSHE"]


# -- adjusted --------------------------------------------------------------------------------------------------------


def test_adjusted_prices_have_no_step_where_the_two_meet(world: World) -> None:
    """What was 40 yuan before both ex-days is 10 of today's, whoever tells it."""
    found = api.get_price(BANK, DAYS[-70], YESTERDAY, fields=["close", "factor", "volume", "pre_close"])
    jumps = np.abs(np.diff(found["close"].to_numpy()))
    assert jumps.max() <= 0.03, "the prices move by four cents a day at most, halved twice"
    by_day = dict(zip(days_of(found), found["factor"], strict=True))
    assert (by_day[DAYS[-60]], by_day[FEED[0]], by_day[EX_OLD], by_day[EX_NEW]) == (0.25, 0.5, 0.5, 1.0)
    assert found["volume"].iloc[0] == 4000
    assert np.abs(found["pre_close"].to_numpy()[1:] - found["close"].to_numpy()[:-1]).max() < 0.011


@pytest.mark.parametrize("first", [DAYS[-70], FEED[3]])
def test_post_counts_from_the_listing_whatever_is_asked(world: World, first: date) -> None:
    found = api.get_price(BANK, first, YESTERDAY, fields=["factor"], fq="post")["factor"]
    assert found.iloc[-1] == 4.0 and found.iloc[0] == (1.0 if first < EX_OLD else 2.0)


def test_as_of_a_day_before_the_feed_begins(world: World) -> None:
    """What 1 yuan of that day became worth, the same whether older bars were asked for before or not."""
    asked = {"unit": "1d", "fields": ["close", "factor"], "fq_ref_date": DAYS[-60]}
    first = api.get_bars(BANK, 3, **asked)["factor"].tolist()  # type: ignore[arg-type]
    closes(BANK, 60)
    assert first == api.get_bars(BANK, 3, **asked)["factor"].tolist() == [4.0] * 3  # type: ignore[arg-type]


@pytest.mark.parametrize("is_broken", [False, True])
def test_a_feed_that_knows_the_listing_but_has_few_bars(tmp_path: Path, *, is_broken: bool) -> None:
    """Its own ex-days are enough, none is counted twice; and it is filled up, or says that it cannot be."""
    shelf = Shelf()
    shelf.broken = is_broken
    for _ in bound(tmp_path, shelf, kind=Shallow):
        assert api.get_price(BANK, FEED[0], YESTERDAY, fields=["factor"], fq="post")["factor"].iloc[-1] == 4.0
        if is_broken:
            with pytest.raises(ProviderFailed, match="断线"):
                api.get_price(BANK, DAYS[-70], YESTERDAY)
        else:
            found = api.get_price(BANK, DAYS[-70], YESTERDAY, fields=["close", "factor"])
            assert found["factor"].iloc[[0, -1]].tolist() == [0.25, 1.0]
            assert np.abs(np.diff(found["close"].to_numpy())).max() <= 0.03
            assert not shelf.asked("adjustments")


def test_ex_days_of_a_code_that_the_feed_does_not_know(world: World) -> None:
    found = api.get_price(GONE, DAYS[18], DAYS[21], fields=["close", "factor"])
    assert found["factor"].tolist() == [0.8, 0.8, 1.0, 1.0]


def test_without_ex_days_of_the_provider_its_prices_stay_as_traded(tmp_path: Path) -> None:
    tables = everything()
    del tables["adjustments"]
    for _ in bound(tmp_path, Shelf(tables)):
        found = api.get_price(BANK, DAYS[-70], YESTERDAY, fields=["factor"])["factor"]
        assert sorted(set(found)) == [0.5, 1.0]


# -- asked once ------------------------------------------------------------------------------------------------------


def test_each_span_is_asked_for_once(world: World, shelf: Shelf) -> None:
    closes(BANK, 60)
    asked = shelf.asked("bars_1d")
    assert asked[0] == ("2026-10-01", "2026-10-31", [BANK]) and len({first for first, *_ in asked}) == len(asked)
    for number, count in enumerate((60, 50, 40)):
        world.go(at(TODAY, f"10:0{number + 1}"), at(TODAY, f"10:0{number + 1}"))
        closes(BANK, count)
    assert shelf.asked("bars_1d") == asked
    closes(BANK, 200)
    assert len(shelf.asked("bars_1d")) > len(asked)


def test_a_listing_ends_the_search(world: World, shelf: Shelf) -> None:
    assert len(closes(HOLED, 400)) == len(UP_TO_YESTERDAY) - len(HOLE)
    assert min(first for first, _, codes in shelf.asked("bars_1d") if HOLED in codes) == "2025-01-01"
    assert all(not one.codes for one in shelf.wants if one.dataset == "securities")


def test_a_folder_of_files_answers_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for name, table in everything().items():
        table.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8")
    answers = []
    for number, provider in enumerate((Shelf(), LocalFolder(folder, tmp_path / "cache"))):
        for _ in bound(tmp_path / f"{number}", provider):
            minutes = api.get_price(BANK, DAYS[-7], naive(at(TODAY, "9:31")), "1m")
            days = [api.get_price(code, DAYS[-70], YESTERDAY, fq="post") for code in (BANK, HOLED, INDEX, GONE)]
            listed = api.get_all_securities(["stock", "index"])
            answers.append([frame.to_csv() for frame in (minutes, *days, listed)])
    assert answers[0] == answers[1]


def test_without_listings_two_empty_spans_end_the_search(tmp_path: Path) -> None:
    tables = everything()
    del tables["securities"]
    shelf = Shelf(tables)
    for _ in bound(tmp_path, shelf):
        assert len(closes(HOLED, 400)) == len(UP_TO_YESTERDAY) - len(HOLE)
        assert min(first for first, _, codes in shelf.asked("bars_1d")) == f"{DAYS[0].year - 2}-01-01"


def test_a_provider_that_fails_is_an_error_not_half_an_answer(tmp_path: Path, shelf: Shelf) -> None:
    shelf.broken = True
    for _ in bound(tmp_path, shelf, kind=Shallow):
        assert len(closes(BANK, 17)) == 17, "the feed's own"
        with pytest.raises(ProviderFailed, match=r"history：断线 \[PROVIDER_FAILED\]"):
            closes(BANK, 60)
        shelf.broken = False
        assert len(closes(BANK, 60)) == 60


def test_a_provider_that_is_down_does_not_spoil_what_the_feed_tells_of_a_new_listing(tmp_path: Path) -> None:
    """The feed's first bar is of the day it gives as the listing: no more is asked for while nobody knows better."""
    shelf = Shelf()
    shelf.broken = True
    for world in bound(tmp_path, shelf, with_days=False):
        assert len(closes(BANK, 10)) == 2 and len(api.get_price(BANK, FEED[0], YESTERDAY, fq="post")) == 18
        assert [text for _, _, text in world.log if "断线" in text]
        assert {one.dataset for one in shelf.wants} == {"securities"}
        shelf.broken = False
        world.go(at(TODAY, "10:05"), at(TODAY, "10:05"))
        assert closes(BANK, 10) == [
            *(price(BANK, day) + DEARER for day in DAYS[-12:-4]), *(price(BANK, day) for day in PLAYED[:2]),
        ]  # fmt: skip


def test_a_folder_without_bars_changes_nothing(tmp_path: Path) -> None:
    answers = []
    for number, provider in enumerate((None, Shelf({}))):
        for world in bound(tmp_path / f"{number}", provider):
            answers.append(
                [
                    api.get_price(BANK, DAYS[-70], TODAY).to_csv(),
                    api.get_price(BANK, DAYS[-90], naive(at(TODAY, "9:31")), "1m").to_csv(),
                    closes(INDEX, 5),
                    api.get_all_securities(["stock", "index"]).to_csv(),
                    len(api.get_all_trade_days()),
                    [text for _, name, text in world.log if name == "history"],
                ]
            )
    assert answers[0] == answers[1]


# -- listings, days --------------------------------------------------------------------------------------------------


def test_listings_are_the_feeds_and_what_it_lacks_the_providers(world: World) -> None:
    bank, gone = api.get_security_info(BANK), api.get_security_info(GONE)
    assert bank is not None and gone is not None
    assert (bank.start_date, bank.end_date) == (date(1999, 11, 10), date(2200, 1, 1))
    assert (gone.display_name, gone.end_date, gone.type) == ("邯郸钢铁", DELISTED, "stock")
    assert api.get_security_info("688981.XSHG") is None, "it is listed tomorrow"
    assert sorted(api.get_all_securities(["stock"]).index) == [HOLED, BANK, GONE]
    assert sorted(api.get_all_securities(["stock"], date=TODAY).index) == [HOLED, BANK]
    assert api.get_all_securities(["index"]).index.tolist() == [INDEX]


def test_a_listing_that_cannot_be_had_leaves_what_the_feed_says(world: World, shelf: Shelf) -> None:
    shelf.broken = True
    info = api.get_security_info(BANK)
    assert info is not None and info.start_date == FEED[0]
    assert api.get_security_info(GONE) is None
    assert len([text for _, _, text in world.log if "断线" in text]) == 1
    assert api.get_all_trade_days()[0] == CALENDAR.first


def test_trading_days_of_before_our_table(world: World) -> None:
    assert api.get_all_trade_days()[:3].tolist() == [date(1990, 12, 19), date(1990, 12, 20), date(2006, 11, 21)]
    assert api.get_trade_days("1990-12-20", "2006-11-22").tolist() == [
        date(1990, 12, 20), date(2006, 11, 21), date(2006, 11, 22),
    ]  # fmt: skip


# -- industries ------------------------------------------------------------------------------------------------------


def test_the_industry_of_a_stock_is_the_regulators_and_asked_for_once(tmp_path: Path) -> None:
    tables = everything()
    members = [
        ("zjw", "J66", "货币金融服务", BANK),
        ("sw_l1", "801780", "银行I", BANK),
        ("zjw", "K70", "房地产业", GONE),
    ]
    columns = ["classification", "industry_code", "industry_name", "code"]
    tables["industry_members"] = pd.DataFrame(members, columns=columns).assign(start_date="2020-01-01", end_date=None)
    shelf = Shelf(tables)
    for world in bound(tmp_path, shelf):
        current = api.get_current_data()
        assert [current[code].industry_code for code in (BANK, HOLED, INDEX)] == ["J66", "", ""]
        (asked,) = shelf.asked("industry_members")
        assert asked[2] == [HOLED, BANK], "the stocks of the feed"
        shelf.broken = True
        world.go(at(TODAY, "11:00"), at(TODAY, "11:00"))
        assert current[BANK].industry_code == "J66"


def test_an_industry_that_cannot_be_had_is_empty_and_asked_for_again_later(tmp_path: Path) -> None:
    shelf = Shelf()
    shelf.broken = True
    for world in bound(tmp_path, shelf):
        current = api.get_current_data()
        assert [current[code].industry_code for code in (BANK, HOLED)] == ["", ""]
        assert len(shelf.asked("industry_members")) == 1
        world.go(at(TODAY, "11:00"), at(TODAY, "11:00"))
        assert current[BANK].industry_code == "" and len(shelf.asked("industry_members")) == 2


# -- in a strategy ---------------------------------------------------------------------------------------------------

STORY = """
def initialize(context):
    run_daily(look, '9:35')

def look(context):
    log.info('closes %s' % attribute_history('399001.XSHE', 2, '1d', ['close'], df=False)['close'].tolist())
"""


def test_a_strategy_waits_for_the_provider_and_the_next_day_asks_for_what_is_new(tmp_path: Path) -> None:
    desk, shelf = Desk(tmp_path, STORY, day=TODAY, data_provider="local"), Shelf()
    desk.provider = shelf
    desk.open()
    desk.run("9:36")
    assert desk.said(f"closes {[price(INDEX, day) for day in DAYS[-4:-2]]}")
    before = len(shelf.wants)
    desk.next_day()
    desk.run("9:36")
    assert desk.said(f"closes {[price(INDEX, day) for day in DAYS[-3:-1]]}")
    new = [(one.dataset, one.first, one.last) for one in shelf.wants[before:]]
    assert new == [("securities", "", ""), ("bars_1d", "2026-11-01", f"{TODAY}")]
    kept = [query for query in desk.queries if isinstance(query, m.AskProvider)]
    assert len(kept) == len(shelf.wants), "each question is one of the process, and so is on its record"

"""Queries that take work: bars from history, downloads and today, and what is refused, over a vendor on paper."""

from __future__ import annotations

import dataclasses
import threading
from datetime import date

import pytest

from common import messages as m
from common.beijing import SECOND_NS, at, midnight
from common.calendar import load
from common.sessions import minute_ends
from services.gateway.quotes.bars import Bar, from_columns
from services.gateway.quotes.live.errands import ANSWER_MAX_NS
from services.gateway.quotes.live.vendor import Dividend
from tests.services.gateway.quotes.live.paper import PaperVendor, detail, table, tick
from tests.services.gateway.quotes.live.town import CONFIG, DAY, Town, town

BANK, AIRPORT, FUND = "600000.XSHG", "600009.XSHG", "510300.XSHG"
CALENDAR = load()
THURSDAY = CALENDAR.previous(DAY)
NO_DOWNLOADS = dataclasses.replace(CONFIG, downloads_missing=False)


def with_days(vendor: PaperVendor, code: str, count: int, *, last: date = THURSDAY, at_hand: bool = True) -> None:
    """Daily bars up to ``last``, the n-th closing at 10 + n / 100."""
    days = CALENDAR.window(last, count)
    rows = [(midnight(day), *[10 + n / 100] * 4, 50.0, 5000 * (10 + n / 100)) for n, day in enumerate(days)]
    vendor.tables[code, "1d"] = table(rows)
    if at_hand:
        vendor.at_hand.add((code, "1d"))


def with_minutes(vendor: PaperVendor, code: str, labels: list[int], *, at_hand: bool = True) -> None:
    vendor.tables[code, "1m"] = table([(label, 10.0, 10.0, 10.0, 10.0, 5.0, 5000.0) for label in labels])
    if at_hand:
        vendor.at_hand.add((code, "1m"))


def bars_of(one: Town, ask: m.GetBars) -> dict[str, list[Bar]]:
    answer = one.answer(ask)
    assert isinstance(answer, m.Bars), answer
    return {columns.symbol: from_columns(columns) for columns in answer.columns}


def get(unit: str, count: int, *symbols: str, end: int = 2**62, running: bool = False, start: int = 0) -> m.GetBars:
    return m.GetBars(list(symbols or [BANK]), unit, count, start, end, running)


# -- days --------------------------------------------------------------------------------------------------------------


def test_days_at_hand_are_read_and_todays_is_not_complete() -> None:
    vendor = PaperVendor()
    with_days(vendor, "600000.SH", 60)
    with town(vendor) as one:
        bars = bars_of(one, get("1d", 5))[BANK]
        assert [bar.time_ns for bar in bars] == [at(day, "15:00") for day in CALENDAR.window(THURSDAY, 5)]
        assert bars[-1].close_e4 == 105_900 and bars[-1].volume == 5000 and not vendor.downloaded


def test_todays_bar_comes_from_its_newest_quote() -> None:
    vendor = PaperVendor()
    with_days(vendor, "600000.SH", 60)
    vendor.ticks_now["600000.SH"] = tick(at(DAY, "10:00"), 10.5, lots=777)
    with town(vendor) as one:
        running = bars_of(one, get("1d", 2, running=True))[BANK]
        assert [bar.time_ns for bar in running] == [at(THURSDAY, "15:00"), at(DAY, "15:00")]
        assert (running[-1].close_e4, running[-1].volume) == (105_000, 77_700)
        one.wall.at_ns = at(DAY, "15:00:05")
        assert bars_of(one, get("1d", 1))[BANK][0].time_ns == at(DAY, "15:00")
        assert bars_of(one, get("1d", 1, end=midnight(DAY)))[BANK][0].time_ns == at(THURSDAY, "15:00")


def test_a_range_of_days() -> None:
    vendor = PaperVendor()
    with_days(vendor, "600000.SH", 60)
    with town(vendor) as one:
        start = at(date(2026, 11, 16), "9:30")
        bars = bars_of(one, get("1d", 0, start=start, end=at(date(2026, 11, 18), "14:00")))[BANK]
        assert [bar.time_ns for bar in bars] == [at(date(2026, 11, 16), "15:00"), at(date(2026, 11, 17), "15:00")]


def test_what_is_missing_is_downloaded_once() -> None:
    vendor = PaperVendor()
    with_days(vendor, "600000.SH", 60, at_hand=False)
    with_days(vendor, "600009.SH", 60)
    with town(vendor) as one:
        for _ in range(3):
            bars = bars_of(one, get("1d", 5, BANK, AIRPORT))
            assert len(bars[BANK]) == len(bars[AIRPORT]) == 5
        assert [(codes, period) for codes, period, _, _ in vendor.downloaded] == [(("600000.SH",), "1d")]
        assert any("开始下载 600000.SH 1d" in text for _, text in one.log.lines)


def test_what_a_download_did_not_bring_does_not_exist_today() -> None:
    """A share suspended for weeks: its newest bar is old, and stays so."""
    vendor = PaperVendor()
    with_days(vendor, "600000.SH", 60, last=date(2026, 10, 30))
    with town(vendor) as one:
        for _ in range(3):
            assert bars_of(one, get("1d", 5))[BANK][-1].time_ns == at(date(2026, 10, 30), "15:00")
        assert len(vendor.downloaded) == 1


def test_a_new_listing_lacks_nothing() -> None:
    vendor = PaperVendor()
    vendor.details["600000.SH"] = detail(listed="20261117")
    with_days(vendor, "600000.SH", 3)
    with town(vendor) as one:
        assert len(bars_of(one, get("1d", 20))[BANK]) == 3 and not vendor.downloaded


def test_where_downloads_are_off_missing_data_is_refused() -> None:
    vendor = PaperVendor()
    with_days(vendor, "600000.SH", 60, at_hand=False)
    with_days(vendor, "600009.SH", 60, last=date(2026, 11, 17))
    with town(vendor, NO_DOWNLOADS) as one:
        for symbol in (BANK, AIRPORT):
            answer = one.answer(get("1d", 5, symbol))
            assert isinstance(answer, m.Refusal) and answer.reason == "DATA_MISSING"
            assert symbol in answer.text and "MINIQMT_AUTO_DOWNLOAD" in answer.text
        with_days(vendor, "600009.SH", 20)
        assert len(bars_of(one, get("1d", 5, AIRPORT))[AIRPORT]) == 5, "enough is at hand"
        assert not vendor.downloaded


def test_unknown_codes_are_named_and_nonsense_is_refused() -> None:
    with town() as one:
        answer = one.answer(get("1d", 1, "600123.XSHG", "nonsense", "123.XSHG"))
        assert isinstance(answer, m.Bars) and answer.unknown == ["600123.XSHG", "nonsense", "123.XSHG"]
        for ask in (
            get("5m", 1),
            get("1d", -1),
            get("1m", 240 * 251),
            get("1m", 0, start=at(date(2025, 1, 6), "9:30")),
        ):
            refusal = one.answer(ask)
            assert isinstance(refusal, m.Refusal) and refusal.reason == "NOT_SUPPORTED"


# -- minutes -----------------------------------------------------------------------------------------------------------


def test_minutes_up_to_now() -> None:
    vendor = PaperVendor()
    with_minutes(vendor, "600000.SH", [*minute_ends(THURSDAY), *minute_ends(DAY)[:35]])
    with town(vendor) as one:
        bars = bars_of(one, get("1m", 40))[BANK]
        assert [bar.time_ns for bar in bars] == [*minute_ends(THURSDAY)[-10:], *minute_ends(DAY)[:30]]
        assert not vendor.downloaded


def test_minutes_of_today_that_the_vendor_lacks_are_fetched() -> None:
    vendor = PaperVendor()
    with_minutes(vendor, "600000.SH", minute_ends(THURSDAY) + minute_ends(DAY)[:30], at_hand=False)
    with town(vendor) as one:
        assert len(bars_of(one, get("1m", 40))[BANK]) == 40
        one.wall.at_ns = at(DAY, "10:00:30")
        assert len(bars_of(one, get("1m", 41))[BANK]) == 41
        assert len(vendor.downloaded) == 1, "the same minute is looked for once"
        one.wall.at_ns = at(DAY, "10:01:30")
        assert bars_of(one, get("1m", 5))[BANK][-1].time_ns == at(DAY, "10:00"), "nobody has a later one"
        assert len(vendor.downloaded) == 2


def test_minutes_that_were_seen_are_made_of_quotes() -> None:
    """The vendor's cache trails behind; what was published is enough."""
    vendor = PaperVendor()
    with_minutes(vendor, "600000.SH", minute_ends(THURSDAY) + minute_ends(DAY)[:30])
    vendor.ticks_now["600000.SH"] = tick(at(DAY, "9:59:57"), 10.0, lots=1000)
    with town(vendor, now="9:59:58") as one:
        one.connected()
        one.answer(m.Subscribe([BANK]))
        for second, (clock, price) in enumerate((("10:00:00", 10.1), ("10:00:30", 10.3), ("10:01:00", 10.2)), 1):
            one.wall.at_ns = at(DAY, clock)
            before = len(one.quotes())
            vendor.push({"600000.SH": tick(one.wall.at_ns, price, lots=1000 + second)})
            one.until(lambda before=before: len(one.quotes()) > before)  # type: ignore[misc]
        one.wall.at_ns = at(DAY, "10:01:01")
        bars = bars_of(one, get("1m", 3))[BANK]
        assert [bar.time_ns for bar in bars] == [at(DAY, "9:59"), at(DAY, "10:00"), at(DAY, "10:01")]
        assert (bars[-1].open_e4, bars[-1].high_e4, bars[-1].close_e4, bars[-1].volume) == (
            103_000,
            103_000,
            102_000,
            200,
        )
        assert bars[-2].volume == 500, "the minute before the first whole one is the vendor's"
        assert not vendor.downloaded


# -- work that is shared, long, or fails -------------------------------------------------------------------------------


def test_all_who_ask_the_same_share_one_piece_of_work() -> None:
    vendor = PaperVendor()
    with_days(vendor, "600000.SH", 60, at_hand=False)
    vendor.stuck["download"] = threading.Event()
    with town(vendor) as one:
        one.connected()
        keys = [one.ask(get("1d", 5), asker) for asker in ("strategy.a", "strategy.b", "operator.1")]
        one.until(lambda: vendor.calls["download"])
        for _, number in keys[:1]:
            one.ask(get("1d", 5), "strategy.a", number)  # asked again, as every half second
        one.turn()
        vendor.stuck["download"].set()
        one.until(lambda: len(one.answers) == 3)
        assert all(isinstance(one.answers[key], m.Bars) for key in keys) and vendor.calls["download"] == 1
        one.ask(get("1d", 5), "strategy.a", keys[0][1])  # it crossed the answer
        one.turn()
        assert len(one.answers) == 3


def test_a_long_download_is_refused_in_time_and_goes_on() -> None:
    vendor = PaperVendor()
    with_days(vendor, "600000.SH", 60, at_hand=False)
    vendor.stuck["download"] = threading.Event()
    with town(vendor) as one:
        key = one.ask(get("1d", 5))
        one.until(lambda: vendor.calls["download"])
        one.skipped_ns += ANSWER_MAX_NS + SECOND_NS
        one.until(lambda: key in one.answers)
        refusal = one.answers[key]
        assert isinstance(refusal, m.Refusal) and refusal.reason == "DOWNLOADING" and "600000.SH" in refusal.text
        later = one.ask(get("1d", 5), "strategy.b")
        vendor.stuck["download"].set()
        one.until(lambda: later in one.answers)
        assert isinstance(one.answers[later], m.Bars) and vendor.calls["download"] == 1


def test_a_download_beyond_its_limit_is_left_and_the_next_waits_for_it() -> None:
    vendor = PaperVendor()
    for code in ("600000.SH", "600009.SH"):
        with_days(vendor, code, 60, at_hand=False)
    vendor.stuck["download"] = threading.Event()
    with town(vendor) as one:
        one.ask(get("1d", 5))
        one.until(lambda: vendor.calls["download"])
        one.skipped_ns += CONFIG.download_max_ns + SECOND_NS
        one.until(lambda: vendor.calls["stop_download"])
        key = one.ask(get("1d", 5, AIRPORT))
        one.until(lambda: "另有 1 个等待" in one.work.downloads.text)
        assert vendor.calls["download"] == 1, "one at a time"
        vendor.stuck["download"].set()
        one.until(lambda: key in one.answers)
        assert isinstance(one.answers[key], m.Bars)
        assert any("超过 60 秒" in text for _, text in one.log.lines)


def test_a_download_that_fails_is_a_refusal() -> None:
    vendor = PaperVendor()
    with_days(vendor, "600000.SH", 60, at_hand=False)
    vendor.fails.add("download")
    with town(vendor) as one:
        refusal = one.answer(get("1d", 5))
        assert isinstance(refusal, m.Refusal) and refusal.reason == "FEED_ERROR" and "download 失败" in refusal.text


@pytest.mark.parametrize("call", ["bars", "detail"])
def test_a_call_that_fails_is_a_refusal(call: str) -> None:
    vendor = PaperVendor()
    vendor.fails.add(call)
    with town(vendor) as one:
        refusal = one.answer(get("1d", 5))
        assert isinstance(refusal, m.Refusal) and refusal.reason == "FEED_ERROR" and f"{call} 失败" in refusal.text


def test_an_outage_during_a_download_is_a_refusal() -> None:
    vendor = PaperVendor()
    with_days(vendor, "600000.SH", 60, at_hand=False)
    vendor.stuck["download"] = threading.Event()
    with town(vendor) as one:
        key = one.ask(get("1d", 5))
        one.until(lambda: vendor.calls["download"])
        vendor.down = True
        vendor.drop()
        vendor.stuck["download"].set()
        one.skipped_ns += 10 * SECOND_NS
        one.until(lambda: key in one.answers)
        refusal = one.answers[key]
        assert isinstance(refusal, m.Refusal) and refusal.reason in ("FEED_DOWN", "FEED_ERROR")


# -- other queries -----------------------------------------------------------------------------------------------------


def test_instruments_of_all_sectors() -> None:
    vendor = PaperVendor()
    vendor.sectors_now = {"沪深A股": ["600000.SH", "600009.SH", "019547.SH"], "沪深ETF": ["510300.SH", "600000.SH"]}
    with town(vendor) as one:
        answer = one.answer(m.GetInstruments([]))
        assert isinstance(answer, m.Instruments)
        assert [(x.symbol, x.kind) for x in answer.instruments] == [(BANK, "stock"), (AIRPORT, "stock"), (FUND, "etf")]
        one.answer(m.GetInstruments([]))
        assert vendor.calls["download_sectors"] == 1
        assert one.answer(m.GetInstruments([AIRPORT, "600123.XSHG"])) == m.Instruments([answer.instruments[1]])


def test_adjustments_up_to_today() -> None:
    vendor = PaperVendor()
    vendor.paid["600000.SH"] = [
        Dividend(20261120, 0.5, 0, 0, 0, 1.05),
        Dividend(20250618, 0.1, 0.2, 0, 0, 1.210000001),
        Dividend(20261201, 0.5, 0, 0, 0, 1.05),
        Dividend(20200101, 0.5, 0, 0, 0, 0.0),
    ]
    with town(vendor) as one:
        answer = one.answer(m.GetAdjustments([BANK, AIRPORT, "x"]))
        assert answer == m.Adjustments(
            [
                m.Adjustment(BANK, [20250618, 20261120], [1210000001, 1050000000], [10_000, 50_000], [20_000, 0]),
                m.Adjustment(AIRPORT, [], []),
            ],
            ["x"],
        )
        assert "DATA_MISSING" in one.log.codes(), "a factor that is none is said to be"
        one.answer(m.GetAdjustments([BANK]))
        assert vendor.calls["dividends"] == 2


def test_sectors_and_members() -> None:
    vendor = PaperVendor()
    vendor.sectors_now = {"沪深300": ["600009.SH", "600000.SH"], "半导体": ["688981.SH"]}
    vendor.weights_now = {"000905.SH": {"600009.SH": 60.5, "600000.SH": 39.5}}
    with town(vendor) as one:
        assert one.answer(m.GetSectors()) == m.Sectors(["沪深300", "半导体"])
        assert one.answer(m.GetMembers("半导体", 0)) == m.Members("半导体", ["688981.XSHG"], [])
        weights = m.Members("000905.XSHG", [BANK, AIRPORT], [395_000, 605_000])
        assert one.answer(m.GetMembers("000905.XSHG", 0)) == weights
        assert one.answer(m.GetMembers("000300.XSHG", 0)) == m.Members("000300.XSHG", [AIRPORT, BANK], [])
        refusal = one.answer(m.GetMembers("不存在", 0))
        assert isinstance(refusal, m.Refusal) and refusal.reason == "DATA_MISSING"


def test_a_refresh_that_fails_leaves_what_the_terminal_has() -> None:
    vendor = PaperVendor()
    vendor.sectors_now = {"半导体": ["688981.SH"]}
    vendor.fails.add("download_sectors")
    with town(vendor) as one:
        assert one.answer(m.GetSectors()) == m.Sectors(["半导体"])
        assert "DATA_MISSING" in one.log.codes()


def test_the_latest_of_all() -> None:
    vendor = PaperVendor()
    vendor.ticks_now = {"600000.SH": tick(at(DAY, "10:00"), 10.0), "600009.SH": tick(at(THURSDAY, "15:00"), 10.0)}
    with town(vendor) as one:
        answer = one.answer(m.GetLatest([]))
        assert isinstance(answer, m.Quotes) and [q.symbol for q in answer.quotes] == [BANK]
        assert one.quotes() == [] and not one.core.symbols


def test_ticks_that_memory_does_not_reach_are_the_vendors() -> None:
    vendor = PaperVendor()
    times = [at(DAY, f"9:{minute}") for minute in range(31, 60)]
    vendor.history["600000.SH"] = [tick(time, 10.0, lots=n) for n, time in enumerate(times, 1)]
    with town(vendor) as one:
        answer = one.answer(m.GetTicks([BANK], at(DAY, "9:40"), at(DAY, "9:50")))
        assert isinstance(answer, m.Ticks)
        assert [q.at_ns for q in answer.quotes] == [at(DAY, f"9:{minute}") for minute in range(41, 51)]

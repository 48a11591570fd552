"""Recorded data is played as it was written: every known layout loads exactly, and what is wrong is named."""

import csv
import time
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import calendar
from common.beijing import at, clock_text
from common.errors import ConfigError
from common.messages import Bars, GetBars, Quote
from services.gateway.quotes.bars import from_columns, minute_bars
from services.gateway.quotes.feeds import recorded, require_day
from services.gateway.quotes.feeds.csv_rows import BadField, e4, quantity
from services.gateway.quotes.feeds.recorded import RecordedFeed
from services.gateway.quotes.library import Library
from tests.services.gateway.quotes.daily import daily_bars

MAOTAI, DAY = "600519.XSHG", date(2023, 2, 7)
CALENDAR = calendar.load()
MINUTE_HEADER = "code,datetime,open,high,low,close,volume,money"
ROW = "600000.XSHG,2026-11-20 09:31:00,10.00,10.20,9.90,10.10,1000,10050.0"


@pytest.fixture(scope="module")
def maotai(shared_data: Path) -> RecordedFeed:
    return RecordedFeed(shared_data / "l2_600519_20230207" / "snapshots_10level.csv")


def written(folder: Path, *lines: str, name: str = "bars.csv") -> Path:
    path = folder / name
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return path


# -- snapshots ----------------------------------------------------------------------------------------------------


def test_snapshots_are_the_rows_of_the_file(maotai: RecordedFeed, shared_data: Path) -> None:
    quotes = maotai.day_quotes(MAOTAI, DAY)
    with (shared_data / "l2_600519_20230207" / "snapshots_10level.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(quotes) == len(rows) == 5145
    for quote, row in zip(quotes, rows, strict=True):
        assert clock_text(quote.at_ns) == row["time"]
        assert quote.last_price_e4 == Decimal(row["last"]) * 10_000
        assert quote.volume == int(row["volume"]) and quote.money_e4 == Decimal(row["amount"]) * 10_000
        if row["phase_code"] == "2":
            assert quote.bids == levels_of(row, "bid") and quote.asks == levels_of(row, "ask")


def levels_of(row: dict[str, str], side: str) -> tuple[tuple[int, int], ...]:
    levels = ((row[f"{side}{level}_px"], row[f"{side}{level}_qty"]) for level in range(1, 6))
    return tuple((int(Decimal(price) * 10_000), int(qty)) for price, qty in levels if Decimal(price))


def test_the_known_facts_of_the_day(maotai: RecordedFeed) -> None:
    quotes = maotai.day_quotes(MAOTAI, DAY)
    opened, closed = next(quote for quote in quotes if quote.volume), quotes[-1]
    assert maotai.days() == [DAY]
    assert {quote.prev_close_e4 for quote in quotes} == {17_950_000}
    assert (opened.last_price_e4, opened.volume, clock_text(opened.at_ns)) == (18_080_800, 42_718, "09:25:01")
    assert (closed.last_price_e4, closed.volume, closed.money_e4) == (17_970_000, 2_432_171, 43_736_717_354_800)
    assert (closed.limit_down_e4, closed.limit_up_e4) == (16_155_000, 19_745_000)
    assert all(quote.last_price_e4 == 0 for quote in quotes if quote.at_ns < at(DAY, "9:25"))


def test_only_what_was_certainly_traded_is_told(maotai: RecordedFeed) -> None:
    quotes = maotai.day_quotes(MAOTAI, DAY)
    for before, quote in pairwise(quotes):
        if quote.volume == before.volume:
            assert (quote.trade_low_e4, quote.trade_high_e4) == (0, 0)
        else:
            assert quote.low_e4 <= quote.trade_low_e4 <= quote.last_price_e4 <= quote.trade_high_e4 <= quote.high_e4


def test_traded_prices_are_in_the_trades_of_the_exchange(maotai: RecordedFeed, shared_data: Path) -> None:
    with (shared_data / "l2_600519_20230207" / "trades.csv").open(encoding="utf-8") as file:
        prices = {int(Decimal(row["price"]) * 10_000) for row in csv.DictReader(file)}
    quotes = maotai.day_quotes(MAOTAI, DAY)
    told = {price for quote in quotes for price in (quote.trade_low_e4, quote.trade_high_e4) if price}
    assert told and told <= prices


def test_the_calls_have_no_book_to_trade_against(maotai: RecordedFeed) -> None:
    for quote in maotai.day_quotes(MAOTAI, DAY):
        in_call = quote.at_ns < at(DAY, "9:25:01") or at(DAY, "14:57:02") <= quote.at_ns < at(DAY, "15:00:01")
        if in_call:
            assert not quote.bids and not quote.asks
        elif at(DAY, "9:30") <= quote.at_ns < at(DAY, "14:57"):
            assert len(quote.bids) == len(quote.asks) == 5
            assert quote.bids[0][0] < quote.asks[0][0]


def test_minutes_of_the_snapshots_agree_with_those_of_the_trades(maotai: RecordedFeed, shared_data: Path) -> None:
    """A snapshot stamped at a minute's end, or up to 3 s before it, knows the trades up to a second or so before it."""
    true_feed = RecordedFeed(shared_data / "minute" / "600519.XSHG_20230207_1m_from_l2.csv")
    ours = minute_bars(maotai.day_quotes(MAOTAI, DAY), DAY)
    truth = true_feed.minute_bars(MAOTAI, DAY)
    assert [bar.time_ns for bar in ours] == [bar.time_ns for bar in truth]
    assert sum(bar.volume for bar in ours) == 2_432_171
    # The file of minutes left 500 shares of the closing auction out.
    assert truth[-1].volume == 40_203 - 500 and sum(bar.volume for bar in truth) == 2_432_171 - 500
    assert ours[-1].close_e4 == truth[-1].close_e4 == 17_970_000
    assert ours[0].open_e4 == truth[0].open_e4 == 18_080_800
    same = ours_so_far = truth_so_far = 0
    for mine, true in zip(ours, truth, strict=True):
        ours_so_far, truth_so_far = ours_so_far + mine.volume, truth_so_far + true.volume
        assert abs(ours_so_far - truth_so_far) <= 0.006 * truth_so_far
        assert abs(mine.close_e4 - true.close_e4) <= 0.0012 * true.close_e4
        assert true.low_e4 * 0.998 <= mine.low_e4 and mine.high_e4 <= true.high_e4 * 1.002
        same += mine.close_e4 == true.close_e4
    assert same >= 150


def test_a_snapshot_file_loads_fast(shared_data: Path) -> None:
    started = time.process_time()
    RecordedFeed(shared_data / "l2_600519_20230207" / "snapshots_10level.csv").day_quotes(MAOTAI, DAY)
    assert time.process_time() - started < 1.5


def test_the_folder_of_a_capture_can_be_named(shared_data: Path) -> None:
    feed = RecordedFeed(shared_data / "l2_600519_20230207")
    assert feed.days() == [DAY] == recorded.days(shared_data / "l2_600519_20230207")
    assert any("trades.csv" in remark for remark in feed.remarks)


# -- minutes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "symbols", "days"),
    [
        ("000001.XSHG_index_1m_202007.csv", {"000001.XSHG"}, 11),
        ("600519.XSHG_20230207_1m_from_l2.csv", {MAOTAI}, 1),
        ("688001.XSHG_1m_202104_202106.csv", {"688001.XSHG"}, 12),
        (
            "hikyuu_timeshare_201812_201902.csv",
            {
                "000001.XSHE",
                "000001.XSHG",
                "000002.XSHE",
                "000004.XSHE",
                "000005.XSHE",
                "600000.XSHG",
                "600004.XSHG",
            },
            43,
        ),
    ],
)
def test_every_minute_file_loads(shared_data: Path, name: str, symbols: set[str], days: int) -> None:
    feed = RecordedFeed(shared_data / "minute" / name)
    assert {found.symbol for found in feed.instruments()} == symbols
    assert len(feed.days()) == days
    for symbol in symbols:
        for day in feed.days()[:3]:
            check_minutes(feed, symbol, day)


def check_minutes(feed: RecordedFeed, symbol: str, day: date) -> None:
    quotes, bars = feed.day_quotes(symbol, day), feed.minute_bars(symbol, day)
    assert len(bars) == 240 and 230 <= len(quotes) <= 241
    daily = daily_bars(feed, symbol, day, 1)[0]
    assert quotes[-1].volume == daily.volume == sum(bar.volume for bar in bars)
    assert quotes[-1].money_e4 == daily.money_e4
    assert (quotes[-1].high_e4, quotes[-1].low_e4) == (daily.high_e4, daily.low_e4)
    assert quotes[-1].open_e4 == daily.open_e4 and quotes[-1].last_price_e4 == daily.close_e4
    assert bool(quotes[0].limit_up_e4) == (not symbol.startswith("000001.XSHG"))
    assert all(
        quote.limit_down_e4 <= quote.last_price_e4 <= quote.limit_up_e4 or not quote.limit_up_e4 for quote in quotes
    )


def test_the_whole_minute_folder_loads(shared_data: Path) -> None:
    feed = RecordedFeed(shared_data / "minute")
    assert len(feed.days()) == 43 + 11 + 12 + 1
    index = feed.instrument("000001.XSHG")
    assert index is not None and (index.kind, index.name) == ("index", "上证指数")


def test_time_share_lots_become_shares_at_the_end_of_their_minute(shared_data: Path) -> None:
    feed = RecordedFeed(shared_data / "minute" / "hikyuu_timeshare_201812_201902.csv")
    first, second = feed.day_quotes("000001.XSHE", date(2018, 12, 3))[:2]
    assert (clock_text(first.at_ns), first.last_price_e4, first.volume) == ("09:31:00", 106_100, 8_339_100)
    assert (clock_text(second.at_ns), second.volume) == ("09:32:00", 8_339_100 + 2_696_200)
    prices = {quote.last_price_e4 % 100 for quote in feed.day_quotes("000004.XSHE", date(2018, 12, 7))}
    assert prices == {0}


def test_the_previous_close_is_that_of_the_trading_day_before_if_recorded(shared_data: Path) -> None:
    feed = RecordedFeed(shared_data / "minute" / "688001.XSHG_1m_202104_202106.csv")
    closes = {day: feed.day_quotes("688001.XSHG", day)[-1].last_price_e4 for day in feed.days()}
    first, second = feed.days()[:2]
    assert feed.day_quotes("688001.XSHG", second)[0].prev_close_e4 == closes[first]
    for alone in (first, date(2021, 6, 1)):
        bars = feed.minute_bars("688001.XSHG", alone)
        assert feed.day_quotes("688001.XSHG", alone)[0].prev_close_e4 == bars[0].open_e4


def test_a_minute_becomes_a_quote_at_its_end(tmp_path: Path) -> None:
    later = "600000.XSHG,2026-11-20 09:33:00,10.30,10.40,10.30,10.35,500,5160.0"
    quotes = RecordedFeed(written(tmp_path, MINUTE_HEADER, ROW, later)).day_quotes("600000.XSHG", date(2026, 11, 20))
    assert [clock_text(quote.at_ns) for quote in quotes] == ["09:30:00", "09:31:00", "09:33:00"]
    opened, first, last = quotes
    assert (opened.last_price_e4, opened.open_e4, opened.volume, opened.trade_high_e4) == (100_000, 100_000, 0, 0)
    assert (first.last_price_e4, first.trade_low_e4, first.trade_high_e4) == (101_000, 99_000, 102_000)
    assert (last.volume, last.money_e4, last.high_e4, last.low_e4) == (1500, 152_100_000, 104_000, 99_000)
    assert (last.prev_close_e4, last.limit_up_e4, last.bids) == (100_000, 110_000, ())


def test_recorded_minutes_are_answered_with_their_own_opens(shared_data: Path) -> None:
    feed = RecordedFeed(shared_data / "minute" / "688001.XSHG_1m_202104_202106.csv")
    day = feed.days()[1]
    library = Library(feed, CALENDAR, day)
    answer = library.bars(GetBars(["688001.XSHG"], "1m", 3, 0, at(day, "15:00"), True), at(day, "9:32:30"))
    assert isinstance(answer, Bars)
    bars = from_columns(answer.columns[0])
    assert bars == [feed.minute_bars("688001.XSHG", feed.days()[0])[-1], *feed.minute_bars("688001.XSHG", day)[:2]]
    assert bars[-1].open_e4 == 357_400 != bars[-2].close_e4


def test_a_recording_agrees_with_an_independent_daily_file(shared_data: Path) -> None:
    daily = shared_data / "daily_mit" / "daily_qfq_2023_2026.csv"
    feed = RecordedFeed(shared_data / "l2_600519_20230207", daily)
    bars = daily_bars(feed, MAOTAI, date(2023, 2, 6), 20)
    assert any("前复权" in remark and "daily_qfq" in remark for remark in feed.remarks)
    assert any("换算" in remark and MAOTAI in remark for remark in feed.remarks)
    # On the scale of the day: the true figures of 2023-02-06 were 1780.00, 1795.00, 1760.00 and 1795.00.
    assert bars[-1][1:5] == (17_800_000, 17_950_000, 17_600_000, 17_950_000)
    assert len(bars) == 20 and all(later.prev_close_e4 == earlier.close_e4 for earlier, later in pairwise(bars))
    assert daily_bars(feed, MAOTAI, DAY, 1)[0].volume == feed.day_quotes(MAOTAI, DAY)[-1].volume


# -- what is wrong is named ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        ([], "空"),
        ([MINUTE_HEADER], "没有数据"),
        (["a,b,c", "1,2,3"], "第 1 行"),
        (["code,datetime,open,high,low,close,volume", ROW], "第 1 行"),
        ([MINUTE_HEADER, ROW, ROW.replace("09:31", "09:32").replace("10.10", "abc")], "第 3 行"),
        ([MINUTE_HEADER, ROW, ROW.rpartition(",")[0]], "第 3 行"),
        ([MINUTE_HEADER, ROW + ",1"], "第 2 行"),
        ([MINUTE_HEADER, ROW, ROW], "第 3 行"),
        ([MINUTE_HEADER, ROW.replace("09:31", "09:30")], "第 2 行"),
        ([MINUTE_HEADER, ROW.replace("09:31", "9:31")], "第 2 行"),
        ([MINUTE_HEADER, ROW.replace("2026-11-20", "20261120")], "第 2 行"),
        ([MINUTE_HEADER, ROW.replace("2026-11-20", "2026-11-21")], "不是交易日"),
        ([MINUTE_HEADER, ROW.replace("600000", "700000")], "第 2 行"),
        ([MINUTE_HEADER, ROW.replace("10.10", "10.30")], "第 2 行"),
        ([MINUTE_HEADER, ROW.replace("10.10", "-10.10")], "第 2 行"),
        ([MINUTE_HEADER, ROW.replace("10.10", "10.10001")], "第 2 行"),
        ([MINUTE_HEADER, ROW.replace("9.90", "0")], "第 2 行"),
        ([MINUTE_HEADER, ROW.replace("1000,", "10.5,")], "第 2 行"),
        ([MINUTE_HEADER, "", ROW], "第 2 行"),
        ([MINUTE_HEADER, ROW.replace("600000", '"600000')], "第"),
    ],
)
def test_a_bad_file_is_named_with_its_line(tmp_path: Path, lines: list[str], named: str) -> None:
    path = written(tmp_path, *lines)
    with pytest.raises(ConfigError) as raised:
        RecordedFeed(path)
    text = str(raised.value)
    assert named in text and str(path) in text and "\n" not in text


def test_files_that_are_no_text_or_not_there(tmp_path: Path) -> None:
    gbk = tmp_path / "gbk.csv"
    gbk.write_bytes("代码,时间\n".encode("gbk"))
    for path in (gbk, tmp_path / "missing.csv", tmp_path / "missing", tmp_path / "empty"):
        (tmp_path / "empty").mkdir(exist_ok=True)
        with pytest.raises(ConfigError) as raised:
            RecordedFeed(path)
        assert str(path) in str(raised.value)


def test_a_byte_order_mark_and_windows_lines_are_no_matter(tmp_path: Path) -> None:
    path = tmp_path / "bars.csv"
    path.write_bytes(b"\xef\xbb\xbf" + f"{MINUTE_HEADER}\r\n{ROW}\r\n\r\n".encode())
    assert RecordedFeed(path).days() == [date(2026, 11, 20)]


def test_one_day_may_be_recorded_once_only(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        written(tmp_path, MINUTE_HEADER, ROW, name=name)
    with pytest.raises(ConfigError, match=r"a\.csv.*b\.csv"):
        RecordedFeed(tmp_path)


def test_daily_bars_alone_cannot_be_played(tmp_path: Path) -> None:
    header = MINUTE_HEADER.replace("datetime", "date")
    path = written(tmp_path, header, ROW.replace(" 09:31:00", ""))
    with pytest.raises(ConfigError, match="没有可回放"):
        RecordedFeed(path)


def test_a_day_that_is_not_there_is_refused_with_what_is(tmp_path: Path) -> None:
    feed = RecordedFeed(written(tmp_path, MINUTE_HEADER, ROW, ROW.replace("11-20", "11-23")))
    with pytest.raises(ConfigError, match="2026-11-20 至 2026-11-23"):
        require_day(feed, date(2026, 11, 24))
    with pytest.raises(ConfigError, match="2026-11-19"):
        Library(feed, CALENDAR, date(2026, 11, 19))


SNAPSHOT_HEADER = (
    "seq,time,phase_code,num_trades,volume,amount,prev_close,last,open,high,low,bid_wavg,bid_total_qty,ask_wavg,ask_total_qty,"
    + ",".join(f"{side}{level}_{what}" for side in ("bid", "ask") for level in range(1, 11) for what in ("px", "qty"))
)


def snapshot(
    clock: str, volume: int, last: str, *, high: str = "", low: str = "", prev: str = "10.0", phase: str = "2"
) -> str:
    book = ",".join(["9.99,100", *["0.0,0"] * 9, "10.01,200", *["0.0,0"] * 9])
    return (
        f"1,{clock},{phase},1,{volume},{volume * 10}.0,{prev},{last},10.0,{high or last},{low or last},0,0,0,0,{book}"
    )


def snapshots(folder: Path, *rows: str, name: str = "600000_20261120.csv") -> list[Quote]:
    return RecordedFeed(written(folder, SNAPSHOT_HEADER, *rows, name=name)).day_quotes(
        "600000.XSHG", date(2026, 11, 20)
    )


def test_a_new_extreme_was_traded_and_an_old_one_was_not(tmp_path: Path) -> None:
    quotes = snapshots(
        tmp_path,
        snapshot("09:30:00", 100, "10.0"),
        snapshot("09:30:03", 200, "10.1", high="10.3", low="10.0"),
        snapshot("09:30:06", 300, "10.2", high="10.3", low="9.8"),
        snapshot("09:30:09", 300, "10.2", high="10.3", low="9.8"),
    )
    assert [(quote.trade_low_e4, quote.trade_high_e4) for quote in quotes] == [
        (100_000, 100_000),
        (101_000, 103_000),
        (98_000, 102_000),
        (0, 0),
    ]
    assert quotes[0].bids == ((99_900, 100),) and quotes[0].asks == ((100_100, 200),)


@pytest.mark.parametrize(
    "second",
    [
        snapshot("09:29:59", 200, "10.0"),
        snapshot("09:30:03", 50, "10.0"),
        snapshot("09:30:03", 200, "10.0", prev="10.1"),
        snapshot("09:30:03", 200, "10.0", high="9.9"),
        snapshot("09:30:03", 200, "10.0", phase="9"),
        snapshot("09:30:61", 200, "10.0"),
    ],
)
def test_snapshots_that_contradict_themselves_are_named(tmp_path: Path, second: str) -> None:
    with pytest.raises(ConfigError, match="第 3 行"):
        snapshots(tmp_path, snapshot("09:30:00", 100, "10.0"), second)


def test_snapshots_need_a_name_that_tells_symbol_and_day(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="改名"):
        snapshots(tmp_path, snapshot("09:30:00", 100, "10.0"), name="snapshots.csv")


# -- numbers ------------------------------------------------------------------------------------------------------


@given(st.decimals(min_value=0, max_value=10**12, places=4))
def test_numbers_are_read_exactly(number: Decimal) -> None:
    assert e4(f"{number:f}") == number * 10_000


@pytest.mark.parametrize("text", ["", ".", "1.", ".5", "1e3", "+1", "-1", " 1", "1 ", "1,0", "nan", "１", "1.00001"])
def test_what_is_no_number_is_refused(text: str) -> None:
    if text == "1.":
        assert e4(text) == 10_000
        return
    with pytest.raises(BadField):
        e4(text)


def test_quantities_are_whole() -> None:
    assert quantity("1200.0") == quantity("1200") == 1200
    with pytest.raises(BadField):
        quantity("1200.5")

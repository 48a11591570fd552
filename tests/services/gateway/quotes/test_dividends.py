"""What an ex-day does to a recorded market: reference prices by the exchanges' formula, and the ratios they make."""

from datetime import date
from pathlib import Path

import pytest

from common import calendar
from common.beijing import at
from common.errors import ConfigError
from common.messages import Adjustment, Adjustments, GetAdjustments, GetBars
from services.gateway.quotes.bars import from_columns
from services.gateway.quotes.feeds.dividends import HEADER, Dividend
from services.gateway.quotes.feeds.recorded import RecordedFeed
from services.gateway.quotes.library import Library

BANK, FUND = "600000.XSHG", "510300.XSHG"
DAYS = [date(2026, 11, 17), date(2026, 11, 18), date(2026, 11, 19), date(2026, 11, 20)]
CALENDAR = calendar.load()


@pytest.mark.parametrize(
    ("dividend", "close_e4", "reference_e4"),
    [
        # 10 派 3 元: 10.00 - 0.30
        (Dividend(BANK, DAYS[3], 30_000, 0, 0, 0), 100_000, 97_000),
        # 10 送转 10 股: 10.01 / 2 = 5.005, half up to the cent
        (Dividend(BANK, DAYS[3], 0, 100_000, 0, 0), 100_100, 50_100),
        # 10 派 2 元送 3 股配 2 股 @6.00: (10.00 - 0.20 + 0.2 x 6.00) / 1.5 = 7.3333
        (Dividend(BANK, DAYS[3], 20_000, 30_000, 20_000, 60_000), 100_000, 73_300),
        # a fund's tick is 0.001: 4.123 - 0.0455 = 4.0775
        (Dividend(FUND, DAYS[3], 4_550, 0, 0, 0), 41_230, 40_780),
    ],
)
def test_the_reference_price_is_the_exchanges(dividend: Dividend, close_e4: int, reference_e4: int) -> None:
    assert dividend.reference_e4(close_e4) == reference_e4
    assert dividend.ratio_e9(close_e4) == round(close_e4 / reference_e4 * 10**9)


def folder_of(tmp_path: Path, *dividends: str, daily: str = "days.csv") -> Path:
    files = {
        daily: ["code,date,open,high,low,close,volume,money"]
        + [f"{BANK},{day},10.00,10.20,9.90,10.00,1000,10000.0" for day in DAYS[:2]]
        + [f"{BANK},{DAYS[2]},9.80,9.90,9.70,9.80,1000,9800.0"],
        "minutes.csv": [
            "code,datetime,open,high,low,close,volume,money",
            f"{BANK},{DAYS[3]} 09:31:00,4.90,4.95,4.85,4.90,2000,9800.0",
        ],
        "dividends.csv": [HEADER, *dividends],
    }
    for name, lines in files.items():
        (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


CASH, SPLIT = f"{BANK},{DAYS[2]},2,0,0,0", f"{BANK},{DAYS[3]},0,10,0,0"


def test_ex_days_carry_the_reference_price_into_previous_closes_and_limits(tmp_path: Path) -> None:
    feed = RecordedFeed(folder_of(tmp_path, SPLIT, CASH))
    library = Library(feed, CALENDAR, DAYS[3])
    found = library.bars(GetBars([BANK], "1d", 3, 0, at(DAYS[3], "9:00"), False), at(DAYS[3], "9:00"))
    assert [bar.prev_close_e4 for bar in from_columns(found.columns[0])] == [100_000, 100_000, 98_000]  # type: ignore[union-attr]
    quote = library.latest([BANK], at(DAYS[3], "9:00")).quotes[0]
    # 9.80 / 2, and ten percent of it
    assert (quote.prev_close_e4, quote.limit_down_e4, quote.limit_up_e4) == (49_000, 44_100, 53_900)


def test_only_ex_days_up_to_the_played_one_are_told(tmp_path: Path) -> None:
    lines = "".join(f"{BANK},{DAYS[2]} 09:3{minute}:00,9.80,9.80,9.80,9.80,100,980.0\n" for minute in (1, 2))
    folder = folder_of(tmp_path, CASH, SPLIT)
    (folder / "minutes2.csv").write_text(f"code,datetime,open,high,low,close,volume,money\n{lines}", encoding="utf-8")
    feed = RecordedFeed(folder)
    ask = GetAdjustments([BANK, FUND])
    assert Library(feed, CALENDAR, DAYS[2]).adjustments(ask) == Adjustments(
        [Adjustment(BANK, [20261119], [1_020_408_163], [20_000], [0])], [FUND]
    )
    assert Library(feed, CALENDAR, DAYS[3]).adjustments(ask).adjustments == [
        Adjustment(BANK, [20261119, 20261120], [1_020_408_163, 2_000_000_000], [20_000, 0], [0, 100_000])
    ]


def test_what_was_paid_before_the_recording_changes_nothing(tmp_path: Path) -> None:
    feed = RecordedFeed(folder_of(tmp_path, f"{BANK},{DAYS[0]},2,0,0,0"))
    assert feed.ex_days(BANK) == [] == feed.ex_days(FUND)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (f"{BANK},{DAYS[2]},0,0,0,0", "应有派现"),
        (f"{BANK},{DAYS[2]},0,0,2,0", "配股须有配股价"),
        (f"{BANK},{DAYS[2]},-1,0,0,0", "应为不带符号的数"),
        (f"{BANK},2026-11-21,1,0,0,0", "不是交易日"),
        (f"{CASH}\n{CASH}", "已有一行"),
    ],
)
def test_a_line_that_makes_no_sense_is_named(tmp_path: Path, line: str, why: str) -> None:
    with pytest.raises(ConfigError, match=rf"dividends\.csv 第 \d 行.*{why}"):
        RecordedFeed(folder_of(tmp_path, line))


def test_adjusted_days_and_dividends_contradict_each_other(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="已前复权"):
        RecordedFeed(folder_of(tmp_path, CASH, daily="days_qfq.csv"))

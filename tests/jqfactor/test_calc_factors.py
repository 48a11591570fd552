"""`calc_factors`: what a factor is handed, day by day, and what comes of it."""

from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common import messages as m
from jqdata import NeedsProvider, attribute_history
from jqfactor import Factor, calc_factors
from tests.jqdata.desk import DAYS, TODAY, A, B, Desk, at, day_bars
from tests.jqfactor.shelf import Shelf, bound

LAST = DAYS[-2]  # the day before TODAY


class Given(Factor):
    """A factor of the dependencies it is given; it keeps what it saw."""

    name = "given"

    def __init__(self, *dependencies: str, window: int = 1, value: Any = None) -> None:
        self.dependencies, self.max_window, self._value = dependencies, window, value
        self.seen: list[dict[str, Any]] = []
        self.days: list[Any] = []

    def calc(self, data: dict[str, Any]) -> Any:
        self.seen.append(data)
        self.days.append(self._current_date)
        return self._value


@pytest.fixture
def bars(desk: Desk) -> Desk:
    desk.daily = {A: day_bars(DAYS), B: day_bars(DAYS, suspended=DAYS[-4:-2])}
    return desk


def test_a_factor_is_computed_for_each_day_and_code(bars: Desk) -> None:
    class Mean(Factor):
        name = "mean3"
        max_window = 3
        dependencies = ("close",)

        def calc(self, data: dict[str, Any]) -> Any:
            return data["close"].mean()

    found = calc_factors([A, B], [Mean(), Given("volume")], DAYS[-6], LAST)
    assert list(found) == ["mean3", "given"]
    assert found["mean3"].index.tolist() == [pd.Timestamp(day) for day in DAYS[-6:-1]]
    closes = [row[4] / 1e4 for row in bars.daily[A]]
    assert found["mean3"][A].tolist() == pytest.approx([np.mean(closes[i - 2 : i + 1]) for i in range(-6, -1)])
    assert found["given"].isna().all().all(), "calc gave nothing"


def test_windows_end_with_their_day(bars: Desk) -> None:
    factor = Given("open", "paused", window=4)
    calc_factors([A, B], [factor], DAYS[-4], LAST)
    assert factor.days == [pd.Timestamp(day) for day in DAYS[-4:-1]]
    for at_day, seen in zip(range(-4, -1), factor.seen, strict=True):
        assert list(seen) == ["open", "paused"]
        assert seen["open"].index.tolist() == [pd.Timestamp(day) for day in DAYS[at_day - 3 : at_day + 1]]
        assert seen["open"].columns.tolist() == [A, B]
    assert factor.seen[-1]["paused"][B].tolist() == [0.0, 1.0, 1.0, 0.0]


def test_other_securities_over_the_same_days(bars: Desk) -> None:
    class Index(Given):
        def calc(self, data: dict[str, Any]) -> Any:
            self.seen.append(self._get_extra_data(securities=[B], fields=["close", "high"]))
            return data["close"].iloc[-1]

    factor = Index("close", window=2)
    calc_factors([A], [factor], LAST, LAST)
    assert [table.columns.tolist() for table in factor.seen[0].values()] == [[B], [B]]
    assert factor.seen[0]["high"].index.tolist() == [pd.Timestamp(day) for day in DAYS[-3:-1]]
    with pytest.raises(RuntimeError, match="只能在 calc 里"):
        factor._get_extra_data([B], ["close"])


def test_a_day_that_is_not_over_is_the_day_before(bars: Desk) -> None:
    bars.time = at("15:30")
    assert calc_factors([A], [Given("close")], TODAY, TODAY)["given"].index.tolist() == [pd.Timestamp(LAST)]
    whole = calc_factors([A], [Given("close")], DAYS[-3], "2027-01-05")["given"]
    assert whole.index.tolist() == [pd.Timestamp(day) for day in DAYS[-3:-1]]


@pytest.mark.parametrize("value", [0, 1.5])
def test_a_number_is_everybodys(bars: Desk, value: float) -> None:
    assert calc_factors([A, B], [Given("close", value=value)], LAST, LAST)["given"].iloc[0].tolist() == [value] * 2


# -- adjusted prices -------------------------------------------------------------------------------------------------


def test_prices_are_of_post_or_as_of_each_day(bars: Desk) -> None:
    """After the ex-day two shares are what one was: with real prices what lies before it is halved, and only then."""
    bars.adjusted = {A: m.Adjustment(A, [int(f"{DAYS[-3]:%Y%m%d}")], [2 * 10**9])}
    plain = [row[4] / 1e4 for row in bars.daily[A]][-5:-1]
    post, real = Given("close", "volume", window=2), Given("close", "volume", window=2)
    calc_factors([A], [post], DAYS[-4], LAST)
    calc_factors([A], [real], DAYS[-4], LAST, use_real_price=True)
    closes = [np.array([seen["close"][A] for seen in factor.seen]) for factor in (post, real)]
    assert closes[0] == pytest.approx(np.array([plain[:2], [plain[1], plain[2] * 2], [plain[2] * 2, plain[3] * 2]]))
    assert closes[1] == pytest.approx(np.array([plain[:2], [plain[1] / 2, plain[2]], plain[2:]]))
    assert real.seen[1]["volume"][A].tolist() == [2000.0, 1000.0]


@pytest.mark.parametrize("skip_paused", [False, True])
def test_real_prices_of_yesterday_are_those_of_history(bars: Desk, skip_paused: bool) -> None:
    days = [int(f"{DAYS[at]:%Y%m%d}") for at in (-8, -5, -3)]
    bars.adjusted = {A: m.Adjustment(A, days, [1_234_567_891, 1_010_101_010, 1_100_000_007])}
    fields = ["open", "close", "low", "volume", "money", "factor"]
    factor = Given(*fields, window=10)
    calc_factors([A, B], [factor], LAST, LAST, use_real_price=True, skip_paused=skip_paused)
    for code in (A, B):
        known = attribute_history(code, 10, "1d", fields, skip_paused=skip_paused)
        for field in fields:
            assert factor.seen[0][field][code].tolist() == pytest.approx(known[field].tolist(), rel=1e-12), (
                code,
                field,
            )


def test_without_suspended_days_rows_are_numbered(bars: Desk) -> None:
    bars.provider = Shelf(valuation=[{"code": A, "day": f"{LAST}", "market_cap": 7.0}])
    factor = Given("close", "market_cap", window=3)
    calc_factors([A, B], [factor], LAST, LAST, skip_paused=True)
    closes = factor.seen[0]["close"]
    assert closes.index.tolist() == [0, 1, 2]
    of_b = [row[4] / 1e4 for row in bars.daily[B] if not row[8]]
    assert closes[B].tolist() == of_b[-4:-1] and closes[A].tolist() == [r[4] / 1e4 for r in bars.daily[A]][-4:-1]
    assert factor.seen[0]["market_cap"].index.tolist() == [pd.Timestamp(day) for day in DAYS[-4:-1]]


def test_a_code_that_is_new_has_nan_in_front(bars: Desk) -> None:
    bars.daily[B] = day_bars(DAYS[-3:])
    factor = Given("close", window=4)
    calc_factors([A, B], [factor], LAST, LAST, skip_paused=True, use_real_price=True)
    assert factor.seen[0]["close"][B].isna().tolist() == [True, True, False, False]


# -- statements ------------------------------------------------------------------------------------------------------


def statement(period: str, published: str, **numbers: float) -> dict[str, Any]:
    return {"code": A, "statDate": period, "pubDate": published, **numbers}


def test_statements_are_those_that_could_be_seen_on_each_day(desk: Desk) -> None:
    """The example of JoinQuant's page: a report of a Saturday is seen on Monday, and moves the one before back."""
    desk.time = datetime(2017, 10, 26, 9, 35)
    desk.provider = Shelf(income=[
        statement("2017-03-31", "2017-04-22", operating_revenue=27712e6),
        statement("2017-06-30", "2017-08-11", operating_revenue=26361e6),
        statement("2017-09-30", "2017-10-21", operating_revenue=25760e6),
    ])  # fmt: skip
    factor = Given("operating_revenue", "operating_revenue_1", "operating_revenue_2", "operating_revenue_3", window=5)
    calc_factors([A, B], [factor], "2017-10-25", "2017-10-25")
    newest, before, two, three = factor.seen[0].values()
    assert newest.index.tolist() == list(pd.to_datetime(["2017-10-19", "2017-10-20", "2017-10-23", "2017-10-24",
                                                         "2017-10-25"]))  # fmt: skip
    assert newest[A].tolist() == [26361e6, 26361e6, 25760e6, 25760e6, 25760e6]
    assert before[A].tolist() == [27712e6, 27712e6, 26361e6, 26361e6, 26361e6]
    assert two[A].tolist()[2:] == [27712e6] * 3 and two[A].isna().tolist()[:2] == [True, True]
    assert three[A].isna().all() and newest[B].isna().all()


def test_whole_years(desk: Desk) -> None:
    desk.time = datetime(2015, 8, 24, 9, 35)
    annual = [statement(f"{year}-12-31", f"{year + 1}-03-31", net_profit=float(year)) for year in range(2009, 2015)]
    desk.provider = Shelf(
        income=[statement("2015-03-31", "2015-04-20", net_profit=151.0), statement("2015-06-30", "2015-08-15",
                                                                                    net_profit=152.0)],
        income_year=annual,
        balance=[statement("2014-12-31", "2015-03-31", total_assets=5.0), statement("2015-03-31", "2015-04-20",
                                                                                     total_assets=6.0)],
    )  # fmt: skip
    names = ("net_profit", "net_profit_1", "net_profit_y", "net_profit_y1", "net_profit_y5", "total_assets_y")
    factor = Given(*names)
    calc_factors([A], [factor], "2015-08-21", "2015-08-21")
    assert [factor.seen[0][name][A].iloc[0] for name in names] == [152.0, 151.0, 2014.0, 2013.0, 2009.0, 5.0]


PERIODS = ["2026-03-31", "2026-06-30", "2026-09-30"]
rows = st.lists(
    st.tuples(st.sampled_from([A, B]), st.sampled_from(PERIODS), st.sampled_from(DAYS), st.integers(1, 99)),
    max_size=12, unique_by=lambda row: row[:3],
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(rows, st.integers(0, 2))
def test_what_was_known_agrees_with_going_through_the_announcements(
    told: list[tuple[str, str, date, int]], back: int
) -> None:
    desk = Desk(at("10:00"))
    columns = [{"code": "none", "statDate": "2000-03-31", "pubDate": "2000-01-01", "roe": 0.0}]
    table = [{"code": c, "statDate": p, "pubDate": f"{d}", "roe": float(v)} for c, p, d, v in told]
    desk.provider = Shelf(indicator=[*columns, *table])
    factor = Given(f"roe_{back}" if back else "roe", window=20)
    with bound(desk):
        calc_factors([A, B], [factor], LAST, LAST)
    (seen,) = factor.seen[0].values()
    for code in (A, B):
        for day, value in zip(DAYS[-21:-1], seen[code], strict=True):
            known = {}
            for _, period, _, number in sorted((r for r in told if r[0] == code and r[2] <= day), key=lambda r: r[2]):
                known[period] = float(number)
            newest = PERIODS.index(max(known)) - back if known else -1
            expected = known.get(PERIODS[newest], np.nan) if newest >= 0 else np.nan
            assert value == expected or (np.isnan(value) and np.isnan(expected)), (code, day)


# -- no look-ahead ---------------------------------------------------------------------------------------------------


@settings(max_examples=15, deadline=None)
@given(st.integers(5, 40), st.integers(1, 6), st.booleans(), st.integers(1, 19))
def test_the_future_changes_no_value_of_before(now: int, window: int, real: bool, gone: int) -> None:
    """What is computed later, when more is known, agrees on every day that could be computed before."""

    class Change(Factor):
        name = "change"
        max_window = window
        dependencies = ("close", "volume", "roe", "market_cap")

        def calc(self, data: dict[str, Any]) -> Any:
            return data["close"].iloc[-1] / data["close"].iloc[0] + data["roe"].sum() + data["market_cap"].iloc[-1]

    desk = Desk(at("10:00"))
    desk.daily = {A: day_bars(DAYS), B: day_bars(DAYS)}
    desk.adjusted = {A: m.Adjustment(A, [int(f"{DAYS[now + gone - 1]:%Y%m%d}")], [1_300_000_000])}
    desk.provider = Shelf(
        indicator=[{"code": A, "statDate": "2026-06-30", "pubDate": f"{DAYS[i]}", "roe": float(i)} for i in (3, now)],
        valuation=[{"code": A, "day": f"{day}", "market_cap": float(i)} for i, day in enumerate(DAYS)],
    )
    found = []
    for day in (DAYS[now], DAYS[now + gone]):
        desk.time = at("10:00", day)
        with bound(desk):
            found.append(calc_factors([A, B], [Change()], DAYS[max(now - 4, 0)], day, use_real_price=real)["change"])
    earlier, later = found
    pd.testing.assert_frame_equal(earlier, later.loc[earlier.index])


# -- errors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("roe", r"^calc_factors 的 roe 需要财务数据，可由数据源 .*akshare.*\[NEEDS_PROVIDER\]"),
        ("net_profit_y1", "^calc_factors 的 net_profit_y1 需要年度财务数据.*jqdatasdk"),
        ("market_cap", "^calc_factors 的 market_cap 需要市值数据"),
        ("VOL5", "^calc_factors 的 VOL5 需要聚宽因子库的数据"),
        ("HY001", "^calc_factors 的 HY001 需要行业分类"),
        ("GN028", "^calc_factors 的 GN028 需要概念成分"),
        ("net_pct_main", "^calc_factors 的 net_pct_main 需要资金流向"),
    ],
)
def test_what_needs_a_provider_is_named(bars: Desk, name: str, text: str) -> None:
    with pytest.raises(NeedsProvider, match=text):
        calc_factors([A], [Given("close", name)], LAST, LAST)


@pytest.mark.parametrize(
    ("factors", "error", "text"),
    [
        ([Given], TypeError, r"实例，如 \[MyFactor\(\)\]"),
        ([Given("close"), Given("open")], ValueError, "name 应各不相同"),
        ([Given("close", window=0)], ValueError, "max_window 应为正整数"),
        ([Given("roe_9")], ValueError, "'roe_9' 没有：季度为 _1 至 _8"),
        ([Given("roe_y6")], ValueError, "'roe_y6' 没有"),
        ([Given("market_cap_1")], ValueError, "市值表的字段没有前几季度"),
        ([Given("no_such")], ValueError, "calc_factors：'no_such' 不是字段、行业、概念或指数，因子库在这些天也没有它"),
        (
            [Given("close", value=pd.DataFrame({A: [1.0]}))],
            TypeError,
            r"因子 given 的 calc 应返回.*DataFrame.*iloc\[0\]",
        ),
    ],
)
def test_a_mistake_is_named(bars: Desk, factors: list[Any], error: type[Exception], text: str) -> None:
    bars.provider = Shelf(factor_values=[{"factor": "size", "day": f"{LAST}", "code": A, "value": 1.0}])
    with pytest.raises(error, match=text):
        calc_factors([A], factors, LAST, LAST)


@pytest.mark.parametrize(
    ("codes", "start", "end", "text"),
    [
        ([], LAST, LAST, "股票列表是空的"),
        ([A], LAST, DAYS[-5], "晚于 end_date"),
        ([A], "2026-11-14", "2026-11-15", "没有交易日"),
    ],
)
def test_nothing_to_compute(bars: Desk, codes: list[str], start: Any, end: Any, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        calc_factors(codes, [Given("close")], start, end)

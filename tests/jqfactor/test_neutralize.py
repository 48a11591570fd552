"""`neutralize`: what is left of values when industries and sizes have explained what they can."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jqdata import NeedsProvider
from jqfactor import neutralize
from tests.jqdata.desk import Desk, at
from tests.jqfactor.shelf import Shelf, bound

CODES = [f"{600000 + number}.XSHG" for number in range(12)]
DAY = "2026-11-19"
FAR = "2026-11-20"  # today: what is dated so is seen tomorrow


def shelf(industries: list[str | None], caps: list[float | None], **more: Any) -> Shelf:
    """The industry of each code ('': none), and its market value, in two classifications and on two days."""
    members = [
        {"classification": kind, "industry_code": name, "industry_name": name, "code": code,
         "start_date": "2020-01-01", "end_date": None}
        for kind in ("jq_l1", "sw_l1")
        for code, name in zip(CODES, industries, strict=True)
        if name
    ]  # fmt: skip
    valued = [
        {"code": code, "day": day, "market_cap": cap if day == DAY else 1e9}
        for day in (DAY, FAR)
        for code, cap in zip(CODES, caps, strict=True)
    ]
    return Shelf(industry_members=members, valuation=valued, **more)


TWO = ["HY001", "HY002"] * 6
CAPS = [float(3 + number**2) for number in range(12)]
VALUES = pd.Series(np.random.RandomState(1).normal(size=12), CODES)

numbers = st.floats(-1e6, 1e6).map(lambda value: round(value, 3))
of_twelve = st.lists(numbers, min_size=12, max_size=12)


@settings(max_examples=40, deadline=None)
@given(
    of_twelve,
    st.lists(st.sampled_from(["HY001", "HY002", "HY003", None]), min_size=12, max_size=12),
    st.lists(st.one_of(st.none(), st.floats(1, 1e5)), min_size=12, max_size=12),
    of_twelve,
    st.booleans(),
)
def test_nothing_of_the_regressors_is_left(
    values: list[float], industries: list[str | None], caps: list[float | None], own: list[float], constant: bool
) -> None:
    """Residuals are orthogonal to each regressor, and to the constant; what lacks one of them is nan and no more."""
    desk = Desk(at("10:00"))
    desk.provider = shelf(industries, caps)
    series, mine = pd.Series(values, CODES), pd.Series(own, CODES)
    with bound(desk):
        left = neutralize(series, ["jq_l1", "market_cap", mine], date=DAY, add_constant=constant)
    whole = np.array([cap is not None for cap in caps]) if any(cap is not None for cap in caps) else np.ones(12, bool)
    if not any(industries) and all(cap is None for cap in caps):
        return  # mine alone: its rows are all there
    if whole.sum() < 2:
        assert left.isna().all()
        return
    assert left.notna().to_numpy().tolist() == whole.tolist()
    regressors = [
        mine.to_numpy(),
        *(np.array([one == name for one in industries], float) for name in set(industries) - {None}),
    ]
    regressors += [np.ones(12)] if constant else []
    regressors += [np.array(caps, float)] if any(cap is not None for cap in caps) else []
    rest = left.to_numpy()[whole]
    for one in regressors:
        column = one[whole]
        size = np.linalg.norm(column) * max(np.linalg.norm(np.array(values)[whole]), 1.0)
        assert abs(rest @ column) <= 1e-7 * max(size, 1.0)


@pytest.fixture
def desk(desk: Desk) -> Desk:
    desk.provider = shelf(TWO, CAPS)
    return desk


def test_industries_alone_take_their_means_away(desk: Desk) -> None:
    left = neutralize(VALUES, how="jq_l1", date=DAY)
    means = VALUES.groupby(TWO).transform("mean")
    pd.testing.assert_series_equal(left, VALUES - means)


def test_the_default_is_industry_and_size_as_of_the_day_before(desk: Desk) -> None:
    by_hand = neutralize(VALUES, ["jq_l1", "market_cap"], date=DAY)
    pd.testing.assert_series_equal(neutralize(VALUES), by_hand)
    pd.testing.assert_series_equal(neutralize(VALUES, date="2026-11-25"), by_hand)


def test_the_logarithm_is_another_regressor(desk: Desk) -> None:
    logs = pd.Series(np.log(CAPS), CODES, name="ln")
    pd.testing.assert_series_equal(neutralize(VALUES, ["ln_market_cap"], DAY), neutralize(VALUES, [logs], DAY))


def test_rows_and_columns(desk: Desk) -> None:
    frame = pd.DataFrame([VALUES, VALUES[::-1].set_axis(CODES)], index=["a", "b"])
    by_row = neutralize(frame, date=DAY, axis=1)
    pd.testing.assert_frame_equal(by_row, neutralize(frame.T, date=DAY, axis=0).T)
    pd.testing.assert_series_equal(by_row.loc["b"], neutralize(frame.loc["b"], date=DAY))


def test_what_is_missing_is_nan_or_its_industrys_mean(desk: Desk) -> None:
    values = VALUES.copy()
    values.iloc[[0, 5]] = [np.nan, np.inf]
    left = neutralize(values, date=DAY)
    assert left.index[left.isna()].tolist() == [CODES[0], CODES[5]]
    filled = neutralize(values, date=DAY, fillna="sw_l1")
    assert filled[CODES[0]] == pytest.approx(left[::2].mean()) and filled[CODES[5]] == pytest.approx(left[1::2].mean())
    assert filled.drop([CODES[0], CODES[5]]).equals(left.dropna())


def test_numbers_of_statements_and_factors_of_the_library(desk: Desk) -> None:
    given = np.arange(12.0) ** 3
    desk.provider = shelf(
        TWO, CAPS,
        indicator=[{"code": c, "statDate": "2026-09-30", "pubDate": "2026-11-01", "roe": v}
                   for c, v in zip(CODES, given, strict=True)],
        factor_values=[{"factor": "size", "day": DAY, "code": c, "value": -v}
                       for c, v in zip(CODES, given, strict=True)],
    )  # fmt: skip
    expected = neutralize(VALUES, pd.Series(given, CODES), DAY)
    for name in ("roe", "size", pd.DataFrame({"mine": given}, CODES)):
        pd.testing.assert_series_equal(neutralize(VALUES, [name], DAY), expected)
    assert neutralize(VALUES, ["HY001", "HY002"], DAY).to_numpy() == pytest.approx(
        neutralize(VALUES, ["jq_l1"], DAY).to_numpy()
    )


def test_where_nobody_has_an_exposure_the_values_come_back(desk: Desk) -> None:
    desk.provider = shelf(TWO, [None] * 12)
    assert neutralize(VALUES, ["market_cap"], DAY) is VALUES
    assert desk.lines == [("warning", "system", "neutralize：2026-11-19 没有任何股票的中性化数据齐全，返回原值")]


def test_one_value_cannot_be_fitted(desk: Desk) -> None:
    assert neutralize(VALUES.where(VALUES.index == CODES[3]), date=DAY).isna().all()


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"how": ["nobody"]}, ValueError, "neutralize：'nobody' 不是字段、行业"),
        ({"how": ["close"]}, ValueError, "neutralize 不支持 'close'"),
        ({"how": []}, ValueError, "how 是空的"),
        ({"how": [3]}, TypeError, "how 应为名称"),
        ({"fillna": "market_cap"}, ValueError, "fillna 应为行业分类 jq_l1"),
        ({"data": [1.0]}, TypeError, "data 应为 Series 或 DataFrame，而不是 list"),
        ({"data": pd.Series([1.0, 2.0], [CODES[0]] * 2)}, ValueError, "重复的股票代码"),
        ({"data": pd.Series([1.0], ["no code"])}, ValueError, "no code"),
    ],
)
def test_a_mistake_is_named(desk: Desk, arguments: dict[str, Any], error: type[Exception], text: str) -> None:
    desk.provider = shelf(TWO, CAPS, factor_values=[{"factor": "size", "day": DAY, "code": CODES[0], "value": 1.0}])
    with pytest.raises(error, match=text):
        neutralize(**{"data": VALUES, "date": DAY, **arguments})


def test_without_a_provider_it_says_what_is_needed(desk: Desk) -> None:
    desk.provider = None
    with pytest.raises(
        NeedsProvider, match=r"^neutralize 的 jq_l1 需要行业分类，可由数据源 .*jqdatasdk.*\[NEEDS_PROVIDER\]"
    ):
        neutralize(VALUES)
    own = pd.Series(range(12), CODES, dtype=float)
    assert neutralize(VALUES, own).notna().all(), "exposures of one's own need nobody"

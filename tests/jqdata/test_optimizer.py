"""`portfolio_optimizer` as a strategy calls it: what it knows, what it needs, and what it says where it cannot."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from jqdata import NotSupported
from jqdata.libraries import NeedsLibrary
from jqlib.optimizer import (
    AnnualProfitConstraint,
    AnnualStdConstraint,
    BarraConstraint,
    Bound,
    CapBound,
    LiquidityBound,
    MarketConstraint,
    MaxDrawdownConstraint,
    MaxProfit,
    MaxScore,
    MaxSharpeRatio,
    MinScore,
    MinTrackingError,
    MinVariance,
    RatioConstraint,
    RiskParity,
    TrackingErrorConstraint,
    TurnoverConstraint,
    WeightConstraint,
    portfolio_optimizer,
)
from tests.jqdata.desk import TODAY, A, B, C, Desk, at
from tests.jqdata.optimizer_desk import CODES, DAYS, ETF, FULL, INDEX, YESTERDAY, ask, at_work, said, walk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    yield from at_work(tmp_path)


@pytest.mark.parametrize(
    "target",
    [
        MinVariance(60), MaxProfit(60), MaxSharpeRatio(rf=0.02, weight_sum_equal=1.0, count=60),
        MinTrackingError(benchmark=INDEX, count=60), RiskParity(count=60),
        RiskParity(60, pd.Series([0.5, 0.3, 0.2], CODES)), MaxScore(pd.Series([3, 2, 1], CODES)),
        MinScore(scores=pd.Series([3, 2, 1], CODES)),
    ],
    ids=lambda target: type(target).__name__,
)  # fmt: skip
@pytest.mark.parametrize(
    "constraint",
    [
        WeightConstraint(0.5, 1.0), AnnualStdConstraint(limit=0.4, count=60), AnnualProfitConstraint(-2.0, count=60),
        TrackingErrorConstraint(INDEX, limit=0.9, count=60), TurnoverConstraint(1.5, pd.Series({A: 0.5, ETF: 0.2})),
        MaxDrawdownConstraint(-0.6, count=60), MarketConstraint("stock", low=0.2, high=1.0),
        RatioConstraint("calmar_ratio", low=-5, count=60), RatioConstraint("information_ratio", -9, 9, 0.0, INDEX, 60),
    ],
    ids=lambda constraint: type(constraint).__name__,
)  # fmt: skip
def test_every_target_with_every_constraint_gives_weights(desk: Desk, target: Any, constraint: Any) -> None:
    weights = ask(target, [FULL, constraint], bounds=[Bound(0, 0.8)])
    assert weights is not None, desk.lines
    assert list(weights.index) == CODES and weights.sum() == pytest.approx(1, abs=1e-6)
    assert (weights >= 0).all() and (weights <= 0.8).all() and said(desk) == []


def test_weights_are_a_series_as_on_joinquant(desk: Desk) -> None:
    weights = ask(securities=["600000.XSHG", "000001.SZ"])
    assert isinstance(weights, pd.Series) and list(weights.keys()) == [A, B]
    assert weights[A] == weights.iloc[0] == weights[0]
    assert ask(MaxScore(pd.Series([2.0, 1], [A, B])), [], [A, B]).to_dict() == {A: 1.0, B: 0.0}
    assert ask(MaxSharpeRatio(count=60, weight_sum_equal=0.5), []).sum() == pytest.approx(0.5)
    assert ask(bounds=Bound(0.2, 0.5)).between(0.2, 0.5).all(), "one bound need not stand in a list"


def test_what_was_not_known_yesterday_changes_nothing(desk: Desk) -> None:
    """The bars of today and of days to come, and a date among them."""
    known = ask()
    future = [*DAYS, TODAY, *(TODAY + timedelta(days=n) for n in (3, 4, 5))]
    for seed, code in enumerate(CODES, 1):
        later = walk(future[len(DAYS) :], seed + 7, drift=0.2)
        desk.daily[code] = [*desk.daily[code], *later]
    assert said(desk) == []
    for when in (TODAY, f"{TODAY}", at("15:30"), TODAY + timedelta(days=5)):
        for clock in ("9:00", "10:00", "15:30"):
            desk.time = at(clock)
            assert ask(when=when).equals(known), (when, clock)
    assert "2026-11-20 还没有完整的行情，改用 2026-11-19 [OPTIMIZER_DATE]" in said(desk)[0]
    assert not ask(when=DAYS[-10]).equals(known), "an earlier date knows less"


def test_contradictions_are_named_and_none_comes_back(desk: Desk) -> None:
    limits = [FULL, AnnualStdConstraint(limit=0.01, count=60), WeightConstraint(0.0, 1.0)]
    assert ask(constraints=limits) is None
    (line,) = said(desk)
    assert line == (
        "组合优化失败：没有满足全部限制的权重，互相矛盾的是：WeightEqualConstraint(limit=1.0)；"
        "AnnualStdConstraint(limit=0.01, count=60) [OPTIMIZER_INFEASIBLE]"
    )
    zeros = ask(constraints=limits, return_none_if_fail=False)
    assert zeros.to_dict() == dict.fromkeys(CODES, 0.0)
    assert ask(bounds=[Bound(0.5, 1), Bound(0, 0.2)]) is None
    assert "600000.XSHG 的权重下限 0.5 高于上限 0.2" in said(desk)[-1]
    assert ask(bounds=[Bound(0, 0.2)]) is None and "WeightEqualConstraint" in said(desk)[-1]


def test_an_empty_portfolio_is_no_silent_answer(desk: Desk) -> None:
    assert not ask(constraints=[]).any()
    assert "OPTIMIZER_EMPTY" in said(desk)[0]
    assert ask(constraints=[], default_port_weight_range=[0.9, 1.0]).sum() >= 0.9


def test_a_young_security_shortens_the_days_with_a_warning(desk: Desk) -> None:
    desk.daily[C] = walk(DAYS[-31:], 3)
    assert ask() is not None
    assert "688001.XSHG 的行情只有 30 个收益率，少于 count=60" in said(desk)[0]
    desk.daily[C] = walk(DAYS[-11:], 3)
    assert ask() is None and "OPTIMIZER_SHORT_HISTORY" in said(desk)[-1]
    assert ask(MinVariance(count=10)) is not None, "who asks for ten days gets them"
    del desk.daily[C]
    assert ask() is None and "没有行情：688001.XSHG [OPTIMIZER_NO_PRICES]" in said(desk)[-1]


def test_what_a_market_holds_is_limited(desk: Desk) -> None:
    limits = [FULL, MarketConstraint("etf", low=0.0, high=0.1), MarketConstraint("fund", low=0.05)]
    weights = ask(RiskParity(count=60), limits, [*CODES, ETF])
    assert 0.05 - 1e-6 <= weights[ETF] <= 0.1 + 1e-6
    assert ask(constraints=[MarketConstraint("lof", low=0.1)]) is None
    assert "MarketConstraint(market_type='lof', low=0.1, high=1.0)" in said(desk)[-1]


def test_a_share_of_the_volume_limits_a_weight(desk: Desk) -> None:
    """10,000 shares a day of each; half of that is what a capital of 200,000 yuan may take."""
    price = desk.daily[A][-1][4] / 1e4
    weights = ask(
        MaxScore(pd.Series([3, 2, 1], CODES)), bounds=[LiquidityBound(0.5, capital=200_000, count=5, subset=[A])]
    )
    assert weights[A] == pytest.approx(min(0.5 * 10_000 * price / 200_000, 1)) and weights[B] == pytest.approx(
        1 - weights[A]
    )


def test_without_scipy_one_line_says_how_to_get_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(NeedsLibrary) as told:
        ask()
    assert str(told.value).endswith("没有安装 scipy 库，请运行 pip install 'bullet-bus[research]' [NEEDS_LIBRARY]")


@pytest.mark.parametrize(
    ("made", "error", "told"),
    [
        (lambda: WeightConstraint(0.9, 0.1), ValueError, "low=0.9 大于 high=0.1"),
        (lambda: AnnualStdConstraint("0.1"), ValueError, "limit 应为数字"),
        (lambda: MinVariance(count=1), ValueError, "count 应为不小于 2 的整数"),
        (lambda: MaxDrawdownConstraint(0.25), ValueError, "负数"),
        (lambda: MarketConstraint("股票"), ValueError, "market_type"),
        (lambda: RatioConstraint("sharp"), ValueError, "sharpe_ratio"),
        (lambda: RatioConstraint("information_ratio", low=0), ValueError, "benchmark"),
        (lambda: RatioConstraint("var", low=0), NotSupported, "NOT_SUPPORTED"),
        (lambda: BarraConstraint(size=[1, -1]), ValueError, "size"),
        (lambda: CapBound(0.1, capital=0), ValueError, "capital"),
        (lambda: ask(MaxScore(pd.Series([1.0, 2], [A, B]))), ValueError, "缺少：688001.XSHG"),
        (lambda: ask(MaxScore([1.0, 2, 3])), TypeError, "Series"),
        (lambda: ask(MaxScore(pd.Series([1.0, 2, np.nan], CODES))), ValueError, "没有数值"),
        (lambda: ask(RiskParity(60, pd.Series([1.0, 1, -1], CODES))), ValueError, "不能为负"),
        (lambda: ask(target=MinVariance), TypeError, "target"),
        (lambda: ask(constraints=[Bound()]), TypeError, "constraints"),
        (lambda: ask(bounds=[FULL]), TypeError, "bounds"),
        (lambda: ask(constraints=[TurnoverConstraint(1), TurnoverConstraint(2)]), ValueError, "只能给一个"),
        (lambda: ask(constraints=[], default_port_weight_range=[1]), ValueError, "default_port_weight_range"),
        (lambda: portfolio_optimizer(YESTERDAY, [], MinVariance(), FULL), ValueError, "securities"),
    ],
)
def test_arguments_that_cannot_be_meant_are_refused(desk: Desk, made: Any, error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        made()

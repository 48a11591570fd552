"""The optimizer's limits on industries, market values and factors, over a local folder and without any provider."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from jqdata import NeedsProvider
from jqfactor import Factor
from jqlib.optimizer import (
    BarraConstraint,
    CapBound,
    ExposureConstraint,
    IndustriesConstraint,
    IndustriesDeviationConstraint,
    IndustryBound,
    IndustryConstraint,
    IndustryDeviationConstraint,
    MaxFactorValue,
    MaxScore,
    MinFactorValue,
)
from services.strategy.providers.local import LocalFolder
from tests.jqdata.desk import A, B, C, Desk
from tests.jqdata.optimizer_desk import CODES, DAYS, FULL, INDEX, ask, at_work, said
from tests.jqdata.provider_data import write


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    yield from at_work(tmp_path)


class Cheap(Factor):
    name, max_window, dependencies = "cheap", 1, ["market_cap"]

    def calc(self, data: Any) -> Any:
        return -data["market_cap"].mean()


NEEDING = [
    IndustryConstraint("801780"), IndustriesConstraint("sw_l1"), IndustryDeviationConstraint("801780", INDEX, 0.1),
    IndustriesDeviationConstraint("sw_l1", INDEX, 0.1), BarraConstraint(size=[-1, 1]),
    ExposureConstraint(Cheap, 0, 1),
]  # fmt: skip


@pytest.mark.parametrize("constraint", NEEDING, ids=lambda one: type(one).__name__)
def test_what_needs_a_provider_says_so(desk: Desk, constraint: Any) -> None:
    with pytest.raises(NeedsProvider):
        ask(constraints=[FULL, constraint])


def test_a_factor_of_what_no_provider_has_says_so(desk: Desk) -> None:
    for target in (MaxFactorValue(factor=Cheap, count=1), MinFactorValue(Cheap())):
        with pytest.raises(NeedsProvider):
            ask(target)
    with pytest.raises(TypeError, match="Factor"):
        MaxFactorValue("size")


def test_bounds_that_need_a_provider_say_so(desk: Desk) -> None:
    for bound in (IndustryBound(["801780"], 0, 0.1), CapBound(0.01, capital=1e8)):
        with pytest.raises(NeedsProvider):
            ask(bounds=[bound])


@pytest.fixture
def provided(desk: Desk, tmp_path: Path) -> Desk:
    """A and B are banks, C is not; the index has A and C in equal parts. Values of yesterday and the day before."""
    banks = {A: ("801780", "2020-01-01"), B: ("801780", "2020-01-01"), C: ("801080", "2020-01-01")}
    days = [f"{day}" for day in DAYS[-2:]]
    files: dict[str, list[dict[str, object]]] = {
        "industry_members": [
            {"classification": "sw_l1", "industry_code": its, "industry_name": "业", "code": code, "start_date": since,
             "end_date": None}
            for code, (its, since) in banks.items()
        ],
        "index_weights": [{"index_code": INDEX, "day": days[0], "code": code, "weight": 50.0} for code in (A, C)],
        "valuation": [
            {"code": code, "day": day, "market_cap": cap, "pe_ratio": 1.0, "pb_ratio": 1.0}
            for code, cap in zip(CODES, (10.0, 100.0, 1000.0), strict=True) for day in days
        ],
        "factor_values": [
            {"day": day, "code": code, "factor": "size", "value": size}
            for code, size in zip(CODES, (-1.0, 0.0, 2.0), strict=True) for day in days
        ],
    }  # fmt: skip
    desk.provider = LocalFolder(write(tmp_path / "provided", files), tmp_path / "cache")  # type: ignore[arg-type]
    return desk


def test_industries_are_limited(provided: Desk) -> None:
    target = MaxScore(pd.Series([3, 2, 1], CODES))
    assert ask(target, [FULL, IndustryConstraint(["801780"], high=0.4)]).to_dict() == {A: 0.4, B: 0.0, C: 0.6}
    assert ask(target, [FULL, IndustriesConstraint("sw_l1", high=0.7)])[C] == pytest.approx(0.3)
    assert ask(target, [FULL, IndustryDeviationConstraint("801780", INDEX, 0.1)])[A] == pytest.approx(0.6)
    assert ask(target, [FULL, IndustriesDeviationConstraint("sw_l1", INDEX, 0.05)])[A] == pytest.approx(0.55)
    assert ask(target, FULL, bounds=[IndustryBound("801780", 0, 0.3)]).to_dict() == pytest.approx(
        {A: 0.3, B: 0.3, C: 0.4}
    )
    assert ask(target, [FULL, IndustriesConstraint("sw_l1", high=0.4)]) is None
    assert "IndustriesConstraint(industry_code='sw_l1', low=0.0, high=0.4) 的 801080" in said(provided)[-1]
    with pytest.raises(ValueError, match="不属于行业分类 'jq_l1'"):
        ask(target, [FULL, IndustriesConstraint("jq_l1")])


def test_market_values_and_risk_factors_are_limited(provided: Desk) -> None:
    target = MaxScore(pd.Series([3, 2, 1], CODES))
    weights = ask(target, FULL, bounds=[CapBound(0.01, capital=1e8, count=2)])
    assert weights.to_dict() == pytest.approx({A: 0.1, B: 0.9, C: 0.0}), "1 % of 1 billion is 10 % of 100 million"
    plain = BarraConstraint(size=[0.5, None], standardlize=False, winsorize=False)
    assert (ask(target, [FULL, plain]) * [-1, 0, 2]).sum() == pytest.approx(0.5)
    scaled = ask(target, [FULL, BarraConstraint(size=[None, 0.0])])
    assert scaled is not None and scaled.sum() == pytest.approx(1)

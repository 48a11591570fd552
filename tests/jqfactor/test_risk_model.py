"""The board of factors and the risk model's tables, out of a folder: shapes, and what is known when."""

from pathlib import Path
from typing import Any

import pytest

import jqdata
import jqfactor
from jqdata import NeedsProvider, NotSupported
from jqfactor import (
    get_factor_cov,
    get_factor_kanban_values,
    get_factor_specific_returns,
    get_factor_stats,
    get_factor_style_returns,
)
from services.strategy.providers.local import LocalFolder
from tests.jqdata.desk import A, Desk
from tests.jqdata.provider_data import files, write


@pytest.fixture
def desk(desk: Desk, tmp_path: Path) -> Desk:
    """At ten on Friday, 2026-11-20."""
    desk.provider = LocalFolder(write(tmp_path / "files", files()), tmp_path / "cache")
    return desk


def days(table: Any) -> list[str]:
    return [f"{day}"[:10] for day in table.index]


def test_the_newest_board_is_of_two_days_before(desk: Desk) -> None:
    board = get_factor_kanban_values(category=["quality", "style"])
    assert board["code"].tolist() == ["roe", "size"]
    assert {f"{day}"[:10] for day in board["date"]} == {"2026-11-18"}
    assert get_factor_kanban_values()["code"].tolist() == ["roe"], "style is no category by default"
    assert get_factor_kanban_values(model="long_short").empty and "model" not in board


def test_quantiles(desk: Desk) -> None:
    found = get_factor_stats(["size", "beta"], count=3, commision_fee=0.0008)
    assert list(found) == ["size", "beta"] and found["size"].columns.tolist() == [1, 5]
    assert days(found["size"]) == ["2026-11-16", "2026-11-17", "2026-11-18"]
    assert list(get_factor_stats(count=1, commision_fee=0.0008)) == ["beta", "size"]
    assert get_factor_stats(count=1) == {}, "there are none without fees"


def test_style_returns(desk: Desk) -> None:
    found = get_factor_style_returns(count=2)
    assert days(found) == ["2026-11-18", "2026-11-19"] and found.columns.tolist() == ["801780", "size"]
    assert get_factor_style_returns("size", count=2).columns.tolist() == ["size"]
    of_index = get_factor_style_returns(["size"], count=2, universe="hs300")
    assert (of_index["size"] != found["size"]).all(), "another market"


def test_specific_returns(desk: Desk) -> None:
    codes = ["000002.XSHE", "600000.XSHG"]
    found = get_factor_specific_returns(codes, end_date="2026-12-31", count=2)
    assert found.columns.tolist() == codes and days(found) == ["2026-11-18", "2026-11-19"]
    assert found["600000.XSHG"].isna().all() and found["000002.XSHE"].notna().all()


def test_covariances(desk: Desk) -> None:
    found = get_factor_cov("2026-11-18", "2026-11-25")
    assert found.columns.tolist() == ["date", "factor", "beta", "801780"] and len(found) == 4
    assert get_factor_cov("2026-11-19", "2026-11-19", ["size"], ["beta"]).shape == (1, 3)
    assert get_factor_cov("2026-11-19", "2026-11-19", "style_pro").empty


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: get_factor_kanban_values("csi300"), "universe 应为 'hs300'.*'csi300'"),
        (lambda: get_factor_kanban_values(bt_cycle="week_1"), "bt_cycle 应为"),
        (lambda: get_factor_stats(commision_fee=0.5), "commision_fee 应为"),
        (lambda: get_factor_style_returns(industry="sw_l2"), "industry 应为 'sw_l1'、'jq_l1' 之一"),
        (lambda: get_factor_specific_returns(A, category="barra"), "category 应为"),
        (lambda: get_factor_style_returns(start_date="2026-11-02", count=3), "只能给一个"),
        (lambda: get_factor_cov("2026-11-02", "2026-11-03", universe="hs300"), "universe 只能是 None"),
        (lambda: get_factor_cov("2026-11-02", "2026-11-03", ["style", "size"]), "不能与其他因子并列"),
    ],
)
def test_a_mistake_is_named(desk: Desk, call: Any, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        call()


def test_without_a_provider_it_says_who_has_it(desk: Desk) -> None:
    desk.provider = None
    with pytest.raises(NeedsProvider, match=r"^get_factor_stats 需要风险模型的数据，可由数据源 .*jqdatasdk"):
        get_factor_stats()


def test_analysis_is_for_research() -> None:
    with pytest.raises(NotSupported, match=r"^analyze_factor 不支持：.*jqfactor_analyzer"):
        jqfactor.analyze_factor(None)


def test_factor_values_are_the_same_function_in_both_modules() -> None:
    assert jqfactor.get_factor_values is jqdata.get_factor_values
    assert jqfactor.get_all_factors is jqdata.get_all_factors

"""The provider jqdata against recorded answers of jqdatasdk, seen through the functions a strategy calls."""

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

import jqdata as api
import jqfactor
from jqdata import ProviderFailed, finance, income, indicator, query, valuation
from jqdata.datasets import DATASETS
from services.strategy.providers.jqdata_sdk import JoinQuant
from tests.jqdata.desk import Desk
from tests.services.strategy.recorded import JoinQuantLibrary, Recording, fits, joinquant_desk

A, B = "000001.XSHE", "600000.XSHG"


@pytest.fixture
def recording() -> Recording:
    return Recording("jqdatasdk")


@pytest.fixture
def desk(tmp_path: Path, recording: Recording) -> Iterator[Desk]:
    yield from joinquant_desk(tmp_path, recording)


def test_it_has_what_the_table_says() -> None:
    assert JoinQuant.datasets == {name for name, one in DATASETS.items() if "jqdata" in one.providers}


def test_fundamentals(desk: Desk) -> None:
    both = query(valuation.code, indicator.roe).filter(valuation.market_cap > 3000)
    assert api.get_fundamentals(both).values.tolist() == [[B, 1.9]]
    quarter = query(income.code, income.net_profit)
    assert api.get_fundamentals(quarter, statDate="2026q3").values.tolist() == [[A, 1.39e10]], "B's comes tomorrow"
    assert api.get_valuation(A, "2026-11-18", fields=["pe_ratio"])["pe_ratio"].tolist() == [4.9, 5.0]
    assert api.get_history_fundamentals(A, [indicator.roe], count=2)["roe"].tolist() == [2.5, 2.7]


def test_tables_of_the_library(desk: Desk) -> None:
    table = finance.STK_XR_XD
    found = finance.run_query(query(table.code, table.bonus_ratio_rmb).filter(table.code == A))
    assert found.values.tolist() == [[A, 3.62]], "the other plan was published today"


def test_members(desk: Desk) -> None:
    assert api.get_index_stocks("000300.XSHG") == [A, B]
    weights = api.get_index_weights("000300.XSHG")
    assert weights.loc[A].tolist() == ["平安银行", "2026-10-31", 0.61]
    assert api.get_industry(A)[A]["sw_l1"] == {"industry_code": "801780", "industry_name": "银行I"}
    assert api.get_industry_stocks("801780") == [A, B]
    assert api.get_industries("sw_l1")["name"].tolist() == ["农林牧渔I", "银行I"]
    assert api.get_concept(A)[A]["jq_concept"] == [{"concept_code": "SC0084", "concept_name": "跨境支付"}]
    assert api.get_concept_stocks("SC0084") == [A] and api.get_concepts().index.tolist() == ["SC0084"]
    assert api.get_margincash_stocks() == [B] and api.get_marginsec_stocks() == [A]
    assert api.get_dominant_future("IF") == "IF2612.CCFX"
    assert api.get_future_contracts("IF") == ["IF2612.CCFX", "IF2701.CCFX"]


def test_flows_and_factors(desk: Desk) -> None:
    flags = api.get_extras("is_st", [A, B], "2026-11-19", "2026-11-20")
    assert flags[B].tolist() == [False, True] and flags[A].dtype == bool  # type: ignore[union-attr]
    assert api.get_money_flow(A, "2026-11-18")["net_amount_main"].tolist() == [-820.5, 1201.0]
    assert api.get_billboard_list(count=1)["code"].tolist() == [B]
    assert api.get_mtss(A, count=1, fields=["sec_code", "fin_value"]).values.tolist() == [[A, 5.1e9]]
    assert api.get_locked_shares(A, end_date="2026-12-31").columns.tolist() == ["day", "code", "num", "rate1", "rate2"]
    assert api.get_factor_values(A, ["size"], count=1)["size"][A].tolist() == [1.25]
    assert api.get_all_factors()["factor"].tolist() == ["size"]
    assert api.get_call_auction(A, "2026-11-19", "2026-11-20")["current"].tolist() == [11.2, 11.3]
    assert api.get_ticks(A, start_dt="2026-11-19", fields=["time", "current"])["current"].tolist() == [11.31, 11.32]


def test_the_board_of_factors_and_the_risk_model(desk: Desk) -> None:
    board = jqfactor.get_factor_kanban_values(category="quality")
    assert board[["code", "ic_mean"]].values.tolist() == [["roa_ttm", -0.075]]
    with pytest.raises(ProviderFailed, match=r"jqdatasdk 只有 2026-11-24 的因子看板.*\[NO_HISTORY\]"):
        jqfactor.get_factor_kanban_values("zz500", category="quality")
    quantiles = jqfactor.get_factor_stats("size", count=2)["size"]
    assert quantiles.columns.tolist() == [1, 2, 3, 4, 5] and quantiles[5].tolist() == [0.05, 0.06]
    styles = jqfactor.get_factor_style_returns(["size", "HY001"], count=2, industry="jq_l1")
    assert styles["HY001"].tolist() == [-0.002, 0.004]
    left = jqfactor.get_factor_specific_returns([A, B], count=2, category="style_pro")
    assert left[B].tolist() == [0.0039, -0.0038]
    together = jqfactor.get_factor_cov("2026-11-18", "2026-11-19", columns=["beta", "801780"])
    assert together.columns.tolist() == ["date", "factor", "beta", "801780"]
    assert together["beta"].tolist() == [0.2, 0.1, 0.21]


def test_a_snapshot_of_the_past(desk: Desk) -> None:
    tick = api.get_current_tick(A, "2026-11-20 09:59:58")
    assert (tick.current, tick.volume, f"{tick.datetime}") == (11.32, 200, "2026-11-20 09:59:57")  # type: ignore[union-attr]
    assert api.get_current_tick(A, "2026-11-19 09:20:00") is None, "the day has none yet"


def test_a_refused_account_is_told_with_the_settings_to_look_at(desk: Desk, recording: Recording) -> None:
    desk.provider = JoinQuant("13800000000", "wrong", lambda: JoinQuantLibrary(recording))
    with pytest.raises(ProviderFailed, match=r"用户名或密码错误.*JQDATA_USERNAME.*\[CREDENTIALS_REFUSED\]"):
        api.get_index_stocks("000300.XSHG")


def test_an_account_is_logged_in_once(desk: Desk, recording: Recording) -> None:
    api.get_index_stocks("000300.XSHG")
    api.get_concepts()
    assert [call for call, *_ in recording.calls] == ["auth", "get_index_stocks", "get_concepts"]


@pytest.mark.skipif(find_spec("jqdatasdk") is None, reason="jqdatasdk is not installed")
def test_the_real_library_takes_these_calls(recording: Recording) -> None:
    library = import_module("jqdatasdk")
    for entry in recording.entries:
        if "." not in entry["call"]:
            assert fits(getattr(library, entry["call"]), entry.get("args", []), entry.get("kwargs", {})), entry["call"]
    assert callable(library.finance.run_offset_query)
    for table, columns in {"valuation": ["day", "market_cap"], "indicator": ["pubDate", "statDate", "roe"]}.items():
        assert all(hasattr(getattr(library, table), column) for column in columns)

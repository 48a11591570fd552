"""The providers akshare and tushare against recorded answers, seen through the functions a strategy calls."""

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

import jqdata as api
from common import messages as m
from jqdata import NeedsProvider, ProviderFailed, balance, host, income, indicator, query, valuation
from jqdata.datasets import DATASETS
from services.strategy.providers.akshare_web import AkShare
from services.strategy.providers.periods import periods_of, previous_in_year
from services.strategy.providers.tushare_pro import Tushare
from tests.jqdata.desk import Desk, at
from tests.services.strategy.recorded import Library, Recording, TushareLibrary, fits

A, B, C = "000001.XSHE", "600000.XSHG", "300750.XSHE"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(at("10:00"), tmp_path)
    host.bind(made)
    yield made
    host.bind(None)


@pytest.fixture
def akshare(desk: Desk) -> Recording:
    recording = Recording("akshare")
    desk.provider = AkShare(lambda: Library(recording))
    return recording


@pytest.fixture
def tushare(desk: Desk) -> Recording:
    recording = Recording("tushare")
    desk.provider = Tushare("token-1", lambda: TushareLibrary(recording))
    return recording


@pytest.mark.parametrize("provider", [AkShare, Tushare])
def test_they_have_what_the_table_says(provider: type[AkShare] | type[Tushare]) -> None:
    assert provider.datasets == {name for name, one in DATASETS.items() if provider.name in one.providers}


def test_the_periods_whose_reports_may_be_the_newest() -> None:
    latest = m.Want("income", "2026-11-19", last="2026-11-19")
    assert periods_of(latest) == ["20260930", "20260630", "20260331", "20251231"]
    assert periods_of(m.Want("income", "2026-11-19", "period", period="2025q2")) == ["20250630"]
    two = m.Want("income", "2026-11-19", "history", last="2026-11-19", count=2, period="2026q1")
    assert periods_of(two)[:3] == ["20260331", "20251231", "20250930"] and len(periods_of(two)) == 6
    assert previous_in_year("20260930") == "20260630" and previous_in_year("20260331") == ""


# -- akshare ---------------------------------------------------------------------------------------------------------


def test_akshare_gives_the_newest_report_published(akshare: Recording) -> None:
    """B's of the third quarter is dated today; JoinQuant has no B shares."""
    found = api.get_fundamentals(query(indicator.code, indicator.statDate, indicator.roe).order_by(indicator.code))
    assert found.values.tolist() == [[A, "2026-09-30", 8.2], [B, "2026-06-30", 3.9]]


def test_akshare_numbers_of_income_are_the_quarters_own(akshare: Recording) -> None:
    quarter = api.get_fundamentals(query(income.code, income.pubDate, income.net_profit), statDate="2026q3")
    assert quarter.values.tolist() == [[A, "2026-10-24", pytest.approx(1.35e10)]]
    first = api.get_fundamentals(query(income.net_profit), statDate="2026q1")
    assert first.values.tolist() == [[1.41e10]]
    whole = api.get_fundamentals(query(balance.total_assets, balance.total_liability), statDate="2026q2")
    assert whole.values.tolist() == [[5.9e12, 5.4e12]]


def test_akshare_members_and_billboard(akshare: Recording, desk: Desk) -> None:
    assert api.get_index_stocks("000300.XSHG") == [A, B]
    assert api.get_index_weights("000300.XSHG").loc[A, "weight"] == 0.52
    listed = api.get_billboard_list(count=1)
    assert listed[["code", "net_value"]].values.tolist() == [[C, 2.0e8]]
    assert not [name for name in listed.columns if "后" in name], "what happened in the days after is the future"
    with pytest.raises(
        ProviderFailed, match=r"只有 2026-11-20 的 000300\.XSHG 成分，没有 2026-03-02 的.*\[NO_HISTORY\]"
    ):
        api.get_index_stocks("000300.XSHG", "2026-03-02")


def test_what_akshare_lacks_is_told_with_who_has_it(akshare: Recording) -> None:
    with pytest.raises(NeedsProvider, match=r"get_valuation .*jqdatasdk 或 tushare"):
        api.get_valuation(A, count=1)
    with pytest.raises(ProviderFailed, match=r"akshare 的 indicator 没有列 inc_return.*DATA_COLUMN_MISSING"):
        api.get_fundamentals(query(indicator.inc_return), statDate="2026q2")


# -- tushare ---------------------------------------------------------------------------------------------------------


def test_tushare_valuations_in_joinquants_units(tushare: Recording) -> None:
    q = query(valuation.code, valuation.market_cap, valuation.pe_ratio, valuation.pe_ratio_lyr)
    assert api.get_fundamentals(q).values.tolist() == [[A, 2210.5, 5.0, 4.9]]
    span = api.get_valuation(A, "2026-11-18", fields=["market_cap"])
    assert span.values.tolist() == [[A, "2026-11-18", 2190.0], [A, "2026-11-19", 2210.5]]


def test_tushare_statements_of_the_market_and_of_a_few(tushare: Recording) -> None:
    market = api.get_fundamentals(query(indicator.code, indicator.roe), statDate="2026q3")
    assert market.values.tolist() == [[A, 2.7]], "B's is published today"
    assert api.get_fundamentals(query(income.net_profit), statDate="2026q3").values.tolist() == [[1.35e10]]
    one = m.Want("indicator", "2026-11-19", "period", period="2026q3", codes=[A])
    assert desk_rows(tushare, one) == [[A, "2026-09-30", "2026-10-24", 0.69, 2.7]]


def desk_rows(recording: Recording, want: m.Want) -> list[list[object]]:
    return Tushare("token-1", lambda: TushareLibrary(recording)).rows(want).values.tolist()  # type: ignore[no-any-return]


def test_tushare_members_and_flows(tushare: Recording) -> None:
    assert api.get_index_stocks("000300.XSHG") == [A, B]
    flow = api.get_money_flow(A, count=1).iloc[0]
    assert (flow["net_amount_main"], flow["net_pct_main"], flow["net_amount_s"]) == (100, 10, -100)
    assert api.get_mtss(A, count=1, fields="fin_value").values.tolist() == [[5.1e9]]
    locked = api.get_locked_shares(A, end_date="2026-12-31")
    assert locked["num"].tolist() == [1000], "the other one was announced today"
    assert api.get_billboard_list(count=1)[["direction", "sales_depart_name"]].values.tolist() == [
        ["BUY", "深股通专用"]
    ]


def test_tushare_says_where_points_or_token_do_not_do(tushare: Recording) -> None:
    with pytest.raises(ProviderFailed, match=r"没有接口访问权限.*TUSHARE_TOKEN.*\[CREDENTIALS_REFUSED\]"):
        api.get_index_stocks("399101.XSHE")


@pytest.mark.skipif(find_spec("akshare") is None, reason="akshare is not installed")
def test_the_real_akshare_takes_these_calls() -> None:
    library = import_module("akshare")
    for entry in Recording("akshare").entries:
        assert fits(getattr(library, entry["call"]), entry.get("args", []), entry.get("kwargs", {})), entry["call"]


@pytest.mark.skipif(find_spec("tushare") is None, reason="tushare is not installed")
def test_the_real_tushare_takes_these_calls() -> None:
    """Its calls are names that it sends on with whatever keywords: only the door can be looked at."""
    pro = import_module("tushare").pro_api("token")
    assert callable(pro.daily_basic) and fits(import_module("tushare").pro_api, ["token"], {})

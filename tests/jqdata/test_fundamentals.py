"""Statements and valuations over a local folder: JoinQuant's queries, periods and day cut-offs."""

import pickle
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import func, or_

import jqdata
from common.messages import Want
from jqdata import (
    NeedsProvider,
    ProviderFailed,
    balance,
    cash_flow,
    finance,
    get_billboard_list,
    get_fundamentals,
    get_fundamentals_continuously,
    get_history_fundamentals,
    get_money_flow,
    get_mtss,
    get_valuation,
    host,
    income,
    indicator,
    macro,
    query,
    valuation,
)
from jqdata.datasets import DATASETS
from services.strategy.providers.local import LocalFolder
from tests.jqdata.desk import Desk, at
from tests.jqdata.provider_data import CODES, write

A, B, C = CODES[0], CODES[1], CODES[3]


def statement(code: str, period: str, published: str, **numbers: float) -> dict[str, object]:
    return {"code": code, "pubDate": published, "statDate": period, **numbers}


def both(code: str, period: str, published: str, roe: float, profit: float) -> tuple[dict[str, object], ...]:
    return (
        statement(code, period, published, roe=roe, eps=roe / 10),
        statement(code, period, published, net_profit=profit, operating_revenue=profit * 10),
    )


STATED = [
    both(A, "2026-03-31", "2026-04-28", 3, 30), both(A, "2026-06-30", "2026-08-30", 6, 60),
    both(A, "2026-09-30", "2026-10-30", 9, 90), both(A, "2026-09-30", "2026-11-19", 8, 80),  # corrected
    both(A, "2025-09-30", "2025-10-30", 5, 50), both(B, "2026-06-30", "2026-08-10", 2, 20),
    both(B, "2026-09-30", "2026-11-20", 4, 40), both(C, "2026-09-30", "2026-10-29", 7, 70),
]  # fmt: skip
CAPS = {A: 30.0, B: 40.0, C: 500.0}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Friday 2026-11-20, 10:00. B's report of the third quarter is dated today, A's correction yesterday."""
    days = ("2026-11-17", "2026-11-18", "2026-11-19", "2026-11-20")
    folder = write(
        tmp_path / "data",
        {
            "valuation": [
                {"code": code, "day": day, "market_cap": cap + at_, "pe_ratio": 10 + at_, "pb_ratio": None}
                for at_, day in enumerate(days)
                for code, cap in CAPS.items()
            ],
            "indicator": [one for one, _ in STATED],
            "income": [one for _, one in STATED],
            "balance": [statement(code, "2025-12-31", "2026-03-20", total_assets=1e9) for code in CAPS],
            "income_year": [statement(A, "2025-12-31", "2026-03-20", net_profit=365, operating_revenue=1)],
            "finance.STK_XR_XD": [
                {"code": A, "report_date": "2025-12-31", "pub_date": "2026-04-01", "bonus_ratio_rmb": 1.5},
                {"code": A, "report_date": "2026-06-30", "pub_date": "2026-11-20", "bonus_ratio_rmb": 2.5},
            ],
        },
    )
    made = Desk(at("10:00"), tmp_path)
    made.provider = LocalFolder(folder, tmp_path / "cache")
    host.bind(made)
    yield made
    host.bind(None)


def test_a_query_as_they_are_in_the_wild(desk: Desk) -> None:
    q = (
        query(valuation.code, valuation.market_cap, indicator.roe)
        .filter(valuation.market_cap.between(20, 100), indicator.roe > 1, valuation.code.in_([A, B, C]))
        .order_by(valuation.market_cap.desc())
        .limit(10)
    )
    found = get_fundamentals(q)
    assert list(found.columns) == ["code", "market_cap", "roe"]
    assert found.values.tolist() == [[B, 42.0, 2.0], [A, 32.0, 8.0]]
    assert list(get_fundamentals(q.limit(1))["code"]) == [B] and list(found.code) == [B, A]


def test_the_day_before_is_the_default_and_the_latest_there_is(desk: Desk) -> None:
    q = query(valuation.code, valuation.day, valuation.pe_ratio).filter(valuation.code == A)
    for asked in (None, "2026-11-19", date(2026, 11, 20), "2027-01-01"):
        assert get_fundamentals(q, date=asked).values.tolist() == [[A, "2026-11-19", 12]]
    assert get_fundamentals(q, "2026-11-17").values.tolist() == [[A, "2026-11-17", 10]]
    desk.time = at("9:31", date(2026, 11, 23))  # Monday: the day before is a Sunday
    assert get_fundamentals(q).values.tolist() == [[A, "2026-11-20", 13]]


def test_what_is_published_today_is_not_known_and_corrections_count_from_their_day(desk: Desk) -> None:
    q = query(indicator.code, indicator.statDate, indicator.roe).order_by(indicator.code)
    assert get_fundamentals(q).values.tolist() == [[A, "2026-09-30", 8], [B, "2026-06-30", 2], [C, "2026-09-30", 7]]
    assert get_fundamentals(q, "2026-11-18").values.tolist()[0] == [A, "2026-09-30", 9]
    assert get_fundamentals(q, "2026-10-28").values.tolist() == [[A, "2026-06-30", 6], [B, "2026-06-30", 2]]


def test_a_period_is_asked_for_by_stat_date(desk: Desk) -> None:
    q = query(income.code, income.net_profit).order_by(income.code)
    assert get_fundamentals(q, statDate="2026q3").values.tolist() == [[A, 80], [C, 70]]
    assert get_fundamentals(q, statDate="2026Q2").values.tolist() == [[A, 60], [B, 20]]
    assert get_fundamentals(q, statDate=2025).values.tolist() == [[A, 365]]
    year = query(balance.code, balance.total_assets).filter(balance.code == A)
    assert get_fundamentals(year, statDate="2025").values.tolist() == [[A, 1e9]]
    with pytest.raises(ValueError, match="2025q1"):
        get_fundamentals(q, statDate="2025-03")
    with pytest.raises(ValueError, match="只能给一个"):
        get_fundamentals(q, "2026-11-01", "2026q1")


def test_sqlalchemy_in_full(desk: Desk) -> None:
    cap = valuation.market_cap
    either = query(valuation.code).filter(or_(cap > 100, (indicator.roe < 3) & (cap < 100))).order_by(valuation.code)
    assert list(get_fundamentals(either)["code"]) == [B, C]
    assert list(get_fundamentals(query(valuation.code).filter(~valuation.code.like("600%"))).code) == [A, B]
    total = query(func.count(valuation.code).label("n"), func.max(cap)).filter(cap < np.float64(100))
    assert get_fundamentals(total).values.tolist() == [[2, 42.0]]
    half = query(valuation.code, (cap / 2).label("half")).filter(valuation.code.in_(pd.Index([A])))
    assert get_fundamentals(half).to_dict("records") == [{"code": A, "half": 16.0}]
    dated = query(indicator.code).filter(indicator.pubDate >= date(2026, 11, 1))
    assert list(get_fundamentals(dated).code) == [A]
    assert get_fundamentals(query(valuation.code).filter(valuation.code.in_([]))).empty


def test_whole_tables_and_columns_of_the_same_name(desk: Desk) -> None:
    both_codes = get_fundamentals(query(valuation.code, income.code, income.net_profit).filter(valuation.code == A))
    assert list(both_codes.columns) == ["code", "code.1", "net_profit"]
    whole = get_fundamentals(query(valuation).filter(valuation.code == A))
    assert whole["market_cap"].tolist() == [32.0] and np.isnan(whole["ps_ratio"][0]), "the file has no such column"
    with pytest.raises(ProviderFailed, match="没有列 ps_ratio"):
        get_fundamentals(query(valuation).filter(valuation.ps_ratio > 1))


def test_several_days_at_once(desk: Desk) -> None:
    q = query(valuation.pe_ratio, indicator.roe).filter(valuation.code.in_([A, B]))
    long = get_fundamentals_continuously(q, count=2, panel=False)
    assert long[["code", "day", "pe_ratio", "roe"]].values.tolist() == [
        [A, "2026-11-18", 11, 9], [A, "2026-11-19", 12, 8], [B, "2026-11-18", 11, 2], [B, "2026-11-19", 12, 2],
    ]  # fmt: skip
    panel = get_fundamentals_continuously(q, end_date="2026-11-18", count=2)
    assert panel["pe_ratio"][A].tolist() == [10, 11] and list(panel.minor_axis) == [A, B]  # type: ignore[union-attr]


def test_valuations_of_a_span(desk: Desk) -> None:
    found = get_valuation([A, B], "2026-11-18", "2026-11-30", ["market_cap"])
    assert found.values.tolist() == [
        [A, "2026-11-18", 31.0], [A, "2026-11-19", 32.0], [B, "2026-11-18", 41.0], [B, "2026-11-19", 42.0],
    ]  # fmt: skip
    assert get_valuation(A, fields=valuation.pe_ratio, count=1).values.tolist() == [[A, "2026-11-19", 12]]


def test_statements_of_several_periods(desk: Desk) -> None:
    fields = [indicator.roe, income.net_profit]
    assert get_history_fundamentals(A, fields, count=2).values.tolist() == [
        [A, "2026-06-30", 6, 60], [A, "2026-09-30", 8, 80]
    ]  # fmt: skip
    assert get_history_fundamentals(A, fields, watch_date="2026-11-18", count=1)["roe"].tolist() == [9]
    assert get_history_fundamentals([A, B], fields, stat_date="2026q2", count=1)["roe"].tolist() == [6, 2]
    years = get_history_fundamentals(A, [indicator.roe], count=2, interval="1y")
    assert years.values.tolist() == [[A, "2025-09-30", 5], [A, "2026-09-30", 8]]
    whole = get_history_fundamentals(A, [income.net_profit], stat_date=2025, interval="1y", stat_by_year=True)
    assert whole["net_profit"].tolist() == [365]
    with pytest.raises(ValueError, match="valuation"):
        get_history_fundamentals(A, [valuation.pe_ratio])


def test_tables_of_the_library_are_asked_by_run_query(desk: Desk) -> None:
    table = finance.STK_XR_XD
    whole = finance.run_query(query(table).filter(table.code == A, table.report_date >= date(2025, 1, 1)).limit(10))
    assert whole.to_dict("records") == [
        {"code": A, "report_date": date(2025, 12, 31), "pub_date": date(2026, 4, 1), "bonus_ratio_rmb": 1.5}
    ], "days are dates, unlike those of get_fundamentals"
    some = finance.run_query(query(table.code, table.bonus_ratio_rmb).filter(table.bonus_ratio_rmb > 1))
    assert some.values.tolist() == [[A, 1.5]]
    with pytest.raises(ValueError, match="macro"):
        macro.run_query(query(table.code))
    with pytest.raises(ValueError, match="run_query"):
        get_fundamentals(query(table.code))


def test_tables_can_be_kept_in_g_and_queries_cannot(desk: Desk) -> None:
    kept = pickle.loads(pickle.dumps([valuation, finance, finance.STK_XR_XD]))
    assert repr(kept) == "[valuation, finance, finance.STK_XR_XD]"
    assert get_fundamentals(query(kept[0].code).filter(kept[0].market_cap > 100)).values.tolist() == [[C]]
    with pytest.raises(TypeError, match="process_initialize"):
        pickle.dumps(query(valuation.code))


def test_a_frame_without_rows_has_the_columns(desk: Desk) -> None:
    class Nothing:
        name, datasets = "local", frozenset(DATASETS)

        def rows(self, want: Want) -> pd.DataFrame:
            return pd.DataFrame(columns=["code", "sec_code", "date", "day"])

    desk.provider = Nothing()
    listed = get_billboard_list(count=1)
    assert listed[(listed["net_value"] > 0) & (listed["rank"] > 0)].code.tolist() == []
    assert list(get_money_flow(A, count=1, fields=["date", "net_pct_main"])) == ["date", "net_pct_main"]
    assert get_mtss(A, count=1)["fin_value"].sum() == 0


def test_mistakes_are_told_where_they_are_made(desk: Desk) -> None:
    with pytest.raises(AttributeError, match="valuation 没有字段 'market_capp'"):
        query(valuation.market_capp)
    with pytest.raises(TypeError, match=r"query\(\.\.\.\)"):
        get_fundamentals("valuation")
    with pytest.raises(TypeError, match="字段或表"):
        query("valuation.code")
    with pytest.raises(ProviderFailed, match=r"没有列 ps_ratio \[DATA_COLUMN_MISSING\]"):
        get_fundamentals(query(valuation.ps_ratio))
    with pytest.raises(ProviderFailed, match=r"缺少文件 cash_flow\.csv .*LOCAL_DATA_DIR.*\[DATA_FILE_MISSING\]"):
        get_fundamentals(query(cash_flow.code))
    with pytest.raises(ProviderFailed, match=r"\[BAD_QUERY\]"):
        get_fundamentals(query(func.no_such(valuation.code)))


def test_without_a_provider_the_function_and_who_would_give_it_are_named(desk: Desk) -> None:
    desk.provider = None
    with pytest.raises(NeedsProvider, match=r"get_fundamentals .*jqdatasdk.*DEFAULT_DATA_PROVIDER.*\[NEEDS_PROVIDER\]"):
        get_fundamentals(query(valuation.code))
    assert jqdata.valuation.code is not None, "building a query needs nobody"

"""Whatever a strategy asks of a data provider, and whenever: it gets what somebody could have collected by then."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common import messages as m
from jqdata import (
    balance,
    cash_flow,
    finance,
    get_billboard_list,
    get_call_auction,
    get_concept,
    get_concept_stocks,
    get_concepts,
    get_extras,
    get_factor_values,
    get_fundamentals,
    get_fundamentals_continuously,
    get_history_fundamentals,
    get_index_stocks,
    get_index_weights,
    get_industries,
    get_industry,
    get_industry_stocks,
    get_locked_shares,
    get_margincash_stocks,
    get_marginsec_stocks,
    get_money_flow,
    get_mtss,
    get_ticks,
    get_valuation,
    host,
    income,
    indicator,
    query,
    valuation,
)
from jqfactor import (
    calc_factors,
    get_factor_cov,
    get_factor_kanban_values,
    get_factor_specific_returns,
    get_factor_stats,
    get_factor_style_returns,
    neutralize,
)
from jqlib import alpha101, alpha191
from jqlib.technical_analysis import FSL
from services.strategy.providers.local import LocalFolder
from services.strategy.providers.provider import Provider
from tests.jqdata.desk import Desk
from tests.jqdata.look_ahead_factors import Shown
from tests.jqdata.provider_data import CODES, CONCEPT, DAYS, INDEX, INDUSTRY, Files, cut, files, write

DATA = files()
MOMENTS = [datetime(2026, 11, 20, 10, 0, 3), datetime(2026, 11, 23, 9, 25), datetime(2026, 10, 30, 15, 30),
           datetime(2026, 12, 31, 9, 0), datetime(2026, 8, 31, 14, 59, 57)]  # fmt: skip
Call = Callable[[], object]

codes = st.lists(st.sampled_from(CODES), min_size=1, max_size=4, unique=True)
days = st.none() | st.sampled_from([*DAYS[20::7], DAYS[-1] + timedelta(days=40)])
counts = st.integers(1, 9)
spans = st.tuples(st.sampled_from(DAYS[::5]), days)
periods = st.sampled_from(["2026q3", "2026q2", "2026q1", "2025q4"])
INPUTS = ["roe", "roe_1", "net_profit_y", "net_profit", "total_assets_2", "total_assets_y1", "market_cap", "size",
          "net_amount_main", INDUSTRY, CONCEPT, INDEX]  # fmt: skip
ROE, CAP, PB = indicator.roe, valuation.market_cap, valuation.pb_ratio
QUERIES = [
    lambda: query(valuation.code, CAP).filter(CAP < 70).order_by(valuation.pe_ratio),
    lambda: query(valuation.code, ROE, indicator.pubDate).filter((ROE > 9) | (PB > 9)),
    lambda: query(income.code, income.net_profit, balance.total_assets, cash_flow.net_operate_cash_flow),
]


class Leaky:
    """A provider that hands over everything it will ever have, whatever was asked."""

    name, datasets = "local", LocalFolder.datasets

    def __init__(self, data: Files) -> None:
        self.tables = {name: pd.DataFrame(rows) for name, rows in data.items()}

    def rows(self, want: m.Want) -> pd.DataFrame:
        return self.tables[want.dataset]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Callable[[datetime | None], Provider]:
    root = tmp_path_factory.mktemp("provided")

    @cache
    def opened(moment: datetime | None) -> Provider:
        name = f"{moment:%Y%m%d%H%M}" if moment else "all"
        return LocalFolder(write(root / name, cut(DATA, moment) if moment else DATA), root / "cache")

    return opened


@contextmanager
def bound(now: datetime, provider: Provider) -> Iterator[None]:
    desk = Desk(now, Path())
    desk.provider = provider
    host.bind(desk)
    try:
        yield
    finally:
        host.bind(None)


def plain(answer: Any) -> object:
    """An answer in a form that compares: empty frames of any columns are equal."""
    if isinstance(answer, pd.DataFrame):
        return answer.to_csv() if len(answer) else "nothing"
    if isinstance(answer, dict):
        return {key: plain(value) for key, value in answer.items()}
    if hasattr(answer, "minor_axis"):
        return {field: plain(answer[field]) for field in answer}
    return str(answer)


def computed(some: list[str], names: list[str], start: date, end: date | None, length: int) -> object:
    """What a factor of these inputs gives and saw, of at most nine days."""
    factor = Shown(names, length, some[0])
    first = max(start, (end or DAYS[-1]) - timedelta(days=12))
    values = calc_factors(some, [factor], first, max(end or DAYS[-1], first))
    return {"values": plain(values), "windows": [plain(dict(enumerate(seen))) for seen in factor.windows]}


def factor_calls(
    some: list[str], day: date, count: int, span: tuple[date, date | None], names: list[str]
) -> list[Call]:
    """What is computed of factors and alphas, here or at the provider."""
    (start, end), until = span, span[1] or DAYS[-1]
    return [
        lambda: get_factor_values(some, ["size", "beta"], start, end),
        lambda: computed(some, names, start, end, count),
        lambda: neutralize(pd.Series(range(5), list(CODES), dtype=float), ["sw_l1", "roe", "size"], day),
        lambda: get_factor_kanban_values(category=["quality", "style"]),
        lambda: get_factor_stats(["size"], end_date=day, count=count, commision_fee=0.0008),
        lambda: get_factor_style_returns(start_date=start, end_date=end),
        lambda: get_factor_specific_returns(some, start, end),
        lambda: get_factor_cov(start, until),
        lambda: alpha101.alpha_048(until),
        lambda: alpha191.alpha_001(some, day),
        lambda: FSL(some, until),
    ]


@st.composite
def calls(draw: st.DrawFn) -> Call:
    """Any function that asks a provider, with arguments that reach into the future as often as not."""
    some, day, count, (start, end), period = draw(codes), draw(days), draw(counts), draw(spans), draw(periods)
    q, names = draw(st.sampled_from(QUERIES)), draw(st.lists(st.sampled_from(INPUTS), min_size=1, max_size=4))
    table = finance.STK_XR_XD
    until = end or DAYS[-1]
    return draw(
        st.sampled_from(
            [
                lambda: get_fundamentals(q(), date=day),
                lambda: get_fundamentals(q(), statDate=period),
                lambda: get_fundamentals(query(income.code, income.net_profit), statDate=2025),
                lambda: get_fundamentals_continuously(q(), end_date=day, count=count % 3 + 1, panel=False),
                lambda: get_valuation(some, start, end, ["market_cap", "pe_ratio"]),
                lambda: get_valuation(some, end_date=day, fields=["pb_ratio"], count=count),
                lambda: get_history_fundamentals(some, [indicator.roe, income.net_profit], watch_date=day, count=count),
                lambda: get_history_fundamentals(some, [income.net_profit], stat_date=period, count=2, interval="1y"),
                lambda: finance.run_query(query(table).filter(table.code.in_(some)).order_by(table.pub_date)),
                lambda: finance.run_query(query(table.bonus_ratio_rmb).filter(table.bonus_ratio_rmb > 50)),
                lambda: get_index_stocks(INDEX, day),
                lambda: get_index_weights(INDEX, day),
                lambda: get_industry(some, day),
                lambda: get_industries("sw_l1", day),
                lambda: get_industry_stocks(INDUSTRY, day),
                lambda: get_concept(some, day),
                lambda: get_concepts(),
                lambda: get_concept_stocks(CONCEPT, day),
                lambda: get_extras("is_st", some, start, until),
                lambda: get_extras("unit_net_value", some, end_date=until, count=count),
                lambda: get_money_flow(some, start, end),
                lambda: get_mtss(some, end_date=day, fields=["date", "sec_code", "fin_value"], count=count),
                lambda: get_billboard_list(some, end_date=day, count=count),
                lambda: get_locked_shares(some, start, end),
                lambda: get_margincash_stocks(day),
                lambda: get_marginsec_stocks(day),
                *factor_calls(some, day, count, (start, end), names),
                lambda: get_call_auction(some, start, until),
                lambda: get_ticks(some, end_dt=until, count=count, df=True),
                lambda: get_ticks(some, start_dt=start, end_dt=None, df=True),
            ]
        )
    )  # fmt: skip


def check(folders: Callable[[datetime | None], Provider], now: datetime, ask: Call) -> None:
    answers = []
    for provider in (folders(now), folders(None), leaky()):
        with bound(now, provider):
            answers.append(plain(ask()))
    assert answers[0] == answers[1], "the local folder knows the future"
    assert answers[0] == answers[2], "a provider that tells the future is not cut off"


@cache
def leaky() -> Provider:
    return Leaky(DATA)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(MOMENTS), calls())
def test_the_future_changes_no_answer(folders: Callable[[datetime | None], Provider], now: datetime, ask: Call) -> None:
    check(folders, now, ask)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@settings(max_examples=3_000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(MOMENTS), calls())
def test_the_future_changes_no_answer_of_thousands(
    folders: Callable[[datetime | None], Provider], now: datetime, ask: Call
) -> None:
    check(folders, now, ask)


def test_the_future_that_is_cut_off_is_another_one() -> None:
    """The properties above would hold of anything where the files had no future."""
    for moment in MOMENTS[:3]:
        left = cut(DATA, moment)
        assert all(0 < len(left[name]) < len(rows) for name, rows in DATA.items() if name not in STATIC), moment


STATIC = ("factors", "concepts", "industries", "industry_members", "concept_members", "income_year", "ticks")

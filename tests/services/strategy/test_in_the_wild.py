"""Strategies in the manner of those in the wild: three days each, a restart in between, a changed file at the end."""

import ast
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from cli.check_uses import Use, Uses
from common import messages as m
from jqdata.datasets import DATASETS, dataset_of
from jqdata.registry import Support
from tests.services.strategy.market_desk import KINDS, MarketDesk

FOLDER = Path(__file__).parents[2] / "strategies"
FILES = sorted(FOLDER.glob("*.py"))
EXAMPLES = sorted((FOLDER.parents[1] / "strategies").glob("*.py"))

# jq_api 8: what at least one file in a hundred uses.
FREQUENT = """
set_option set_benchmark run_daily set_order_cost OrderCost order_target_value get_current_data log.info log.set_level
set_slippage query FixedSlippage attribute_history get_fundamentals get_price get_security_info get_all_securities
order_target order_value get_index_stocks history get_trades run_monthly log.debug run_weekly order
get_industry_stocks get_trade_days record get_bars get_factor_values send_message MarketOrderStyle set_commission
PerTrade PriceRelatedSlippage set_subportfolios SubPortfolioConfig get_concept_stocks get_extras read_file
get_dominant_future get_valuation unschedule_all set_universe LimitOrderStyle get_ticks get_orders subscribe
get_current_tick get_open_orders cancel_order valuation indicator income balance cash_flow finance g
def.initialize def.handle_data def.before_trading_start def.after_code_changed def.after_trading_end def.handle_tick
def.process_initialize .positions .available_cash .paused .high_limit .name .is_st .total_value .total_amount .avg_cost
.low_limit .price .cash .last_price .status .filled .day_open .closeable_amount .long_positions .init_time .security
.value .amount .start_date .hold_cost .starting_cash .locked_cash OrderStatus.held context.current_dt
context.previous_date context.subportfolios context.run_params context.universe OrderStatus
"""
KEYWORDS = """
run_daily(time) run_daily(reference_security) run_weekly(weekday) run_weekly(force) run_monthly(monthday)
order_target_value(side) order_target_value(pindex) order_target(close_today) set_order_cost(type) set_order_cost(ref)
OrderCost(close_tax) OrderCost(open_commission) OrderCost(min_commission) OrderCost(close_today_commission)
get_price(end_date) get_price(count) get_price(fields) get_price(frequency) get_price(panel) get_price(skip_paused)
get_price(fq) get_price(fill_paused) get_price(start_date) attribute_history(df) history(unit) history(field)
history(security_list) history(df) get_bars(unit) get_bars(include_now) get_bars(end_dt) get_bars(fq_ref_date)
get_bars(fields) get_all_securities(types) get_all_securities(date) get_trade_days(end_date) get_trade_days(count)
get_trade_days(start_date) get_extras(count) LimitOrderStyle(limit_price) send_message(channel) set_slippage(type)
get_orders(status) get_orders(security) get_orders(order_id) write_file(append) PerTrade(min_cost)
"""


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def uses(path: Path) -> list[Use]:
    return Uses(tree(path), path.parent).all()


def restart(desk: MarketDesk) -> None:
    desk.start(recovered=True)
    desk.clock("")
    desk.turns()


@pytest.mark.parametrize("path", [*FILES, *EXAMPLES], ids=lambda path: f"{path.parent.parent.name}.{path.stem}")
def test_three_days_with_a_restart_and_a_changed_file(tmp_path: Path, path: Path) -> None:
    code = path.read_text(encoding="utf-8")
    desk = MarketDesk(tmp_path, code)
    desk.open()
    desk.next_day()
    desk.run("11:05")
    restart(desk)
    desk.end_day()
    desk.write(code + "\n# 改过的文件\n")
    restart(desk)
    desk.next_day()
    desk.end_day()

    failed = [line for level, _, line in desk.log if level == "error"]
    if any(use.row.support is Support.PROVIDER for use in uses(path)):
        assert failed and all("[NEEDS_PROVIDER]" in line for line in failed), failed
    else:
        assert failed == [] and set(desk.alerts) <= {"STRATEGY_MESSAGE"}
        assert desk.orders, "a strategy that orders nothing shows nothing"
    assert desk.checks == []


class Plenty:
    """A provider that has a row of whatever is asked for, for every code."""

    name, datasets = "local", frozenset(DATASETS)

    def rows(self, want: m.Want) -> pd.DataFrame:
        dataset = dataset_of(want.dataset, ("pub_date",))
        codes = want.codes or [code for code, (kind, _) in KINDS.items() if kind == "stock"]
        day = want.last[:10] or want.known[:10]
        names = [*want.columns, dataset.code, dataset.time, dataset.key, "start_date", "end_date", "statDate", "value"]
        period = "2025-12-31" if want.dataset.endswith("_year") else "2026-09-30"
        known = {dataset.code: codes, dataset.key: want.key, "end_date": None, "statDate": period}
        known |= {"industry_code": "801780", "volume": 100.0, "current": 1.0, "start_date": "2026-01-01"}
        known |= {dataset.time: f"{day} 09:31:00" if dataset.time == "time" else min(day, want.known)}
        rest = [7.5] * len(codes)
        return pd.DataFrame(
            {name: known.get(name, rest) for name in dict.fromkeys(names) if name}, index=range(len(codes))
        )


@pytest.mark.parametrize("name", ["small_cap", "factor_pick", "industry_concept", "multi_factor"])
def test_those_that_need_data_run_with_a_provider(tmp_path: Path, name: str) -> None:
    desk = MarketDesk(tmp_path, (FOLDER / f"{name}.py").read_text(encoding="utf-8"), data_provider="local")
    desk.provider = Plenty()
    desk.open()
    for _ in range(3):
        desk.next_day()
    desk.end_day()
    assert [line for level, _, line in desk.log if level == "error"] == []
    assert desk.orders and desk.checks == []


def test_who_holds_what_is_paid_is_told(tmp_path: Path) -> None:
    desk = MarketDesk(tmp_path, (FOLDER / "dividend_watch.py").read_text(encoding="utf-8"))
    desk.open()
    desk.next_day()
    desk.run("11:05")
    restart(desk)
    desk.next_day()
    desk.run("9:30")
    restart(desk)
    desk.end_day()
    told = [line for line in desk.lines if "除权" in line]
    assert len(told) == 1 and "'scale_factor': 1.01, 'bonus_pre_tax': 9.7" in told[0]
    assert desk.said("红利再投资 291.00") and desk.checks == []


def test_there_are_enough_that_run_without_a_provider() -> None:
    assert len([path for path in FILES if all(use.row.support is not Support.PROVIDER for use in uses(path))]) >= 30


def test_they_use_every_name_and_attribute_that_is_frequent() -> None:
    used = {use.name.replace("def ", "def.") for path in FILES for use in uses(path)}
    used |= {name.rpartition(".")[2] for name in used if name.startswith("jqdata.")}
    assert set(FREQUENT.split()) - used == set()


def test_they_use_every_keyword_that_is_frequent() -> None:
    used = set()
    for path in FILES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                used |= {f"{node.func.id}({keyword.arg})" for keyword in node.keywords}
    assert set(KEYWORDS.split()) - used == set()


@pytest.mark.parametrize("path", [*FILES, *EXAMPLES], ids=lambda path: path.stem)
def test_the_check_finds_no_fault_with_what_runs(path: Path) -> None:
    assert [use.name for use in uses(path) if use.row.support is Support.NO] == []

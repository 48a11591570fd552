"""The names a strategy finds, how little importing them costs, and how the missing ones speak up."""

import ast
import datetime
import importlib
import inspect
import pickle
import subprocess
import sys
import types
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import jqdata
from jqdata import NeedsProvider, NotSupported
from jqdata.missing import Missing
from jqdata.registry import Support, of_module, table
from jqlib import technical_analysis
from tests.jqdata.desk import Desk

EXPECTED = """
g log OrderStatus OrderStyle MarketOrderStyle LimitOrderStyle StopMarketOrderStyle StopLimitOrderStyle OrderCost
PerTrade FixedSlippage PriceRelatedSlippage StepRelatedSlippage SubPortfolioConfig Context Portfolio Position Order
Trade query valuation indicator income balance cash_flow finance macro bond opt jy set_option set_benchmark
set_order_cost set_commission set_slippage set_universe set_subportfolios disable_cache run_daily run_weekly
run_monthly unschedule_all order order_value order_target order_target_value cancel_order get_open_orders get_orders
get_trades batch_submit_orders batch_cancel_orders inout_cash transfer_cash get_current_data attribute_history
history get_price get_bars get_ticks get_current_tick get_extras get_security_info get_all_securities
get_index_stocks get_index_weights get_industry get_industry_stocks get_concept get_concept_stocks get_trade_days
get_all_trade_days get_trade_day get_fundamentals get_fundamentals_continuously get_valuation
get_history_fundamentals get_factor_values get_money_flow get_billboard_list get_locked_shares get_mtss
get_margincash_stocks get_marginsec_stocks get_dominant_future get_future_contracts get_call_auction normalize_code
subscribe unsubscribe unsubscribe_all record send_message send_msg read_file write_file check_stop_loss datetime
timedelta math np pd time random ones isnan array mean nan sum any all
"""

STRATEGY = """
from datetime import datetime
from jqdata import *
import jqdata

def initialize(context):
    g.days = datetime(2026, 1, 1) + timedelta(days=1), math.pi, np.array([1]).sum(), pd.Timestamp(0).year
    g.table = valuation.code, OrderStatus.held, jqdata.get_trades
"""


def test_every_name_of_the_list_is_there() -> None:
    names = jqdata.namespace()
    assert set(EXPECTED.split()) <= set(names)
    assert set(jqdata.__all__) <= set(names) and len(jqdata.__all__) == len(set(jqdata.__all__))
    assert names["datetime"] is datetime and "datetime" not in jqdata.__all__


BARE = """
def initialize(context):
    g.ones = list(ones(2) / 2), isnan(nan), sum([1, 2]), sum([[1], [2]], []), sum(x for x in (1, 2)), round_(1.26, 1)
    paused = pd.DataFrame({'paused': [0.0, 1.0, 1.0], 'close': [1.0, 2.0, 3.0]})
    g.columns = sum(paused)['paused'], sum(paused)['close'], any(paused > 2), all(paused > 2), sum(paused['close'])
"""


def test_numpys_names_are_there_without_an_import() -> None:
    module = types.ModuleType("strategy")
    vars(module).update(jqdata.namespace())
    exec(BARE, vars(module))
    module.initialize(None)
    assert jqdata.g.ones == ([0.5, 0.5], True, 3, [1, 2], 3, 1.3)
    assert jqdata.g.columns == (2.0, 6.0, True, False, 6.0)


def test_a_strategy_runs_with_them_and_its_own_imports_win() -> None:
    module = types.ModuleType("strategy")
    vars(module).update(jqdata.namespace())
    exec(STRATEGY, vars(module))
    module.initialize(None)
    assert jqdata.g.days[0] == datetime.datetime(2026, 1, 2)
    assert jqdata.g.days[2:] == (1, 1970)
    vars(jqdata.g).clear()


def test_importing_brings_in_neither_numpy_nor_pandas() -> None:
    code = "import sys, jqdata; jqdata.namespace(); print([n for n in ('numpy', 'pandas') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == "[]"


def test_the_registry_has_every_name_and_no_other() -> None:
    assert {row.name for row in of_module("")} == set(jqdata.__all__)
    for row in table().values():
        if row.module:
            assert hasattr(importlib.import_module(row.module), row.name), row.full_name


def test_a_name_that_needs_a_provider_says_which() -> None:
    for row in table().values():
        assert bool(row.needs and row.provider) == (row.support is Support.PROVIDER), row
        assert row.support is not Support.NO or row.deviation, row


BUILT = {row.name for row in of_module("jqlib.optimizer")}
BUILT |= {"query", "valuation", "indicator", "income", "balance", "cash_flow", "finance", "macro", "bond", "opt", "jy"}
"""What a query or an optimization is made of: nothing is missing before it is asked."""

ARGUMENTS = {
    "query_object": jqdata.query(jqdata.valuation.code), "fields": [jqdata.indicator.roe], "factors": "size",
    "enddate": "2026-11-02", "check_date": "2026-11-02", "code": ["600000.XSHG"],
    "index_symbol": "000300.XSHG", "index_id": "000300.XSHG", "start_date": "2026-11-02", "end_date": "2026-11-02",
    "data": pd.Series([1.0], ["600000.XSHG"]),
    **dict.fromkeys(("security", "security_list", "stock_list", "securities"), "600000.XSHG"),
}  # fmt: skip


def refusals() -> list[tuple[str, Callable[..., object]]]:
    """Everything that cannot answer, to be called with as many arguments as it asks for."""
    found = []
    for row in table().values():
        thing = getattr(importlib.import_module(row.module or "jqdata"), row.name)
        if row.support is not Support.YES and row.name not in BUILT:
            found.append((row.full_name if isinstance(thing, Missing) else row.name, thing))
    return found


def test_a_missing_name_says_what_it_needs_when_called(desk: Desk) -> None:
    for name, thing in refusals():
        parameters = [] if isinstance(thing, Missing) else list(inspect.signature(thing).parameters.values())
        needed = [ARGUMENTS.get(one.name, "801780") for one in parameters if one.default is one.empty]
        with pytest.raises(NotImplementedError) as told:
            thing(*needed)
        assert str(told.value).startswith(name.rpartition(".")[2]), name
        assert isinstance(told.value, NeedsProvider) == ("[NEEDS_PROVIDER]" in str(told.value))
        assert isinstance(told.value, NotSupported) == ("[NOT_SUPPORTED]" in str(told.value))


@pytest.mark.parametrize("database", ["finance", "macro", "bond", "opt", "jy"])
def test_a_missing_database_says_so_when_it_is_asked(desk: Desk, database: str) -> None:
    owner = getattr(jqdata, database)
    with pytest.raises(NeedsProvider, match=rf"^{database} .*jqdatasdk"):
        owner.run_query(jqdata.query(owner.SOME_TABLE))


SIGNATURES = """
order(security, amount, style=None, side='long', pindex=0, close_today=False)
order_value(security, value, style=None, side='long', pindex=0, close_today=False)
order_target(security, amount, style=None, side='long', pindex=0, close_today=False)
order_target_value(security, value, style=None, side='long', pindex=0, close_today=False)
get_orders(order_id=None, security=None, status=None)
run_daily(func, time='9:30', reference_security=None)
run_weekly(func, weekday, time='9:30', reference_security=None, force=True)
run_monthly(func, monthday, time='9:30', reference_security=None, force=True)
attribute_history(security, count, unit='1d', fields=(), skip_paused=True, df=True, fq='pre')
history(count, unit='1d', field='avg', security_list=None, df=True, skip_paused=False, fq='pre')
get_bars(security, count, unit='1d', fields=None, include_now=False, end_dt=None, fq_ref_date=None, df=False)
get_ticks(security, end_dt=None, start_dt=None, count=None, fields=None, skip=True, df=False)
get_current_tick(security, dt=None, df=False)
get_call_auction(security, start_date, end_date, fields=None)
get_security_info(code, date=None)
get_all_securities(types=(), date=None)
get_index_stocks(index_symbol, date=None)
get_index_weights(index_id, date=None)
get_industry_stocks(industry_code, date=None)
get_concept_stocks(concept_code, date=None)
get_trade_days(start_date=None, end_date=None, count=None)
get_trade_day(security, query_dt=None)
get_extras(info, security_list, start_date='2015-01-01', end_date='2015-12-31', df=True, count=None)
get_fundamentals(query_object, date=None, statDate=None)
get_valuation(security_list, start_date=None, end_date=None, fields=None, count=None)
get_factor_values(securities, factors, start_date=None, end_date=None, count=None)
get_money_flow(security_list, start_date=None, end_date=None, fields=None, count=None)
get_billboard_list(stock_list=None, start_date=None, end_date=None, count=None)
set_benchmark(security)
set_option(name, value)
set_order_cost(cost, type, ref=None)
set_slippage(slippage, type=None, ref=None)
set_universe(security_list)
inout_cash(cash, pindex=0)
send_message(message, channel='weixin')
write_file(path, content, append=False)
OrderCost(open_tax=0.0, close_tax=0.0, open_commission=0.0, close_commission=0.0, close_today_commission=0.0,
 min_commission=0.0)
PerTrade(buy_cost=0.0003, sell_cost=0.0013, min_cost=5.0)
StopMarketOrderStyle(mode, stop_price)
StopLimitOrderStyle(mode, stop_price, limit_price)
LimitOrderStyle(limit_price)
MarketOrderStyle(limit_price=None)
SubPortfolioConfig(cash, type='stock')
""".replace("\n ", " ")


@pytest.mark.parametrize("written", SIGNATURES.strip().splitlines())
def test_functions_take_joinquants_arguments_in_its_order(written: str) -> None:
    call = ast.parse(f"def {written.replace('(', '(', 1)}: ...").body[0]
    assert isinstance(call, ast.FunctionDef)
    wanted = [one.arg for one in call.args.args]
    defaults = [ast.literal_eval(one) for one in call.args.defaults]
    parameters = list(inspect.signature(getattr(jqdata, call.name)).parameters.values())
    ours = [one for one in parameters if one.kind is not one.KEYWORD_ONLY]
    assert [one.name for one in ours] == wanted
    for one, default in zip(ours[len(ours) - len(defaults) :], defaults, strict=True):
        assert default == () or one.default == default, one


def test_every_name_is_described() -> None:
    for name in jqdata.__all__:
        assert inspect.getdoc(getattr(jqdata, name)), name
    for row in of_module("jqlib.technical_analysis"):
        if row.support is Support.YES:
            assert inspect.getdoc(getattr(technical_analysis, row.name)), row.name


def test_side_modules_import_as_on_joinquant_and_complain_when_used(desk: Desk) -> None:
    names: dict[str, Any] = {}
    exec(
        "import jqfactor\nfrom jqlib.technical_analysis import *\nfrom jqfactor import *\nfrom kuanke.wizard import *\n"
        "from jqlib.optimizer import *\nfrom jqlib.alpha191 import *\nfrom kuanke.user_space_api import *\n"
        "from jqdata.apis import *\n"
        "from jqlib import alpha101\nfrom jqdata import finance, jy\n"
        "class Mine(Factor):\n    name = 'mine'\n    dependencies = ['close']\n",
        names,
    )
    assert {"MACD", "alpha_191", "portfolio_optimizer", "order_target", "Mine"} <= set(names)
    for name in ("HSL", "FSL", "alpha_007"):
        with pytest.raises(NeedsProvider, match=rf"^{name} .*jqdatasdk"):
            names[name]("600000.XSHG", *(["2026-11-02"] if name in ("HSL", "FSL") else []))
    with pytest.raises(ImportError):
        exec("from jqlib.optimizer import no_such_name", names)


def test_styles_can_be_kept_in_g() -> None:
    for kept in (jqdata.LimitOrderStyle(10.5), jqdata.OrderCost(), jqdata.OrderStatus.held):
        assert pickle.loads(pickle.dumps(kept)) == kept

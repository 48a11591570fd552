"""The names a strategy finds, how little importing them costs, and how the missing ones speak up."""

import datetime
import pickle
import subprocess
import sys
import types

import pytest

import jqdata
from jqdata import NeedsProvider
from jqdata.stubs import STUBS, side_modules

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
timedelta math np pd time random
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


@pytest.mark.parametrize("name", sorted(STUBS))
def test_a_missing_name_says_which_one_when_called(name: str) -> None:
    with pytest.raises(NeedsProvider, match=rf"^{name} "):
        STUBS[name]()


def test_columns_of_missing_tables_can_be_named_but_not_used() -> None:
    column = STUBS["valuation"].market_cap
    assert "valuation.market_cap" in repr(column)
    for use in (
        lambda: column > 10,
        lambda: column == 10,
        lambda: 2 * column,
        lambda: column.in_([1]),
        lambda: list(column),
    ):
        with pytest.raises(NeedsProvider, match=r"valuation\.market_cap"):
            use()
    assert not hasattr(column, "__wrapped__")
    assert isinstance(hash(column), int)


def test_side_modules_import_and_complain_when_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, module in side_modules().items():
        monkeypatch.setitem(sys.modules, name, module)
    names: dict[str, object] = {}
    exec("import jqfactor\nfrom jqlib.technical_analysis import MACD\nfrom jqfactor import *", names)
    with pytest.raises(NeedsProvider, match=r"jqlib\.technical_analysis\.MACD"):
        names["MACD"]("600000.XSHG")  # type: ignore[operator]


def test_styles_can_be_kept_in_g() -> None:
    for kept in (jqdata.LimitOrderStyle(10.5), jqdata.OrderCost(), jqdata.OrderStatus.held):
        assert pickle.loads(pickle.dumps(kept)) == kept

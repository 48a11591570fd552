"""The data provider ``tushare``: Tushare Pro by the library tushare, with the user's token.

Statements of all codes at once come from its ``…_vip`` calls, which a token needs enough points for; income and cash
flow are asked for by the single quarter (report type 2), as JoinQuant has them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from common import messages as m
from common.symbols import to_qmt
from jqdata.datasets import DATASETS
from services.strategy.providers import tushare_bars
from services.strategy.providers.faults import Fault, ProviderFault
from services.strategy.providers.periods import named, periods_of
from services.strategy.providers.tushare_bars import compact

if TYPE_CHECKING:
    import pandas as pd


class _Table(NamedTuple):
    """A call, what it takes beside the period, and its columns as JoinQuant's."""

    call: str
    options: dict[str, str]
    names: dict[str, str]


_SINGLE_QUARTER = {"report_type": "2"}
_STATED = {"ts_code": "code", "end_date": "statDate"}
_TABLES = {
    "indicator": _Table("fina_indicator", {}, {
        **_STATED, "ann_date": "pubDate", "q_eps": "eps", "q_roe": "roe", "roa": "roa",
        "q_gsprofit_margin": "gross_profit_margin", "q_netprofit_margin": "net_profit_margin",
        "q_gr_yoy": "inc_total_revenue_year_on_year", "q_sales_yoy": "inc_revenue_year_on_year",
        "q_profit_yoy": "inc_net_profit_year_on_year", "q_netprofit_yoy": "inc_net_profit_to_shareholders_year_on_year",
    }),
    "income": _Table("income", _SINGLE_QUARTER, {
        **_STATED, "f_ann_date": "pubDate", "total_revenue": "total_operating_revenue", "revenue": "operating_revenue",
        "total_cogs": "total_operating_cost", "oper_cost": "operating_cost", "sell_exp": "sale_expense",
        "admin_exp": "administration_expense", "fin_exp": "financial_expense", "operate_profit": "operating_profit",
        "total_profit": "total_profit", "income_tax": "income_tax_expense", "n_income": "net_profit",
        "n_income_attr_p": "np_parent_company_owners", "minority_gain": "minority_profit", "basic_eps": "basic_eps",
        "diluted_eps": "diluted_eps", "rd_exp": "rd_expenses",
    }),
    "balance": _Table("balancesheet", {"report_type": "1"}, {
        **_STATED, "f_ann_date": "pubDate", "money_cap": "cash_equivalents", "accounts_receiv": "account_receivable",
        "inventories": "inventories", "total_cur_assets": "total_current_assets", "fix_assets": "fixed_assets",
        "intan_assets": "intangible_assets", "goodwill": "good_will", "total_nca": "total_non_current_assets",
        "total_assets": "total_assets", "st_borr": "shortterm_loan", "acct_payable": "accounts_payable",
        "total_cur_liab": "total_current_liability", "lt_borr": "longterm_loan", "bond_payable": "bonds_payable",
        "total_ncl": "total_non_current_liability", "total_liab": "total_liability", "cap_rese": "capital_reserve_fund",
        "undistr_porfit": "retained_profit", "minority_int": "minority_interests",
        "total_hldr_eqy_exc_min_int": "equities_parent_company_owners",
        "total_hldr_eqy_inc_min_int": "total_owner_equities",
    }),
    "cash_flow": _Table("cashflow", _SINGLE_QUARTER, {
        **_STATED, "f_ann_date": "pubDate", "c_fr_sale_sg": "goods_sale_and_service_render_cash",
        "c_inf_fr_operate_a": "subtotal_operate_cash_inflow", "st_cash_out_act": "subtotal_operate_cash_outflow",
        "n_cashflow_act": "net_operate_cash_flow", "n_cashflow_inv_act": "net_invest_cash_flow",
        "n_cash_flows_fnc_act": "net_finance_cash_flow", "c_pay_acq_const_fiolta": "fix_intan_other_asset_acqui_cash",
        "n_incr_cash_cash_equ": "cash_equivalent_increase",
    }),
}  # fmt: skip
_VALUATION = {
    "ts_code": "code", "trade_date": "day", "turnover_rate": "turnover_ratio", "pe": "pe_ratio_lyr",
    "pe_ttm": "pe_ratio", "pb": "pb_ratio", "ps_ttm": "ps_ratio", "dv_ratio": "dividend_ratio",
    "total_share": "capitalization", "float_share": "circulating_cap", "free_share": "free_cap",
    "total_mv": "market_cap", "circ_mv": "circulating_market_cap",
}  # fmt: skip
_MARGIN = {
    "ts_code": "sec_code", "trade_date": "date", "rzye": "fin_value", "rzmre": "fin_buy_value",
    "rzche": "fin_refund_value", "rqyl": "sec_value", "rqmcl": "sec_sell_value", "rqchl": "sec_refund_value",
    "rzrqye": "fin_sec_value",
}  # fmt: skip
_SEATS = {
    "ts_code": "code", "trade_date": "day", "exalter": "sales_depart_name", "buy": "buy_value", "buy_rate": "buy_rate",
    "sell": "sell_value", "sell_rate": "sell_rate", "net_buy": "net_value", "reason": "abnormal_name",
    "side": "direction",
}  # fmt: skip
_LOCKED = {"ts_code": "code", "ann_date": "pub_date", "float_date": "day", "float_share": "num", "float_ratio": "rate1"}
_SIZES = {"xl": "elg", "l": "lg", "m": "md", "s": "sm"}
_CODES_ONE_BY_ONE = 20
_BILLBOARD_DAYS_MAX = 60
_REFUSED = ("token", "积分", "权限")


class Tushare:
    """``load`` imports the library at the first question."""

    name = "tushare"
    datasets = frozenset(name for name, one in DATASETS.items() if "tushare" in one.providers)

    def __init__(self, token: str, load: Callable[[], Any] = lambda: import_module("tushare")) -> None:
        self._token, self._load = token, load
        self._pro: Any = None

    def rows(self, want: m.Want) -> pd.DataFrame:
        if self._pro is None:
            self._pro = self._load().pro_api(self._token)
        try:
            return _statements(self._pro, want) if want.dataset in _TABLES else _FETCHES[want.dataset](self._pro, want)
        except (ProviderFault, OSError):
            raise
        except Exception as e:  # the library raises a bare Exception with the server's words
            said = next(iter(str(e).splitlines()), "")
            if any(word in said for word in _REFUSED):
                text = f"Tushare 拒绝了请求（{said}）：请检查 TUSHARE_TOKEN 与账号的积分"
                raise ProviderFault(Fault.CREDENTIALS_REFUSED, text) from e
            raise


def _statements(pro: Any, want: m.Want) -> pd.DataFrame:
    """A few codes are asked for one by one, the market by the ``_vip`` call."""
    import pandas as pd

    call, options, names = _TABLES[want.dataset]
    fields = ",".join(names)
    parts = []
    for period in periods_of(want):
        if 0 < len(want.codes) <= _CODES_ONE_BY_ONE:
            fetch = getattr(pro, call)
            parts += [fetch(ts_code=to_qmt(one), period=period, fields=fields, **options) for one in want.codes]
        else:
            parts.append(getattr(pro, f"{call}_vip")(period=period, fields=fields, **options))
    return named(pd.concat(parts, ignore_index=True), names, code="code", days=["pubDate", "statDate"])


def _valuation(pro: Any, want: m.Want) -> pd.DataFrame:
    """Market values come in 10,000 yuan and are JoinQuant's 100 million."""
    import pandas as pd

    fields = ",".join(_VALUATION)
    if want.mode == "span":
        span = {"start_date": compact(want.first), "end_date": compact(want.last)}
        parts = [pro.daily_basic(ts_code=to_qmt(code), fields=fields, **span) for code in want.codes]
        found = pd.concat(parts, ignore_index=True)
    else:
        found = pro.daily_basic(trade_date=compact(want.last), fields=fields)
    rows = named(found, _VALUATION, code="code", days=["day"])
    return rows.assign(market_cap=rows["market_cap"] / 1e4, circulating_market_cap=rows["circulating_market_cap"] / 1e4)


def _index(pro: Any, want: m.Want) -> pd.DataFrame:
    """Weights are of the end of a month: the newest lies within the six weeks before."""
    first = date.fromisoformat(want.last) - timedelta(days=42)
    found = pro.index_weight(index_code=to_qmt(want.key), start_date=f"{first:%Y%m%d}", end_date=compact(want.last))
    rows = named(found, {"con_code": "code", "trade_date": "day", "weight": "weight"}, code="code", days=["day"])
    return rows.assign(index_code=want.key)


def _money_flow(pro: Any, want: m.Want) -> pd.DataFrame:
    """Net amounts in 10,000 yuan and in percent of the day's; *main* is the two larger sizes."""
    found = _each(pro.moneyflow, want)
    rows = named(found, {"ts_code": "sec_code", "trade_date": "date"}, code="sec_code", days=["date"])
    found = found.loc[rows.index]
    whole = sum(found[f"buy_{size}_amount"] for size in _SIZES.values())
    for ours, theirs in _SIZES.items():
        rows[f"net_amount_{ours}"] = found[f"buy_{theirs}_amount"] - found[f"sell_{theirs}_amount"]
    rows["net_amount_main"] = rows["net_amount_xl"] + rows["net_amount_l"]
    for size in (*_SIZES, "main"):
        rows[f"net_pct_{size}"] = rows[f"net_amount_{size}"] / whole * 100
    return rows


def _margin(pro: Any, want: m.Want) -> pd.DataFrame:
    return named(_each(pro.margin_detail, want), _MARGIN, code="sec_code", days=["date"])


def _locked(pro: Any, want: m.Want) -> pd.DataFrame:
    span = {"start_date": compact(want.first), "end_date": compact(want.last)}
    found = _each(pro.share_float, want) if want.codes else pro.share_float(**span)
    return named(found, _LOCKED, code="code", days=["day", "pub_date"])


def _billboard(pro: Any, want: m.Want) -> pd.DataFrame:
    """The seats of each day, which are asked for day by day."""
    import pandas as pd

    first, last = date.fromisoformat(want.first or want.last), date.fromisoformat(want.last)
    days = [first + timedelta(days=at) for at in range((last - first).days + 1)]
    if len(days) > _BILLBOARD_DAYS_MAX:
        text = f"tushare 的龙虎榜一次最多 {_BILLBOARD_DAYS_MAX} 天：{want.first} 至 {want.last}，请分段查询"
        raise ProviderFault(Fault.PROVIDER_FAILED, text)
    parts = [pro.top_inst(trade_date=f"{day:%Y%m%d}") for day in days if day.weekday() < 5]
    rows = named(pd.concat(parts, ignore_index=True), _SEATS, code="code", days=["day"])
    return rows.assign(direction=rows["direction"].map({"0": "BUY", "1": "SELL"}))


def _each(fetch: Any, want: m.Want) -> pd.DataFrame:
    import pandas as pd

    span = {"start_date": compact(want.first), "end_date": compact(want.last)}
    found: pd.DataFrame = pd.concat([fetch(ts_code=to_qmt(code), **span) for code in want.codes], ignore_index=True)
    return found


_FETCHES: dict[str, Callable[[Any, m.Want], pd.DataFrame]] = {
    **tushare_bars.FETCHES,
    "valuation": _valuation,
    "index_weights": _index,
    "money_flow": _money_flow,
    "mtss": _margin,
    "locked_shares": _locked,
    "billboard": _billboard,
}

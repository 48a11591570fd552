"""The data provider ``akshare``: public web pages by the library akshare, without an account.

Its numbers of statements run from the beginning of the year; those of income and cash flow are turned into the
quarter's own, as JoinQuant has them. The ratios of ``indicator`` stay those since the beginning of the year.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from common import messages as m
from jqdata.datasets import DATASETS
from services.strategy.providers import akshare_bars
from services.strategy.providers.faults import Fault, ProviderFault
from services.strategy.providers.periods import iso, named, of_the_quarter, periods_of, previous_in_year

if TYPE_CHECKING:
    import pandas as pd

_PUBLISHED = {"股票代码": "code", "公告日期": "pubDate", "最新公告日期": "pubDate"}
_TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "indicator": (
        "stock_yjbb_em",
        {
            "每股收益": "eps", "净资产收益率": "roe", "销售毛利率": "gross_profit_margin",
            "营业总收入-同比增长": "inc_total_revenue_year_on_year", "净利润-同比增长": "inc_net_profit_year_on_year",
        },
    ),
    "income": (
        "stock_lrb_em",
        {
            "营业总收入": "total_operating_revenue", "净利润": "net_profit", "营业利润": "operating_profit",
            "利润总额": "total_profit", "营业总支出-营业总支出": "total_operating_cost",
            "营业总支出-营业支出": "operating_cost", "营业总支出-销售费用": "sale_expense",
            "营业总支出-管理费用": "administration_expense", "营业总支出-财务费用": "financial_expense",
        },
    ),
    "balance": (
        "stock_zcfz_em",
        {
            "资产-总资产": "total_assets", "资产-货币资金": "cash_equivalents", "资产-应收账款": "account_receivable",
            "资产-存货": "inventories", "负债-总负债": "total_liability", "负债-应付账款": "accounts_payable",
            "负债-预收账款": "advance_peceipts", "股东权益合计": "total_owner_equities",
        },
    ),
    "cash_flow": (
        "stock_xjll_em",
        {
            "净现金流-净现金流": "cash_equivalent_increase", "经营性现金流-现金流量净额": "net_operate_cash_flow",
            "投资性现金流-现金流量净额": "net_invest_cash_flow", "融资性现金流-现金流量净额": "net_finance_cash_flow",
        },
    ),
}  # fmt: skip
_BILLBOARD = {
    "代码": "code", "上榜日": "day", "上榜原因": "abnormal_name", "龙虎榜买入额": "buy_value",
    "龙虎榜卖出额": "sell_value", "龙虎榜净买额": "net_value", "龙虎榜成交额": "total_value", "市场总成交额": "amount",
}  # fmt: skip
# The page tells more, among it what the price did in the days after: no such column may be added here.


class AkShare:
    """``load`` imports the library at the first question."""

    name = "akshare"
    datasets = frozenset(name for name, one in DATASETS.items() if "akshare" in one.providers)

    def __init__(self, load: Callable[[], Any] = lambda: import_module("akshare")) -> None:
        self._load, self._factors = load, akshare_bars.Factors()

    def rows(self, want: m.Want) -> pd.DataFrame:
        library = self._load()
        if want.dataset == "adjustments":
            return self._factors.rows(library, want)
        if want.dataset in akshare_bars.FETCHES:
            return akshare_bars.FETCHES[want.dataset](library, want)
        if want.dataset == "index_weights":
            return _index(library, want)
        if want.dataset == "billboard":
            return _billboard(library, want)
        if want.dataset in _TABLES:
            return _statements(library, want)
        raise ProviderFault(Fault.NOT_PROVIDED, f"数据源 akshare 没有 {want.dataset}")


def _statements(library: Any, want: m.Want) -> pd.DataFrame:
    import pandas as pd

    fetch, names = _TABLES[want.dataset]
    by_period: dict[str, pd.DataFrame] = {}

    def table(period: str) -> pd.DataFrame:
        if period not in by_period:
            found = getattr(library, fetch)(date=period)
            by_period[period] = named(found, {**_PUBLISHED, **names}, code="code", days=["pubDate"])
        return by_period[period]

    parts = []
    for period in periods_of(want):
        part, before = table(period), previous_in_year(period)
        if want.dataset in ("income", "cash_flow") and before and len(part):
            part = of_the_quarter(part, table(before))
        parts.append(part.assign(statDate=iso(period)))
    return pd.concat(parts, ignore_index=True)


def _index(library: Any, want: m.Want) -> pd.DataFrame:
    """The members as they are listed today, by China Securities Index; of earlier days there are none."""
    symbol = want.key.partition(".")[0]
    if want.columns == ["code"]:
        found = library.index_stock_cons_csindex(symbol=symbol)
        names = {"日期": "day", "成分券代码": "code"}
    else:
        found = library.index_stock_cons_weight_csindex(symbol=symbol)
        names = {"日期": "day", "成分券代码": "code", "成分券名称": "display_name", "权重": "weight"}
    rows = named(found, names, code="code", days=["day"]).assign(index_code=want.key)
    listed = max(rows["day"], default="")
    if listed > want.last:
        text = f"akshare 只有 {listed} 的 {want.key} 成分，没有 {want.last} 的：请改用其他数据源"
        raise ProviderFault(Fault.NO_HISTORY, text)
    return rows


def _billboard(library: Any, want: m.Want) -> pd.DataFrame:
    first = want.first or want.last
    found = library.stock_lhb_detail_em(start_date=first.replace("-", ""), end_date=want.last.replace("-", ""))
    return named(found, _BILLBOARD, code="code", days=["day"])

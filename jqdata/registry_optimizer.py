"""The rows of ``jqlib.optimizer``: names and parameters are JoinQuant's; what JoinQuant leaves open is said here."""

from __future__ import annotations

from collections.abc import Iterator

from jqdata.datasets import givers, spoken
from jqdata.registry import Name, Support

_GROUP, _MODULE = "组合优化 Optimizer", "jqlib.optimizer"
_YEAR = "一年按 250 个交易日，收益为日简单收益率"
_COMPUTED = {
    "portfolio_optimizer": "需要 scipy（pip install 'bullet-bus[research]'）；date 最晚到昨天；失败时日志写明原因",
    "MinVariance": "总权重没有下限时最优解是空仓",
    "MaxProfit": "",
    "MaxSharpeRatio": f"{_YEAR}；任何组合的夏普比率都为负时，只保证是局部最优",
    "MinTrackingError": "",
    "RiskParity": "能精确平价时取限制允许的最大总权重，否则取风险贡献与预算之差平方和最小的权重",
    "MaxScore": "scores 要含每只标的",
    "MinScore": "scores 要含每只标的",
    "WeightConstraint": "",
    "WeightEqualConstraint": "",
    "AnnualStdConstraint": _YEAR,
    "AnnualProfitConstraint": f"{_YEAR}，年化为日均值的 250 倍",
    "MarketConstraint": "类型取自 get_security_info；fund 含 etf、lof、reit",
    "TrackingErrorConstraint": _YEAR,
    "TurnoverConstraint": "换手率为各标的权重变动绝对值之和（买卖都算）；不在 securities 中的持仓按卖出计",
    "RatioConstraint": "var、cvar 不支持（聚宽文档没有给出置信度与正负号）",
    "MaxDrawdownConstraint": "按每日再平衡到该权重的历史净值计算",
    "Bound": "",
    "LiquidityBound": "成交量取 count 日均值，按最近收盘价折算",
}
_INDUSTRY, _INDEX = ("行业资料", "industry_members"), ("行业资料与指数权重", "industry_members")
_ASKED = {
    "MaxFactorValue": ("因子数据", "factor_values", "由 jqfactor.calc_factors 计算"),
    "MinFactorValue": ("因子数据", "factor_values", "由 jqfactor.calc_factors 计算"),
    "IndustryConstraint": (*_INDUSTRY, ""),
    "IndustriesConstraint": (*_INDUSTRY, "没有标的所属的行业不检查"),
    "ExposureConstraint": ("因子数据", "factor_values", "由 jqfactor.calc_factors 计算"),
    "BarraConstraint": ("因子数据", "factor_values", "去极值与标准化只在所给标的之间进行"),
    "IndustryDeviationConstraint": (*_INDEX, ""),
    "IndustriesDeviationConstraint": (*_INDEX, "含基准有而组合没有的行业"),
    "IndustryBound": (*_INDUSTRY, ""),
    "CapBound": ("市值", "valuation", ""),
}


def optimizer_rows() -> Iterator[Name]:
    for name, said in _COMPUTED.items():
        yield Name(name, _GROUP, Support.YES, deviation=said, module=_MODULE)
    for name, (needs, dataset, said) in _ASKED.items():
        yield Name(name, _GROUP, Support.PROVIDER, needs, spoken(givers(dataset)), said, _MODULE)

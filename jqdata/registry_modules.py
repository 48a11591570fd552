"""The rows of JoinQuant's other modules: what ``jqlib``, ``jqfactor`` and ``kuanke`` hold."""

from __future__ import annotations

from collections.abc import Iterator

from jqdata.datasets import givers, spoken
from jqdata.registry import Name, Support

TECHNICAL, OPTIMIZER, FACTOR = "jqlib.technical_analysis", "jqlib.optimizer", "jqfactor"

_NOT_YET = "jqdatasdk（本系统的插件尚未接入）"
_COMPUTED_WRITTEN = (
    "MA EMA SMA EXPMA BBI HMA LMA VMA MACD VMACD TRIX DMA DMI KD KDJ SKDJ LWR RSI CCI WR BIAS BIAS_QL MTM ROC OSC "
    "UDL ATR Bollinger_Bands BOLL BBIBOLL ENE OBV VOL AMO VR PSY CR BRAR MFI EMV DPO ACCER MASS VRSI"
)
COMPUTED = _COMPUTED_WRITTEN.split()
"""The indicators that are computed here, from bars."""

# JoinQuant's other indicators: some need turnover or the whole market, none was met in one file of a hundred.
_OTHERS_WRITTEN = (
    "ADTM BIAS_36 CYF DKX MARSI TAPI FSL CHO CYE DBQR GDX JLHB JS QACD QR UOS VPT WVAD CYR PCNT CCL DBLB DBQRV "
    "HSL AMV ALLIGAT PBX XS XS2 BDZX CDP_STD CJDX CYHT JAX JFZX JYJL LHXJ LYJH TBP_STD ZBCD SG_SMX SG_LB SG_PF "
    "XDT ZLMM RAD SHT CYW CYS CFJT ZSDB ZX PUCU SAR ASI MIKE AROON"
)
_OTHERS = _OTHERS_WRITTEN.split()
_WARM_UP = "由行情现算：递推类指标从 check_date 之前若干根 K 线起算，末位小数可能与聚宽不同"

_OPTIMIZER_WRITTEN = (
    "portfolio_optimizer MinVariance MaxProfit MaxSharpeRatio MinTrackingError RiskParity MaxScore MinScore "
    "MaxFactorValue MinFactorValue WeightConstraint WeightEqualConstraint AnnualStdConstraint "
    "AnnualProfitConstraint IndustryConstraint IndustriesConstraint MarketConstraint ExposureConstraint "
    "BarraConstraint IndustryDeviationConstraint IndustriesDeviationConstraint TrackingErrorConstraint "
    "TurnoverConstraint RatioConstraint MaxDrawdownConstraint Bound IndustryBound LiquidityBound CapBound"
)
_OPTIMIZER = _OPTIMIZER_WRITTEN.split()
_OWN = {
    "Factor": "calc 没有返回值时记为 nan",
    "calc_factors": "价量之外的依赖需要数据源，缺什么报什么；晚于前一天的日期按前一天",
    **dict.fromkeys(("standardlize", "winsorize", "winsorize_med"), "标准差按 n 计算；分位数按线性插值"),
}
"""What is computed here."""

_RISK_MODEL = {
    "get_factor_kanban_values": ("factor_kanban", "jqdatasdk 只有最新一期；只返回两个交易日之前的"),
    "get_factor_stats": ("factor_stats", "只返回两个交易日之前的"),
    "get_factor_style_returns": ("factor_style_returns", "date 晚于前一天的按前一天"),
    "get_factor_specific_returns": ("factor_specific_returns", "date 晚于前一天的按前一天"),
    "get_factor_cov": ("factor_cov", "date 晚于前一天的按前一天"),
}
_RESEARCH = "单因子分析是研究工具：要用到因子之后的收益，实盘里没有；请在研究环境用 jqfactor_analyzer"


def module_rows() -> Iterator[Name]:
    for name in COMPUTED:
        yield Name(name, "技术指标 Indicators", Support.YES, deviation=_WARM_UP, module=TECHNICAL)
    for name in _OTHERS:
        yield Name(name, "技术指标 Indicators", Support.PROVIDER, "技术指标", _NOT_YET, module=TECHNICAL)
    for name in _OPTIMIZER:
        yield Name(name, "组合优化 Optimizer", Support.NO, deviation="没有组合优化器", module=OPTIMIZER)
    yield from _factor_rows("因子 jqfactor")
    for number, module in ((101, "jqlib.alpha101"), (191, "jqlib.alpha191")):
        for index in range(1, number + 1):
            yield Name(f"alpha_{index:03d}", "Alpha 因子", Support.PROVIDER, "Alpha 因子", _NOT_YET, module=module)


def _factor_rows(group: str) -> Iterator[Name]:
    for name, differs in _OWN.items():
        yield Name(name, group, Support.YES, deviation=differs, module=FACTOR)
    for name in ("get_factor_values", "get_all_factors"):
        yield Name(name, group, Support.PROVIDER, "因子数据", spoken(givers("factor_values")), module=FACTOR)
    classified = spoken(givers("industry_members"))
    differs = "date 晚于前一天的按前一天；默认 how 的 market_cap 不取对数（另有 ln_market_cap）"
    yield Name("neutralize", group, Support.PROVIDER, "行业分类与市值", classified, differs, FACTOR)
    for name, (dataset, differs) in _RISK_MODEL.items():
        yield Name(name, group, Support.PROVIDER, "风险模型的数据", spoken(givers(dataset)), differs, FACTOR)
    yield Name("analyze_factor", group, Support.NO, deviation=_RESEARCH, module=FACTOR)

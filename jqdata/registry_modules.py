"""The rows of JoinQuant's other modules: what ``jqlib``, ``jqfactor`` and ``kuanke`` hold."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from jqdata.datasets import givers, spoken
from jqdata.registry import Name, Support
from jqdata.registry_optimizer import optimizer_rows

TECHNICAL, FACTOR = "jqlib.technical_analysis", "jqfactor"

_COMPUTED_WRITTEN = (
    "ACCER ADTM ALLIGAT AMO AMV AROON ATR BBI BBIBOLL BDZX BIAS BIAS_36 BIAS_QL BOLL BRAR Bollinger_Bands CCI "
    "CDP_STD CFJT CHO CJDX CR CYE CYHT CYR CYS CYW DBLB DBQR DBQRV DKX DMA DMI DPO EMA EMV ENE EXPMA GDX HMA JAX "
    "JFZX JLHB JS JYJL KD KDJ LB LHXJ LMA LWR LYJH MA MACD MARSI MASS MFI MIKE MTM OBV OSC PBX PCNT PSY PUCU QACD "
    "QR RAD ROC RSI SG_LB SG_PF SG_SMX SHT SKDJ SMA TAPI TBP_STD TRIX UDL UOS VMA VMACD VOL VPT VR VRSI WR WVAD "
    "XDT XS XS2 ZBCD ZLMM ZSDB ZX"
)
COMPUTED = _COMPUTED_WRITTEN.split()
"""The indicators that are computed here, from bars."""

_WARM_UP = "由行情现算：递推类指标从 check_date 之前若干根 K 线起算，末位小数可能与聚宽不同"

_LONG_MEMORY = "由行情现算：动态移动平均的权重很小，起点的影响消失得慢（取 400 多根 K 线），与聚宽可能有差别"
_AS_WRITTEN = "按公式由行情现算；聚宽文档所列的值取的 K 线更少，与公式的结果不同"
_DEVIATIONS = dict.fromkeys(("GDX", "ZBCD"), _LONG_MEMORY)
_DEVIATIONS |= dict.fromkeys(("BDZX", "EXPMA", "MIKE"), _AS_WRITTEN)
OF_CAPITAL = ("CYF", "HSL")
"""Computed here as well, with the circulating shares that the data provider knows."""

OF_THE_PROVIDER = ("CCL", "FSL")
"""Asked of the data provider: of one the bars are not here (futures), of the other the formula is not certain."""

NOT_AT_JOINQUANT = {
    "alpha101": (48, 58, 59, 63, 67, 69, 70, 76, 79, 80, 81, 82, 87, 89, 90, 91, 93, 97, 100),
    "alpha191": (30, 143, 165, 183),
}
"""Alphas that JoinQuant has names for and no values of."""

_OF_INDUSTRIES = (48, 58, 59, 63, 67, 69, 70, 76, 79, 80, 82, 87, 89, 90, 91, 93, 97, 100)
ALPHAS_OF_BARS = tuple(number for number in range(1, 102) if number not in (*_OF_INDUSTRIES, 56, 96))
"""The alphas of alpha101 that are computed here, from bars."""

_COMPUTED_ALPHA = (
    "由行情按论文公式现算（价格复权到 enddate；adv 为成交量均值；停牌日沿用前收盘、成交量为 0；"
    "除以 0 或无波动时为 nan），与聚宽的值可能不同；DEFAULT_DATA_PROVIDER=jqdata 时取聚宽的值"
)

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
    indicators = "技术指标 Indicators"
    for name in COMPUTED:
        yield Name(name, indicators, Support.YES, deviation=_DEVIATIONS.get(name, _WARM_UP), module=TECHNICAL)
    for name in OF_CAPITAL:
        yield Name(name, indicators, Support.PROVIDER, "流通股本", spoken(givers("valuation")), module=TECHNICAL)
    for name in OF_THE_PROVIDER:
        yield Name(name, indicators, Support.PROVIDER, "技术指标", spoken(givers("technical")), module=TECHNICAL)
    yield from optimizer_rows()
    yield from _factor_rows("因子 jqfactor")
    yield from _alphas("alpha101", 101, ALPHAS_OF_BARS)
    yield from _alphas("alpha191", 191, ())


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


def _alphas(dataset: str, count: int, computed: Collection[int]) -> Iterator[Name]:
    group, module, nowhere = "Alpha 因子", f"jqlib.{dataset}", NOT_AT_JOINQUANT[dataset]
    for number in computed:
        yield Name(f"alpha_{number:03d}", group, Support.YES, deviation=_COMPUTED_ALPHA, module=module)
    others = [number for number in range(1, count + 1) if number not in computed]
    asked, local = ([one for one in others if (one in nowhere) is of_nobody] for of_nobody in (False, True))
    for numbers, there in ((asked, givers(dataset)), (local, ("local",))):
        for number in numbers:
            yield Name(f"alpha_{number:03d}", group, Support.PROVIDER, group, spoken(there), module=module)

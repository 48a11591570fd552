"""The rows of JoinQuant's other modules: what ``jqlib``, ``jqfactor`` and ``kuanke`` hold."""

from __future__ import annotations

from collections.abc import Iterator

from jqdata.datasets import givers, spoken
from jqdata.registry import Name, Support
from jqdata.registry_optimizer import optimizer_rows

TECHNICAL, FACTOR = "jqlib.technical_analysis", "jqfactor"

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

_FACTOR_WRITTEN = (
    "calc_factors analyze_factor neutralize get_factor_kanban_values "
    "get_factor_style_returns get_factor_specific_returns get_factor_cov get_factor_stats"
)
_FACTOR = _FACTOR_WRITTEN.split()


def module_rows() -> Iterator[Name]:
    for name in COMPUTED:
        yield Name(name, "技术指标 Indicators", Support.YES, deviation=_WARM_UP, module=TECHNICAL)
    for name in _OTHERS:
        yield Name(name, "技术指标 Indicators", Support.PROVIDER, "技术指标", _NOT_YET, module=TECHNICAL)
    yield from optimizer_rows()
    factor = "因子 jqfactor"
    yield Name("Factor", factor, Support.YES, deviation="可以继承；计算要用 calc_factors", module=FACTOR)
    for name in ("standardlize", "winsorize", "winsorize_med"):
        yield Name(name, factor, Support.YES, deviation="标准差按 n - 1 计算", module=FACTOR)
    for name in ("get_factor_values", "get_all_factors"):
        yield Name(name, factor, Support.PROVIDER, "因子数据", spoken(givers("factor_values")), module=FACTOR)
    for name in _FACTOR:
        yield Name(name, factor, Support.PROVIDER, "因子数据", _NOT_YET, module=FACTOR)
    for number, module in ((101, "jqlib.alpha101"), (191, "jqlib.alpha191")):
        for index in range(1, number + 1):
            yield Name(f"alpha_{index:03d}", "Alpha 因子", Support.PROVIDER, "Alpha 因子", _NOT_YET, module=module)

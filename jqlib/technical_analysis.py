"""JoinQuant's technical indicators, computed from the bars of the feed; every function gives dicts by code."""

from __future__ import annotations

from jqlib.bands import ATR, BBIBOLL, BOLL, ENE, GDX, JAX, MASS, MIKE, PBX, XS, XS2, Bollinger_Bands
from jqlib.beside import DBLB, DBQR, DBQRV, QR, RAD, SG_LB, SG_PF, SG_SMX, TAPI, XDT, ZSDB
from jqlib.means import ALLIGAT, AMV, BBI, DMA, EMA, EXPMA, HMA, LMA, MA, MACD, QACD, SMA, TRIX, UDL, VMA, VMACD
from jqlib.mood import ACCER, BRAR, CR, CYE, DMI, DPO, JS, MTM, PCNT, PSY, ROC
from jqlib.of_provider import CCL, FSL
from jqlib.signals import BDZX, CDP_STD, CFJT, CJDX, CYHT, JLHB, LHXJ, LYJH, TBP_STD, ZLMM
from jqlib.swing import ADTM, AROON, BIAS, BIAS_36, BIAS_QL, CCI, DKX, KD, KDJ, LWR, MARSI, OSC, RSI, SKDJ, UOS, WR
from jqlib.turnover import CYF, HSL
from jqlib.volume import (
    AMO,
    CHO,
    CYR,
    CYS,
    CYW,
    EMV,
    JFZX,
    JYJL,
    LB,
    MFI,
    OBV,
    PUCU,
    SHT,
    VOL,
    VPT,
    VR,
    VRSI,
    WVAD,
    ZBCD,
    ZX,
)

__all__ = [
    "ACCER", "ADTM", "ALLIGAT", "AMO", "AMV", "AROON", "ATR", "BBI", "BBIBOLL", "BDZX", "BIAS", "BIAS_36",
    "BIAS_QL", "BOLL", "BRAR", "CCI", "CCL", "CDP_STD", "CFJT", "CHO", "CJDX", "CR", "CYE", "CYF", "CYHT",
    "CYR", "CYS", "CYW", "DBLB", "DBQR", "DBQRV", "DKX", "DMA", "DMI", "DPO", "EMA", "EMV", "ENE", "EXPMA",
    "FSL", "GDX", "HMA", "HSL", "JAX", "JFZX", "JLHB", "JS", "JYJL", "KD", "KDJ", "LB", "LHXJ", "LMA", "LWR", "LYJH",
    "MA", "MACD", "MARSI", "MASS", "MFI", "MIKE", "MTM", "OBV", "OSC", "PBX", "PCNT", "PSY", "PUCU", "QACD",
    "QR", "RAD", "ROC", "RSI", "SG_LB", "SG_PF", "SG_SMX", "SHT", "SKDJ", "SMA", "TAPI", "TBP_STD", "TRIX",
    "UDL", "UOS", "VMA", "VMACD", "VOL", "VPT", "VR", "VRSI", "WR", "WVAD", "XDT", "XS", "XS2", "ZBCD", "ZLMM",
    "ZSDB", "ZX", "Bollinger_Bands",
]  # fmt: skip

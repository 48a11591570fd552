"""JoinQuant's technical indicators, computed from the bars of the feed; every function gives dicts by code."""

from __future__ import annotations

from jqdata.missing import missing_of
from jqdata.registry import of_module
from jqlib.bands import ACCER, ATR, BBIBOLL, BOLL, DMI, DPO, ENE, MASS, Bollinger_Bands
from jqlib.means import BBI, DMA, EMA, EXPMA, HMA, LMA, MA, MACD, SMA, TRIX, UDL, VMA
from jqlib.mood import BRAR, CR, MTM, OSC, PSY, ROC
from jqlib.swing import BIAS, BIAS_QL, CCI, KD, KDJ, LWR, RSI, SKDJ, WR
from jqlib.volume import AMO, EMV, MFI, OBV, VMACD, VOL, VR, VRSI

__all__ = [
    "ACCER",
    "AMO",
    "ATR",
    "BBI",
    "BBIBOLL",
    "BIAS",
    "BIAS_QL",
    "BOLL",
    "BRAR",
    "CCI",
    "CR",
    "DMA",
    "DMI",
    "DPO",
    "EMA",
    "EMV",
    "ENE",
    "EXPMA",
    "HMA",
    "KD",
    "KDJ",
    "LMA",
    "LWR",
    "MA",
    "MACD",
    "MASS",
    "MFI",
    "MTM",
    "OBV",
    "OSC",
    "PSY",
    "ROC",
    "RSI",
    "SKDJ",
    "SMA",
    "TRIX",
    "UDL",
    "VMA",
    "VMACD",
    "VOL",
    "VR",
    "VRSI",
    "WR",
    "Bollinger_Bands",
]
__all__ += [row.name for row in of_module(__name__) if row.name not in __all__]
__getattr__ = missing_of(__name__)

"""Indicators against the numbers that JoinQuant's document of them prints for 000001.XSHE.

``pingan.csv`` has its bars as traded, in yuan and lots. The document was written while prices were adjusted to 2017: by
the factor of the ex-day 2016-06-16, for later pages also by that of 2017-07-21. It names one date everywhere; the dates
here are those on which all of its numbers come out. Of CR and PCNT the lines that smooth longest are left out: it read
fewer bars for them.
"""

import csv
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from common.sessions import minute_ends
from jqlib import technical_analysis as ta
from tests.jqdata.desk import Desk, Row

PINGAN = "000001.XSHE"
AS_TRADED, TO_2016, TO_2017, SINCE_2016_TO_2017 = 1.0, 0.821121, 0.80937, 0.98569
SPRING, MAY, LATE_MAY, JANUARY = date(2016, 4, 29), date(2016, 5, 4), date(2016, 5, 31), date(2017, 1, 26)

PUBLISHED: list[tuple[str, date, float, list[float]]] = [
    ("ACCER", SPRING, TO_2016, [0.0013989466754443464]),
    ("ADTM", SPRING, TO_2016, [0.49999999999999584, 0.46909197819443404]),
    ("BIAS_36", SPRING, TO_2016, [0.021666666666666501, -0.054999999999999716, -0.020555555555556992]),
    ("DKX", SPRING, TO_2016, [8.7320238095238096, 8.7608388888888875]),
    ("MARSI", SPRING, TO_2016, [48.10992396473096, 44.033385880780266]),
    ("SKDJ", SPRING, TO_2016, [43.670179685638736, 39.385998813653607]),
    ("BRAR", SPRING, TO_2017, [90.769230769230703, 92.349726775956157]),
    ("CR", SPRING, TO_2017, [92.287917737788732, 140.86650665677868, 147.02494118319379]),
    ("MASS", SPRING, TO_2017, [24.239711786446705, 23.894883731671456]),
    ("PCNT", SPRING, TO_2017, [-0.81775700934579765]),
    ("PSY", SPRING, TO_2017, [50]),
    ("VR", SPRING, TO_2017, [131.42761741216233, 133.5803410407361]),
    ("VOL", SPRING, TO_2017, [500351.23, 430683.87, 474050.945]),
    ("CYE", MAY, TO_2016, [0.22946305644790699, 0.0057132410073656359]),
    ("CHO", MAY, TO_2016, [-2349.7877426190771, -2304.8620185057907]),
    ("DMA", MAY, TO_2016, [0.1094, 0.20262]),
    ("DMI", MAY, TO_2016, [25.688830529080601, 12.721819718749906, 25.604986954849515, 24.423375009809824]),
    ("DPO", MAY, TO_2016, [0.035, 0.0036666666666658188]),
    ("EMV", MAY, TO_2016, [-0.19292255670566558, -0.20164346999313121]),
    ("JS", MAY, TO_2016, [0.22988505747126764, 0.19895890422201745, -0.1505260957714892, 0.0091217971983490014]),
    ("MFI", MAY, TO_2016, [49.042496052317411]),
    ("ROC", MAY, TO_2016, [-1.4557670772676223]),
    ("TRIX", MAY, TO_2016, [0.025791210363593713, 0.069768190877912417]),
    ("UOS", MAY, TO_2016, [57.771547164847973, 53.661130731923997]),
    ("VPT", MAY, TO_2016, [110162.20673868078, 109563.07430249352]),
    ("WVAD", MAY, TO_2016, [92.062648361186916, 33.985407654779912]),
    ("TBP_STD", date(2016, 3, 1), TO_2017, [7.62, 7.9133333333333331, 7.4466666666666663, float("nan"), float("nan")]),
    ("ALLIGAT", LATE_MAY, TO_2017, [8.296, 8.326875, 8.4411538461538456]),
    ("BBIBOLL", LATE_MAY, TO_2017, [8.3691666666666649, 8.5978513909597396, 8.1404819423735901]),
    ("CDP_STD", LATE_MAY, TO_2017, [8.3, 8.4, 8.34, 8.28, 8.22]),
    ("CJDX", LATE_MAY, TO_2017, [0.11002480230239936, -0.01320344720107162, 0.11002480230239936]),
    ("CYHT", LATE_MAY, TO_2017, [80, 17.929490206459231, 17.146097465013412, 20, 50, 78, 40]),
    ("ENE", LATE_MAY, TO_2017, [8.934104, 7.922696, 8.4284]),
    ("HMA", LATE_MAY, TO_2017, [8.3641666666666676]),
    ("JAX", LATE_MAY, TO_2017, [8.5740591143944016, 8.5740591143944016, 8.308706269396076, 8.308706269396076]),
    ("JFZX", LATE_MAY, TO_2017, [51.561349115382981, 48.438650884617019, 50]),
    ("LHXJ", LATE_MAY, TO_2017, [-0.078954910995084795, 0.078954910995084795]),
    ("LMA", LATE_MAY, TO_2017, [8.2675]),
    ("LYJH", LATE_MAY, TO_2017, [70.233318935447187, 41.673107311405985, 80, 50]),
    ("PBX", LATE_MAY, TO_2017, [8.4039531237966347]),
    ("VMA", LATE_MAY, TO_2017, [8.3202083333333334]),
    ("XS", LATE_MAY, TO_2017, [8.919597907192415, 7.9098321063781789, 9.5082405240369283, 7.1728832023436473]),
    ("XS2", LATE_MAY, TO_2017, [8.49507, 8.16193, 8.902368598745646, 7.7375727073209815]),
    ("ATR", JANUARY, AS_TRADED, [0.08, 0.06]),
    ("BBI", JANUARY, AS_TRADED, [9.223020833333333]),
    ("BIAS", JANUARY, AS_TRADED, [0.9012256669069999, 1.4222302744813846, 1.8605285902742783]),
    ("Bollinger_Bands", JANUARY, AS_TRADED, [9.2899945886169739, 9.1745, 9.0590054113830334]),
    ("CCI", JANUARY, AS_TRADED, [176.62274280137152]),
    ("EMA", JANUARY, AS_TRADED, [9.2093998886039152]),
    ("KDJ", JANUARY, AS_TRADED, [89.145187806127595, 82.915346288340473, 101.60487084170185]),
    ("MA", JANUARY, AS_TRADED, [9.26]),
    ("SMA", JANUARY, AS_TRADED, [9.2162678826932893]),
    ("CYW", JANUARY, SINCE_2016_TO_2017, [156.19960836507815]),
    ("SHT", JANUARY, SINCE_2016_TO_2017, [1.9308833356099495, 1.2099901505545463]),
    ("PUCU", date(2016, 12, 30), SINCE_2016_TO_2017, [9.19375, 631259.6525]),
]  # fmt: skip


@cache
def bars(factor: float) -> list[Row]:
    with (Path(__file__).parent / "pingan.csv").open(encoding="utf-8") as file:
        return [_row(line, factor) for line in csv.DictReader(file)]


def _row(line: dict[str, str], factor: float) -> Row:
    o, h, low, c = (
        int(float(line[name]) * factor * 100 + 0.5 + 1e-7) * 100 for name in ("open", "high", "low", "close")
    )
    shares = round(float(line["lots"]) * 100 / factor)
    label = minute_ends(date.fromisoformat(line["day"]))[-1]
    return label, o, h, low, c, shares, shares * (h + low) // 2, c, 0


@pytest.mark.parametrize(("name", "day", "factor", "printed"), PUBLISHED)
def test_an_indicator_is_what_joinquant_prints(
    desk: Desk, name: str, day: date, factor: float, printed: list[float]
) -> None:
    desk.daily[PINGAN] = bars(factor)
    found = getattr(ta, name)(PINGAN, day)
    values = [line[PINGAN] for line in (found if isinstance(found, tuple) else (found,))]
    assert values[: len(printed)] == pytest.approx(printed, rel=5e-5, nan_ok=True)

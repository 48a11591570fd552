"""JoinQuant's written formulas of technical_analysis in the slow words, with their default parameters."""

from collections.abc import Callable
from typing import Any

from tests.jqdata import slow_words as w
from tests.jqdata.slow_words import Line, Slow

Lines = tuple[Line, ...]


def adtm(x: Slow) -> Lines:
    up = w.when(x.o <= w.ref(x.o, 1), 0, w.larger(x.h - x.o, x.o - w.ref(x.o, 1)))
    down = w.when(x.o >= w.ref(x.o, 1), 0, w.larger(x.o - x.l, x.o - w.ref(x.o, 1)))
    stm, sbm = w.total(up, 23), w.total(down, 23)
    found = w.when(stm > sbm, (stm - sbm) / stm, w.when(stm >= sbm, 0, (stm - sbm) / sbm))
    return found, w.ma(found, 8)


def dkx(x: Slow) -> Lines:
    mid = (3 * x.c + x.l + x.o + x.h) / 6
    found = 20 * mid
    for back in range(1, 19):
        found = found + (20 - back) * w.ref(mid, back)
    found = (found + w.ref(mid, 20)) / 210
    return found, w.ma(found, 10)


def rsi(x: Line, n: int) -> Line:
    moved = x - w.ref(x, 1)
    up, down = w.when(moved >= 0, moved, 0), w.when(moved < 0, 0 - moved, 0)
    return 100 * w.sma(up, n) / (w.sma(up, n) + w.sma(down, n))


def uos(x: Slow) -> Lines:
    high, low = w.larger(x.h, w.ref(x.c, 1)), w.smaller(x.l, w.ref(x.c, 1))
    first, second, third = (w.total(x.c - low, n) / w.total(high - low, n) for n in (7, 14, 28))
    found = (first * 14 * 28 + second * 7 * 28 + third * 7 * 14) * 100 / (7 * 14 + 7 * 28 + 14 * 28)
    return found, w.expmema(found, 6)


def aroon(x: Slow) -> Lines:
    return (25 - w.bars_since_high(x.h, 25)) / 25 * 100, (25 - w.bars_since_high(0 - x.h, 25)) / 25 * 100


def true_range(x: Slow) -> Line:
    before = w.ref(x.c, 1)
    return w.larger(w.larger(x.h - x.l, w.size(before - x.h)), w.size(before - x.l))


def dmi(x: Slow) -> Lines:
    up, down = x.h - w.ref(x.h, 1), w.ref(x.l, 1) - x.l
    moved = w.expmema(true_range(x), 14)
    pdi = w.expmema(w.when((up > 0) & (up > down), up, up * 0), 14) * 100 / moved
    mdi = w.expmema(w.when((down > 0) & (down > up), down, up * 0), 14) * 100 / moved
    adx = w.expmema(w.size(mdi - pdi) / (mdi + pdi) * 100, 6)
    return pdi, mdi, adx, w.expmema(adx, 6)


def cye(x: Slow) -> Lines:
    quick, slow = w.ma(x.c, 5), w.ma(w.ma(x.c, 20), 5)
    return tuple((one - w.ref(one, 1)) / w.ref(one, 1) * 100 for one in (quick, slow))


def js(x: Slow) -> Lines:
    found = 100 * (x.c - w.ref(x.c, 5)) / (5 * w.ref(x.c, 5))
    return found, w.ma(found, 5), w.ma(found, 10), w.ma(found, 20)


def pcnt(x: Slow) -> Lines:
    found = (x.c - w.ref(x.c, 1)) / x.c * 100
    return found, w.expmema(found, 5)


def bias_36(x: Slow) -> Lines:
    found = w.ma(x.c, 3) - w.ma(x.c, 6)
    return found, w.ma(x.c, 6) - w.ma(x.c, 12), w.ma(found, 6)


def qacd(x: Slow) -> Lines:
    dif = w.ema(x.c, 12) - w.ema(x.c, 26)
    return dif, w.ema(dif, 9), dif - w.ema(dif, 9)


def alligat(x: Slow) -> Lines:
    middle = (x.h + x.l) / 2
    return w.ref(w.ma(middle, 5), 3), w.ref(w.ma(middle, 8), 5), w.ref(w.ma(middle, 13), 8)


def mike(x: Slow) -> Lines:
    hlc = w.ref(w.ma((x.h + x.l + x.c) / 3, 10), 1)
    hv, lv = w.ema(w.hhv(x.h, 10), 3), w.ema(w.llv(x.l, 10), 3)
    up = 2 * hv - lv, hlc + hv - lv, hlc * 2 - lv
    down = hlc * 2 - hv, hlc - hv + lv, 2 * lv - hv
    return tuple(w.ema(one, 3) for one in (*up, *down))


def xs(x: Slow) -> Lines:
    traded = x.c * x.v
    parts = [w.expmema(traded, n) / w.expmema(x.v, n) for n in (3, 6, 12, 24)]
    found = w.expmema((parts[0] + parts[1] + parts[2] + parts[3]) / 4, 13)
    close = w.expmema(x.c, 9)
    return 1.06 * found, found * 0.94, w.expmema(close * 1.14, 5), w.expmema(close * 0.86, 5)


def weighted(x: Slow) -> Line:
    return (2 * x.c + x.h + x.l) / 4


def off(x: Slow, n: int) -> Line:
    return w.size(weighted(x) - w.ma(x.c, n)) / w.ma(x.c, n)


def xs2(x: Slow) -> Lines:
    mean, middle = w.ma(weighted(x), 5), w.dma(x.c, off(x, 20))
    return mean * 102 / 100, mean * 98 / 100, 1.07 * middle, 0.93 * middle


def gdx(x: Slow) -> Lines:
    middle = w.dma(x.c, off(x, 30))
    return middle, 1.09 * middle, 0.91 * middle


def jax(x: Slow) -> Lines:
    middle = w.dma(weighted(x), off(x, 30))
    near = w.ma(x.c * weighted(x), 3) / middle
    found = near - (near - middle) / middle / 3 * near
    return middle, w.when(found <= middle, middle, None), found, w.when(found <= middle, found, None)


def cho(x: Slow) -> Lines:
    summed = w.cumulated(x.v * (2 * x.c - x.h - x.l) / (x.h + x.l))
    found = w.ma(summed, 10) - w.ma(summed, 20)
    return found, w.ma(found, 6)


def vpt(x: Slow) -> Lines:
    found = w.total(x.v * (x.c - w.ref(x.c, 1)) / w.ref(x.c, 1), 51)
    return found, w.ma(found, 6)


def wvad(x: Slow) -> Lines:
    found = w.total((x.c - x.o) / (x.h - x.l) * x.v, 24) / 10000
    return found, w.ma(found, 6)


def cost(x: Slow) -> Line:
    return 0.01 * w.ema(x.m, 13) / w.ema(x.v, 13)


def cyr(x: Slow) -> Lines:
    found = (cost(x) / w.ref(cost(x), 1) - 1) * 100
    return found, w.ma(found, 5)


def cyw(x: Slow) -> Lines:
    wide = x.h - x.l
    return (w.total(((x.c - x.l) / wide + (x.c - x.h) / wide) * x.v, 10) / 10000,)


def jfzx(x: Slow) -> Lines:
    found = w.total(w.when(x.c > x.o, x.v, 0), 30) / w.total(x.v, 30) * 100
    return found, 100 - found, x.c * 0 + 50


def sht(x: Slow) -> Lines:
    faster = w.ma((x.v - w.ref(x.v, 1)) / w.ref(x.v, 1), 5)
    found = (x.c - w.ma(x.c, 24)) / w.ma(x.c, 24) * 100 * (1 + faster)
    return found, w.ma(found, 5)


def zbcd(x: Slow) -> Lines:
    var1 = x.m / x.v / 7
    var2 = (3 * x.h + x.l + x.o + 2 * x.c) / 7
    var3 = w.total(x.m, 10) / var1 / 7
    var4 = w.dma(var2, x.v / var3)
    return ((x.c - var4) / var4 * 100,)


def place(x: Line, bar: Slow, n: int) -> Line:
    return (x - w.llv(bar.l, n)) / (w.hhv(bar.h, n) - w.llv(bar.l, n)) * 100


def jlhb(x: Slow) -> Lines:
    b = w.sma(place(x.c, x, 60) * 0.8, 7)
    slow = w.sma(b, 5)
    return b, slow, w.when(w.cross(b, slow) & (b < 40), 50, 0)


def bdzx(x: Slow) -> Lines:
    var1 = weighted(x)
    var4 = ((var1 - w.ema(var1, 21)) / w.std(var1, 21) * 100 + 200) / 4
    ak = w.ema((w.ema(var4, 5) - 25) * 1.56, 2) * 1.22
    ad1 = w.ema(ak, 2)
    flat = x.c * 0
    signals = w.when(w.cross(ak, ad1), 58, 20), w.when(w.cross(ad1, ak), 58, 20)
    return ak, ad1, 3 * ak - 2 * ad1, flat + 100, flat, flat + 80, *signals


def cdp(x: Slow) -> Lines:
    high, low, close = w.ref(x.h, 1), w.ref(x.l, 1), w.ref(x.c, 1)
    found = (high + low + close) / 3
    levels = 2 * found + high - 2 * low, found + found - low, found + found - high, 2 * found - 2 * high + low
    return found, *levels


def cjdx(x: Slow) -> Lines:
    var2 = w.expmema(w.expmema(w.expmema(weighted(x), 4), 4), 4)
    j = (var2 - w.ref(var2, 1)) / w.ref(var2, 1) * 100
    return j, w.ma(j, 3), w.ma(j, 1)


def cyht(x: Slow) -> Lines:
    sk = w.expmema(place((2 * x.c + x.h + x.l + x.o) / 5, x, 34), 13)
    sd = w.expmema(sk, 3)
    flat = x.c * 0
    signals = w.when(w.cross(sd, sk), 60, 78), w.when(w.cross(sk, sd), 40, 22)
    return flat + 80, sk, sd, flat + 20, flat + 50, *signals


def lhxj(x: Slow) -> Lines:
    apart = w.expmema(weighted(x), 13) - w.expmema(weighted(x), 34)
    found = apart - w.expmema(apart, 5)
    return (-2) * found * 3.8, 2 * found * 3.8


def lyjh(x: Slow) -> Lines:
    empty = (w.hhv(x.h, 36) - x.c) / (w.hhv(x.h, 36) - w.llv(x.l, 36)) * 100
    flat = x.c * 0
    return w.sma(empty, 2), w.sma(place(x.c, x, 9), 5) - 8, flat + 80, flat + 50


def tbp(x: Slow) -> Lines:
    middle, wide = (x.h + x.l + x.c) / 3, true_range(x)
    mf0 = x.c - w.ref(x.c, 2)
    mf1, mf2 = w.ref(mf0, 1), w.ref(mf0, 2)
    up = w.bars_last((mf0 > mf1) & (mf0 > mf2)) < w.bars_last((mf0 < mf1) & (mf0 < mf2))
    found = w.ref(w.ref(x.c, 1) + w.when(up, w.smaller(mf0, mf1), w.larger(mf0, mf1)), 1)
    long = w.when(up, middle * 2 - x.l, None), w.when(up, middle - wide, None)
    short = w.when(up, None, middle * 2 - x.h), w.when(up, None, middle + wide)
    return found, *(w.ref(one, 1) for one in (*long, *short))


def zlmm(x: Slow) -> Lines:
    short = w.ma(3 * rsi(x.c, 12) - 2 * rsi(x.c, 16), 3)
    return short, w.ema(short, 8), w.ma(3 * rsi(x.c, 18) - 2 * rsi(x.c, 12), 5)


def cfjt(x: Slow) -> Lines:
    quick = w.ema(x.c, 10)
    step = w.ref(w.ema(x.c, 14), 1)
    apart = (quick - step) / step * 100
    turns = []
    for since in (w.bars_last(w.cross(apart, 0)), w.bars_last(w.cross(0 - apart, 0))):
        rows = [row - int(back or 0) - 1 if back != float("inf") else -1 for row, back in enumerate(since.rows)]
        turns.append(Line([quick.rows[row] if row >= 0 else None for row in rows]))
    return step, apart, w.when(apart >= 0, turns[0], None), w.when(apart < 0, turns[1], None)


SLOWLY: dict[str, Callable[[Slow], Lines]] = {
    "ADTM": adtm, "DKX": dkx, "UOS": uos, "AROON": aroon, "DMI": dmi, "CYE": cye, "JS": js, "PCNT": pcnt,
    "BIAS_36": bias_36, "QACD": qacd, "ALLIGAT": alligat, "MIKE": mike, "XS": xs, "XS2": xs2, "GDX": gdx, "JAX": jax,
    "CHO": cho, "VPT": vpt, "WVAD": wvad, "CYR": cyr, "CYW": cyw, "JFZX": jfzx, "SHT": sht, "ZBCD": zbcd,
    "JLHB": jlhb, "BDZX": bdzx, "CDP_STD": cdp, "CJDX": cjdx, "CYHT": cyht, "LHXJ": lhxj, "LYJH": lyjh,
    "TBP_STD": tbp, "ZLMM": zlmm, "CFJT": cfjt,
    "MARSI": lambda x: (w.ma(rsi(x.c, 10), 10), w.ma(rsi(x.c, 6), 6)),
    "AMV": lambda x: (w.total(x.v * (x.o + x.c) / 2, 13) / w.total(x.v, 13),),
    "PBX": lambda x: ((w.expmema(x.c, 9) + w.ma(x.c, 18) + w.ma(x.c, 36)) / 3,),
    "CYS": lambda x: ((x.c - cost(x)) / cost(x) * 100,),
    "JYJL": lambda x: (w.total(x.v, 120) * 100, w.total(x.v, 120) * 100 / (120 / 5)),
    "ZX": lambda x: (0.01 * x.m / x.v,),
    "PUCU": lambda x: (w.ma(x.c, 24), w.ma(x.v, 24)),
}  # fmt: skip


def change(x: Line, n: int) -> Line:
    return (x - w.ref(x, n)) / w.ref(x, n)


def qr(x: Slow, i: Slow) -> Lines:
    own, market = change(x.c, 21) * 100, change(i.c, 21) * 100
    return own, market, w.ema(own - market, 2)


def dbqr(x: Slow, i: Slow) -> Lines:
    own = change(x.c, 5)
    return change(i.c, 5), own, w.ma(own, 10), w.ma(own, 20), w.ma(own, 60)


def dblb(x: Slow, i: Slow) -> Lines:
    own, market = (one.v / w.total(w.ref(one.v, 1), 5) for one in (x, i))
    return own / market, w.ma(own / market, 5)


def over(x: Line, i: Line, *means: Callable[[Line], Line]) -> Lines:
    return x / i, *(mean(x / i) for mean in means)


def sg_pf(x: Slow, i: Slow) -> Lines:
    own = x.c / i.c * 1000
    points = [w.when(own >= w.hhv(own, n), given, 0) for n, given in ((3, 10), (5, 15), (10, 20), (2, 10))]
    risen = w.total(own > w.ref(own, 1), 9) * 5
    return (points[0] + points[1] + points[2] + points[3] + risen,)


def rad(x: Slow, i: Slow) -> Lines:
    middles = [w.ma((one.o + one.h + one.c + one.l) / 4, 3) for one in (x, i)]
    own, market = ((one - w.ref(one, 1)) / one for one in middles)
    found = w.total((own - market) * 2, 30) * 1000
    return found, w.sma(found, 30)


SLOWLY_BESIDE: dict[str, Callable[[Slow, Slow], Any]] = {
    "QR": qr, "DBQR": dbqr, "DBLB": dblb, "SG_PF": sg_pf, "RAD": rad,
    "DBQRV": lambda x, i: (change(i.v, 5), change(x.v, 5)),
    "TAPI": lambda x, i: (x.m / i.c, w.ma(x.m / i.c, 6)),
    "XDT": lambda x, i: over(x.c * 1000, i.c, lambda y: w.ma(y, 5), lambda y: w.ma(y, 10)),
    "SG_LB": lambda x, i: over(x.v * 1000, i.v, lambda y: w.ma(y, 5), lambda y: w.ma(y, 10)),
    "SG_SMX": lambda x, i: tuple(w.ema(x.c / i.c * 2000, n) for n in (3, 17, 34)),
}  # fmt: skip

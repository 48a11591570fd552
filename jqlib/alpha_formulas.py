"""The formulas of "101 Formulaic Alphas" (Kakushadze 2016, appendix A) that take nothing but bars.

Of the twenty others eighteen compare with an industry (indneutralize), 56 takes the market value, and 96 correlates
ranks over three days that hardly ever vary: by the letter it has no value almost anywhere.
"""

from __future__ import annotations

from jqlib.alpha_words import (
    absolute,
    adv,
    blend,
    close,
    correlation,
    covariance,
    decay_linear,
    delay,
    delta,
    high,
    larger,
    log,
    low,
    mean,
    open,
    product,
    rank,
    returns,
    scale,
    sign,
    signed_power,
    smaller,
    std,
    total,
    ts_argmax,
    ts_argmin,
    ts_max,
    ts_min,
    ts_rank,
    volume,
    vwap,
    where,
)
from jqlib.expressions import Expr

_rise = delta(close, 1)
_gain = close - open
_middle = (high + low) / 2
_lies = ((close - low) - (high - close)) / (high - low)
_bend = (delay(close, 20) - delay(close, 10)) / 10 - (delay(close, 10) - close) / 10
_wide = (high - low) / mean(close, 5)
_earned = total(open, 5) * total(returns, 5)


def _turned_unless_steady(days: int) -> Expr:
    """The rise after rises or falls only, else the rise with its sign changed."""
    return where(ts_min(_rise, days) > 0, _rise, where(ts_max(_rise, days) < 0, _rise, -_rise))


def _unless_bent(bound: float) -> Expr:
    return where(_bend < bound, 1, -_rise)


def _weighing(x: Expr, y: Expr) -> Expr:
    """-1 where ``x`` ranks below ``y``, else 0."""
    return -(x < y)


FORMULAS: dict[int, Expr] = {
    1: rank(ts_argmax(signed_power(where(returns < 0, std(returns, 20), close), 2), 5)) - 0.5,
    2: -correlation(rank(delta(log(volume), 2)), rank(_gain / open), 6),
    3: -correlation(rank(open), rank(volume), 10),
    4: -ts_rank(rank(low), 9),
    5: rank(open - mean(vwap, 10)) * -absolute(rank(close - vwap)),
    6: -correlation(open, volume, 10),
    7: where(adv(20) < volume, -ts_rank(absolute(delta(close, 7)), 60) * sign(delta(close, 7)), -1),
    8: -rank(_earned - delay(_earned, 10)),
    9: _turned_unless_steady(5),
    10: rank(_turned_unless_steady(4)),
    11: (rank(ts_max(vwap - close, 3)) + rank(ts_min(vwap - close, 3))) * rank(delta(volume, 3)),
    12: sign(delta(volume, 1)) * -_rise,
    13: -rank(covariance(rank(close), rank(volume), 5)),
    14: -rank(delta(returns, 3)) * correlation(open, volume, 10),
    15: -total(rank(correlation(rank(high), rank(volume), 3)), 3),
    16: -rank(covariance(rank(high), rank(volume), 5)),
    17: -rank(ts_rank(close, 10)) * rank(delta(_rise, 1)) * rank(ts_rank(volume / adv(20), 5)),
    18: -rank(std(absolute(_gain), 5) + _gain + correlation(close, open, 10)),
    19: -sign(close - delay(close, 7) + delta(close, 7)) * (1 + rank(1 + total(returns, 250))),
    20: -rank(open - delay(high, 1)) * rank(open - delay(close, 1)) * rank(open - delay(low, 1)),
    21: where(
        mean(close, 8) + std(close, 8) < mean(close, 2),
        -1,
        where(mean(close, 2) < mean(close, 8) - std(close, 8), 1, where(volume / adv(20) < 1, -1, 1)),
    ),
    22: -(delta(correlation(high, volume, 5), 5) * rank(std(close, 20))),
    23: where(mean(high, 20) < high, -delta(high, 2), 0),
    24: where(delta(mean(close, 100), 100) / delay(close, 100) > 0.05, -delta(close, 3), -(close - ts_min(close, 100))),
    25: rank(-returns * adv(20) * vwap * (high - close)),
    26: -ts_max(correlation(ts_rank(volume, 5), ts_rank(high, 5), 5), 3),
    27: where(rank(mean(correlation(rank(volume), rank(vwap), 6), 2)) > 0.5, -1, 1),
    28: scale(correlation(adv(20), low, 5) + _middle - close),
    29: ts_min(product(rank(rank(scale(log(total(ts_min(rank(rank(-rank(delta(close - 1, 5)))), 2), 1))))), 1), 5)
    + ts_rank(delay(-returns, 6), 5),
    30: (1 - rank(sign(_rise) + sign(delay(_rise, 1)) + sign(delay(_rise, 2)))) * total(volume, 5) / total(volume, 20),
    31: rank(rank(rank(decay_linear(-rank(rank(delta(close, 10))), 10))))
    + rank(-delta(close, 3))
    + sign(scale(correlation(adv(20), low, 12))),
    32: scale(mean(close, 7) - close) + 20 * scale(correlation(vwap, delay(close, 5), 230)),
    33: rank(-(1 - open / close)),
    34: rank((1 - rank(std(returns, 2) / std(returns, 5))) + (1 - rank(_rise))),
    35: ts_rank(volume, 32) * (1 - ts_rank(close + high - low, 16)) * (1 - ts_rank(returns, 32)),
    36: 2.21 * rank(correlation(_gain, delay(volume, 1), 15))
    + 0.7 * rank(open - close)
    + 0.73 * rank(ts_rank(delay(-returns, 6), 5))
    + rank(absolute(correlation(vwap, adv(20), 6)))
    + 0.6 * rank((mean(close, 200) - open) * _gain),
    37: rank(correlation(delay(open - close, 1), close, 200)) + rank(open - close),
    38: -rank(ts_rank(close, 10)) * rank(close / open),
    39: -rank(delta(close, 7) * (1 - rank(decay_linear(volume / adv(20), 9)))) * (1 + rank(total(returns, 250))),
    40: -rank(std(high, 10)) * correlation(high, volume, 10),
    41: (high * low) ** 0.5 - vwap,
    42: rank(vwap - close) / rank(vwap + close),
    43: ts_rank(volume / adv(20), 20) * ts_rank(-delta(close, 7), 8),
    44: -correlation(high, rank(volume), 5),
    45: -(rank(mean(delay(close, 5), 20)) * correlation(close, volume, 2))
    * rank(correlation(total(close, 5), total(close, 20), 2)),
    46: where(_bend > 0.25, -1, where(_bend < 0, 1, -_rise)),
    47: rank(1 / close) * volume / adv(20) * (high * rank(high - close) / mean(high, 5)) - rank(delta(vwap, 5)),
    49: _unless_bent(-0.1),
    50: -ts_max(rank(correlation(rank(volume), rank(vwap), 5)), 5),
    51: _unless_bent(-0.05),
    52: (-ts_min(low, 5) + delay(ts_min(low, 5), 5))
    * rank((total(returns, 240) - total(returns, 20)) / 220)
    * ts_rank(volume, 5),
    53: -delta(((close - low) - (high - close)) / (close - low), 9),
    54: -((low - close) * open**5) / ((low - high) * close**5),
    55: -correlation(rank((close - ts_min(low, 12)) / (ts_max(high, 12) - ts_min(low, 12))), rank(volume), 6),
    57: -((close - vwap) / decay_linear(rank(ts_argmax(close, 30)), 2)),
    60: -(2 * scale(rank(_lies * volume)) - scale(rank(ts_argmax(close, 10)))),
    61: rank(vwap - ts_min(vwap, 16.1219)) < rank(correlation(vwap, adv(180), 17.9282)),
    62: _weighing(
        rank(correlation(vwap, total(adv(20), 22.4101), 9.91009)),
        rank(rank(open) + rank(open) < rank(_middle) + rank(high)),
    ),
    64: _weighing(
        rank(correlation(total(blend(open, low, 0.178404), 12.7054), total(adv(120), 12.7054), 16.6208)),
        rank(delta(blend(_middle, vwap, 0.178404), 3.69741)),
    ),
    65: _weighing(
        rank(correlation(blend(open, vwap, 0.00817205), total(adv(60), 8.6911), 6.40374)),
        rank(open - ts_min(open, 13.635)),
    ),
    66: -(
        rank(decay_linear(delta(vwap, 3.51013), 7.23052))
        + ts_rank(decay_linear((blend(low, low, 0.96633) - vwap) / (open - _middle), 11.4157), 6.72611)
    ),
    68: _weighing(
        ts_rank(correlation(rank(high), rank(adv(15)), 8.91644), 13.9333),
        rank(delta(blend(close, low, 0.518371), 1.06157)),
    ),
    71: larger(
        ts_rank(
            decay_linear(correlation(ts_rank(close, 3.43976), ts_rank(adv(180), 12.0647), 18.0175), 4.20501), 15.6948
        ),
        ts_rank(decay_linear(rank((low + open) - (vwap + vwap)) ** 2, 16.4662), 4.4388),
    ),
    72: rank(decay_linear(correlation(_middle, adv(40), 8.93345), 10.1519))
    / rank(decay_linear(correlation(ts_rank(vwap, 3.72469), ts_rank(volume, 18.5188), 6.86671), 2.95011)),
    73: -larger(
        rank(decay_linear(delta(vwap, 4.72775), 2.91864)),
        ts_rank(
            decay_linear(-(delta(blend(open, low, 0.147155), 2.03608) / blend(open, low, 0.147155)), 3.33829), 16.7411
        ),
    ),
    74: _weighing(
        rank(correlation(close, total(adv(30), 37.4843), 15.1365)),
        rank(correlation(rank(blend(high, vwap, 0.0261661)), rank(volume), 11.4791)),
    ),
    75: rank(correlation(vwap, volume, 4.24304)) < rank(correlation(rank(low), rank(adv(50)), 12.4413)),
    77: smaller(
        rank(decay_linear((_middle + high) - (vwap + high), 20.0451)),
        rank(decay_linear(correlation(_middle, adv(40), 3.1614), 5.64125)),
    ),
    78: rank(correlation(total(blend(low, vwap, 0.352233), 19.7428), total(adv(40), 19.7428), 6.83313))
    ** rank(correlation(rank(vwap), rank(volume), 5.77492)),
    81: _weighing(
        rank(log(product(rank(rank(correlation(vwap, total(adv(10), 49.6054), 8.47743)) ** 4), 14.9655))),
        rank(correlation(rank(vwap), rank(volume), 5.07914)),
    ),
    83: rank(delay(_wide, 2)) * rank(rank(volume)) / (_wide / (vwap - close)),
    84: signed_power(ts_rank(vwap - ts_max(vwap, 15.3217), 20.7127), delta(close, 4.96796)),
    85: rank(correlation(blend(high, close, 0.876703), adv(30), 9.61331))
    ** rank(correlation(ts_rank(_middle, 3.70596), ts_rank(volume, 10.1595), 7.11408)),
    86: _weighing(
        ts_rank(correlation(close, total(adv(20), 14.7444), 6.00049), 20.4195), rank((open + close) - (vwap + open))
    ),
    88: smaller(
        rank(decay_linear((rank(open) + rank(low)) - (rank(high) + rank(close)), 8.06882)),
        ts_rank(
            decay_linear(correlation(ts_rank(close, 8.44728), ts_rank(adv(60), 20.6966), 8.01266), 6.65053), 2.61957
        ),
    ),
    92: smaller(
        ts_rank(decay_linear(_middle + close < low + open, 14.7221), 18.8683),
        ts_rank(decay_linear(correlation(rank(low), rank(adv(30)), 7.58555), 6.94024), 6.80584),
    ),
    94: -(
        rank(vwap - ts_min(vwap, 11.5783))
        ** ts_rank(correlation(ts_rank(vwap, 19.6462), ts_rank(adv(60), 4.02992), 18.0926), 2.70756)
    ),
    95: rank(open - ts_min(open, 12.4105))
    < ts_rank(rank(correlation(total(_middle, 19.1351), total(adv(40), 19.1351), 12.8742)) ** 5, 11.7584),
    98: rank(decay_linear(correlation(vwap, total(adv(5), 26.4719), 4.58418), 7.18088))
    - rank(
        decay_linear(ts_rank(ts_argmin(correlation(rank(open), rank(adv(15)), 20.8187), 8.62571), 6.95668), 8.07206)
    ),
    99: _weighing(
        rank(correlation(total(_middle, 19.8975), total(adv(60), 19.8975), 8.8136)),
        rank(correlation(low, volume, 6.28259)),
    ),
    101: _gain / ((high - low) + 0.001),
}

"""The words that indicator formulas are written in (通达信): arithmetic over columns, nan where rows are short."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Marks = NDArray[np.bool_]


def ref(x: Floats, n: int) -> Floats:
    """The value ``n`` rows before."""
    if n == 0:
        return x
    before: Floats = np.r_[np.full(min(n, len(x)), np.nan), x[:-n]]
    return before


def ma(x: Floats, n: int) -> Floats:
    """Mean of the last ``n`` rows."""
    return _over_windows(x, n, np.mean)


def total(x: Floats, n: int) -> Floats:
    """SUM of the last ``n`` rows."""
    return _over_windows(x, n, np.sum)


def hhv(x: Floats, n: int) -> Floats:
    """The highest of the last ``n`` rows."""
    return _over_windows(x, n, np.max)


def llv(x: Floats, n: int) -> Floats:
    """The lowest of the last ``n`` rows."""
    return _over_windows(x, n, np.min)


def std(x: Floats, n: int, ddof: int = 1) -> Floats:
    """Standard deviation of the last ``n`` rows; STD of the formulas divides by n - 1."""
    return _over_windows(x, n, lambda windows, axis: np.std(windows, axis=axis, ddof=ddof))


def avedev(x: Floats, n: int) -> Floats:
    """Mean distance of the last ``n`` rows from their mean."""
    return _over_windows(x, n, lambda w, axis: np.mean(np.abs(w - np.mean(w, axis=axis, keepdims=True)), axis=axis))


def slope(x: Floats, n: int) -> Floats:
    """Slope of the straight line through the last ``n`` rows."""
    at = np.arange(n) - (n - 1) / 2
    return _over_windows(x, n, lambda w, axis: np.sum(w * at, axis=axis) / np.sum(at * at))


def ema(x: Floats, n: int) -> Floats:
    """EMA: the newest row weighs 2 of n + 1."""
    return _smoothed(x, 2 / (n + 1))


def sma(x: Floats, n: int, m: int = 1) -> Floats:
    """SMA: the newest row weighs m of n."""
    return _smoothed(x, m / n)


def mema(x: Floats, n: int) -> Floats:
    """MEMA: the newest row weighs 1 of n."""
    return sma(x, n, 1)


def expmema(x: Floats, n: int) -> Floats:
    """EXPMEMA: an EMA that begins with the mean of its first ``n`` rows instead of the first one; nan before."""
    numbers = np.flatnonzero(~np.isnan(x))
    if len(numbers) < n:
        return np.full(len(x), np.nan)
    first = int(numbers[0]) + n - 1
    begun: Floats = np.r_[np.full(first, np.nan), np.mean(x[numbers[0] : first + 1]), x[first + 1 :]]
    return ema(begun, n)


def dma(x: Floats, weight: Floats) -> Floats:
    """DMA: the newest row has a weight of its own; it begins with the first row that has one."""
    smoothed = np.full(len(x), np.nan)
    last = np.nan
    for row, (value, own) in enumerate(zip(x.tolist(), weight.tolist(), strict=True)):
        if own == own and value == value:
            last = value if last != last else own * value + (1 - own) * last
        smoothed[row] = last
    return smoothed


def share(part: Floats, whole: Floats, empty: float = np.nan) -> Floats:
    """``part`` over ``whole``; ``empty`` where there is nothing to divide by."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole == 0, empty, part / whole)


def bbi(close: Floats, spans: tuple[int, ...]) -> Floats:
    """The mean of several means."""
    mean: Floats = np.mean([ma(close, days) for days in spans], axis=0)
    return mean


def rsi(x: Floats, n: int) -> Floats:
    """Smoothed rises over smoothed moves in percent; 50 where nothing moved."""
    change = x - ref(x, 1)
    return 100 * share(sma(np.maximum(change, 0), n), sma(np.abs(change), n), 0.5)


def risen(x: Floats, n: int) -> Floats:
    """The sum of what is above 0."""
    return total(np.maximum(x, 0), n)


def flat(x: Floats, value: float) -> Floats:
    """A line that is the same everywhere."""
    return np.full(len(x), value)


def cross(x: Floats, y: Floats) -> Marks:
    """CROSS: ``x`` is above ``y`` and was not in the row before."""
    above = x > y
    before: Marks = np.r_[np.zeros(min(1, len(x)), np.bool_), (x <= y)[:-1]]
    return above & before


def count(marks: Marks, n: int) -> Floats:
    """COUNT: how many of the last ``n`` rows are marked."""
    return total(marks.astype(np.float64), n)


def rows_since(marks: Marks) -> Floats:
    """BARSLAST: rows since the last marked one, 0 in that row itself; inf before the first."""
    rows = np.arange(len(marks), dtype=np.float64)
    last: Floats = np.maximum.accumulate(np.where(marks, rows, -np.inf))
    return rows - last


def rows_since_high(x: Floats, n: int) -> Floats:
    """HHVBARS: rows since the highest of the last ``n``, the latest where there are several."""
    return _over_windows(x, n, lambda w, axis: np.argmax(w[:, ::-1], axis=axis).astype(np.float64))


def place(close: Floats, high: Floats, low: Floats, n: int) -> Floats:
    """Where the close lies between the lowest and the highest of ``n`` rows, in percent; 50 where they are one."""
    lowest = llv(low, n)
    return 100 * share(close - lowest, hhv(high, n) - lowest, 0.5)


def bias(close: Floats, n: int) -> Floats:
    """Distance of the close from its mean, in percent."""
    mean = ma(close, n)
    return (close - mean) / mean * 100


def change(x: Floats, n: int) -> Floats:
    """The change over ``n`` rows as a part of what was there."""
    before = ref(x, n)
    return (x - before) / before


def _over_windows(x: Floats, n: int, compute: object) -> Floats:
    if n < 1:
        raise ValueError(f"指标的天数应为正整数：{n!r}")
    if len(x) < n:
        return np.full(len(x), np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(x, n)
    values: Floats = np.r_[np.full(n - 1, np.nan), compute(windows, axis=1)]  # type: ignore[operator]
    return values


def _smoothed(x: Floats, weight: float) -> Floats:
    """Begins with the first row that is a number; a later one that is none changes nothing."""
    smoothed = np.full(len(x), np.nan)
    last = np.nan
    for row, value in enumerate(x.tolist()):
        if value == value:
            last = value if last != last else weight * value + (1 - weight) * last
        smoothed[row] = last
    return smoothed

"""The words that indicator formulas are written in (通达信): arithmetic over rows, nan where there are too few.

Rows are the last axis. The others are left alone, so one call does for many codes that have as many rows.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Marks = NDArray[np.bool_]


def ref(x: Floats, n: int) -> Floats:
    """The value ``n`` rows before."""
    if n == 0:
        return x
    before = np.full(x.shape, np.nan)
    before[..., n:] = x[..., :-n]
    return before


def ma(x: Floats, n: int) -> Floats:
    """Mean of the last ``n`` rows."""
    return _over_windows(x, n, lambda windows: windows.mean(axis=-1))


def total(x: Floats, n: int) -> Floats:
    """SUM of the last ``n`` rows."""
    return _over_windows(x, n, lambda windows: windows.sum(axis=-1))


def hhv(x: Floats, n: int) -> Floats:
    """The highest of the last ``n`` rows."""
    return _over_windows(x, n, lambda windows: windows.max(axis=-1))


def llv(x: Floats, n: int) -> Floats:
    """The lowest of the last ``n`` rows."""
    return _over_windows(x, n, lambda windows: windows.min(axis=-1))


def std(x: Floats, n: int, ddof: int = 1) -> Floats:
    """Standard deviation of the last ``n`` rows; STD of the formulas divides by n - 1."""
    return _over_windows(x, n, lambda windows: windows.std(axis=-1, ddof=ddof))


def avedev(x: Floats, n: int) -> Floats:
    """Mean distance of the last ``n`` rows from their mean."""
    return _over_windows(x, n, lambda w: np.abs(w - w.mean(axis=-1, keepdims=True)).mean(axis=-1))


def slope(x: Floats, n: int) -> Floats:
    """Slope of the straight line through the last ``n`` rows."""
    at = np.arange(n) - (n - 1) / 2
    return _over_windows(x, n, lambda windows: windows @ at / np.sum(at * at))


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
    """EXPMEMA: an EMA that begins with the mean of its first ``n`` rows instead of the first one; nan before.

    TA-Lib's EMA is this one.
    """
    first = _first_row(x)
    if first is None:
        return _line_by_line(lambda line: _begun_with_mean(line, n), x)
    return _begun_with_mean(x[..., first:], n, before=first)


def dma(x: Floats, weight: Floats) -> Floats:
    """DMA: the newest row has a weight of its own; it begins with the first row that has one."""
    if x.ndim > 1:
        return _line_by_line(dma, x, weight)
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
    moved = x - ref(x, 1)
    return 100 * share(sma(np.maximum(moved, 0), n), sma(np.abs(moved), n), 0.5)


def risen(x: Floats, n: int) -> Floats:
    """The sum of what is above 0."""
    return total(np.maximum(x, 0), n)


def flat(x: Floats, value: float) -> Floats:
    """A line that is the same everywhere."""
    return np.full(x.shape, float(value))


def cross(x: Floats, y: Floats) -> Marks:
    """CROSS: ``x`` is above ``y`` and was not in the row before."""
    crossed = x > y
    crossed[..., 1:] &= (x <= y)[..., :-1]
    crossed[..., :1] = False
    return crossed


def count(marks: Marks, n: int) -> Floats:
    """COUNT: how many of the last ``n`` rows are marked."""
    return total(marks.astype(np.float64), n)


def rows_since(marks: Marks) -> Floats:
    """BARSLAST: rows since the last marked one, 0 in that row itself; inf before the first."""
    rows = np.arange(marks.shape[-1], dtype=np.float64)
    last: Floats = np.maximum.accumulate(np.where(marks, rows, -np.inf), axis=-1)
    return rows - last


def rows_since_high(x: Floats, n: int) -> Floats:
    """HHVBARS: rows since the highest of the last ``n``, the latest where there are several."""
    return _over_windows(x, n, lambda windows: np.argmax(windows[..., ::-1], axis=-1).astype(np.float64))


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


def _over_windows(x: Floats, n: int, compute: Callable[[Floats], Floats]) -> Floats:
    if n < 1:
        raise ValueError(f"指标的天数应为正整数：{n!r}")
    values = np.full(x.shape, np.nan)
    if x.shape[-1] >= n:
        values[..., n - 1 :] = compute(np.lib.stride_tricks.sliding_window_view(x, n, axis=-1))
    return values


def _smoothed(x: Floats, weight: float) -> Floats:
    """Begins with the first row that is a number; a later one that is none changes nothing."""
    first = _first_row(x)
    if first is None:
        return _line_by_line(lambda line: _smoothed_line(line, weight), x)
    smoothed = np.full(x.shape, np.nan)
    smoothed[..., first:] = x[..., first:] @ _weights(x.shape[-1] - first, weight)
    return smoothed


def _smoothed_line(x: Floats, weight: float) -> Floats:
    smoothed = np.full(len(x), np.nan)
    last = np.nan
    for row, value in enumerate(x.tolist()):
        if value == value:
            last = value if last != last else weight * value + (1 - weight) * last
        smoothed[row] = last
    return smoothed


def _begun_with_mean(x: Floats, n: int, before: int = 0) -> Floats:
    """EXPMEMA of rows of which the numbers begin at once, behind ``before`` rows without any."""
    begun = np.full((*x.shape[:-1], before + x.shape[-1]), np.nan)
    numbers = np.flatnonzero(~np.isnan(x)) if x.ndim == 1 else np.arange(x.shape[-1])
    if len(numbers) < n:
        return begun
    last = int(numbers[n - 1])
    begun[..., before + last] = x[..., numbers[:n]].mean(axis=-1)
    begun[..., before + last + 1 :] = x[..., last + 1 :]
    return ema(begun, n)


def _first_row(x: Floats) -> int | None:
    """Where the numbers begin, if that is the same row for all and none lacks behind it; None where not."""
    lacking = np.isnan(x)
    rows = x.shape[-1]
    first = int(lacking.reshape(-1, rows).sum(axis=-1).max(initial=0)) if rows else 0
    regular = lacking[..., :first].all() and not lacking[..., first:].any()
    return first if regular and first < rows else None


@functools.lru_cache(maxsize=32)
def _weights(rows: int, weight: float) -> Floats:
    """What each row counts in each smoothed one: a matrix of rows by smoothed rows."""
    age = np.arange(rows) - np.arange(rows)[:, np.newaxis]
    left = (1 - weight) ** np.maximum(age, 0)
    weights: Floats = np.where(age >= 0, weight * left, 0.0)
    weights[0] = left[0]
    return weights


def _line_by_line(compute: Callable[..., Floats], *lines: Floats) -> Floats:
    """For rows that each begin elsewhere."""
    if lines[0].ndim == 1:
        return compute(*lines)
    return np.array([_line_by_line(compute, *line) for line in zip(*lines, strict=True)])

"""The arguments of targets, constraints and bounds, checked where a strategy writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from jqdata.securities import normalize_code
from jqlib.optimizer.problem import Floats


def need_number(owner: object, **values: object) -> None:
    """ValueError, naming the parameter, for what is no finite number."""
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not np.isfinite(value):
            raise ValueError(f"{type(owner).__name__} 的 {name} 应为数字：{value!r}")


def need_range(owner: object, low: object, high: object) -> None:
    """ValueError unless both are numbers, the smaller one first."""
    need_number(owner, low=low, high=high)
    if not low <= high:  # type: ignore[operator]
        raise ValueError(f"{type(owner).__name__} 的 low={low} 大于 high={high}")


def need_count(owner: object, count: object, least: int = 1) -> None:
    """ValueError unless it is a whole number of days, at least ``least``."""
    if isinstance(count, bool) or not isinstance(count, int | np.integer) or count < least:
        raise ValueError(f"{type(owner).__name__} 的 count 应为不小于 {least} 的整数：{count!r}")


def need_days(owner: object, count: object) -> None:
    """ValueError unless there are days enough for a variance."""
    need_count(owner, count, 2)


def need_factor(owner: object, factor: object) -> None:
    """TypeError unless it is a class with ``calc``, or one made of it."""
    if not callable(getattr(factor, "calc", None)) or not getattr(factor, "name", ""):
        raise TypeError(f"{type(owner).__name__} 的 factor 应为带 name 的 Factor 子类：{factor!r}")


def listed(written: str | Sequence[str]) -> tuple[str, ...]:
    """One or several, as several."""
    return (written,) if isinstance(written, str) else tuple(written)


def by_code(owner: object, name: str, values: Any) -> dict[str, float]:
    """A Series or dict of numbers by code; TypeError, ValueError for anything else, naming what is wrong."""
    if not isinstance(values, Mapping) and not hasattr(values, "items"):
        raise TypeError(f"{type(owner).__name__} 的 {name} 应为以代码为索引的 Series：{type(values).__name__}")
    found = {normalize_code(str(code)): float(value) for code, value in values.items()}
    if wrong := [code for code, value in found.items() if not np.isfinite(value)]:
        raise ValueError(f"{type(owner).__name__} 的 {name} 中没有数值：{'、'.join(wrong[:5])}")
    return found


def in_order(owner: object, name: str, values: Mapping[str, float], codes: Sequence[str]) -> Floats:
    """The numbers of these codes; ValueError where one has none."""
    if missing := [code for code in codes if code not in values]:
        raise ValueError(f"{type(owner).__name__} 的 {name} 缺少：{'、'.join(missing[:5])}")
    return np.array([values[code] for code in codes])

"""What pandas and numpy of JoinQuant's time could do and pandas 2 refuses, put back in the process of a strategy.

Files from JoinQuant were written for pandas 0.23 to 1.x: ``frame.append(row)``, ``frame.ix``, ``np.NaN``. Only what
raises today is put back, on pandas' own classes, since strategies and the libraries they use make frames of their own.
Pandas 3 is kept out by pyproject.toml: there ``frame['a'][rows] = x`` changes a copy and nothing is said, and
``series[-1]`` is no position any more.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from jqdata import older_dates

Method = Callable[..., Any]

# Parameters that could be given by position then, in their order; today most are by name only.
_BY_POSITION = {
    "drop": "labels axis index columns level inplace errors",
    "dropna": "axis how thresh subset inplace",
    "drop_duplicates": "subset keep inplace",
    "fillna": "value method axis inplace limit",
    "replace": "to_replace value inplace",
    "reset_index": "level drop inplace",
    "set_index": "keys drop append inplace",
    "sort_index": "axis level ascending inplace",
    "sort_values": "by axis ascending inplace",
}
_OF_NUMPY = {
    "NaN": np.nan, "NAN": np.nan, "Inf": np.inf, "infty": np.inf, "PINF": np.inf, "NINF": -np.inf,
    "float": float, "int": int, "bool": bool, "object": object, "str": str, "float_": np.float64, "unicode_": np.str_,
    "product": np.prod, "cumproduct": np.cumprod, "alltrue": np.all, "sometrue": np.any, "round_": np.round,
    "in1d": np.isin, "asscalar": lambda array: array.item(), "trapz": getattr(np, "trapezoid", None),
    "mat": np.asmatrix,
}  # fmt: skip


def allow() -> None:
    """Put it back; once is enough."""
    if "append" in vars(pd.DataFrame):
        return
    older_dates.allow()
    # What the next pandas will refuse is nothing to tell a trader: pyproject.toml keeps it out.
    warnings.filterwarnings("ignore", category=FutureWarning)
    for name, value in _OF_NUMPY.items():
        if value is not None and name not in vars(np):
            setattr(np, name, value)
    for kind in (pd.DataFrame, pd.Series):
        for name, method in _GONE.items():
            if not hasattr(kind, name):
                setattr(kind, name, method)
    for name, order in _BY_POSITION.items():
        setattr(pd.DataFrame, name, _by_position(getattr(pd.DataFrame, name), order.split(), 1))
    setattr(pd, "concat", _by_position(pd.concat, ["objs", "axis", "join", "ignore_index"], 0))  # noqa: B010


def takes_positions(index: pd.Index[Any]) -> bool:
    """Whether a whole number cannot be a label of it, so that it meant a position."""
    if isinstance(index, pd.MultiIndex):
        return takes_positions(index.levels[0])
    if pd.api.types.is_numeric_dtype(index.dtype):
        return False
    if isinstance(index, pd.CategoricalIndex):
        return takes_positions(index.categories)
    numbers = ("integer", "mixed-integer", "floating", "mixed-integer-float")
    return not isinstance(index, pd.IntervalIndex) and (index.dtype != object or index.inferred_type not in numbers)


def _is_position(key: object) -> bool:
    if isinstance(key, list):
        return bool(key) and all(_is_position(one) for one in key)
    return isinstance(key, int | np.integer) and not isinstance(key, bool | np.bool_)


def _by_position(function: Method, order: list[str], bound: int) -> Method:
    """``function`` with the parameters of ``order`` by position, too; ``bound`` arguments stand before them."""
    kinds = [one.kind for one in inspect.signature(function).parameters.values()]
    taken = sum(kind is inspect.Parameter.POSITIONAL_OR_KEYWORD for kind in kinds) - bound

    def call(*given: Any, **named: Any) -> Any:
        mine, given = given[:bound], given[bound:]
        return function(*mine, *given[:taken], **dict(zip(order[taken:], given[taken:], strict=False)), **named)

    call.__doc__, call.__name__ = function.__doc__, function.__name__
    return call


def _append(
    self: Any, other: Any, ignore_index: bool = False, verify_integrity: bool = False, sort: bool = False
) -> Any:
    """A new one with the rows of ``other``: one of its kind, a dict or Series for one row, or a list of them."""
    if isinstance(self, pd.DataFrame):
        several = other if isinstance(other, list) else [other]
        others = [one if isinstance(one, pd.DataFrame) else _row(one, ignore_index) for one in several]
    else:
        others = list(other) if isinstance(other, list | tuple) else [other]
    named = [column for one in (self, *others) if isinstance(one, pd.DataFrame) for column in one.columns]
    # Frames without rows said nothing of their columns' types then.
    parts = [one for one in (self, *others) if len(one)] or [self]
    joined = pd.concat(parts, ignore_index=ignore_index, verify_integrity=verify_integrity, sort=sort)
    if isinstance(self, pd.DataFrame) and not sort:
        joined = joined.reindex(columns=list(dict.fromkeys(named)))
    return joined


def _row(one: Any, ignore_index: bool) -> pd.DataFrame:
    if isinstance(one, dict) and not ignore_index:
        raise TypeError("追加字典要写 ignore_index=True")
    return pd.DataFrame([dict(one)], index=[0 if isinstance(one, dict) or one.name is None else one.name])


def _mad(self: Any, axis: int = 0) -> Any:
    """The mean absolute deviation."""
    return (self - self.mean()).abs().mean() if axis == 0 or self.ndim == 1 else _mad(self.T)


class _Ix:
    """``ix``: labels, or positions where the index has no numbers."""

    def __init__(self, of: Any) -> None:
        self._of = of

    def _at(self, key: Any) -> tuple[Any, Any]:
        """The indexer that takes the key, and the key."""
        keys = list(key) if isinstance(key, tuple) and self._of.ndim == 2 else [key]
        rows = [slice(None)] if self._of.ndim == 1 else [slice(None), slice(None)]
        rows[: len(keys)] = [self._places(one, axis) for axis, one in enumerate(keys)]
        return self._of.iloc, tuple(rows) if self._of.ndim == 2 else rows[0]

    def _places(self, key: Any, axis: int) -> Any:
        index = self._of.axes[axis]
        bounds = [key.start, key.stop] if isinstance(key, slice) else [key]
        given = [one for one in bounds if one is not None]
        if given and takes_positions(index) and all(_is_position(one) for one in given):
            return key
        at = pd.Series(np.arange(len(index)), index=index).loc[key]
        return at.to_numpy() if isinstance(at, pd.Series) else int(at)

    def __getitem__(self, key: Any) -> Any:
        indexer, places = self._at(key)
        return indexer[places]

    def __setitem__(self, key: Any, value: Any) -> None:
        indexer, places = self._at(key)
        indexer[places] = value


_GONE: dict[str, Any] = {
    "append": _append,
    "as_matrix": lambda self, columns=None: (self if columns is None else self[columns]).to_numpy(),
    "clip_lower": lambda self, threshold: self.clip(lower=threshold),
    "clip_upper": lambda self, threshold: self.clip(upper=threshold),
    "iteritems": lambda self: self.items(),
    "ix": property(_Ix),
    "mad": _mad,
}

"""Plain dates beside pandas' timestamps, as pandas took them in JoinQuant's time: ``index < context.previous_date``.

Today's pandas refuses to compare the two, finds no row by a date, and calls ``Timestamp == date`` False.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd

_COMPARED = (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne)


def allow() -> None:
    """Put it back; once is enough."""
    if "__sub__" in vars(pd.Timestamp):
        return
    for kind in (pd.Timestamp, pd.Series, pd.DatetimeIndex):
        for compared in _COMPARED:
            _take_dates(kind, f"__{compared.__name__}__")
        for name in ("__sub__", "__rsub__"):
            _take_dates(kind, name)
    setattr(pd.Timestamp, "__hash__", pd.Timestamp.__base__.__hash__)  # noqa: B010 (lost where comparisons are set)
    _find_by_dates(pd.DatetimeIndex)
    between = pd.Series.between

    def of_dates(self: Any, left: Any, right: Any, *rest: Any, **named: Any) -> Any:
        return between(self, _at_midnight(left), _at_midnight(right), *rest, **named)

    setattr(pd.Series, "between", of_dates)  # noqa: B010


def _take_dates(kind: type[Any], name: str) -> None:
    plain: Callable[[Any, Any], Any] = getattr(kind, name)

    def call(self: Any, other: Any) -> Any:
        if type(other) is date and getattr(self, "dtype", _STAMP).kind == "M":
            return plain(self, pd.Timestamp(other))
        return plain(self, other)

    setattr(kind, name, call)


class _Stamp:
    kind = "M"


_STAMP = _Stamp()


def _at_midnight(day: Any) -> Any:
    return pd.Timestamp(day) if type(day) is date else day


def _find_by_dates(kind: type[Any]) -> None:
    find, holds = kind.get_loc, kind.__contains__

    def get_loc(self: Any, key: Any) -> Any:
        return find(self, _at_midnight(key))

    def __contains__(self: Any, key: Any) -> bool:
        return bool(holds(self, _at_midnight(key)))

    kind.get_loc, kind.__contains__ = get_loc, __contains__

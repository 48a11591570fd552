"""The pandas objects that strategies are handed: today's, with the older habits of ``older_pandas``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd

from common.beijing import midnight
from jqdata import older_pandas

if TYPE_CHECKING:
    from jqdata.columns import Ints

    Series: TypeAlias = pd.Series[Any]
else:
    Series = pd.Series
Frame: TypeAlias = pd.DataFrame

_EPOCH_NS = midnight(date(1970, 1, 1))
older_pandas.allow()


class Panel:
    """Several securities and fields: ``panel['close']`` is a frame of times by codes, as pandas' Panel once gave."""

    def __init__(self, frames: dict[str, Frame]) -> None:
        self._frames = frames

    @property
    def items(self) -> pd.Index[Any]:
        """The fields."""
        return pd.Index(list(self._frames))

    @property
    def major_axis(self) -> pd.Index[Any]:
        """The times."""
        return self._first.index

    @property
    def minor_axis(self) -> pd.Index[Any]:
        """The codes."""
        return self._first.columns

    @property
    def shape(self) -> tuple[int, int, int]:
        return len(self._frames), len(self.major_axis), len(self.minor_axis)

    @property
    def empty(self) -> bool:
        return 0 in self.shape

    @property
    def _first(self) -> Frame:
        return next(iter(self._frames.values()))

    def __getitem__(self, field: str) -> Frame:
        return self._frames[field]

    def __getattr__(self, field: str) -> Frame:
        if field.startswith("_") or field not in self._frames:
            raise AttributeError(f"get_price 的结果没有 {field!r}；新版 pandas 无 Panel，建议使用 panel=False")
        return self._frames[field]

    def __iter__(self) -> Iterator[str]:
        return iter(self._frames)

    def __len__(self) -> int:
        return len(self._frames)

    def __contains__(self, field: object) -> bool:
        return field in self._frames

    def minor_xs(self, code: str) -> Frame:
        """Times by fields of one code."""
        return Frame({field: frame[code] for field, frame in self._frames.items()})

    def major_xs(self, time: datetime) -> Frame:
        """Codes by fields at one time."""
        return Frame({field: frame.loc[time] for field, frame in self._frames.items()})

    def __repr__(self) -> str:
        return f"Panel({', '.join(self._frames)}; {len(self.major_axis)} 行 × {', '.join(map(str, self.minor_axis))})"


def times_of(labels_ns: Ints) -> pd.DatetimeIndex:
    """Naive Beijing timestamps of the labels."""
    return pd.DatetimeIndex((labels_ns - _EPOCH_NS).astype("datetime64[ns]"))

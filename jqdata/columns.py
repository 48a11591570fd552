"""Bars as columns of integers: what the host hands over and every data function cuts from."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from common.messages import BarColumns

    Ints = NDArray[np.int64]
    Index = slice | NDArray[np.bool_] | NDArray[np.int64]


@dataclasses.dataclass(frozen=True)
class Columns:
    """END labels in UTC ns, prices and money in 1/10,000 yuan, volume in shares, ``suspended`` 0 or 1; all as long."""

    time_ns: Ints
    open_e4: Ints
    high_e4: Ints
    low_e4: Ints
    close_e4: Ints
    volume: Ints
    money_e4: Ints
    prev_close_e4: Ints
    suspended: Ints

    def __len__(self) -> int:
        return len(self.time_ns)

    def __getitem__(self, rows: Index) -> Columns:
        """The chosen rows of every column."""
        return Columns(*(getattr(self, field.name)[rows] for field in dataclasses.fields(self)))


def columns_of(bars: BarColumns) -> Columns:
    """Decode the bytes of a bar message; ValueError where its columns differ in length."""
    import numpy as np

    def numbers(column: bytes) -> Ints:
        return np.frombuffer(column, "<i8").astype(np.int64, copy=False)

    columns = Columns(
        numbers(bars.time_ns),
        numbers(bars.open_e4),
        numbers(bars.high_e4),
        numbers(bars.low_e4),
        numbers(bars.close_e4),
        numbers(bars.volume),
        numbers(bars.money_e4),
        numbers(bars.prev_close_e4),
        np.frombuffer(bars.suspended, np.uint8).astype(np.int64),
    )
    if len({len(getattr(columns, field.name)) for field in dataclasses.fields(columns)}) != 1:
        raise ValueError(f"K 线各列长度不同：{bars.symbol}")
    return columns


def no_columns() -> Columns:
    """No bars at all."""
    import numpy as np

    none = np.zeros(0, np.int64)
    return Columns(none, none, none, none, none, none, none, none, none)


def joined(parts: Sequence[Columns]) -> Columns:
    """The rows of all parts, one behind the other."""
    import numpy as np

    if len(parts) < 2:
        return parts[0] if parts else no_columns()
    names = (field.name for field in dataclasses.fields(Columns))
    return Columns(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

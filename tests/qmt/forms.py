"""The older forms in which the native quote module hands over bars and ticks."""

from __future__ import annotations

from typing import Any

import numpy as np


def as_array(ticks: list[dict[str, Any]]) -> Any:
    """Form v2 of ticks: one structured array a code, books as sub-arrays."""
    if not ticks:
        return np.empty(0)

    def kind(name: str, value: Any) -> Any:
        items = value if isinstance(value, list) else [value]
        dtype = "<f8" if isinstance(items[0], float) else "<i8"
        return (name, dtype, (len(value),)) if isinstance(value, list) else (name, dtype)

    dtype = [kind(name, value) for name, value in ticks[-1].items()]
    return np.array([tuple(tick[name] for name in ticks[-1]) for tick in ticks], dtype=dtype)


def by_field(rows: Any) -> Any:
    """Form v2: ([codes, times], {field: one row a code}), with gaps where a code lacks a time."""
    times = sorted({label for _, labels, _ in rows for label in labels})
    at = {label: index for index, label in enumerate(times)}
    table: dict[str, Any] = {}
    for row, (_, labels, columns) in enumerate(rows):
        for field, dtype, packed in columns:
            cells = table.setdefault(field, np.full((len(rows), len(times)), np.nan))
            cells[row, [at[label] for label in labels]] = np.frombuffer(packed, dtype)
    return [[code for code, _, _ in rows], times], table

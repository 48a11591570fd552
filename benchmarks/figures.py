"""What every benchmark says at its end: one line of JSON with ``name``, ``ours``, ``floor``, ``ratio`` and ``n``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence


def percentile_us(times_ns: Sequence[int], percent: float) -> float:
    """Microseconds that `percent` of the times do not exceed (nearest rank)."""
    ranked = sorted(times_ns)
    rank = max(round(percent / 100 * len(ranked)), 1)
    return ranked[rank - 1] / 1000


def last_line(name: str, *, ours: float, floor: float, n: int, more: Mapping[str, float] | None = None) -> str:
    """The line every benchmark ends with; `ours` and `floor` are in one unit, measured in turns."""
    figures = {"ours": ours, "floor": floor, "ratio": ours / floor, **(more or {})}
    return json.dumps({"name": name, **{key: round(value, 3) for key, value in figures.items()}, "n": n})

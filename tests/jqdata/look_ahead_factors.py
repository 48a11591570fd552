"""A factor that shows every window it was handed, for whoever compares what two worlds hand it."""

from __future__ import annotations

from random import Random
from typing import Any

from jqdata.fields import FIELDS
from jqfactor import Factor, calc_factors


class Shown(Factor):
    """Keeps its inputs, and those of one more code, day by day."""

    name = "shown"

    def __init__(self, dependencies: list[str], max_window: int, extra: str) -> None:
        self.dependencies, self.max_window, self._extra = dependencies, max_window, extra
        self.windows: list[Any] = []

    def calc(self, data: dict[str, Any]) -> Any:
        more = self._get_extra_data([self._extra], self.dependencies[:1])
        self.windows.append([f"{self._current_date}", data, more])
        return data[self.dependencies[0]].iloc[-1]


def drawn(rng: Random, codes: list[str], start: object, end: object) -> dict[str, Any]:
    """Arguments of :func:`shown`."""
    return {
        "codes": codes, "start": start, "end": end, "fields": rng.sample(list(FIELDS), rng.randint(1, 4)),
        "length": rng.randint(1, 6), "real": rng.random() < 0.5, "skip": rng.random() < 0.4,
    }  # fmt: skip


def shown(codes: list[str], start: Any, end: Any, fields: list[str], length: int, real: bool, skip: bool) -> Any:
    """The values of the factor and all that it saw."""
    factor = Shown(fields, length, codes[0])
    values = calc_factors(codes, [factor], start, end, use_real_price=real, skip_paused=skip)
    return [values, factor.windows]

"""JoinQuant's Alpha 191 factors (国泰君安, of short-term prices and volumes): asked of the data provider."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from jqdata.asked import Called, alpha
from jqdata.missing import made_by
from jqdata.provided import codes_of
from jqdata.registry import of_module
from jqdata.units import When

if TYPE_CHECKING:
    from jqdata.frames import Series

__all__ = [row.name for row in of_module(__name__)]  # pyright: ignore[reportUnsupportedDunderAll]

_BESIDE_AN_INDEX = ("alpha_075", "alpha_149", "alpha_181", "alpha_182")
_BENCHMARK, _ADJUSTED = "000300.XSHG", "pre"


@functools.cache
def _alpha(name: str) -> Callable[..., Series]:
    def among(code: Sequence[str], end_date: When | None = None, fq: str | None = _ADJUSTED) -> Series:
        """Values by code on a day (None: the one before now), among these codes. NeedsProvider: nobody has them."""
        return alpha(Called(__name__, name, _fq(fq)), end_date, code)

    def by_benchmark(
        code: Sequence[str],
        benchmark: str = _BENCHMARK,
        end_date: When | None = None,
        fq: str | None = _ADJUSTED,
    ) -> Series:
        """The same, beside an index."""
        (beside,) = codes_of(benchmark)
        words = () if beside == _BENCHMARK else (f"benchmark={beside}",)
        return alpha(Called(__name__, name, (*words, *_fq(fq))), end_date, code)

    made = by_benchmark if name in _BESIDE_AN_INDEX else among
    made.__name__ = made.__qualname__ = name
    return made


def _fq(fq: str | None) -> tuple[str, ...]:
    return () if fq == _ADJUSTED else (f"fq={fq}",)


__getattr__ = made_by(_alpha, __name__, __all__)

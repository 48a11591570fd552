"""JoinQuant's Alpha 101 factors, of Kakushadze's "101 Formulaic Alphas": asked of the data provider."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

from jqdata.asked import Called, alpha
from jqdata.registry import of_module
from jqdata.units import When

if TYPE_CHECKING:
    from jqdata.frames import Series

__all__ = [row.name for row in of_module(__name__)]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Callable[..., Series]:
    if name not in __all__:
        raise AttributeError(f"{__name__} 没有 {name!r}")
    return _alpha(name)


@functools.cache
def _alpha(name: str) -> Callable[..., Series]:
    def of_the_day(enddate: When, index: str = "all") -> Series:
        """Values by code on a day, among all stocks or the members of an index. NeedsProvider: nobody has them."""
        words = () if index in ("all", None) else (f"index={index}",)
        return alpha(Called(__name__, name, words), enddate)

    of_the_day.__name__ = of_the_day.__qualname__ = name
    return of_the_day

"""The names a strategy's module holds before its first line runs."""

from __future__ import annotations

import builtins
import datetime
import importlib
import math
import random
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

# Public files call these bare, and importing nothing for it: JoinQuant's module begins with numpy's names.
_NUMPY = (
    "arange", "argmax", "argmin", "argsort", "around", "array", "array_equal", "asarray", "average", "clip",
    "concatenate", "corrcoef", "cov", "cumprod", "cumsum", "diff", "dot", "empty", "exp", "eye", "fabs", "floor",
    "full", "hstack", "isfinite", "isinf", "isnan", "linspace", "log10", "log2", "maximum", "mean", "median",
    "minimum", "nanmax", "nanmean", "nanmin", "nanstd", "nansum", "ones", "ones_like", "percentile", "polyfit",
    "polyval", "prod", "ravel", "repeat", "reshape", "round_", "sign", "sqrt", "square", "std", "transpose",
    "unique", "var", "vstack", "where", "zeros", "zeros_like",
)  # fmt: skip
_BUILTIN_TOO = ("all", "any", "sum")


class _LazyModule(ModuleType):
    """A module that is imported when something is first taken from it."""

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module(self.__name__), name)


def _numpy_function(name: str) -> Callable[..., Any]:
    """numpy's function; numpy is imported when it is first called."""

    def call(*arguments: Any, **named: Any) -> Any:
        return getattr(importlib.import_module("numpy"), name.rstrip("_"))(*arguments, **named)

    call.__name__ = call.__qualname__ = name
    return call


def _builtin_or_numpys(name: str) -> Callable[..., Any]:
    """Python's own function, but numpy's for a frame: ``sum(attribute_history(...))`` is the sum of each column."""
    own = getattr(builtins, name)

    def call(values: Any, *rest: Any, **named: Any) -> Any:
        if not hasattr(values, "iloc") or values.ndim == 1:
            return own(values, *rest, **named)
        return values.sum(*rest, **named) if name == "sum" else getattr(values, name)(axis=None)

    call.__name__ = call.__qualname__ = name
    return call


def namespace() -> dict[str, object]:
    """Every name a strategy may use without importing it; put them into its module before its first line runs.

    The strategy's own imports come later and win: ``from datetime import datetime`` hides the module of that name.
    """
    import jqdata

    own: dict[str, object] = {name: getattr(jqdata, name) for name in jqdata.__all__}
    common_modules = {
        "datetime": datetime,
        "timedelta": datetime.timedelta,
        "math": math,
        "random": random,
        "time": time,
        "np": _LazyModule("numpy"),
        "pd": _LazyModule("pandas"),
    }
    numpys = {name: _numpy_function(name) for name in _NUMPY} | {
        name: _builtin_or_numpys(name) for name in _BUILTIN_TOO
    }
    return {**numpys, "nan": math.nan, "inf": math.inf, "pi": math.pi, **own, **common_modules}

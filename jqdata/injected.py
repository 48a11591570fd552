"""The names a strategy's module holds before its first line runs."""

from __future__ import annotations

import datetime
import importlib
import math
import random
import time
from types import ModuleType
from typing import Any


class _LazyModule(ModuleType):
    """A module that is imported when something is first taken from it."""

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module(self.__name__), name)


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
    return {**own, **common_modules}

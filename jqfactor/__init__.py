"""JoinQuant's factor library: what can be subclassed is here, what needs its data says so when called."""

from typing import Any

from jqdata.fundamentals import get_all_factors, get_factor_values
from jqdata.missing import missing_of
from jqdata.registry import of_module
from jqfactor.cleaning import standardlize, winsorize, winsorize_med

__all__ = ["Factor", "get_all_factors", "get_factor_values", "standardlize", "winsorize", "winsorize_med"]
__all__ += [row.name for row in of_module(__name__) if row.name not in __all__]


class Factor:
    """What a factor of one's own derives from: ``dependencies`` are handed to ``calc`` as frames of days by codes."""

    name = ""
    max_window = 1
    dependencies: tuple[str, ...] | list[str] = ()

    def calc(self, data: dict[str, Any]) -> Any:
        raise NotImplementedError("因子要定义 calc(self, data)")


__getattr__ = missing_of(__name__)

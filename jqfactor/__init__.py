"""JoinQuant's factor library: factors of one's own, their cleaning, and what its risk model knows."""

from jqdata.fundamentals import get_all_factors, get_factor_values
from jqdata.missing import missing_of
from jqdata.registry import of_module
from jqdata.risk_model import (
    get_factor_cov,
    get_factor_kanban_values,
    get_factor_specific_returns,
    get_factor_stats,
    get_factor_style_returns,
)
from jqfactor.cleaning import standardlize, winsorize, winsorize_med
from jqfactor.factor import Factor, calc_factors
from jqfactor.neutral import neutralize

__all__ = ["Factor", "calc_factors", "neutralize", "standardlize", "winsorize", "winsorize_med"]
__all__ += ["get_all_factors", "get_factor_cov", "get_factor_kanban_values", "get_factor_specific_returns"]
__all__ += ["get_factor_stats", "get_factor_style_returns", "get_factor_values"]
__all__ += [row.name for row in of_module(__name__) if row.name not in __all__]

__getattr__ = missing_of(__name__)

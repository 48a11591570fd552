"""JoinQuant's portfolio optimizer: weights of securities that are best for a target and obey constraints and bounds."""

from jqlib.optimizer.asking import portfolio_optimizer
from jqlib.optimizer.bounds import Bound, CapBound, IndustryBound, LiquidityBound
from jqlib.optimizer.constraints import (
    AnnualProfitConstraint,
    AnnualStdConstraint,
    MaxDrawdownConstraint,
    RatioConstraint,
    TrackingErrorConstraint,
    TurnoverConstraint,
    WeightConstraint,
    WeightEqualConstraint,
)
from jqlib.optimizer.exposures import (
    BarraConstraint,
    ExposureConstraint,
    IndustriesConstraint,
    IndustriesDeviationConstraint,
    IndustryConstraint,
    IndustryDeviationConstraint,
    MarketConstraint,
)
from jqlib.optimizer.targets import (
    MaxFactorValue,
    MaxProfit,
    MaxScore,
    MaxSharpeRatio,
    MinFactorValue,
    MinScore,
    MinTrackingError,
    MinVariance,
    RiskParity,
)

__all__ = [
    "AnnualProfitConstraint",
    "AnnualStdConstraint",
    "BarraConstraint",
    "Bound",
    "CapBound",
    "ExposureConstraint",
    "IndustriesConstraint",
    "IndustriesDeviationConstraint",
    "IndustryBound",
    "IndustryConstraint",
    "IndustryDeviationConstraint",
    "LiquidityBound",
    "MarketConstraint",
    "MaxDrawdownConstraint",
    "MaxFactorValue",
    "MaxProfit",
    "MaxScore",
    "MaxSharpeRatio",
    "MinFactorValue",
    "MinScore",
    "MinTrackingError",
    "MinVariance",
    "RatioConstraint",
    "RiskParity",
    "TrackingErrorConstraint",
    "TurnoverConstraint",
    "WeightConstraint",
    "WeightEqualConstraint",
    "portfolio_optimizer",
]

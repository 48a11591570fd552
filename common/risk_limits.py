"""The limits of one account, in the exact integers that risk compares with."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RiskLimits:
    """Money in 1/10,000 yuan, ratios in basis points (1/100 percent), times in nanoseconds, quantities in shares.

    A value equal to its limit passes. ``min_buy_order_value_e4`` 0 is off.
    """

    order_value_max_e4: int
    daily_trade_value_max_e4: int
    daily_trades_max: int
    stock_count_max: int
    position_ratio_max_bp: int
    stop_loss_ratio_bp: int
    min_buy_order_value_e4: int
    daily_cancels_max: int
    cancel_interval_min_ns: int
    cancels_per_order_max: int
    order_volume_max: int

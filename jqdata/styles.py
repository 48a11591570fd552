"""How an order is priced, and what a strategy says about costs: plain values in yuan, as JoinQuant names them."""

from __future__ import annotations

import dataclasses


class OrderStyle:
    """What every style is; an order without one is a market order."""


@dataclasses.dataclass(frozen=True)
class MarketOrderStyle(OrderStyle):
    """Trade at once at the market; ``limit_price`` is the worst price taken (STAR asks for one), None: the host's."""

    limit_price: float | None = None


@dataclasses.dataclass(frozen=True)
class LimitOrderStyle(OrderStyle):
    """Trade at ``limit_price`` or better; what does not trade rests until the close."""

    limit_price: float


@dataclasses.dataclass(frozen=True)
class StopMarketOrderStyle(OrderStyle):
    """A market order once the price passes ``stop_price``; ``mode`` is 'stop_loss' or 'take_profit'."""

    mode: str
    stop_price: float

    def __post_init__(self) -> None:
        _check_mode(self.mode)


@dataclasses.dataclass(frozen=True)
class StopLimitOrderStyle(OrderStyle):
    """A limit order once the price passes ``stop_price``; ``mode`` is 'stop_loss' or 'take_profit'."""

    mode: str
    stop_price: float
    limit_price: float

    def __post_init__(self) -> None:
        _check_mode(self.mode)


def _check_mode(mode: str) -> None:
    if mode not in ("stop_loss", "take_profit"):
        raise ValueError(f"mode 应为 'stop_loss' 或 'take_profit'：{mode!r}")


@dataclasses.dataclass(frozen=True)
class OrderCost:
    """Ratios of the traded value and the least commission in yuan; kept and shown, the broker's own costs count."""

    open_tax: float = 0.0
    close_tax: float = 0.0
    open_commission: float = 0.0
    close_commission: float = 0.0
    close_today_commission: float = 0.0
    min_commission: float = 0.0


@dataclasses.dataclass(frozen=True)
class PerTrade:
    """The older form of :class:`OrderCost`, for ``set_commission``."""

    buy_cost: float = 0.0003
    sell_cost: float = 0.0013
    min_cost: float = 5.0


@dataclasses.dataclass(frozen=True)
class FixedSlippage:
    """Yuan between both sides; half of it on each."""

    value: float = 0.0


@dataclasses.dataclass(frozen=True)
class PriceRelatedSlippage:
    """Share of the price between both sides; half of it on each."""

    value: float = 0.00246


@dataclasses.dataclass(frozen=True)
class StepRelatedSlippage:
    """Price ticks between both sides; half of them on each."""

    value: float = 0.0


@dataclasses.dataclass(frozen=True)
class SubPortfolioConfig:
    """One sub-account of ``set_subportfolios``: its share of the cash in yuan and what it may hold."""

    cash: float
    type: str = "stock"

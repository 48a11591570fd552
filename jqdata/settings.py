"""What a strategy sets for itself: kept and shown by the host, without effect on the broker."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from common.symbols import normalize_code
from jqdata import host
from jqdata.styles import (
    FixedSlippage,
    OrderCost,
    PerTrade,
    PriceRelatedSlippage,
    StepRelatedSlippage,
    SubPortfolioConfig,
)

Slippage = FixedSlippage | PriceRelatedSlippage | StepRelatedSlippage

OPTIONS = frozenset(
    {
        "use_real_price",
        "avoid_future_data",
        "order_volume_ratio",
        "t0_mode",
        "match_with_order_book",
        "always_match_market_order",
        "match_by_signal",
    }
)


def set_option(name: str, value: object) -> None:
    """Keep an option; one that JoinQuant does not have is kept with a warning."""
    if name not in OPTIONS:
        host.current().log("warning", "system", f"未知选项 {name!r}，没有作用")
    host.current().set_setting(f"option.{name}", value)


def set_benchmark(security: str | dict[str, float]) -> None:
    """What the run is compared with: a code, or codes with weights."""
    if isinstance(security, dict):
        chosen: object = {normalize_code(code): float(weight) for code, weight in security.items()}
    else:
        chosen = normalize_code(security)
    host.current().set_setting("benchmark", chosen)


def set_order_cost(cost: OrderCost, type: str, ref: str | None = None) -> None:
    """Costs of a kind ('stock', 'fund', …) or of one code ``ref``; live, the broker's own costs count."""
    _keep("order_cost", cost, type, ref)


def set_commission(cost: PerTrade) -> None:
    """The older form of :func:`set_order_cost`."""
    _keep("commission", cost, None, None)


def set_slippage(slippage: Slippage, type: str | None = None, ref: str | None = None) -> None:
    """Slippage of a simulation; live, the market decides."""
    _keep("slippage", slippage, type, ref)


def set_universe(security_list: Sequence[str]) -> None:
    """``context.universe``: the codes that :func:`history` takes by default."""
    codes = [security_list] if isinstance(security_list, str) else security_list
    host.current().set_setting("universe", [normalize_code(code) for code in codes])


def set_subportfolios(configs: Sequence[SubPortfolioConfig]) -> None:
    """Part the account's cash among several sub-accounts; of one config nothing comes, it is the whole account.

    ValueError where their cash is more than the account has. Called again, they stay as they are while their number
    does; another number is refused, with a line, until they hold nothing. Only those of type 'stock' can trade.
    """
    host.current().divide(configs)
    host.current().set_setting("subportfolios", [dataclasses.asdict(config) for config in configs])


def disable_cache() -> None:
    """Accepted for JoinQuant's sake; nothing is cached here."""


def enable_profile() -> None:
    """Accepted for JoinQuant's sake; nothing is profiled here."""


def _keep(name: str, value: OrderCost | PerTrade | Slippage, type: str | None, ref: str | None) -> None:
    key = ".".join(part for part in (name, type, ref) if part)
    host.current().set_setting(key, {"class": value.__class__.__name__, **dataclasses.asdict(value)})

"""``portfolio_optimizer``: what a strategy asks for becomes a problem, its solution a Series of weights by code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from jqdata.frames import Series
from jqdata.libraries import need
from jqdata.provided import codes_of
from jqdata.units import When
from jqlib.optimizer.bounds import BoundOfEach, ranges
from jqlib.optimizer.constraints import Constraint, WeightConstraint, WeightEqualConstraint
from jqlib.optimizer.market import Market, warn
from jqlib.optimizer.problem import Floats, Problem, Unsolved
from jqlib.optimizer.targets import Target

Kind = TypeVar("Kind")


def portfolio_optimizer(
    date: When,
    securities: str | Sequence[str],
    target: Target,
    constraints: Constraint | Sequence[Constraint],
    bounds: BoundOfEach | Sequence[BoundOfEach] | None = None,
    default_port_weight_range: Sequence[float] = (0.0, 1.0),
    ftol: float = 1e-09,
    return_none_if_fail: bool = True,
) -> Series | None:
    """The weights of the securities that are best for the target, by code; they obey every constraint and bound.

    What is known is what was known after the close of ``date``, at the latest of the day before now. Without bounds
    each weight lies between 0 and 1; without a constraint on the total weight that lies in
    ``default_port_weight_range``. Where there are no such weights a warning in the log says why, naming the
    constraints, and None comes back, or weights of 0 with ``return_none_if_fail=False``.

    Raises NeedsLibrary without scipy, NeedsProvider where a constraint needs data that no provider has, TypeError and
    ValueError for arguments that cannot be meant.
    """
    need("scipy", "portfolio_optimizer")
    codes = codes_of(securities)
    if not codes:
        raise ValueError("portfolio_optimizer 的 securities 不能为空")
    if not isinstance(target, Target):
        raise TypeError(f"portfolio_optimizer 的 target 应为一个目标函数，如 MinVariance()：{target!r}")
    # Nothing is made of the two classes, which is what mypy warns of: it is only asked whether something is one.
    limits = _several(constraints, Constraint, "constraints", "限制函数，如 WeightConstraint()")  # type: ignore[type-abstract]
    spans = _several(bounds, BoundOfEach, "bounds", "边界函数，如 Bound()")  # type: ignore[type-abstract]
    if not any(isinstance(one, WeightConstraint | WeightEqualConstraint) for one in limits):
        limits.append(WeightConstraint(*_pair(default_port_weight_range)))
    try:
        weights = _optimized(Market(codes, date), target, limits, spans, ftol)
    except Unsolved as no:
        warn(f"组合优化失败：{no}")
        return None if return_none_if_fail else Series(0.0, index=codes)
    if not weights.any():
        warn("组合优化的最优解是空仓：可用 WeightConstraint 或 WeightEqualConstraint 规定总权重 [OPTIMIZER_EMPTY]")
    return Series(weights, index=codes)


def _optimized(
    market: Market, target: Target, constraints: list[Constraint], bounds: list[BoundOfEach], ftol: float
) -> Floats:
    from jqlib.optimizer.solving import solve

    low, high = ranges(bounds, market)
    rules = [*target.rules(market), *(rule for one in constraints for rule in one.rules(market))]
    return solve(Problem(target.goal(market), low, high, tuple(rules)), ftol)


def _several(given: Any, kind: type[Kind], name: str, meant: str) -> list[Kind]:
    """One or several of a kind, or none; TypeError for anything else."""
    found = [given] if isinstance(given, kind) else list(given or ())
    for one in found:
        if not isinstance(one, kind):
            raise TypeError(f"portfolio_optimizer 的 {name} 应为{meant}：{one!r}")
    return found


def _pair(span: Sequence[float]) -> tuple[float, float]:
    if len(span) != 2 or not np.isfinite(span).all():
        raise ValueError(f"default_port_weight_range 应为 [下限, 上限]：{span!r}")
    return float(span[0]), float(span[1])

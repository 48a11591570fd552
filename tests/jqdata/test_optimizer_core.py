"""The optimizer's core on made-up returns: closed forms, exhaustive search, and rules that always hold."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jqlib.optimizer import curves
from jqlib.optimizer.parity import parts
from jqlib.optimizer.problem import Curve, Fall, Floats, Line, Loss, Parity, Problem, Rule, Turnover, Unsolved, linear
from jqlib.optimizer.solving import solve

DAYS = 60
GRID = np.array([(a, b, 50 - a - b) for a in range(51) for b in range(51 - a)]) / 50
seeds = st.integers(0, 10_000)
quick = settings(max_examples=12, deadline=None)


def market(seed: int, count: int, days: int = DAYS) -> Floats:
    """Daily returns that move together."""
    rng = np.random.default_rng(seed)
    together = rng.normal(0.0005, 0.01, (days, 1)) * rng.uniform(0.5, 1.5, count)
    return together + rng.normal(0.0005, 0.015, (days, count)) * rng.uniform(0.3, 1.5, count)


def total(count: int, low: float = 1.0, high: float = 1.0) -> Line:
    return Line("total", np.ones(count), low, high)


def long_only(goal: Loss | Parity, count: int, *rules: Rule, most: float = 1.0) -> Problem:
    return Problem(goal, np.zeros(count), np.full(count, most), rules)


GOALS: dict[str, Callable[[Floats], Loss]] = {
    "variance": lambda returns: Loss(curves.variance(returns)),
    "profit": lambda returns: linear(-curves.annual_profit(returns)),
    "tracking": lambda returns: Loss(curves.variance(returns, market(1, 1)[:, 0])),
    "sharpe": lambda returns: Loss(
        curves.mixed((-1, curves.quotient(curves.straight(curves.annual_profit(returns)), curves.annual_std(returns)))),
        has_valleys=True,
    ),
}
RULES: dict[str, Callable[[Floats], Rule]] = {
    "nothing": lambda returns: total(3),
    "profit": lambda returns: Line("profit", curves.annual_profit(returns), 0.1, np.inf),
    "std": lambda returns: Curve("std", curves.mixed((-1, curves.annual_std(returns)), constant=0.25)),
    "fall": lambda returns: Fall("fall", returns, -0.12),
    "turnover": lambda returns: Turnover("turnover", np.array([0.6, 0.4, 0.0]), 0.5),
    "sortino": lambda returns: Curve(
        "sortino",
        curves.mixed((1, curves.straight(curves.annual_profit(returns))), (-0.5, curves.downside(returns, 0.0))),
    ),
    "omega": lambda returns: Curve(
        "omega", curves.mixed((1, curves.beyond(returns, 0.0, 1)), (-1.05, curves.beyond(returns, 0.0, -1)))
    ),
}


@pytest.mark.parametrize(("goal", "rule"), list(itertools.product(GOALS, RULES)))
@settings(max_examples=3, deadline=None)
@given(seed=seeds)
def test_nothing_on_a_grid_is_better(goal: str, rule: str, seed: int) -> None:
    """All weights of three securities in steps of 2 %: those that obey the rules are no better than what is found."""
    returns = market(seed, 3)
    problem = long_only(GOALS[goal](returns), 3, total(3), RULES[rule](returns))
    assert isinstance(problem.goal, Loss)
    allowed = [weights for weights in GRID if not list(problem.broken(weights))]
    try:
        weights = solve(problem)
    except Unsolved as no:
        assert no.code == "OPTIMIZER_INFEASIBLE" and not allowed, no
        return
    assert list(problem.broken(weights)) == []
    found = problem.goal.value(weights)[0]
    best = min((problem.goal.value(one)[0] for one in allowed), default=found)
    # Where every portfolio has a negative Sharpe ratio, only a place better than all around it is promised.
    assert found <= best + 1e-4 * abs(best) + 1e-9 or (goal == "sharpe" and best > 0)


@quick
@given(seed=seeds, count=st.integers(2, 8))
def test_least_variance_with_short_sales_is_the_closed_form(seed: int, count: int) -> None:
    returns = market(seed, count)
    unlimited = Problem(Loss(curves.variance(returns)), np.full(count, -20.0), np.full(count, 20.0), [total(count)])
    pull = np.linalg.solve(np.cov(returns.T), np.ones(count))
    assert solve(unlimited) == pytest.approx(pull / pull.sum(), abs=2e-3)


@quick
@given(seed=seeds, count=st.integers(2, 12), most=st.floats(0.3, 1.0))
def test_parity_divides_the_risk_as_the_budget_says(seed: int, count: int, most: float) -> None:
    covariance = np.cov(market(seed, count).T)
    budget = np.random.default_rng(seed).uniform(0.2, 1, count)
    budget /= budget.sum()
    problem = long_only(Parity(covariance, budget), count, total(count, 0.0, most))
    weights = solve(problem)
    assert parts(covariance, weights) == pytest.approx(budget, abs=1e-5)
    assert weights.sum() == pytest.approx(most), "as much as the rules allow"


@quick
@given(seed=seeds)
def test_where_parity_is_not_allowed_nothing_on_a_grid_is_nearer(seed: int) -> None:
    covariance = np.cov(market(seed, 3).T)
    budget = np.array([0.8, 0.1, 0.1])
    problem = long_only(Parity(covariance, budget), 3, total(3), most=0.5)
    weights = solve(problem)
    assert list(problem.broken(weights)) == []
    off = [((parts(covariance, one) - budget) ** 2).sum() for one in GRID if (one <= 0.5).all()]
    assert ((parts(covariance, weights) - budget) ** 2).sum() <= min(off) + 1e-6


def test_parity_under_a_curve_takes_the_largest_multiple() -> None:
    returns = market(3, 4)
    std = curves.annual_std(returns)
    limit = Curve("std", curves.mixed((-1, std), constant=0.1))
    weights = solve(long_only(Parity(np.cov(returns.T), np.full(4, 0.25)), 4, total(4, 0.0, 1.0), limit))
    assert std(weights)[0] == pytest.approx(0.1, abs=1e-6) and weights.sum() < 1


def test_a_security_that_never_moves_has_no_part_of_the_risk() -> None:
    covariance = np.diag([0.0001, 0.0])
    with pytest.raises(Unsolved, match="OPTIMIZER_NO_RISK"):
        solve(long_only(Parity(covariance, np.full(2, 0.5)), 2, total(2)))


@quick
@given(seed=seeds, rules=st.lists(st.sampled_from(sorted(RULES)), max_size=3, unique=True))
def test_what_is_returned_obeys_everything_and_what_is_refused_names_rules(seed: int, rules: list[str]) -> None:
    returns = market(seed, 3)
    problem = long_only(GOALS["variance"](returns), 3, total(3, 0.8, 1.0), *(RULES[name](returns) for name in rules))
    try:
        assert list(problem.broken(solve(problem))) == []
    except Unsolved as no:
        assert no.code == "OPTIMIZER_INFEASIBLE"
        named = {name for name in [*rules, "total"] if name in str(no)}
        assert named and named <= {*rules, "total"}


def test_only_the_rules_that_contradict_each_other_are_named() -> None:
    first, second = np.array([1.0, 0, 0]), np.array([1.0, 1, 0])
    rules = [
        total(3), Line("much of one", first, 0.5, 1), Line("little of two", second, 0, 0.4), Line("free", second, 0, 1),
    ]  # fmt: skip
    with pytest.raises(Unsolved) as told:
        solve(long_only(linear(first), 3, *rules))
    assert "much of one；little of two [" in str(told.value) and "free" not in str(told.value)
    with pytest.raises(Unsolved, match="互相矛盾的是：alone"):
        solve(long_only(linear(first), 3, total(3), Line("alone", first, 1.5, 2)))


def test_a_limit_that_nothing_can_reach_is_named() -> None:
    returns = market(5, 3)
    least = curves.annual_std(returns)(solve(long_only(GOALS["variance"](returns), 3, total(3))))[0]
    strict = Curve("too strict", curves.mixed((-1, curves.annual_std(returns)), constant=least * 0.95))
    with pytest.raises(Unsolved, match="total；too strict"):
        solve(long_only(GOALS["profit"](returns), 3, total(3), strict))
    loose = Curve("just", curves.mixed((-1, curves.annual_std(returns)), constant=least * 1.0001))
    assert list(long_only(GOALS["profit"](returns), 3, total(3), loose).broken(np.zeros(3))) == ["total"]
    assert solve(long_only(GOALS["profit"](returns), 3, total(3), loose)).sum() == pytest.approx(1)


def test_turnover_keeps_what_is_held_where_nothing_may_move() -> None:
    held = np.array([0.2, 0.3, 0.5])
    weights = solve(long_only(GOALS["variance"](market(2, 3)), 3, total(3), Turnover("still", held, 0.0)))
    assert weights == pytest.approx(held)
    too_much = np.array([0.9, 0.1, 0.0])
    moved = solve(long_only(GOALS["variance"](market(2, 3)), 3, Turnover("some", too_much, 0.5), most=0.6))
    assert moved[0] <= 0.6 and np.abs(moved - too_much).sum() <= 0.5 + 1e-6


SMOOTH = {
    "variance": curves.variance(market(7, 4)),
    "tracking": curves.annual_std(market(7, 4), market(8, 1)[:, 0]),
    "drawdown": curves.drawdown(market(7, 4)),
    "downside": curves.downside(market(7, 4), 0.001),
    "above": curves.beyond(market(7, 4), 0.001, 1),
    "below": curves.beyond(market(7, 4), 0.001, -1),
    "sharpe": curves.quotient(curves.straight(np.arange(4.0), -0.1), curves.annual_std(market(7, 4))),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_slopes_are_those_of_the_values(name: str) -> None:
    at = np.array([0.3, 0.1, 0.4, 0.15])
    step = 1e-7 * np.eye(4)
    slope = [(SMOOTH[name](at + one)[0] - SMOOTH[name](at - one)[0]) / 2e-7 for one in step]
    assert SMOOTH[name](at)[1] == pytest.approx(slope, rel=1e-4, abs=1e-7)


def test_drawdown_is_the_deepest_fall_from_a_high() -> None:
    returns = np.array([[0.10], [-0.20], [0.05], [-0.10], [0.50]])
    depth, _ = curves.drawdown(returns)(np.ones(1))
    assert depth == pytest.approx(0.8 * 1.05 * 0.9 - 1)
    assert curves.drawdown(np.array([[-0.3], [0.1]]))(np.ones(1))[0] == pytest.approx(-0.3)
    assert curves.drawdown(np.array([[0.3], [0.1]]))(np.ones(1))[0] == 0

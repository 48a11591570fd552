"""A desk whose prices wander, for the optimizer: three stocks, an ETF and an index over 80 days, Friday 10:00."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from common.sessions import minute_ends
from jqdata import host
from jqlib.optimizer import MinVariance, WeightEqualConstraint, portfolio_optimizer
from tests.jqdata.desk import TODAY, A, B, C, Desk, Row, at, days_before, instrument

CODES, INDEX, ETF = [A, B, C], "000300.XSHG", "510300.XSHG"
YESTERDAY = TODAY - timedelta(days=1)
DAYS = days_before(TODAY, 80)
FULL = WeightEqualConstraint(limit=1.0)


def walk(days: list[date], seed: int, drift: float = 0.001) -> list[Row]:
    """Daily bars of a price that wanders, 10,000 shares each."""
    steps = np.random.default_rng(seed).normal(drift, 0.01 * (1 + seed % 3), len(days))
    closes = (np.cumprod(1 + steps) * 100_000).astype(int).tolist()
    before = [100_000, *closes[:-1]]
    labels = [minute_ends(day)[-1] for day in days]
    return [
        (label, prev, max(prev, close), min(prev, close), close, 10_000, 10_000 * close, prev, 0)
        for label, prev, close in zip(labels, before, closes, strict=True)
    ]


def wandering(folder: Path) -> Desk:
    desk = Desk(at("10:00"), folder)
    desk.daily = {code: walk(DAYS, seed) for seed, code in enumerate([*CODES, ETF, INDEX], 1)}
    desk.listed = {code: instrument(code) for code in CODES} | {ETF: instrument(ETF, kind="etf")}
    return desk


def at_work(folder: Path) -> Iterator[Desk]:
    made = wandering(folder)
    host.bind(made)
    yield made
    host.bind(None)


def ask(
    target: Any = None, constraints: Any = FULL, securities: Any = None, when: Any = YESTERDAY, **other: Any
) -> Any:
    """An optimization of 60 days that is not worth all its arguments."""
    target = MinVariance(count=60) if target is None else target
    return portfolio_optimizer(when, securities or CODES, target, constraints, **other)


def said(desk: Desk) -> list[str]:
    """The warnings in the strategy's log."""
    return [text for level, name, text in desk.lines if (level, name) == ("warning", "system")]

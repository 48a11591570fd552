"""A desk whose strategy has two sub-accounts, and what a test looks at in them."""

from pathlib import Path

from jqdata.context import Context
from jqdata.portfolio import SubPortfolio
from services.strategy.ledger import Ledger
from tests.services.strategy.desk import A, B, Desk

START = f"""
A, B = '{A}', '{B}'
def initialize(context):
    set_subportfolios([SubPortfolioConfig(400_000, 'stock'), SubPortfolioConfig(500_000, 'stock')])
    run_daily(trade, '10:00')
    run_daily(later, '11:00')
def later(context): pass
"""


def desk_of(folder: Path, body: str, *more: str, cash: float = 1_000_000, **settings: object) -> Desk:
    """``body`` is the one line of ``trade``; ``more`` stands behind it."""
    folder.mkdir(exist_ok=True)
    desk = Desk(folder, "\n".join((START, f"def trade(context): {body}", *more)), cash=cash, **settings)
    desk.open()
    return desk


def ledgers(desk: Desk) -> tuple[Ledger, ...]:
    return desk.core._rt.subs.ledgers


def shown(desk: Desk) -> list[SubPortfolio]:
    return Context(desk.core._life.host).subportfolios


def restart(desk: Desk) -> None:
    desk.start(recovered=True)
    desk.turns()


def totals(desk: Desk) -> list[tuple[int, int, dict[str, tuple[int, int]]]]:
    return [
        (one.book.cash_e4, one.inout_e4, {s: (p.qty, p.cost_e4) for s, p in one.book.positions.items() if p.qty})
        for one in ledgers(desk)
    ]

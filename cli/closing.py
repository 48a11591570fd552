"""The table at the end of a run, and whether all books of the account agree to the fen."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path

from rich.console import Console

from cli import accounts, rows, tables
from cli.names import names_of
from common import messages as m
from common.errors import StackError
from common.process import fees_of
from common.run import Run
from common.settings import Settings


@dataclasses.dataclass(frozen=True)
class Sum:
    """What one book says: cash, what is held, and what both are worth; in 1/10,000 yuan."""

    cash_e4: int
    held: Mapping[str, int]
    equity_e4: int


def show(console: Console, run: Run, settings: Settings, runtime_dir: Path) -> bool:
    """Print positions, account and the check; False where the books differ or one cannot be read.

    ``runtime_dir`` is the stack's. One that was joined may still be writing, and one on another machine is out of
    reach: whoever started it makes the check."""
    account = accounts.from_strategy(run, settings) if run.remote else accounts.from_gateway(run, settings, runtime_dir)
    book = rows.book_of(account, fees_of(settings))
    names = names_of(run, [holding.symbol for holding in account.holdings])
    tables.show(console, "收盘持仓", rows.POSITIONS, rows.position_rows(book, names))
    tables.show(console, "账户", rows.ACCOUNT, [rows.account_row(book)])
    if run.joined or run.remote:
        return True
    return _check(console, sum_of(account.cash_e4, account.holdings), lambda: _others(run, settings))


def show_resting(console: Console, resting: list[m.OrderState] | None) -> None:
    """Print what is open at the broker; None where nobody could be asked."""
    if resting is None:
        console.print("未能查询柜台上的挂单（gateway 没有应答）；请用 bullet-trade orders 核对", style="yellow")
    elif resting:
        tables.show(console, f"柜台上仍有 {len(resting)} 笔挂单", rows.ORDERS, rows.order_rows(resting))
    else:
        console.print("柜台上没有挂单")


def sum_of(cash_e4: int, holdings: list[m.Holding]) -> Sum:
    """What a book says, at its own last prices."""
    held = {holding.symbol: holding.qty for holding in holdings if holding.qty}
    worth = [holding.qty * holding.last_price_e4 for holding in holdings]
    return Sum(cash_e4, held, cash_e4 + sum(worth))


def _check(console: Console, gateway: Sum, others: Callable[[], dict[str, Sum]]) -> bool:
    try:
        sums = {"gateway": gateway, **others()}
    except StackError as error:
        console.print(f"核对失败：{error}", style="red")
        return False
    if all(one == gateway for one in sums.values()):
        console.print(f"核对一致：{'、'.join(sums)} 的现金、持仓与权益一分不差", style="green")
        return True
    console.print("核对不一致：", style="bold red")
    for name, one in sums.items():
        held = "，".join(f"{symbol} {qty}" for symbol, qty in sorted(one.held.items())) or "无持仓"
        console.print(
            f"  {name}: 现金 {tables.money(one.cash_e4)} 权益 {tables.money(one.equity_e4)} {held}", style="red"
        )
    return False


def _others(run: Run, settings: Settings) -> dict[str, Sum]:
    simulator = accounts.from_simulator(run, settings)
    found = {"simulator": sum_of(simulator.cash_e4, simulator.holdings)}
    state = accounts.from_state(settings.runtime_dir, run.account, 0)
    if state is not None:
        found["state.db"] = sum_of(state.cash_e4, state.holdings)
    return found

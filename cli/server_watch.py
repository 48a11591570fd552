"""Stands beside a serving stack: what ``Watch`` does, and the accounts shown as soon as they are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from cli import rows, tables
from cli.follow import LogTail
from cli.programs import Launch
from cli.tables import Row
from cli.watch import ASK_SECONDS, Watch, Wish
from common import messages as m
from common.clock import monotonic_ns
from common.fees import FeeSchedule
from common.run import Run

if TYPE_CHECKING:
    from common.ask import Operator

HEADINGS = (*rows.ACCOUNT, "连接")
PATIENCE_NS = 20 * 10**9


class ServerWatch(Watch):
    """The accounts are shown once all of them are known; where that takes long, those that are late are named."""

    def __init__(
        self, launch: Launch, console: Console, tail: LogTail, wish: Wish, *, run: Run, fees: FeeSchedule
    ) -> None:
        super().__init__(launch, console, tail, wish)
        self._accounts, self._fees, self._begun_ns = run.aliases, fees, monotonic_ns()
        self._shown = self._complained = False
        if run.simulated:
            console.print("  模拟行情等第一个策略连接后开始走", style="dim")

    def show_progress(self, line: Operator) -> None:
        if not self._shown:
            self._show_accounts(line)
        super().show_progress(line)

    def _show_accounts(self, line: Operator) -> None:
        answers = [(account, line.ask("gateway", m.GetAccount(account), ASK_SECONDS)) for account in self._accounts]
        known = [
            snapshot for _, snapshot in answers if isinstance(snapshot, m.AccountSnapshot) and snapshot.trading_day
        ]
        if len(known) == len(self._accounts):
            self._shown = True
            tables.show(self.console, "账户概况", HEADINGS, map(self._row, known))
        elif not self._complained and monotonic_ns() - self._begun_ns > PATIENCE_NS:
            self._complained = True
            there = {snapshot.account for snapshot in known}
            late = "、".join(account for account in self._accounts if account not in there)
            self.console.print(f"账户 {late} 还没有数据；bullet-trade status 与 doctor 说明原因", style="yellow")

    def _row(self, snapshot: m.AccountSnapshot) -> Row:
        return (*rows.account_row(rows.book_of(snapshot, self._fees)), "正常" if snapshot.link_up else "中断")

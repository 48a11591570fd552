"""Where the verbs look: the running stack, or, marked 离线, the history that state.db keeps."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from cli import accounts
from cli.market_day import parse_day
from cli.names import ask_names, names_of
from cli.programs import RUN_FILE
from cli.refusal import Refused, coded
from cli.rows import book_of
from cli.stack import ASK_SECONDS, Stack, line_to, seen
from cli.tables import OFFLINE
from common import messages as m
from common.errors import ConfigError
from common.portfolio import Book
from common.process import fees_of
from common.run import read_run
from common.settings import COMMAND_LINE_ORIGIN, Loaded

if TYPE_CHECKING:
    from common.ask import Operator


@dataclasses.dataclass(frozen=True)
class Seen:
    """An account as it was found, ``orders`` with those that risk denied; ``mark`` says where it is the history's."""

    snapshot: m.AccountSnapshot
    orders: list[m.OrderState]
    book: Book
    names: dict[str, str]
    mark: str

    def title(self, what: str) -> str:
        day = f"{self.snapshot.trading_day}"
        if not self.snapshot.trading_day:
            return f"{what} · 账户 {self.snapshot.account} · 交易日尚未开始{self.mark}"
        return f"{what} · 账户 {self.snapshot.account} · {day[:4]}-{day[4:6]}-{day[6:]}{self.mark}"


def look(loaded: Loaded, day: str | None) -> Seen:
    """The account now, or at the end of ``day``; Refused where neither the stack nor the history has it."""
    number = int(f"{parse_day(day):%Y%m%d}") if day else 0
    with line_to(loaded) as line:
        stack = seen(line, loaded)
        snapshot = line.ask("gateway", m.GetAccount(stack.account), ASK_SECONDS) if stack else None
        if isinstance(snapshot, m.AccountSnapshot) and number in (0, snapshot.trading_day):
            book = book_of(snapshot, fees_of(loaded.settings))
            names = ask_names(line, [holding.symbol for holding in snapshot.holdings])
            return Seen(snapshot, _orders(line, snapshot), book, names, "")
        if stack and stack.remote:
            return _past(line, stack, loaded, number)
    return _offline(loaded, stack.runtime_dir if stack else loaded.settings.runtime_dir, number)


def with_stack(loaded: Loaded, act: Callable[[Operator, Stack], int]) -> int:
    """Do something that only a running stack can do."""
    with line_to(loaded) as line:
        stack = seen(line, loaded)
        if stack is None:
            raise Refused("NOT_RUNNING", f"没有运行中的系统（端口 {loaded.settings.bus_port_base + 1} 无应答）")
        return act(line, stack)


def have_taken(line: Operator, command: m.Message, no_answer: str) -> None:
    """Send a command; Refused with the reason risk gives for not taking it now, or with what silence means."""
    if line.command(command):
        return
    if line.refused is not None:
        raise Refused(line.refused.reason, line.refused.text)
    raise Refused("NO_ANSWER", no_answer)


def _orders(line: Operator, snapshot: m.AccountSnapshot) -> list[m.OrderState]:
    """The gateway's orders of the day; those that risk denied are added where state answers."""
    answer = line.ask("state", m.GetRows("orders", snapshot.account, snapshot.trading_day, 0), ASK_SECONDS)
    return accounts.with_denied(snapshot.orders, answer) if isinstance(answer, m.Rows) else snapshot.orders


def _past(line: Operator, stack: Stack, loaded: Loaded, number: int) -> Seen:
    """A day of the history that the server keeps."""

    def read(ask: m.GetRows) -> m.Rows:
        answer = line.ask("state", ask, ASK_SECONDS)
        if isinstance(answer, m.Rows):
            return answer
        said = answer.text if isinstance(answer, m.Refusal) else "state 没有应答"
        raise Refused("NO_ANSWER", f"服务端的历史无法读取：{said}")

    snapshot = accounts.from_rows(read, stack.account, number)
    if snapshot is None:
        raise Refused("NO_HISTORY", f"服务端没有账户 {stack.account} {'这一天' if number else ''}的记录")
    book = book_of(snapshot, fees_of(loaded.settings))
    names = ask_names(line, [holding.symbol for holding in snapshot.holdings])
    return Seen(snapshot, snapshot.orders, book, names, f" · {OFFLINE}")


def _offline(loaded: Loaded, runtime_dir: Path, number: int) -> Seen:
    path = runtime_dir / accounts.STATE_DB
    if not path.exists():
        raise Refused("NO_HISTORY", f"没有运行中的系统，{runtime_dir} 里也没有历史（state.db）")
    with coded("STATE_DAMAGED"):
        snapshot = accounts.from_state(runtime_dir, _asked_for(loaded), number)
    if snapshot is None:
        raise Refused("NO_HISTORY", f"{path} 里没有{'这一天' if number else ''}的记录")
    book = book_of(snapshot, fees_of(loaded.settings))
    return Seen(snapshot, snapshot.orders, book, _names(loaded, runtime_dir, snapshot), f" · {OFFLINE}")


def _asked_for(loaded: Loaded) -> str:
    """The account ``--account`` names, "" for the only one."""
    alias = loaded.settings.qmt_server_account_key
    return alias if alias and loaded.origins["QMT_SERVER_ACCOUNT_KEY"] == COMMAND_LINE_ORIGIN else ""


def _names(loaded: Loaded, runtime_dir: Path, snapshot: m.AccountSnapshot) -> dict[str, str]:
    symbols = [holding.symbol for holding in snapshot.holdings]
    path = runtime_dir / RUN_FILE
    if not symbols or not path.exists():
        return {}
    try:
        return names_of(read_run(path), symbols)
    except ConfigError:  # the recording may be gone since: the history is still there to be read
        return {}

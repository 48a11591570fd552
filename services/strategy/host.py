"""The strategy process as the API sees it: every call of user code arrives here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

from common import messages as m
from common.errors import ConfigError
from common.portfolio import Book
from common.symbols import UnknownSymbol, normalize_code
from jqdata.columns import Columns
from jqdata.context import RunParams
from jqdata.deals import Order, Trade
from jqdata.host import OrderAsk, Task
from jqdata.styles import SubPortfolioConfig
from services.strategy import schedule
from services.strategy.agenda import Agenda
from services.strategy.archive import Archive
from services.strategy.history import History
from services.strategy.ledger import Ledger
from services.strategy.market import Market
from services.strategy.older import Older
from services.strategy.orders import Orders
from services.strategy.provided import Provided
from services.strategy.runtime import Runtime
from services.strategy.sub_desk import SubDesk
from services.strategy.ticks import Ticks


class StrategyHost:
    """Implements ``jqdata.host.Host`` and shows ``context`` what it shows the strategy."""

    def __init__(self, runtime: Runtime, market: Market, orders: Orders, agenda: Agenda, ticks: Ticks) -> None:
        self._rt, self._market, self._orders, self._agenda, self._ticks = runtime, market, orders, agenda, ticks
        self._archive = Archive(runtime)
        self._history = History(runtime, Older(runtime, market, self._archive))
        self._provided = Provided(runtime)
        self.sub_desk = SubDesk(runtime, orders.tickets)
        self.settings: dict[str, Any] = {}
        self.starting_cash_e4 = 0
        self.starting = True  # until initialize and its sisters have run
        self.namespace: dict[str, Any] = {}
        self._from_body: list[tuple[Task, Callable[..., object]]] = []
        self._in_body = self._no_twins = False

    # -- context -------------------------------------------------------------------------------------------------

    @property
    def book(self) -> Book:
        return self._rt.book

    @property
    def run_params(self) -> RunParams:
        frequency = "day" if self._rt.config.hours.daily else "minute"
        return RunParams(self._agenda.start_day or self._rt.day, frequency=frequency)

    @property
    def previous_date(self) -> date:
        return self._rt.calendar.previous(self._rt.day)

    @property
    def universe(self) -> list[str]:
        return list(self.settings.get("universe", ()))

    def now(self) -> datetime:
        return self._rt.logical_now()

    # -- orders --------------------------------------------------------------------------------------------------

    def place(self, ask: OrderAsk) -> Order | None:
        return self._orders.place(ask)

    def cancel(self, order_id: str) -> Order | None:
        return self._orders.cancel(order_id)

    def orders(self) -> dict[str, Order]:
        return dict(self._orders.tickets.orders)

    def trades(self) -> dict[str, Trade]:
        return self._orders.tickets.trades()

    def available_cash(self, pindex: int = 0) -> float:
        return self._rt.subs.free_cash_e4(pindex) / 1e4

    def closeable_amount(self, symbol: str, pindex: int = 0) -> int:
        return self._rt.subs.closeable_qty(symbol, pindex)

    # -- sub-accounts --------------------------------------------------------------------------------------------

    @property
    def subs(self) -> Sequence[Ledger]:
        return self._rt.subs.ledgers

    def divide(self, configs: Sequence[SubPortfolioConfig]) -> None:
        self.sub_desk.divide(configs)

    def transfer(self, source: int, target: int, cash: float) -> None:
        self.sub_desk.transfer(source, target, cash)

    # -- schedule ------------------------------------------------------------------------------------------------

    def add_task(self, task: Task, func: Callable[..., object]) -> None:
        """ValueError where the strategy file has no such function: after a restart it could not be found."""
        if self._in_body:
            self._from_body.append((task, func))
            return
        _check_is_found(task, func, self.namespace)
        rt = self._rt
        if self._no_twins and any(one.task == task for one in self._agenda.tasks):
            rt.log("info", "system", f"定时任务 {task.func_name} {task.time} 在 initialize 里已有，不再重复")
            return
        if task.reference_security is not None and not _is_of_stock_market(task.reference_security):
            said = f"定时任务 {task.func_name} 参照 {task.reference_security}，没有它的时段，按股票时段运行"
            rt.log("warning", "system", said)
        # What fell due while a starting process waited for the broker is late, not past.
        self._agenda.add(task, rt.up_ns - 1 if self.starting else max(rt.logical_ns, rt.now_ns - 1))

    def adding_no_twin(self, run: Callable[[], None]) -> None:
        """Run something whose tasks may be there already; such are left out, with a line."""
        self._no_twins = True
        try:
            run()
        finally:
            self._no_twins = False

    def clear_tasks(self) -> None:
        if self._in_body:
            self._from_body.clear()
        else:
            self._agenda.clear()

    @contextmanager
    def body_running(self) -> Iterator[None]:
        """What a module's body schedules waits: it counts where the strategy begins, not where it goes on."""
        self._from_body, self._in_body = [], True
        try:
            yield
        finally:
            self._in_body = False

    def check_body(self, namespace: Mapping[str, Any]) -> None:
        """ConfigError where the body scheduled what could not be found after a restart."""
        for task, func in self._from_body:
            try:
                _check_is_found(task, func, namespace)
                schedule.check(task, self._rt.config.hours)
            except ValueError as error:
                raise ConfigError(str(error)) from error

    def schedule_of_body(self) -> None:
        """Have run what the body scheduled."""
        for task, func in self._from_body:
            self.add_task(task, func)

    def new_in_body(self) -> str:
        """What the body scheduled and is not among the tasks, for people."""
        there = [one.task for one in self._agenda.tasks]
        return "、".join(f"{task.func_name} {task.time}" for task, _ in self._from_body if task not in there)

    # -- market --------------------------------------------------------------------------------------------------

    def bars(
        self,
        symbols: Sequence[str],
        unit: str,
        *,
        count: int = 0,
        start_ns: int = 0,
        end_ns: int = 0,
        running: bool = False,
    ) -> dict[str, Columns]:
        return self._history.bars(m.GetBars(list(symbols), unit, count, start_ns, end_ns, running))

    def adjustments(self, symbols: Sequence[str], since: date | None = None) -> dict[str, m.Adjustment]:
        return self._history.adjustments(symbols, since)

    def quote(self, symbol: str) -> m.Quote | None:
        return self._market.quote(symbol)

    def ticks(self, symbol: str, after_ns: int, until_ns: int) -> list[m.Quote]:
        answer = self._rt.ask(m.GetTicks([symbol], after_ns, until_ns))
        if isinstance(answer, m.Ticks):
            return answer.quotes
        why = answer.text if isinstance(answer, m.Refusal) else type(answer).__name__
        self._rt.log("warning", "history", f"历史快照没有得到回答：{why}")
        return []

    def instrument(self, symbol: str) -> m.Instrument | None:
        return self._market.instrument(symbol)

    def instruments(self) -> list[m.Instrument]:
        return self._market.instruments()

    def listings(self) -> Mapping[str, m.Instrument]:
        return self._archive.listings()

    @property
    def data_provider(self) -> str:
        return self._rt.config.data_provider

    def provided(self, function: str, wants: Sequence[m.Want], sql: str = "") -> m.ProviderAnswer:
        return self._provided.answer(function, list(wants), sql)

    def members(self, name: str, trading_day: int) -> m.Members | None:
        return self._market.members(name, trading_day)

    def trade_days(self, since: date | None = None) -> list[date]:
        calendar = self._rt.calendar
        older = self._archive.trade_days(calendar.first) if since is not None and since < calendar.first else []
        return [*older, *calendar.days_between(calendar.first, calendar.last)]

    def subscribe(self, symbols: Sequence[str]) -> None:
        """ValueError above ``TICK_SUBSCRIPTION_LIMIT``."""
        self._ticks.subscribe(symbols)
        self._market.subscribe(list(symbols))

    def unsubscribe(self, symbols: Sequence[str] | None) -> None:
        self._ticks.unsubscribe(symbols)

    # -- settings, words -----------------------------------------------------------------------------------------

    def set_setting(self, name: str, value: object) -> None:
        self.settings[name] = value

    def setting(self, name: str) -> object:
        return self.settings.get(name)

    def record(self, values: dict[str, float]) -> None:
        self._rt.log("info", "strategy", "record " + " ".join(f"{name}={value:g}" for name, value in values.items()))

    def message(self, text: str) -> None:
        self._rt.log("info", "strategy", f"消息：{text}")
        self._rt.alert("STRATEGY_MESSAGE", text)

    def alert(self, code: str, text: str) -> None:
        self._rt.alert(code, text)

    def log(self, level: str, name: str, text: str) -> None:
        self._rt.log(level, name, text)

    def set_log_level(self, name: str, level: str) -> None:
        self._rt.levels[name] = level

    @property
    def stop_loss_ratio_bp(self) -> int:
        return self._rt.config.stop_loss_ratio_bp

    @property
    def runtime_dir(self) -> Path:
        return self._rt.config.runtime_dir


def _check_is_found(task: Task, func: Callable[..., object], namespace: Mapping[str, Any]) -> None:
    if namespace.get(task.func_name) is not func:
        raise ValueError(f"定时任务 {task.func_name} 应为策略文件顶层的函数，且名称未被改指他物")


def _is_of_stock_market(security: str) -> bool:
    """Stocks, funds, convertibles and indices trade in the one session we keep."""
    try:
        normalize_code(security)
    except UnknownSymbol:
        return False
    return True

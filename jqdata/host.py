"""What a running strategy host does for the API, and the one place where the API finds it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date, datetime
    from pathlib import Path

    from common.messages import Adjustment, Instrument, Members, ProviderAnswer, Quote, Want
    from jqdata.columns import Columns
    from jqdata.objects import Order, Trade
    from jqdata.styles import OrderStyle, SubPortfolioConfig

AskKind = Literal["amount", "value", "target", "target_value"]
TaskKind = Literal["daily", "weekly", "monthly"]


class OrderAsk(NamedTuple):
    """What the strategy asked for: ``number`` is shares or yuan by ``kind``; ``wait_timeout`` None is the setting's."""

    security: str
    kind: AskKind
    number: float
    style: OrderStyle
    side: str
    pindex: int
    close_today: bool
    wait_timeout: float | None


@dataclasses.dataclass(frozen=True)
class Task:
    """A scheduled function; ``day`` is the N-th trading day of the week or month (negative: from its end); daily: 0."""

    kind: TaskKind
    func_name: str
    day: int
    time: str
    reference_security: str | None
    force: bool


class Host(Protocol):
    """The strategy process as the API sees it. Times are naive Beijing datetimes or UTC ns; every call may wait."""

    def now(self) -> datetime:
        """Logical time, ``context.current_dt``."""

    def place(self, ask: OrderAsk) -> Order | None: ...

    def cancel(self, order_id: str) -> Order | None:
        """None where no such order of today is known."""

    def orders(self) -> dict[str, Order]:
        """Today's orders of this strategy by ``order_id``, oldest first."""

    def trades(self) -> dict[str, Trade]:
        """Today's trades of this strategy by ``trade_id``, oldest first."""

    def add_task(self, task: Task, func: Callable[..., object]) -> None:
        """ValueError, in Chinese, where the time expression is none."""

    def clear_tasks(self) -> None: ...

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
        """``1d`` or ``1m`` bars complete at ``end_ns`` (0: now), the last ``count`` or all from ``start_ns``.

        With ``running`` also the unfinished one. Unknown symbols are absent; a known one without bars has none.
        ProviderFailed where they are a data provider's to tell, and it cannot.
        """

    def adjustments(self, symbols: Sequence[str], since: date | None = None) -> dict[str, Adjustment]:
        """The ex-days of each up to today, at least those after ``since`` (None: all); symbols that never had one may
        be absent."""

    def quote(self, symbol: str) -> Quote | None:
        """The latest known snapshot; the first use subscribes."""

    def ticks(self, symbol: str, after_ns: int, until_ns: int) -> list[Quote]:
        """Today's published snapshots with after < at <= until, in order."""

    def instrument(self, symbol: str) -> Instrument | None: ...

    def instruments(self) -> list[Instrument]: ...

    def listings(self) -> Mapping[str, Instrument]:
        """What the data provider knows of codes that were listed up to today; nothing where there is none."""

    @property
    def data_provider(self) -> str:
        """The name of the data provider that answers ``provided``; '' where there is none."""

    def provided(self, function: str, wants: Sequence[Want], sql: str = "") -> ProviderAnswer:
        """What the data provider has of these datasets, for a ``function`` of the API; faults are in the answer."""

    def members(self, name: str, trading_day: int) -> Members | None:
        """The members of an index or sector as the quotes' feed has them (0: now); None where it has none."""

    def trade_days(self, since: date | None = None) -> list[date]:
        """The known trading days, in order; those before our table begins only for who asks ``since`` such a day."""

    def set_setting(self, name: str, value: object) -> None:
        """Keep what ``set_benchmark``, ``set_option`` … were told: shown, without effect on the broker."""

    def setting(self, name: str) -> object:
        """What ``set_setting`` was last told under this name, or None."""

    def record(self, values: dict[str, float]) -> None: ...

    def message(self, text: str) -> None: ...

    def alert(self, code: str, text: str) -> None: ...

    def log(self, level: str, name: str, text: str) -> None: ...

    def set_log_level(self, name: str, level: str) -> None: ...

    def subscribe(self, symbols: Sequence[str]) -> None: ...

    def unsubscribe(self, symbols: Sequence[str] | None) -> None:
        """None: all of them."""

    def available_cash(self, pindex: int = 0) -> float:
        """Yuan that an order of a sub-account may use now."""

    def closeable_amount(self, symbol: str, pindex: int = 0) -> int:
        """Shares of a sub-account that may be sold now (T+1)."""

    def divide(self, configs: Sequence[SubPortfolioConfig]) -> None:
        """Part the account's cash among sub-accounts; ValueError, in Chinese, where it has less."""

    def transfer(self, source: int, target: int, cash: float) -> None:
        """Move yuan between sub-accounts; ValueError, in Chinese, where that cannot be."""

    @property
    def stop_loss_ratio_bp(self) -> int:
        """``STOP_LOSS_RATIO`` in 1/100 of a percent."""

    @property
    def runtime_dir(self) -> Path:
        """The folder that ``read_file`` and ``write_file`` stay in."""


_bound: list[Host] = []


def bind(host: Host | None) -> None:
    """Let the API speak to ``host`` from now on; None unbinds."""
    _bound[:] = [] if host is None else [host]


def current() -> Host:
    """The bound host; RuntimeError where the strategy was not started by bullet-trade."""
    if not _bound:
        raise RuntimeError("jqdata 只能在 bullet-trade 运行的策略中调用")
    return _bound[0]

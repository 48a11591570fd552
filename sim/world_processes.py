"""The shipped processes as the world runs them: core, session, journal and loop, put together as their mains do."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from common import messages as m
from common.calendar import load
from common.channels import CHANNELS
from common.clock import MarketTime
from common.fees import FeeSchedule
from common.journal import Journal
from common.loop import Effects, Loop, NoEffects
from common.portfolio import Book
from common.recovery import recover
from common.risk_limits import RiskLimits
from common.session import Core, Session
from services.gateway.core import GatewayCore
from services.risk.core import RiskCore
from services.strategy.config import StrategyConfig
from services.strategy.core import StrategyCore
from services.strategy.loader import Source
from sim.world_broker import ACCOUNT
from sim.world_connection import Connection
from sim.world_disk import Cross, Disk, WorldKeeper
from sim.world_faults import Traits
from sim.world_links import WorldBus
from sim.world_strategy import STRATEGY

FEES = FeeSchedule()
CALENDAR = load()
_FINAL_WORDS: dict[type[m.Message], str] = {
    m.OrderCancelled: "cancelled",
    m.OrderRejected: "rejected",
    m.OrderExpired: "expired",
    m.OrderDenied: "denied",
}
_ACCOUNT_EVENTS = frozenset(CHANNELS["account"].types)


class WorldTime(MarketTime):
    """The wall clock of the world, which can jump."""

    def __init__(self, now_ns: Callable[[], int]) -> None:
        super().__init__(simulated=False)
        self._wall_ns = now_ns

    @property
    def now_ns(self) -> int:
        return self._wall_ns()


class Follower:
    """Stands where the state process stands: hears everything, keeps a book, and which ends it was told of."""

    journals_all = False
    wake_ns = 0
    busy = False

    def __init__(self) -> None:
        self.book = Book(ACCOUNT, FEES)
        self.ends: dict[str, set[str]] = {}

    def decide(self, message: m.Message, now_ns: int) -> list[m.Message]:
        return []

    def apply(self, message: m.Message) -> None:
        if isinstance(message, m.AccountSnapshot):
            self.book.restore(message)
        elif type(message) in _ACCOUNT_EVENTS or isinstance(message, m.OrderDenied):
            self.book.apply(message)
        if word := _FINAL_WORDS.get(type(message)):
            order = getattr(message, "order", None)
            key = order.client_order_id if order is not None else message.client_order_id  # type: ignore[attr-defined]
            self.ends.setdefault(key, set()).add(word)

    def answer(self, query: m.Message, now_ns: int) -> m.Message:
        return m.Refusal("NOT_SUPPORTED", "")

    def snapshot(self, account: str, now_ns: int) -> m.Message:
        return m.Refusal("NOT_SUPPORTED", "")


class WorldDesk(NoEffects):
    """The gateway's hands: each call of the broker is a border where the process can die."""

    def __init__(self, connection: Connection, cross: Cross) -> None:
        self.connection, self._cross = connection, cross

    def run(self, effects: list[m.Message]) -> None:
        for effect in effects:
            assert isinstance(effect, m.PlaceAtBroker | m.CancelAtBroker | m.AskBroker), f"nobody runs {effect}"
            self._cross("call")
            self.connection.request(effect)
            self._cross("called")

    def reports(self) -> list[m.Message]:
        return [*self.connection.reports()]

    def needs_sync(self, effects: list[m.Message]) -> bool:
        return any(isinstance(e, m.PlaceAtBroker) for e in effects)


def limits_of(traits: Traits) -> RiskLimits:
    return RiskLimits(
        order_value_max_e4=100_000 * 10_000,
        daily_trade_value_max_e4=traits.value_max_e4,
        daily_trades_max=traits.trades_max,
        stock_count_max=10,
        position_ratio_max_bp=10_000,
        stop_loss_ratio_bp=500,
        min_buy_order_value_e4=0,
        daily_cancels_max=1000,
        cancel_interval_min_ns=0,
        cancels_per_order_max=3,
        order_volume_max=1_000_000,
    )


def strategy_core(source: Source, keeper: WorldKeeper, log: Callable[[str, str, str], None]) -> StrategyCore:
    return StrategyCore(StrategyConfig(ACCOUNT, STRATEGY, "live", fees=FEES), source, keeper, CALENDAR, log)


def gateway_core() -> GatewayCore:
    return GatewayCore((ACCOUNT,), FEES, "live")


def risk_core(traits: Traits) -> RiskCore:
    return RiskCore({ACCOUNT: limits_of(traits)}, FEES)


@dataclasses.dataclass
class Life:
    """One life of a process, from its start to its death."""

    core: Any
    session: Session
    loop: Loop
    bus: WorldBus
    journal: Journal | None


def open_life(
    name: str,
    core: Core,
    disk: Disk | None,
    bus: WorldBus,
    effects: Effects,
    *,
    cross: Cross,
    wall_ns: Callable[[], int],
    mono_ns: Callable[[], int],
    note: Callable[[str, str], None],
) -> Life:
    """As ``Process.open`` and the mains do it, up to the loop's first turn."""
    started_ns = wall_ns()
    journal, payloads = disk.open(cross, started_ns) if disk else (None, [])
    run = int(journal.header["run"]) if journal else started_ns
    session = Session(name, core, (ACCOUNT,), WorldTime(wall_ns), run)
    session.life = started_ns
    for payload in payloads:
        recover(session, payload)
    loop = Loop(session, bus, journal, effects, note, monotonic=mono_ns)  # type: ignore[arg-type]
    session.start(recovered=bool(payloads))
    loop.flush()
    return Life(core, session, loop, bus, journal)

"""The shipped processes as the world runs them: core, session, journal and loop, put together as their mains do."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from common.calendar import load
from common.clock import MarketTime
from common.fees import FeeSchedule
from common.journal import Journal
from common.loop import Effects, Loop, NoEffects
from common.recovery import recover
from common.risk_limits import RiskLimits
from common.session import Core, Session
from services.gateway.core import GatewayCore
from services.gateway.matching import MatchingDesk
from services.gateway.quotes.__main__ import ClockWork
from services.gateway.quotes.core import QuotesCore
from services.gateway.quotes.library import Library
from services.gateway.quotes.pace import Pace
from services.risk.core import RiskCore
from services.state.__main__ import StoreEffects
from services.state.core import StateCore
from services.strategy.catching_up import CatchingUp
from services.strategy.config import StrategyConfig
from services.strategy.core import StrategyCore
from services.strategy.loader import Source
from sim.world_broker import ACCOUNT
from sim.world_disk import Cross, Disk, WorldKeeper
from sim.world_faults import PROCESSES, Traits
from sim.world_links import WorldBus
from sim.world_market import SteadyFeed
from sim.world_state import StateDisk
from sim.world_strategy import STRATEGY
from sim.world_time import DAY

FEES = FeeSchedule()
CALENDAR = load()
_DAY_S = 24 * 3600


@dataclasses.dataclass(frozen=True)
class Around:
    """What a life finds where it starts."""

    name: str
    disk: Disk | None
    bus: WorldBus
    market: MarketTime
    cross: Cross
    wall_ns: Callable[[], int]
    mono_ns: Callable[[], int]
    note: Callable[[str, str], None]


@dataclasses.dataclass
class Life:
    """One life of a process, from its start to its death."""

    core: Any
    session: Session
    loop: Loop
    bus: WorldBus
    journal: Journal | None
    disk: Disk | None

    def end(self) -> None:
        """Its files stay as they are."""
        if self.journal is not None:
            self.journal.close()
        if isinstance(self.disk, StateDisk):
            self.disk.cut_off()


def open_life(around: Around, core: Core, hands_of: Callable[[Session], Effects]) -> Life:
    """As ``Process.open`` and the mains do it, up to the loop's first turn."""
    started_ns = around.wall_ns()
    journal, payloads = around.disk.open(around.cross, started_ns) if around.disk else (None, [])
    run = int(journal.header["run"]) if journal else started_ns
    session = Session(around.name, core, (ACCOUNT,), around.market, run)
    session.life = started_ns
    for payload in payloads:
        recover(session, payload)
    return _go(around, core, session, journal, hands_of(session), recovered=bool(payloads))


def open_state(around: Around) -> Life:
    """The process without a journal: what it remembers is in its store."""
    assert isinstance(around.disk, StateDisk)
    store = around.disk.open_store(around.cross)
    core = StateCore(store, FEES)
    session = Session(around.name, core, (ACCOUNT,), around.market, around.wall_ns())
    hands = StoreEffects(core, session, monotonic=around.mono_ns)
    return _go(around, core, session, None, hands, recovered=bool(store.positions()))


def open_quotes(around: Around, traits: Traits, feed: SteadyFeed) -> Life:
    """The process that keeps the clock of a simulated day."""
    pace = Pace(traits.speed, 0, _DAY_S)
    core = QuotesCore([DAY], PROCESSES, pace, lambda day: Library(feed, CALENDAR, day))

    def hands(session: Session) -> ClockWork:
        session.number = core.number
        around.market.advance(core.now_ns)
        return ClockWork(core, session, lambda status: status, monotonic=around.mono_ns)

    return open_life(around, core, hands)


def _go(
    around: Around, core: Core, session: Session, journal: Journal | None, hands: Effects, *, recovered: bool
) -> Life:
    if isinstance(hands, ClockWork | MatchingDesk | CatchingUp):
        session.shell = hands
    loop = Loop(session, around.bus, journal, hands, around.note, monotonic=around.mono_ns)  # type: ignore[arg-type]
    session.start(recovered=recovered)
    loop.flush()
    return Life(core, session, loop, around.bus, journal, around.disk)


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


def strategy_core(source: Source, keeper: WorldKeeper, mode: str, log: Callable[[str, str, str], None]) -> StrategyCore:
    return StrategyCore(StrategyConfig(ACCOUNT, STRATEGY, mode, fees=FEES), source, keeper, CALENDAR, log)


def gateway_core(mode: str) -> GatewayCore:
    return GatewayCore((ACCOUNT,), FEES, mode)


def risk_core(traits: Traits) -> RiskCore:
    return RiskCore({ACCOUNT: limits_of(traits)}, FEES)


def no_hands(session: Session) -> NoEffects:
    return NoEffects()

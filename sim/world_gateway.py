"""The gateway's hands on the world's broker: in real time, and in a simulated day, whose clock comes by the gateway."""

from __future__ import annotations

from typing import cast

from common import messages as m
from common.beijing import at
from common.loop import NoEffects
from common.session import Session
from services.gateway.core import GatewayCore
from services.gateway.matching import Matcher, MatchingDesk
from sim.world_broker import MILLISECOND_NS, Later
from sim.world_connection import Connection, Wire
from sim.world_time import DAY

CLOSE_NS = at(DAY, "15:00")


class Line:
    """Between the broker and whoever is the gateway now."""

    def __init__(self, wire: Wire, later: Later) -> None:
        self.wire, self._later = wire, later
        self.connection: Connection | None = None

    def down(self) -> None:
        self.wire.is_up = False
        if self.connection is not None:
            self.connection.go_down()

    def up(self) -> None:
        self.wire.is_up = True
        if self.connection is not None:
            self.connection.come_up()

    def make_anew(self) -> None:
        if self.connection is not None:
            self.down()
            self._later(500 * MILLISECOND_NS, self.up)

    def drop(self) -> None:
        """The gateway is gone."""
        if self.connection is not None:
            self.connection.close()
        self.connection = None


class LiveDesk(NoEffects):
    """Hands the core's requests to the broker."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def run(self, effects: list[m.Message]) -> None:
        for effect in effects:
            assert isinstance(effect, m.PlaceAtBroker | m.CancelAtBroker | m.AskBroker), f"nobody runs {effect}"
            self.connection.request(effect)

    def reports(self) -> list[m.Message]:
        return [*self.connection.reports()]

    def needs_sync(self, effects: list[m.Message]) -> bool:
        return any(isinstance(e, m.PlaceAtBroker) for e in effects)


class ClockedConnection(Connection):
    """Offers what the shipped desk of a simulated day wants of its broker. It is made when the time is known."""

    resume_from_ns = 0
    _knows_time = False

    def start(self) -> None:
        """The clock does it."""

    def come_up(self) -> None:
        if self._knows_time:
            super().come_up()

    def go_down(self) -> None:
        if self._knows_time:
            super().go_down()

    def on_clock(self, now_ns: int, trading_day: int) -> None:
        self._broker.market_ns = now_ns
        if not self._knows_time:
            self._knows_time = True
            super().start()
        if now_ns >= CLOSE_NS:
            self._broker.close_day()

    def _statement_takes_ms(self) -> int:
        """In lock-step a day waits for its processes, and ends before an account that is opened later."""
        return super()._statement_takes_ms() if self._wire.slow_answers else 0

    def on_quotes(self, quotes: tuple[m.Quote, ...], now_ns: int) -> None:
        """It trades as chance has it."""

    def end_day(self) -> None:
        """The clock has said it."""

    def said(self) -> list[m.Message]:
        return []

    def wants(self) -> list[str]:
        return []

    def resting_symbols(self) -> list[str]:
        return []


def clocked_desk(connection: ClockedConnection, core: GatewayCore, session: Session) -> MatchingDesk:
    return MatchingDesk(
        cast("Matcher", connection),
        session,
        marked_ns=core.marked_ns,
        sync_orders=True,
        complete=lambda status: status,
    )

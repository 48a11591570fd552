"""Bugs to plant into the shipped code, one at a time; the world must find each."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

from common import messages as m
from common import wire
from common.journal import Journal
from common.loop import Loop
from common.orders import OrderRecord, Status
from common.session import Session
from common.session_commands import CommandsIn, CommandsOut
from common.session_events import EventsIn
from services.gateway import core as gateway
from services.gateway import statement
from services.gateway.core import GatewayCore
from services.risk.core import RiskCore
from services.risk.limits import Desk
from sim import world_processes
from tests.sim.planted_bugs_apart import (
    commit_positions_before_rows,
    commit_rows_before_positions,
    forget_what_a_full_disk_refused,
    ignore_what_others_heard_of_the_clock,
    start_the_clock_from_zero,
)

Plant = Callable[[], contextlib.AbstractContextManager[object]]


@contextlib.contextmanager
def drop_the_dedupe() -> Iterator[None]:
    """A command that was stepped before is stepped again."""
    admit = CommandsIn.admit

    def careless(self: CommandsIn, frame: wire.Command, data: bytes) -> bool:
        taken = self.taken.get((frame.sender, frame.channel))
        if taken is not None and frame.run == taken.run and frame.seq <= taken.seq:
            return True
        return admit(self, frame, data)

    with patch.object(CommandsIn, "admit", careless):
        yield


@contextlib.contextmanager
def skip_the_fsync() -> Iterator[None]:
    commit = Journal.commit
    with patch.object(Journal, "commit", lambda self, *, sync: commit(self, sync=False)):
        yield


@contextlib.contextmanager
def decide_again_on_recovery() -> Iterator[None]:
    """What was put on record is decided anew at the next start."""

    def recover(session: Session, payload: bytes) -> None:
        step = wire.decode_step(payload)
        if not step.local:
            session.frame(bytes(step.input), 0)
        elif not isinstance(message := wire.decode_message(step.input), m.Started):
            session.local(message)

    with patch.object(world_processes, "recover", recover):
        yield


@contextlib.contextmanager
def forget_what_is_in_flight() -> Iterator[None]:
    """Risk reserves nothing for what it approved until the gateway tells it."""

    def approve(self: Desk, order: m.Order) -> None:
        self.book.orders.setdefault(order.client_order_id, OrderRecord(order))

    with patch.object(Desk, "approve", approve):
        yield


@contextlib.contextmanager
def take_unknown_for_rejected() -> Iterator[None]:
    def rejected(order: m.Order, text: str, now_ns: int) -> m.Message:
        return m.OrderRejected(order.account, order.client_order_id, "BROKER_REJECTED", text, now_ns)

    with patch.object(statement, "_unknown", rejected):
        yield


@contextlib.contextmanager
def drop_callbacks_during_start_up() -> Iterator[None]:
    decide = GatewayCore.decide

    def deaf(self: GatewayCore, message: m.Message, now_ns: int) -> list[m.Message]:
        early = isinstance(message, m.BrokerOrder | m.BrokerFill) and message.account not in self.ready
        return [] if early else decide(self, message, now_ns)

    with patch.object(GatewayCore, "decide", deaf):
        yield


@contextlib.contextmanager
def resend_blindly() -> Iterator[None]:
    """An order the broker does not list is placed again, whatever its list is worth."""

    def missing(self: statement.Statement, book: Any, record: OrderRecord, now_ns: int) -> Iterator[m.Message]:
        if record.status is Status.SUBMITTED and now_ns <= record.order.expire_ns:
            yield m.PlaceAtBroker(record.order)

    with patch.object(statement.Statement, "_missing", missing):
        yield


@contextlib.contextmanager
def acknowledge_before_the_journal() -> Iterator[None]:
    """What came out of a step leaves before the step is on file."""
    write = Loop._write

    def hasty(self: Loop, *, sync: bool) -> None:
        self.session.commands_in.acknowledge()
        self._send()
        write(self, sync=sync)

    with patch.object(Loop, "_write", hasty):
        yield


@contextlib.contextmanager
def take_a_fill_twice() -> Iterator[None]:
    """Fills are told apart by nothing."""
    told, apply = gateway.told_by_fill, OrderRecord.apply

    def forgetful(book: Any, row: m.BrokerFill, fees: Any) -> Iterator[m.Message]:
        record = book.orders.get(row.client_order_id)
        known, mine = (record.fill_ids, set[str]()) if record else (set[str](), set[str]())
        if record is not None:
            record.fill_ids = mine
        events = list(told(book, row, fees))
        if record is not None:
            record.fill_ids = known
        return iter(events)

    def gullible(self: OrderRecord, event: Any) -> bool:
        if isinstance(event, m.OrderFilled):
            self.fill_ids.discard(event.fill_id)
        return apply(self, event)

    with patch.object(gateway, "told_by_fill", forgetful), patch.object(OrderRecord, "apply", gullible):
        yield


@contextlib.contextmanager
def ignore_the_expiry() -> Iterator[None]:
    """Risk and gateway act on an order however old it is."""
    place, submit = GatewayCore._place, RiskCore._submit

    with (
        patch.object(GatewayCore, "_place", lambda self, approved, now_ns: place(self, approved, 0)),
        patch.object(RiskCore, "_submit", lambda self, order, now_ns: submit(self, order, 0)),
    ):
        yield


@contextlib.contextmanager
def forget_to_resend() -> Iterator[None]:
    """What was not acknowledged before a restart is not sent again."""
    recover = CommandsOut.recover

    def careless(self: CommandsOut, frame: wire.Command, data: bytes) -> None:
        recover(self, frame, data)
        self.sent[frame.channel].unacked.clear()

    with patch.object(CommandsOut, "recover", careless):
        yield


@contextlib.contextmanager
def use_numbers_again() -> Iterator[None]:
    """A new life goes on with the numbers of the last one, although it may not know them all."""
    with patch.object(CommandsOut, "open_run", lambda self, life: None):
        yield


@contextlib.contextmanager
def skip_gaps() -> Iterator[None]:
    """A listener takes the next event it hears, whatever it missed."""
    event = EventsIn.event

    def careless(self: EventsIn, frame: wire.Event, mono_ns: int) -> m.Message | None:
        stream = self.streams.get((frame.channel, frame.account))
        if stream is not None and 0 < stream.seq < frame.seq - 1:
            stream.seq = frame.seq - 1
        return event(self, frame, mono_ns)

    with patch.object(EventsIn, "event", careless):
        yield


BUGS: dict[str, Plant] = {
    plant.__name__: plant
    for plant in (
        drop_the_dedupe,
        skip_the_fsync,
        decide_again_on_recovery,
        forget_what_is_in_flight,
        take_unknown_for_rejected,
        drop_callbacks_during_start_up,
        resend_blindly,
        acknowledge_before_the_journal,
        take_a_fill_twice,
        ignore_the_expiry,
        forget_to_resend,
        use_numbers_again,
        skip_gaps,
        commit_positions_before_rows,
        commit_rows_before_positions,
        forget_what_a_full_disk_refused,
        start_the_clock_from_zero,
        ignore_what_others_heard_of_the_clock,
    )
}

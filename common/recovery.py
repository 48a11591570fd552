"""Brings a session back from its journal: folds what is on record, and decides nothing again."""

from __future__ import annotations

from common import messages as m
from common import wire
from common.session import NOT_FACTS, Session
from common.session_carry import take_over
from common.session_core import Core


def recover(session: Session, payload: bytes) -> None:
    """Fold one journal record: the input if it is a fact, then what came out of it. Decides nothing."""
    step = wire.decode_step(payload)
    session.market.advance(step.now_ns)
    session.alive_ns = max(session.alive_ns, step.now_ns)
    recover_input(session, step)
    recover_outcome(session, step)


def recover_input(session: Session, step: wire.Step) -> None:
    if step.local:
        message = wire.decode_message(step.input)
        if isinstance(message, m.Carried):
            take_over(session, message)
        else:
            _fold(session.core, message)
    else:
        _recover_frame(session, wire.decode_frame(bytes(step.input)))


def recover_outcome(session: Session, step: wire.Step) -> None:
    for raw in step.frames:
        data = bytes(raw)
        match wire.decode_frame(data):
            case wire.Command() as command:
                session.commands_out.recover(command, data)
                session.core.apply(wire.decode_body(command.channel, command.body))
            case wire.Event() as event:
                session.events_out.recover(event, data)
                session.core.apply(wire.decode_body(event.channel, event.body))
    for raw in step.effects:
        session.core.apply(wire.decode_message(raw))


def _recover_frame(session: Session, frame: wire.AnyFrame) -> None:
    match frame:
        case wire.Command():
            session.commands_in.recover(frame)
        case wire.Event():
            session.events_in.recover(frame)
            _fold(session.core, wire.decode_body(frame.channel, frame.body))
        case wire.State():
            session.events_in.recover(frame)
            _fold(session.core, wire.decode_answer(frame.body))
        case wire.Answer():
            _fold(session.core, wire.decode_message(frame.body))
        case wire.Quoted():
            session.number, session.part = frame.number, frame.part
            _fold(session.core, wire.decode_body(frame.channel, frame.body))
        case wire.Pace():
            _fold(session.core, wire.decode_body("pace", frame.body))


def _fold(core: Core, message: m.Message) -> None:
    if type(message) not in NOT_FACTS:
        core.apply(message)

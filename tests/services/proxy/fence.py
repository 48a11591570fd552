"""The border's core with links that have said hello, for stories without sockets."""

from __future__ import annotations

from typing import Any

from common import messages as m
from common import wire
from common.channels import CHANNEL_OF, CHANNELS, Kind, Scope
from services.proxy.acts import Act, Audit, ToLink, ToServer
from services.proxy.core import Border
from services.proxy.limits import Limits
from services.proxy.links import COMMANDS, EVENTS
from services.proxy.scopes import Served
from services.proxy.tokens import Token
from tests.common.samples import struct

SERVED = Served(("main", "hedge"), "dry_run", simulated=True)
NOW_NS = 1_800_000_000 * 10**9
SECOND_NS = 10**9
STRATEGY, OPERATOR = "strategy.demo", "operator.7"


def token_of(*scopes: Scope, name: str = "laptop", **fields: Any) -> Token:
    return Token(name, name.encode().ljust(32, b"."), frozenset(scopes), fields.pop("accounts", ("main",)), **fields)


def border_of(*tokens: Token, served: Served = SERVED, limits: Limits | None = None, **owners: str) -> Border:
    names = {token.name: token for token in tokens}
    return Border(names, served, limits or Limits(), dict(owners), lambda strategy: strategy != "taken")


class Client:
    """One process outside with its two links, numbered `number` and `number` + 1."""

    def __init__(
        self, border: Border, token: Token, said: str, number: int = 1, *, life: int = 1, mono_ns: int = 0
    ) -> None:
        self.border, self.token, self.said, self.number, self.life, self.mono_ns = (
            border,
            token,
            said,
            number,
            life,
            mono_ns,
        )
        border.joined(number, COMMANDS, f"10.0.0.{number}:5", token, mono_ns)
        border.joined(number + 1, EVENTS, f"10.0.0.{number}:6", token, mono_ns)

    def hello(self, *topics: str, port: str = COMMANDS, **fields: Any) -> list[Act]:
        hello = wire.Hello(self.said, self.life, wire.PROTOCOL, "", "", list(topics))
        return self.send(wire.changed(hello, **fields), port=port)

    def send(self, frame: wire.Frame, *, port: str = COMMANDS) -> list[Act]:
        number = self.number + (port == EVENTS)
        return self.border.outside(number, wire.encode(frame), NOW_NS, self.mono_ns)

    def command(self, command: m.Message, *, channel: str = "", seq: int = 1, run: int = 1) -> list[Act]:
        name = channel or CHANNEL_OF[type(command)].name
        return self.send(wire.Command(name, self.said, run, seq, 1, NOW_NS, "", "", 0, wire.raw(command)))

    def ask(self, query: m.Message, role: str) -> list[Act]:
        return self.send(wire.Query(f"ask_{role}", self.said, 5, wire.raw(query)))


def greeted(border: Border, token: Token, said: str, number: int = 1, **fields: Any) -> Client:
    """A client that has said hello on both ports and follows all it may."""
    client = Client(border, token, said, number, **fields)
    client.hello()
    client.hello("account/", "decisions/", "market", "clock", port=EVENTS)
    return client


def forwarded(acts: list[Act]) -> list[ToServer]:
    return [act for act in acts if isinstance(act, ToServer)]


def said_back(acts: list[Act]) -> list[wire.AnyFrame]:
    return [wire.decode_frame(act.data) for act in acts if isinstance(act, ToLink)]


def no_of(acts: list[Act]) -> str:
    """The reason of the refusal among these acts, "" where there is none; a refusal is also audited."""
    codes = set()
    for frame in said_back(acts):
        match frame:
            case wire.Refused(reason=reason):
                codes.add(reason)
            case wire.Answer(body=body):
                answer = wire.decode_answer(body)
                assert isinstance(answer, m.Refusal)
                codes.add(answer.reason)
    if not codes:
        return ""
    assert len(codes) == 1 and codes <= {act.code for act in acts if isinstance(act, Audit)}
    return codes.pop()


def message_of(kind: type[m.Message], account: str, *, strategy: str = "demo") -> m.Message:
    """A sample whose account and strategy are what is wanted, wherever they stand in it."""
    message = struct(kind)
    for field, value in (("account", account), ("strategy", strategy), ("source", strategy), ("member", STRATEGY)):
        if hasattr(message, field):
            message = wire.changed(message, **{field: value})
    if hasattr(message, "order"):
        message = wire.changed(message, order=wire.changed(message.order, account=account, strategy=strategy))
    return message


def frame_of(kind: type[m.Message], channel_name: str, message: m.Message, said: str) -> wire.Frame:
    channel = CHANNELS[channel_name]
    match channel.kind:
        case Kind.COMMAND:
            return wire.Command(channel_name, said, 1, 1, 1, NOW_NS, "", "", 0, wire.raw(message))
        case Kind.QUERY:
            return wire.Query(channel_name, said, 5, wire.raw(message))
        case Kind.PACE:
            return wire.Pace(said, wire.raw(message))
        case Kind.EVENT:
            return wire.Event(channel_name, "main", 1, 1, NOW_NS, "", wire.raw(message))
    return wire.Quoted(channel_name, 1, 0, wire.raw(message))

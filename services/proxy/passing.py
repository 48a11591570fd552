"""What a link that said hello may send on: commands, queries, catch-up, and the pace of a simulated day."""

from __future__ import annotations

from common import messages as m
from common import wire
from common.channels import CHANNELS, Kind, Scope
from common.reasons import Reason
from services.proxy import scopes
from services.proxy.acts import Act, Audit, Slow, ToLink, ToServer
from services.proxy.limits import Limits
from services.proxy.links import Link, Pending
from services.proxy.names import Names
from services.proxy.rates import Bucket
from services.proxy.refusing import plain, refuse, told
from services.proxy.scopes import No, Served


class Passing:
    """Commands, queries and catch-ups make work inside, so they have a rate of their own for each token."""

    def __init__(self, served: Served, limits: Limits, names: Names) -> None:
        self.served, self.limits, self.names = served, limits, names
        self._asks: dict[str, Bucket] = {}

    def frame(self, link: Link, frame: wire.AnyFrame, data: bytes, mono_ns: int) -> list[Act]:
        """What becomes of a frame whose sender is known to be the link's. WireError where its message is none."""
        match frame:
            case wire.Command():
                return self._slow(link, mono_ns) + self._command(link, frame, data, mono_ns)
            case wire.Query():
                return self._slow(link, mono_ns) + self._query(link, frame, data, mono_ns)
            case wire.Fetch():
                return self._slow(link, mono_ns) + self._fetch(link, frame, data)
            case wire.Pace():
                return self._pace(link, frame, data)
            case wire.Alive() if link.role == "strategy" and link.token.allows(Scope.TRADE) and self.served.broker:
                return [ToServer(link.name, "risk", data)]
        no = plain(Reason.NOT_ALLOWED, type(frame).__name__)
        return refuse(link, getattr(frame, "channel", ""), 0, no, type(frame).__name__)

    def _slow(self, link: Link, mono_ns: int) -> list[Act]:
        name, limits = link.token.name, self.limits
        bucket = self._asks.get(name) or self._asks.setdefault(name, Bucket(limits.asks, limits.asks_burst))
        wait_ns = bucket.take(1, mono_ns)
        return [Slow(link.number, wait_ns)] if wait_ns else []

    def _command(self, link: Link, frame: wire.Command, data: bytes, mono_ns: int) -> list[Act]:
        channel = CHANNELS.get(frame.channel)
        no = scopes.channel_no(link.token, link.role, channel, Kind.COMMAND)
        if no is not None or channel is None:
            return refuse(link, frame.channel, frame.seq, no or plain(Reason.NOT_ALLOWED))
        command = wire.decode_body(channel.name, frame.body)
        no = scopes.served_no(channel, self.served) or scopes.command_no(link.token, link.name, command, self.served)
        no = no or self.names.run_no(link.name, frame.run)
        if no is not None:
            return refuse(link, frame.channel, frame.seq, no, type(command).__name__)
        acts: list[Act] = []
        if isinstance(command, m.SubmitOrder) and (no := scopes.order_no(link.token, command.order)):
            command = m.DenyOrder(command.order, no.reason, no.text)
            data = wire.encode(wire.changed(frame, body=wire.raw(command)))
            acts.append(Audit(no.reason, link.token.name, f"{link.name} 的委托 {no.text}"))
        elif isinstance(command, scopes.OPERATED):
            # Who gave a command is on record for good: what a client says of itself stands beside its token.
            command = wire.changed(command, operator=f"{command.operator[:40]}@{link.token.name}")
            data = wire.encode(wire.changed(frame, body=wire.raw(command)))
        action, account = scopes.told_as(command)
        link.ordered(channel.name, frame.run, frame.seq, Pending(action, account, mono_ns))
        return [*acts, ToServer(link.name, channel.binder, data)]

    def _query(self, link: Link, frame: wire.Query, data: bytes, mono_ns: int) -> list[Act]:
        channel = CHANNELS.get(frame.channel)
        no = scopes.channel_no(link.token, link.role, channel, Kind.QUERY)
        if no is not None or channel is None:
            return refuse(link, frame.channel, frame.id, no or plain(Reason.NOT_ALLOWED))
        query = wire.decode_body(channel.name, frame.body)
        no = scopes.served_no(channel, self.served, query) or scopes.query_no(link.token, query, self.served)
        no = no or self._too_many_symbols(link, query)
        if no is not None:
            # A query is always answered: whoever asked waits for it.
            refusal = wire.Answer(channel.binder, frame.id, wire.raw(m.Refusal(no.reason, no.text)))
            return [ToLink(link.number, wire.encode(refusal)), *told(link, no, type(query).__name__)]
        action, account = scopes.told_as(query)
        link.asked(channel.name, frame.id, Pending(action, account, mono_ns))
        return [ToServer(link.name, channel.binder, data)]

    def _too_many_symbols(self, link: Link, query: m.Message) -> No | None:
        if not isinstance(query, m.Subscribe):
            return None
        symbols = link.symbols | set(query.symbols)
        if len(symbols) > self.limits.subscriptions_max:
            return plain(Reason.TOO_MANY_SUBSCRIPTIONS, f"{len(symbols)} > {self.limits.subscriptions_max}")
        link.symbols = symbols
        return None

    def _fetch(self, link: Link, frame: wire.Fetch, data: bytes) -> list[Act]:
        channel = CHANNELS.get(frame.channel)
        no = scopes.channel_no(link.token, link.role, channel, Kind.EVENT)
        no = no or (scopes.served_no(channel, self.served) if channel else plain(Reason.NOT_ALLOWED))
        no = no or scopes.account_no(link.token, frame.account, self.served)
        if no is not None or channel is None:
            return refuse(link, frame.channel, 0, no or plain(Reason.NOT_ALLOWED), "Fetch")
        return [ToServer(link.name, channel.binder, data)]

    def _pace(self, link: Link, frame: wire.Pace, data: bytes) -> list[Act]:
        channel = CHANNELS["pace"]
        no = scopes.channel_no(link.token, link.role, channel, Kind.PACE)
        if no is None:
            pace = wire.decode_body("pace", frame.body)
            no = scopes.pace_no(link.name, pace, self.names.owner(getattr(pace, "member", "")) == link.token.name)
        if no is not None:
            return refuse(link, "pace", 0, no, "Pace")
        # Without a published clock nobody waits for anybody's progress.
        return [ToServer(link.name, channel.binder, data)] if self.served.simulated else []

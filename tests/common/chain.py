"""Strategies, risk, gateway and state with tiny cores, joined by lists instead of sockets; each has a journal."""

from __future__ import annotations

import collections
from collections.abc import Callable

from common import messages as m
from common import wire
from common.channels import CHANNELS, role_of
from common.clock import MarketTime
from common.recovery import recover
from common.session import Session
from common.session_carry import carried
from common.session_out import MILLISECOND_NS

ACCOUNT = "main"
NOON_NS = 1_795_147_200_000_000_000  # 2026-11-20 12:00 in Beijing
NEVER_NS = 2**62
WAKE_NS = 200 * MILLISECOND_NS


def order(key: str, strategy: str = "a", expire_ns: int = NEVER_NS) -> m.Order:
    return m.Order(
        key, ACCOUNT, strategy, "600000.XSHG", m.Side.BUY, m.OrderType.LIMIT, 100, 70_000, NOON_NS, expire_ns
    )


class TinyCore:
    """Keeps the ids of what it folded, in order, and counts what it was asked to decide in this life."""

    journals_all = False
    wake_ns = 0
    busy = False

    def __init__(self) -> None:
        self.folded: list[str] = []
        self.decided: list[m.Message] = []
        self.answers: list[m.Message] = []

    def decide(self, message: m.Message, now_ns: int) -> list[m.Message]:
        self.decided.append(message)
        return []

    def apply(self, message: m.Message) -> None:
        match message:
            case m.OrderSubmitted(order=order):
                self.folded.append(order.client_order_id)
            case m.AccountMarked(minute_ns=number):
                self.folded.append(f"mark{number}")
            case m.Rows(columns=["id"], rows=rows):
                self.folded = [str(row[0]) for row in rows]
            case m.AccountSnapshot() | m.Refusal() | m.RiskReport():
                self.answers.append(message)

    def answer(self, query: m.Message, now_ns: int) -> m.Message:
        return self.snapshot("", now_ns)

    def snapshot(self, account: str, now_ns: int) -> m.Message:
        return m.Rows(["id"], [[key] for key in self.folded])

    def carry(self, now_ns: int) -> list[m.Message]:
        return [TinyCore.snapshot(self, "", now_ns)]


class Asker(TinyCore):
    """A strategy: every minute that passes makes an order; its ids are counted from what it has recorded."""

    def __init__(self, strategy: str) -> None:
        super().__init__()
        self.strategy, self.placed = strategy, list[str]()
        self.expire_ns = NEVER_NS

    def decide(self, message: m.Message, now_ns: int) -> list[m.Message]:
        super().decide(message, now_ns)
        if isinstance(message, m.MinutePassed):
            return [m.SubmitOrder(order(f"{self.strategy}{len(self.placed)}", self.strategy, self.expire_ns))]
        if isinstance(message, m.BrokerLink):
            return [m.GetAccount(ACCOUNT)]
        return []

    def apply(self, message: m.Message) -> None:
        super().apply(message)
        if isinstance(message, m.SubmitOrder):
            self.placed.append(message.order.client_order_id)
        if isinstance(message, m.Rows) and message.columns == ["placed"]:
            self.placed = [str(row[0]) for row in message.rows]

    def carry(self, now_ns: int) -> list[m.Message]:
        return [*super().carry(now_ns), m.Rows(["placed"], [[key] for key in self.placed])]


class Decider(TinyCore):
    """Risk: approves everything in time; ``saw`` is how much of the account it had folded at each approval."""

    def __init__(self) -> None:
        super().__init__()
        self.approved: list[str] = []
        self.saw: list[int] = []

    def decide(self, message: m.Message, now_ns: int) -> list[m.Message]:
        super().decide(message, now_ns)
        match message:
            case m.SubmitOrder(order=asked) if now_ns > asked.expire_ns:
                return [m.OrderDenied(asked, "EXPIRED", "", "", "", 0, now_ns)]
            case m.SubmitOrder(order=asked):
                return [m.ApprovedOrder(asked, now_ns)]
            case m.Halt(account=account):
                return [m.TradingHalted(account, False, "", "", now_ns)]
        return []

    def snapshot(self, account: str, now_ns: int) -> m.Message:
        return m.RiskReport(account, False, False, "", "", [], {})

    def apply(self, message: m.Message) -> None:
        super().apply(message)
        if isinstance(message, m.ApprovedOrder):
            self.approved.append(message.order.client_order_id)
            self.saw.append(len(self.folded))
        if isinstance(message, m.Rows) and message.columns == ["approved", "saw"]:
            self.approved = [str(row[0]) for row in message.rows]
            self.saw = [int(str(row[1])) for row in message.rows]

    def carry(self, now_ns: int) -> list[m.Message]:
        approved = [list(row) for row in zip(self.approved, self.saw, strict=True)]
        return [*super().carry(now_ns), m.Rows(["approved", "saw"], approved)]


class Placer(TinyCore):
    """The gateway: tells every approved order to all; takes none while ``closed``."""

    closed = False

    def takes(self, message: m.Message, now_ns: int) -> bool:
        return not self.closed

    def decide(self, message: m.Message, now_ns: int) -> list[m.Message]:
        super().decide(message, now_ns)
        match message:
            case m.ApprovedOrder(order=asked):
                return [m.OrderSubmitted(asked, now_ns, now_ns), m.PlaceAtBroker(asked)]
            case m.MinutePassed(minute_ns=number):
                return [m.AccountMarked(ACCOUNT, number, {})]
        return []


def core_of(name: str) -> TinyCore:
    match role_of(name):
        case "strategy":
            return Asker(name.partition(".")[2])
        case "risk":
            return Decider()
        case "gateway":
            return Placer()
    return TinyCore()


class Node:
    """A process: its session, and the journal that outlives it."""

    def __init__(self, name: str, make_core: Callable[[str], TinyCore] = core_of) -> None:
        self.name, self.make_core = name, make_core
        self.journal: list[bytes] = []
        self.effects: list[m.Message] = []
        self.lives = 0
        self.run = 1
        self.start()

    def start(self) -> None:
        """A life from what is in the journal."""
        self.lives += 1
        self.core = self.make_core(self.name)
        self.market = MarketTime(simulated=True)
        self.market.advance(NOON_NS)
        self.session = Session(self.name, self.core, (ACCOUNT,), self.market, self.run)
        for payload in self.journal:
            recover(self.session, payload)
        self.recovered = list(self.core.decided)
        self.session.life = self.lives
        self.session.start(recovered=bool(self.journal))

    def roll(self) -> None:
        """A new day: its journal begins with what the old one carries over."""
        self.run = self.session.commands_out.run
        self.journal = [carried(self.session, "2026-11-21")]

    def start_without_journal(self) -> None:
        """A life of its own: what it knew is lost, and its commands are counted anew."""
        self.journal = []
        self.run = self.lives + 1
        self.start()


class Chain:
    """All nodes and the links between them. One link never reorders; frames lie in ``links`` until delivered."""

    def __init__(self, *names: str) -> None:
        self.nodes = {name: Node(name) for name in names}
        self.links: dict[tuple[str, str, str], collections.deque[bytes]] = collections.defaultdict(collections.deque)
        self.mono_ns = 10**12
        self.notes: list[tuple[str, str]] = []
        for name in names:
            self.flush(name)

    def session(self, name: str) -> Session:
        return self.nodes[name].session

    def core(self, name: str) -> TinyCore:
        return self.nodes[name].core

    # -- a turn of the loop ------------------------------------------------------------------------------------------

    def flush(self, name: str) -> None:
        """Put on file, then send."""
        node = self.nodes[name]
        out = node.session.out
        node.journal += out.records
        node.effects += out.effects
        for target, data in out.frames:
            for receiver, link in self._ways(name, target):
                self.links[name, receiver, link].append(data)
        self.notes += out.notes
        for kept in (out.records, out.effects, out.frames, out.notes):
            kept.clear()

    def _ways(self, sender: str, target: str) -> list[tuple[str, str]]:
        if target[0] == "@":
            return [(target[1:], "reply")] if target[1:] in self.nodes else []
        if target[0] == "*":
            peers = CHANNELS[target[1:].partition("/")[0]].peers
            return [(name, "topic") for name in self.nodes if role_of(name) in peers]
        return [(target, "line")] if target in self.nodes else []

    def local(self, name: str, message: m.Message) -> None:
        self.nodes[name].session.local(message)
        self.flush(name)

    def wake(self, name: str) -> None:
        self.nodes[name].session.wake(self.mono_ns)
        self.flush(name)

    def deliver(self, link: tuple[str, str, str]) -> None:
        """The oldest frame of a link arrives."""
        sender, receiver, kind = link
        data = self.links[link].popleft()
        self.nodes[receiver].session.frame(data, self.mono_ns, sender if kind == "line" else "")
        self.flush(receiver)

    def crash(self, name: str, *, journal: bool = True) -> None:
        """Killed and started again; what was on its way to it is gone, what it had sent may still arrive."""
        node = self.nodes[name]
        for link in list(self.links):
            if link[1] == name:
                del self.links[link]
        if journal:
            node.start()
        else:
            node.start_without_journal()
        self.flush(name)

    # -- until all is quiet ------------------------------------------------------------------------------------------

    def deliver_all(self) -> None:
        for _ in range(20_000):
            waiting = [link for link, frames in self.links.items() if frames]
            if not waiting:
                return
            for link in waiting:
                if self.links[link]:
                    self.deliver(link)
        raise AssertionError("the frames never end")

    def settle(self, rounds: int = 30) -> None:
        """Time passes and nothing is lost any more."""
        self.deliver_all()
        for _ in range(rounds):
            self.mono_ns += WAKE_NS
            for name in self.nodes:
                self.wake(name)
            self.deliver_all()

    def frames(self, kind: type[wire.Frame]) -> list[wire.AnyFrame]:
        """Frames of a kind that are on their way."""
        decoded = [wire.decode_frame(data) for frames in self.links.values() for data in frames]
        return [frame for frame in decoded if isinstance(frame, kind)]

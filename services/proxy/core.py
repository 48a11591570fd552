"""The border: every frame from outside is tied to a token here, and forwarded, answered or refused; the one core that
looks at frames instead of messages."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Mapping

from common import wire
from common.errors import WireError
from common.reasons import Reason, text_of
from services.proxy import scopes
from services.proxy.acts import Act, Audit, Claimed, Cut, Left, Slow, ToLink
from services.proxy.greeting import Greeting
from services.proxy.limits import Limits
from services.proxy.links import EVENTS, NO_ANSWER_NS, Link
from services.proxy.names import Names
from services.proxy.passing import Passing
from services.proxy.rates import SECOND_NS, Bucket
from services.proxy.refusing import SHOWN, plain, refuse
from services.proxy.scopes import No, Served
from services.proxy.tokens import Token

HELLO_LIMIT_NS = 10 * SECOND_NS
FAREWELL_NS = SECOND_NS
"""How long a link that was refused stays, so that the reason reaches it."""
OVERDRAWN_SECONDS = 2
"""So much more than its rate may be on its way from a client that is read more slowly; above, its link is cut."""


@dataclasses.dataclass(frozen=True)
class Admission:
    """What a handshake is answered (ZAP): 200; 400 for an unknown or revoked key; 500 for an expired token."""

    status: int
    token: Token | None


class Border:
    """``owners`` are strategies' ids and the tokens they belong to; ``claim`` takes an id for this machine."""

    def __init__(
        self,
        tokens: Mapping[str, Token],
        served: Served,
        limits: Limits,
        owners: dict[str, str],
        claim: Callable[[str], bool],
    ) -> None:
        self.served, self.limits = served, limits
        self.links: dict[int, Link] = {}
        self.names = Names(owners)
        self.greeting = Greeting(served, limits, self.names, claim)
        self.passing = Passing(served, limits, self.names)
        self.tokens: dict[str, Token] = {}
        self._by_key: dict[bytes, Token] = {}
        self._frames: dict[str, Bucket] = {}
        self.taken = 0  # frames of links, whatever became of them
        self._take(tokens)

    # -- tokens ----------------------------------------------------------------------------------------------------

    def admit(self, key: bytes, now_ns: int) -> Admission:
        """What to answer a client that has proved to hold this key."""
        token = self._by_key.get(key)
        if token is None or token.revoked_ns:
            return Admission(400, token)
        return Admission(500 if token.has_ended(now_ns) else 200, token)

    def replace_tokens(self, tokens: Mapping[str, Token], now_ns: int, mono_ns: int) -> list[Act]:
        """Other tokens hold from now on: links of those that ended are cut, topics no longer allowed are taken away."""
        self._take(tokens)
        acts: list[Act] = []
        for link in list(self.links.values()):
            token = self._by_key.get(link.token.public)
            if token is None or token.has_ended(now_ns):
                acts += self._end(link, mono_ns)
            elif token != link.token:
                link.token = token
                link.topics = {topic for topic in link.topics if self._may_follow(link, topic)}
                acts.append(Audit("TOKEN_CHANGED", token.name, f"{link.name or link.peer} 的令牌权限已改变"))
        return acts

    def _may_follow(self, link: Link, topic: str) -> bool:
        allowed = scopes.topics_of(link.token, link.role, topic, self.served)
        return not isinstance(allowed, No) and topic in allowed

    def _take(self, tokens: Mapping[str, Token]) -> None:
        self.tokens = dict(tokens)
        self._by_key = {token.public: token for token in tokens.values()}

    # -- links -----------------------------------------------------------------------------------------------------

    def joined(self, number: int, port: str, peer: str, token: Token, mono_ns: int) -> None:
        """A connection has shown a token (``admit``)."""
        self.links[number] = Link(number, port, peer, token, mono_ns, heard_ns=mono_ns)

    def closed(self, number: int, mono_ns: int) -> list[Act]:
        """The connection is gone, whoever closed it."""
        link = self.links.pop(number, None)
        if link is None or not link.name:
            return []
        acts: list[Act] = [*link.unanswered(mono_ns, mono_ns, "disconnected")]
        acts.append(link.access(f"disconnect:{link.port}", "", "ok", mono_ns - link.joined_ns))
        if self.names.forget(link):
            acts.append(Left(link.name))
        return acts

    def beat(self, now_ns: int, mono_ns: int) -> list[Act]:
        """Once or more a second: tokens that expire, links that never said hello, questions nobody answered."""
        acts: list[Act] = []
        for link in list(self.links.values()):
            acts += link.unanswered(mono_ns, mono_ns - NO_ANSWER_NS, "no_answer")
            if link.token.has_ended(now_ns):
                acts += self._end(link, mono_ns)
            elif link.doomed_ns and mono_ns >= link.doomed_ns:
                acts.append(Cut(link.number))
            elif not link.name and not link.doomed_ns and mono_ns - link.joined_ns >= HELLO_LIMIT_NS:
                acts += [Cut(link.number), Audit("LINK_SILENT", link.peer, f"令牌 {link.token.name} 的连接没有登记")]
        return acts

    def _end(self, link: Link, mono_ns: int) -> list[Act]:
        """Nothing of it is taken or sent any more, from this moment on."""
        said = f"{link.name or link.peer} 的{text_of(Reason.TOKEN_ENDED)}，连接已断开"
        return [*self.closed(link.number, mono_ns), Cut(link.number), Audit(Reason.TOKEN_ENDED, link.token.name, said)]

    # -- outwards --------------------------------------------------------------------------------------------------

    def followers(self, topic: str) -> list[int]:
        """The links that follow a topic, and may."""
        return [link.number for link in self.links.values() if topic in link.topics]

    def inside(self, name: str, role: str, data: bytes, mono_ns: int) -> list[Act]:
        """A server inside says something to somebody outside, by name."""
        link = self.names.speaker(name)
        if link is None:
            return []
        acts: list[Act] = [ToLink(link.number, data)]
        with contextlib.suppress(WireError):  # from a server that is newer than this process: its client may know it
            match wire.decode_frame(data):
                case wire.Answer(id=number):
                    acts += link.answered(f"ask_{role}", number, "ok", mono_ns)
                case wire.Ack(channel=channel, run=run, seq=seq):
                    acts += link.acknowledged(channel, run, seq, mono_ns)
                case wire.Refused(channel=channel, seq=seq, reason=reason):
                    acts += link.refused(channel, seq, reason, mono_ns)
        return acts

    # -- inwards ---------------------------------------------------------------------------------------------------

    def outside(self, number: int, data: bytes, now_ns: int, mono_ns: int) -> list[Act]:
        """One frame of a link, in the order in which they came; nothing of a link that is cut already."""
        link = self.links.get(number)
        if link is None:
            return []
        link.heard_ns = mono_ns
        self.taken += 1
        acts: list[Act] = []
        bucket = self._frames.get(link.token.name) or self._bucket(link.token.name)
        if wait_ns := bucket.take(1, mono_ns):
            acts.append(Slow(number, wait_ns))
            if bucket.overdrawn > OVERDRAWN_SECONDS * bucket.per_second:
                if link.doomed_ns:
                    return []
                # It is read more slowly and still there is more: a message of countless frames, or many connections.
                # Being told once is enough, for each answer would take as long as the frame itself.
                link.doomed_ns = mono_ns + FAREWELL_NS
                return acts + refuse(link, "", 0, plain(Reason.RATE_LIMITED, f"令牌 {link.token.name}"))
        try:
            return acts + self._frame(link, wire.decode_frame(data), data, now_ns, mono_ns)
        except WireError as error:
            return acts + refuse(link, "", 0, plain(Reason.BAD_FRAME, str(error)))

    def _bucket(self, token: str) -> Bucket:
        return self._frames.setdefault(token, Bucket(self.limits.frames, self.limits.frames_burst))

    def _frame(self, link: Link, frame: wire.AnyFrame, data: bytes, now_ns: int, mono_ns: int) -> list[Act]:
        if isinstance(frame, wire.Hello):
            return self._hello(link, frame, now_ns, mono_ns)
        channel, seq = getattr(frame, "channel", ""), getattr(frame, "seq", getattr(frame, "id", 0))
        if not link.name:
            return refuse(link, channel, seq, plain(Reason.HELLO_FIRST))
        if link.port == EVENTS:
            return refuse(link, channel, seq, plain(Reason.NOT_ALLOWED, f"{type(frame).__name__}，此端口只推送"))
        sender = getattr(frame, "sender", "")
        if sender != link.said:
            return refuse(link, channel, seq, plain(Reason.SENDER_FORGED, f"{link.said} 自称 {sender!r}"))
        if link.said != link.name:
            frame = wire.changed(frame, sender=link.name)
            data = wire.encode(frame)
        return self.passing.frame(link, frame, data, mono_ns)

    def _hello(self, link: Link, hello: wire.Hello, now_ns: int, mono_ns: int) -> list[Act]:
        is_first = not link.name
        no = self.greeting.no(link, hello, self.tokens, mono_ns)
        if no is not None:
            link.doomed_ns = link.doomed_ns or mono_ns + FAREWELL_NS
            link.said = link.said or hello.sender[:SHOWN]
            return refuse(link, "", 0, no, "connect")
        acts: list[Act] = []
        for old in self.names.others(hello, link):
            # The same process has come back, or the one that had the name has fallen silent.
            acts += [*(act for act in self.closed(old.number, mono_ns) if not isinstance(act, Left)), Cut(old.number)]
        link.said, link.life = hello.sender, hello.life
        link.name = self.names.enter(link)
        if link.strategy and self.names.owner(link.name) != link.token.name:
            self.names.owners[link.strategy] = link.token.name
            acts.append(Claimed(link.strategy, link.token.name))
        acts += self.greeting.follow(link, hello.topics)
        acts.append(ToLink(link.number, wire.encode(self.greeting.welcome(link, now_ns))))
        return [*acts, link.access(f"connect:{link.port}", hello.account, "ok")] if is_first else acts

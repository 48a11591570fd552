"""The hello of a link: who speaks, whether both sides speak the same, and what is followed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from common import wire
from common.channels import Scope
from common.reasons import Reason
from services.proxy import scopes
from services.proxy.acts import Act
from services.proxy.limits import Limits
from services.proxy.links import EVENTS, Link
from services.proxy.names import Names
from services.proxy.refusing import plain, refuse
from services.proxy.scopes import No, Served
from services.proxy.tokens import Token

TOPICS_MAX = 64


class Greeting:
    """``claim`` takes a strategy's id for this machine and says whether it was free."""

    def __init__(self, served: Served, limits: Limits, names: Names, claim: Callable[[str], bool]) -> None:
        self.served, self.limits, self.names, self.claim = served, limits, names, claim

    def no(self, link: Link, hello: wire.Hello, tokens: Mapping[str, Token], mono_ns: int) -> No | None:
        served, token = self.served, link.token
        if hello.version != wire.PROTOCOL:
            said = f"服务端 {wire.PROTOCOL}，客户端 {hello.version}；请把较旧的一方升级"
            return plain(Reason.VERSION_MISMATCH, said)
        if no := self.names.name_no(hello.sender, link, hello.life):
            return no
        if hello.mode and not mode_fits(hello.mode, served.mode):
            said = f"服务端 {served.mode}，客户端 LIVE_MODE={hello.mode}；请改成一致"
            return plain(Reason.MODE_MISMATCH, said)
        if hello.account and (no := scopes.account_no(token, hello.account, served)):
            return no
        is_strategy = hello.sender.startswith("strategy.")
        if is_strategy and served.broker and not token.allows(Scope.TRADE):
            return plain(Reason.TOKEN_SCOPE, f"运行策略需要 {Scope.TRADE}")
        if self.names.is_new(hello, token) and self.names.count >= self.limits.connections_max:
            return plain(Reason.TOO_MANY_CONNECTIONS, f"{self.names.count}")
        return self.names.use_no(hello, link, tokens, mono_ns, now=self.claim)

    def follow(self, link: Link, asked: Iterable[str]) -> list[Act]:
        acts: list[Act] = []
        if link.port != EVENTS:
            return acts
        link.topics = set()
        for wish in list(asked)[:TOPICS_MAX]:
            topics = scopes.topics_of(link.token, link.role, wish, self.served)
            if isinstance(topics, No):
                acts += refuse(link, wish[:60], 0, topics, "subscribe")
            else:
                link.topics.update(topics)
        return acts

    def welcome(self, link: Link, now_ns: int) -> wire.Welcome:
        served, token = self.served, link.token
        accounts = [account for account in served.accounts if token.may_use(account)]
        allowed = [scope.value for scope in Scope if token.allows(scope)]
        return wire.Welcome(wire.PROTOCOL, served.mode, served.simulated, accounts, allowed, token.name, now_ns)


def mode_fits(clients: str, servers: str) -> bool:
    """A simulator matches orders as a dry run does; only ``live`` sends them to a broker."""
    return (clients == "live") == (servers == "live")

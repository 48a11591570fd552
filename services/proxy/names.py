"""Who speaks in which name: a strategy keeps its own, an operator gets one that nobody else has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from common import wire
from common.channels import OUTSIDERS, role_of
from common.reasons import Reason, text_of
from services.proxy.links import COMMANDS, Link
from services.proxy.rates import SECOND_NS
from services.proxy.scopes import No
from services.proxy.tokens import Token

ID_LENGTH_MAX = 64
RUNS_MAX = 1_000
STRATEGIES_MAX = 100
SILENT_NS = 5 * SECOND_NS
"""A client says something twice a second; after this long another process may have its name."""


class Names:
    """``owners`` are strategies' ids and the names of the tokens they belong to: with another token nobody can cancel
    what they ordered, or answer in their name."""

    def __init__(self, owners: dict[str, str]) -> None:
        self.owners = owners
        self._links: dict[tuple[str, str], Link] = {}  # by (name, port)
        self._runs: dict[str, set[int]] = {}

    @property
    def count(self) -> int:
        """How many clients are there, each with its two connections."""
        return len({name for name, _ in self._links})

    def speaker(self, name: str) -> Link | None:
        """The link on which a name is answered."""
        return self._links.get((name, COMMANDS))

    def owner(self, name: str) -> str:
        """The token that a strategy's name belongs to, "" for nobody's."""
        return self.owners.get(name.partition(".")[2], "") if role_of(name) == "strategy" else ""

    def enter(self, link: Link) -> str:
        """Note the link under what it is called inside, and return that."""
        name = inside(link.said, link.life, link.token)
        self._links[name, link.port] = link
        return name

    def forget(self, link: Link) -> bool:
        """Whether the name is nobody's now."""
        if self._links.get((link.name, link.port)) is link:
            del self._links[link.name, link.port]
        is_gone = not any(name == link.name for name, _ in self._links)
        if is_gone and link.role == "operator":
            # Its name never comes back; a strategy's does, and those are few.
            self._runs.pop(link.name, None)
        return is_gone

    def is_new(self, hello: wire.Hello, token: Token) -> bool:
        name = inside(hello.sender, hello.life, token)
        return not any(known == name for known, _ in self._links)

    def others(self, hello: wire.Hello, link: Link) -> Iterable[Link]:
        """Older links that the one that says hello takes over from."""
        name = inside(hello.sender, hello.life, link.token)
        held = [one for (known, _), one in self._links.items() if known == name and one is not link]
        return [one for one in held if one.port == link.port or one.life != hello.life]

    def name_no(self, said: str, link: Link, life: int) -> No | None:
        """Why nobody may be called so here, or not this link: it keeps the name it came with."""
        role, _, own = said.partition(".")
        fits = role in OUTSIDERS and 0 < len(own) <= ID_LENGTH_MAX and own.isprintable()
        # A strategy's id names a file here.
        if not fits or own.startswith(".") or any(letter in own for letter in '/\\:*?"<>|'):
            return No(Reason.NOT_ALLOWED, f"外部程序不能叫 {said[:60]!r}")
        if link.name and (link.said, link.life) != (said, life):
            return No(Reason.SENDER_FORGED, f"{text_of(Reason.SENDER_FORGED)}（{link.said} 自称 {said[:60]!r}）")
        return None

    def use_no(
        self, hello: wire.Hello, link: Link, tokens: Mapping[str, Token], mono_ns: int, *, now: Callable[[str], bool]
    ) -> No | None:
        """Why a strategy's name is not to be had now. ``now`` takes it on this machine, where it is still free."""
        own = hello.sender.partition(".")[2]
        if role_of(hello.sender) != "strategy" or link.name:
            return None
        owner = self.owners.get(own, "")
        if owner != link.token.name:
            if owner in tokens and not tokens[owner].revoked_ns:
                return No(Reason.NAME_IN_USE, f"策略名 {own} 属于另一个令牌，请换 STRATEGY_NAME")
            if sum(token == link.token.name for token in self.owners.values()) >= STRATEGIES_MAX:
                return No(Reason.NAME_IN_USE, f"令牌 {link.token.name} 已用过 {STRATEGIES_MAX} 个策略名")
        held = [one for (known, _), one in self._links.items() if known == hello.sender]
        rival = next((one for one in held if one.life != hello.life), None)
        if rival is not None and any(mono_ns - one.heard_ns < SILENT_NS for one in held if one.port == COMMANDS):
            return No(Reason.NAME_IN_USE, f"策略 {own} 已在 {rival.peer} 运行")
        if not held and not now(own):
            return No(Reason.NAME_IN_USE, f"策略名 {own} 正在服务端本机运行")
        return None

    def run_no(self, name: str, run: int) -> No | None:
        """Each life of a process counts its commands in a run of its own, which whoever takes them remembers."""
        runs = self._runs.setdefault(name, set())
        if run not in runs and len(runs) >= RUNS_MAX:
            return No(Reason.NOT_ALLOWED, f"{name} 用了太多运行编号")
        runs.add(run)
        return None


def inside(said: str, life: int, token: Token) -> str:
    """An operator of another machine may have the number of one here: its token and its life tell them apart."""
    if role_of(said) == "strategy":
        return said
    return f"operator.{token.name}.{said.partition('.')[2]}-{life % 1_000_000_007:x}"

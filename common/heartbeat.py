"""Who has not been heard for too long, in monotonic time; any frame of a strategy is a sign of its life."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from common import messages as m
from common.channels import role_of
from common.session_out import MILLISECOND_NS

OWN_PAUSE_NS = 2_000 * MILLISECOND_NS
"""Longer between two looks, this process itself was stopped, and what it did not hear says nothing about others."""


class Silence:
    """Watches strategies by their ids for a core that has ``silence_limit_ns``.

    The core says whom it ``expects`` although this life may not have heard them, those with open orders, and who is
    ``absent``: told to be silent, or gone in order. One that is absent is told again only when it was heard.
    """

    def __init__(
        self, limit_ns: int, expected: Callable[[], Iterable[str]], absent: Callable[[], Collection[str]]
    ) -> None:
        self.limit_ns, self._expected, self._absent = limit_ns, expected, absent
        self._heard_ns: dict[str, int] = {}
        self._looked_ns = 0

    def heard(self, peer: str, mono_ns: int) -> None:
        if role_of(peer) == "strategy":
            self._heard_ns[peer.partition(".")[2]] = mono_ns

    def look(self, mono_ns: int, *, standing: bool) -> list[m.Message]:
        """What is new since the last look; ``standing``: the market waits for everybody, so nobody is late."""
        absent = self._absent()
        for strategy in self._expected():
            if strategy not in absent:
                self._heard_ns.setdefault(strategy, mono_ns)
        if standing or mono_ns - self._looked_ns > OWN_PAUSE_NS:
            self._heard_ns = dict.fromkeys(self._heard_ns, mono_ns)
        self._looked_ns = mono_ns
        late = [name for name, at_ns in self._heard_ns.items() if mono_ns - at_ns > self.limit_ns]
        back: list[m.Message] = [m.StrategyHeard(name) for name in sorted(absent) if name in self._heard_ns]
        return back + [m.StrategySilent(name, mono_ns - self._heard_ns.pop(name)) for name in late]

    def left(self, peer: str) -> m.Message:
        """A strategy ended in order: nobody need miss it."""
        strategy = peer.partition(".")[2]
        self._heard_ns.pop(strategy, None)
        return m.StrategyLeft(strategy)

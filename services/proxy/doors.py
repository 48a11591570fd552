"""Who may connect at all, by address: the allow list, guessers who are backed off, how many may wait at the door."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from services.proxy.rates import SECOND_NS

WINDOW_NS = 60 * SECOND_NS
FAILURES_MAX = 5
"""In a minute from one address; then it waits."""
BACK_OFF_NS = 30 * SECOND_NS
BACK_OFF_MAX_NS = 15 * 60 * SECOND_NS
FORGET_NS = 60 * 60 * SECOND_NS
WAITING_MAX = 128
"""Connections that have not shown a token yet, from all addresses together."""
ADDRESSES_MAX = 10_000
DEAD_KEY = 0.1
"""A client whose token has ended proves that it once had it: ten of its tries count as one guess."""


@dataclasses.dataclass(slots=True)
class _Known:
    failures: collections.deque[tuple[int, float]] = dataclasses.field(default_factory=collections.deque)
    times: int = 0
    until_ns: int = 0


class Doors:
    """Pure bookkeeping in monotonic time. An address is an IPv4 address, or the /64 network of an IPv6 one."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self._allowed = [ip_network(one, strict=False) for one in allowed]
        self._known: collections.OrderedDict[str, _Known] = collections.OrderedDict()

    def is_allowed(self, address: str) -> bool:
        found = _plain(address)
        return not self._allowed or any(found in network for network in self._allowed)

    def wait_ns(self, address: str, mono_ns: int) -> int:
        """How long an address must still wait, 0 where it may knock."""
        known = self._known.get(_place(address))
        return max(known.until_ns - mono_ns, 0) if known else 0

    def failed(self, address: str, weight: float, mono_ns: int) -> int:
        """A handshake failed; the nanoseconds the address is backed off for from now on, 0 for not yet."""
        known = self._remember(_place(address), mono_ns)
        known.failures.append((mono_ns, weight))
        while known.failures and mono_ns - known.failures[0][0] > WINDOW_NS:
            known.failures.popleft()
        if sum(weight for _, weight in known.failures) < FAILURES_MAX or known.until_ns > mono_ns:
            return 0
        known.times = known.times + 1 if mono_ns - known.until_ns < FORGET_NS else 1
        wait_ns = min(BACK_OFF_NS << min(known.times - 1, 10), BACK_OFF_MAX_NS)
        known.until_ns = mono_ns + wait_ns
        known.failures.clear()
        return wait_ns

    def _remember(self, place: str, mono_ns: int) -> _Known:
        known = self._known.pop(place, None) or _Known()
        self._known[place] = known
        if len(self._known) > ADDRESSES_MAX:
            # Those heard of least lately go first, but never one that waits while another does not.
            free = next((one for one, other in self._known.items() if other.until_ns <= mono_ns), None)
            del self._known[free or next(iter(self._known))]
        return known


def first_to_go(waiting: Iterable[tuple[int, str, bool]]) -> int:
    """Which of those at the door, oldest first, makes room: ``(number, address, has said something)``.

    One that says nothing goes before one that does, and one of an address that has many there before others.
    """
    at_door = list(waiting)
    of_address = collections.Counter(_place(address) for _, address, _ in at_door)
    return max(at_door, key=lambda one: (not one[2], of_address[_place(one[1])]))[0]


def _plain(address: str) -> IPv4Address | IPv6Address:
    found = ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    return mapped or found


def _place(address: str) -> str:
    found = _plain(address)
    return str(ip_network((found, 64), strict=False)) if found.version == 6 else str(found)

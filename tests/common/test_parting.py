"""The last words of a process reach a server on another machine, although the cable is pulled while they are said."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from common import messages as m
from common import wire
from common.bus import Addresses, Bus
from common.parting import part
from tests.common.sockets import attempts, free_port_base, until
from tests.services.proxy.post import SERVED, frames, posted, token
from tests.services.proxy.test_gate import Tap

SECRET = secrets.token_bytes(32)
REPORT = wire.encode(wire.Pace("strategy.demo", wire.raw(m.Progress("strategy.demo", 1, 7, {}, {}, 0, False))))
WORDS = [("quotes", REPORT)]
PATIENCE_NS = 20 * 10**9


def heard(quotes: Bus) -> list[bytes]:
    for _ in attempts():
        if got := quotes.receive(50):
            return [data for _, data in got]
    return []


@contextmanager
def client_and_quotes() -> Iterator[tuple[Bus, Bus, Tap]]:
    """A strategy that both ports have welcomed, quotes inside, and the cable between them."""
    served = type(SERVED)(SERVED.accounts, SERVED.mode, simulated=True)
    with posted(token("laptop", SECRET), served=served) as post, Tap(post.port) as tap:
        quotes, remote = Bus("quotes", post.inside), post.remote(SECRET)
        client = Bus("strategy.demo", type(remote)("127.0.0.1", tap.port, remote.keys, 1))
        frames(client, lambda got: sum(isinstance(one, wire.Welcome) for one in got) == 2)
        yield client, quotes, tap
        client.context.destroy(linger=0)
        quotes.context.destroy(linger=0)


def test_they_are_there_when_it_says_so() -> None:
    with client_and_quotes() as (client, quotes, _):
        assert part(client, WORDS, PATIENCE_NS)
        client.context.destroy(linger=0)
        assert heard(quotes) == [REPORT]


def test_they_are_said_again_when_the_cable_was_pulled() -> None:
    with client_and_quotes() as (client, quotes, tap):
        tap.cut()
        mending = threading.Timer(1.0, tap.mend)
        mending.start()
        assert part(client, WORDS, PATIENCE_NS)
        mending.join()
        assert heard(quotes) == [REPORT]


def test_nobody_waits_for_ever() -> None:
    with client_and_quotes() as (client, _, tap):
        tap.cut()
        assert not part(client, WORDS, 10**8)


def test_on_one_machine_they_are_just_sent() -> None:
    where = Addresses(free_port_base())
    quotes, strategy = Bus("quotes", where), Bus("strategy.demo", where)
    assert part(strategy, WORDS, 0)
    assert [data for _, data in until(quotes, bool)] == [REPORT]
    for bus in (quotes, strategy):
        bus.close()

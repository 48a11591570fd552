"""Either side's processes die under the other, which trades on by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.remote.drill import Tally, Trading, trading
from tests.remote.harness import PROXY, STRATEGY, SplitBooks
from tests.remote.namespaces import open_network

DOWN_MS = 2_000
"""How long what was killed is down."""


def killed(day: Trading, at: str, *names: str) -> None:
    """Kill these of one side, or all, when an order has just been accepted; start them again."""
    day.until_it_goes_on()
    day.until_an_order()
    side = day.deployed.server if at == "server" else day.deployed.client
    side.kill(*names)
    day.watch.hear_for(DOWN_MS)
    side.start(*names)
    day.watch.blow()


def killed_behind_a_cut(day: Trading) -> None:
    """The server does not hear that the strategy is gone before its next life is there, and wants the same name."""
    day.until_it_goes_on()
    network, client = day.deployed.network, day.deployed.client
    network.cut("silence", network.client)
    client.kill(STRATEGY)
    client.start(STRATEGY)
    network.mend("silence", network.client)
    day.watch.blow()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_proxy_the_server_and_the_strategy_are_killed_in_turn(tmp_path: Path) -> None:
    with open_network() as network, trading(tmp_path / "day", network, 120) as day:
        killed(day, "server", PROXY)
        killed(day, "server")
        killed(day, "client", STRATEGY)
        killed_behind_a_cut(day)
        killed(day, "server", "quotes", PROXY)
        killed(day, "server")
    tally, books = Tally(back_s=day.watch.back_s), SplitBooks(day.deployed)
    tally.count(books, [])
    print(tally.line(), [f"{back:.1f}" for back in tally.back_s])
    books.check()
    assert tally.doubled == tally.lost == 0 and len(tally.back_s) == 6

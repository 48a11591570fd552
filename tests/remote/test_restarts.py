"""The server's processes die under a strategy that is connected from another host, which trades on by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.remote.drill import SplitBooks, Tally, trading
from tests.remote.harness import PROXY, STRATEGY
from tests.remote.namespaces import open_network

DOWN_S = 2.0
"""How long what was killed is down."""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_proxy_the_server_and_the_strategy_are_killed_in_turn(tmp_path: Path) -> None:
    with open_network() as network, trading(tmp_path / "day", network, 100) as day:
        server, client = day.deployed.server, day.deployed.client
        for side, names in (
            (server, [PROXY]),
            (server, []),
            (client, [STRATEGY]),
            (server, [PROXY]),
            (server, ["quotes", PROXY]),
            (server, []),
        ):
            day.until_it_goes_on()
            day.until_an_order()
            side.kill(*names)
            day.watch.hear_for(int(DOWN_S * 1000))
            side.start(*names)
            day.watch.blow()
    tally, books = Tally(back_s=day.watch.back_s), SplitBooks(day.deployed)
    tally.count(books, [])
    print(tally.line(), [f"{back:.1f}" for back in tally.back_s])
    books.check()
    assert tally.doubled == tally.lost == 0 and len(tally.back_s) == 6

"""Whole days traded from another host: over a good wire, over a bad one, and with the server going down in between."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.remote.drill import AGAIN_S, LAST_S, NOON_S, OPENS_S
from tests.remote.harness import SplitBooks, split
from tests.remote.namespaces import open_network
from tests.remote.traders import restless
from tests.stack.conftest import SYMBOLS
from tests.stack.desk import DAY, ROOT
from tests.stack.recordings import write_day
from tests.stack.traders import NOTES_THE_END

DEMO = ROOT / "strategies" / "demo_strategy.py"
AT_THE_END = "def after_trading_end(context):"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_demo_day_ends_with_equal_books_on_both_sides(tmp_path: Path) -> None:
    demo = tmp_path / "demo_strategy.py"
    text = DEMO.read_text(encoding="utf-8").replace(AT_THE_END, "def report_the_day(context):")
    notes = NOTES_THE_END.replace(AT_THE_END, f"{AT_THE_END}\n    report_the_day(context)")
    demo.write_text(text + notes, encoding="utf-8")
    with open_network() as network, split(tmp_path, network, demo) as deployed:
        deployed.finish(400)
        books = SplitBooks(deployed)
        books.check()
        assert len(books.fills()) >= 3 and books.g()["held"] is not None


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_day_over_a_wire_that_loses_one_packet_in_twenty_and_is_slow(tmp_path: Path) -> None:
    """50 ms each way; at 120 times real time a lost packet is worth a minute of the market."""
    every_minute = [*range(OPENS_S, NOON_S, 60), *range(AGAIN_S, LAST_S, 60)]
    file = tmp_path / "restless.py"
    file.write_text(restless(every_minute), encoding="utf-8")
    market = write_day(tmp_path / "market", date.fromisoformat(DAY), SYMBOLS, ("09:40", "10:00"))
    with open_network(seed=5) as network:
        network.be(loss=0.05, delay_ms=50)
        with split(tmp_path, network, file, quotes=str(market), speed="120@09:40-14:58") as deployed:
            deployed.finish(400)
            books = SplitBooks(deployed)
            books.check()
            told = books.g()["told"]
            assert sorted(told) == sorted(books.fills()) and len(told) > 100

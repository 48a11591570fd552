"""The names of what is held: asked of the running stack, or read from the feed a run used."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from cli.market_day import SYNTHETIC
from common import messages as m
from common.run import Run
from common.symbols import UnknownSymbol

if TYPE_CHECKING:
    from common.ask import Operator


def ask_names(line: Operator, symbols: list[str]) -> dict[str, str]:
    """Symbol to name, as quotes knows them; empty where it does not answer."""
    answer = line.ask("quotes", m.GetInstruments(symbols), 1.0) if symbols else None
    return {one.symbol: one.name for one in answer.instruments} if isinstance(answer, m.Instruments) else {}


def names_of(run: Run, symbols: list[str]) -> dict[str, str]:
    """Symbol to name from the run's feed, without any process; empty where only the terminal or a server knows them."""
    if run.remote or not run.simulated:
        return {}
    if run.quotes == SYNTHETIC:
        # Its market brings numpy, a long wait for a name.
        from sim.market_character import character_of

        names = {}
        for symbol in symbols:
            with contextlib.suppress(UnknownSymbol):
                names[symbol] = character_of(symbol).name
        return names
    from services.gateway.quotes.feeds.recorded import RecordedFeed

    feed = RecordedFeed(Path(run.quotes))
    found = (feed.instrument(symbol) for symbol in symbols)
    return {one.symbol: one.name for one in found if one is not None}

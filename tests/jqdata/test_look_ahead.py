"""Calls at random find no function that knows of later, and would find one: planted leaks do not stay hidden."""

from pathlib import Path
from random import Random

import pandas as pd
import pytest

from common import messages as m
from common.beijing import MINUTE_NS, at
from services.gateway.quotes.library import Library
from tests.jqdata.look_ahead import Violation, walk
from tests.jqdata.look_ahead_host import World
from tests.jqdata.look_ahead_market import BANK, CALENDAR, DAY, recorded
from tests.jqdata.look_ahead_provider import Provider

HOUR_NS = 60 * MINUTE_NS
RECORDED, MADE_UP, PROVIDED = 1_000_006, 1_000_005, 1_000_000  # seeds of walks; the last with a data provider


@pytest.mark.parametrize(("seed", "calls"), [(RECORDED, 160), (MADE_UP, 60), (PROVIDED, 120)])
def test_no_function_tells_of_later(seed: int, calls: int, tmp_path: Path) -> None:
    assert walk(Random(seed), tmp_path, calls).total() == calls


class BarsOfLater(Library):
    def bars(self, ask: m.GetBars, now_ns: int) -> m.Bars | m.Refusal:
        end_ns = ask.end_ns + HOUR_NS
        later = m.GetBars(ask.symbols, ask.unit, ask.count, ask.start_ns, end_ns, ask.running)
        return super().bars(later, now_ns + HOUR_NS)


class QuotesOfLater(Library):
    def latest(self, symbols: object, now_ns: int) -> m.Quotes:
        return super().latest(symbols, now_ns + HOUR_NS)  # type: ignore[arg-type]


class ListedLater(Library):
    def instruments(self, ask: m.GetInstruments) -> m.Instruments:
        return m.Instruments(self._feed.instruments())


class PaidLater(Library):
    def adjustments(self, ask: m.GetAdjustments) -> m.Adjustments:
        found = ((symbol, self._feed.ex_days(symbol)) for symbol in ask.symbols)
        return m.Adjustments(
            [m.Adjustment(s, [int(f"{x.day:%Y%m%d}") for x in days], [x.ratio_e9 for x in days]) for s, days in found],
            [],
        )


@pytest.mark.parametrize("leak", [BarsOfLater, QuotesOfLater, ListedLater])
def test_a_planted_leak_is_found(leak: type[Library], tmp_path: Path) -> None:
    with pytest.raises(Violation):
        walk(Random(RECORDED), tmp_path, 320, leak)


class BarsOfTheDayAfter(Provider):
    """Each day has the bar that was the next one's."""

    def rows(self, want: m.Want) -> pd.DataFrame:
        found = super().rows(want)
        if want.dataset != "bars_1d":
            return found
        return found.assign(close=found.groupby("code")["close"].shift(-1).fillna(found["close"]))


def test_a_provider_that_rewrites_the_past_is_found(tmp_path: Path) -> None:
    """So the walk does look at what the data provider tells."""
    with pytest.raises(Violation):
        walk(Random(PROVIDED), tmp_path, 120, provider=BarsOfTheDayAfter)


def test_ex_days_to_come_would_change_nothing(tmp_path: Path) -> None:
    """The strategy's own side takes none of later either: 'pre' is as of its day."""
    assert walk(Random(RECORDED), tmp_path, 120, PaidLater).total() == 120


def test_what_was_asked_up_to_yesterday_does_not_answer_for_today(tmp_path: Path) -> None:
    """Found by the walk 1000008: the limits of minutes were nan where another end was asked for at the same instant."""
    world = World(recorded(Random(1)).feed(tmp_path), DAY)
    now_ns, yesterday = at(DAY, "10:00"), CALENDAR.previous(DAY)
    world.go(now_ns, now_ns)
    ends = at(yesterday, "15:00"), now_ns
    found = [world.host.bars([BANK], "1d", start_ns=at(yesterday, "0:00"), end_ns=end, running=True) for end in ends]
    assert [len(bars[BANK]) for bars in found] == [1, 2]

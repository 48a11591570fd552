"""After a power loss the clock may have forgotten what everybody has heard: its record is not synced for each quote."""

from __future__ import annotations

import pytest

from common import messages as m
from common import wire
from services.gateway.quotes.__main__ import ClockWork
from tests.services.gateway.quotes.floor import Floor

BANK = "600000.XSHG"
TIMES = {BANK: ("9:30", "9:30:03", "9:31")}


class Forgetful(Floor):
    """The clock of ``before`` with its first ``kept`` records; everybody else knows what it told."""

    def __init__(self, before: Floor, kept: int) -> None:
        self.known = max(before.heard.values())
        super().__init__(records=before.records[:kept], times=TIMES, symbols=(BANK,))
        self.session.shell = ClockWork(self.core, self.session, lambda status: status)
        self.heard, self.wakes = dict(before.heard), before.wakes

    def _hear(self, message: m.Message, frame: wire.Quoted) -> None:
        """What has a number they know already is dropped by their sessions."""
        if frame.number > self.known:
            super()._hear(message, frame)


@pytest.mark.parametrize("kept", [0, 1, 3, 5])
def test_a_clock_that_forgot_its_last_words_goes_on_behind_them(kept: int) -> None:
    floor = Floor(times=TIMES, symbols=(BANK,))
    floor.until("clock 09:31:00")
    heard = max(floor.heard.values())
    assert heard > 3
    back = Forgetful(floor, kept)
    back.until("end", rounds=30)
    assert back.core.number > heard and min(back.heard.values()) > heard


def test_the_last_words_are_told_again_under_a_number_nobody_has_heard() -> None:
    floor = Floor(times=TIMES, symbols=(BANK,))
    floor.until("quotes 09:30:03 600000")
    heard = max(floor.heard.values())
    back = Forgetful(floor, len(floor.records) - 1)
    number = back.core.number
    said = back.report("gateway", tick=heard + 5)
    assert said and back.core.number == heard + 6 > number
    assert back.session.number == back.core.number, "frames and messages count alike"


def test_a_day_that_was_opened_or_ended_is_on_the_disk_before_anybody_hears_of_it() -> None:
    """A gateway whose orders wait for the broker's day is busy until it hears the time: a clock that had forgotten
    the opening would wait for it in turn."""
    floor = Floor(times=TIMES, symbols=(BANK,))
    work = ClockWork(floor.core, floor.session, lambda status: status)
    synced = []
    route = floor.session.core.apply

    def note(message: m.Message) -> None:
        if isinstance(message, m.ClockMoved):
            synced.append((message.number, work.needs_sync([message])))
        route(message)

    floor.session.core.apply = note  # type: ignore[method-assign]
    floor.until("end")
    assert [number for number, needed in synced if needed] == [1, synced[-2][0], synced[-1][0]] and len(synced) > 5
    work.syncs = False
    assert not work.needs_sync([m.ClockMoved(1, 0, 20261120, 1, True)])

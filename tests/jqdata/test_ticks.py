"""`get_ticks`: today's snapshots of the feed, cut at now, in the shapes strategies expect."""

import pytest

import jqdata
from jqdata.missing import NeedsProvider
from tests.jqdata.desk import A, B, Desk, at, quote

TIMES = ("9:30:00", "9:30:03", "9:30:06", "9:59:57", "10:00:00", "10:00:03")


@pytest.fixture
def published(desk: Desk) -> Desk:
    """Volume stands still in the second one; the desk's time is 10:00."""
    desk.time = at("10:00")
    volumes = (100, 100, 300, 400, 500, 600)
    desk.published = [quote(A, at(clock), volume=volume) for clock, volume in zip(TIMES, volumes, strict=True)]
    return desk


def test_all_of_today_up_to_now_without_those_that_traded_nothing(published: Desk) -> None:
    ticks = jqdata.get_ticks(A)
    assert [f"{moment:%H:%M:%S}" for moment in ticks["time"]] == ["09:30:00", "09:30:06", "09:59:57", "10:00:00"]
    assert ticks[-1]["current"] == 10.2 and ticks[0]["volume"] == 100 and ticks[0]["b2_p"] == 10.18
    assert len(jqdata.get_ticks(A, skip=False)) == 5
    assert len(jqdata.get_ticks(A, end_dt="2026-11-21 10:00:00")) == 4, "no look ahead"


def test_the_last_few_and_a_span(published: Desk) -> None:
    assert [row["volume"] for row in jqdata.get_ticks(A, count=2, fields=["time", "volume"])] == [400, 500]
    span = jqdata.get_ticks(A, at("9:59:57"), start_dt=at("9:30:06"), fields="volume", df=True)
    assert list(span["volume"]) == [300, 400] and list(span.columns) == ["volume"]


def test_several_codes(published: Desk) -> None:
    found = jqdata.get_ticks([A, B])
    assert list(found) == [A, B] and len(found[A]) == 4 and not len(found[B])
    frame = jqdata.get_ticks([A, B], df=True, fields=["time", "volume"])
    assert (
        frame.index.tolist() == [(A, 0), (A, 1), (A, 2), (A, 3)] and frame["volume"].iloc[-1] == found[A]["volume"][-1]
    )
    assert frame.reset_index(level=1, drop=True).index.unique().tolist() == [A]
    assert jqdata.get_ticks([B], df=True).empty


def test_what_cannot_be_answered_is_said(published: Desk) -> None:
    with pytest.raises(NeedsProvider, match="get_ticks"):
        jqdata.get_ticks(A, start_dt="2026-11-19", end_dt="2026-11-20 10:00:00")
    with pytest.raises(ValueError, match="start_dt 与 count"):
        jqdata.get_ticks(A, start_dt=at("9:30"), count=3)
    with pytest.raises(ValueError, match="bid"):
        jqdata.get_ticks(A, fields=["time", "bid"])

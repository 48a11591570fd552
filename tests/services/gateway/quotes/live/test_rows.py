"""The vendor's bars as ours: labels, units, gaps, and what is no bar at all."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from common.beijing import MINUTE_NS, at, midnight
from common.sessions import minute_ends
from services.gateway.quotes.bars import Bar, from_columns
from services.gateway.quotes.live.rows import NO_ROWS, Rows, daily_rows, minute_rows, rows_of
from tests.services.gateway.quotes.live.paper import table

DAY, BEFORE = date(2026, 11, 20), date(2026, 11, 19)
Row = tuple[int, float, float, float, float, float, float]


def bars(rows: Rows) -> list[Bar]:
    return from_columns(rows.columns("600000.XSHG"))


def row(at_ns: int, close: float = 10.0, volume: float = 100.0, per_unit: int = 100) -> Row:
    return (at_ns, close - 0.01, close + 0.02, close - 0.02, close, volume, volume * per_unit * close)


def minutes(labels: list[int], **more: float) -> list[Row]:
    return [row(label, 10 + index / 100, **more) for index, label in enumerate(labels)]  # type: ignore[arg-type]


# -- days --------------------------------------------------------------------------------------------------------------


def test_a_day_is_labelled_with_its_close_and_knows_the_close_before() -> None:
    made = bars(daily_rows(table([row(midnight(BEFORE), 10.5), row(midnight(DAY), 10.8)]), 100, 100))
    assert [bar.time_ns for bar in made] == [at(BEFORE, "15:00"), at(DAY, "15:00")]
    assert made[1] == Bar(at(DAY, "15:00"), 107900, 108200, 107800, 108000, 10_000, 1_080_000_000, 105000, False)


def test_the_vendors_previous_close_wins_since_it_knows_of_ex_days() -> None:
    made = bars(daily_rows(table([row(midnight(BEFORE), 10.5), row(midnight(DAY), 9.8)], prev=9.9), 100, 100))
    assert [bar.prev_close_e4 for bar in made] == [99000, 99000]


@pytest.mark.parametrize(("per_unit", "volume"), [(100, 10_000), (1, 100), (10, 1000)])
def test_what_was_paid_tells_what_a_unit_of_volume_is(per_unit: int, volume: int) -> None:
    made = bars(daily_rows(table([row(midnight(DAY), 10.0, 100.0, per_unit)]), 100, 100))
    assert made[0].volume == volume


def test_without_money_a_unit_is_a_lot() -> None:
    silent = (midnight(DAY), 10.0, 10.0, 10.0, 10.0, 5.0, 0.0)
    assert bars(daily_rows(table([silent]), 10, 10))[0].volume == 50


def test_rows_without_a_price_and_repeated_rows_are_dropped() -> None:
    nothing = (midnight(BEFORE), *[np.nan] * 6)
    unset = (midnight(date(2026, 11, 18)), *[1.7976931348623157e308] * 6)
    given = [row(midnight(DAY), 10.0), nothing, unset, row(midnight(DAY), 10.3)]
    assert [bar.close_e4 for bar in bars(daily_rows(table(given), 100, 100))] == [103000]
    assert bars(daily_rows(table([]), 100, 100)) == []


def test_prices_are_rounded_to_the_tick() -> None:
    made = bars(daily_rows(table([(midnight(DAY), 1.2340001, 1.2349999, 1.2330002, 1.234, 10.0, 1234.0)]), 10, 100))
    assert (made[0].open_e4, made[0].high_e4, made[0].low_e4) == (12340, 12350, 12330)


# -- minutes -----------------------------------------------------------------------------------------------------------


def test_end_labels_stay() -> None:
    made = bars(minute_rows(table(minutes(minute_ends(DAY))), 100, 100, at(DAY, "15:00")))
    assert [bar.time_ns for bar in made] == minute_ends(DAY)
    assert made[1].prev_close_e4 == made[0].close_e4


def test_start_labels_become_end_labels() -> None:
    given = minutes([label - MINUTE_NS for label in minute_ends(DAY)])
    assert [bar.time_ns for bar in bars(minute_rows(table(given), 100, 100, 0))] == minute_ends(DAY)


def test_the_opening_auction_goes_into_the_first_minute() -> None:
    given = minutes([at(DAY, "9:30"), *minute_ends(DAY)])
    made = bars(minute_rows(table(given), 100, 100, 0))
    assert [bar.time_ns for bar in made] == minute_ends(DAY)
    assert (made[0].open_e4, made[0].close_e4, made[0].volume) == (99900, 100100, 20_000)
    assert (made[0].high_e4, made[0].low_e4) == (100300, 99800)


def test_a_minute_that_is_left_out_had_no_trade() -> None:
    labels = minute_ends(DAY)
    given = [one for index, one in enumerate(minutes(labels)) if index not in (5, 6, 130, 239)]
    made = bars(minute_rows(table(given), 100, 100, at(DAY, "15:00")))
    assert [bar.time_ns for bar in made] == labels
    assert made[6] == Bar(labels[6], *[100400] * 4, 0, 0, 100400, False)
    assert (made[239].volume, made[239].close_e4, made[240 - 2].volume > 0) == (0, made[238].close_e4, True)


def test_minutes_the_vendor_may_not_have_yet_are_not_made_up() -> None:
    made = bars(minute_rows(table(minutes(minute_ends(DAY)[:30])), 100, 100, midnight(DAY)))
    assert len(made) == 30


def test_several_days() -> None:
    given = minutes([*minute_ends(BEFORE)[:-1], *minute_ends(DAY)[:3]])
    made = bars(minute_rows(table(given), 100, 100, midnight(DAY)))
    assert [bar.time_ns for bar in made] == [*minute_ends(BEFORE), *minute_ends(DAY)[:3]]
    assert made[240].prev_close_e4 == made[239].close_e4


def test_what_is_in_no_session_is_dropped() -> None:
    given = minutes([at(DAY, "8:00"), *minute_ends(DAY), at(DAY, "15:05"), at(DAY, "15:30")])
    assert len(bars(minute_rows(table(given), 100, 100, 0))) == 240


# -- rows --------------------------------------------------------------------------------------------------------------


def test_of_a_time_that_both_have_the_later_rows_count() -> None:
    first = rows_of([Bar(time, 1, 1, 1, 1, 1, 1, 1, False) for time in (1, 2, 3)])
    second = rows_of([Bar(time, 2, 2, 2, 2, 2, 2, 2, True) for time in (3, 4)])
    assert [(bar.time_ns, bar.open_e4, bar.suspended) for bar in bars(first.then(second))] == [
        (1, 1, False),
        (2, 1, False),
        (3, 2, True),
        (4, 2, True),
    ]
    assert bars(first.then(NO_ROWS)) == bars(first) and bars(NO_ROWS.then(second)) == bars(second)

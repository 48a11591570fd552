"""The fixed spans in which older bars are asked for: every day once, and what is over stays as it is."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common import messages as m
from services.strategy.providers.evaluate import answer
from services.strategy.spans import numbers_of, spans_to
from tests.services.strategy.older_market import BANK, DAYS, GONE, HOLED, INDEX, Shelf, everything

FIRST = date(1990, 1, 1)
days = st.dates(date(2000, 1, 1), date(2030, 12, 31))
units = st.sampled_from(["1d", "1m", "ex"])


def test_days_and_minutes_of_a_november() -> None:
    last = date(2026, 11, 17)
    assert spans_to("1d", last)[-6:] == [
        (date(2025, 1, 1), date(2025, 12, 31)), (date(2026, 1, 1), date(2026, 3, 31)),
        (date(2026, 4, 1), date(2026, 6, 30)), (date(2026, 7, 1), date(2026, 9, 30)),
        (date(2026, 10, 1), date(2026, 10, 31)), (date(2026, 11, 1), last),
    ]  # fmt: skip
    assert spans_to("1m", last)[-3:] == [
        (date(2026, 10, 1), date(2026, 10, 31)), (date(2026, 11, 1), date(2026, 11, 10)), (date(2026, 11, 11), last),
    ]  # fmt: skip
    assert spans_to("1m", date(2026, 1, 31))[-1] == (date(2026, 1, 21), date(2026, 1, 31))


@given(units, days)
def test_every_day_is_in_one_of_them(unit: str, last: date) -> None:
    spans = spans_to(unit, last)
    assert spans[0][0] <= FIRST and spans[-1][1] == last
    assert all(before[1] + timedelta(days=1) == after[0] for before, after in pairwise(spans))


@given(units, days, st.integers(1, 400))
def test_what_was_asked_for_yesterday_is_asked_for_alike(unit: str, last: date, later: int) -> None:
    """Only spans that hold the newest days are others: what is over for a year is in the same span for ever."""
    before, after = spans_to(unit, last), set(spans_to(unit, last + timedelta(days=later)))
    assert {span for span in before if span[1].year < last.year} <= after


@given(units, days, st.integers(0, 4_000), st.integers(0, 900))
def test_those_that_hold_some_days(unit: str, last: date, ago: int, length: int) -> None:
    first = last - timedelta(days=ago)
    until = min(first + timedelta(days=length), last)
    spans = spans_to(unit, last)
    chosen = numbers_of(spans, first, until)
    assert spans[chosen[0]][0] <= first <= spans[chosen[0]][1] and spans[chosen[-1]][0] <= until <= spans[chosen[-1]][1]


TABLES = everything()


@pytest.mark.parametrize("dataset", ["bars_1d", "bars_1m", "adjustments"])
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_rows_of_bars_are_cut_as_all_others_are(dataset: str, data: st.DataObject) -> None:
    """They do not pass through SQL, since there are so many: with a query they do, and are the same."""
    some = data.draw(st.lists(st.sampled_from([BANK, HOLED, INDEX, GONE]), min_size=1, unique=True))
    first, last, known = (f"{data.draw(st.sampled_from(DAYS))}" for _ in range(3))
    columns = {"bars_1d": ["code", "day", "close"], "bars_1m": ["code", "time", "close"]}.get(
        dataset, ["code", "day", "ratio"]
    )
    want = m.Want(dataset, known, "span", first, last, codes=some, columns=columns)
    assert _rows(want, "") == _rows(want, f"SELECT * FROM {dataset}")


def _rows(want: m.Want, sql: str) -> list[tuple[object, ...]]:
    found = answer(Shelf(TABLES), m.AskProvider(1, "history", [want], sql))
    assert not found.code, found.text
    columns = [one.texts or memoryview(one.packed).cast("d").tolist() for one in found.columns]
    return sorted(zip(*columns, strict=True))

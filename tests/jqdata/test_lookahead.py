"""Whatever a strategy asks at whatever time: nothing it gets depends on what happens later."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from common.beijing import midnight, to_ns
from jqdata import attribute_history, get_bars, get_price, history, host
from jqdata.columns import Columns
from tests.jqdata.desk import DAYS, A, B, Desk, Row, as_columns, at, day_bars, minute_bars

RECENT = DAYS[-8:]
DAILY, MINUTES = day_bars(DAYS), minute_bars(RECENT)
Rows = list[tuple[float, ...]]

moments = st.builds(
    lambda day, seconds: at("0:00", day) + timedelta(seconds=seconds),
    st.sampled_from(RECENT[2:]),
    st.integers(9 * 3600, 16 * 3600),
)
units = st.sampled_from(["1d", "3d", "1w", "1M", "1m", "5m", "30m", "120m"])
counts = st.integers(1, 12)
ends = st.none() | st.sampled_from([*RECENT, at("10:30", RECENT[-1]), at("15:00", RECENT[3]), at("9:00", RECENT[5])])


class Leaky(Desk):
    """A host that hands over everything it has, whatever was asked."""

    def bars(self, symbols: object, unit: str, **asked: object) -> dict[str, Columns]:
        rows = self.daily if unit == "1d" else self.minutes
        return {symbol: as_columns(rows[symbol]) for symbol in rows}


def changed(row: Row) -> Row:
    """The same bar, had the market gone elsewhere."""
    label, *prices = row
    return (label, *(2 * number + 1 for number in prices[:-1]), prices[-1])  # type: ignore[return-value]


@contextmanager
def bound(made: Desk, now: datetime, *, other_future: bool = False) -> Iterator[None]:
    made.time = now
    now_ns = to_ns(now)
    daily, minutes = (
        [changed(row) if other_future and row[0] > now_ns else row for row in rows] for rows in (DAILY, MINUTES)
    )
    made.daily, made.minutes = {A: daily, B: daily}, {A: minutes, B: minutes}
    host.bind(made)
    try:
        yield
    finally:
        host.bind(None)


def asked(unit: str, count: int, end: object, *, skip: bool) -> list[Callable[[], np.ndarray]]:
    """Each function as numbers; the first column is the END of the bar in seconds, a day's being its midnight."""
    price_unit = unit if unit[-1] in "md" else "1d"

    def framed(frame: "object") -> np.ndarray:
        return np.column_stack([frame.index.astype("datetime64[s]").astype(np.int64), frame.to_numpy()])  # type: ignore[attr-defined]

    def bars() -> np.ndarray:
        found = get_bars(A, count, unit, ["date", "close", "high", "volume"], end_dt=end)  # type: ignore[arg-type]
        return np.array([[np.datetime64(r["date"], "s").astype(int), *list(r)[1:]] for r in found], float).reshape(
            -1, 4
        )

    until = end or DAYS[-1]
    return [
        lambda: framed(attribute_history(A, count, unit, skip_paused=skip)),
        lambda: framed(history(count, unit, "close", [A, B], skip_paused=False)),
        lambda: framed(get_price(A, count=count, end_date=until, frequency=price_unit, skip_paused=skip)),  # type: ignore[arg-type]
        lambda: framed(get_price(A, RECENT[1], until, price_unit, ["close", "avg"], skip_paused=skip)),  # type: ignore[arg-type]
        bars,
    ]


@settings(max_examples=50)
@given(moments, units, counts, ends, st.booleans())
def test_another_future_gives_the_same_answers(now: datetime, unit: str, count: int, end: object, skip: bool) -> None:
    with bound(Desk(now), now):
        ours = [ask() for ask in asked(unit, count, end, skip=skip)]
    with bound(Desk(now), now, other_future=True):
        theirs = [ask() for ask in asked(unit, count, end, skip=skip)]
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one, other)


@settings(max_examples=50)
@given(moments, units, counts, ends, st.booleans())
def test_a_host_that_leaks_the_future_is_cut_off(now: datetime, unit: str, count: int, end: object, skip: bool) -> None:
    with bound(Leaky(now), now):
        answers = [ask() for ask in asked(unit, count, end, skip=skip)]
    now_s = int((now - datetime(1970, 1, 1)).total_seconds())
    today_s = int((now.replace(hour=0, minute=0, second=0) - datetime(1970, 1, 1)).total_seconds())
    after_close = now.hour >= 15
    for answer in answers:
        last = answer[:, 0].max(initial=0)
        if unit[-1] == "m":
            assert last <= now_s
        else:
            assert last < today_s or (after_close and last == today_s)


@settings(max_examples=50)
@given(moments, st.sampled_from(["1d", "1m", "5m"]), counts)
def test_the_running_bar_is_the_current_one_and_no_later(now: datetime, unit: str, count: int) -> None:
    with bound(Leaky(now), now):
        last = get_bars(A, count, unit, ["date"], include_now=True)[-1]["date"]
    if unit == "1d":
        assert last == now.date()
    else:
        assert last <= max(now + timedelta(minutes=int(unit[:-1])), at("9:35", now.date()))


def test_the_bars_of_the_two_futures_differ() -> None:
    """The property above would hold of anything if the changed rows were equal."""
    row = DAILY[-1]
    assert changed(row)[0] == row[0] and changed(row)[4] != row[4]
    assert midnight(DAYS[-1]) < row[0]

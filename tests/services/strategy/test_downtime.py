"""A call is late where the process was there when it fell due, and missed where it was not."""

from hypothesis import given
from hypothesis import strategies as st

from common.beijing import SECOND_NS
from services.strategy.downtime import Down, Downtime
from services.strategy.schedule import Call

GRACE_NS = 60 * SECOND_NS
SECONDS = st.integers(0, 600)


def call(second: int) -> Call:
    return Call(second * SECOND_NS, 2, 1, "trade")


def downs(*seconds: tuple[int, int]) -> tuple[Down, ...]:
    return tuple(Down(a * SECOND_NS, b * SECOND_NS) for a, b in seconds)


def of(*seconds: tuple[int, int], runs: bool = False) -> Downtime:
    return Downtime(downs(*seconds), runs, GRACE_NS)


def test_what_fell_due_while_down_is_missed_and_what_waited_is_late() -> None:
    down = of((100, 130))
    assert [down.is_missed(call(second)) for second in (99, 100, 101, 129, 130, 131)] == [
        False,
        False,
        True,
        True,
        False,
        False,
    ]


def test_a_job_that_waited_is_missed_where_the_process_stayed_away_too_long() -> None:
    assert not of((100, 160)).is_missed(call(90))
    assert of((100, 161)).is_missed(call(90))
    assert of((100, 140), (200, 221)).is_missed(call(90))
    assert not of((100, 140), (200, 221)).is_missed(call(150))


def test_what_was_missed_stays_missed_however_often_the_process_dies_again() -> None:
    down = of((100, 130))
    assert down.is_untold(call(110))
    again = down.told().after(Down(135 * SECOND_NS, 136 * SECOND_NS), 0)
    assert again.is_missed(call(110))
    assert not again.is_untold(call(110))
    unsaid = down.after(Down(135 * SECOND_NS, 136 * SECOND_NS), 0)
    assert unsaid.is_untold(call(110)), "it died again before it could say so"


def test_run_makes_up_for_what_is_not_too_old() -> None:
    down = of((100, 170), runs=True)
    assert [down.is_missed(call(second)) for second in (105, 109, 110, 169)] == [True, True, False, False]
    assert not down.may_run_again(109 * SECOND_NS)
    assert down.may_run_again(110 * SECOND_NS)
    assert not of((100, 101)).may_run_again(100 * SECOND_NS), "skip never does"


def test_yesterdays_times_are_forgotten() -> None:
    assert of((10, 20)).after(Down(15 * SECOND_NS, 110 * SECOND_NS), 100 * SECOND_NS).downs == downs((15, 110))


@given(st.lists(st.tuples(SECONDS, SECONDS), max_size=4), SECONDS, st.booleans())
def test_another_time_down_never_brings_a_missed_call_back(
    spans: list[tuple[int, int]], second: int, runs: bool
) -> None:
    """Under `skip` that would place its orders after all; `run` may only become stricter."""
    at, down = 0, of(runs=runs)
    was_missed = False
    for up_for, down_for in spans:
        at += up_for
        down = down.after(Down(at * SECOND_NS, (at + down_for) * SECOND_NS), -1)
        at += down_for
        if call(second).at_ns <= down.back_ns:
            assert down.is_missed(call(second)) or not was_missed
            was_missed = down.is_missed(call(second))

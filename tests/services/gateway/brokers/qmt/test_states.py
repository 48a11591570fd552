"""The fold of an order's rows: whatever the order they come in, nothing filled is taken back and an end is an end."""

from hypothesis import given
from hypothesis import strategies as st

from common.orders import FINAL, Status
from services.gateway.brokers.qmt.acts import Now
from services.gateway.brokers.qmt.rows import OrderRow
from services.gateway.brokers.qmt.states import States
from tests.services.gateway.brokers.qmt.stage import order_row

STATUSES = st.sampled_from([48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 255, 0, 86, 7])
ROWS = st.builds(order_row, st.just(5), STATUSES, st.sampled_from([0, 100, 200, 300]))


def folded(rows: list[OrderRow]) -> States:
    states = States()
    for n, row in enumerate(rows):
        states.fold(row, Now(n, n), by_market=False)
    return states


@given(st.lists(ROWS, min_size=1, max_size=12))
def test_nothing_is_ever_taken_back(rows: list[OrderRow]) -> None:
    states, before, ended = States(), 0, ""
    for n, row in enumerate(rows):
        states.fold(row, Now(n, n), by_market=False)
        known = states.known[5]
        assert known.cum_qty >= before
        assert not ended or known.status == ended
        before, ended = known.cum_qty, known.status if known.is_final else ""


@given(st.lists(ROWS, min_size=1, max_size=12))
def test_an_end_is_only_what_the_terminal_called_one(rows: list[OrderRow]) -> None:
    known = folded(rows).known[5]
    final = {53, 54, 57} | ({56} if any(r.order_status == 56 and r.traded_volume == 300 for r in rows) else set())
    assert known.is_final <= bool(final & {row.order_status for row in rows})
    if known.status is Status.FILLED:
        assert known.cum_qty == 300
    if known.status is Status.REJECTED:
        assert any(row.order_status == 57 for row in rows)


@given(st.lists(ROWS, min_size=1, max_size=12))
def test_rows_that_come_twice_change_nothing(rows: list[OrderRow]) -> None:
    once, twice = folded(rows).known[5], folded([row for row in rows for _ in range(2)]).known[5]
    assert (once.status, once.cum_qty, once.text) == (twice.status, twice.cum_qty, twice.text)


@given(st.permutations([order_row(5, 48), order_row(5, 50), order_row(5, 55, 100), order_row(5, 53, 200)]))
def test_the_end_wins_wherever_it_comes(rows: list[OrderRow]) -> None:
    known = folded(rows).known[5]
    assert (known.status, known.cum_qty) == (Status.CANCELLED, 200) and known.status in FINAL


def test_the_rest_of_a_market_order_is_cancelled_by_the_exchange() -> None:
    states = States()
    known = states.fold(order_row(5, 53, 100), Now(0, 0), by_market=True)
    assert known is not None and known.reason == "NO_LIQUIDITY"


def test_and_by_us_where_we_asked() -> None:
    states = States()
    states.fold(order_row(5, 52, 100), Now(0, 0), by_market=True)
    known = states.fold(order_row(5, 53, 100), Now(0, 0), by_market=True)
    assert known is not None and known.reason == "CANCELLED_BY_USER"

"""An order's id is made from what led to it, and from nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.strategy.ids import LENGTH, PARTS_MAX, SUBS_MAX, OrderIds, part_of, siblings, sub_of, whole_of

CALLBACKS = st.tuples(
    st.text(min_size=1, max_size=40),
    st.integers(20000101, 20991231),
    st.text(max_size=40),
    st.integers(0, 2**62),
    st.text(max_size=10),
)


@given(CALLBACKS, st.integers(1, 50))
def test_entering_a_callback_again_makes_the_same_ids(callback: tuple[str, int, str, int, str], count: int) -> None:
    first, again = OrderIds(*callback), OrderIds(*callback)
    made = [first.next() for _ in range(count)]
    assert made == [again.next() for _ in range(count)]
    assert len(set(made)) == count


@given(CALLBACKS)
def test_fits_what_a_broker_carries(callback: tuple[str, int, str, int, str]) -> None:
    made = OrderIds(*callback).next()
    assert len(made) == LENGTH <= 24
    assert made.isascii() and made.isalnum()


@given(CALLBACKS, CALLBACKS)
def test_another_callback_makes_other_ids(
    one: tuple[str, int, str, int, str], two: tuple[str, int, str, int, str]
) -> None:
    assert (OrderIds(*one).next() == OrderIds(*two).next()) == (one == two)


def test_ids_stay_what_they_are() -> None:
    """An upgrade in the middle of a day must not place an order a second time under another id."""
    ids = OrderIds("sim/demo", 20261120, "trade", 1_795_138_500_000_000_000, "2.1")
    assert [ids.next(), ids.next()] == ["261120o02mhp7ke0be0001", "261120o02mhp7ke0be0002"]


@given(CALLBACKS, st.integers(0, SUBS_MAX - 1), st.integers(1, 200))
def test_an_id_names_its_sub_account_and_the_first_is_as_ever(
    callback: tuple[str, int, str, int, str], pindex: int, calls: int
) -> None:
    plain, divided = OrderIds(*callback), OrderIds(*callback)
    for _ in range(calls - 1):
        plain.next(), divided.next(pindex)
    first, made = plain.next(), divided.next(pindex)
    assert sub_of(made) == sub_of(part_of(made, 7)) == pindex and len(made) == LENGTH
    assert next(siblings(made, SUBS_MAX)) == first and list(siblings(first, SUBS_MAX))[pindex] == made


def test_transfers_shift_no_orders() -> None:
    ids, plain = OrderIds("a", 20261120, "t", 1, ""), OrderIds("a", 20261120, "t", 1, "")
    assert ids.next_transfer() != ids.next_transfer()
    assert ids.next(0) == plain.next()


def test_more_calls_than_ids_is_an_error() -> None:
    ids = OrderIds("a", 20261120, "t", 1, "")
    with pytest.raises(RuntimeError, match="委托编号已用完"):
        for _ in range(20_000):
            ids.next(3)


@given(st.integers(0, PARTS_MAX - 1))
def test_the_parts_of_an_order_are_told_by_their_ids(number: int) -> None:
    order_id = "261120o02mhp7ke0be0001"
    part = part_of(order_id, number)
    assert len(part) <= 24 and part.isascii() and part.isalnum()
    assert whole_of(part) == order_id
    assert (part == order_id) == (number == 0)
    assert part not in {part_of(order_id, other) for other in (number - 1, number + 1) if 0 <= other < PARTS_MAX}

"""An order's id is made from what led to it, and from nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from services.strategy.ids import LENGTH, PARTS_MAX, OrderIds, part_of, whole_of

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


@given(st.integers(0, PARTS_MAX - 1))
def test_the_parts_of_an_order_are_told_by_their_ids(number: int) -> None:
    order_id = "261120o02mhp7ke0be0001"
    part = part_of(order_id, number)
    assert len(part) <= 24 and part.isascii() and part.isalnum()
    assert whole_of(part) == order_id
    assert (part == order_id) == (number == 0)
    assert part not in {part_of(order_id, other) for other in (number - 1, number + 1) if 0 <= other < PARTS_MAX}

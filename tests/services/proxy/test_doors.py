"""Who may knock: the list, the back-off, room at the door, the first bytes, and rates."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.proxy.doors import (
    ADDRESSES_MAX,
    BACK_OFF_MAX_NS,
    BACK_OFF_NS,
    DEAD_KEY,
    FAILURES_MAX,
    WINDOW_NS,
    Doors,
    first_to_go,
)
from services.proxy.first_bytes import CURVE, fault, is_whole
from services.proxy.rates import SECOND_NS, Bucket

ME, OTHER = "10.0.0.1", "10.0.0.2"


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("10.1.2.3", True),
        ("11.1.2.3", False),
        ("192.168.1.5", True),
        ("192.168.1.6", False),
        ("::ffff:10.1.2.3", True),
        ("fd00::1", True),
        ("fe80::1%eth0", False),
    ],
)
def test_the_list(address: str, allowed: bool) -> None:
    doors = Doors(("10.0.0.0/8", "192.168.1.5", "fd00::/16"))
    assert doors.is_allowed(address) == allowed and Doors(()).is_allowed(address)


def test_five_failures_in_a_minute_and_not_in_two() -> None:
    doors = Doors(())
    for number in range(FAILURES_MAX * 3):
        assert doors.failed(OTHER, 1, number * (WINDOW_NS // (FAILURES_MAX - 1) + 1)) == 0
    waits = [doors.failed(ME, 1, number) for number in range(FAILURES_MAX)]
    assert waits == [0] * (FAILURES_MAX - 1) + [BACK_OFF_NS]
    assert doors.wait_ns(ME, FAILURES_MAX - 1) == BACK_OFF_NS and doors.wait_ns(OTHER, 0) == 0
    assert doors.wait_ns(ME, FAILURES_MAX - 1 + BACK_OFF_NS) == 0


def test_the_wait_doubles_up_to_its_limit() -> None:
    doors, now_ns, waits = Doors(()), 0, []
    for _ in range(10):
        for _ in range(FAILURES_MAX):
            wait_ns = doors.failed(ME, 1, now_ns)
        waits.append(wait_ns)
        now_ns += wait_ns
    assert waits[:4] == [BACK_OFF_NS << number for number in range(4)] and waits[-1] == BACK_OFF_MAX_NS


def test_a_client_with_an_ended_token_is_not_a_guesser() -> None:
    doors = Doors(())
    assert not any(doors.failed(ME, DEAD_KEY, 0) for _ in range(int(FAILURES_MAX / DEAD_KEY) - 1))


def test_addresses_of_one_ipv6_network_count_together() -> None:
    doors = Doors(())
    for number in range(FAILURES_MAX):
        doors.failed(f"2001:db8::{number}", 1, 0)
    assert doors.wait_ns("2001:db8::ffff", 0) and not doors.wait_ns("2001:db8:0:1::1", 0)


def test_what_is_remembered_is_bounded_and_who_waits_is_not_forgotten() -> None:
    doors = Doors(())
    for _ in range(FAILURES_MAX):
        doors.failed(ME, 1, 0)
    for number in range(ADDRESSES_MAX + 100):
        doors.failed(f"172.{16 + number // 65536}.{number // 256 % 256}.{number % 256}", 1, 1)
    assert doors.wait_ns(ME, 1) and len(doors._known) == ADDRESSES_MAX


def test_who_makes_room() -> None:
    crowd = [(number, ME, number > 2) for number in range(5)]
    assert first_to_go([(9, OTHER, False), *crowd]) == 0, "silent, and of the address that has most"
    assert first_to_go([(9, OTHER, True), *crowd]) == 0 and first_to_go([(9, OTHER, False), (8, OTHER, False)]) == 9


# -- the first bytes ---------------------------------------------------------------------------------------------------

GREETING = b"\xff" + b"\0" * 8 + b"\x7f\x03\x01" + CURVE + b"\0" * 32


def test_our_greeting_has_no_fault_at_any_length() -> None:
    for length in range(len(GREETING) + 1):
        assert fault(GREETING[:length]) == "" and is_whole(GREETING[:length]) == (length >= 32)


@given(st.binary(min_size=32, max_size=64))
def test_nothing_else_is_whole_and_without_fault(start: bytes) -> None:
    curve = start[:1] == b"\xff" and start[9] == 0x7F and start[10] >= 3 and start[12:32] == CURVE
    assert (fault(start) == "") == curve


def test_a_length_before_json_is_waited_for() -> None:
    assert [fault(b"\0\0\0\x2c{"[:length]) for length in range(6)] == [""] * 5 + ["OLD_CLIENT"]


# -- rates -------------------------------------------------------------------------------------------------------------


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    bucket = Bucket(10, 5)
    assert [bucket.take(1, 1) for _ in range(5)] == [0] * 5
    assert bucket.take(1, 1) == SECOND_NS // 10 and bucket.overdrawn == 1
    assert bucket.take(1, 1 + SECOND_NS) == 0 and bucket.take(5, 1 + 10 * SECOND_NS) == 0


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(0, SECOND_NS)), max_size=50))
def test_no_more_passes_than_flows_in(asks: list[tuple[int, int]]) -> None:
    """Whoever waits as long as it is told takes no more than the rate and one burst."""
    bucket, now_ns, taken = Bucket(10, 50), 1, 0
    for amount, pause_ns in asks:
        now_ns += pause_ns
        now_ns += bucket.take(amount, now_ns)
        taken += amount
        assert taken <= 50 + 10 * now_ns / SECOND_NS + 1

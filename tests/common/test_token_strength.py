"""How strong a token is taken to be: never stronger than it is, and never weak where it was made well."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.token_strength import WEAK_BITS, bits

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@pytest.mark.parametrize(
    "token",
    [
        *("secret", "123456", "token", "password123", "QmtServer2026", "20261120", "bullet-trade"),
        *("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "abcdefghijklmnopqrstuvwxyz", "abcabcabcabcabcabcabcabcabcabc"),
        *("correcthorsebatterystaple", "换成自己的令牌", "woxihuanchaoguwoxihuanchaogu"),
    ],
)
def test_what_can_be_guessed_is_weak(token: str) -> None:
    assert bits(token) < WEAK_BITS


@given(st.integers(0, 2**32 - 1))
def test_what_the_remedy_makes_is_strong(seed: int) -> None:
    """The remedy makes 43 letters of these; half as many would do, and 32 of hexadecimal too."""
    chance = random.Random(seed)
    assert bits("".join(chance.choices(LETTERS, k=43))) > 2 * WEAK_BITS
    assert bits("".join(chance.choices(LETTERS, k=22))) > WEAK_BITS
    assert bits("".join(chance.choices("0123456789abcdef", k=32))) > WEAK_BITS


@given(st.text(max_size=40))
def test_no_token_is_stronger_than_its_letters_could_be(token: str) -> None:
    assert 0 <= bits(token) <= len(token) * 7

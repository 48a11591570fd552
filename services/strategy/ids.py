"""The identity of an order: the same callback entered again makes the same ids (design: Identity of an order)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cached_property

LENGTH = 22  # QMT's order_remark holds 24 ASCII characters; the last two tell the parts of a split order
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_HASH_DIGITS, _COUNTER_DIGITS, _PART_DIGITS = 12, 4, 2
PARTS_MAX = len(_DIGITS) ** _PART_DIGITS
_CALLS_MAX = len(_DIGITS) ** _COUNTER_DIGITS
SUBS_MAX = 100
"""How many sub-accounts a strategy may have, as on JoinQuant: the counter's range is parted among them."""
_CALLS_A_SUB = _CALLS_MAX // SUBS_MAX


class OrderIds:
    """Ids of one callback: the day as ``yymmdd``, 12 digits that stand for the callback, and a counter of 4."""

    def __init__(self, strategy: str, trading_day: int, callback: str, logical_ns: int, trigger: str) -> None:
        self._trading_day = trading_day
        self._said = (strategy, str(trading_day), callback, str(logical_ns), trigger)
        self.count = 0  # how many were made
        self._transfers = 0

    @cached_property
    def _prefix(self) -> str:
        """Made when it is needed: few ticks place an order."""
        number = int.from_bytes(hashlib.blake2b("\x1f".join(self._said).encode(), digest_size=8).digest(), "big")
        return f"{self._trading_day % 1_000_000:06d}{_base36(number, _HASH_DIGITS)}"

    def next(self, pindex: int | None = None) -> str:
        """The next id: 22 ASCII letters and digits. ``pindex`` is the sub-account; None where there is only one.

        The counter goes on over all sub-accounts: a callback entered again finds its order by the number of the call.
        """
        self.count += 1
        most = _CALLS_MAX if pindex is None else _CALLS_A_SUB
        if self.count >= most:
            raise RuntimeError(f"一次回调里下单超过 {most - 1:,} 次，委托编号已用完")
        return self._prefix + _base36((pindex or 0) * _CALLS_A_SUB + self.count, _COUNTER_DIGITS)

    def next_transfer(self) -> str:
        """The next id of a transfer between sub-accounts. Orders are counted apart: leaving one out shifts none."""
        self._transfers += 1
        return f"{self._prefix}-{self._transfers}"


def part_of(order_id: str, number: int) -> str:
    """The id of a part of a split order; the first part, number 0, has the order's own."""
    assert 0 <= number < PARTS_MAX, f"{order_id} is split into more than {PARTS_MAX}"
    return order_id + _base36(number, _PART_DIGITS) if number else order_id


def whole_of(client_order_id: str) -> str:
    """The id of the order that an order sent is a part of."""
    return client_order_id[:LENGTH]


def sub_of(client_order_id: str) -> int:
    """The sub-account of an order, where its strategy has several."""
    pindex: int = _counter(client_order_id) // _CALLS_A_SUB
    return pindex


def siblings(order_id: str, subs: int) -> Iterator[str]:
    """What the same call would be named in each of the first ``subs`` sub-accounts."""
    prefix, call = order_id[: LENGTH - _COUNTER_DIGITS], _counter(order_id) % _CALLS_A_SUB
    return (prefix + _base36(pindex * _CALLS_A_SUB + call, _COUNTER_DIGITS) for pindex in range(subs))


def _counter(client_order_id: str) -> int:
    return int(client_order_id[LENGTH - _COUNTER_DIGITS : LENGTH], len(_DIGITS))


def _base36(number: int, digits: int) -> str:
    """The last ``digits`` digits of ``number``."""
    text = ""
    for _ in range(digits):
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return text

"""Random numbers for many things at once, each from a generator of its own and in that generator's order."""

from collections.abc import Iterator, Sequence
from random import Random

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Draws:
    """What `random()` of each generator would say next, the first `count` times; who draws once more shifts its own
    numbers only."""

    def __init__(self, rngs: Sequence[Random], count: int) -> None:
        words = np.frombuffer(b"".join(rng.randbytes(8 * count) for rng in rngs), "<u4").reshape(-1, 2)
        # Random.random() takes the upper 27 bits of one word and the upper 26 of the next.
        self._numbers: Floats = ((words[:, 0] >> 5) * 2.0**26 + (words[:, 1] >> 6)) / 2.0**53
        self._next = np.arange(len(rngs)) * count

    def take(self, count: int) -> Floats:
        """The next `count` numbers of every generator: a line for each number, a column for each generator."""
        numbers: Floats = self._numbers[self._next + np.arange(count)[:, None]]
        self._next += count
        return numbers

    def take_of(self, columns: NDArray[np.intp]) -> Floats:
        """One more of these generators."""
        numbers: Floats = self._numbers[self._next[columns]]
        self._next[columns] += 1
        return numbers

    def more_of(self, column: int) -> Iterator[float]:
        """One after the other of this generator."""
        while True:
            self._next[column] += 1
            yield self._numbers[self._next[column] - 1]

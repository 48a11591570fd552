"""What the looks at the broker's books add up to: a difference is believed when it stays where nothing moves."""

from __future__ import annotations

import dataclasses

from common import messages as m
from common.beijing import SECOND_NS
from services.gateway.compare import CASH

AGAIN_NS = 3 * SECOND_NS
"""After so long a difference is looked at again: what a broker books late, cash behind trades, is there by then."""

QUIET_LOOKS = 3
"""So many looks in a row that agree, with no trade from the first to the last, make a certainty. Two would not do where
a broker gives its trades and its books one after the other: a trade between the two parts of the second looks quiet."""

LOOKS_MAX = 6
"""An account that trades all the time is never quiet: a difference that so many looks in a row agree on is believed."""


@dataclasses.dataclass(frozen=True, slots=True)
class Suspect:
    """A difference seen at ``looks`` looks, the last ``quiet`` of them with the same number of trades."""

    difference: int
    seen_ns: int
    fills: int
    looks: int = 1
    quiet: int = 1


@dataclasses.dataclass(slots=True)
class Looks:
    """One account's. ``rows`` are the last look's; ``told`` differences are known to everybody."""

    tolerance_e4: int = 0
    count: int = 0
    looked_ns: int = 0
    rows: list[m.BookRow] = dataclasses.field(default_factory=list)
    suspects: dict[str, Suspect] = dataclasses.field(default_factory=dict)
    told: dict[str, int] = dataclasses.field(default_factory=dict)
    fresh: bool = False  # the last look made sure of a difference that nobody was told

    @property
    def differing(self) -> list[m.BookRow]:
        """The lines of the last look beyond the tolerance."""
        return [row for row in self.rows if abs(row.difference) > self._tolerance(row.symbol)]

    @property
    def again_ns(self) -> int:
        """When to look again at what is suspected; 0 where nothing is."""
        return min((s.seen_ns for s in self.suspects.values()), default=-AGAIN_NS) + AGAIN_NS

    def look(self, rows: list[m.BookRow], at_ns: int, fills: int) -> None:
        """Fold one comparison, of a statement at ``at_ns`` with ``fills`` trades on its list."""
        self.rows, self.looked_ns, self.count = rows, at_ns, self.count + 1
        differing = {row.symbol: row.difference for row in self.differing}
        # What is gone is forgotten: should it come back, it is news.
        self.told = {symbol: told for symbol, told in self.told.items() if symbol in differing}
        suspects, self.suspects, self.fresh = self.suspects, {}, False
        for symbol, difference in differing.items():
            if symbol in self.told and abs(difference - self.told[symbol]) <= self._tolerance(symbol):
                continue
            now = self._seen(suspects.get(symbol), symbol, Suspect(difference, at_ns, fills))
            if now is None:
                self.fresh = True
            else:
                self.suspects[symbol] = now

    def _seen(self, before: Suspect | None, symbol: str, now: Suspect) -> Suspect | None:
        """The suspicion after one more look; None where it has become a certainty."""
        if before is None or abs(before.difference - now.difference) > self._tolerance(symbol):
            return now
        if now.seen_ns - before.seen_ns < AGAIN_NS:
            return before  # one instant, one look
        looks, quiet = before.looks + 1, before.quiet + 1 if before.fills == now.fills else 1
        return (
            None if quiet >= QUIET_LOOKS or looks >= LOOKS_MAX else dataclasses.replace(now, looks=looks, quiet=quiet)
        )

    def certain(self) -> list[m.BookRow]:
        """The differing lines that are not merely suspected."""
        return [row for row in self.differing if row.symbol not in self.suspects]

    def tell(self, rows: list[m.BookRow]) -> None:
        self.told.update({row.symbol: row.difference for row in rows})

    def adjust(self) -> None:
        """The book was made the broker's: nothing differs until the next look."""
        self.rows = [m.BookRow(row.symbol, row.brokers, row.brokers) for row in self.rows]
        self.suspects, self.told, self.fresh = {}, {}, False

    def open_day(self) -> None:
        self.rows, self.suspects, self.told, self.fresh = [], {}, {}, False

    def _tolerance(self, symbol: str) -> int:
        return self.tolerance_e4 if symbol == CASH else 0

"""Where the vendor's threads leave ticks and the loop takes quotes: newest wins, what somebody asked for goes first."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from itertools import islice
from typing import Any, Final

from common.messages import Quote
from services.gateway.quotes.live.ticks import quote_of
from services.gateway.quotes.live.traits import Traits, traits_of

BATCH_MAX: Final = 100
_PUSHES_MAX: Final = 2_000

Pending = dict[str, Mapping[str, Any]]


class Intake:
    """``ring`` wakes the loop. A tick that waits gives way to a newer one of its code: nothing is queued up."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._pushed: deque[Any] = deque(maxlen=_PUSHES_MAX)  # as they came, on the vendor's threads
        self._asked: Pending = {}
        self._rest: Pending = {}
        self._wanted: dict[str, None] = {}
        self._traits: dict[str, Traits | None] = {}
        self._day = date.min
        self.is_whole = False
        self.connection = 0
        self.pushes = self.ticks = self.unread = 0  # for the status

    # -- on the vendor's threads -----------------------------------------------------------------------------------

    def came(self, connection: int, pushed: Any) -> None:
        if connection == self.connection:
            self._pushed.append(pushed)
            self._ring()

    # -- on the loop's ---------------------------------------------------------------------------------------------

    def want(self, codes: Iterable[str]) -> None:
        self._wanted.update(dict.fromkeys(codes))

    def open_day(self, day: date) -> None:
        """What is known of instruments is of one day."""
        if day > self._day:
            self._day = day
            self._traits.clear()

    def traits(self, code: str) -> Traits | None:
        """None for a code of no board of ours."""
        if code not in self._traits:
            self._traits[code] = traits_of(code, self._day)
        return self._traits[code]

    def learn(self, code: str, detail: Mapping[str, Any]) -> None:
        if (traits := self.traits(code)) is not None:
            traits.learn(detail, self._day)

    def stale(self) -> list[str]:
        """Wanted codes whose record is missing or of another day."""
        found = ((code, self.traits(code)) for code in self._wanted)
        return [code for code, traits in found if traits is not None and traits.is_stale]

    def put(self, pushed: Mapping[str, Any]) -> None:
        """Ticks that were asked for and not pushed."""
        self._merge(pushed)

    def read(self, code: str, tick: Mapping[str, Any]) -> Quote | None:
        traits = self.traits(code)
        return None if traits is None else quote_of(tick, traits, self._day)

    def take(self) -> tuple[Quote, ...]:
        """Up to a hundred quotes; ``has_more`` tells whether there are others."""
        while self._pushed:
            self._merge(self._pushed.popleft())
        pending = self._asked or self._rest
        codes = list(islice(pending, BATCH_MAX))
        quotes = [(code, self.read(code, pending.pop(code))) for code in codes]
        self.ticks += len(codes)
        self.unread += sum(quote is None for _, quote in quotes)
        return tuple(quote for _, quote in quotes if quote is not None)

    @property
    def has_more(self) -> bool:
        return bool(self._pushed or self._asked or self._rest)

    def _merge(self, pushed: Any) -> None:
        if not isinstance(pushed, Mapping):
            self.unread += 1
            return
        self.pushes += 1
        wanted = self._wanted
        if not self.is_whole:
            for code in wanted if len(wanted) < len(pushed) else list(pushed):
                if code in pushed and code in wanted:
                    _keep_newer(self._asked, code, pushed[code])
            return
        for code, tick in pushed.items():
            if code in wanted:
                _keep_newer(self._asked, code, tick)
            elif self.traits(code) is not None:
                _keep_newer(self._rest, code, tick)


def _keep_newer(pending: Pending, code: str, tick: Any) -> None:
    """Subscriptions of one code push lists, the whole market single ticks; pushes may overtake each other."""
    if isinstance(tick, list | tuple):
        tick = tick[-1] if tick else None
    if not isinstance(tick, Mapping):
        return
    known = pending.get(code)
    if known is None or _time(tick) >= _time(known):
        pending[code] = tick


def _time(tick: Mapping[str, Any]) -> float:
    time = tick.get("time", 0)
    return time if isinstance(time, int | float) else 0

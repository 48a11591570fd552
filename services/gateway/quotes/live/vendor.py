"""What the live quotes process asks of a vendor's market data: plain values in and out, in the vendor's terms.

Codes are the vendor's (``600000.SH``), prices floats in yuan, times milliseconds since the epoch. Every call may block,
and raises `FeedFailed` where the vendor says no; only the one thread that owns the connection calls (live/caller.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Tick = Mapping[str, Any]
"""One snapshot as the vendor has it (xtquant.md 10.4); nothing in it is to be relied on."""

OnTicks = Callable[[Mapping[str, Any]], None]
"""Called on the vendor's threads with ``{code: tick}`` or ``{code: [tick, …]}``; it returns at once."""

OnProgress = Callable[[int, int], None]
"""(finished, total), on the vendor's threads."""


class FeedFailed(Exception):
    """The vendor refused, does not have it, or spoke nonsense; the text is for a person."""


class FeedDown(FeedFailed):
    """There is no connection."""


class Table(NamedTuple):
    """Bars of one code as the vendor labels them; columns of equal length, NaN where it has nothing."""

    time_ms: NDArray[np.int64]
    open: NDArray[np.float64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    volume: NDArray[np.float64]
    amount: NDArray[np.float64]
    prev_close: NDArray[np.float64]
    suspended: NDArray[np.bool_]


class Dividend(NamedTuple):
    """One ex-day: per share in yuan and shares; ``ratio`` is the vendor's own, 0 where it has none."""

    day: int  # YYYYMMDD
    interest: float
    bonus: float  # shares given from profit and from reserves
    allotted: float
    allot_price: float
    ratio: float


class Vendor(Protocol):
    def watch(self, on_change: Callable[[], None]) -> None:
        """``on_change`` is called, on the vendor's threads, when it notices that its connection came or went."""

    def connect(self) -> str:
        """Make a new connection in place of the old one, once; says to whom. Subscriptions are lost with the old."""

    def is_connected(self) -> bool:
        """Never connects."""

    def close(self) -> None: ...

    def subscribe(self, code: str, on_ticks: OnTicks) -> int:
        """Ticks of one code from now on; returns what ends it."""

    def subscribe_whole(self, markets: Sequence[str], on_ticks: OnTicks) -> int:
        """All ticks of these markets; a full snapshot first."""

    def unsubscribe(self, number: int) -> None: ...

    def full_ticks(self, codes: Sequence[str]) -> Mapping[str, Tick]:
        """The newest snapshot of each code it has one of."""

    def detail(self, code: str) -> Mapping[str, Any] | None:
        """What the vendor knows about an instrument; None for no such code."""

    def bars(self, codes: Sequence[str], period: str, start: str, end: str) -> dict[str, Table]:
        """Unadjusted bars it has at hand from ``start`` to ``end`` (``YYYYMMDD`` or ``YYYYMMDDHHMMSS``, "": all)."""

    def ticks(self, code: str, start: str, end: str) -> list[Tick]:
        """The day's snapshots it has at hand."""

    def dividends(self, code: str) -> list[Dividend]:
        """All it knows, in order."""

    def trade_days(self, market: str, start: str, end: str) -> list[int]:
        """Milliseconds of each day's midnight."""

    def sectors(self) -> list[str]: ...

    def members(self, sector: str, day: str) -> list[str]:
        """Codes of a sector now, or on a day (``YYYYMMDD``)."""

    def weights(self, index: str) -> dict[str, float]:
        """Percent by code; empty where nothing was downloaded."""

    def download(self, codes: Sequence[str], period: str, start: str, end: str, on_progress: OnProgress) -> None:
        """Fetch what is missing; blocks until it is there, for as long as it takes."""

    def download_sectors(self) -> None: ...

    def download_weights(self) -> None: ...

    def stop_download(self) -> None:
        """Ask for the end of the download in work."""

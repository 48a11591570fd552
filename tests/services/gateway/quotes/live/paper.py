"""A vendor on paper: answers from plain dicts, counts what it is asked, and can be down, slow or stuck."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from common.beijing import midnight
from services.gateway.quotes.live.vendor import Dividend, FeedDown, FeedFailed, OnProgress, OnTicks, Table

TICK = {
    "time": 1733118954000,
    "lastPrice": 11.39,
    "open": 11.39,
    "high": 11.4,
    "low": 11.31,
    "lastClose": 11.38,
    "amount": 862127800.0,
    "volume": 758613,
    "pvolume": 75861284,
    "stockStatus": 3,
    "openInt": 13,
    "transactionNum": 37062,
    "lastSettlementPrice": 11.38,
    "settlementPrice": 0.0,
    "pe": 0.0,
    "askPrice": [11.4, 11.41, 11.42, 11.43, 11.44],
    "bidPrice": [11.39, 11.38, 11.370000000000001, 11.36, 11.35],
    "askVol": [10929, 12401, 6671, 4555, 6708],
    "bidVol": [2429, 7127, 7146, 9111, 12189],
    "volRatio": 0.0,
    "speed1Min": 0.0,
    "speed5Min": 0.0,
}
"""The sample in the SDK's own docstring (xtdata.py, subscribe_whole_quote)."""


def tick(at_ns: int, last: float, *, close: float = 10.0, lots: int = 1000, **more: Any) -> dict[str, Any]:
    """A share's snapshot; what was paid fits its volume."""
    prices = {"lastPrice": last, "open": last, "high": last, "low": last, "lastClose": close}
    traded = {"volume": lots, "pvolume": lots * 100, "amount": lots * 100 * last}
    return TICK | {"time": at_ns // 1_000_000} | prices | traded | more


def detail(name: str = "示例", *, close: float = 10.0, listed: str = "20100104", **more: Any) -> dict[str, Any]:
    limits = {"UpStopPrice": round(close * 1.1, 2), "DownStopPrice": round(close * 0.9, 2)}
    days = {"OpenDate": listed, "ExpireDate": "99999999"}
    return {"InstrumentName": name, "PreClose": close, "InstrumentStatus": 0, **limits, **days, **more}


def table(rows: Sequence[tuple[int, float, float, float, float, float, float]], prev: float = np.nan) -> Table:
    """Of (UTC ns, open, high, low, close, volume, amount)."""
    columns = [np.array(column, dtype=np.float64) for column in zip(*rows, strict=True)] or [np.empty(0)] * 7
    count = len(rows)
    times = np.array([row[0] // 1_000_000 for row in rows], np.int64)
    return Table(times, *columns[1:], np.full(count, prev), np.zeros(count, np.bool_))  # type: ignore[call-arg]


class PaperVendor:
    """``down`` refuses to connect; an operation in ``stuck`` comes back when its event is set."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.down = False
        self.lost = False  # the connection is gone, and nobody has noticed
        self.stuck: dict[str, threading.Event] = {}
        self.refuses: set[str] = set()  # codes that cannot be subscribed
        self.details: dict[str, Mapping[str, Any]] = {}
        self.ticks_now: dict[str, Mapping[str, Any]] = {}
        self.history: dict[str, list[Mapping[str, Any]]] = {}
        self.tables: dict[tuple[str, str], Table] = {}
        self.at_hand: set[tuple[str, str]] = set()  # (code, period) that need no download
        self.downloaded: list[tuple[tuple[str, ...], str, str, str]] = []
        self.fails: set[str] = set()
        self.sectors_now: dict[str, list[str]] = {}
        self.weights_now: dict[str, dict[str, float]] = {}
        self.paid: dict[str, list[Dividend]] = {}
        self.days: list[date] = []
        self.subscribed: dict[int, tuple[str, OnTicks]] = {}
        self.on_change: Callable[[], None] = lambda: None
        self._connected = False
        self._numbers = 0

    # -- what a test does ------------------------------------------------------------------------------------------

    def drop(self, *, tells: bool = True) -> None:
        """The connection breaks, and its subscriptions with it."""
        self._connected = False
        self.subscribed.clear()
        if tells:
            self.on_change()

    def push(self, ticks: Mapping[str, Mapping[str, Any]]) -> None:
        """As the vendor does: lists to single subscriptions, single ticks to the whole market's."""
        for what, on_ticks in list(self.subscribed.values()):
            if what == "whole":
                on_ticks(dict(ticks))
            elif what in ticks:
                on_ticks({what: [ticks[what]]})

    @property
    def codes(self) -> list[str]:
        return sorted(what for what, _ in self.subscribed.values())

    # -- Vendor ----------------------------------------------------------------------------------------------------

    def watch(self, on_change: Callable[[], None]) -> None:
        self.on_change = on_change

    def connect(self) -> str:
        self.calls["connect"] += 1
        self._wait("connect")
        if self.down:
            raise FeedDown("没有开")
        self._connected = True
        self.subscribed.clear()
        return "纸上行情"

    def is_connected(self) -> bool:
        return self._connected

    def close(self) -> None:
        self.calls["close"] += 1
        self._connected = False

    def subscribe(self, code: str, on_ticks: OnTicks) -> int:
        self._called("subscribe")
        return -1 if code in self.refuses else self._take(code, on_ticks)

    def subscribe_whole(self, markets: Sequence[str], on_ticks: OnTicks) -> int:
        self._called("subscribe_whole")
        return self._take("whole", on_ticks)

    def unsubscribe(self, number: int) -> None:
        self._called("unsubscribe")
        del self.subscribed[number]

    def full_ticks(self, codes: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        self._called("full_ticks")
        whole = "SH" in codes
        return {code: tick for code, tick in self.ticks_now.items() if whole or code in codes}

    def ticks(self, code: str, start: str, end: str) -> list[Mapping[str, Any]]:
        self._called("ticks")
        return self.history.get(code, [])

    def detail(self, code: str) -> Mapping[str, Any] | None:
        self._called("detail")
        return self.details.get(code)

    def bars(self, codes: Sequence[str], period: str, start: str, end: str) -> dict[str, Table]:
        self._called("bars")
        return {c: self.tables[c, period] for c in codes if (c, period) in self.at_hand and (c, period) in self.tables}

    def dividends(self, code: str) -> list[Dividend]:
        self._called("dividends")
        return self.paid.get(code, [])

    def trade_days(self, market: str, start: str, end: str) -> list[int]:
        self._called("trade_days")
        return [midnight(day) // 1_000_000 for day in self.days if start <= f"{day:%Y%m%d}" <= end]

    def sectors(self) -> list[str]:
        self._called("sectors")
        return list(self.sectors_now)

    def members(self, sector: str, day: str) -> list[str]:
        self._called("members")
        return self.sectors_now.get(sector, [])

    def weights(self, index: str) -> dict[str, float]:
        self._called("weights")
        return self.weights_now.get(index, {})

    def download(self, codes: Sequence[str], period: str, start: str, end: str, on_progress: OnProgress) -> None:
        self._called("download")
        self.downloaded.append((tuple(codes), period, start, end))
        for number, code in enumerate(codes, 1):
            on_progress(number, len(codes))
            self.at_hand.add((code, period))

    def download_sectors(self) -> None:
        self._called("download_sectors")

    def download_weights(self) -> None:
        self._called("download_weights")

    def stop_download(self) -> None:
        self._called("stop_download")

    def _take(self, what: str, on_ticks: OnTicks) -> int:
        self._numbers += 1
        self.subscribed[self._numbers] = (what, on_ticks)
        return self._numbers

    def _called(self, name: str) -> None:
        self.calls[name] += 1
        self._wait(name)
        if not self._connected:
            raise FeedDown("连接断开")
        if name in self.fails:
            raise FeedFailed(f"{name} 失败")

    def _wait(self, name: str) -> None:
        if name in self.stuck:
            assert self.stuck[name].wait(30), f"{name} was never let go"

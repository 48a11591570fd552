"""xtquant's xtdata as a `Vendor`: the only file of quotes that imports the SDK, and nothing in it decides anything.

The facts behind the odd lines are in the SDK's own Python: what it does at import, that every call connects by itself
where there is no connection, and that a new connection begins without subscriptions.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from common.errors import ConfigError
from services.gateway.quotes.live.vendor import Dividend, FeedDown, FeedFailed, OnProgress, OnTicks, Table, Tick

HOST: Final = "127.0.0.1"
"""Named with the port, so that one attempt to connect is one: with a port alone the SDK tries two addresses."""

_REMEDY: Final = "请在 QMT 所在的 Windows 主机上用 Python 3.11 安装：pip install 'bullet-bus[qmt]'"
_SUBSCRIBES: Final = "行情服务拒绝订阅"


def load_sdk() -> Any:
    """The module ``xtquant.xtdata``; ConfigError where it is not installed or has no native part for this Python."""
    try:
        with _without_requests():
            from xtquant import xtdata
    except ImportError as e:
        raise ConfigError(f"无法载入行情接口 xtquant.xtdata（{e}）：{_REMEDY}") from e
    xtdata.enable_hello = False
    return xtdata


@contextlib.contextmanager
def _without_requests() -> Iterator[None]:
    """At its import the SDK asks a server for its newest version, unless it finds no ``requests`` to ask with."""
    if "requests" in sys.modules:
        yield
        return
    sys.modules["requests"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        sys.modules.pop("requests", None)


class XtData:
    """ConfigError where the SDK cannot be loaded; ``port`` is where MiniQMT's quote service listens."""

    def __init__(self, port: int) -> None:
        self._sdk, self._port = load_sdk(), port
        self._client: Any = None

    def watch(self, on_change: Callable[[], None]) -> None:
        self._sdk.watch_xtquant_status(lambda _: on_change())

    # -- the connection --------------------------------------------------------------------------------------------

    def connect(self) -> str:
        self._client = None
        try:
            self._client = self._sdk.reconnect(HOST, self._port)
        except Exception as e:  # the SDK raises plain exceptions
            raise FeedDown(f"无法连接 {HOST}:{self._port}，请确认 MiniQMT 已登录（{e}）") from e
        return f"{HOST}:{self._port}{self._version()}"

    def is_connected(self) -> bool:
        return self._client is not None and bool(self._client.is_connected())

    def close(self) -> None:
        self._client = None
        self._sdk.disconnect()

    def _version(self) -> str:
        import xtquant

        return f"，xtquant {getattr(xtquant, '__version__', '')}"

    def _ready(self) -> Any:
        """The SDK, where it is connected: a call without would connect, and wait for that."""
        if not self.is_connected():
            raise FeedDown("连接断开")
        return self._sdk

    # -- quotes ----------------------------------------------------------------------------------------------------

    def subscribe(self, code: str, on_ticks: OnTicks) -> int:
        return int(self._ready().subscribe_quote(code, period="tick", count=0, callback=on_ticks))

    def subscribe_whole(self, markets: Sequence[str], on_ticks: OnTicks) -> int:
        number = int(self._ready().subscribe_whole_quote(list(markets), callback=on_ticks))
        if number <= 0:
            raise FeedFailed(f"{_SUBSCRIBES}：全推 {'、'.join(markets)}")
        return number

    def unsubscribe(self, number: int) -> None:
        self._ready().unsubscribe_quote(number)

    def full_ticks(self, codes: Sequence[str]) -> Mapping[str, Tick]:
        found = self._ready().get_full_tick(list(codes))
        return found if isinstance(found, dict) else {}

    def ticks(self, code: str, start: str, end: str) -> list[Tick]:
        """Books in numbered columns or in lists, as the release has it."""
        found = self._ready().get_market_data([], [code], "tick", start, end, -1)
        if not isinstance(found, dict):
            raise FeedFailed("行情服务没有给出分笔历史")
        rows = found.get(code)
        if rows is None or not len(rows):
            return []
        names = rows.dtype.names
        return [_tick(dict(zip(names, row.tolist(), strict=True))) for row in rows] if names else []

    # -- history ---------------------------------------------------------------------------------------------------

    def bars(self, codes: Sequence[str], period: str, start: str, end: str) -> dict[str, Table]:
        found = self._ready().get_market_data_ex([], list(codes), period, start, end, -1, "none", False)
        return {code: _table(frame) for code, frame in found.items() if len(frame)}

    def dividends(self, code: str) -> list[Dividend]:
        frame = self._ready().get_divid_factors(code)
        rows = ((day, row) for day, row in frame.iterrows()) if len(frame) else ()
        return [_dividend(day, row) for day, row in rows]

    def download(self, codes: Sequence[str], period: str, start: str, end: str, on_progress: OnProgress) -> None:
        def progress(told: Mapping[str, Any]) -> None:
            on_progress(int(told.get("finished", 0)), int(told.get("total", 0)))

        self._ready().download_history_data2(list(codes), period, start, end, progress, incrementally=True)

    def stop_download(self) -> None:
        """By the name the SDK itself uses for it where a download fails."""
        stop = getattr(self._client, "stop_supply_history_data2", None)
        if stop is not None:
            stop()

    # -- instruments, days, sectors --------------------------------------------------------------------------------

    def detail(self, code: str) -> Mapping[str, Any] | None:
        found = self._ready().get_instrument_detail(code)
        return found if isinstance(found, dict) else None

    def trade_days(self, market: str, start: str, end: str) -> list[int]:
        return [int(ms) for ms in self._ready().get_trading_dates(market, start, end, -1)]

    def sectors(self) -> list[str]:
        return list(self._ready().get_sector_list() or ())

    def members(self, sector: str, day: str) -> list[str]:
        sdk = self._ready()
        found = sdk.get_stock_list_in_sector(sector, day) if day else sdk.get_stock_list_in_sector(sector)
        return list(found or ())

    def weights(self, index: str) -> dict[str, float]:
        found = self._ready().get_index_weight(index)
        return {str(code): float(weight) for code, weight in found.items()} if isinstance(found, dict) else {}

    def download_sectors(self) -> None:
        self._ready().download_sector_data()

    def download_weights(self) -> None:
        self._ready().download_index_weight()


def _table(frame: Any) -> Table:
    def column(name: str) -> Any:
        """NaN throughout where this release of the terminal has no such column."""
        if name in frame:
            return np.asarray(frame[name].to_numpy(), dtype=np.float64)
        return np.full(len(frame), np.nan)

    time_ms = np.asarray(frame["time"].to_numpy(), dtype=np.int64)
    prices = (column(name) for name in ("open", "high", "low", "close", "volume", "amount", "preClose"))
    return Table(time_ms, *(*prices, column("suspendFlag") == 1))


def _tick(fields: dict[str, Any]) -> dict[str, Any]:
    for name in ("askPrice", "bidPrice", "askVol", "bidVol"):
        if name not in fields:
            fields[name] = [fields[f"{name}{level}"] for level in range(1, 6) if f"{name}{level}" in fields]
    return fields


def _dividend(day: Any, row: Any) -> Dividend:
    """The day stands in the index as text, ``20230614``, or as milliseconds."""
    text = str(day)

    def of(name: str) -> float:
        value = row.get(name, 0.0)
        return float(value) if isinstance(value, int | float | np.number) else 0.0

    number = int(text[:8]) if len(text) in (8, 14) else _day_of_ms(int(float(text)))
    bonus = of("stockBonus") + of("stockGift")
    return Dividend(number, of("interest"), bonus, of("allotNum"), of("allotPrice"), of("dr"))


def _day_of_ms(ms: int) -> int:
    from common.beijing import day_of

    return int(f"{day_of(ms * 1_000_000):%Y%m%d}")

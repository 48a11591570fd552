"""Stands in for the vendor's native quote module, so that the real `xtdata.py` talks to the fake quote service.

Callbacks come on dispatcher threads: in order within a subscription, side by side across subscriptions.
"""

from __future__ import annotations

import json
import os
import queue
import threading
from collections.abc import Callable
from itertools import count
from typing import Any

from xtquant.xtbson import BSON

from tests.qmt.forms import as_array, by_field
from tests.qmt.wire import Caller

REQUEST_TIMEOUT_S = 150.0
ABORTED = 3
_DISPATCHERS = 4
_numbers = count(1)


def rpc_init(config_dir: str) -> int:
    del config_dir
    return 0


def get_local_server_port() -> int:
    return 0


def register_create_nparray(function: Any) -> None:
    del function


class _Dispatcher:
    """One thread that calls callbacks, one after the other."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[Any] = queue.SimpleQueue()
        threading.Thread(target=self._run, daemon=True, name="xtdata-dispatcher").start()

    def put(self, function: Callable[[Any], Any], payload: Any) -> None:
        self._jobs.put((function, payload))

    def _run(self) -> None:
        while True:
            function, payload = self._jobs.get()
            function(payload)


class IPythonApiClient:
    def __init__(self) -> None:
        self._host, self._port = "127.0.0.1", 0
        self._caller: Caller | None = None
        self._answers: dict[int, queue.SimpleQueue[Any]] = {}
        self._callbacks: dict[int, Callable[[Any], Any]] = {}
        self._progress: dict[int, Callable[[Any], Any]] = {}
        self._watchers: list[Callable[[Any], Any]] = []
        self._dispatchers: list[_Dispatcher] = []
        self._server: dict[str, Any] = {}

    # -- the connection ------------------------------------------------------------------------------------------

    def init(self) -> None: ...

    def load_config(self, path: str, section: str) -> int:
        del path, section
        return 0

    def set_config_addr(self, addr: str) -> None:
        self._host, port = addr.split(":")
        self._port = int(port)

    def registerCommonControlCallback(self, name: str, function: Callable[[Any], Any]) -> None:
        if name == "watchxtquantstatus":
            self._watchers.append(function)

    def connect(self) -> tuple[int, str]:
        try:
            caller = Caller(self._port, timeout=2.0)
        except OSError as error:
            return -1, str(error)
        self._caller = caller
        self._dispatchers = [_Dispatcher() for _ in range(_DISPATCHERS)]
        threading.Thread(target=self._listen, args=(caller,), daemon=True, name="xtdata-native").start()
        try:
            self._server = self._ask("hello")
        except ConnectionError as error:
            return -1, str(error)
        self._tell_watchers("connected")
        return 0, ""

    def is_connected(self) -> bool:
        return self._caller is not None

    def shutdown(self) -> None:
        caller, self._caller = self._caller, None
        if caller:
            caller.close()

    def get_data_dir(self) -> str:
        return str(self._server.get("data_dir", ""))

    def get_app_dir(self) -> str:
        return os.path.dirname(self.get_data_dir())

    def get_peer_addr(self) -> str:
        return f"{self._host}:{self._port}"

    def get_server_tag(self) -> bytes:
        return bytes(BSON.encode(self._server.get("tag", {})))

    def _listen(self, caller: Caller) -> None:
        for kind, number, value in caller.frames():
            match kind:
                case "a":
                    if waiting := self._answers.pop(number, None):
                        waiting.put(value)
                case "t" | "b":
                    if function := self._callbacks.get(number):
                        value = bytes(BSON.encode(value)) if kind == "b" else value
                        self._dispatchers[number % _DISPATCHERS].put(function, value)
                case "x":
                    # As the native library takes the whole process with it on corrupt files (xtquant.md 2).
                    os._exit(ABORTED)
                case "p":
                    if function := self._progress.get(number):
                        self._dispatchers[0].put(function, value)
        was_ours, self._caller = self._caller is caller, None
        for waiting in list(self._answers.values()):
            waiting.put(ConnectionError("the quote service has gone"))
        if was_ours:
            self._tell_watchers("disconnected")

    def _tell_watchers(self, status: str) -> None:
        for watcher in self._watchers:
            self._dispatchers[0].put(watcher, {"address": self.get_peer_addr(), "status": status})

    def _ask(self, op: str, **what: Any) -> Any:
        """ConnectionError where the service goes away or keeps silent for as long as the native client waits."""
        number, waiting = next(_numbers), queue.SimpleQueue[Any]()
        self._answers[number] = waiting
        self._send({"op": op, "id": number, **what})
        try:
            value = waiting.get(timeout=REQUEST_TIMEOUT_S)
        except queue.Empty:
            raise ConnectionError(f"{op}: no answer") from None
        if isinstance(value, ConnectionError):
            raise value
        return value

    def _send(self, frame: Any) -> None:
        caller = self._caller
        if caller is None:
            raise ConnectionError("not connected")
        try:
            caller.send(frame)
        except OSError as error:
            raise ConnectionError(str(error)) from error

    # -- subscriptions -------------------------------------------------------------------------------------------

    def subscribe_quote(self, meta: bytes, region: bytes, param: bytes, callback: Callable[[Any], Any] | None) -> int:
        del region, param
        asked = BSON(meta).decode()
        return self._subscribe([asked["stockCode"]], asked["period"], callback, kind=asked["dividendtype"] or "none")

    def subscribe_whole_quote(self, codes: list[str], param: bytes, callback: Callable[[Any], Any] | None) -> int:
        del param
        return self._subscribe(list(codes), "whole", callback)

    def unsubscribe_quote(self, seq: int) -> int:
        self._callbacks.pop(seq.__index__(), None)
        self._ask("unsubscribe", sub=seq)
        return 0

    def _subscribe(self, codes: list[str], period: str, callback: Any, kind: str = "none") -> int:
        number = next(_numbers)
        if callback is not None:
            self._callbacks[number] = callback
        self._ask("subscribe", sub=number, codes=codes, period=period, kind=kind)
        return number

    # -- questions -----------------------------------------------------------------------------------------------

    def get_full_tick(self, codes: list[str]) -> str:
        return json.dumps(self._ask("full_tick", codes=list(codes)))

    def get_market_data3(
        self, fields: Any, codes: Any, period: str, start: Any, end: Any, number: int, kind: str, fill: bool,
        form: str, *_: Any,
    ) -> Any:  # fmt: skip
        del fill
        asked = {"codes": list(codes), "period": period, "start": start, "end": end, "count": number}
        if form == "v3" or period == "tick":
            found = self._ask("ticks", **asked)
            return found if form == "v3" else {code: as_array(ticks) for code, ticks in found.items()}
        rows = self._ask("bars", fields=list(fields), kind=kind, **asked)
        if form == "v4":
            return [(code, labels, [tuple(column) for column in columns]) for code, labels, columns in rows]
        return by_field(rows)

    def get_instrument_detail(self, code: str) -> bytes:
        found = self._ask("detail", code=code)
        return bytes(BSON.encode(found)) if found else b""

    def get_trading_dates_by_market(self, market: str, start: str, end: str, number: int) -> list[int]:
        del market
        return list(self._ask("days", start=start, end=end, count=number))

    def get_market_last_trade_date(self, market: str) -> int:
        return self.get_trading_dates_by_market(market, "", "", 1)[-1]

    def get_holidays(self) -> list[int]:
        return list(self._ask("holidays"))

    def get_sector_list(self) -> list[str]:
        return list(self._ask("sectors"))

    def get_stock_list_in_sector(self, name: str, timetag: int) -> list[str]:
        del timetag
        return list(self._ask("sector", name=name))

    def get_weight_in_index(self, code: str) -> dict[str, float]:
        return dict(self._ask("weights", code=code))

    def get_divid_factors(self, code: str, start: str, end: str = "") -> dict[str, Any]:
        return dict(self._ask("dividends", code=code, start=start, end=end))

    def get_stock_type(self, code: str) -> dict[str, bool]:
        return dict(self._ask("kinds", code=code))

    def is_stock_type(self, code: str, tag: str) -> bool:
        return self.get_stock_type(code).get(tag, False)

    def commonControl(self, name: str, param: bytes) -> bytes:
        asked = BSON(param).decode()
        if name == "getfullkline":
            return bytes(BSON.encode(self._full_kline(asked)))
        if name == "getcomingtradedate":
            return bytes(BSON.encode({"result": self._ask("coming")}))
        known: dict[str, Any] = {
            "getapiversion": {"downloadversion": 1},
            "getperiodlist": {"result": [{"name": name} for name in ("tick", "1m", "5m", "1d")]},
            "getauthorizedmarketlist": {"result": ["SH", "SZ", "BJ"]},
        }
        return bytes(BSON.encode(known.get(name, {})))

    def _full_kline(self, asked: dict[str, Any]) -> dict[str, Any]:
        said = {"codes": asked["stocklist"], "period": asked["period"], "count": asked["count"]}
        rows = self._ask("latest", fields=asked["fields"], kind=asked["dividendtype"], **said)
        (codes, times), table = by_field(rows)
        return {"stock": codes, "stime": times, "result": {field: cells.tolist() for field, cells in table.items()}}

    # -- downloads -----------------------------------------------------------------------------------------------

    def supply_history_data(self, code: str, period: str, start: str, end: str) -> None:
        done = threading.Event()
        self._download([code], period, start, end, lambda data: done.set())
        done.wait()

    def supply_history_data2(
        self, codes: list[str], period: str, start: str, end: str, param: bytes, on_progress: Callable[[Any], Any]
    ) -> int:
        del param
        self._download(list(codes), period, start, end, on_progress)
        return 0

    def stop_supply_history_data2(self) -> None:
        self._progress.clear()

    def down_index_weight(self) -> None: ...

    def down_history_contracts(self, incrementally: bool) -> None:
        del incrementally

    def down_cb_data(self) -> None: ...

    def _download(self, codes: list[str], period: str, start: str, end: str, told: Callable[[Any], Any]) -> None:
        number = next(_numbers)
        self._progress[number] = told
        self._send({"op": "download", "id": number, "codes": codes, "period": period, "start": start, "end": end})

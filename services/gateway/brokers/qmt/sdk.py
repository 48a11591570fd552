"""The only file of the back-end that touches the trading SDK: its import, one instance's calls, and its callbacks.

Nothing of it is imported before a worker asks for it, so this package needs no xtquant where nobody trades through it.
"""

from __future__ import annotations

import contextlib
import platform
import sys
from collections.abc import Callable
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

from common.errors import ConfigError
from services.gateway.brokers.qmt.acts import (
    Act,
    Answered,
    AskAsset,
    AskOrders,
    AskPositions,
    AskStatus,
    AskTrades,
    Cancel,
    Connect,
    Event,
    Garbled,
    Open,
    Place,
    Pushed,
    Subscribe,
)
from services.gateway.brokers.qmt.codes import ACCOUNT_TYPES
from services.gateway.brokers.qmt.config import QmtAccount
from services.gateway.brokers.qmt.rows import (
    AssetRow,
    CancelAnswer,
    CancelError,
    Disconnected,
    OrderAnswer,
    OrderError,
    OrderRow,
    PositionRow,
    PushKind,
    Row,
    StatusRow,
    TradeRow,
    copies_of,
    copy_of,
)

Put = Callable[[Event], None]
QUEUE_FILE = "up_queue_xtquant"
_FAILED = -1


class Sdk:
    """The imported modules. Raises ConfigError, with the remedy, where they cannot be had."""

    def __init__(self) -> None:
        # Importing xtquant asks a package index for updates over HTTP unless it finds no requests (xtquant 1).
        blocks = "requests" not in sys.modules
        if blocks:
            sys.modules["requests"] = None  # type: ignore[assignment]
        try:
            from xtquant import xttrader, xttype
        except ImportError as e:
            raise ConfigError(_why_not(e)) from e
        finally:
            if blocks:
                del sys.modules["requests"]
        self.trader: Any = xttrader
        self.types: Any = xttype

    @property
    def versions(self) -> str:
        try:
            wheel = metadata.version("xtquant")
        except metadata.PackageNotFoundError:
            wheel = "未知"
        return f"xtquant {wheel}，Python {platform.python_version()}"


def _why_not(error: ImportError) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name == "xtquant":
        return "没有安装 xtquant：请在 Windows 上运行 pip install .[qmt]"
    if sys.platform != "win32":
        return "xtquant 的交易模块只有 Windows 版：--broker qmt 须在装有 QMT 的 Windows 主机上运行"
    bits = 64 if sys.maxsize > 2**32 else 32
    return (
        f"xtquant 不支持这个 Python（{platform.python_version()}，{bits} 位）：请安装 64 位 CPython 3.11 后重装；"
        f"原因：{error}"
    )


class Instance:
    """One XtQuantTrader from its making to its end; every method but ``stop`` runs on the worker thread that made it.

    With ``read_only`` it has no way to submit or cancel.
    """

    def __init__(
        self, sdk: Sdk, accounts: tuple[QmtAccount, ...], generation: int, put: Put, *, read_only: bool
    ) -> None:
        self._sdk, self._generation, self._put, self._read_only = sdk, generation, put, read_only
        self._path = accounts[0].path
        kinds = {one.account_id: ACCOUNT_TYPES[one.kind] for one in accounts}
        self._accounts = {key: sdk.types.StockAccount(key, kind) for key, kind in kinds.items()}
        self._trader: Any = None

    def do(self, number: int, act: Act) -> int:
        """Make one call; what it returns, where that is a number. Rows of a question come by ``put``."""
        trader = self._trader
        match act:
            case Open(session_id=session_id):
                self._open(session_id)
            case Connect():
                return int(trader.connect())
            case Subscribe(account_id=key):
                return int(trader.subscribe(self._accounts[key]))
            case AskStatus():
                trader.query_account_status_async(self._answer(number, StatusRow))
            case AskOrders(account_id=key):
                trader.query_stock_orders_async(self._accounts[key], self._answer(number, OrderRow))
            case AskTrades(account_id=key):
                trader.query_stock_trades_async(self._accounts[key], self._answer(number, TradeRow))
            case AskPositions(account_id=key):
                trader.query_stock_positions_async(self._accounts[key], self._answer(number, PositionRow))
            case AskAsset(account_id=key):
                answer = self._answer(number, AssetRow)
                trader.query_stock_asset_async(self._accounts[key], lambda one: answer(None if one is None else [one]))
            case Place() | Cancel():
                return self._order(act)
        return 0

    def stop(self) -> None:
        """May block for ever; the loop the SDK made for itself is closed, which it forgets."""
        trader, self._trader = self._trader, None
        if trader is not None:
            _release(trader)
            trader.stop()
            trader.loop.close()

    @property
    def has_queue(self) -> bool:
        return (Path(self._path) / QUEUE_FILE).exists()

    def _open(self, session_id: int) -> None:
        callback = _callback_class(self._sdk)(self._generation, self._put)
        trader = self._trader = self._sdk.trader.XtQuantTrader(self._path, session_id, callback)
        # Its finaliser puts this loop back where the main thread collects it; made elsewhere it has none to put back.
        trader.oldloop = None
        trader.set_relaxed_response_order_enabled(True)
        trader.start()

    def _order(self, act: Place | Cancel) -> int:
        assert not self._read_only, f"{act} by an instance that only reads"
        account = self._accounts[act.account_id]
        if isinstance(act, Cancel):
            return int(self._trader.cancel_order_stock_async(account, act.order_id))
        words = act.code, act.order_type, act.volume, act.price_type, act.price, act.strategy, act.remark
        return int(self._trader.order_stock_async(account, *words))

    def _answer(self, number: int, kind: type[Row]) -> Callable[[Any], None]:
        return _guarded(
            lambda rows: self._put(Answered(number, copies_of(kind, rows))), self._put, self._generation, kind.__name__
        )


def _release(trader: Any) -> None:
    """Let go of whoever waits in a call of the SDK for an answer that will not come: a thread less that hangs."""
    for waiting in list(getattr(trader, "cbs", {}).values()):
        if not hasattr(waiting, "is_ours"):
            with contextlib.suppress(Exception):  # the SDK's own: what it makes of this is lost with the instance
                waiting(_FAILED)


def _guarded(body: Callable[..., None], put: Put, generation: int, name: str) -> Callable[..., None]:
    """The SDK swallows what a callback raises (xtquant 4.2), so it is reported here."""

    def guarded(*arguments: Any) -> None:
        try:
            body(*arguments)
        except Exception as e:  # the SDK's own callback: whatever its objects do must not vanish
            put(Garbled(generation, f"{name}：{e}"))

    guarded.is_ours = True  # type: ignore[attr-defined]
    return guarded


class Callbacks:
    """Copies and enqueues, nothing else: a slow callback holds up every answer (xtquant 4.2)."""

    def __init__(self, generation: int, put: Put) -> None:
        def pushes(kind: type[PushKind]) -> Callable[[Any], None]:
            return _guarded(
                lambda source: put(Pushed(generation, copy_of(kind, source))), put, generation, kind.__name__
            )

        self.on_disconnected = partial(put, Pushed(generation, Disconnected()))
        self.on_account_status = pushes(StatusRow)
        self.on_stock_order = pushes(OrderRow)
        self.on_stock_trade = pushes(TradeRow)
        self.on_order_error = pushes(OrderError)
        self.on_cancel_error = pushes(CancelError)
        self.on_order_stock_async_response = pushes(OrderAnswer)
        self.on_cancel_order_stock_async_response = pushes(CancelAnswer)


def _callback_class(sdk: Sdk) -> Callable[[int, Put], object]:
    """With the vendor's class beneath, so that what later releases call and we do not know is called in vain."""
    made: Callable[[int, Put], object] = type("Callback", (Callbacks, sdk.trader.XtQuantTraderCallback), {})
    return made

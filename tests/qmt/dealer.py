"""A dealer with the vendor's real trader in hand, connected to the fake terminal, writing down all that it is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.qmt.handle import wait_until

BUY, SELL, LIMIT = 23, 24, 11
# The wrapper's destructor runs Python code; inside a garbage collection of pytest's own work that ends in a crash.
KEPT: list[Any] = []


class Heard(list[tuple[str, Any]]):
    """(callback, argument) in the order the wrapper called them."""

    def of(self, name: str) -> list[Any]:
        return [what for heard, what in list(self) if heard == name]

    def statuses(self, order_id: int) -> list[int]:
        return [order.order_status for order in self.of("on_stock_order") if order.order_id == order_id]


class Dealer:
    """`react` is called inside every callback, on the wrapper's own thread, before it is written down."""

    def __init__(
        self,
        path: Path,
        session: int,
        *,
        account: str = "123456",
        relaxed: bool = True,
        react: Callable[[str, Any], None] = lambda name, what: None,
    ) -> None:
        from xtquant import xttype
        from xtquant.xttrader import XtQuantTraderCallback

        self.heard = Heard()
        self.threads: set[str] = set()
        dealer = self

        class Callback(XtQuantTraderCallback):
            def __getattribute__(self, name: str) -> Any:
                if not name.startswith("on_"):
                    return super().__getattribute__(name)
                return lambda *args: dealer._note(name, args[0] if args else True, react)

        self.account = xttype.StockAccount(account)
        self.trader = make_trader(path, session, Callback())
        self.trader.set_relaxed_response_order_enabled(relaxed)
        self.trader.start()
        self.code = in_thread(self.trader.connect)

    def _note(self, name: str, what: Any, react: Callable[[str, Any], None]) -> None:
        self.threads.add(threading.current_thread().name)
        self.heard.append((name, what))
        react(name, what)

    def subscribe(self) -> int:
        result: int = in_thread(lambda: self.trader.subscribe(self.account))
        return result

    def order(self, code: str, side: int, qty: int, price: float, remark: str = "", kind: int = LIMIT) -> int:
        """The seq of an `order_stock_async`."""
        seq: int = self.trader.order_stock_async(self.account, code, side, qty, kind, price, "test", remark)
        return seq

    def placed(self, *args: Any, **kwargs: Any) -> int:
        """Place it and wait for the order id of its response."""
        seq = self.order(*args, **kwargs)
        return int(self.until("on_order_stock_async_response", lambda resp: resp.seq == seq).order_id)

    def until(self, name: str, fits: Callable[[Any], bool] = lambda what: True) -> Any:
        """The first argument of a callback that fits."""
        return wait_until(
            lambda: next((what for what in self.heard.of(name) if fits(what)), None), what=f"{name} in {self.heard}"
        )

    def until_status(self, order_id: int, status: int) -> Any:
        return self.until("on_stock_order", lambda o: o.order_id == order_id and o.order_status == status)

    def unstick(self) -> None:
        """Do what waits behind a callback that hangs, so that the hang ends: an interpreter waits for such threads."""
        waiting = self.trader.executor._work_queue
        while not waiting.empty():
            waiting.get().run()

    def close(self) -> None:
        stopper = threading.Thread(target=self.trader.stop, daemon=True)
        stopper.start()
        stopper.join(5.0)


def make_trader(path: Path, session: int, callback: Any = None) -> Any:
    """A trader of the vendor's, built beside the main thread as its constructor wants it."""
    from xtquant.xttrader import XtQuantTrader

    trader = in_thread(lambda: XtQuantTrader(str(path), session, callback))
    # Its destructor looks for this where the main thread runs it.
    trader.oldloop = None
    KEPT.append(trader)
    return trader


def in_thread(act: Callable[[], Any], *, seconds: float = 60.0) -> Any:
    """What a call returns, made on a thread of its own; TimeoutError where it hangs."""
    found: list[Any] = []

    def run() -> None:
        try:
            found.append((act(), None))
        except BaseException as error:  # whatever it is, it is raised again in the caller's thread
            found.append((None, error))

    worker = threading.Thread(target=run, daemon=True)
    worker.start()
    worker.join(seconds)
    if not found:
        raise TimeoutError("the call did not come back")
    value, error = found[0]
    if error is not None:
        raise error
    return value

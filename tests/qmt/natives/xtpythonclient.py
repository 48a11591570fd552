"""Stands in for the vendor's native trading module, so that the real `xttrader.py` talks to the fake terminal.

Bound functions are called on this module's own thread, as the native ones are. What the wrapper never waits for, it
never learns: a request that can not be sent returns -1 and is forgotten.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from common.host_os import lock_file
from tests.qmt import native_objects
from tests.qmt.native_names import BINDS, REQUEST_CLASSES, REQUESTS
from tests.qmt.wire import Caller

STATE_FILE = "fake_terminal.json"


class _Request:
    """Fields are freely set; like a native struct it refuses a value of another kind."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("m_str") and not isinstance(value, str):
            raise TypeError(f"{name}: incompatible type {type(value).__name__}, str expected")
        if name.startswith("m_n"):
            value = value.__index__()
        if name.startswith("m_d"):
            value = float(value)
        object.__setattr__(self, name, value)


for _name in REQUEST_CLASSES:
    globals()[_name] = type(_name, (_Request,), {})


class XtQuantAsyncClient:
    def __init__(self, path: bytes, name: str, session: int) -> None:
        del name
        if not -(1 << 31) <= session < 1 << 31:
            raise TypeError(f"incompatible constructor arguments: session {session}")
        self._folder, self._session = Path(path.decode("gb18030")), session
        self._bound: dict[str, Callable[..., Any]] = {}
        self._seq, self._counting = 0, threading.Lock()
        self._caller: Caller | None = None
        self._lock_fd = -1
        self._is_stopped = False
        self._knobs: dict[str, Any] = {}
        self._answered, self._code = threading.Event(), -1

    # -- the life of a client ------------------------------------------------------------------------------------

    def init(self) -> None: ...

    def start(self) -> None: ...

    def setTimeout(self, timeout: int) -> None:
        del timeout

    def nextSeq(self) -> int:
        with self._counting:
            self._seq += 1
            return self._seq

    def connect(self) -> int:
        """0, or -1 whatever the reason; waits as long as the terminal does not answer."""
        try:
            state = json.loads((self._folder / STATE_FILE).read_text(encoding="utf-8"))
            caller = Caller(state["port"], timeout=2.0)
        except (OSError, ValueError):
            return -1
        if not self._take_lock():
            caller.close()
            return -1
        self._caller = caller
        self._answered.clear()
        threading.Thread(target=self._listen, args=(caller,), daemon=True, name="xtquant-native").start()
        self._say(caller, {"op": "connect", "session": self._session, "pid": os.getpid()})
        self._answered.wait()
        if self._code:
            self._caller = None
            self._let_go()
            caller.close()
        return self._code

    def stop(self) -> None:
        while self._knobs.get("stop_hangs"):
            time.sleep(0.05)
        self._is_stopped = True
        caller, self._caller = self._caller, None
        self._let_go()
        if caller:
            self._say(caller, {"op": "bye"})
            caller.close()

    # -- the session's files -------------------------------------------------------------------------------------

    def _take_lock(self) -> bool:
        """The terminal sees by this lock whether a silent client still lives (xtquant.md 3.2)."""
        (self._folder / f"down_queue_win_{self._session}").touch()
        if self._lock_fd >= 0:
            return True
        fd = os.open(self._folder / f"lock_down_queue_win_{self._session}", os.O_RDWR | os.O_CREAT)
        if not lock_file(fd):
            os.close(fd)
            return False
        self._lock_fd = fd
        return True

    def _let_go(self) -> None:
        if self._lock_fd >= 0:
            os.close(self._lock_fd)
            self._lock_fd = -1

    # -- the native thread ---------------------------------------------------------------------------------------

    def _listen(self, caller: Caller) -> None:
        was_connected = False
        for frame in caller.frames():
            match frame["k"]:
                case "connected":
                    self._knobs, self._code = frame["knobs"], frame["code"]
                    was_connected = not self._code
                    self._answered.set()
                case "knobs":
                    self._knobs = frame["v"]
                case "resp":
                    self._call(frame["b"], frame["seq"], native_objects.build(frame["v"]))
                case "push":
                    self._call(frame["b"], native_objects.build(frame["v"]))
        if not was_connected:
            self._code = -1
            self._answered.set()
            return
        self._lost()

    def _lost(self) -> None:
        how = self._knobs.get("disconnect", "normal")
        if how == "silent" or (self._is_stopped and how != "late"):
            return
        if how == "late":
            time.sleep(self._knobs["disconnect_late_s"])
        self._call("Disconnected")

    def _call(self, bind: str, *args: Any) -> None:
        bound = self._bound.get(bind)
        if bound is None:
            return
        try:
            bound(*args)
        except RuntimeError:
            # The wrapper's executor is gone: what a late push meets after stop().
            return

    # -- what the wrapper sends ----------------------------------------------------------------------------------

    def _request(self, op: str, seq: int, *args: Any) -> int:
        caller = self._caller
        if caller is None:
            return -1
        req = {k: v for k, v in vars(args[0]).items()} if args and isinstance(args[0], _Request) else {}
        return self._say(caller, {"op": op, "seq": seq, "req": req})

    def _say(self, caller: Caller, frame: Any) -> int:
        try:
            caller.send(frame)
        except OSError:
            return -1
        return 0


def _binder(bind: str) -> Callable[..., None]:
    def bind_it(self: XtQuantAsyncClient, function: Callable[..., Any]) -> None:
        self._bound[bind] = function

    return bind_it


def _requester(op: str) -> Callable[..., int]:
    def request(self: XtQuantAsyncClient, seq: int, *args: Any) -> int:
        return self._request(op, seq, *args)

    return request


for _name in BINDS:
    setattr(XtQuantAsyncClient, f"bindOn{_name}Callback", _binder(_name))
for _name in REQUESTS:
    setattr(XtQuantAsyncClient, f"{_name}WithSeq", _requester(_name))

"""The test's hold on a fake terminal: start, kill and restart it, turn its knobs, look into its books."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from common.beijing import to_ns
from common.host_os import alive, end_now
from tests.qmt.clock import clock_of, from_now, seconds_until
from tests.qmt.knobs import DEFAULTS, known
from tests.qmt.wire import ask

ROOT = Path(__file__).resolve().parents[2]
TRADING_HOURS = "2026-11-20T10:00:00"
_PATIENCE_S = 60.0


class Terminal:
    """A terminal under `folder`. `accounts` maps ids to cash in yuan, or to fields of `tests.qmt.desk.Account`.

    `clock` is a FAKE_CLOCK; without one the terminal stands at 10:00 of a trading day and goes at real pace. While the
    terminal is down another one may be set.
    """

    def __init__(
        self,
        folder: Path,
        accounts: dict[str, Any] | None = None,
        *,
        seed: int = 1,
        clock: str | None = None,
        suspended: dict[str, str] | None = None,
        dividends: dict[str, dict[str, dict[str, float]]] | None = None,
        quotes: bool = True,
        quotes_port: int = 0,
        **knobs: Any,
    ) -> None:
        self.folder, self.clock = folder, clock or from_now(TRADING_HOURS)
        self.quotes_port = quotes_port or _free_port()
        self._has_quotes = quotes
        self._plan: dict[str, Any] = {
            "seed": seed,
            "dividends": dividends or {},
            "accounts": [_account(key, value) for key, value in (accounts or {"123456": 1_000_000.0}).items()],
            "suspended": suspended or {},
            "knobs": {name: known(name, value) for name, value in knobs.items()},
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._quotes: subprocess.Popen[bytes] | None = None

    # -- its life ------------------------------------------------------------------------------------------------

    @property
    def path(self) -> Path:
        """What the trading SDK is given: the terminal's `userdata_mini`."""
        return self.folder / "userdata_mini"

    @property
    def env(self) -> dict[str, str]:
        """The environment for every process that is to meet this terminal."""
        paths = [str(ROOT / "tests" / "qmt" / "host"), str(ROOT), os.environ.get("PYTHONPATH", "")]
        here = os.pathsep.join(path for path in paths if path)
        return {**os.environ, "PYTHONPATH": here, "FAKE_TERMINAL": str(self.folder), "FAKE_CLOCK": self.clock}

    def start(self) -> Terminal:
        """Returns when it can be connected to and has gone through the knob `login`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "terminal.json").write_text(json.dumps(self._plan), encoding="utf-8")
        self._process = self._launch("terminal", self._state)
        if self._has_quotes and self._quotes is None:
            self._quotes = self._launch("quotes", self._quotes_state, "--port", str(self.quotes_port))
            self._await(self._quotes, self._quotes_state)
        self._await(self._process, self._state)
        wait_until(lambda: self._ask("ready"), seconds=_PATIENCE_S)
        return self

    def start_quotes(self) -> None:
        """Only the quote service, after `kill_quotes`."""
        self._quotes = self._launch("quotes", self._quotes_state, "--port", str(self.quotes_port))
        self._await(self._quotes, self._quotes_state)

    def kill(self) -> None:
        """Both processes at once and without a word, as `kill -9` or a power cut."""
        self._process = _end(self._process)
        self.kill_quotes()

    def kill_quotes(self) -> None:
        self._quotes = _end(self._quotes)

    def _launch(self, module: str, state: Path, *words: str) -> subprocess.Popen[bytes]:
        state.unlink(missing_ok=True)
        command = [sys.executable, "-m", f"tests.qmt.{module}", "--folder", str(self.folder), *words]
        with (self.folder / f"{module}.log").open("ab") as log:
            return subprocess.Popen(
                command, env=self.env, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )

    def _await(self, process: subprocess.Popen[bytes], state: Path) -> None:
        ends = time.monotonic() + _PATIENCE_S
        while not state.exists():
            if process.poll() is not None or time.monotonic() > ends:
                logs = [self.folder / f"{module}.log" for module in ("terminal", "quotes")]
                raise RuntimeError("\n".join(log.read_text(encoding="utf-8") for log in logs if log.exists()))
            time.sleep(0.01)

    def restart(self) -> Terminal:
        self.kill()
        return self.start()

    def is_alive(self) -> bool:
        return self._process is not None and alive(self._process.pid)

    def __enter__(self) -> Terminal:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.kill()

    # -- what a test does to it ----------------------------------------------------------------------------------

    def now_ns(self) -> int:
        """What the terminal's clock shows."""
        return clock_of(self.clock).now_ns()

    def sleep_until(self, text: str) -> None:
        """Until its clock shows a Beijing time like 2026-11-20T09:10:00."""
        moment_ns = to_ns(datetime.fromisoformat(text))
        while (left := seconds_until(moment_ns, self.clock)) > 0:
            time.sleep(left)

    def knob(self, name: str, value: Any) -> None:
        """Turn a knob (README.md has them all); it stays turned over a restart."""
        self._plan["knobs"][name] = known(name, value)
        for process, state in ((self._process, self._state), (self._quotes, self._quotes_state)):
            if process is not None:
                self._ask("knob", state, name=name, value=value)

    def reset(self, **knobs: Any) -> None:
        """All knobs healthy again, but for these."""
        for name in [name for name in self._plan["knobs"] if name not in knobs]:
            self.knob(name, DEFAULTS[name])
            del self._plan["knobs"][name]
        for name, value in knobs.items():
            if self._plan["knobs"].get(name) != value:
                self.knob(name, value)

    def hand_order(self, account: str, code: str, side: str, qty: int, price: float) -> int:
        """A person enters an order at the terminal: no remark. `side` is buy or sell; its order id comes back."""
        number: int = self._ask("order", args=[account, code, side, qty, price])
        return number

    def hand_cancel(self, order_id: int) -> bool:
        return bool(self._ask("cancel", args=[order_id]))

    def hand_fill(self, order_id: int, qty: int = 0) -> bool:
        """Let a resting order trade at its own price, all of it or `qty`; False where it does not rest."""
        return bool(self._ask("fill", args=[order_id, qty]))

    def repush(self) -> None:
        """Push the whole day again, as after a recovered broker link."""
        self._ask("repush")

    def drop(self) -> None:
        """Close the connections of all trading clients; the terminal lives on."""
        self._ask("drop")

    # -- what a test sees of it ----------------------------------------------------------------------------------

    def quote(self, code: str) -> dict[str, float]:
        """last, bid, ask, down, up (the day's limits) and prev_close in yuan, as the exchange sees them now."""
        prices: dict[str, float] = self._ask("quote", args=[code])
        return prices

    def books(self, account: str | None = None) -> dict[str, Any]:
        """orders, trades, positions, asset, cash and trading_day as the terminal has them; of the first account."""
        books: dict[str, Any] = self._ask("books")
        return books[account or next(iter(books))]

    def calls(self) -> list[dict[str, Any]]:
        """Every order and cancel call that reached the terminal, ever: op, remark, at_ns, outcome and its fields."""
        calls: list[dict[str, Any]] = self._ask("calls")
        return calls

    def sessions(self) -> list[Any]:
        """[session id, pid, subscribed accounts] of the connected clients."""
        sessions: list[Any] = self._ask("sessions")
        return sessions

    def subscribed(self) -> list[Any]:
        """[number, how many codes, period] of what the quote service pushes."""
        subscribed: list[Any] = self._ask("subscribed", self._quotes_state)
        return subscribed

    @property
    def _state(self) -> Path:
        return self.path / "fake_terminal.json"

    @property
    def _quotes_state(self) -> Path:
        return self.path / "fake_quotes.json"

    def _ask(self, op: str, state: Path | None = None, **what: Any) -> Any:
        port = json.loads((state or self._state).read_text(encoding="utf-8"))["control"]
        return ask(port, {"op": op, **what})


def _end(process: subprocess.Popen[bytes] | None) -> None:
    if process is not None:
        end_now(process.pid)
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_until(true: Any, *, seconds: float = 60.0, what: str = "") -> Any:
    """The first truthy value of `true()`; AssertionError after `seconds`."""
    ends = time.monotonic() + seconds
    while not (value := true()):
        assert time.monotonic() < ends, what or "it did not happen in time"
        time.sleep(0.005)
    return value


def _account(account_id: str, given: Any) -> dict[str, Any]:
    return {"account_id": account_id, **(given if isinstance(given, dict) else {"cash": float(given)})}


def orders_of(books: dict[str, Any], remarks: Iterable[str]) -> list[dict[str, Any]]:
    wanted = set(remarks)
    return [order for order in books["orders"] if order["order_remark"] in wanted]

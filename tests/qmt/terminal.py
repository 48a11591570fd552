"""The fake MiniQMT terminal, which outlives the gateway: `python -m tests.qmt.terminal --folder DIR`."""

from __future__ import annotations

import argparse
import json
import os
from datetime import date
from pathlib import Path
from typing import Any

from common import calendar
from common.instruments import from_qmt
from tests.qmt import shown
from tests.qmt.booth import Booth
from tests.qmt.desk import Desk
from tests.qmt.floor import Floor
from tests.qmt.hub import Hub, Line, Service
from tests.qmt.knobs import Knobs
from tests.qmt.memory import Memory, event_of
from tests.qmt.rows import Account
from tests.qmt.street import Street

STATE_FILE = "fake_terminal.json"


class Terminal:
    """The trading process. `plan` is the file `terminal.json` of the folder: seed, accounts, suspended, knobs."""

    def __init__(self, folder: Path, plan: dict[str, Any]) -> None:
        self.hub, self.knobs = Hub(), Knobs(plan.get("knobs"))
        self.userdata = folder / "userdata_mini"
        self.userdata.mkdir(parents=True, exist_ok=True)
        self.memory = Memory(folder / "terminal")
        self.street = street_of(plan)
        self.desks = {
            account["account_id"]: Desk(Account(**account), self.street, self.memory.writer(account["account_id"]))
            for account in plan["accounts"]
        }
        for account_id, record in self.memory.records():
            if account_id in self.desks:
                self.desks[account_id].restore(record, event_of)
        self.floor = Floor(self.hub, self.street, self.desks, self.knobs, self.memory)
        self.is_ready = False
        self.booth = Booth(self.hub, self.floor, self.knobs, self.userdata)

    def run(self) -> None:
        self.floor.open()
        self.booth.withdrawals.open()
        port = self.hub.listen(0, self.booth).getsockname()[1]
        control = self.hub.listen(0, Control(self)).getsockname()[1]
        self._permit()
        self._log_in(list(self.knobs["login"]))
        write_whole(self.userdata / STATE_FILE, {"pid": os.getpid(), "port": port, "control": control})
        self.hub.run()

    def turn(self, name: str, value: Any) -> None:
        self.knobs.turn(name, value)
        self.booth.tell_all({"k": "knobs", "v": self.booth.client_knobs()})
        if name == "permission":
            self._permit()
        if name in ("account_status", "login"):
            self._tell_status()

    def _permit(self) -> None:
        """The file by which one sees that the account may use the interface (xtquant.md 2)."""
        path = self.userdata / "up_queue_xtquant"
        if self.knobs["permission"]:
            path.touch()
        else:
            path.unlink(missing_ok=True)

    def _log_in(self, steps: list[int]) -> None:
        self.floor.login = steps[0]
        self.is_ready = len(steps) == 1
        self._tell_status()
        if len(steps) > 1:
            self.hub.after(self.knobs["login_step_s"], lambda: self._log_in(steps[1:]))

    def _tell_status(self) -> None:
        for desk in self.desks.values():
            frame = {"k": "push", "b": "UpdateAccountStatus", "v": self.booth.account_status(desk)}
            self.booth.tell_all(frame)

    def quote(self, code: str) -> dict[str, float]:
        quote = self.street.quote(from_qmt(code), self.floor.market_ns())
        prices = {
            "last": quote.last_price_e4,
            "bid": quote.bids[0][0] if quote.bids else 0,
            "ask": quote.asks[0][0] if quote.asks else 0,
            "down": quote.limit_down_e4,
            "up": quote.limit_up_e4,
            "prev_close": quote.prev_close_e4,
        }
        return {name: price_e4 / 10_000 for name, price_e4 in prices.items()}

    def books(self) -> dict[str, Any]:
        """Every account as the terminal has it, healthy whatever the knobs say."""
        plain, now_ns = Knobs({"remark": "full"}), self.floor.now_ns()
        found = {}
        for account_id, desk in self.desks.items():
            found[account_id] = {
                "orders": [shown.order(row, plain) for row in desk.rows.values()],
                "trades": [shown.trade(desk.row_of(fill), fill, plain) for fill in desk.exchange.fills],
                "positions": [p for p in shown.positions(desk, self.street, plain, now_ns) if p["volume"]],
                "asset": shown.asset(desk, self.street, plain, now_ns),
                "cash": desk.exchange.ledger.cash_e4 / 10_000,
                "trading_day": desk.exchange.trading_day,
            }
        return found


class Control(Service):
    """What the test says to the terminal behind everybody's back."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def heard(self, line: Line, frame: Any) -> None:
        line.send(self._do(frame))

    def _do(self, frame: Any) -> Any:
        terminal, floor = self._terminal, self._terminal.floor
        match frame["op"]:
            case "knob":
                return terminal.turn(frame["name"], frame["value"])
            case "order":
                return floor.hand_order(*frame["args"])
            case "cancel":
                return terminal.booth.withdrawals.hand_cancel(*frame["args"])
            case "fill":
                return floor.force_fill(*frame["args"])
            case "repush":
                return [terminal.booth.repush(desk) for desk in terminal.desks.values()]
            case "drop":
                return [client.line.close() for client in terminal.booth.clients()]
            case "ready":
                return terminal.is_ready
            case "books":
                return terminal.books()
            case "calls":
                return terminal.memory.calls()
            case "quote":
                return terminal.quote(*frame["args"])
            case "sessions":
                return [[c.session, c.pid, sorted(c.accounts)] for c in terminal.booth.clients()]
            case "stop":
                terminal.hub.is_stopped = True
        return None


def street_of(plan: dict[str, Any]) -> Street:
    suspended = {symbol: date.fromisoformat(day) for symbol, day in plan.get("suspended", {}).items()}
    return Street(plan.get("seed", 1), calendar.load(), suspended)


def write_whole(path: Path, content: Any) -> None:
    """A reader sees the old file or the new one, never half of it."""
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(content), encoding="utf-8")
    os.replace(beside, path)


def read_plan(folder: Path) -> dict[str, Any]:
    path = folder / "terminal.json"
    if not path.exists():
        return {"accounts": [{"account_id": "123456"}]}
    plan: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return plan


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    given = parser.parse_args()
    Terminal(given.folder, read_plan(given.folder)).run()


if __name__ == "__main__":
    main()

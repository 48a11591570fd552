"""The fake quote service, `miniquote` beside the terminal: `python -m tests.qmt.quotes --folder DIR --port N`."""

from __future__ import annotations

import argparse
import os
import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

from common.beijing import midnight
from common.clock import wall_ns
from tests.qmt import listing
from tests.qmt.archive import Archive, moment
from tests.qmt.feed import Feed
from tests.qmt.hub import Hub, Line, Service
from tests.qmt.klines import Klines
from tests.qmt.knobs import Knobs
from tests.qmt.terminal import read_plan, street_of, write_whole
from tests.qmt.ticks import Ticks

STATE_FILE = "fake_quotes.json"


class Quotes(Service):
    def __init__(self, folder: Path, plan: dict[str, Any], port: int, clock: str | None) -> None:
        self.hub, self.knobs = Hub(), Knobs(plan.get("knobs"))
        self._street = street_of(plan)
        self._ticks = Ticks(self._street, self.knobs)
        self._klines = Klines(self._street, self.knobs, plan.get("dividends", {}))
        downloads = folder / "terminal" / "downloads.json"
        self._archive = Archive(downloads, self._street, self._klines, self._ticks, self.knobs)
        self.feed = Feed(self.hub, self.knobs, self._street, self._ticks, self._klines, clock)
        self._userdata, self._port = folder / "userdata_mini", port
        self._listener: socket.socket | None = None
        self._lines: set[Line] = set()

    # -- its life ------------------------------------------------------------------------------------------------

    def run(self) -> None:
        if self.knobs["quotes"] != "refuse":
            self._open()
        control = self.hub.listen(0, Control(self)).getsockname()[1]
        self._userdata.mkdir(parents=True, exist_ok=True)
        write_whole(self._userdata / STATE_FILE, {"pid": os.getpid(), "port": self._port, "control": control})
        self.feed.await_next()
        self.hub.run()

    def turn(self, name: str, value: Any) -> None:
        self.knobs.turn(name, value)
        self.feed.forget_drawn()
        if name != "quotes":
            return
        if value in ("refuse", "drop"):
            for line in list(self._lines):
                line.close()
        if value == "refuse" and self._listener:
            self.hub.forget(self._listener)
            self._listener = None
        elif value != "refuse" and self._listener is None:
            self._open()

    def _open(self) -> None:
        self._listener = self.hub.listen(self._port, self)
        self._port = self._listener.getsockname()[1]

    # -- the clients ---------------------------------------------------------------------------------------------

    def opened(self, line: Line) -> None:
        self._lines.add(line)

    def closed(self, line: Line) -> None:
        self._lines.discard(line)
        self.feed.leave(line)

    def heard(self, line: Line, frame: Any) -> None:
        if self.knobs["quotes"] == "hang" or self.knobs.holds("quotes_hang", frame["op"]):
            return
        if self.knobs.holds("quotes_abort", frame["op"]):
            line.send(["x", frame["id"], None])
        elif self.knobs["quotes_slow_s"]:
            self.hub.after(self.knobs["quotes_slow_s"], lambda: self._answer(line, frame))
        else:
            self._answer(line, frame)

    def _answer(self, line: Line, frame: Any) -> None:
        match frame["op"]:
            case "subscribe":
                codes = _codes(frame["codes"])
                self._archive.keep_live(codes, frame["period"])
                line.send(["a", frame["id"], 0])
                self.feed.join(line, frame["sub"], codes, frame["period"], frame["kind"])
            case "unsubscribe":
                self.feed.leave(line, frame["sub"])
                line.send(["a", frame["id"], 0])
            case "download":
                line.send(["a", frame["id"], 0])
                self._download(line, frame)
            case _:
                line.send(["a", frame["id"], self._look_up(frame, wall_ns())])

    def _look_up(self, frame: Any, now_ns: int) -> Any:
        match frame["op"]:
            case "hello":
                return {"data_dir": str(self._userdata / "datadir"), "tag": {"fake": True}}
            case "full_tick":
                return {} if self.knobs["empty_ticks"] else self._ticks.of(_codes(frame["codes"]), now_ns)
            case "bars":
                return self._archive.look_up(frame, now_ns)
            case "ticks":
                return self._archive.ticks(frame, now_ns)
            case "latest":
                return self._archive.latest(frame, now_ns)
            case "detail":
                return None if self.knobs["no_instruments"] else listing.detail(self._street, frame["code"], now_ns)
            case "days":
                days = [midnight(day) // 1_000_000 for day in listing.trading_days(self._street, now_ns)]
                return _between(days, frame)
            case "coming":
                return [midnight(day) // 1_000_000 for day in listing.coming_days(self._street, now_ns)]
            case "holidays":
                return _holidays(self._street.calendar)
            case "sectors":
                return list(listing.sectors())
            case "sector":
                return list(listing.sectors().get(frame["name"], ()))
            case "weights":
                return listing.weights(frame["code"])
            case "dividends":
                return _dividends(self._klines.dividends(frame["code"], now_ns), frame)
            case "kinds":
                return listing.kinds(frame["code"])
        raise AssertionError(f"the stand-in asked for {frame}")

    # -- downloads -----------------------------------------------------------------------------------------------

    def _download(self, line: Line, frame: Any) -> None:
        """Progress as {finished, total, stockcode, message}, one code after the other."""
        mood = self.knobs["download"]
        if mood == "hang":
            return
        if mood == "fail":
            line.send(["p", frame["id"], {"finished": 0, "total": -1, "stockcode": "", "message": "服务器无数据"}])
            return
        self._download_next(line, frame, 0, max(len(frame["codes"]), 1))

    def _download_next(self, line: Line, frame: Any, done: int, total: int) -> None:
        code = frame["codes"][done] if frame["codes"] else ""
        if code:
            self._archive.download(code, frame, wall_ns())
        line.send(["p", frame["id"], {"finished": done + 1, "total": total, "stockcode": code, "message": ""}])
        if done + 1 < total and line.is_open:
            self.hub.after(self.knobs["download_s"], lambda: self._download_next(line, frame, done + 1, total))


class Control(Service):
    """What the test says to the service behind everybody's back."""

    def __init__(self, quotes: Quotes) -> None:
        self._quotes = quotes

    def heard(self, line: Line, frame: Any) -> None:
        if frame["op"] == "knob":
            self._quotes.turn(frame["name"], frame["value"])
        line.send(self._quotes.feed.subscribed() if frame["op"] == "subscribed" else None)


def _codes(given: list[str]) -> tuple[str, ...]:
    """Codes, and for a market everything in it."""
    return tuple(code for name in given for code in (listing.codes(name) if len(name) == 2 else (name,)))


def _between(days_ms: list[int], frame: Any) -> list[int]:
    start, end = moment(frame["start"], end=False), moment(frame["end"], end=True)
    found = [ms for ms in days_ms if start <= ms * 1_000_000 <= end]
    return found[-frame["count"] :] if frame["count"] > 0 else found


def _holidays(calendar: Any) -> list[int]:
    """The weekdays without trading, up to the end of the table's last year."""
    days = (calendar.first + timedelta(days=n) for n in range((calendar.last - calendar.first).days + 1))
    return [int(day.strftime("%Y%m%d")) for day in days if day.weekday() < 5 and not calendar.is_trading_day(day)]


def _dividends(found: dict[str, dict[str, float]], frame: Any) -> dict[str, dict[str, float]]:
    start, end = frame["start"] or "0", frame["end"] or "9"
    return {day: paid for day, paid in found.items() if start <= day <= end}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, default=58610)
    given = parser.parse_args()
    Quotes(given.folder, read_plan(given.folder), given.port, os.environ.get("FAKE_CLOCK")).run()


if __name__ == "__main__":
    main()

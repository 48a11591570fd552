"""The fake quote service, `miniquote` beside the terminal: `python -m tests.qmt.quotes --folder DIR --port N`."""

from __future__ import annotations

import argparse
import os
import socket
from pathlib import Path
from typing import Any

import msgpack

from common.beijing import MINUTE_NS, day_of, midnight
from common.clock import wall_ns
from tests.qmt import listing
from tests.qmt.archive import Archive
from tests.qmt.clock import seconds_until
from tests.qmt.hub import Hub, Line, Service
from tests.qmt.klines import Klines
from tests.qmt.knobs import Knobs
from tests.qmt.street import OFFSETS, index_at
from tests.qmt.terminal import read_plan, street_of, write_whole
from tests.qmt.ticks import Ticks
from tests.qmt.wire import framed

STATE_FILE = "fake_quotes.json"
# Between the snapshots nothing is pushed but the turns of the trading status.
_TURNS = ("9:15", "11:30", "13:00", "14:57", "15:00")


class Subscription:
    def __init__(self, line: Line, number: int, codes: tuple[str, ...], period: str, kind: str = "none") -> None:
        self.line, self.number, self.codes, self.period, self.kind = line, number, codes, period, kind

    @property
    def is_whole(self) -> bool:
        return self.period == "whole"


class Quotes(Service):
    def __init__(self, folder: Path, plan: dict[str, Any], port: int, clock: str | None) -> None:
        self.hub, self.knobs = Hub(), Knobs(plan.get("knobs"))
        self.street = street_of(plan)
        self.ticks = Ticks(self.street, self.knobs)
        self.klines = Klines(self.street, self.knobs, plan.get("dividends", {}))
        self.archive = Archive(folder / "terminal" / "downloads.json", self.street, self.klines, self.knobs)
        self._folder, self._port, self._clock = folder, port, clock
        self._listener: socket.socket | None = None
        self._lines: set[Line] = set()
        self._subscriptions: dict[tuple[Line, int], Subscription] = {}
        self._packed: dict[Any, list[bytes]] = {}

    # -- its life ------------------------------------------------------------------------------------------------

    def run(self) -> None:
        if self.knobs["quotes"] != "refuse":
            self._open()
        control = self.hub.listen(0, Control(self)).getsockname()[1]
        userdata = self._folder / "userdata_mini"
        userdata.mkdir(parents=True, exist_ok=True)
        write_whole(userdata / STATE_FILE, {"pid": os.getpid(), "port": self._port, "control": control})
        self._await_next()
        self.hub.run()

    def turn(self, name: str, value: Any) -> None:
        self.knobs.turn(name, value)
        self._packed.clear()
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
        self._subscriptions = {key: sub for key, sub in self._subscriptions.items() if key[0] is not line}

    def heard(self, line: Line, frame: Any) -> None:
        if self.knobs["quotes"] == "hang" or self.knobs.holds("quotes_hang", frame["op"]):
            return
        if self.knobs["quotes_slow_s"]:
            self.hub.after(self.knobs["quotes_slow_s"], lambda: self._answer(line, frame))
        else:
            self._answer(line, frame)

    def _answer(self, line: Line, frame: Any) -> None:
        match frame["op"]:
            case "subscribe":
                self._subscribe(line, frame)
            case "unsubscribe":
                self._subscriptions.pop((line, frame["sub"]), None)
            case "download":
                self._download(line, frame)
                return
            case _:
                line.send(["a", frame["id"], self._look_up(frame)])
                return
        line.send(["a", frame["id"], 0])

    def _look_up(self, frame: Any) -> Any:
        now_ns = wall_ns()
        match frame["op"]:
            case "hello":
                return {"data_dir": str(self._folder / "userdata_mini" / "datadir"), "tag": {"fake": True}}
            case "full_tick":
                return {} if self.knobs["empty_ticks"] else self.ticks.of(self._codes(frame["codes"]), now_ns)
            case "bars":
                return self.archive.look_up(frame, now_ns)
            case "detail":
                return None if self.knobs["no_instruments"] else listing.detail(self.street, frame["code"], now_ns)
            case "days":
                days = [midnight(day) // 1_000_000 for day in listing.trading_days(self.street, now_ns)]
                return _between(days, frame)
            case "holidays":
                return _holidays(self.street.calendar)
            case "sectors":
                return list(listing.sectors())
            case "sector":
                return list(listing.sectors().get(frame["name"], ()))
            case "weights":
                return listing.weights(frame["code"])
            case "dividends":
                return _dividends(self.klines.dividends(frame["code"], now_ns), frame)
            case "kinds":
                return listing.kinds(frame["code"])
        raise AssertionError(f"the stand-in asked for {frame}")

    # -- subscriptions -------------------------------------------------------------------------------------------

    def _subscribe(self, line: Line, frame: Any) -> None:
        sub = Subscription(line, frame["sub"], self._codes(frame["codes"]), frame["period"], frame.get("kind", "none"))
        self._subscriptions[line, sub.number] = sub
        self.archive.keep_live(sub.codes, sub.period)
        self.hub.after(0.0, lambda: self._send(sub, self._news(sub, wall_ns())))

    def _codes(self, given: list[str]) -> tuple[str, ...]:
        """Codes, and for a market everything in it."""
        return tuple(code for name in given for code in (listing.codes(name) if len(name) == 2 else (name,)))

    def _await_next(self) -> None:
        """Wait for the next snapshot; what it holds is drawn up beforehand, so it leaves the moment it is due."""
        due_ns = self._next_ns(wall_ns())
        self._packed.clear()
        for sub in self._subscriptions.values():
            self._news(sub, due_ns)
        self._wait_for(due_ns)

    def _wait_for(self, due_ns: int) -> None:
        left_s = seconds_until(due_ns, self._clock)
        if left_s > 0:
            self.hub.after(left_s, lambda: self._wait_for(due_ns))
        else:
            self._push(due_ns)

    def _next_ns(self, now_ns: int) -> int:
        day = self.street.trading_day(now_ns)
        start_ns = midnight(day)
        moments = [start_ns + int(OFFSETS[index]) for index in (index_at(now_ns) + 1,) if index < len(OFFSETS)]
        moments += [turn for turn in self.archive.turns(day, _TURNS) if turn > now_ns]
        if day_of(now_ns) != day or not moments:
            # Nothing moves any more today; look again every minute of the market's time.
            return now_ns + MINUTE_NS
        return min(moment for moment in moments if moment > now_ns)

    def _push(self, due_ns: int) -> None:
        if not self.knobs["silent"] and self._is_moving(due_ns):
            for sub in list(self._subscriptions.values()):
                frames = self._news(sub, due_ns)
                if self.knobs["tick_delay_s"]:
                    self.hub.after(self.knobs["tick_delay_s"], lambda sub=sub, frames=frames: self._send(sub, frames))
                else:
                    self._send(sub, frames)
        self._await_next()

    def _is_moving(self, due_ns: int) -> bool:
        day = self.street.trading_day(due_ns)
        if day_of(due_ns) != day:
            return False
        since = due_ns - midnight(day)
        return since in OFFSETS or due_ns in self.archive.turns(day, _TURNS)

    def _send(self, sub: Subscription, frames: list[bytes]) -> None:
        if (sub.line, sub.number) not in self._subscriptions or self.knobs["silent"]:
            return
        head = b"\x93" + msgpack.packb("t") + msgpack.packb(sub.number)
        for _ in range(self.knobs["tick_repeat"]):
            for body in frames:
                sub.line.send_bytes(framed(head + body))

    def _news(self, sub: Subscription, at_ns: int) -> list[bytes]:
        """The packed payloads of one moment; subscriptions of the same content share them."""
        key = (sub.codes, sub.period, sub.kind, at_ns)
        if key not in self._packed:
            self._packed[key] = [msgpack.packb(payload) for payload in self._payloads(sub, at_ns)]
        return self._packed[key]

    def _payloads(self, sub: Subscription, at_ns: int) -> list[Any]:
        if sub.period not in ("whole", "tick"):
            return [self._running_bars(sub, at_ns)]
        found = self.ticks.of(sub.codes, at_ns)
        if self.knobs["frozen"]:
            for tick in found.values():
                tick["time"] = midnight(day_of(at_ns)) // 1_000_000
        if not sub.is_whole:
            return [{code: [tick]} for code, tick in found.items()]
        size, items = self.knobs["whole_chunk"] or len(found) or 1, list(found.items())
        return [dict(items[start : start + size]) for start in range(0, len(items), size)]

    def _running_bars(self, sub: Subscription, at_ns: int) -> Any:
        day = self.street.trading_day(at_ns)
        bars = {code: self.klines.bars(code, sub.period, [day], at_ns)[-1:] for code in sub.codes}
        return {code: self.klines.adjusted(code, found, sub.kind, at_ns) for code, found in bars.items()}

    # -- downloads -----------------------------------------------------------------------------------------------

    def _download(self, line: Line, frame: Any) -> None:
        """Progress as {finished, total, stockcode, message}, one code after the other."""
        line.send(["a", frame["id"], 0])
        codes, mood = frame["codes"], self.knobs["download"]
        if mood == "hang":
            return
        if mood == "fail":
            line.send(["p", frame["id"], {"finished": 0, "total": -1, "stockcode": "", "message": "服务器无数据"}])
            return
        self._download_next(line, frame, 0, max(len(codes), 1))

    def _download_next(self, line: Line, frame: Any, done: int, total: int) -> None:
        if done < len(frame["codes"]):
            self.archive.download(frame["codes"][done], frame, wall_ns())
        code = frame["codes"][done] if frame["codes"] else ""
        line.send(["p", frame["id"], {"finished": done + 1, "total": total, "stockcode": code, "message": ""}])
        if done + 1 < total and line.is_open:
            self.hub.after(self.knobs["download_s"], lambda: self._download_next(line, frame, done + 1, total))


class Control(Service):
    def __init__(self, quotes: Quotes) -> None:
        self._quotes = quotes

    def heard(self, line: Line, frame: Any) -> None:
        match frame["op"]:
            case "knob":
                self._quotes.turn(frame["name"], frame["value"])
            case "stop":
                self._quotes.hub.is_stopped = True
        line.send(None)


def _between(days_ms: list[int], frame: Any) -> list[int]:
    from tests.qmt.klines import moment

    start, end = moment(frame["start"], end=False), moment(frame["end"], end=True)
    found = [ms for ms in days_ms if start <= ms * 1_000_000 <= end]
    return found[-frame["count"] :] if frame["count"] > 0 else found


def _holidays(calendar: Any) -> list[int]:
    """The weekdays without trading, up to the end of the table's last year."""
    from datetime import timedelta

    days = (calendar.first + timedelta(days=n) for n in range((calendar.last - calendar.first).days + 1))
    return [int(day.strftime("%Y%m%d")) for day in days if day.weekday() < 5 and not calendar.is_trading_day(day)]


def _dividends(found: dict[str, dict[str, float]], frame: Any) -> dict[str, list[float]]:
    start, end = frame["start"] or "0", frame["end"] or "9"
    names = ("interest", "stockBonus", "stockGift", "allotNum", "allotPrice", "gugai", "dr")
    return {day: {name: paid[name] for name in names} for day, paid in found.items() if start <= day <= end}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    given = parser.parse_args()
    Quotes(given.folder, read_plan(given.folder), given.port, os.environ.get("FAKE_CLOCK")).run()


if __name__ == "__main__":
    main()

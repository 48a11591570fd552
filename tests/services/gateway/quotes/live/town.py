"""The live quotes process without its sockets: core, session and hands over a vendor on paper, threads and all."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

from common import messages as m
from common import wire
from common.beijing import SECOND_NS, at
from common.calendar import load
from common.clock import monotonic_ns
from common.session import Session
from services.gateway.quotes.live.core import LiveQuotesCore
from services.gateway.quotes.live.work import LiveConfig, LiveWork
from tests.services.gateway.quotes.live.paper import PaperVendor, detail
from tests.services.gateway.quotes.live.test_core import Wall

DAY = date(2026, 11, 20)
PATIENCE_NS = 20 * SECOND_NS
CONFIG = LiveConfig("SH", downloads_missing=True, call_max_ns=60 * SECOND_NS, download_max_ns=60 * SECOND_NS)


class Lines:
    """The log, line by line."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def info(self, text: str, **_: object) -> None:
        self.lines.append(("", text))

    def warning(self, text: str, *, code: str = "") -> None:
        self.lines.append((code, text))

    error = warning

    def codes(self) -> list[str]:
        return [code for code, _ in self.lines if code]


class Town:
    """``mono_ns`` is the machine's own until a test takes it over; the wall clock stands at ``wall.at_ns``."""

    def __init__(self, vendor: PaperVendor, config: LiveConfig = CONFIG, *, now: str = "10:00") -> None:
        self.vendor, self.log = vendor, Lines()
        self.wall = Wall(at(DAY, now))
        self.core = LiveQuotesCore(load(), 30 * SECOND_NS)
        self.session = Session("quotes", self.core, ("main",), self.wall, self.wall.at_ns)
        self.is_heard = False
        self.skipped_ns = 0
        self.bell = threading.Event()
        self.answers: dict[tuple[str, int], m.Message] = {}
        self.published: list[m.Message] = []
        self._ids = itertools.count(1)
        self.work = LiveWork(
            self.core,
            self.session,
            vendor,
            self.log,  # type: ignore[arg-type]
            config,
            complete=lambda status, notes: m.ProcessStatus("quotes", 0, 0, 0, 0, 0, 0, 0, 0, 0, notes),
            monotonic=lambda: monotonic_ns() + self.skipped_ns,
            wall=lambda: self.wall.at_ns,
        )
        self.session.shell = self.work
        self.session.start(recovered=False)
        self.work.start(self.bell.set, lambda: self.is_heard)

    def turn(self) -> None:
        """One turn of the loop: wait a little for the bell, hear what came, send what is to be sent."""
        self.bell.wait(0.02)
        self.bell.clear()
        for report in self.work.reports():
            self.session.local(report)
        self.session.wake(monotonic_ns() + self.skipped_ns)
        self.work.run([effect for effect in self.session.out.effects])
        self.work.settle()
        for to, data in self.session.out.frames:
            frame = wire.decode_frame(data)
            if isinstance(frame, wire.Answer):
                assert (to, frame.id) not in self.answers, "answered twice"
                self.answers[to, frame.id] = wire.decode_answer(frame.body)
            elif isinstance(frame, wire.Quoted):
                self.published.append(wire.decode_body(frame.channel, frame.body))
        for left in (self.session.out.frames, self.session.out.records, self.session.out.effects):
            left.clear()

    def until(self, true: Callable[[], object], what: str = "") -> None:
        ends_ns = monotonic_ns() + PATIENCE_NS
        while not true():
            assert monotonic_ns() < ends_ns, what or f"it did not happen: {self.log.lines} {self.answers}"
            self.turn()

    def connected(self) -> Town:
        self.until(lambda: self.core.health.is_up and self.vendor.codes)
        return self

    def ask(self, query: m.Message, asker: str = "strategy.a", number: int = 0) -> tuple[str, int]:
        """Ask without waiting; the key of the answer."""
        number = number or next(self._ids)
        self.session.frame(wire.encode(wire.Query("ask_quotes", asker, number, wire.raw(query))), monotonic_ns(), asker)
        return f"@{asker}", number

    def answer(self, query: m.Message) -> m.Message:
        key = self.ask(query)
        self.until(lambda: key in self.answers)
        return self.answers[key]

    def quotes(self) -> list[m.Quote]:
        """Everything published on the channel of the symbols asked for."""
        return [quote for said in self.published if isinstance(said, m.QuoteBatch) for quote in said.quotes]

    def slices(self) -> list[m.Quote]:
        return [quote for said in self.published if isinstance(said, m.MarketSlice) for quote in said.quotes]


@contextmanager
def town(vendor: PaperVendor | None = None, config: LiveConfig = CONFIG, *, now: str = "10:00") -> Iterator[Town]:
    """A town that knows a bank, an airport and a fund; its threads are gone afterwards."""
    paper = vendor or PaperVendor()
    for code, name in (
        ("000001.SH", "上证指数"),
        ("600000.SH", "浦发银行"),
        ("600009.SH", "上海机场"),
        ("510300.SH", "300ETF"),
    ):
        paper.details.setdefault(code, detail(name))
    one = Town(paper, config, now=now)
    try:
        yield one
    finally:
        for event in paper.stuck.values():
            event.set()
        one.work.close()

"""The hands of the live quotes process: between its loop and the threads that hold the vendor's connection."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date
from typing import Final

from common import messages as m
from common.beijing import day_of
from common.clock import monotonic_ns, wall_ns
from common.errors import StackError
from common.logs import Log
from common.reasons import Reason
from common.session import Session
from common.session_later import Job
from common.session_out import MILLISECOND_NS
from common.symbols import UnknownSymbol, to_qmt
from services.gateway.quotes.live.answers import Answers
from services.gateway.quotes.live.caller import Caller, LinkChange
from services.gateway.quotes.live.core import LiveQuotesCore
from services.gateway.quotes.live.details import Details
from services.gateway.quotes.live.downloads import Downloads
from services.gateway.quotes.live.errands import Errands
from services.gateway.quotes.live.intake import Intake
from services.gateway.quotes.live.subscriptions import Subscriptions
from services.gateway.quotes.live.vendor import FeedDown, Vendor

SIGN_OF_LIFE: Final = "000001.SH"
"""The index that is quoted every few seconds while the market trades, whatever else is subscribed."""

ABANDONED_MAX: Final = 3
"""Calls left behind with their threads before the process gives up, to be started anew."""

LOOK_NS: Final = 1_000 * MILLISECOND_NS
"""How often it is looked whose record is not of today."""

_CALENDAR_DAYS: Final = 60

Completion = Callable[[m.ProcessStatus, dict[str, str]], m.ProcessStatus]


class FeedStuck(StackError):
    """The vendor's library no longer answers; only a new process does."""


@dataclasses.dataclass(frozen=True)
class LiveConfig:
    market: str
    downloads_missing: bool
    call_max_ns: int
    download_max_ns: int


class LiveWork:
    """Effects and shell of the process."""

    def __init__(
        self,
        core: LiveQuotesCore,
        session: Session,
        vendor: Vendor,
        log: Log,
        config: LiveConfig,
        *,
        complete: Completion,
        monotonic: Callable[[], int] = monotonic_ns,
        wall: Callable[[], int] = wall_ns,
    ) -> None:
        self.core, self.session, self._vendor, self._log = core, session, vendor, log
        self._complete, self._monotonic, self._wall = complete, monotonic, wall
        self._ring: Callable[[], None] = lambda: None
        self._is_heard: Callable[[], bool] = lambda: False
        self.intake = Intake(self.ring)
        self.caller = Caller(vendor, self.ring, call_max_ns=config.call_max_ns, monotonic=monotonic)
        self.downloads = Downloads(vendor, self.ring, log.info, limit_ns=config.download_max_ns, monotonic=monotonic)
        self.subscriptions = Subscriptions(self.caller, self.intake, lambda text: self._warn("SUBSCRIBE", text))
        self.details = Details(self.caller, self.intake.learn)
        self.errands = Errands(self.caller, self.downloads, self._reply)
        self.answers = Answers(
            core,
            self.intake,
            self.details,
            wall,
            self._warn,
            market=config.market,
            downloads_missing=config.downloads_missing,
        )
        self._links: list[m.Message] = []
        self._is_up = False
        self._day = date.min
        self._red = ""
        self._looked_ns = 0

    def start(self, ring: Callable[[], None], is_heard: Callable[[], bool]) -> None:
        """Begin to connect, when the session has started. ``ring`` ends the loop's wait, from any thread.

        ``is_heard`` tells whether anybody listens to the whole market.
        """
        self._ring, self._is_heard = ring, is_heard
        self._vendor.watch(self.caller.look)
        self._open_day()
        self._want([SIGN_OF_LIFE])
        self._want(_codes(list(self.core.symbols)))
        self.errands.linked(up=False, mono_ns=self._monotonic())
        self.caller.start(self._linked)

    def ring(self) -> None:
        self._ring()

    def close(self) -> bool:
        """Let the vendor go; False where a thread of ours still sits in it."""
        return self.caller.close(5.0) and self.downloads.text == "-"

    # -- what the session and the loop call ------------------------------------------------------------------------

    def hear(self, message: m.Message, now_ns: int) -> None:
        pass

    def status(self, status: m.ProcessStatus) -> m.ProcessStatus:
        intake = self.intake
        notes = {
            **self.core.health.notes(),
            "subscribed": self.subscriptions.text,
            "ticks": f"{intake.ticks}（{intake.pushes} 次推送，{intake.unread} 条无价格或无法识别）",
            "download": self.downloads.text,
            "connects": f"{self.caller.attempts}",
            "abandoned_calls": f"{self.caller.abandoned}",
            "queries": f"{self.errands.count} 个在处理",
        }
        return self._complete(status, notes)

    def run(self, effects: list[m.Message]) -> None:
        for effect in effects:
            if isinstance(effect, m.SymbolsPublished):
                self._want(_codes(effect.symbols))

    def needs_sync(self, effects: list[m.Message]) -> bool:
        return False

    def reports(self) -> list[m.Message]:
        """What the vendor's threads have left since, at most one batch of quotes, so that a burst keeps out nobody."""
        mono_ns = self._monotonic()
        self._open_day()
        self.caller.settle()
        if self.downloads.settle(may_begin=self._is_up):
            self.caller.call(lambda vendor: vendor.stop_download(), lambda _: None)
        for job in self.session.later.jobs():
            self.errands.begin(job, self.answers.errand(job.query), mono_ns)
        self.errands.settle(mono_ns)
        reports: list[m.Message] = [*self._links]
        self._links.clear()
        if self.core.is_whole != self._is_heard():
            self.subscriptions.is_whole = self.intake.is_whole = not self.core.is_whole
            reports.append(m.WholeHeard(not self.core.is_whole))
        self.subscriptions.settle(mono_ns)
        if self._is_up and mono_ns - self._looked_ns >= LOOK_NS:
            self._looked_ns = mono_ns
            self.details.refresh(self.intake.stale(), mono_ns)
        if quotes := self.intake.take():
            reports.append(m.QuotesCame(self._wall(), quotes))
        if self.caller.abandoned >= ABANDONED_MAX:
            raise FeedStuck(f"行情服务的 {self.caller.abandoned} 次调用没有返回，重启行情进程")
        return reports

    def settle(self) -> None:
        if self.intake.has_more:
            self.ring()
        self._say_health()

    # -- parts -----------------------------------------------------------------------------------------------------

    def _linked(self, change: LinkChange) -> None:
        mono_ns = self._monotonic()
        self._links.append(m.FeedLink(change.up, change.text, self._wall()))
        self._is_up = change.up
        if change.up:
            self._log.info(f"行情服务已连接：{change.text}")
            self.intake.connection = change.number
            self.subscriptions.linked(change.number)
            self._compare_calendars()
        else:
            self._warn(Reason.FEED_DOWN, f"行情服务未连接：{change.text}；自动重连")
            self.subscriptions.lost()
            self.downloads.refuse_all(FeedDown(change.text))
        self.errands.linked(up=change.up, mono_ns=mono_ns)

    def _open_day(self) -> None:
        day = day_of(self.core.start_ns)
        if day > self._day:
            self._day = day
            self.intake.open_day(day)
            self.details.open_day()
            self.answers.open_day()
            if self._is_up:
                self._compare_calendars()

    def _compare_calendars(self) -> None:
        """Asked as anybody could ask; what differs goes to the log."""
        calendar = self.core.calendar
        days = calendar.window(self._day, _CALENDAR_DAYS)
        query = m.GetTradeDays(int(f"{days[0]:%Y%m%d}"), int(f"{days[-1]:%Y%m%d}"))
        self.errands.begin(Job(b"calendar", query), self.answers.errand(query), self._monotonic())

    def _want(self, codes: list[str]) -> None:
        self.subscriptions.want(codes)
        self.intake.want(codes)

    def _reply(self, job: Job, reply: m.Message) -> None:
        self.session.later.done(job, reply, self._monotonic())

    def _say_health(self) -> None:
        """One line when it turns red, and one when it is well again."""
        told = self.core.health.told
        if told.code == self._red:
            return
        self._red = told.code
        if told.code:
            self._log.error(told.text, code=told.code)
        else:
            self._log.info("行情恢复，或连续交易时段已结束")

    def _warn(self, code: str, text: str) -> None:
        self._log.warning(text, code=code)


def _codes(symbols: list[str]) -> list[str]:
    codes = []
    for symbol in symbols:
        try:
            codes.append(to_qmt(symbol))
        except UnknownSymbol:
            continue
    return codes

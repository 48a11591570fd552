"""Whether a live feed brings what it should: silence while the market trades is red, silence at night is none."""

from __future__ import annotations

from typing import Final, NamedTuple

from common import messages as m
from common.beijing import SECOND_NS, at, clock_text, day_of
from common.reasons import Reason, text_of
from common.sessions import Phase, is_continuous, phase_at

REPEAT_NS: Final = 30 * SECOND_NS
_SESSIONS: Final = ("9:30", "13:00")


class State(NamedTuple):
    """``code`` is empty where all is well; ``since_ns`` is when the last quote came that should have been followed."""

    code: str
    text: str
    since_ns: int


WELL: Final = State("", "", 0)


class FeedHealth:
    """``silence_max_ns`` 0: silence is never red. All times are arrivals, by the wall clock."""

    def __init__(self, silence_max_ns: int) -> None:
        self._silence_max_ns = silence_max_ns
        self._is_up, self._link_text = False, "尚未连接"
        self._began_ns = self._heard_ns = self._told_ns = 0
        self.told = WELL

    # -- folds -----------------------------------------------------------------------------------------------------

    def began(self, at_ns: int) -> None:
        """The process started: what it could not hear before is no silence."""
        self._began_ns, self._is_up, self._link_text = at_ns, False, "尚未连接"

    def linked(self, link: m.FeedLink) -> None:
        self._is_up = link.up
        self._link_text = f"{clock_text(link.at_ns)} {'已连接' if link.up else '断开'}：{link.text}"

    def heard(self, at_ns: int) -> None:
        """A quote of a symbol that somebody wants, or of the one that is listened to as a sign of life."""
        self._heard_ns = max(self._heard_ns, at_ns)

    def note(self, told: m.FeedState) -> None:
        self.told, self._told_ns = State(told.code, told.text, told.since_ns), told.now_ns

    # -- tells -----------------------------------------------------------------------------------------------------

    @property
    def is_up(self) -> bool:
        return self._is_up

    def notes(self) -> dict[str, str]:
        """For the process's status."""
        health = f"red {self.told.code} {self.told.text}" if self.told.code else "green"
        heard = clock_text(self._heard_ns) if self._heard_ns else "-"
        return {"health": health, "feed": self._link_text, "last_quote": heard}

    def due(self, now_ns: int, *, is_trading_day: bool) -> State | None:
        """What is to be told now: a change, or again what is still wrong; None where there is nothing new."""
        state = self._state(now_ns) if is_trading_day else WELL
        is_repeat = bool(state.code) and now_ns - self._told_ns >= REPEAT_NS
        return state if state.code != self.told.code or is_repeat else None

    def _state(self, now_ns: int) -> State:
        phase = phase_at(now_ns)
        if is_continuous(phase) and self._silence_max_ns:
            since_ns = max(self._heard_ns, self._began_ns, _session_start(now_ns))
            if now_ns - since_ns >= self._silence_max_ns:
                return self._red(since_ns)
        elif phase is not Phase.LUNCH:
            return WELL
        return self.told if self.told.code and self._heard_ns <= self.told.since_ns else WELL

    def _red(self, since_ns: int) -> State:
        if self._is_up:
            return State(Reason.FEED_SILENT, f"{text_of(Reason.FEED_SILENT)}，自 {clock_text(since_ns)} 起", since_ns)
        text = f"{text_of(Reason.FEED_DOWN)}，自 {clock_text(since_ns)} 起没有行情；{self._link_text}"
        return State(Reason.FEED_DOWN, text, since_ns)


def _session_start(now_ns: int) -> int:
    """When the half day that trades now began."""
    return max(start for text in _SESSIONS if (start := at(day_of(now_ns), text)) <= now_ns)

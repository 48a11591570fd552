"""When the strategy's memory is written: what changed, `g` first, so that the cursor never runs ahead of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from common.beijing import MINUTE_NS
from common.errors import JournalUnwritable
from common.reasons import Reason
from services.strategy.keeper import Keeper
from services.strategy.live_state import LiveState
from services.strategy.sub_state import SubsState


class Saving:
    """``dirty``: something is to be written; it stays so while the disk refuses, and is tried after every step."""

    def __init__(self, keeper: Keeper, complain: Callable[[str], None], *, saves_g: bool) -> None:
        """``saves_g`` False (``G_AUTOSAVE_ENABLED``): `g` is written first and last only."""
        self._keeper, self._complain, self._saves_g = keeper, complain, saves_g
        self.dirty = self._refused = False
        self._ticked, self._written_ns = False, 0
        self._written: tuple[bytes, LiveState | None] = (b"", None)
        self.on_disk: LiveState | None = None  # as of the last run or since

    def after_tick(self, state: LiveState, now_ns: int, *, ordered: bool) -> None:
        """A tick that only changed `g` is written within a market minute: there may be dozens of them a second."""
        self._ticked = True
        self.dirty |= ordered or now_ns - self._written_ns >= MINUTE_NS or state != self._written[1]

    def before_cursor(self) -> None:
        """What ticks made of `g` is written before the cursor moves on."""
        self.dirty |= self._ticked

    def write(self, pickled: Callable[[], bytes], state: LiveState, now_ns: int, *, at_end: bool) -> None:
        """Write both where they differ from what was written last; ``now_ns`` is market time."""
        try:
            self._write(pickled, state, at_end=at_end)
            self.dirty, self._ticked, self._written_ns = False, False, now_ns
        except JournalUnwritable as e:
            self._note(e)

    def write_state(self, state: LiveState) -> bool:
        """Write how far the day has come; whether it is on the disk."""
        try:
            self._save_state(state)
        except JournalUnwritable as e:
            self._note(e)
            return False
        return True

    def write_subs(self, subs: SubsState | None) -> bool:
        """Write what running code did to the sub-accounts, and nothing else of it; whether it is on the disk.

        Before the first state was written a crash begins the strategy anew, sub-accounts and all.
        """
        return self.on_disk is None or self.write_state(dataclasses.replace(self.on_disk, subs=subs))

    def begin_day(self, trading_day: int) -> None:
        """Put what is there aside."""
        try:
            self._keeper.begin_day(trading_day)
        except JournalUnwritable as e:
            self._note(e)

    def _write(self, pickled: Callable[[], bytes], state: LiveState, *, at_end: bool) -> None:
        g_before, state_before = self._written
        g = g_before
        if at_end or not g_before or self._saves_g:
            g = pickled()
            if g != g_before:
                self._keeper.save_g(g)
        if state != state_before:
            self._save_state(state)
        self._written = g, state

    def _save_state(self, state: LiveState) -> None:
        self._keeper.save_state(state)
        self.on_disk, self._refused = state, False

    def _note(self, e: JournalUnwritable) -> None:
        """Said once."""
        if not self._refused:
            self._complain(f"{e}；恢复写入前不运行策略函数 [{Reason.JOURNAL_UNWRITABLE}]")
        self.dirty = self._refused = True

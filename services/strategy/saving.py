"""When the strategy's memory is written: what changed, `g` first, so that the cursor never runs ahead of it."""

from __future__ import annotations

from collections.abc import Callable

from common.errors import JournalUnwritable
from common.reasons import Reason
from services.strategy.keeper import Keeper
from services.strategy.live_state import LiveState


class Saving:
    """``dirty``: something is to be written; it stays so while the disk refuses, and is tried after every step."""

    def __init__(self, keeper: Keeper, complain: Callable[[str], None], *, saves_g: bool) -> None:
        """``saves_g`` False (``G_AUTOSAVE_ENABLED``): `g` is written first and last only."""
        self._keeper, self._complain, self._saves_g = keeper, complain, saves_g
        self.dirty = self._refused = False
        self._written: tuple[bytes, LiveState | None] = (b"", None)

    def write(self, pickled: Callable[[], bytes], state: LiveState, *, at_end: bool) -> None:
        """Write both where they differ from what was written last."""
        try:
            self._write(pickled, state, at_end=at_end)
            self.dirty = False
        except JournalUnwritable as e:
            self._note(e)

    def differs(self, state: LiveState) -> bool:
        """Whether this is another state than what was written last."""
        return state != self._written[1]

    def write_state(self, state: LiveState) -> bool:
        """Write how far the day has come; whether it is on the disk."""
        try:
            self._keeper.save_state(state)
        except JournalUnwritable as e:
            self._note(e)
            return False
        self._refused = False
        return True

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
            self._keeper.save_state(state)
            self._refused = False
        self._written = g, state

    def _note(self, e: JournalUnwritable) -> None:
        """Said once."""
        if not self._refused:
            self._complain(f"{e}；恢复写入前不运行策略函数 [{Reason.JOURNAL_UNWRITABLE}]")
        self.dirty = self._refused = True

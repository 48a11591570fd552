"""What is subscribed at the vendor: our own table, laid out anew at each connection, since the vendor's is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from common.session_out import MILLISECOND_NS
from services.gateway.quotes.live.caller import URGENT, Caller
from services.gateway.quotes.live.intake import Intake
from services.gateway.quotes.live.vendor import FeedDown, FeedFailed, Vendor

SINGLES_MAX: Final = 50
"""The vendor advises no more single subscriptions than that; beyond it the whole market is taken and sifted."""

MARKETS: Final = ("SH", "SZ", "BJ")
AGAIN_NS: Final = 30_000 * MILLISECOND_NS
"""When a subscription that the vendor refused is tried again."""

_WHOLE: Final = ""


class Subscriptions:
    """``codes`` are wanted one by one; with ``is_whole`` somebody wants all there is."""

    def __init__(self, caller: Caller, intake: Intake, note: Callable[[str], None]) -> None:
        self._caller, self._intake, self._note = caller, intake, note
        self.codes: dict[str, None] = {}
        self.is_whole = False
        self._connection = 0
        self._is_asked = False  # a call that lays it out is on its way
        self._laid: tuple[int, int, bool] | None = None  # what the last one laid out: connection, codes, whole
        self._again_ns = 0
        # Of the calling thread:
        self._held: dict[str, int] = {}
        self._held_of = 0

    def want(self, codes: Iterable[str]) -> None:
        self.codes.update(dict.fromkeys(codes))

    def linked(self, connection: int) -> None:
        self._connection = connection

    def lost(self) -> None:
        self._connection = 0

    def settle(self, mono_ns: int) -> None:
        """Have laid out what is not, or what the vendor refused some time ago."""
        wanted = self._connection, len(self.codes), self.is_whole
        is_due = wanted != self._laid or (self._again_ns and mono_ns >= self._again_ns)
        if not self._connection or self._is_asked or not is_due:
            return
        self._is_asked, self._again_ns = True, 0
        codes, is_whole, connection = list(self.codes), self.is_whole or len(self.codes) > SINGLES_MAX, self._connection

        def done(out: Any) -> None:
            self._is_asked = False
            if isinstance(out, FeedFailed):
                self._laid = None if isinstance(out, FeedDown) else wanted
                self._again_ns = mono_ns + AGAIN_NS
                self._note(f"行情订阅未完成：{out}")
                return
            ticks, refused = out
            self._laid = wanted
            self._intake.put(ticks)
            if refused:
                self._again_ns = mono_ns + AGAIN_NS
                self._note(f"行情服务没有接受订阅：{'、'.join(refused[:10])}{' 等' * (len(refused) > 10)}")

        self._caller.call(lambda vendor: self._lay_out(vendor, connection, codes, is_whole), done, priority=URGENT)

    @property
    def text(self) -> str:
        """For the process's status."""
        how = "全推" if self.is_whole or len(self.codes) > SINGLES_MAX else "单只"
        return f"{how}，{len(self.codes)} 只在用"

    # -- on the calling thread ---------------------------------------------------------------------------------------

    def _lay_out(
        self, vendor: Vendor, connection: int, codes: list[str], is_whole: bool
    ) -> tuple[Mapping[str, Any], list[str]]:
        """(newest ticks of what is new, codes refused). The new is taken before the old is left: nothing is missed."""
        if self._held_of != connection:
            self._held, self._held_of = {}, connection

        def on_ticks(pushed: Any) -> None:
            self._intake.came(connection, pushed)

        wanted = [_WHOLE] if is_whole else codes
        new: list[str] = []
        refused: list[str] = []
        for code in wanted:
            if code not in self._held:
                number = vendor.subscribe(code, on_ticks) if code else vendor.subscribe_whole(MARKETS, on_ticks)
                (new if number > 0 else refused).append(code)
                if number > 0:
                    self._held[code] = number
        for code in [code for code in self._held if code not in set(wanted)]:
            vendor.unsubscribe(self._held.pop(code))
        # The whole market begins with all it has; a single code with its next tick.
        return vendor.full_ticks(new) if new and new != [_WHOLE] else {}, refused

"""How the terminal's news travel to its subscribers, with whatever the knobs do to them on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import monotonic
from typing import Any

from tests.qmt import shown
from tests.qmt.hub import Hub, Line
from tests.qmt.knobs import Knobs
from tests.qmt.rows import FINAL, Happening

_BINDS = {"order": "StockOrder", "trade": "StockTrade", "order_error": "OrderError", "cancel_error": "CancelError"}
_REORDER_WINDOW_S = 0.03


class Post:
    def __init__(self, hub: Hub, knobs: Knobs, subscribers: Callable[[str], list[Line]]) -> None:
        self._hub, self._knobs, self._subscribers = hub, knobs, subscribers
        self._held: list[Happening] = []

    def tell(self, told: list[Happening]) -> None:
        now = monotonic()
        for happening in _in_order(told, self._knobs["trades"]):
            if self._knobs["zero_first"] and _closes_with_fills(happening):
                self._send(Happening("order", replace(happening.row, status=0)))
                self._send_at(now + self._knobs["trades_late_s"] + 0.02, happening)
            elif happening.kind == "trade" and self._knobs["trades"] == "late":
                self._send_at(now + self._knobs["trades_late_s"], happening)
            elif self._knobs["reorder"]:
                self._hold(happening)
            elif self._knobs["push_delay_s"]:
                self._send_at(now + self._knobs["push_delay_s"], happening)
            else:
                self._send(happening)

    def _send_at(self, moment: float, happening: Happening) -> None:
        self._hub.at(moment, lambda: self._send(happening))

    def _hold(self, happening: Happening) -> None:
        """What comes within a moment leaves in the opposite order."""
        if not self._held:
            self._hub.after(_REORDER_WINDOW_S, self._let_go)
        self._held.append(happening)

    def _let_go(self) -> None:
        held, self._held = self._held, []
        for happening in reversed(held):
            self._send(happening)

    def _send(self, happening: Happening) -> None:
        wanted = self._knobs["pushes"]
        if wanted == "none" or (happening.kind in ("order", "trade") and wanted not in ("all", f"{happening.kind}s")):
            return
        frame = {"k": "push", "b": _BINDS[happening.kind], "v": self._fields(happening)}
        for line in self._subscribers(happening.row.account):
            for _ in range(self._knobs["duplicate"]):
                line.send(frame)

    def _fields(self, happening: Happening) -> dict[str, Any]:
        match happening.kind:
            case "order":
                return shown.order(happening.row, self._knobs)
            case "trade":
                assert happening.fill is not None
                return shown.trade(happening.row, happening.fill, self._knobs)
            case "order_error":
                return shown.order_error(happening, self._knobs)
        return shown.cancel_error(happening)


def _closes_with_fills(happening: Happening) -> bool:
    return happening.kind == "order" and happening.row.status in FINAL and happening.row.traded > 0


def _in_order(told: list[Happening], trades: str) -> list[Happening]:
    """As told: an order, then the trade that changed it; or each trade before its order."""
    if trades != "before":
        return told
    turned = list(told)
    for index in range(1, len(turned)):
        if turned[index].kind == "trade":
            turned[index - 1], turned[index] = turned[index], turned[index - 1]
    return turned

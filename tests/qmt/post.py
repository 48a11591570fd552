"""How the terminal's news travel to its subscribers, with whatever the knobs do to them on the way."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from tests.qmt import shown
from tests.qmt.desk import Happening
from tests.qmt.hub import Hub, Line
from tests.qmt.knobs import Knobs

_BINDS = {"order": "StockOrder", "trade": "StockTrade", "order_error": "OrderError", "cancel_error": "CancelError"}
_REORDER_WINDOW_S = 0.03


class Post:
    def __init__(self, hub: Hub, knobs: Knobs, subscribers: Callable[[str], list[Line]]) -> None:
        self._hub, self._knobs, self._subscribers = hub, knobs, subscribers
        self._shuffled: list[Happening] = []
        self._chance = Random(7)

    def tell(self, told: list[Happening]) -> None:
        for happening in _in_order(told, self._knobs["trades"]):
            if happening.kind == "trade" and self._knobs["trades"] == "late":
                self._hub.after(self._knobs["trades_late_s"], lambda late=happening: self._send(late))
            elif self._knobs["reorder"]:
                self._shuffle(happening)
            elif self._knobs["push_delay_s"]:
                self._hub.after(self._knobs["push_delay_s"], lambda late=happening: self._send(late))
            else:
                self._send(happening)

    def _shuffle(self, happening: Happening) -> None:
        if not self._shuffled:
            self._hub.after(_REORDER_WINDOW_S, self._deal)
        self._shuffled.append(happening)

    def _deal(self) -> None:
        dealt, self._shuffled = self._shuffled, []
        dealt.reverse()
        for happening in dealt:
            self._send(happening)

    def _send(self, happening: Happening) -> None:
        if self._knobs["pushes"] not in ("all", f"{happening.kind}s") and "error" not in happening.kind:
            return
        if self._knobs["pushes"] == "none":
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


def _in_order(told: list[Happening], trades: str) -> list[Happening]:
    """As told: an order, then the trade that changed it; or each trade before its order."""
    if trades != "before":
        return told
    turned = list(told)
    for index in range(1, len(turned)):
        if turned[index].kind == "trade":
            turned[index - 1], turned[index] = turned[index], turned[index - 1]
    return turned

"""The background inspection: compares what is held with the limits, says so, and never orders.

It looks when the account is marked, since only then do the prices it compares change: once a market minute, or each
``RISK_CHECK_INTERVAL`` seconds where that is longer. A breach is told once until it clears.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from common import messages as m
from common.portfolio import Position
from common.reasons import Reason
from services.risk.limits import Desk
from services.risk.texts import limit_percent_text, percent_text

STOP_LOSS_RATIO = "STOP_LOSS_RATIO"
SOURCE = "risk"


@dataclasses.dataclass(frozen=True, slots=True)
class Breach:
    """``symbol`` is empty where the whole account is meant."""

    code: str
    symbol: str
    text: str


@dataclasses.dataclass(slots=True)
class Inspection:
    """One account's: ``known`` breaches have been told, ``fresh`` ones are those the last look added."""

    every_ns: int
    looked_ns: int = 0
    known: set[tuple[str, str]] = dataclasses.field(default_factory=set)
    fresh: list[Breach] = dataclasses.field(default_factory=list)

    def look(self, desk: Desk, now_ns: int) -> None:
        """Compare, if the interval has passed; ``every_ns`` 0 is off."""
        self.fresh = []
        if not self.every_ns or now_ns - self.looked_ns < self.every_ns:
            return
        found = {(breach.code, breach.symbol): breach for breach in breaches(desk)}
        self.fresh = [breach for key, breach in found.items() if key not in self.known]
        self.looked_ns, self.known = now_ns, set(found)

    def take_over(self, carried: m.RiskCarried) -> None:
        self.looked_ns, self.known = carried.inspected_ns, set(carried.breaches)

    def alerts(self, account: str, at_ns: int) -> list[m.Message]:
        return [m.AlertRaised(account, SOURCE, breach.code, breach.text, at_ns) for breach in self.fresh]


def breaches(desk: Desk) -> Iterator[Breach]:
    """Limits that what is held has passed; a value equal to its limit has not."""
    held, limits = desk.counters.held, desk.limits
    if len(held) > limits.stock_count_max:
        text = f"风控巡检 {Reason.MAX_STOCK_COUNT}: 持仓 {len(held)} 只 > {limits.stock_count_max} 只"
        yield Breach(Reason.MAX_STOCK_COUNT, "", text)
    total_e4 = desk.book.total_value_e4
    for symbol in sorted(held):
        position = desk.book.positions[symbol]
        if position.value_e4 * 10_000 > total_e4 * limits.position_ratio_max_bp:
            share, limit = percent_text(position.value_e4, total_e4), limit_percent_text(limits.position_ratio_max_bp)
            text = f"风控巡检 {Reason.MAX_POSITION_RATIO}: {symbol} 占总资产 {share} > {limit}"
            yield Breach(Reason.MAX_POSITION_RATIO, symbol, text)
        if loss_e4(position) * 10_000 > position.cost_e4 * limits.stop_loss_ratio_bp:
            loss, limit = (
                percent_text(loss_e4(position), position.cost_e4),
                limit_percent_text(limits.stop_loss_ratio_bp),
            )
            text = f"风控巡检 {STOP_LOSS_RATIO}: {symbol} 亏损 {loss} > {limit}（仅提示，不下单）"
            yield Breach(STOP_LOSS_RATIO, symbol, text)


def loss_e4(position: Position) -> int:
    """What the held shares are worth less than they cost; 0 for a gain, or where their cost is not known."""
    return max(position.cost_e4 - position.value_e4, 0) if position.cost_e4 > 0 else 0

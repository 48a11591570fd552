"""The inspection tells a breach once until it clears, and never orders."""

from __future__ import annotations

from common import messages as m
from common.beijing import MINUTE_NS
from tests.services.risk.driving import ACCOUNT, OPEN_NS, PUFA, WANKE, Stack, e4, holding, limits

EVERY_NS = 5 * MINUTE_NS


def looking(every_ns: int = EVERY_NS, **changed: int) -> Stack:
    stack = Stack(limits(**changed), inspect_every_ns=every_ns)
    stack.open_day(80_000, holding(PUFA, 1000, 10), holding(WANKE, 1000, 10))
    return stack


def mark(stack: Stack, minute: int, price: float) -> list[str]:
    """Codes of the alerts raised at the mark of this minute."""
    outs = stack.feed(m.AccountMarked(ACCOUNT, OPEN_NS + minute * MINUTE_NS, {PUFA: e4(price)}))
    assert all(isinstance(out, m.AlertRaised) for out in outs)
    return [out.code for out in outs if isinstance(out, m.AlertRaised)]


def test_a_loss_is_told_once_until_it_clears() -> None:
    stack = looking(stop_loss_ratio_bp=500)
    assert mark(stack, 0, 9.5) == [], "a loss equal to the ratio is none"
    assert mark(stack, 5, 9.49) == ["STOP_LOSS_RATIO"]
    assert mark(stack, 10, 9.4) == []
    stack.restart()
    assert mark(stack, 15, 9.3) == []
    assert mark(stack, 20, 9.6) == []
    assert mark(stack, 25, 9.3) == ["STOP_LOSS_RATIO"]


def test_the_text_names_symbol_value_and_limit() -> None:
    stack = looking()
    (alert,) = stack.feed(m.AccountMarked(ACCOUNT, OPEN_NS, {PUFA: e4(9)}))
    assert isinstance(alert, m.AlertRaised)
    assert alert.text == "风控巡检 STOP_LOSS_RATIO: 600000.XSHG 亏损 10.00% > 5.00%（仅提示，不下单）"


def test_between_two_inspections_nothing_is_looked_at() -> None:
    stack = looking()
    assert mark(stack, 0, 10) == []
    assert mark(stack, 4, 8) == []
    assert mark(stack, 5, 8) == ["STOP_LOSS_RATIO"]


def test_positions_are_compared_with_ratio_and_count() -> None:
    stack = looking(position_ratio_max_bp=1000, stock_count_max=2)
    assert mark(stack, 0, 10) == []
    assert mark(stack, 5, 10.01) == ["MAX_POSITION_RATIO"]
    assert mark(looking(stock_count_max=1), 0, 10) == ["MAX_STOCK_COUNT"]


def test_switched_off_it_says_nothing() -> None:
    assert mark(looking(every_ns=0), 0, 1) == []

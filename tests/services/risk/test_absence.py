"""A strategy that hangs: its open orders are cancelled once, those of others stay, and everybody is told."""

from __future__ import annotations

import msgspec

from common import messages as m
from common.beijing import SECOND_NS
from common.heartbeat import Silence
from services.risk.absence import expected
from services.risk.core import RiskCore
from tests.services.risk.driving import ACCOUNT, FEES, WANKE, WIDE, Stack, holding

SILENT = m.StrategySilent("demo", 31 * SECOND_NS)


class Hanging(Stack):
    """A desk on which strategies have orders resting."""

    def rests_of(self, strategy: str) -> m.Order:
        order = msgspec.structs.replace(self.order("buy", 100, 10), strategy=strategy)
        self.submit(order)
        self.feed(m.OrderSubmitted(order, self.now_ns, self.now_ns))
        return order


def opened() -> Hanging:
    stack = Hanging()
    stack.open_day(1_000_000, holding(WANKE, 5000, 10))
    return stack


def cancelled(outs: list[m.Message]) -> list[str]:
    return [out.client_order_id for out in outs if isinstance(out, m.ApprovedCancel)]


def alerts(outs: list[m.Message]) -> list[tuple[str, str]]:
    return [(out.code, out.text) for out in outs if isinstance(out, m.AlertRaised)]


def test_what_it_has_open_is_cancelled_and_told() -> None:
    stack = opened()
    first, ended, second = stack.rest("buy", 100, 10), stack.rest("buy", 100, 10), stack.rest("sell", 200, 11, WANKE)
    stack.end(ended)
    stack.rests_of("other")
    counted = stack.core.desks[ACCOUNT].cancels.count
    outs = stack.feed(SILENT)
    assert cancelled(outs) == [first.client_order_id, second.client_order_id]
    assert alerts(outs) == [("STRATEGY_LOST", "策略 demo 已 31 秒没有心跳，撤销它的 2 笔挂单")]
    assert stack.core.desks[ACCOUNT].cancels.count == counted, "no limit counts them"


def test_with_nothing_open_it_is_told_all_the_same() -> None:
    stack = opened()
    stack.rests_of("other")
    assert alerts(stack.feed(SILENT)) == [("STRATEGY_LOST", "策略 demo 已 31 秒没有心跳，它没有挂单")]
    assert cancelled(stack.feed(SILENT)) == []


def test_its_return_is_told_once() -> None:
    stack = opened()
    stack.feed(SILENT)
    stack.restart()
    assert alerts(stack.feed(m.StrategyHeard("demo"))) == [("STRATEGY_BACK", "策略 demo 恢复心跳")]
    assert alerts(stack.feed(m.StrategyHeard("demo"))) == []


def test_one_that_left_in_order_comes_back_without_a_word() -> None:
    stack = opened()
    assert stack.feed(m.StrategyLeft("demo")) == []
    stack.restart()
    assert stack.core.absence.names == {"demo": True}
    assert stack.feed(m.StrategyHeard("demo")) == []


def test_those_with_open_orders_are_expected() -> None:
    stack = opened()
    order = stack.rest("buy", 100, 10)
    stack.rests_of("other")
    stack.rests_of("")  # entered elsewhere: nobody's heart beats for it
    assert expected(list(stack.core.desks.values())) == {"demo", "other"}
    stack.end(order)
    assert expected(list(stack.core.desks.values())) == {"other"}


def test_nobody_is_watched_unless_the_settings_say_so() -> None:
    assert stack_silence(0) is None
    silence = stack_silence(30 * SECOND_NS)
    assert silence is not None and silence.limit_ns == 30 * SECOND_NS


def stack_silence(limit_ns: int) -> Silence | None:
    return RiskCore({ACCOUNT: WIDE}, FEES, silence_limit_ns=limit_ns).silence

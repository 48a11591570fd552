"""The verb ``resolve``: what became of an order whose outcome the broker does not tell, on the operator's word."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from cli.desk import have_taken, with_stack
from cli.refusal import Refused
from cli.rows import STATUSES, book_of
from cli.screen import screen
from cli.stack import ASK_SECONDS, Stack
from common import messages as m
from common.ask import Operator
from common.clock import monotonic_ns, sleep
from common.orders import FINAL, Status
from common.process import fees_of
from common.settings import Loaded

WAIT_SECONDS = 5.0


def resolve(loaded: Loaded, said: m.ResolveOrder) -> int:
    """Give the word, filled in with the stack's account, and print what the order is now; Refused with the reason."""

    def act(line: Operator, stack: Stack) -> int:
        word = m.ResolveOrder(
            *(stack.account, said.client_order_id, said.status, said.qty, said.price_e4, said.same_as),
            *(said.operator, said.why),
        )
        _check(loaded, _account(line, stack), word)
        have_taken(line, word, "risk 没有确认，不能确定是否已认定；请用 bullet-trade orders 查看")
        state = _settled(line, stack, word.client_order_id)
        text = f"委托 {word.client_order_id}：{STATUSES[Status(state.status)]} {state.status}"
        screen(loaded.settings).print(f"{text}，成交 {state.cum_qty:,} 股（{state.text}）")
        return 0

    return with_stack(loaded, act)


def price_e4(text: str) -> int:
    """A price as it was typed, in 1/10,000 yuan; Refused where it is none."""
    try:
        value = Decimal(text) * 10_000
    except InvalidOperation:
        value = Decimal(-1)
    if not value.is_finite() or value < 0 or value != int(value):
        raise Refused("BAD_PRICE", f"--price {text}：须为不小于 0 的价格，最多 4 位小数")
    return int(value)


def _check(loaded: Loaded, snapshot: m.AccountSnapshot, word: m.ResolveOrder) -> None:
    """What the gateway would refuse is said here, in the same words, before anything is sent."""
    from services.gateway.resolve import resolved

    fees = fees_of(loaded.settings)
    for out in resolved(book_of(snapshot, fees), word, fees, snapshot.at_ns):
        if isinstance(out, m.ResolveRejected):
            raise Refused(out.reason, out.text)


def _settled(line: Operator, stack: Stack, client_order_id: str) -> m.OrderState:
    end_ns = monotonic_ns() + int(WAIT_SECONDS * 1e9)
    while monotonic_ns() < end_ns:
        for state in _account(line, stack).orders:
            if state.order.client_order_id == client_order_id and Status(state.status) in FINAL:
                return state
        sleep(0.05)
    raise Refused("NO_ANSWER", "gateway 没有采纳；原因见告警，或用 bullet-trade orders 查看")


def _account(line: Operator, stack: Stack) -> m.AccountSnapshot:
    snapshot = line.ask("gateway", m.GetAccount(stack.account), ASK_SECONDS)
    if not isinstance(snapshot, m.AccountSnapshot):
        raise Refused("NO_ANSWER", "gateway 没有应答")
    return snapshot

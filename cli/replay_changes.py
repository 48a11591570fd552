"""What would have been decided with other settings: each order, as it was and as it would be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.console import Console

from cli.refusal import Refused, coded
from cli.replay_check import is_simulated
from cli.replay_lives import lives_of
from cli.rows import SIDES, TYPES, time_text
from cli.tables import Id, Row, price, show
from common import messages as m
from common import wire
from common.capture import Capture
from common.channels import role_of
from common.redo import Reconsidered, outcome_of, reconsider, redo
from common.redo_fields import fields_of_message
from common.settings import load

HEADINGS = ("时间", "委托编号", "代码", "当时 WAS", "将会 WOULD BE")
NOTHING = "–"


def parse(sets: list[str]) -> dict[str, str]:
    """``NAME=VALUE`` each; Refused where one is not, or is no setting we know."""
    found: dict[str, str] = {}
    for one in sets:
        name, sign, value = one.partition("=")
        if not sign or not name.strip():
            raise Refused("BAD_SET", f"--set {one} 无效：应如 --set MAX_ORDER_VALUE=50000")
        found[name.strip().upper()] = value.strip()
    with coded("BAD_SET"):
        load(None, {}, found)
    return found


def show_changes(console: Console, capture: Capture, names: list[str], changed: Mapping[str, str]) -> int:
    said = "、".join(f"{name}={value}" for name, value in changed.items())
    for name in names:
        rows = list(changes(capture, name, changed))
        if not rows:
            console.print(f"{name}：{said} 不会改变任何决定 [UNCHANGED]", style="green")
            continue
        show(console, f"{name} · {said} · {len(rows)} 个决定会改变 CHANGED", HEADINGS, rows)
    console.print("风控与网关：每个决定各自按当时已发生的情况重新判断；策略：回报与行情仍是当时的", style="dim")
    return 0


def changes(capture: Capture, process: str, changed: Mapping[str, str]) -> Iterator[Row]:
    """One row for each decision that would be another."""
    with lives_of(process, capture, changed) as new_life:
        records, simulated = capture.journals[process].records, is_simulated(capture, process)
        if role_of(process) == "strategy":
            steps = redo(records, new_life, capture.content, simulated=simulated)
            yield from _orders([(step.recorded, step.again) for step in steps])
            return
        for one in reconsider(records, new_life, capture.content, simulated=simulated):
            if one.was != one.would:
                yield from _decision(one)


def _decision(one: Reconsidered) -> Iterator[Row]:
    for at in range(max(len(one.was), len(one.would))):
        was = one.was[at] if at < len(one.was) else None
        would = one.would[at] if at < len(one.would) else None
        if was != would:
            about = was or would or one.input
            yield (
                time_text(one.now_ns),
                Id(_id_of(one.input) or _id_of(about)),
                Id(_symbol(one.input)),
                *_said(was, would),
            )


def _orders(steps: list[tuple[bytes, list[bytes]]]) -> Iterator[Row]:
    """The strategy's orders by their ids, which say which callback placed them."""
    was, would = dict[str, m.Order](), dict[str, m.Order]()
    for recorded, again in steps:
        was |= _placed([recorded])
        would |= _placed(again)
    for key in [*was, *(key for key in would if key not in was)]:
        before, after = was.get(key), would.get(key)
        if before != after:
            order = before or after
            assert order is not None
            yield time_text(order.created_ns), Id(key), Id(order.symbol), _order(before), _order(after)


def _placed(records: list[bytes]) -> dict[str, m.Order]:
    told = [message for record in records for message in outcome_of(wire.decode_step(record))]
    return {one.order.client_order_id: one.order for one in told if isinstance(one, m.SubmitOrder)}


def _order(order: m.Order | None) -> str:
    if order is None:
        return NOTHING
    return f"{SIDES[order.side]} {order.qty} 股 {TYPES[order.order_type]} {price(order.price_e4)}"


def _said(was: m.Message | None, would: m.Message | None) -> tuple[str, str]:
    """Both in words; where only fields differ, those."""
    if was is not None and would is not None and type(was) is type(would):
        before, after = fields_of_message(was), fields_of_message(would)
        names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        if not isinstance(was, m.OrderDenied):
            kind = type(was).__name__
            return tuple(f"{kind} {' '.join(f'{n}={d.get(n)}' for n in names)}" for d in (before, after))  # type: ignore[return-value]
    return _words(was), _words(would)


def _words(message: m.Message | None) -> str:
    match message:
        case None:
            return NOTHING
        case m.ApprovedOrder():
            return "批准 APPROVED"
        case m.ApprovedCancel():
            return "批准撤单 APPROVED"
        case m.OrderDenied():
            return message.text or f"拒绝 {message.reason}"
        case m.CancelDenied():
            return f"拒绝撤单 {message.reason}：{message.text}"
        case m.AlertRaised():
            return f"告警 {message.code}：{message.text}"
    return type(message).__name__


def _id_of(message: m.Message) -> str:
    order: m.Order | None = getattr(message, "order", None)
    key: str = order.client_order_id if order is not None else getattr(message, "client_order_id", "")
    return key


def _symbol(message: m.Message) -> str:
    order: m.Order | None = getattr(message, "order", None)
    symbol: str = order.symbol if order is not None else getattr(message, "symbol", "")
    return symbol

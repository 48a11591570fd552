"""Captured days decided again: byte for byte the same, and what another program or other limits would have done."""

from __future__ import annotations

import copy
import sys
from collections import Counter
from collections.abc import Callable

import pytest

from cli.replay_changes import changes
from cli.replay_check import check, processes_in
from common import messages as m
from common import wire
from common.capture import Capture
from common.reasons import Reason
from common.redo import outcome_of
from common.redo_fields import differences

Captured = Callable[[str], Capture]


def told(capture: Capture, process: str) -> list[m.Message]:
    return [out for record in capture.journals[process].records for out in outcome_of(wire.decode_step(record))]


def with_source(capture: Capture, old: str, new: str) -> Capture:
    """The same records, and a strategy that reads otherwise."""
    contents = {
        digest: content.replace(old.encode(), new.encode()) if b"def initialize" in content else content
        for digest, content in capture.contents.items()
    }
    assert contents != capture.contents
    return Capture(capture.header, capture.journals, contents)


@pytest.mark.parametrize("process", ["risk", "gateway", "strategy.kept"])
def test_a_day_with_kills_is_decided_the_same(captured: Captured, process: str) -> None:
    capture = captured("killed")
    verdict = check(capture, process)
    assert verdict.difference is None, differences(verdict.difference.recorded, (verdict.difference.again or [None])[0])
    assert verdict.records == len(capture.journals[process].records) > 300
    assert verdict.lives == 3
    assert verdict.times_real > 50


def test_the_captured_day_has_what_it_is_kept_for(captured: Captured) -> None:
    capture = captured("killed")
    assert processes_in(capture) == ["risk", "gateway", "strategy.kept"]
    kinds = Counter(type(message) for name in ("risk", "gateway") for message in told(capture, name))
    assert kinds[m.OrderDenied] >= 5 and kinds[m.OrderCancelled] >= 3 and kinds[m.OrderFilled] >= 10
    gateway = told(capture, "gateway")
    qty = {one.order.client_order_id: one.order.qty for one in gateway if isinstance(one, m.OrderSubmitted)}
    assert any(0 < fill.qty < qty[fill.client_order_id] for fill in gateway if isinstance(fill, m.OrderFilled))
    inputs = [wire.decode_step(record) for record in capture.journals["strategy.kept"].records]
    answers = [wire.decode_frame(bytes(step.input)) for step in inputs if not step.local]
    kept = [wire.decode_message(one.body) for one in answers if isinstance(one, wire.Answer)]
    assert any(isinstance(one, m.KeptAnswer) for one in kept)


def test_the_captured_day_holds_no_path_of_the_machine_it_was_recorded_on(captured: Captured) -> None:
    capture = captured("killed")
    everything = [*capture.contents.values(), *(r for one in capture.journals.values() for r in one.records)]
    for word in (b"/tmp/", b"/home/", b"/root/", b"\\Users\\"):
        assert not [one for one in everything if word in one]


def test_replays_one_after_the_other_do_not_touch_each_other(captured: Captured) -> None:
    capture = captured("killed")
    modules, paths = set(sys.modules), list(sys.path)
    for _ in range(3):
        assert check(capture, "strategy.kept").is_identical
    assert "kept" not in set(sys.modules) - modules and sys.path == paths


def test_another_risk_core_differs_at_the_first_order_it_decides_otherwise(
    captured: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services.risk import core

    capture = captured("killed")
    monkeypatch.setattr(core, "first_denial", lambda order, desk: None)
    difference = check(capture, "risk").difference
    assert difference is not None and len(difference.again) == 1
    step = wire.decode_step(difference.recorded)
    [denied] = [one for one in outcome_of(step) if isinstance(one, m.OrderDenied)]
    first = next(one for one in told(capture, "risk") if isinstance(one, m.OrderDenied))
    assert denied == first and denied.reason == Reason.MAX_ORDER_VALUE
    fields = {field: (was, now) for field, was, now in differences(difference.recorded, difference.again[0])}
    assert fields["frames[0].body.type"] == ("OrderDenied", "ApprovedOrder")
    assert fields["frames[0].type"] == ("Event", "Command") and "input.seq" not in fields


def test_a_changed_strategy_differs_at_the_first_order_it_places_otherwise(captured: Captured) -> None:
    capture = with_source(captured("killed"), "order(FUND, -500)", "order(FUND, -600)")
    difference = check(capture, "strategy.kept").difference
    assert difference is not None
    rows = differences(difference.recorded, difference.again[0])
    assert rows == [("frames[0].body.order.qty", "500", "600")]


def test_a_strategy_that_fails_in_the_replay_only_says_nothing_where_it_spoke(captured: Captured) -> None:
    capture = with_source(captured("killed"), "g.turn += 1", "g.turn += 1 / 0")
    difference = check(capture, "strategy.kept").difference
    assert difference is not None
    assert any(isinstance(one, m.RaiseAlert) for one in outcome_of(wire.decode_step(difference.again[0])))


def test_one_flipped_figure_in_the_record_is_found(captured: Captured) -> None:
    capture = captured("killed")
    journal = copy.deepcopy(capture.journals["gateway"])
    records = journal.records
    at = next(i for i, record in enumerate(records) if b"OrderFilled" in record and b"fee_e4" in record)
    place = records[at].rindex(b"fee_e4") + len(b"fee_e4") + 2
    records[at] = records[at][:place] + bytes([records[at][place] ^ 1]) + records[at][place + 1 :]
    difference = check(Capture(capture.header, {"gateway": journal}, capture.contents), "gateway").difference
    assert difference is not None and difference.index == at
    [(field, _, _)] = differences(difference.recorded, difference.again[0])
    assert field == "frames[0].body.fee_e4"


# -- with other settings -------------------------------------------------------------------------------------------


def test_a_lower_limit_lists_the_orders_it_would_deny(captured: Captured) -> None:
    capture = captured("killed")
    approved = [one.order for one in told(capture, "risk") if isinstance(one, m.ApprovedOrder)]
    over = {order.client_order_id for order in approved if order.qty * order.price_e4 > 100_000 * 10_000}
    rows = list(changes(capture, "risk", {"MAX_ORDER_VALUE": "100000"}))
    by_id = {str(row[1]): row for row in rows}
    assert over and over <= set(by_id)
    for key in over:
        assert by_id[key][3] == "批准 APPROVED" and "MAX_ORDER_VALUE" in str(by_id[key][4])
    others = [row for key, row in by_id.items() if key not in over]
    assert others and all("风控拒单" in str(row[3]) and "> 100,000.00" in str(row[4]) for row in others)


def test_a_higher_limit_lists_the_denials_that_would_not_be(captured: Captured) -> None:
    rows = list(changes(captured("killed"), "risk", {"MAX_ORDER_VALUE": "9000000", "MAX_POSITION_RATIO": "100"}))
    assert rows and all(row[4] == "批准 APPROVED" for row in rows)
    assert any("MAX_ORDER_VALUE" in str(row[3]) for row in rows)
    assert any("MAX_POSITION_RATIO" in str(row[3]) for row in rows)


@pytest.mark.parametrize("process", ["risk", "gateway", "strategy.kept"])
def test_the_captured_settings_change_nothing(captured: Captured, process: str) -> None:
    assert list(changes(captured("killed"), process, {"MAX_ORDER_VALUE": "900000"})) == []


def test_another_offset_changes_the_protective_price_of_market_orders(captured: Captured) -> None:
    rows = list(changes(captured("killed"), "strategy.kept", {"MARKET_BUY_PRICE_PERCENT": "0.02"}))
    assert rows and all("市价" in str(row[3]) and "市价" in str(row[4]) and row[3] != row[4] for row in rows)

"""How long user code waits inside `order`, and when it goes on."""

from pathlib import Path

from common import messages as m
from common.beijing import SECOND_NS, at
from tests.services.strategy.desk import ACCOUNT, STRATEGY, A, B, Desk, number_of
from tests.services.strategy.test_orders import act, story


def test_an_order_waits_for_its_end(tmp_path: Path) -> None:
    desk = story(tmp_path, f"o = order('{A}', 100, LimitOrderStyle(9.5))\nlog.info('got', o.status)")
    desk.broker = desk.accept
    act(desk)
    assert not desk.said("got")
    assert desk.core.wake_ns == at(desk.day, "9:35") + 16 * SECOND_NS
    assert not desk.core.busy
    desk.pass_seconds(3)
    assert not desk.said("got")
    desk.now_ns += 3 * SECOND_NS
    desk.market(desk.trade(desk.orders[0], 100))
    assert desk.core.wake_ns == desk.now_ns  # it wants a turn now, and runs in none but its own
    assert not desk.said("got")
    desk.turns()
    assert desk.said("got held")
    assert desk.said("进入同步等待，最长 16s")
    assert desk.said("等待 6.00s 获得状态 filled")


def test_a_turn_ends_when_time_moves_on_whoever_says_so_first(tmp_path: Path) -> None:
    """The next instant's fill may come before that instant's quotes: two senders, two links."""
    desk = story(tmp_path, f"o = order('{A}', 100, LimitOrderStyle(9.5))\nlog.info('got', o.status)")
    desk.broker = desk.accept
    act(desk)
    desk.now_ns += 3 * SECOND_NS
    desk.step(desk.trade(desk.orders[0], 100))
    assert not desk.said("got")
    assert desk.core.wake_ns == desk.now_ns
    desk.market()
    assert not desk.said("got")
    desk.turns()
    assert desk.said("got held")


def test_the_wait_ends_without_an_end(tmp_path: Path) -> None:
    desk = story(tmp_path, f"o = order('{A}', 100, LimitOrderStyle(9.5))\nlog.info('got', o.status)")
    desk.broker = desk.accept
    act(desk)
    desk.to_ns(at(desk.day, "9:35") + 16 * SECOND_NS - 1)
    assert not desk.said("got")
    desk.to_ns(at(desk.day, "9:35") + 16 * SECOND_NS)
    assert desk.said("got open")
    assert desk.said("等待 16.00s 未获得最终状态，当前状态 accepted")


def test_wait_timeout_of_one_call(tmp_path: Path) -> None:
    desk = story(tmp_path, f"o = order('{A}', 100, LimitOrderStyle(9.5), wait_timeout=0.5)\nlog.info('got', o.status)")
    desk.broker = desk.accept
    act(desk)
    assert desk.core.wake_ns == at(desk.day, "9:35") + SECOND_NS // 2
    desk.pass_seconds(0.5)
    assert desk.said("进入同步等待，最长 0.5s")
    assert desk.said("got open")


def test_a_long_wait_keeps_its_order_valid_as_long(tmp_path: Path) -> None:
    desk = story(tmp_path, f"order('{A}', 100, LimitOrderStyle(9.5), wait_timeout=300)")
    desk.broker = desk.accept
    assert act(desk)[0].expire_ns == at(desk.day, "9:40")


def test_zero_and_the_setting_return_at_once(tmp_path: Path) -> None:
    body = f"o = order('{A}', 100, wait_timeout=0)\nlog.info('got', o.status, o.outcome)"
    desk = story(tmp_path, body)
    act(desk)
    assert desk.said("got open created")
    (tmp_path / "second").mkdir()
    desk = story(tmp_path / "second", body.replace(", wait_timeout=0", ""), wait_ns=0)
    act(desk)
    assert desk.said("got open created")
    assert not desk.said("同步等待")


def test_fills_may_trail_the_cancel(tmp_path: Path) -> None:
    """Settled is: ended, and every fill the broker spoke of has arrived."""
    desk = story(tmp_path, f"o = order('{A}', 500, LimitOrderStyle(9.5))\nlog.info('got', o.status, o.filled)")
    desk.broker = desk.accept
    (order,) = act(desk)
    desk.step(m.OrderCancelled("sim", order.client_order_id, 200, "CANCELLED_BY_USER", "已按要求撤单", desk.now_ns))
    assert not desk.said("got")
    desk.step(desk.trade(order, 200))
    assert desk.said("got canceled 200")


def test_every_earlier_order_is_heard_of_first(tmp_path: Path) -> None:
    """Risk's denial of the first may come after the gateway's fill of the second: the code sees both or none."""
    body = f"""first = order('{A}', 100, wait_timeout=0)
order('{B}', 100)
log.info('got', first.status)"""
    desk = story(tmp_path, body)
    late: list[m.SubmitOrder] = []
    desk.broker = lambda sent: late.append(sent) or [] if sent.order.symbol == A else desk.fill(sent)  # type: ignore[func-returns-value]
    act(desk)
    assert not desk.said("got")
    for denied in desk.deny(late[0]):
        desk.step(denied)
    assert desk.said("got rejected")


def test_events_within_the_turn_resume_at_once(tmp_path: Path) -> None:
    desk = story(tmp_path, f"for _ in range(5):\n    order('{A}', 100)\nlog.info('done')")
    desk.open()
    desk.now_ns = at(desk.day, "9:35")
    desk.market()
    desk.clock(STRATEGY)  # one turn is enough
    assert len(desk.orders) == 5
    assert desk.said("done")


def test_answers_to_an_order_write_no_lines(tmp_path: Path) -> None:
    """A line takes as long as an order: it waits until the code goes on."""
    desk = story(tmp_path, f"order('{A}', 100)")
    desk.broker = desk.silent
    desk.open()
    desk.now_ns = at(desk.day, "9:35")
    desk.market()
    (submit,) = desk.core.decide(m.MarketClock(99, desk.now_ns, number_of(desk.day), STRATEGY, True), desk.now_ns)
    assert isinstance(submit, m.SubmitOrder)
    for event in desk.accept(submit):
        desk.core.apply(event)
        desk.core.decide(event, desk.now_ns)
        assert desk.lines == []
    fill = desk.trade(submit.order, 100)
    desk.core.apply(fill)
    desk.core.decide(fill, desk.now_ns)
    assert len(desk.lines) == 3


def test_no_turn_no_code(tmp_path: Path) -> None:
    desk = story(tmp_path, "log.info('acted')")
    desk.open()
    desk.now_ns = at(desk.day, "9:35")
    desk.market()
    desk.clock("")
    desk.clock("another")
    assert not desk.said("acted")
    assert desk.core.wake_ns == desk.now_ns
    desk.clock(STRATEGY)
    assert desk.said("acted")


def test_at_a_speed_the_clock_is_enough(tmp_path: Path) -> None:
    desk = story(tmp_path, f"o = order('{A}', 100, LimitOrderStyle(9.5))\nlog.info('got', o.status)")
    desk.lockstep = False
    desk.broker = desk.accept
    act(desk)
    desk.now_ns += SECOND_NS
    desk.step(desk.trade(desk.orders[0], 100))  # no turn, no tick: the event alone resumes
    assert desk.said("got held")


def test_a_live_market_wakes_the_strategy_without_a_clock(tmp_path: Path) -> None:
    desk = story(tmp_path, "log.info('acted')")
    desk.step(m.TradingDayOpened("sim", number_of(desk.day), desk.cash_e4, [], desk.now_ns))
    desk.step(m.Wake())
    desk.now_ns = at(desk.day, "9:35")
    desk.step(m.Wake())
    assert desk.said("acted")


def test_facts_are_held_while_a_query_is_open(tmp_path: Path) -> None:
    """An event that arrives before or after an answer is seen at the same place: when the code next waits or ends."""
    body = f"""first = order('{A}', 100, wait_timeout=0)
attribute_history('{A}', 3, '1m', ['close'], df=False)
log.info('before', first.filled)
order('{B}', 100)
log.info('after', first.filled)"""
    desk = story(tmp_path, body)
    assert len(act(desk)) == 2
    assert desk.said("before 0")
    assert desk.said("after 100")


def test_callbacks_that_fall_due_meanwhile_run_after_it_in_order(tmp_path: Path) -> None:
    code = f"""
def initialize(context):
    run_daily(slow, '9:35')
    run_daily(second, '9:35')
    run_daily(third, '9:36')
def slow(context):
    order('{A}', 100, LimitOrderStyle(9.5), wait_timeout=90)
    log.info('slow', context.current_dt.time())
def second(context): log.info('second', context.current_dt.time())
def third(context): log.info('third', context.current_dt.time())
"""
    desk = Desk(tmp_path, code)
    desk.broker = desk.accept
    desk.open()
    desk.run("9:40")
    assert desk.lines[-3:] == ["slow 09:35:00", "second 09:35:00", "third 09:36:00"]


def test_an_answer_that_never_comes_is_a_refusal(tmp_path: Path) -> None:
    desk = story(tmp_path, f"log.info('got', attribute_history('{A}', 3, '1m', ['close'], df=False)['close'].size)")
    react = desk.react
    refused = m.Refusal("NOT_READY", "行情没有应答")
    desk.react = lambda out: desk.inbox.append(refused) if isinstance(out, m.GetBars) else react(out)  # type: ignore[method-assign]
    act(desk)
    assert desk.said("历史行情没有得到回答：行情没有应答")
    assert desk.said("got 0")


def test_a_denial_that_was_missed_is_learnt_from_the_report_a_listener_starts_from(tmp_path: Path) -> None:
    desk = story(tmp_path, f"o = order('{A}', 100, LimitOrderStyle(9.5))\nlog.info('got', o.outcome)")
    desk.broker = desk.silent
    act(desk)
    assert not desk.said("got")
    denied = desk.deny(m.SubmitOrder(desk.orders[0]))
    desk.step(m.RiskReport(ACCOUNT, False, False, "", "", [], {}, denied))  # type: ignore[arg-type]
    desk.turns()
    assert desk.said("got denied")

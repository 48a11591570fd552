"""`handle_tick`: each subscribed code's newest quote, once, in the strategy's turn or when nothing is left to read."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import messages as m
from common.beijing import SECOND_NS, at
from services.strategy.keeper import FileKeeper
from services.strategy.ticks import Ticks
from tests.services.strategy.desk import FRIDAY, A, B, Desk, number_of, quote

CODE = f"""
def initialize(context):
    g.seen = 0
    subscribe('{A}', 'tick')
    run_daily(act, '10:00')
def act(context):
    log.info('act')
def handle_tick(context, tick):
    g.seen += 1
    log.info('tick', tick.code, tick.current, tick.datetime.time(), context.current_dt.time())
"""


def told(desk: Desk) -> list[str]:
    return [line for line in desk.lines if line.startswith(("tick", "act"))]


def opened(tmp_path: Path, code: str = CODE, **settings: object) -> Desk:
    desk = Desk(tmp_path, code, **settings)
    desk.open()
    desk.now_ns = at(FRIDAY, "9:30")
    return desk


def live(tmp_path: Path, code: str = CODE) -> Desk:
    """A market that follows the wall clock."""
    desk = Desk(tmp_path, code)
    desk.lockstep = False
    desk.open()
    desk.now_ns = at(FRIDAY, "9:30")
    desk.clock("")
    return desk


def prices(desk: Desk, *last_e4: int, symbol: str = A) -> None:
    """Quotes a second apart, as they are published one after the other."""
    for one in last_e4:
        desk.now_ns += SECOND_NS
        desk.tick += 1
        desk.step(m.QuoteBatch(desk.tick, desk.now_ns, (quote(symbol, desk.now_ns, one),), True))


def test_in_lock_step_a_tick_runs_in_the_turn_after_its_quote(tmp_path: Path) -> None:
    desk = opened(tmp_path)
    desk.clock("")
    prices(desk, 101_000)
    assert told(desk) == [] and desk.core.wake_ns == desk.now_ns, "it asks for its turn"
    desk.clock("other")
    assert told(desk) == []
    desk.turns()
    assert told(desk) == [f"tick {A} 10.1 09:30:01 09:30:01"]
    assert desk.core.wake_ns == at(FRIDAY, "10:00")


def test_only_its_own_codes_are_told(tmp_path: Path) -> None:
    desk = opened(tmp_path)
    prices(desk, 99_000, symbol=B)
    desk.turns()
    assert told(desk) == []


def test_what_is_published_again_is_not_told_again(tmp_path: Path) -> None:
    """Quotes that was killed says its last words once more."""
    desk = opened(tmp_path)
    for _ in range(2):
        desk.market()
        desk.turns()
    assert len(told(desk)) == 1


def test_a_scheduled_call_of_the_same_instant_goes_first(tmp_path: Path) -> None:
    desk = opened(tmp_path)
    desk.run("10:00")
    assert [line.split()[0] for line in told(desk)] == ["act", "tick"]


def test_in_live_trading_it_runs_when_nothing_is_left_to_read(tmp_path: Path) -> None:
    desk = live(tmp_path)
    prices(desk, 101_000, 102_000, 103_000)
    assert told(desk) == [] and desk.core.ticks_wait
    desk.step(m.Wake())
    assert told(desk) == [], "a wake in the middle of what arrived is no reason"
    desk.step(m.CaughtUp())
    assert told(desk) == [f"tick {A} 10.3 09:30:03 09:30:03"]
    assert not desk.core.ticks_wait
    desk.step(m.MarketDayEnded(desk.tick + 1, desk.now_ns, number_of(FRIDAY), False))
    assert desk.said("handle_tick 今日运行 1 次，策略来不及处理而略过的快照 2 个")


def test_while_user_code_waits_newer_quotes_take_the_place_of_older_ones(tmp_path: Path) -> None:
    code = CODE + f"    if g.seen == 1: order('{A}', 100)\n    log.info('tick after')\n"
    desk = live(tmp_path, code)
    desk.broker = desk.accept
    prices(desk, 101_000)
    desk.step(m.CaughtUp())
    prices(desk, 102_000, 103_000)
    assert not desk.core.ticks_wait, "one callback at a time"
    desk.step(desk.trade(desk.orders[0], 100))
    assert told(desk)[-1] == "tick after"
    desk.step(m.CaughtUp())
    assert [line for line in told(desk) if A in line] == [
        f"tick {A} 10.1 09:30:01 09:30:01",
        f"tick {A} 10.3 09:30:03 09:30:03",
    ]


def test_a_tick_may_unsubscribe_and_subscribe(tmp_path: Path) -> None:
    code = CODE + f"    unsubscribe_all()\n    subscribe(['{B}'])\n"
    desk = opened(tmp_path, code)
    prices(desk, 101_000)
    desk.turns()
    prices(desk, 102_000)
    desk.turns()
    prices(desk, 199_000, symbol=B)
    desk.turns()
    assert [line.split()[1] for line in told(desk)] == [A, B]


def test_subscriptions_outlive_a_restart(tmp_path: Path) -> None:
    desk = opened(tmp_path)
    desk.run("9:31")
    desk.queries.clear()
    desk.start(recovered=True)
    desk.clock("")
    desk.turns()
    assert m.Subscribe([A]) in desk.queries
    before = len(told(desk))
    prices(desk, 105_000)
    desk.turns()
    assert told(desk)[before:] == [f"tick {A} 10.5 09:31:01 09:31:01"]


def test_after_a_restart_no_tick_runs_before_the_pace_of_the_market_is_known(tmp_path: Path) -> None:
    desk = opened(tmp_path)
    desk.run("9:31")
    desk.start(recovered=True)
    prices(desk, 105_000)
    assert not desk.core.ticks_wait


def test_orders_of_two_ticks_of_an_instant_are_two_orders(tmp_path: Path) -> None:
    code = f"""
def initialize(context):
    subscribe(['{A}', '{B}'])
def handle_tick(context, tick):
    order(tick.code, 100)
"""
    desk = opened(tmp_path, code)
    desk.market()
    desk.turns()
    assert [order.symbol for order in desk.orders] == [A, B]
    assert len({order.client_order_id for order in desk.orders}) == 2


def test_a_tick_that_fails_stops_nothing(tmp_path: Path) -> None:
    desk = opened(tmp_path, CODE.replace("g.seen += 1", "g.seen += 1; 1 / (g.seen - 1)"))
    prices(desk, 101_000)
    desk.turns()
    prices(desk, 102_000)
    desk.turns()
    assert desk.alerts == ["CALLBACK_FAILED"] and len(told(desk)) == 1


def saved(desk: Desk) -> dict[str, object]:
    found = FileKeeper(desk.folder / "runtime").load()
    assert found is not None
    return found.g


def test_memory_is_written_within_a_minute_and_at_once_after_an_order(tmp_path: Path) -> None:
    code = CODE + f"    if g.seen == 3: order('{A}', 100)\n"
    desk = opened(tmp_path, code)
    desk.pass_seconds(61)  # the first is written: the last time was long ago
    assert saved(desk)["seen"] == 1
    prices(desk, 101_000)
    desk.turns()
    assert saved(desk)["seen"] == 1
    prices(desk, 102_000)
    desk.turns()
    assert saved(desk)["seen"] == 3
    prices(desk, 103_000)
    desk.turns()
    desk.core.close()
    assert saved(desk)["seen"] == 4


def test_the_limit_names_its_setting(tmp_path: Path) -> None:
    code = f"def initialize(context):\n    subscribe(['{A}', '{B}'])\n"
    desk = opened(tmp_path, code, subscriptions_max=1)
    assert desk.said("订阅 2 只，超过上限 1 只（TICK_SUBSCRIPTION_LIMIT）")


def test_without_a_handle_tick_nothing_waits(tmp_path: Path) -> None:
    desk = opened(tmp_path, f"def initialize(context):\n    subscribe('{A}')\n")
    prices(desk, 101_000)
    assert desk.core.wake_ns == 0


def test_current_tick_comes_from_what_was_pushed(tmp_path: Path) -> None:
    code = CODE.replace("log.info('act')", f"log.info('act', get_current_tick('{A}').current)")
    desk = opened(tmp_path, code)
    desk.run("9:59:59")
    desk.queries.clear()
    desk.run("10:00")
    assert "act 10.0" in told(desk) and desk.queries == []


WHEN = st.lists(st.tuples(st.sampled_from([A, B]), st.integers(0, 5), st.booleans()), max_size=40)


@given(WHEN)
def test_every_quote_is_handed_over_passed_over_or_no_news(published: list[tuple[str, int, bool]]) -> None:
    ticks, handed, news = Ticks(100), [], 0
    ticks.defined = True
    ticks.subscribe([A, B])
    now_ns, newest = at(FRIDAY, "9:30"), dict[str, m.Quote]()
    for number, (symbol, late, takes) in enumerate(published):
        now_ns += SECOND_NS
        one = quote(symbol, now_ns - late * SECOND_NS, 100_000 + number)
        before = newest.get(symbol)
        if before is None or one.at_ns >= before.at_ns:
            news, newest[symbol] = news + 1, one
        ticks.note([one])
        if takes and (taken := ticks.take()) is not None:
            assert taken == newest[taken.symbol], "never an older one than was heard of"
            handed.append(taken)
    assert len(handed) + ticks.passed_over + len(ticks) == news
    assert len(set(handed)) == len(handed)


@pytest.mark.parametrize("wrong", [None, [A]])
def test_who_unsubscribes_hears_no_more(wrong: list[str] | None) -> None:
    ticks = Ticks(100)
    ticks.defined = True
    ticks.subscribe([A])
    ticks.note([quote(A, at(FRIDAY, "9:30"))])
    ticks.unsubscribe(wrong)
    assert ticks.take() is None and not ticks.symbols

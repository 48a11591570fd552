"""What a strategy is after its process died: the same, and nothing is done twice."""

import json
import pickle
from pathlib import Path

import pytest

from common import messages as m
from common import wire
from common.beijing import at
from common.errors import ConfigError
from tests.common.alike import state_of
from tests.services.strategy.desk import A, B, Desk

CODE = f"""
class Note:
    def __init__(self, text): self.text = text
def initialize(context):
    g.count, g.note, g.__secret = 0, Note('kept'), 1
    context.mine = [1, 2]
    set_option('use_real_price', True)
    run_daily(trade, '10:00')
    run_daily(trade, '11:00')
    run_weekly(never, 1, '10:00', reference_security='000300.XSHG', force=False)
    log.info('initialize')
def process_initialize(context): log.info('process_initialize', g.count, g.note.text, context.mine)
def trade(context):
    g.count += 1
    o = order('{A}', 100)
    log.info('trade', g.count, o.order_id, len(get_orders()))
def never(context): pass
"""


def restarted(desk: Desk, *, at_time: str = "") -> Desk:
    """Die without a word, and come back."""
    desk.log.clear()
    if at_time:
        desk.now_ns = at(desk.day, at_time)
    desk.start(recovered=True)
    desk.turns()
    return desk


def test_everything_is_there_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path, CODE)
    desk.open()
    desk.run("10:30")
    restarted(desk)
    assert desk.lines == ["process_initialize 1 kept [1, 2]"]
    desk.run("11:00")
    assert desk.said("trade 2")
    assert len({o.client_order_id for o in desk.orders}) == 2
    assert desk.lines[-1].endswith(" 2")  # get_orders shows the order from before the restart
    assert desk.alerts == []


def test_what_a_callback_changed_is_kept_before_the_next_begins(tmp_path: Path) -> None:
    code = f"""
def initialize(context):
    run_daily(first, '10:00')
    run_daily(second, '10:00')
def first(context): g.first = True
def second(context): order('{A}', 100)
def process_initialize(context): log.info('first', hasattr(g, 'first'))
"""
    desk = Desk(tmp_path, code)
    desk.broker = desk.accept
    desk.open()
    desk.run("10:00")  # the second waits inside order(), all in one step
    restarted(desk)
    assert "first True" in desk.lines


def test_an_order_heard_of_after_the_restart_is_known_as_ours(tmp_path: Path) -> None:
    """A kill came before the journal had the order's events; they come from the gateway after the start."""
    code = CODE.replace(
        "def never(context): pass", "def never(context): pass\ndef handle_data(c, d): g.ids = list(get_orders())"
    )
    desk = Desk(tmp_path, code)
    desk.open()
    before = desk.book.snapshot("simulator", desk.now_ns)
    desk.run("10:00")
    (order,) = desk.orders
    desk.start()
    desk.lockstep = False
    desk.step(before)
    desk.clock("")
    for event in (*desk.accept(m.SubmitOrder(order)), desk.trade(order, 100)):
        desk.core.apply(event)
        desk.core.decide(event, desk.now_ns)
    desk.run("10:01")
    assert list(desk.core._orders.tickets.orders) == [order.client_order_id]
    assert desk.core._rt.book.positions[A].qty == 100


def test_names_that_begin_with_two_underscores_are_not_saved(tmp_path: Path) -> None:
    desk = Desk(tmp_path, CODE)
    desk.open()
    saved = pickle.loads((tmp_path / "runtime" / "g.pkl").read_bytes())
    assert set(saved) == {"count", "note", "__host__"}


def test_tasks_missed_are_told_and_not_run(tmp_path: Path) -> None:
    desk = Desk(tmp_path, CODE)
    desk.open()
    desk.run("9:30")
    desk.lockstep = False
    restarted(desk, at_time="10:30")
    assert desk.alerts == ["TASKS_MISSED"]
    assert desk.said("停机期间错过、不再补运行：never、trade")
    desk.run("11:30")
    assert len(desk.orders) == 1


def test_in_lockstep_the_market_waited(tmp_path: Path) -> None:
    """Killed in the market phase of 10:00: the clock did not move, so 10:00 is not missed."""
    desk = Desk(tmp_path, CODE)
    desk.open()
    desk.run("9:59")
    desk.now_ns = at(desk.day, "10:00")
    desk.market()
    restarted(desk)
    assert len(desk.orders) == 1
    assert desk.alerts == []


def test_a_callback_that_died_is_not_run_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path, CODE)
    desk.broker = desk.accept
    desk.open()
    desk.run("10:00")  # it waits inside order()
    restarted(desk)
    assert desk.alerts == ["CALLBACK_UNFINISHED"]
    assert desk.said("trade（2026-11-20 10:00:00）开始后进程中断")
    desk.run("10:59")
    assert len(desk.orders) == 1
    restarted(desk)
    assert desk.alerts == ["CALLBACK_UNFINISHED"]  # told once


def test_a_changed_file_runs_after_code_changed_once(tmp_path: Path) -> None:
    desk = Desk(tmp_path, CODE)
    desk.open()
    desk.run("9:30")
    changed = "def after_code_changed(context):\n    log.info('changed')\n    unschedule_all()\n"
    desk.write(CODE + changed)
    restarted(desk)
    assert desk.lines == ["changed", "process_initialize 0 kept [1, 2]"]
    restarted(desk)
    assert desk.lines == ["process_initialize 0 kept [1, 2]"]
    desk.run("11:30")
    assert desk.orders == []


def test_the_other_spelling_counts_and_the_official_one_goes_first(tmp_path: Path) -> None:
    desk = Desk(tmp_path, CODE)
    desk.open()
    other = "def after_code_change(context): log.info('other')\n"
    desk.write(CODE + other)
    restarted(desk)
    assert desk.lines[0] == "other"
    desk.write(CODE + other + "def after_code_changed(context): log.info('official')\n")
    restarted(desk)
    assert desk.lines[0] == "official" and not desk.said("other")


def test_a_task_whose_function_is_gone_is_told(tmp_path: Path) -> None:
    desk = Desk(tmp_path, CODE)
    desk.open()
    desk.write(CODE.replace("def trade(", "def trade_renamed(").replace("run_daily(trade", "run_daily(trade_renamed"))
    restarted(desk)
    desk.run("10:00")
    assert desk.alerts == ["CALLBACK_MISSING"]


def test_a_later_day(tmp_path: Path) -> None:
    desk = Desk(tmp_path, CODE)
    desk.open()
    desk.end_day()
    desk.core.close()
    desk.log.clear()
    desk.start(recovered=False)
    desk.next_day()
    assert desk.lines == ["process_initialize 2 kept [1, 2]"]
    desk.run("10:00")
    assert desk.said("trade 3")


def test_what_cannot_be_saved_is_dropped_alone(tmp_path: Path) -> None:
    code = """
def initialize(context):
    g.good, g.bad = 1, (n for n in [1])
    context.worse = lambda: 1
def process_initialize(context): log.info(hasattr(g, 'good'), hasattr(g, 'bad'), hasattr(context, 'worse'))
def handle_data(context, data): pass
"""
    desk = Desk(tmp_path, code)
    desk.open()
    desk.run("9:40")
    dropped = [line for line in desk.lines if "无法保存" in line]
    assert len(dropped) == 2 and dropped[0].startswith("g.bad") and dropped[1].startswith("context.worse")
    restarted(desk)
    assert desk.lines[0] == "True False False"


def test_orders_in_g_are_dropped_with_the_reason(tmp_path: Path) -> None:
    desk = Desk(tmp_path, f"def initialize(context): run_daily(f, '9:30')\ndef f(context): g.o = order('{B}', 100)\n")
    desk.open()
    desk.run("9:30")
    assert desk.said("g.o 无法保存")


def test_g_may_be_saved_at_the_end_only(tmp_path: Path) -> None:
    code = "def initialize(context): g.n = 0\ndef handle_data(context, data): g.n += 1\n"
    desk = Desk(tmp_path, code, saves_g=False)
    desk.open()
    desk.run("9:40")
    assert pickle.loads((tmp_path / "runtime" / "g.pkl").read_bytes())["n"] == 0
    desk.core.close()
    assert pickle.loads((tmp_path / "runtime" / "g.pkl").read_bytes())["n"] == 11


def entered_again(tmp_path: Path) -> Desk:
    """The cursor of before a callback was kept, its orders were not forgotten: the callback is entered again."""
    desk = Desk(tmp_path, CODE)
    desk.open()
    desk.run("9:59")
    state = (tmp_path / "runtime" / "live_state.json").read_bytes()
    desk.run("10:00")
    (tmp_path / "runtime" / "live_state.json").write_bytes(state)
    return desk


def test_a_callback_entered_again_does_not_order_again(tmp_path: Path) -> None:
    desk = entered_again(tmp_path)
    (order,) = desk.orders
    restarted(desk)
    assert desk.orders == [order]
    assert desk.said(order.client_order_id)  # it got the order of its first life


def test_the_same_id_with_other_content_is_refused_and_alarmed(tmp_path: Path) -> None:
    desk = entered_again(tmp_path)
    desk.prices[A] = 101_000
    desk.market()
    desk.write(CODE.replace(", 100)", ", 200)"))
    desk.log.clear()
    desk.start(recovered=True)
    desk.market()
    desk.turns()
    assert len(desk.orders) == 1
    assert desk.alerts == ["DUPLICATE_ID", "CALLBACK_FAILED"]  # None was got, and the strategy did not look


def test_a_split_order_stays_one(tmp_path: Path) -> None:
    code = f"""
def initialize(context):
    run_daily(f, '9:30')
    run_daily(show, '9:40')
def f(context): order('{A}', 2500)
def show(context): log.info([(o.amount, o.filled, str(o.status)) for o in get_orders().values()], len(get_trades()))
"""
    desk = Desk(tmp_path, code, order_volume_max=1000)
    desk.open()
    desk.run("9:35")
    restarted(desk)
    desk.run("9:40")
    assert desk.lines == ["[(2500, 2500, 'held')] 3"]


def test_settings_levels_and_subscriptions_come_back(tmp_path: Path) -> None:
    code = f"""
def initialize(context):
    set_universe(['{A}'])
    log.set_level('order', 'error')
    subscribe('{B}', 'tick')
def process_initialize(context): log.info(context.universe, context.portfolio.starting_cash)
"""
    desk = Desk(tmp_path, code)
    desk.open()
    desk.queries.clear()
    restarted(desk)
    assert desk.lines == [f"['{A}'] 1000000.0"]
    assert [q.symbols for q in desk.queries] == [[B]]  # type: ignore[attr-defined]
    shown = json.loads((tmp_path / "runtime" / "live_state.json").read_text(encoding="utf-8"))
    assert shown["settings"] == {"universe": f"['{A}']"} and shown["log_levels"] == {"order": "error"}


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"version": 1}', b'{"version": "x"}', b"\xff\xfe"])
def test_a_damaged_state_stops_the_start(tmp_path: Path, damage: bytes) -> None:
    desk = Desk(tmp_path, CODE)
    desk.open()
    (tmp_path / "runtime" / "live_state.json").write_bytes(damage)
    with pytest.raises(ConfigError, match=r"live_state\.json.*--reset"):
        desk.start(recovered=True)


@pytest.mark.parametrize("kept", [0, 1, 20, 100])
def test_a_truncated_g_stops_the_start(tmp_path: Path, kept: int) -> None:
    desk = Desk(tmp_path, CODE)
    desk.open()
    path = tmp_path / "runtime" / "g.pkl"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ConfigError, match=r"g\.pkl.*--reset"):
        desk.start(recovered=True)


@pytest.mark.parametrize("name", ["g.pkl", "live_state.json"])
def test_one_file_without_the_other_stops_the_start(tmp_path: Path, name: str) -> None:
    desk = Desk(tmp_path, CODE)
    desk.open()
    (tmp_path / "runtime" / name).unlink()
    with pytest.raises(ConfigError, match="文件缺失"):
        desk.start(recovered=True)


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    desk = Desk(tmp_path, CODE)
    desk.open()
    path = tmp_path / "runtime" / "live_state.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"version": 1', '"version": 2'), encoding="utf-8")
    with pytest.raises(ConfigError, match="格式版本 2 比本程序的 1 新"):
        desk.start(recovered=True)


def test_the_journal_brings_back_orders_on_their_way(tmp_path: Path) -> None:
    """Recovery folds what was recorded, and what was sent is known before anybody answers it."""
    desk = Desk(tmp_path, CODE)
    desk.broker = desk.silent
    desk.open()
    desk.run("10:00")
    (order,) = desk.orders
    sent = [out for out in desk.sent if hasattr(out, "order")]
    desk.log.clear()
    desk.start()
    for message in sent:
        desk.core.apply(message)
    desk.step(desk.book.snapshot("simulator", desk.now_ns))
    assert desk.core._rt.book.orders[order.client_order_id].status == "created"
    assert desk.core._rt.book.frozen_cash_e4 > 0


def test_a_new_days_journal_begins_with_the_account_as_it_is_seen(tmp_path: Path) -> None:
    """Orders that risk has not answered yet, denied ones and those at the broker are all there after a kill."""
    desk = Desk(tmp_path, CODE)
    desk.open()
    desk.broker = desk.deny
    desk.run("10:30")
    desk.broker = desk.silent
    desk.run("11:00")
    assert not desk.core.at_rest, "an order waits: the day's journal goes on until it has ended"
    desk.pass_seconds(120)
    assert desk.core.at_rest
    before = state_of(desk.core._rt.book)
    assert [record["status"] for record in before["orders"].values()] == ["denied", "created"]
    carried = [wire.decode_message(wire.encode(event)) for event in desk.core.carry(desk.now_ns)]
    desk.start()
    for event in carried:
        desk.core.apply(event)
    assert state_of(desk.core._rt.book) == before

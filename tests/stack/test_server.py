"""``bullet-trade server`` on one desk and a strategy on another: the commands as they are typed on two machines."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.accounts import from_strategy
from common import host_os
from common.run import read_run
from common.settings import load
from tests.common.sockets import free_port_base
from tests.stack.books import Account, Books
from tests.stack.desk import DAY, WIDE, Desk, Live, until

FUND, BANK = "518880.XSHG", "600036.XSHG"
TRADES = f"""
def initialize(context):
    log.info("INITIALIZED")
    g.placed = 0
    run_daily(rest, "9:40")
    run_daily(trade, "every_bar")


def rest(context):
    order("{BANK}", 100, LimitOrderStyle(get_current_data()["{BANK}"].low_limit), wait_timeout=0)


def trade(context):
    g.placed += order("{FUND}", 100) is not None
    assert len(history(3, "1m", "close", ["{FUND}"])) == 3
"""

pytestmark = pytest.mark.skipif(host_os.WINDOWS, reason="sends POSIX signals to the command")


class Pair:
    """A desk that serves, and one whose strategy trades through it."""

    def __init__(self, new_desk: Callable[..., Desk]) -> None:
        self.port = free_port_base() + 1
        self.here = new_desk({**WIDE, "QMT_SERVER_LISTEN": "127.0.0.1", "QMT_SERVER_PORT": f"{self.port}"}, "server")
        self.server: Live | None = None
        self.new_desk = new_desk

    def serve(self, quotes: Path, *options: str) -> Live:
        self.server = server = self.here.serve("--date", DAY, "--quotes", str(quotes), *options)
        until(lambda: "远程服务启动" in server.said or server.process.poll() is not None, "the server is up")
        assert server.process.poll() is None, server.report()
        return server

    def away(self, name: str = "away", token: str = "") -> Desk:
        assert self.server is not None
        words = [line for line in self.server.said.splitlines() if line.startswith("QMT_SERVER_TOKEN=")]
        found = token or words[0].partition("=")[2]
        desk = self.new_desk({"QMT_SERVER_PORT": f"{self.port}", "QMT_SERVER_TOKEN": found}, name)
        desk.broker = "qmt-remote"
        return desk


@pytest.fixture
def pair(new_desk: Callable[..., Desk]) -> Pair:
    return Pair(new_desk)


def seen_by_strategy(desk: Desk) -> Account:
    """What the strategy's own book says, from its journal."""
    settings = load(None, {}, {"RUNTIME_DIR": str(desk.runtime)}).settings
    snapshot = from_strategy(read_run(desk.runtime / "run.json"), settings)
    return Account(snapshot.cash_e4, {one.symbol: one.qty for one in snapshot.holdings if one.qty})


def test_a_day_through_a_server_and_the_books_of_both_sides_are_equal(pair: Pair, short_day: Path) -> None:
    server = pair.serve(short_day)
    away = pair.away()
    live = away.live(away.strategy("remote", TRADES))
    assert "交易日结束" in live.finish()
    assert "核对一致" in server.finish() and "账户概况" in server.said
    kept = {**Books(pair.here.runtime).kept(), "strategy": seen_by_strategy(away)}
    assert len(set(map(repr, kept.values()))) == 1, kept
    assert kept["strategy"].held[FUND] >= 20_000
    token = away.folder.joinpath(".env").read_text(encoding="utf-8").partition("TOKEN=")[2].split()[0]
    told = [path for path in pair.here.folder.rglob("*") if path.is_file() and path.name != "server-0.out"]
    assert not [path for path in told if token.encode() in path.read_bytes()]


def test_commands_from_another_machine(pair: Pair, short_day: Path) -> None:
    pair.serve(short_day, "--speed", "1@09:41-09:59")
    away = pair.away()
    live = away.live(away.strategy("remote", TRADES))
    pair.here.until_market(live, "09:41:03")
    assert "服务端" in away.run("status") and "缺少" not in away.run("status")
    assert BANK in away.run("orders") and FUND in away.run("fills") and FUND in away.run("positions")
    assert away.run("orders", "--day", DAY) == away.run("orders")
    assert "已暂停" in away.run("halt", "--cancel-open") and "没有暂停" in away.run("resume")
    assert "OK" in away.run("reconcile")
    assert "NO_STRATEGY" in pair.here.run("reload", "--runtime-dir", "rt", code=1)
    assert "策略文件没有变化" in away.run("reload", "--runtime-dir", "rt")
    assert "已撤" in away.run("orders")
    assert "IN_USE" in second_of_its_name(pair)
    live.process.send_signal(signal.SIGINT)
    assert live.wait() == 130 and "柜台上没有挂单" in live.said, live.report()
    assert "没有运行" not in away.run("status", code=1), "the server is there without the strategy"
    away.run("stop", code=1)
    assert "已停止" in pair.here.run("stop", "--runtime-dir", "rt")
    assert "PORT_CLOSED" in away.run("orders", code=1)


def second_of_its_name(pair: Pair) -> str:
    """A strategy of the name that trades already is refused, on whichever machine."""
    other = pair.away("other")
    again = other.live(other.strategy("remote", TRADES))
    assert again.wait(30) == 1, again.report()
    return again.said


def test_a_client_waits_for_its_server(pair: Pair, short_day: Path) -> None:
    early = pair.new_desk({"QMT_SERVER_PORT": f"{pair.port}", "QMT_SERVER_TOKEN": "a word for both"}, "early")
    early.broker = "qmt-remote"
    live = early.live(early.strategy("remote", TRADES), "--wait")
    until(lambda: "PORT_CLOSED" in live.said, "it says what it waits for")
    server = pair.serve(short_day, "--token", "a word for both")
    until(lambda: "INITIALIZED" in live.log_of("strategy.remote"), "it trades")
    assert live.said.count("PORT_CLOSED") == 1
    server.process.send_signal(signal.SIGTERM)
    server.wait()

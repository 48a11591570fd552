"""docs/going-live.md with a terminal: dry_run sends it nothing, the first real order rests there and is cancelled."""

import json
import re
from pathlib import Path

import pytest

from tests.stack.desk import ROOT, Live, until
from tests.stack.qmt_desk import QmtDesk, open_town

GOING_LIVE = ROOT / "docs" / "going-live.md"

pytestmark = pytest.mark.slow


def first_order(desk: QmtDesk) -> Path:
    """The strategy as the page has it."""
    found = re.search(r"```python\n(.*?)^ *```", GOING_LIVE.read_text(encoding="utf-8"), re.S | re.M)
    assert found is not None
    return desk.strategy("first_order", "\n".join(line[3:] for line in found[1].splitlines()))


def checks(desk: QmtDesk) -> dict[str, tuple[str, str]]:
    told = json.loads(desk.run("doctor", "--json", "--broker", "qmt"))
    return {row["code"]: (row["verdict"], row["text"]) for row in told["checks"]}


def until_accepted(desk: QmtDesk, live: Live) -> None:
    def is_there() -> bool:
        assert live.process.poll() is None, live.report()
        return live.process.poll() is None and "已受理 accepted" in orders(desk)

    until(is_there, "the first order rests")


def orders(desk: QmtDesk) -> str:
    try:
        return desk.run("orders")
    except AssertionError:  # it has not come up yet
        return ""


def test_the_first_real_order(tmp_path: Path) -> None:
    with open_town(tmp_path) as desk:
        live = desk.live(first_order(desk))
        until_accepted(desk, live)
        assert "[真实交易] qmt · 账户 main · 策略 first_order" in live.said
        assert "foreign" not in orders(desk)
        [call] = desk.order_calls()
        assert call["remark"] in orders(desk)

        until(lambda: checks(desk)["QMT_REMARK"][0] == "ok", "doctor hears of the order")
        found = checks(desk)
        for code in ("STACK", "QUOTES_FEED", "QMT_CONNECT", "QMT_ACCOUNT", "CLOCK", "BUS_PORTS", "RUNTIME_STAMP"):
            assert found[code][0] == "ok", (code, found[code])

        assert "账户 main：交易已暂停：由" in desk.run("halt", "--cancel-open", "--why", "第一笔")
        until(lambda: "已撤 cancelled" in orders(desk), "it is cancelled at the terminal")
        assert desk.terminal.books()["orders"][0]["order_status"] == 54
        assert "账户 main：交易正常，没有暂停" in desk.run("resume")
        assert "与柜台一致 OK" in desk.run("reconcile")
        assert "柜台上没有挂单" in desk.run("stop")


def test_dry_run_shows_everything_and_sends_nothing(tmp_path: Path) -> None:
    with open_town(tmp_path, "dry_run") as desk:
        live = desk.live(first_order(desk))
        until_accepted(desk, live)
        for line in (
            "[模拟撮合] qmt · 账户 main · 策略 first_order",
            "资金账号 main = ",
            "行情 qmt 实时行情 · 按当前时间运行",
        ):
            assert line in live.said
        found = checks(desk)
        assert found["QUOTES_FEED"][0] == "ok" and found["QMT_CONNECT"][0] == "unknown"
        assert "委托由模拟撮合，不会发到柜台" in found["LIVE_MODE"][1]
        desk.run("halt", "--cancel-open", "--why", "演练")
        until(lambda: "已撤 cancelled" in orders(desk), "it is cancelled")
        desk.run("stop")
        assert desk.terminal.calls() == []

"""The back-end as its owner sees it: what stops a start, lines beside each other, the end of a process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from common import messages as m
from common.errors import BrokerError, ConfigError
from common.host_os import alive
from common.settings import load
from services.gateway.brokers.qmt import QmtAccount, QmtBroker, QmtConfig, config_of
from services.gateway.brokers.qmt.broker import check_folder
from tests.qmt.handle import Terminal, wait_until
from tests.services.gateway.brokers.qmt.conftest import QUICK, Open
from tests.services.gateway.brokers.qmt.stage import CALENDAR
from tests.services.gateway.brokers.qmt.teller import Teller, resting, trades

ROOT = Path(__file__).resolve().parents[5]


def account(path: Path, kind: str = "stock", alias: str = "main") -> QmtAccount:
    return QmtAccount(alias, "123456", kind, str(path))


def start_of(*accounts: QmtAccount) -> None:
    QmtBroker(accounts, QmtConfig(calendar=CALENDAR), lambda: None, lambda text: None).start()


class TestWhatStopsAStart:
    def test_no_such_path(self, wheel: None, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"QMT_DATA_PATH=.*不存在.*userdata_mini"):
            start_of(account(tmp_path / "nowhere"))

    def test_the_folder_above(self, wheel: None, tmp_path: Path) -> None:
        (tmp_path / "userdata_mini").mkdir()
        with pytest.raises(ConfigError, match=r"是安装目录：请填其中的 .*userdata_mini"):
            start_of(account(tmp_path))

    def test_a_folder_that_cannot_be_written(self, tmp_path: Path) -> None:
        """Who builds as the superuser may write everywhere, so the trying is made up."""

        def refuse(path: Path) -> None:
            raise PermissionError(13, "Permission denied", str(path))

        with pytest.raises(ConfigError, match=r"不可写.*管理员"):
            check_folder(tmp_path, account(tmp_path), refuse)

    def test_an_account_type_that_is_not_traded(self, wheel: None, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"future 暂不支持.*stock、credit"):
            start_of(account(tmp_path, "future"))

    def test_one_account_under_two_names(self, wheel: None, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"hedge"):
            start_of(account(tmp_path), account(tmp_path, alias="hedge"))

    @pytest.mark.parametrize(("missing", "said"), [("xtquant", "pip install"), ("xtquant.xtpythonclient", "Windows")])
    def test_no_sdk(self, missing: str, said: str) -> None:
        """In a process of its own, since an import cannot be undone."""
        code = (
            "import sys\n"
            f"class Gone:\n    def find_spec(self, name, *more):\n        if name == {missing!r}:\n"
            "            raise ModuleNotFoundError(name, name=name)\n"
            "sys.meta_path.insert(0, Gone())\n"
            "from services.gateway.brokers.qmt.sdk import Sdk\nfrom common.errors import ConfigError\n"
            "try:\n    Sdk()\nexcept ConfigError as e:\n    sys.stdout.buffer.write(str(e).encode())\n"
        )
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
        assert said in done.stdout.decode()


def test_the_package_needs_no_sdk() -> None:
    code = "import sys, services.gateway.brokers.qmt; sys.exit('xtquant' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_importing_the_sdk_asks_no_network(wheel: None) -> None:
    code = (
        "import sys\nfrom tests.qmt import stand_ins\nstand_ins.install()\ndel sys.modules['requests']\n"
        "import socket\ndef no(*a, **k): sys.exit('a socket')\nsocket.getaddrinfo = socket.create_connection = no\n"
        "from services.gateway.brokers.qmt.sdk import Sdk\nSdk()\nsys.exit('requests' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_versions_are_told_at_the_start(open_teller: Open, terminal: Terminal) -> None:
    program = terminal.path.parent / "bin.x64" / "XtMiniQmt.exe"
    assert "无法读取" in open_teller(ready=False).notes[1]
    program.parent.mkdir()
    program.touch()
    wheel, installed = open_teller(ready=False).notes
    assert "xtquant 250807.1.2" in wheel and "XtMiniQmt.exe" in installed


def test_answers_do_not_wait_behind_pushes(open_teller: Open) -> None:
    """The wrapper's relaxed mode gives queries a thread of their own (xtquant 4.2)."""
    worker = open_teller().broker._lines[0]._worker
    assert worker is not None and worker._instance._trader.relaxed_resp_order_enabled


class TestReadingOnly:
    def test_it_sees_the_account(self, open_teller: Open, terminal: Terminal) -> None:
        teller = open_teller(read_only=True)
        assert any(h.symbol == "600036.XSHG" for h in teller.day().holdings)
        order_id = terminal.hand_order("123456", "600000.SH", "buy", 100, 9.5)
        teller.until(lambda: any(o.venue_order_id.endswith(f"-{order_id}") for o in teller.of(m.BrokerOrder)), "order")

    def test_it_takes_no_order_and_no_cancel(self, open_teller: Open, terminal: Terminal) -> None:
        teller = open_teller(read_only=True)
        before = terminal.calls()
        with pytest.raises(AssertionError):
            teller.order()
        with pytest.raises(AssertionError):
            teller.cancel("a", "20261120-1")
        assert terminal.calls() == before


class TestTwoTerminals:
    def test_one_that_hangs_does_not_stop_the_other(
        self, open_teller: Open, terminal: Terminal, tmp_path: Path
    ) -> None:
        with Terminal(tmp_path, {"777777": 500_000.0}, quotes=False, clock=terminal.clock, **QUICK) as other:
            accounts = (account(terminal.path), QmtAccount("hedge", "777777", "stock", str(other.path)))
            teller = open_teller(accounts=accounts, call_s=1.0)
            other.knob("hang", ["all"])
            other.knob("connect_hang", True)
            teller.broker.request(m.AskBroker("hedge"))
            key, order_id = resting(teller)
            trades(teller, key, order_id)
            teller.until(lambda: teller.is_down("hedge"), "down")
            trades(teller, *resting(teller))
            assert teller.is_up("main") and teller.day("main").fills


class TestTheEnd:
    def test_when_too_much_hangs_the_owner_is_told_to_end_the_process(
        self, open_teller: Open, terminal: Terminal
    ) -> None:
        teller = open_teller(stuck_max=1)
        terminal.knob("stop_hangs", True)
        terminal.drop()
        teller.until(teller.is_down, "down")
        teller.until(teller.is_up, "up")
        terminal.drop()

        def gave_up() -> bool:
            try:
                teller.broker.reports()
            except BrokerError as e:
                return "守护程序" in str(e)
            return False

        wait_until(gave_up)

    def test_closing_lets_go_of_the_session(self, open_teller: Open, terminal: Terminal) -> None:
        teller = open_teller()
        teller.close()
        assert terminal.sessions() == []
        again = Teller(terminal, session_id=7000).ready()
        again.close()

    def test_a_process_with_a_hanging_instance_can_still_end(self, terminal: Terminal, wheel: None) -> None:
        """What hangs is left behind: neither the threads of ours nor the SDK's keep the interpreter."""
        code = (
            "import sys\nfrom tests.qmt import stand_ins\nstand_ins.install()\n"
            "from services.gateway.brokers.qmt import *\nfrom common.calendar import load\nimport time\n"
            f"a = QmtAccount('main', '123456', 'stock', {str(terminal.path)!r})\n"
            "c = QmtConfig(calendar=load(), session_id=7100, call_ns=10**8)\n"
            "b = QmtBroker((a,), c, lambda: None, lambda text: None)\n"
            "b.start()\nwhile not b.reports(): time.sleep(0.01)\nb.close()\n"
        )
        terminal.knob("hang", ["subscribe"])
        terminal.knob("stop_hangs", True)
        child = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
        assert child.wait(timeout=60) == 0 and not alive(child.pid)


def test_settings_become_its_config() -> None:
    given = {"QMT_SESSION_ID": "4711", "QMT_MARKET_ORDERS": "market", "QMT_CALL_TIMEOUT": "3"}
    config = config_of(load(None, given, {}).settings, CALENDAR)
    assert (config.session_id, config.market_types, config.call_ns) == (4711, True, 3 * 10**9)

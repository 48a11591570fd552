"""The pages for a trader say what the program does: every check is listed, what is to be typed can be typed."""

import ast
import codeop
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli import supervise
from common.clock import monotonic_ns, sleep
from tests.qmt.handle import Terminal

ROOT = Path(__file__).resolve().parents[2]
WINDOWS = ROOT / "docs" / "windows.md"
GOING_LIVE = ROOT / "docs" / "going-live.md"
PLACES = {f"{place}{what}" for place in ("RUNTIME_DIR", "LOG_DIR") for what in ("", "_DISK", "_INODES")}


def python_blocks(page: Path) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return [textwrap.dedent(found[2]) for found in re.finditer(r"^( *)```python\n(.*?)^\1```", text, re.S | re.M)]


def codes() -> set[str]:
    """Every code that a check of ``doctor`` gives by name, and those of the two folders."""
    found = set(PLACES)
    for path in (ROOT / "cli").glob("doctor_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                first = node.args[0]
                named = isinstance(first, ast.Constant) and isinstance(first.value, str)
                if node.func.id in ("ok", "warn", "fail", "unknown") and named:
                    found.add(first.value)
    return found


def test_every_check_is_explained_and_no_other() -> None:
    listed = re.findall(r"^\| (`[A-Z].*?) \|", WINDOWS.read_text(encoding="utf-8"), re.M)
    assert {code for row in listed for code in re.findall(r"`([A-Z_]+)`", row)} == codes()


@pytest.mark.parametrize("page", [WINDOWS, GOING_LIVE], ids=lambda page: page.stem)
def test_what_is_python_compiles(page: Path) -> None:
    for block in python_blocks(page):
        compile(block, page.name, "exec")


def test_the_steps_can_be_pasted_line_by_line() -> None:
    """At the prompt a block ends with a blank line: without one the next line is refused."""
    for block in python_blocks(WINDOWS)[1:]:
        waiting: list[str] = []
        for line in [*block.splitlines(), ""]:
            waiting.append(line)
            if codeop.compile_command("\n".join(waiting), "<prompt>") is not None:
                waiting.clear()
        assert not waiting, block


@pytest.mark.slow
def test_the_steps_run_on_the_vendors_wrapper(tmp_path: Path) -> None:
    """Those that only read, and the orders of steps 2 and 5, over the fake terminal."""
    blocks = python_blocks(WINDOWS)
    prelude, objects, remark, orders, empty = (blocks[at] for at in (0, 1, 2, 3, 4))
    (tmp_path / "terminal-report").mkdir()
    with Terminal(tmp_path / "国金 QMT") as terminal:
        told = {
            'r"D:\\国金QMT交易端\\userdata_mini"': repr(str(terminal.path)),
            "你的资金账号": "123456",
            "terminal-report\\": "terminal-report/",
            '"600000.SH", 0.0': '"600000.SH", 9.0',
            "r'": "'",
        }
        code = "\n".join([prelude, objects, remark, orders, empty, "trader.stop()"])
        for written, here in told.items():
            code = code.replace(written, here)
        ran = [sys.executable, "-c", code]
        done = subprocess.run(ran, env=terminal.env, cwd=tmp_path, capture_output=True, timeout=120, check=False)
        sent = [call for call in terminal.calls() if call["op"] == "orderStock"]
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    assert done.stdout.decode("utf-8").startswith("connect 0 ")
    assert len(sent) == 6
    reports = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "terminal-report").iterdir()}
    assert {"01-objects.jsonl", "02-remark.jsonl", "05-orders.jsonl"} <= set(reports)
    assert not any("123456" in text for text in reports.values())
    assert "on_stock_order" in reports["05-orders.jsonl"] and "m_dCash" in reports["01-objects.jsonl"]


Said = Callable[..., str]
FAR_NS = 60_000_000_000


@pytest.fixture
def bullet_trade(desk: Path) -> Iterator[Said]:
    """Runs the command in the desk's folder and returns all it said; what still runs is taken down."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "COLUMNS": "300"}

    def run(*words: str) -> str:
        command = [sys.executable, "-m", "cli", *words]
        done = subprocess.run(command, env=environ, cwd=desk, capture_output=True, timeout=200, check=False)
        return " ".join((done.stdout + done.stderr).decode("utf-8").split())

    yield run
    for folder in ("runtime", "runtime-first"):
        if pid := supervise.pid_of(desk / folder):
            supervise.end(desk / folder, pid)


def shown_lines() -> list[str]:
    """What the page says is to be seen, as far as no terminal is needed for it."""
    text = GOING_LIVE.read_text(encoding="utf-8")
    blocks = [found[2].splitlines() for found in re.finditer(r"^( *)```text\n(.*?)^\1```", text, re.S | re.M)]
    lines = [line.strip() for block in blocks for line in block]
    return [line for line in lines if not re.search(r"\bqmt\b|资金账号 main", line)]


@pytest.mark.slow
def test_what_is_to_be_seen_is_what_is_printed(desk: Path, bullet_trade: Said) -> None:
    (desk / "first_order.py").write_text(python_blocks(GOING_LIVE)[0], encoding="utf-8")
    day, slow = ("--date", "2026-11-20"), ("--speed", "1@09:30-14:57")
    said = [bullet_trade("live", str(ROOT / "strategies" / "demo_strategy.py"), *day)]
    said.append(bullet_trade("live", "first_order.py", *day))
    first = ("--runtime-dir", "runtime-first")
    said.append(bullet_trade("live", "first_order.py", *day, *slow, *first, "--detach"))
    end_ns = monotonic_ns() + FAR_NS
    while "已受理 accepted" not in (orders := bullet_trade("orders")):
        assert monotonic_ns() < end_ns, orders
        sleep(0.2)
    assert orders.count("600000.XSHG") == 1, "it orders once"
    said.append(bullet_trade("halt", "--cancel-open", "--why", "演练"))
    end_ns = monotonic_ns() + FAR_NS
    while "已撤 cancelled" not in (orders := bullet_trade("orders")):
        assert monotonic_ns() < end_ns, orders
        sleep(0.2)
    said += [orders, bullet_trade("risk"), bullet_trade("resume"), bullet_trade("reconcile")]
    assert "与柜台一致 OK" in said[-1]
    assert "柜台上没有挂单" in bullet_trade("stop", *first)
    everything = "\n".join(said)
    assert len(shown_lines()) >= 9
    for line in shown_lines():
        wanted = re.escape(" ".join(line.replace("main", "sim").split())).replace("…", ".*")
        assert re.search(wanted, everything), f"{line}\n{everything}"

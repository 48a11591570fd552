"""An editor finds every name and attribute of the example strategies, with `from jqdata import *` and without."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
UNKNOWN = {"reportUndefinedVariable", "reportAttributeAccessIssue", "reportMissingImports", "reportUnboundVariable"}
PROBE = """
from jqdata import *
from jqlib.technical_analysis import *


def initialize(context: Context) -> None:
    reveal_type(get_price)
    reveal_type(MACD)
    reveal_type(context.portfolio.positions["x"].hold_cost)
    reveal_type(order("x", 1))
    reveal_type(get_current_tick(["x"]))
    no_such_name()


def handle_tick(context: Context, tick: Tick) -> None:
    reveal_type(tick.a1_p)
"""
INJECTED = """
def initialize(context):
    reveal_type(np.zeros(3))
    g.day = datetime.date.today() + timedelta(1)
    run_daily(nothing_here, 'open')
"""


def told_by_pyright(folder: Path) -> list[dict[str, Any]]:
    """What it says of the examples and of what lies in this folder, as the editor sees our own configuration."""
    files = [str(ROOT / "strategies"), str(ROOT / "tests" / "strategies"), str(folder)]
    config = {"include": files, "stubPath": str(ROOT / "configs" / "typings"), "extraPaths": [str(ROOT)]}
    (folder / "pyrightconfig.json").write_text(json.dumps(config), encoding="utf-8")
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, "-p", str(folder)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", timeout=280)
    told: list[dict[str, Any]] = json.loads(done.stdout)["generalDiagnostics"]
    return told


@pytest.mark.skipif(shutil.which("node") is None, reason="pyright needs node")
def test_names_and_attributes_resolve(tmp_path: Path) -> None:
    (tmp_path / "probe.py").write_text(PROBE, encoding="utf-8")
    (tmp_path / "injected.py").write_text(INJECTED, encoding="utf-8")
    told = told_by_pyright(tmp_path)
    unknown = [one["message"] for one in told if one.get("rule") in UNKNOWN]
    assert sorted(unknown) == ['"no_such_name" is not defined', '"nothing_here" is not defined'], unknown
    shown = {one["message"] for one in told if one["severity"] == "information"}
    assert len(shown) == 7 and not [said for said in shown if "Unknown" in said], shown
    assert 'Type of "tick.a1_p" is "float"' in shown
    assert 'Type of "get_current_tick(["x"])" is "dict[str, Tick | None]"' in shown

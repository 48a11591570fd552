"""An editor finds every name of `from jqdata import *` and every attribute, on the example strategies."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROBE = """
from jqdata import *
from jqlib.technical_analysis import *


def initialize(context: Context) -> None:
    reveal_type(get_price)
    reveal_type(MACD)
    reveal_type(context.portfolio.positions["x"].hold_cost)
    reveal_type(order("x", 1))
    no_such_name()
"""


@pytest.mark.slow
def test_names_and_attributes_resolve(tmp_path: Path) -> None:
    probe = tmp_path / "probe.py"
    probe.write_text(PROBE, encoding="utf-8")
    files = [*sorted((ROOT / "strategies").glob("*.py")), probe]
    command = [sys.executable, "-m", "mypy", "--config-file=", "--ignore-missing-imports", "--check-untyped-defs"]
    command += ["--cache-dir", str(tmp_path / "cache"), "--no-error-summary", *map(str, files)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=280)
    told = done.stdout.splitlines()
    unknown = [line for line in told if "[name-defined]" in line or "[attr-defined]" in line]
    assert len(unknown) == 1 and "no_such_name" in unknown[0], done.stdout
    shown = [line for line in told if "Revealed type" in line]
    assert len(shown) == 4 and 'Revealed type is "Any"' not in "".join(shown) and "float" in shown[2], shown

"""Pandas is there before the first callback of a strategy that will need it, and never for one that will not."""

import os
import subprocess
import sys
from pathlib import Path

SEEN = """
import sys
import jqdata
from jqdata.preload import load_for

names = jqdata.namespace()
for text in sys.argv[1:]:
    load_for(compile(text, "strategy.py", "exec"), names)
    print("pandas" in sys.modules)
"""
ORDERS = "def handle_data(context, data):\n    order('600000.XSHG', len(get_open_orders()))\n"
READS = "import jqdata as jq\n\ndef run(context):\n    return [jq.attribute_history(code, 5) for code in g.codes]\n"


def test_pandas_comes_with_the_functions_that_hand_out_frames() -> None:
    root = Path(__file__).resolve().parents[2]
    ran = subprocess.run(
        [sys.executable, "-c", SEEN, ORDERS, READS],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        check=True,
    )
    assert ran.stdout.decode().split() == ["False", "True"]

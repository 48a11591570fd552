"""The tool that runs a folder of strategy files nobody here wrote."""

import subprocess
import sys
from pathlib import Path

GOOD = """
def initialize(context):
    run_daily(buy, "open")

def buy(context):
    df = get_fundamentals(query(valuation.code).filter(valuation.code.in_(get_index_stocks("000300.XSHG"))).limit(1))
    order(df["code"][0], 100)
    g.listed = get_billboard_list(count=1)["net_value"]
"""
OLD = "def initialize(context):\n    print 'hello'\n"
BAD = "def initialize(context):\n    inout_cash(100)\n"


def test_each_file_of_a_folder_is_checked_and_run(tmp_path: Path) -> None:
    for name, text in (("good", GOOD), ("old", OLD), ("bad", BAD)):
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "tests.outside", str(tmp_path), "--days", "2"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 1, done.stderr
    bad, good, old = done.stdout.split(".py\n")[1:]
    assert "有不支持的名称：inout_cash（第 2 行）" in bad and "运行：出错" in bad and "NotSupported" in bad
    assert "需要数据源" in good and "运行：通过，委托 2 笔" in good
    assert "不能读取" in old and "第 2 行" in old and "共 3 个文件" in old

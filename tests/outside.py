"""Runs strategy files that nobody here wrote: ``python -m tests.outside FOLDER`` checks each and runs it for some days.

The market is made up and knows the codes that a file names; a provider has a plausible row of whatever is asked for.
Each file has a process of its own and a time limit. What is printed is Chinese, as a user reads it.
"""

import argparse
import ast
import json
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from cli.check_uses import Uses
from common import messages as m
from common.beijing import day_of
from common.errors import ConfigError
from common.instruments import limit_prices_e4
from common.symbols import UnknownSymbol
from jqdata.registry import Support
from services.strategy.loader import compiled
from tests.outside_rows import PlausibleRows
from tests.services.strategy import market_desk
from tests.services.strategy.market_desk import KINDS, THURSDAY, MarketDesk

_MORE = """000001.XSHG 399006.XSHE 399101.XSHE 000905.XSHG 511880.XSHG 511010.XSHG 000002.XSHE 000651.XSHE 000858.XSHE
002415.XSHE 002475.XSHE 002594.XSHE 300015.XSHE 300059.XSHE 600000.XSHG 600030.XSHG 600276.XSHG 600519.XSHG
601899.XSHG 603288.XSHG 688111.XSHG"""
_INDEX = re.compile(r"000\d{3}\.XSHG|399\d{3}\.XSHE")
_HISTORY = 300  # days


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.outside", description="检查并试运行一个文件夹里的策略文件")
    options.add_argument("folder", type=Path, help="文件夹，或一个 .py 文件")
    options.add_argument("--days", type=int, default=3, help="模拟几个交易日，默认 3")
    options.add_argument("--seconds", type=float, default=120, help="每个文件最多运行多少秒，默认 120")
    options.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.one:
        print(json.dumps(ran(chosen.folder, chosen.days), ensure_ascii=False))
        return 0
    files = sorted(chosen.folder.glob("**/*.py")) if chosen.folder.is_dir() else [chosen.folder]
    counts: Counter[str] = Counter()
    for path in files:
        verdict, said = checked(path)
        outcome = {"ended": "未运行", "errors": []} if verdict == "不能读取" else in_a_process(path, chosen)
        counts[f"检查 {verdict}"] += 1
        counts[f"运行 {outcome['ended']}"] += 1
        print(f"{path.name}\n    检查：{verdict}{said}\n    运行：{outcome['ended']}{_figures(outcome)}")
        for line in outcome["errors"]:
            print(f"        {line}")
    print(f"共 {len(files)} 个文件；" + "，".join(f"{what} {number}" for what, number in sorted(counts.items())))
    return int(counts["运行 通过"] != len(files))


def checked(path: Path) -> tuple[str, str]:
    """What `bullet-trade check` finds, in a word, and which names do not work here."""
    try:
        source = compiled(path, path.read_bytes())
    except ConfigError as error:
        return "不能读取", f"：{error}"
    uses = Uses(ast.parse(source.text), path.parent).all()
    refused = [f"{use.name}（第 {use.line} 行）" for use in uses if use.row.support is Support.NO]
    if refused:
        return "有不支持的名称", "：" + "、".join(refused[:12])
    return ("需要数据源" if any(use.row.support is Support.PROVIDER for use in uses) else "全部支持"), ""


def in_a_process(path: Path, chosen: argparse.Namespace) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.outside", str(path), "--one", "--days", str(chosen.days)]
    try:
        done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=chosen.seconds, check=False)
    except subprocess.TimeoutExpired:
        return {"ended": "超时", "errors": []}
    if done.returncode:
        return {"ended": "进程失败", "errors": done.stderr.strip().splitlines()[-1:]}
    outcome: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return outcome


def ran(path: Path, days: int) -> dict[str, Any]:
    """How many orders it gave in so many days, which rules they broke, and the first line of each error."""
    code = path.read_text(encoding="utf-8")
    know([*re.findall(r"\d{6}\.XSH[GE]", code), *_MORE.split()])
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        try:
            desk = MarketDesk(Path(folder), code, data_provider="local")
        except ConfigError as error:
            return {"ended": "不能启动", "errors": [str(error).replace(folder, "")]}
        desk.provider = PlausibleRows(lambda: [code for code, (kind, _) in KINDS.items() if kind == "stock"])
        desk.open()
        for _ in range(days - 1):
            desk.next_day()
        desk.end_day()
        failed = [text.split("\nTraceback")[0] for level, _, text in desk.log if level == "error"]
    errors = list(dict.fromkeys([*failed, *(f"违反交易规则 {said}" for said in desk.checks)]))
    ended = "出错" if errors else "通过"
    return {"ended": ended, "errors": errors, "orders": len(desk.orders), "seconds": time.monotonic() - began}


def know(codes: list[str]) -> None:
    """The made-up market lists these codes too, and has bars of more days; what is no code is left out."""
    market_desk.DAYS_KEPT = _HISTORY
    market_desk.bars_of = _bars_of
    for code in codes:
        is_index, is_fund = bool(_INDEX.fullmatch(code)), code[0] in "15"
        try:
            limit_prices_e4(code, 100_000, THURSDAY)
        except UnknownSymbol:
            if not is_index:
                continue
        kind = "index" if is_index else "etf" if is_fund else "stock"
        KINDS.setdefault(
            code, (kind, {"index": 35_000_000, "etf": 15_000, "stock": 100_000}[kind] + int(code[:6]) % 97 * 100)
        )


_of_the_market = market_desk.bars_of


def _bars_of(symbol: str, asked: m.GetBars, now_ns: int) -> m.BarColumns:
    """None before the calendar begins."""
    if (day_of(asked.end_ns or now_ns) - market_desk.CALENDAR.first).days > 2 * _HISTORY:
        return _of_the_market(symbol, asked, now_ns)
    nothing = np.zeros(0, "<i8").tobytes()
    return m.BarColumns(symbol, *([nothing] * 8), b"")


def _figures(outcome: dict[str, Any]) -> str:
    return f"，委托 {outcome['orders']} 笔，{outcome['seconds']:.1f} 秒" if "orders" in outcome else ""


if __name__ == "__main__":
    sys.exit(main())

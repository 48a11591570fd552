"""``bullet-trade check``: what a strategy file uses of JoinQuant's API and what of it works here; nothing is run."""

from __future__ import annotations

import ast
from pathlib import Path

from rich.console import Console

from cli.check_uses import Use, Uses
from cli.refusal import EXIT_REFUSED, coded
from cli.screen import screen
from cli.tables import show, write_csv
from jqdata.registry import Support
from services.strategy.loader import read

HEADINGS = ("名称", "支持", "行", "说明")
SAID = {Support.YES: "支持", Support.PROVIDER: "需要数据源", Support.NO: "不支持"}
_LINES_SHOWN = 8


def check(path: Path, *, csv: bool) -> int:
    """The exit code: 1 where something is not supported."""
    with coded("BAD_STRATEGY"):
        source = read(path)
    uses = Uses(ast.parse(source.text), path.parent).all()
    rows = table_of(uses, csv=csv)
    if csv:
        write_csv(HEADINGS, rows)
    else:
        out = screen()
        show(out, f"{path.name} 用到的聚宽接口", HEADINGS, rows)
        _sum_up(out, uses)
    return EXIT_REFUSED if any(use.row.support is Support.NO for use in uses) else 0


def table_of(uses: list[Use], *, csv: bool = False) -> list[tuple[str, str, str, str]]:
    """One row a name: what does not work first, then what needs a provider, each in the order of the file."""
    by_name: dict[tuple[str, Support, str], list[int]] = {}
    for use in uses:
        lines = by_name.setdefault((use.name, use.row.support, _why(use)), [])
        if use.line not in lines:
            lines.append(use.line)
    order = [Support.NO, Support.PROVIDER, Support.YES]
    ranked = sorted(by_name.items(), key=lambda item: (order.index(item[0][1]), item[1][0]))
    most = len(uses) if csv else _LINES_SHOWN
    return [(name, SAID[support], _lines(lines, most), why) for (name, support, why), lines in ranked]


def _why(use: Use) -> str:
    if use.row.support is Support.PROVIDER:
        return f"需要{use.row.needs}：{use.row.provider}"
    return use.row.deviation


def _lines(lines: list[int], most: int) -> str:
    shown = " ".join(map(str, lines[:most]))
    return shown if len(lines) <= most else f"{shown} …共 {len(lines)} 处"


def _sum_up(out: Console, uses: list[Use]) -> None:
    names = {support: len({use.name for use in uses if use.row.support is support}) for support in Support}
    out.print(
        f"支持 {names[Support.YES]} 项，需要数据源 {names[Support.PROVIDER]} 项，不支持 {names[Support.NO]} 项"
        "（只读源码，不运行；推断不出类型的对象不检查其属性）"
    )

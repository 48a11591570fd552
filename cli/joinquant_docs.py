"""Writes ``docs/joinquant.md`` from the code: ``python -m cli.joinquant_docs > docs/joinquant.md`` or ``--check``."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from jqdata.registry import Name, Support, table
from jqdata.registry_attributes import KINDS, attributes
from jqdata.registry_names import callbacks

PAGE = Path(__file__).resolve().parent.parent / "docs" / "joinquant.md"
SAID = {Support.YES: "supported 支持", Support.PROVIDER: "provider 需要数据源", Support.NO: "no 不支持"}

_HEAD = """# JoinQuant's API here

Generated from the code by `python -m cli.joinquant_docs > docs/joinquant.md`; a test fails when this page is stale.

Every name is in a strategy's module before its first line runs, and can be imported from `jqdata` as well; names of
`jqlib`, `jqfactor` and `kuanke` are imported as on JoinQuant. `bullet-trade check FILE` lists what one file uses.

Without an import there are, too, `datetime` (the module), `timedelta`, `math`, `random`, `time`, `np`, `pd`, and
numpy's common functions by their bare names (`ones`, `isnan`, `array` …); `sum`, `any` and `all` are Python's, and
numpy's for a frame.

JoinQuant's pandas was older than any that is installed here. What files of its time do and today's pandas and numpy
refuse works in a strategy, on its own frames and on those of libraries: `frame.append(row)`, `.ix`, plain dates beside
timestamps, an axis by position, `np.NaN` … (all of it: `jqdata/older_pandas.py`). Pandas 3 is kept out: there
`frame['a'][rows] = x` changes a copy and nothing is said, and `series[-1]` is no position any more.

* **supported**: works as on JoinQuant, but for what the last column says.
* **provider**: needs data that no quotes' feed has; the last column names the data providers that have it, of which
  `DEFAULT_DATA_PROVIDER` chooses one (`docs/data.md`). Without one a call raises `NeedsProvider`, which says so too.
* **no**: a live stock account cannot do it; a call raises `NotSupported`.

{counts}
"""
_COLUMNS = "| name | support | what it is | needs · deviations 说明 |\n|---|---|---|---|"
_MANY = 60  # names of one module that need the same provider stand in one row


def page() -> str:
    """Return the whole page."""
    rows = list(table().values())
    counts = ", ".join(f"{sum(row.support is one for row in rows)} {one}" for one in Support)
    parts = [_HEAD.format(counts=f"Of {len(rows)} names: {counts}.")]
    parts += [_section(group, list(members)) for group, members in groupby(rows, lambda row: row.group)]
    parts.append(_section("回调 Callbacks", list(callbacks())))
    parts.append("## 属性 Attributes\n")
    parts += [_attributes(kind, shown) for kind, shown in KINDS.items()]
    return "\n".join(parts)


def main(arguments: list[str]) -> int:
    """Print the page, or with ``--check`` compare it with the one in docs; 1 when that is stale."""
    text = page()
    if arguments == ["--check"]:
        fresh = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text
        if not fresh:
            print("docs/joinquant.md is stale: python -m cli.joinquant_docs > docs/joinquant.md", file=sys.stderr)
        return 0 if fresh else 1
    sys.stdout.buffer.write(text.encode("utf-8"))
    return 0


def _section(group: str, rows: list[Name]) -> str:
    lines = []
    for (module, support, said), members in groupby(rows, lambda row: (row.module, row.support, _said(row))):
        names = list(members)
        if len(names) > 1 and (support is not Support.YES or len(names) > _MANY) and module:
            lines.append(_line(_span([row.name for row in names]), support, f"from `{module}`", said))
        else:
            lines += [_line(f"`{row.name}`", row.support, _what(row), said) for row in names]
    return "\n".join([f"## {group}\n", _COLUMNS, *lines, ""])


def _attributes(kind: str, shown: str) -> str:
    rows = list(attributes(kind))
    plain = [row.name for row in rows if row.support is Support.YES and not row.deviation]
    told = [f"`{row.name}`: {row.deviation}" for row in rows if row.support is Support.YES and row.deviation]
    lacking = [f"`{row.name}`: {row.deviation}" for row in rows if row.support is Support.NO]
    lines = [f"**`{shown}`** — " + " ".join(f"`{name}`" for name in plain)]
    lines += [f"; {'; '.join(told)}"] if told else []
    lines += [f". Not here: {'; '.join(lacking)}"] if lacking else []
    return "".join(lines) + ".\n"


def _line(name: str, support: Support, what: str, said: str) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in (name, SAID[support], what, said)) + " |"


def _said(row: Name) -> str:
    if row.support is not Support.PROVIDER:
        return row.deviation
    return " · ".join(part for part in (row.needs, row.provider, row.deviation) if part)


def _span(names: list[str]) -> str:
    """Alpha factors that follow each other from the first to the last; any others one by one."""
    if not all(name.startswith("alpha_") for name in names):
        return " ".join(f"`{name}`" for name in names)
    runs = [list(run) for _, run in groupby(enumerate(names), lambda at: int(at[1].removeprefix("alpha_")) - at[0])]
    return " ".join(f"`{run[0][1]}`" + (f" … `{run[-1][1]}`" if len(run) > 1 else "") for run in runs)


def _what(row: Name) -> str:
    """The first sentence of its docstring, with the arguments of a function."""
    if row in _CALLBACKS:
        return ""
    thing = getattr(importlib.import_module(row.module or "jqdata"), row.name)
    signature = f"`({_arguments(thing)})` " if inspect.isfunction(thing) else ""
    if not (inspect.isfunction(thing) or inspect.isclass(thing) or inspect.ismodule(thing)):
        return signature
    return signature + " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())


def _arguments(function: object) -> str:
    assert callable(function)
    return ", ".join(_shown(inspect.signature(function).parameters.values()))


def _shown(parameters: Iterable[inspect.Parameter]) -> Iterable[str]:
    for one in parameters:
        star = "**" if one.kind is one.VAR_KEYWORD else ""
        yield star + one.name + ("" if one.default is one.empty else f"={one.default!r}")


_CALLBACKS = list(callbacks())

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

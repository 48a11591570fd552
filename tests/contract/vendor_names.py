"""Every name of the vendor's that a file of ours uses, and whether the wheel has it (level 4).

What a name hangs on is told by how it is written: `self._trader.cancel_order_stock` is a method of the trader. A file
that spells it another way gets a row in RECEIVERS; a row that nothing in its files fits fails the test.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

Surface = dict[str, Any]


class Receiver(NamedTuple):
    """`spelling` (a regular expression) in files that fit `path` stands for a module, or a class `module.Class`."""

    path: str
    spelling: str
    of: str


RECEIVERS = (
    Receiver("*", r"(.*\.)?xtconstant", "xtconstant"),
    Receiver("*", r"(.*\.)?xttype", "xttype"),
    Receiver("*", r"(.*\.)?xttrader", "xttrader"),
    Receiver("*", r"(.*\.)?xtdata", "xtdata"),
    Receiver("services/gateway/brokers/qmt/*", r"trader|self\._trader", "xttrader.XtQuantTrader"),
    Receiver("services/gateway/brokers/qmt/*", r"(self\._)?sdk\.trader", "xttrader"),
    Receiver("services/gateway/brokers/qmt/*", r"(self\._)?sdk\.types", "xttype"),
    Receiver("services/gateway/quotes/feeds/xtdata*", r"sdk|self\._sdk|self\._ready\(\)", "xtdata"),
    Receiver("services/gateway/quotes/feeds/xtdata*", r"self\._client", "datacenter"),
)
# Set by the wrapper's `from … import *`, or held by its objects beside what their constructors show.
_BESIDE = {"xttrader.XtQuantTrader": {"oldloop"}, "xtdata": {"get_tabular_data"}}


def unknown(path: str, source: str, surface: Surface) -> list[str]:
    """One line for each use of a name, parameter or callback that the wheel does not have."""
    tree = ast.parse(source)
    said = [f"{path}:{line}: {what}" for line, what in sorted(_unknown(path, tree, surface))]
    return list(dict.fromkeys(said))


def met(path: str, source: str) -> set[Receiver]:
    """The rows that something in the file fits."""
    return {row for node in ast.walk(ast.parse(source)) for row, _ in _uses(path, node)}


def _unknown(path: str, tree: ast.Module, surface: Surface) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        for row, name in _uses(path, node):
            if name not in _names(row.of, surface):
                yield node.lineno, f"{row.of} has no {name}"
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("xtquant"):
            yield from _unknown_imports(node, surface)
        if isinstance(node, ast.Call):
            yield from _unknown_arguments(path, node, surface)
        if isinstance(node, ast.ClassDef) and "allback" in node.name:
            yield from _unknown_callbacks(node, surface)


def _uses(path: str, node: ast.AST) -> list[tuple[Receiver, str]]:
    """The rows an attribute, or `getattr(x, "name")`, is about; with the name."""
    match node:
        case ast.Attribute(value=owner, attr=name):
            pass
        case ast.Call(func=ast.Name(id="getattr"), args=[owner, ast.Constant(value=str(name)), *_]):
            pass
        case _:
            return []
    spelled = ast.unparse(owner)
    rows = [row for row in RECEIVERS if fnmatchcase(path, row.path) and re.fullmatch(row.spelling, spelled)]
    # A module's own name is no name within it: `xtquant.xtdata` hangs on the package.
    return [(row, name) for row in rows]


def _unknown_imports(node: ast.ImportFrom, surface: Surface) -> Iterator[tuple[int, str]]:
    module = (node.module or "").removeprefix("xtquant").lstrip(".")
    for alias in node.names:
        known = _names(module, surface) if module else set(surface["modules"])
        if alias.name not in known:
            yield node.lineno, f"xtquant.{module} has no {alias.name}" if module else f"xtquant has no {alias.name}"


def _unknown_arguments(path: str, node: ast.Call, surface: Surface) -> Iterator[tuple[int, str]]:
    for row, name in _uses(path, node.func):
        parameters = _parameters(row.of, name, surface)
        if parameters is None:
            continue
        for word in node.keywords:
            if word.arg and word.arg not in parameters:
                yield node.lineno, f"{row.of}.{name} has no parameter {word.arg}"
        if len(node.args) > len(parameters):
            yield node.lineno, f"{row.of}.{name} takes {len(parameters)} arguments, not {len(node.args)}"


def _unknown_callbacks(node: ast.ClassDef, surface: Surface) -> Iterator[tuple[int, str]]:
    """What is misspelt here is never called, and nobody says so."""
    known = surface["modules"]["xttrader"]["classes"]["XtQuantTraderCallback"]["methods"]
    for inner in ast.walk(node):
        match inner:
            case ast.FunctionDef(name=name) | ast.Attribute(value=ast.Name(id="self"), attr=name):
                if name.startswith("on_") and name not in known:
                    yield inner.lineno, f"XtQuantTraderCallback has no {name}"


def _names(of: str, surface: Surface) -> set[str]:
    if of == "datacenter":
        return set(surface["natives"]["datacenter"])
    module, _, owner = of.partition(".")
    found = surface["modules"][module]
    if owner:
        found = found["classes"][owner]
        return {*found["methods"], *found["fields"], *found["values"], *_BESIDE.get(of, ())}
    return {*found["functions"], *found["classes"], *found["values"], *_BESIDE.get(of, ())}


def _parameters(of: str, name: str, surface: Surface) -> list[str] | None:
    module, _, owner = of.partition(".")
    if module not in surface["modules"]:
        return None
    found = surface["modules"][module]
    if owner:
        own = found["classes"][owner]["methods"].get(name)
    elif name in found["classes"]:
        own = found["classes"][name]["methods"].get("__init__")
    else:
        own = ["self", *found["functions"][name]] if name in found["functions"] else None
    return None if own is None else [parameter.split("=")[0] for parameter in own[1:]]

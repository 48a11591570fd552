"""What the vendor's wheel offers, read off its sources without importing it: names, parameters, constants, fields."""

from __future__ import annotations

import ast
import zipfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

SNAPSHOT = Path(__file__).with_name("snapshot.json")
MODULES = ("xtconstant", "xttype", "xttrader", "xtdata", "xtconn", "xtdatacenter")
Surface = dict[str, Any]
_EXPRESSION = "(an expression)"


def installed() -> Surface | None:
    """The surface of the installed wheel; None where there is none."""
    spec = find_spec("xtquant")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(next(iter(spec.submodule_search_locations)))
    return surface(version("xtquant"), {name: (folder / f"{name}.py").read_bytes() for name in MODULES})


def of_wheel(path: Path) -> Surface:
    """The surface of a wheel that is not installed."""
    with zipfile.ZipFile(path) as wheel:
        return surface(path.name.split("-")[1], {name: wheel.read(f"xtquant/{name}.py") for name in MODULES})


def surface(release: str, sources: dict[str, bytes]) -> Surface:
    # Some of the files begin with a byte order mark.
    trees = {name: ast.parse(source.decode("utf-8-sig")) for name, source in sources.items()}
    modules = {name: _module(tree) for name, tree in trees.items()}
    for name in MODULES:
        if name != "xtconstant":
            # Tables of the vendor's own are no names that anybody could use.
            modules[name]["values"] = {k: v for k, v in modules[name]["values"].items() if _is_plain(v)}
    return {"release": release, "modules": modules, "natives": _natives(trees)}


def _module(tree: ast.Module) -> dict[str, Any]:
    return {
        "functions": {node.name: _parameters(node) for node in tree.body if isinstance(node, ast.FunctionDef)},
        "classes": {node.name: _class(node) for node in tree.body if isinstance(node, ast.ClassDef)},
        "values": dict(item for node in tree.body if isinstance(node, ast.Assign) for item in _values(node)),
    }


def _class(tree: ast.ClassDef) -> dict[str, Any]:
    methods = {node.name: _parameters(node) for node in tree.body if isinstance(node, ast.FunctionDef)}
    made = next((node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "__init__"), None)
    fields = sorted({field for node in ast.walk(made) for field in _own_field(node)}) if made else []
    aliases = dict(item for node in tree.body if isinstance(node, ast.Assign) for item in _values(node))
    return {"methods": methods, "fields": fields, "values": aliases}


def _own_field(node: ast.AST) -> list[str]:
    """The attribute an assignment to `self` sets."""
    match node:
        case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
            return [name]
    return []


def _parameters(node: ast.FunctionDef) -> list[str]:
    """["account", "price_type", "strategy_name=''"]: in order, with defaults as written."""
    names = [argument.arg for argument in node.args.args]
    defaults = [""] * (len(names) - len(node.args.defaults)) + [f"={ast.unparse(d)}" for d in node.args.defaults]
    return [name + default for name, default in zip(names, defaults, strict=True)]


def _values(node: ast.Assign) -> list[tuple[str, Any]]:
    """Name and value, of an alias the name it stands for."""
    try:
        value = ast.literal_eval(node.value)
    except ValueError:
        value = ast.unparse(node.value) if isinstance(node.value, ast.Name) else _EXPRESSION
    value = {str(k): v for k, v in value.items()} if isinstance(value, dict) else value
    if isinstance(value, set | tuple):
        value = sorted(value, key=str)
    return [(target.id, value) for target in node.targets if isinstance(target, ast.Name)]


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, int | float | str)


def _natives(trees: dict[str, ast.Module]) -> dict[str, list[str]]:
    """The names of the native modules that the wrappers use."""
    trader = {node.attr for node in ast.walk(trees["xttrader"]) if isinstance(node, ast.Attribute)}
    quotes = {
        node.attr
        for node in ast.walk(trees["xtdata"])
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("client", "cl", "get_client()", "__client")
    }
    return {
        "xtpythonclient": sorted(name for name in trader if name.endswith("WithSeq") or name.startswith("bindOn")),
        "datacenter": sorted(quotes),
    }

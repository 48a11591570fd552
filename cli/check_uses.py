"""What a strategy file uses of the API, line by line, and whether it works here; nothing of it is run."""

from __future__ import annotations

import ast
import builtins
import inspect
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import jqdata
from cli.check_kinds import Kinds
from cli.check_scopes import own_names
from jqdata.datasets import givers, spoken
from jqdata.factor_names import NEEDS, Source, input_of
from jqdata.libraries import lacking
from jqdata.registry import Name, Support, table
from jqdata.registry_attributes import KINDS, attribute
from jqdata.registry_names import callbacks
from jqdata.table_columns import NUMBERS, fields_of

_OURS = ("jqdata", "jqlib", "jqfactor", "kuanke")
_WHOLE_API = ("jqdata", "jqdata.apis", "kuanke.wizard", "kuanke.user_space_api")
_FACTOR = table()["jqfactor.Factor"]
_CALLBACKS = {row.name: row for row in callbacks()}
# What files from before Python 3 or pandas 1 call on any object; none of it is a name of today's dict, list or frame,
# nor among what jqdata/older_pandas.py puts back.
_GONE = {
    "has_key": "Python 3 没有 dict.has_key，请用 in",
    "itervalues": "Python 3 没有 itervalues，请用 values()",
    "iterkeys": "Python 3 没有 iterkeys，请用 keys()",
    "Panel": "新版 pandas 没有 Panel",
    "rolling_mean": "新版 pandas 没有 rolling_mean，请用 .rolling(n).mean()",
}
_GONE_NAMES = {"xrange": "range", "unicode": "str", "raw_input": "input", "unichr": "chr", "reduce": "functools.reduce"}


class Use(NamedTuple):
    """One use: ``name`` as the strategy writes it, ``row`` what is registered about it."""

    line: int
    name: str
    row: Name


class Uses:
    """Everything a module uses; ``found`` in no order."""

    def __init__(self, tree: ast.Module, folder: Path) -> None:
        """``folder`` is where the file lies: modules beside it can be imported."""
        self._tree, self._folder = tree, folder
        self._kinds = Kinds()
        self._kinds.learn(tree)
        self._own = own_names(tree)
        self._taken_names: set[str] = set()
        self._context_names = {
            node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        }
        self._names = {row.name: row for row in table().values() if not row.module}
        self._given = set(jqdata.namespace()) | set(dir(builtins)) | {"__file__", "__name__"}
        self._modules: dict[str, str] = {"jqdata": "jqdata"}
        self._knows_all_names = True

    def all(self) -> list[Use]:
        """In the order of the lines, each once."""
        found = [use for node in ast.walk(self._tree) if isinstance(node, ast.Import | ast.ImportFrom)
                 for use in self._imported(node)]  # fmt: skip
        for node in ast.walk(self._tree):
            found += self._used(node)
        return sorted(set(found), key=lambda use: (use.line, use.name))

    # -- imports -------------------------------------------------------------------------------------------------

    def _imported(self, node: ast.Import | ast.ImportFrom) -> Iterator[Use]:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from self._module(node.lineno, alias.name)
                if alias.name.partition(".")[0] in _OURS:
                    self._modules[alias.asname or alias.name] = alias.name
            return
        module = node.module or ""
        yield from self._module(node.lineno, module)
        for alias in node.names:
            if alias.name == "*":
                self._star(module)
            elif module.partition(".")[0] in _OURS:
                yield from self._taken(node.lineno, module, alias.name, alias.asname)

    def _star(self, module: str) -> None:
        if module.partition(".")[0] not in _OURS:
            self._knows_all_names = False
        elif module not in _WHOLE_API:
            self._names.update({row.name: row for row in table().values() if row.module == module})

    def _taken(self, line: int, module: str, name: str, alias: str | None) -> Iterator[Use]:
        row = table().get(name if module in _WHOLE_API else f"{module}.{name}")
        if row is not None:
            self._names[alias or name] = row
            self._taken_names.add(alias or name)
        elif any(row.module == f"{module}.{name}" for row in table().values()):
            self._modules[alias or name] = f"{module}.{name}"
        else:
            yield Use(line, f"{module}.{name}", _no("没有这个名称"))

    def _module(self, line: int, name: str) -> Iterator[Use]:
        top = name.partition(".")[0]
        if top in _OURS or top in sys.stdlib_module_names or self._is_beside(top):
            return
        try:
            found = find_spec(name) is not None
        except (ImportError, ValueError):
            found = False
        if not found:
            yield Use(line, f"import {name}", _no(lacking(name)))

    def _is_beside(self, module: str) -> bool:
        return (self._folder / f"{module}.py").is_file() or (self._folder / module).is_dir()

    # -- uses ----------------------------------------------------------------------------------------------------

    def _used(self, node: ast.AST) -> Iterator[Use]:
        match node:
            case ast.Name(ctx=ast.Load()):
                yield from self._name(node)
            case ast.Attribute(lineno=line):
                yield from self._attribute(line, node)
            case ast.Call():
                yield from self._keywords(node)
            case ast.ClassDef() if self._derives_from_factor(node):
                yield from _dependencies(node)
            case ast.FunctionDef(name=name, lineno=line) if node in self._tree.body and name in _CALLBACKS:
                yield Use(line, f"def {name}", _CALLBACKS[name])

    def _derives_from_factor(self, node: ast.ClassDef) -> bool:
        return any(isinstance(base, ast.Name) and self._names.get(base.id) == _FACTOR for base in node.bases)

    def _is_own(self, node: ast.Name) -> bool:
        """Whether the file itself says what the name means here."""
        return node.id in self._own.get(node, ()) and node.id not in self._taken_names

    def _name(self, node: ast.Name) -> Iterator[Use]:
        line, name = node.lineno, node.id
        if self._is_own(node):
            return
        if name in self._names:
            yield Use(line, name, self._names[name])
        elif name in _GONE_NAMES:
            yield Use(line, name, _no(f"Python 3 没有 {name}，请用 {_GONE_NAMES[name]}"))
        elif name not in self._given and name not in self._modules and self._knows_all_names:
            yield Use(line, name, _no("文件里没有定义，也不是聚宽的名称"))

    def _attribute(self, line: int, node: ast.Attribute) -> Iterator[Use]:
        kind, name = self._kinds.kind(node.value), node.attr
        if isinstance(node.value, ast.Name) and node.value.id in NUMBERS and not self._is_own(node.value):
            if name not in fields_of(node.value.id):
                yield Use(line, f"{node.value.id}.{name}", _no("表里没有这个字段"))
            return
        module = self._modules.get(node.value.id, "") if isinstance(node.value, ast.Name) else ""
        if module in _WHOLE_API or module in {row.module for row in table().values() if row.module}:
            row = table().get(name if module in _WHOLE_API else f"{module}.{name}")
            yield Use(line, f"{module}.{name}", row or _no("没有这个名称"))
        elif kind in KINDS and (kind != "context" or name not in self._context_names):
            row = attribute(kind, name) or _no(f"{KINDS[kind]} 没有这个属性")
            yield Use(line, f"{'.' if kind not in ('log', 'context', 'OrderStatus') else kind + '.'}{name}", row)
        elif not kind and name in _GONE:
            yield Use(line, f".{name}", _no(_GONE[name]))

    def _keywords(self, node: ast.Call) -> Iterator[Use]:
        """Keywords that a known function does not take."""
        if not isinstance(node.func, ast.Name) or self._is_own(node.func):
            return
        row = self._names.get(node.func.id)
        function = getattr(jqdata, row.name, None) if row is not None and not row.module else None
        if row is None or row.support is Support.NO or not callable(function):
            return
        parameters = inspect.signature(function).parameters.values()
        if any(one.kind is one.VAR_KEYWORD for one in parameters):
            return
        for keyword in node.keywords:
            if keyword.arg and keyword.arg not in {one.name for one in parameters}:
                yield Use(node.lineno, f"{row.name}({keyword.arg}=)", _no("没有这个参数"))


def _no(why: str) -> Name:
    return Name("", "", Support.NO, deviation=why)


def _dependencies(factor: ast.ClassDef) -> Iterator[Use]:
    """What a factor is computed from, where it is not bars and stands there word by word."""
    for node in factor.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="dependencies")], value=ast.List(elts=names) | ast.Tuple(elts=names)):
                for one in names:
                    if isinstance(one, ast.Constant) and isinstance(one.value, str):
                        yield from _dependency(one.lineno, one.value)


def _dependency(line: int, name: str) -> Iterator[Use]:
    try:
        found = input_of(name)
    except ValueError as e:
        yield Use(line, f"dependencies {name}", _no(str(e)))
        return
    if found.source is not Source.PRICE:
        provider = spoken(givers(found.dataset))
        yield Use(line, f"dependencies {name}", Name(name, "", Support.PROVIDER, NEEDS[found.source], provider))

"""Which names a strategy file gives a meaning of its own, scope by scope."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from cli.check_kinds import inside

Names = frozenset[str]


def own_names(tree: ast.Module) -> dict[ast.Name, Names]:
    """For each use of a name the names that the scopes around it define; a class's own are not its methods'."""
    found: dict[ast.Name, Names] = {}
    shared = frozenset(name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names)
    _walk(tree, shared, found)
    return found


def _walk(scope: ast.AST, outer: Names, found: dict[ast.Name, Names]) -> None:
    nodes = inside(scope)
    own = outer | set(_defined(nodes)) | set(_parameters(scope))
    for node in nodes:
        if isinstance(node, ast.Name):
            found[node] = own
        elif isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            _walk(node, outer if isinstance(scope, ast.ClassDef) else own, found)


def _parameters(scope: ast.AST) -> Iterator[str]:
    if isinstance(scope, ast.FunctionDef | ast.Lambda):
        yield from (node.arg for node in ast.walk(scope.args) if isinstance(node, ast.arg))


def _defined(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.ExceptHandler(name=str(name)):
                yield name
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                yield from ((alias.asname or alias.name).partition(".")[0] for alias in names)
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name

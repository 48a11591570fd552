"""What the expressions of a strategy file stand for: `context.portfolio.positions[code]` is a position.

Reads the syntax tree only. What cannot be told is told of nothing: no attribute is reported of it.
"""

from __future__ import annotations

import ast

_MAPS = ("positions", "long_positions", "short_positions", "unsell_positions")
_TAKEN = {
    ("context", "portfolio"): "portfolio",
    ("context", "subportfolios"): "many subportfolio",
    ("context", "run_params"): "run_params",
    **{(kind, name): "map position" for kind in ("portfolio", "subportfolio") for name in _MAPS},
}
_CALLED = {
    **dict.fromkeys(("order", "order_value", "order_target", "order_target_value", "cancel_order"), "order"),
    **dict.fromkeys(("get_orders", "get_open_orders"), "map order"),
    "get_trades": "map trade",
    "get_current_data": "map current_data",
    "get_security_info": "security_info",
}
_SECOND = {
    "handle_data": "map unit_data",
    "handle_tick": "tick",
    "on_order": "order",
    "on_trade": "trade",
    "on_risk_alert": "alert",
    "on_event": "event",
}
_KEEP = ("list", "sorted", "tuple", "reversed", "set")
_NAMED = {"context": "context", "position": "position"}

Scope = dict[str, str]


class Kinds:
    """``kind(node)`` after ``learn(tree)``; a name has one kind in a function, the first that is found."""

    def __init__(self) -> None:
        self._kinds: dict[ast.AST, str] = {}

    def learn(self, tree: ast.Module) -> None:
        outer: Scope = {"log": "log", "OrderStatus": "OrderStatus"}
        self._walk(tree, outer)

    def kind(self, node: ast.AST) -> str:
        """'' where it cannot be told."""
        return self._kinds.get(node, "")

    def _walk(self, scope_node: ast.AST, scope: Scope) -> None:
        own = inside(scope_node)
        for _ in range(2):  # a name may be used above the line that gives it a value
            for node in own:
                _bind(node, scope)
        for node in own:
            if isinstance(node, ast.expr):
                self._kinds[node] = _kind(node, scope)
            if isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef) and node is not scope_node:
                self._walk(node, {**scope, **_parameters(node)})


def inside(scope_node: ast.AST) -> list[ast.AST]:
    """The nodes of one scope; those of functions inside are theirs."""
    found: list[ast.AST] = []
    waiting = list(ast.iter_child_nodes(scope_node))
    while waiting:
        node = waiting.pop(0)
        found.append(node)
        if not isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            waiting.extend(ast.iter_child_nodes(node))
    return found


def _parameters(node: ast.FunctionDef | ast.Lambda | ast.ClassDef) -> Scope:
    if isinstance(node, ast.ClassDef):
        return {}
    names = [argument.arg for argument in node.args.args]
    scope = {name: _NAMED.get(name, "") for name in names}
    second = _SECOND.get(node.name, "") if isinstance(node, ast.FunctionDef) else ""
    if second and len(names) > 1:
        scope[names[1]] = second
    return scope


def _bind(node: ast.AST, scope: Scope) -> None:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            _note(name, _kind(value, scope), scope)
        case ast.For(target=target, iter=iterated) | ast.comprehension(target=target, iter=iterated):
            kind = _kind(iterated, scope)
            match target:
                case ast.Name(id=name):
                    _note(name, kind.removeprefix("many ") if kind.startswith("many ") else "", scope)
                case ast.Tuple(elts=[_, ast.Name(id=name)]):
                    _note(name, kind.removeprefix("pairs ") if kind.startswith("pairs ") else "", scope)


def _note(name: str, kind: str, scope: Scope) -> None:
    if kind and not scope.get(name):
        scope[name] = kind


def _kind(node: ast.expr, scope: Scope) -> str:
    match node:
        case ast.Name(id=name):
            return scope.get(name, "")
        case ast.Attribute(value=value, attr=attr):
            return _TAKEN.get((_kind(value, scope), attr), "")
        case ast.Subscript(value=value):
            return _one_of(_kind(value, scope))
        case ast.Call(func=ast.Name(id=name), args=args):
            if name in _KEEP and args:
                kind = _kind(args[0], scope)
                return kind if kind.startswith(("many ", "pairs ")) else ""
            return _tick(args, node.keywords) if name == "get_current_tick" else _CALLED.get(name, "")
        case ast.Call(func=ast.Attribute(value=value, attr=attr)):
            return _of_method(_kind(value, scope), attr)
        case _:
            return ""


def _tick(args: list[ast.expr], keywords: list[ast.keyword]) -> str:
    """A tick of what is plainly one code; a list gives a dict, ``df`` a frame."""
    one = len(args) == 1 and not keywords and isinstance(args[0], ast.Constant | ast.Subscript)
    return "tick" if one else ""


def _one_of(kind: str) -> str:
    head, _, rest = kind.partition(" ")
    return rest if head in ("map", "many") else ""


def _of_method(kind: str, method: str) -> str:
    if not kind.startswith("map "):
        return ""
    of = kind.removeprefix("map ")
    return {"values": f"many {of}", "items": f"pairs {of}", "get": of, "copy": kind}.get(method, "")

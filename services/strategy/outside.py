"""What a strategy's file takes from outside the stack: a replay cannot know what it was told there."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from importlib.util import find_spec

_MODULES = {
    "time": "时钟",
    "random": "随机数",
    "secrets": "随机数",
    "uuid": "随机数",
    "socket": "网络",
    "http": "网络",
    "urllib": "网络",
    "requests": "网络",
    "httpx": "网络",
    "aiohttp": "网络",
    "websocket": "网络",
    "websockets": "网络",
    "ftplib": "网络",
    "smtplib": "网络",
    "sqlite3": "文件",
    "shutil": "文件",
    "glob": "文件",
    "subprocess": "其他程序",
    "threading": "线程",
    "multiprocessing": "其他进程",
    "concurrent": "线程",
}
_CALLS = {
    "now": "时钟",
    "today": "时钟",
    "utcnow": "时钟",
    "open": "文件",
    "read_file": "文件",
    "read_csv": "文件",
    "read_excel": "文件",
    "read_pickle": "文件",
    "read_text": "文件",
    "read_bytes": "文件",
    "getenv": "环境变量",
    "id": "对象编号",
}
_ATTRIBUTES = {"environ": "环境变量"}


def seen_in(source: bytes) -> list[tuple[int, str]]:
    """(line, what it reads) for each place in the file that seems to look outside; in order, each once."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return []
    found = {(node.lineno, said) for node in ast.walk(tree) for said in _said(node) if hasattr(node, "lineno")}
    return sorted(found)


def _said(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Import():
            yield from (said for name in node.names if (said := _module(name.name)))
        case ast.ImportFrom(module=str(module)):
            if said := _module(module):
                yield said
        case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)) if name in _CALLS:
            yield f"{_CALLS[name]}（{name}）"
        case ast.Attribute(attr="random", value=ast.Name(id="np" | "numpy" as name)):
            yield f"随机数（{name}.random）"
        case ast.Attribute(attr=name) if name in _ATTRIBUTES:
            yield f"{_ATTRIBUTES[name]}（{name}）"


def _module(name: str) -> str:
    top = name.partition(".")[0]
    if top in _MODULES:
        return f"{_MODULES[top]}（{top}）"
    if top in sys.stdlib_module_names or top in ("jqdata", "kuanke", "jqlib", "jqfactor") or find_spec(top) is not None:
        return ""
    return f"没有随捕获保存的模块（{top}）"

"""What a strategy tells its trader, keeps in its folder, and hears from the market by name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from common.symbols import normalize_code
from jqdata import host


def record(**values: Any) -> None:
    """Note values of this moment under their names, to be drawn later; one of one element counts as a number."""
    host.current().record({name: _number(name, value) for name, value in values.items()})


def _number(name: str, value: Any) -> float:
    if len(getattr(value, "shape", ())) == 1 and len(value) == 1:
        (value,) = value
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"record 的 {name} 应为一个数，而不是 {type(value).__name__}") from error


def send_message(message: object, channel: str = "weixin") -> bool:
    """Send a line to the trader; every channel is the desk's own. True: it is on its way."""
    host.current().message(str(message))
    return True


send_msg = send_message


def read_file(path: str) -> bytes:
    """The bytes of a file in the strategy's folder; ValueError for a path that leads out of it."""
    return _inside(path).read_bytes()


def write_file(path: str, content: str | bytes, append: bool = False) -> None:
    """Write or extend a file in the strategy's folder, text as UTF-8; ValueError for a path that leads out of it."""
    target = _inside(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("ab" if append else "wb") as file:
        file.write(content.encode("utf-8") if isinstance(content, str) else content)


def subscribe(security: str | Sequence[str], frequency: str = "tick") -> None:
    """Have ``handle_tick`` called for these codes."""
    _check(frequency)
    host.current().subscribe(_codes(security))


def unsubscribe(security: str | Sequence[str], frequency: str = "tick") -> None:
    """No more ``handle_tick`` for these codes."""
    _check(frequency)
    host.current().unsubscribe(_codes(security))


def unsubscribe_all() -> None:
    """No more ``handle_tick`` at all."""
    host.current().unsubscribe(None)


def _inside(path: str) -> Path:
    folder = host.current().runtime_dir.resolve()
    target = (folder / path).resolve()
    if target == folder or not target.is_relative_to(folder):
        raise ValueError(f"只能读写策略运行目录内的文件：{path!r}")
    return target


def _codes(security: str | Sequence[str]) -> list[str]:
    return [normalize_code(code) for code in ([security] if isinstance(security, str) else security)]


def _check(frequency: str) -> None:
    if frequency != "tick":
        raise ValueError(f"只支持订阅 'tick'：{frequency!r}")

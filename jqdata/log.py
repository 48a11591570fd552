"""`log.info(...)` and its sisters: a strategy's lines in the strategy's log, stamped with market time."""

from __future__ import annotations

from jqdata import host

LEVELS = ("debug", "info", "warning", "error")
NAMES = ("order", "history", "strategy", "system")


def debug(*parts: object) -> None:
    host.current().log("debug", "strategy", _line(parts))


def info(*parts: object) -> None:
    host.current().log("info", "strategy", _line(parts))


def warning(*parts: object) -> None:
    host.current().log("warning", "strategy", _line(parts))


def error(*parts: object) -> None:
    host.current().log("error", "strategy", _line(parts))


warn = warning


def set_level(name: str, level: str) -> None:
    """Least level shown of 'order', 'history', 'strategy' or 'system': 'debug', 'info', 'warning' or 'error'."""
    wanted = "warning" if level == "warn" else level
    if name not in NAMES or wanted not in LEVELS:
        allowed = f"名称 {'/'.join(NAMES)}，级别 {'/'.join(LEVELS)}"
        raise ValueError(f"log.set_level({name!r}, {level!r}) 无效，应为{allowed}")
    host.current().set_log_level(name, wanted)


def _line(parts: tuple[object, ...]) -> str:
    """``log.info('%s %d', a, b)`` is formatted where the format takes them; otherwise the parts stand in a row."""
    first, *rest = parts or ("",)
    if rest and isinstance(first, str) and "%" in first:
        try:
            return first % tuple(rest)
        except (TypeError, ValueError):
            pass
    return " ".join(map(str, parts))

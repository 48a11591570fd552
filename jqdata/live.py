"""What a strategy tells its trader, keeps in its folder, and hears from the market by name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from common.symbols import normalize_code
from jqdata import host
from jqdata.context import Context
from jqdata.portfolio import Position


def record(**values: float) -> None:
    """Note values of this moment under their names, to be drawn later."""
    host.current().record({name: float(value) for name, value in values.items()})


def send_message(message: object, channel: str = "weixin") -> None:
    """Send a line to the trader; every channel is the desk's own."""
    host.current().message(str(message))


send_msg = send_message


def check_stop_loss(context: Context, ratio: float | None = None) -> list[str]:
    """Codes held that have lost more than ``ratio`` percent (None: ``STOP_LOSS_RATIO``) of what they cost on average.

    Advice only: nothing is sold, nothing ordered.
    """
    limit = host.current().stop_loss_ratio_bp / 100 if ratio is None else float(ratio)
    return [code for code, held in context.portfolio.positions.items() if _loss_percent(held) > limit]


def _loss_percent(position: Position) -> float:
    """Rounded where floats end, so that a loss of exactly the limit is not over it."""
    if position.avg_cost <= 0 or position.price <= 0:
        return 0.0
    return round((1 - position.price / position.avg_cost) * 100, 9)


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
    _check(frequency)
    host.current().unsubscribe(_codes(security))


def unsubscribe_all() -> None:
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

"""Lines put together into one message that the robot takes: a text of at most 2048 bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from common.beijing import clock_text
from services.alerts.words import Line

BYTES_MAX = 2000  # the robot takes 2048 (developer.work.weixin.qq.com, 群机器人)
LINE_CHARS_MAX = 200
_SUMMARY_BYTES = 300  # kept free for what is said of the rest


def line_text(line: Line, more: int) -> str:
    """``more`` of the kind that are not told one by one."""
    text = " ".join(line.text.split())
    shown = text if len(text) <= LINE_CHARS_MAX else text[: LINE_CHARS_MAX - 1] + "…"
    same = f"（同类另有 {more} 条）" if more else ""
    return f"{clock_text(line.at_ns)} [{line.code}] {line.source} {shown}{same}"


def compose(
    head: str, lines: Sequence[Line], more: Mapping[tuple[str, str, str], int], lost: int, *, whole: bool
) -> tuple[str, int]:
    """The text and how many of the lines it tells; ``whole``: those that do not fit are counted by their codes."""
    parts, used = [head], _size(head) + _SUMMARY_BYTES
    told = 0
    last_of_kind = {line.kind: at for at, line in enumerate(lines)}
    for at, line in enumerate(lines):
        text = line_text(line, more.get(line.kind, 0) if last_of_kind[line.kind] == at else 0)
        if used + _size(text) > BYTES_MAX and told:
            break
        parts.append(text)
        used += _size(text)
        told += 1
    if told < len(lines):
        parts.append(_rest(lines[told:], more) if whole else f"其余 {len(lines) - told} 条随后发送")
    if lost:
        parts.append(f"另有 {lost} 条因积压过多未发送，请查看日志或 state.db")
    return "\n".join(parts), len(lines) if whole else told


def _rest(lines: Sequence[Line], more: Mapping[tuple[str, str, str], int]) -> str:
    counts = Counter(line.code for line in lines)
    for kind in {line.kind for line in lines}:
        counts[kind[0]] += more.get(kind, 0)
    listed = "、".join(f"{code}×{count}" for code, count in counts.most_common(6))
    others = sum(count for _, count in counts.most_common()[6:])
    return f"未列出：{listed}" + (f" 等，其他 {others} 条" if others else "")


def _size(text: str) -> int:
    return len(text.encode("utf-8")) + 1

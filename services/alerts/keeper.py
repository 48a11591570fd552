"""The memory of alerts in RUNTIME_DIR, ``alerts.json``: how far the streams were followed, and what waits."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from common.errors import ConfigError
from services.alerts.core import Memory
from services.alerts.words import Line

FILE = "alerts.json"
VERSION = 1


def load(path: Path) -> Memory:
    """An empty memory where there is no file; ConfigError where there is one that cannot be read."""
    if not path.exists():
        return Memory()
    try:
        shown = json.loads(path.read_text(encoding="utf-8"))
        if shown["version"] != VERSION:
            raise ValueError(f"格式版本 {shown['version']!r} 无法识别")
        return _memory(shown)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        why = f"{type(error).__name__}: {error}"
        raise ConfigError(f"告警记录 {path} 无法读取（{why}）：请移走该文件，告警从现在起重新开始") from error


def save(path: Path, memory: Memory) -> None:
    """Put the file in place of the last one in one instant, on disk before it counts."""
    text = json.dumps(_shown(memory), ensure_ascii=False, indent=1)
    aside = path.with_name(path.name + ".new")
    with aside.open("wb") as file:
        file.write(text.encode("utf-8"))
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def _shown(memory: Memory) -> dict[str, Any]:
    return {
        "version": VERSION,
        "streams": [[*key, *position] for key, position in memory.streams.items()],
        "waiting": [list(line) for line in memory.waiting],
        "more": [[*kind, count] for kind, count in memory.more.items()],
        "lost": memory.lost,
        "in_flight": memory.in_flight,
    }


def _memory(shown: dict[str, Any]) -> Memory:
    return Memory(
        streams={
            (str(channel), str(account)): (int(epoch), int(seq)) for channel, account, epoch, seq in shown["streams"]
        },
        waiting=[Line(int(at_ns), *map(str, texts)) for at_ns, *texts in shown["waiting"]],
        more={(str(code), str(source), str(account)): int(count) for code, source, account, count in shown["more"]},
        lost=int(shown["lost"]),
        in_flight=str(shown["in_flight"]),
    )

"""The verb ``capture``: a day's journals and what they name, in one file."""

from __future__ import annotations

from pathlib import Path

from cli.market_day import parse_day
from cli.refusal import coded
from cli.screen import screen
from common.capture import write_capture
from common.captured_day import gather
from common.settings import Loaded


def capture(loaded: Loaded, day: str | None, output: Path | None) -> int:
    """Write the capture, also of a running stack: what is on record by now. Refused where there is nothing."""
    settings = loaded.settings
    console = screen(settings)
    with coded("NO_JOURNAL"):
        found = gather(settings.runtime_dir, parse_day(day) if day else None)
    path = output or Path(f"{found.header['day']}.capture")
    write_capture(path, found)
    counts = "、".join(f"{process} {len(recorded.records):,} 条" for process, recorded in found.journals.items())
    console.print(f"已捕获自 {found.header['day']} 起的一次运行：{counts}")
    console.print(f"写入 {path}（{path.stat().st_size:,} 字节）")
    if missing := found.header["missing"]:
        console.print(
            f"有 {len(missing)} 项内容已不在 kept/ 里 [MISSING_CONTENT]，用到它们的进程不能重放", style="yellow"
        )
    console.print("其中有委托、资金、策略源码和 g.pkl，没有 .env 里的机密；交给别人之前请先确认", style="dim")
    return 0

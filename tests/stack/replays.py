"""A finished run decided again from its own journals, whatever was killed in it."""

from pathlib import Path

from cli.replay_check import check, processes_in
from common.captured_day import gather
from common.redo_fields import differences


def check_replays(runtime: Path) -> None:
    capture = gather(runtime, None)
    processes = processes_in(capture)
    assert {"risk", "gateway"} < set(processes)
    for process in processes:
        different = check(capture, process).difference
        if different is not None:
            told = differences(different.recorded, different.again[0] if different.again else None)
            raise AssertionError(f"{process} differs at record {different.index}: {told}")

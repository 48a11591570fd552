"""What the processes of the full-market benchmark agree on, and what they leave for each other."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import NamedTuple

VARIABLE = "FULL_MARKET_PLAN"


class Look(NamedTuple):
    """One callback: by how many market seconds its end was behind its time, what its two readings took by the clock,
    and what the whole took of a processor."""

    minute: str
    lag_s: float
    current_ns: int
    history_ns: int
    worked_ns: int


@dataclasses.dataclass(frozen=True)
class Plan:
    """``days`` of history for ``symbols`` codes in each of the first ``minutes`` of a day at ``speed``."""

    symbols: int
    days: int
    minutes: int
    speed: int
    result: str

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(dataclasses.asdict(self)), encoding="utf-8")


def read_plan(path: Path) -> Plan:
    return Plan(**json.loads(path.read_text(encoding="utf-8")))


def write_result(path: Path, looks: list[Look], peak_mb: float) -> None:
    """The file appears whole: somebody waits for it."""
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({"looks": looks, "peak_mb": peak_mb}), encoding="utf-8")
    fresh.replace(path)


def read_result(path: Path) -> tuple[list[Look], float]:
    """The callbacks in their order, and the most memory the process had, in MB."""
    found = json.loads(path.read_text(encoding="utf-8"))
    return [Look(*look) for look in found["looks"]], found["peak_mb"]


def peak_mb() -> float:
    """The most resident memory this process ever had; nan where the system does not tell."""
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
    except OSError:
        return float("nan")
    peaks = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(peaks[0]) / 1024 if peaks else float("nan")

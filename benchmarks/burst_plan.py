"""What the processes of the burst benchmark agree on: where they leave their figures, and who measures now."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

VARIABLE = "QUOTES_BURST_PLAN"
SNAPSHOT_NS = 3 * 10**9
"""The whole market is quoted at once, every three seconds of the exchange's day."""

QUIET, BURST, FLOOR = "quiet", "burst", "floor"


@dataclasses.dataclass(frozen=True)
class Plan:
    """``orders`` are placed in each of ``rounds`` without and with bursts, within ``window_ms`` behind a snapshot."""

    folder: str
    quotes_port: int
    rounds: int
    orders: int
    window_ms: int

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(dataclasses.asdict(self)), encoding="utf-8")

    @property
    def phase(self) -> str:
        """What is measured now; empty before and after."""
        try:
            return (Path(self.folder) / "phase").read_text(encoding="utf-8")
        except OSError:
            return ""

    def turn_to(self, phase: str) -> None:
        (Path(self.folder) / "ready").unlink(missing_ok=True)
        fresh = Path(self.folder) / "phase.new"
        fresh.write_text(phase, encoding="utf-8")
        fresh.replace(Path(self.folder) / "phase")

    def ready(self) -> None:
        """Whoever listens in this phase hears what it should."""
        (Path(self.folder) / "ready").touch()

    def is_ready(self) -> bool:
        return (Path(self.folder) / "ready").exists()

    def result(self, name: str) -> Path:
        return Path(self.folder) / f"{name}.json"


def read_plan(path: Path) -> Plan:
    return Plan(**json.loads(path.read_text(encoding="utf-8")))


def write_result(path: Path, figures: object) -> None:
    """The file appears whole: somebody waits for it."""
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(figures), encoding="utf-8")
    fresh.replace(path)

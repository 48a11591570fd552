"""Journals are kept as long as the settings say, and those of the run in hand however old they are."""

import os
from pathlib import Path

from cli.old_journals import remove_old_journals
from common.beijing import DAY_NS

NOW_NS = 1_795_000_000_000_000_000


def test_only_journals_of_old_runs_go(tmp_path: Path) -> None:
    ages = {
        "risk-20261001.journal": 31,
        "risk-20261001.journal.torn": 31,
        "risk-20261002.journal": 29,
        "risk-20230207.journal": 31,
        "notes.txt": 99,
        "simulator-sim.journal": 99,
    }
    for name, days in ages.items():
        (tmp_path / name).write_bytes(b"x")
        at_ns = NOW_NS - days * DAY_NS
        os.utime(tmp_path / name, ns=(at_ns, at_ns))
    removed = remove_old_journals(tmp_path, "2023-02-07", 30, NOW_NS)
    assert {path.name for path in removed} == {"risk-20261001.journal", "risk-20261001.journal.torn"}
    assert {path.name for path in tmp_path.iterdir()} == set(ages) - {path.name for path in removed}


def test_a_fresh_folder_has_none(tmp_path: Path) -> None:
    assert remove_old_journals(tmp_path / "journals", "2026-11-20", 30, NOW_NS) == []

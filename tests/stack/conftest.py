"""What the tests of the whole stack share: a desk of their own that leaves no process behind, and a short day."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import pytest

from common.calendar import load
from tests.stack.desk import DAY, Desk, open_desk
from tests.stack.recordings import write_day

SYMBOLS = ["518880.XSHG", "600036.XSHG"]


@pytest.fixture
def new_desk(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Opens a desk in a folder of its own with the settings given."""
    with ExitStack() as opened:

        def make(settings: Mapping[str, str] | None = None, name: str = "desk") -> Desk:
            return opened.enter_context(open_desk(tmp_path / name, settings))

        yield make


@pytest.fixture(scope="session")
def short_day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Snapshots of a fund and a bank, dense from 10:29 to 10:34 and one a minute else."""
    return write_day(tmp_path_factory.mktemp("short_day"), date.fromisoformat(DAY), SYMBOLS, ("10:29", "10:34"))


@pytest.fixture(scope="session")
def short_days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three trading days of the same, a snapshot a minute."""
    folder = tmp_path_factory.mktemp("short_days")
    for day in load().days_between(date.fromisoformat(DAY), date(2026, 11, 24)):
        write_day(folder, day, SYMBOLS, ("9:30", "9:30"))
    return folder

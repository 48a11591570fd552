"""Every knob stands on the page, and something listens to it."""

import re
from pathlib import Path

import pytest

from tests.qmt.handle import Terminal
from tests.qmt.knobs import DEFAULTS

HERE = Path(__file__).resolve().parent


def test_the_page_names_every_knob() -> None:
    page = (HERE / "README.md").read_text(encoding="utf-8").partition("## Knobs")[2]
    assert not [name for name in DEFAULTS if f"`{name}`" not in page]


def test_every_knob_is_read_somewhere() -> None:
    source = "".join(
        path.read_text(encoding="utf-8") for path in HERE.glob("*.py") if path.stem not in ("knobs", "fixtures")
    )
    assert not [name for name in DEFAULTS if not re.search(rf'"{name}"', source)]


def test_a_knob_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="no knob"):
        Terminal(tmp_path, trade="before")

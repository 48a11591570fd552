"""A host that functions of factors find bound."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from jqdata import host
from tests.jqdata.desk import Desk, at


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(at("10:00"), tmp_path)
    host.bind(made)
    yield made
    host.bind(None)

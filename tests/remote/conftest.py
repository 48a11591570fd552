"""What the tests of two hosts share: where no namespaces can be made they are skipped, and say why."""

import pytest

from tests.remote.namespaces import trouble


@pytest.fixture(scope="session", autouse=True)
def _namespaces() -> None:
    if why := trouble():
        pytest.skip(why)

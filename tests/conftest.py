"""What every test shares: patient hypothesis settings and the market data beside the repository."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

# A busy machine makes one example slow, which says nothing about the code; on CI the examples are the same every time.
settings.register_profile("desk", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("desk"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of recorded market data; a checkout without it skips the tests that need it."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the recorded market data is not beside this checkout")
    return SHARED_DATA

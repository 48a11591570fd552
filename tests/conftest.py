"""What every test shares: patient hypothesis settings and the market data beside the repository."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from common.capture import Capture, read_capture

CAPTURES = Path(__file__).resolve().parent / "captures"
SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

# A busy machine makes one example slow, which says nothing about the code; on CI the examples are the same every time.
settings.register_profile("desk", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("desk"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")

# A shell that runs the tests in the background has them ignore Ctrl-C, and what they start would ignore it as well.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of recorded market data; a checkout without it skips the tests that need it."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the recorded market data is not beside this checkout")
    return SHARED_DATA


@pytest.fixture(scope="session")
def captured() -> Callable[[str], Capture]:
    """A captured day by its name: `captured("killed")` reads tests/captures/killed.capture."""
    return lambda name: read_capture(CAPTURES / f"{name}.capture")

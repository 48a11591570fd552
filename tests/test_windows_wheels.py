"""`pip install .[qmt]` has an answer on Windows, pinned or not; skipped where the package index is out of reach."""

import socket

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests import windows_wheels
from tests.windows_wheels import NoAnswer, Offline, Wheel, resolve


def answer(*extras: str, python: str = "3.11", constrained: bool) -> dict[str, Wheel]:
    try:
        return {canonicalize_name(one.name): one for one in resolve(extras, python, constrained=constrained)}
    except Offline as error:
        pytest.skip(f"the package index is out of reach: {error}")


def test_the_markers_are_those_of_windows() -> None:
    written = ["supervisor; sys_platform != 'win32'", "supervisor-win>=4.7; sys_platform == 'win32'", "rich"]
    written += ["colorama; platform_system == 'Windows'", "tomli; python_version < '3.11'", "x; extra == 'dev'"]
    held = windows_wheels._holding(map(Requirement, written), "3.11")
    assert [str(one) for one in held] == ["supervisor-win>=4.7", "rich", "colorama"]
    held = windows_wheels._holding(map(Requirement, written[-1:]), "3.11", ["dev"])
    assert [str(one) for one in held] == ["x"]


@pytest.mark.slow
@pytest.mark.parametrize("constrained", [False, True], ids=["newest", "pinned"])
def test_the_stack_and_the_sdk_install_on_the_advised_python(constrained: bool) -> None:
    found = answer("qmt", constrained=constrained)
    assert {"supervisor-win", "pywin32", "colorama", "xtquant", "pyzmq", "tzdata"} <= set(found)
    assert "supervisor" not in found
    assert "cp311-cp311-win_amd64" in found["numpy"].file


@pytest.mark.slow
def test_everything_that_windows_gets_is_pinned() -> None:
    pins = {canonicalize_name(one.name): str(one.specifier) for one in windows_wheels._constraints()}
    found = answer("dev", "qmt", "research", constrained=True)
    loose = [name for name, one in found.items() if pins.get(name) != f"=={one.version}"]
    assert not loose


@pytest.mark.slow
@pytest.mark.parametrize("constrained", [False, True], ids=["newest", "pinned"])
def test_what_strategies_import_is_there_as_wheels(constrained: bool) -> None:
    found = answer("qmt", "research", constrained=constrained)
    assert "cp311-cp311-win_amd64" in found["ta-lib"].file and "cp311-cp311-win_amd64" in found["scipy"].file
    assert {"statsmodels", "scikit-learn", "six", "prettytable"} <= set(found)


@pytest.mark.slow
def test_python_3_12_installs_too() -> None:
    assert {"xtquant", "ta-lib"} <= set(answer("qmt", "research", python="3.12", constrained=True))


@pytest.mark.slow
def test_python_3_13_is_too_new_for_supervisor_on_windows() -> None:
    """The remedy of PYTHON_VERSION in doctor; if this finds an answer one day, that check is out of date."""
    with pytest.raises(NoAnswer, match="pywin32"):
        answer("qmt", python="3.13", constrained=False)


@pytest.mark.slow
def test_an_index_out_of_reach_is_no_conflict(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{nobody.getsockname()[1]}/simple")
        monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
        with pytest.raises(Offline):
            resolve(["qmt"], constrained=True)

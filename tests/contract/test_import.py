"""Our packages never need the vendor's wheel, and importing it asks nobody on the network."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.qmt.handle import ROOT

# Imports every module of ours in a Python that refuses xtquant, as one has it where the wheel is not installed.
WITHOUT = """
import pkgutil, sys
from importlib import import_module
from importlib.abc import MetaPathFinder

class Refuse(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "xtquant":
            raise ModuleNotFoundError(f"No module named {name!r}", name="xtquant")

sys.meta_path.insert(0, Refuse())
count = 0
for top in ("common", "services", "jqdata", "sim", "cli", "configs"):
    for found in pkgutil.walk_packages(import_module(top).__path__, f"{top}."):
        import_module(found.name)
        count += 1
assert not [name for name in sys.modules if name.partition(".")[0] == "xtquant"]
print(count)
"""
# Stand for what the wheel would ask for updates with.
REQUESTS = "def get(url, timeout):\n    open(__file__ + '.asked', 'w', encoding='utf-8').close()\n    raise OSError\n"
RESOURCES = "def get_distribution(name):\n    import types\n    return types.SimpleNamespace(version='1')\n"


def test_our_packages_import_without_the_wheel() -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", WITHOUT]
    ran = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) > 100


@pytest.mark.parametrize("is_blocked", [True, False], ids=["blocked", "not blocked"])
def test_the_wheel_asks_nobody_at_import(wheel: None, tmp_path: Path, is_blocked: bool) -> None:
    (tmp_path / "requests.py").write_text(REQUESTS, encoding="utf-8")
    (tmp_path / "pkg_resources.py").write_text(RESOURCES, encoding="utf-8")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    program = f"from tests.qmt import stand_ins\n{'stand_ins.install()' if is_blocked else ''}\nimport xtquant"
    subprocess.run([sys.executable, "-c", program], env=env, cwd=ROOT, check=True)
    # Without the block it does ask, or this test would show nothing.
    assert (tmp_path / "requests.py.asked").exists() is not is_blocked

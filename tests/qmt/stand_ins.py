"""Lets the vendor's real wrappers run without Windows: their native modules are ours, and nothing asks the network."""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from typing import Any

_NATIVES = Path(__file__).resolve().parent / "natives"
_NAMES = {f"xtquant.{path.stem}": path for path in _NATIVES.glob("[a-z]*.py")}


class NativesFinder(MetaPathFinder):
    """Finds `xtquant.xtpythonclient` and `xtquant.datacenter` in our folder instead of in the wheel."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        del path, target
        found = _NAMES.get(fullname)
        return spec_from_file_location(fullname, found) if found else None


def install(clock: str | None = None) -> None:
    """Once a process, before the first `import xtquant`; with the accelerated clock where one is given."""
    # Importing xtquant looks for updates on the network where it finds `requests`.
    sys.modules["requests"] = None  # type: ignore[assignment]
    if not any(isinstance(finder, NativesFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, NativesFinder())
    if clock:
        from tests.qmt.clock import install as install_clock

        install_clock(clock)

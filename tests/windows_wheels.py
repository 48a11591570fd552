"""What pip would install on Windows, found out anywhere: `python -m tests.windows_wheels` (`make resolve-windows`).

pip takes the wheels of another platform (`--platform win_amd64`) but still reads the markers of requirements as of the
machine it runs on: on Linux it would look for `supervisor`, and never for `supervisor-win` or `colorama`. So the
project's requirements are expanded here with the markers of Windows, and what their wheels require there is added until
nothing is missing. What pip chose is then checked against every requirement that holds on Windows, by `packaging`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PYTHON = "3.11"
ROUNDS_MAX = 6
WAYS = (
    (("qmt",), False),
    (("qmt",), True),
    (("dev", "qmt"), True),
    (("qmt", "research"), False),
    (("qmt", "research"), True),
)
OFFLINE = ("Retrying (Retry(", "Temporary failure in name resolution", "ProxyError")


class NoAnswer(Exception):
    """pip found no set of wheels that satisfies everything; its last words are the text."""


class Offline(Exception):
    """The package index cannot be reached from here."""


@dataclass(frozen=True)
class Wheel:
    """One distribution pip chose; ``requires`` are all its requirements, with their markers."""

    name: str
    version: str
    file: str
    requires: tuple[Requirement, ...]


def resolve(extras: Iterable[str], python: str = PYTHON, *, constrained: bool) -> list[Wheel]:
    """Everything that `pip install .[extras]` brings on 64-bit Windows, by name; NoAnswer or Offline."""
    wanted = list(_holding(_project(extras), python))
    for _ in range(ROUNDS_MAX):
        chosen = _ask_pip(wanted, python, constrained=constrained)
        needed = list(_closure(wanted, chosen, python))
        missing = [one for one in needed if canonicalize_name(one.name) not in chosen]
        if not missing:
            _check(needed, chosen)
            names = {canonicalize_name(one.name) for one in needed}
            return sorted((chosen[name] for name in names), key=lambda wheel: wheel.name)
        wanted += missing
    raise NoAnswer(f"still missing after {ROUNDS_MAX} rounds: {', '.join(map(str, missing))}")


def markers(python: str, extra: str = "") -> dict[str, str]:
    """The environment a requirement's marker sees on the QMT host."""
    return {
        "implementation_name": "cpython",
        "implementation_version": f"{python}.9",
        "os_name": "nt",
        "platform_machine": "AMD64",
        "platform_python_implementation": "CPython",
        "platform_release": "10",
        "platform_system": "Windows",
        "platform_version": "10.0.19045",
        "python_full_version": f"{python}.9",
        "python_version": python,
        "sys_platform": "win32",
        "extra": extra,
    }


def _project(extras: Iterable[str]) -> Iterator[Requirement]:
    """What pyproject.toml declares; the wheel that setuptools builds of it says the same."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    yield from map(Requirement, project["dependencies"])
    for extra in extras:
        yield from map(Requirement, project["optional-dependencies"][extra])


def _constraints() -> list[Requirement]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line.strip() and not line.startswith("#")]


def _holding(requirements: Iterable[Requirement], python: str, extras: Iterable[str] = ()) -> Iterator[Requirement]:
    """Those that hold on Windows, without their markers."""
    environments = [markers(python, extra) for extra in ("", *extras)]
    for one in requirements:
        if one.marker is None or any(one.marker.evaluate(environment) for environment in environments):
            plain = Requirement(str(one))
            plain.marker = None
            yield plain


def _ask_pip(wanted: list[Requirement], python: str, *, constrained: bool) -> Mapping[str, Wheel]:
    """By canonical name what pip chooses among the wheels of Windows; nothing is installed."""
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--ignore-installed", "--report", "-"]
    command += ["--disable-pip-version-check", "--retries", "1", "--target", "unused", "--only-binary", ":all:"]
    command += ["--platform", "win_amd64", "--implementation", "cp", "--python-version", python]
    with tempfile.TemporaryDirectory() as folder:
        if constrained:
            path = Path(folder) / "constraints.txt"
            path.write_text("\n".join(map(str, _holding(_constraints(), python))), encoding="utf-8")
            command += ["--constraint", str(path)]
        done = subprocess.run([*command, *map(str, wanted)], cwd=folder, capture_output=True, check=False)
    said = done.stderr.decode("utf-8", "replace")
    if done.returncode:
        words = [line for line in said.splitlines() if line.startswith("ERROR")]
        raise (Offline if any(sign in said for sign in OFFLINE) else NoAnswer)(" ".join(words))
    chosen = map(_wheel, json.loads(done.stdout)["install"])
    return {canonicalize_name(wheel.name): wheel for wheel in chosen}


def _wheel(told: Mapping[str, Any]) -> Wheel:
    about, url = told["metadata"], urlsplit(told["download_info"]["url"])
    requires = tuple(map(Requirement, about.get("requires_dist", ())))
    return Wheel(about["name"], about["version"], unquote(url.path).rpartition("/")[2], requires)


def _closure(wanted: Iterable[Requirement], chosen: Mapping[str, Wheel], python: str) -> Iterator[Requirement]:
    """Every requirement that holds on Windows, from the project's own down; once each."""
    waiting, seen = list(wanted), set[str]()
    while waiting:
        one = waiting.pop()
        if str(one) in seen:
            continue
        seen.add(str(one))
        yield one
        wheel = chosen.get(canonicalize_name(one.name))
        if wheel is not None:
            waiting += _holding(wheel.requires, python, one.extras)


def _check(needed: Iterable[Requirement], chosen: Mapping[str, Wheel]) -> None:
    """A second opinion on pip's: every requirement is met, and every file is one that Windows takes."""
    for one in needed:
        wheel = chosen[canonicalize_name(one.name)]
        if not one.specifier.contains(wheel.version, prereleases=True):
            raise NoAnswer(f"{one} is not met by {wheel.name} {wheel.version}")
    for wheel in chosen.values():
        if not wheel.file.endswith(("-any.whl", "-win_amd64.whl")):
            raise NoAnswer(f"{wheel.file} is no wheel for Windows")


def main() -> int:
    """Print what each way of installing brings; 1 where one brings nothing, 0 also where nobody could be asked."""
    try:
        for extras, constrained in WAYS:
            shown = f".[{','.join(extras)}] on Windows, Python {PYTHON}{', constraints.txt' if constrained else ''}"
            found = resolve(extras, constrained=constrained)
            print(f"{shown}: {len(found)} wheels\n  {', '.join(f'{one.name} {one.version}' for one in found)}")
    except Offline as error:
        print(f"skipped, the package index is out of reach: {error}")
    except NoAnswer as error:
        print(f"{shown}: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

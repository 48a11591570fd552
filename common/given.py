"""What a process of the stack began a life with, put down so that a replay can begin with the same; no secrets in it.

Paths of the machine stay out too: where a file matters, its content is put down.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any, Final

from common.run import Run, RunAccount
from common.settings import Loaded, Settings, load
from common.settings_known import KNOWN

RUN: Final = "run"
SETTINGS: Final = "settings"
TRADING_DAYS: Final = "trading_days"
"""The operator's file of trading days."""

_NOT_OF_THE_RUN: Final = ("env_file", "settings")


def given_of(run: Run, settings: Settings) -> dict[str, bytes]:
    """By name: the run, the settings that are not secret, the operator's trading days."""
    shown = {name: value for name, value in dataclasses.asdict(run).items() if name not in _NOT_OF_THE_RUN}
    for name in ("strategy_file", "quotes"):
        shown[name] = PurePath(shown[name]).name
    shown["accounts"] = [one | {"path": ""} for one in shown["accounts"]]
    given = {RUN: _packed(shown), SETTINGS: _packed(_settings(settings))}
    days = settings.calendar_extra_file
    return given | ({TRADING_DAYS: days.read_bytes()} if days else {})


def run_of(given: Mapping[str, bytes]) -> Run:
    told = json.loads(given[RUN])
    return Run(**told | {"accounts": tuple(RunAccount(**one) for one in told.get("accounts", ()))})


def settings_of(given: Mapping[str, bytes], folder: Path, changed: Mapping[str, str]) -> Loaded:
    """The settings of that life with what is to be changed in them; folders and files lie in ``folder``."""
    texts = json.loads(given[SETTINGS])
    texts |= {"RUNTIME_DIR": str(folder), "LOG_DIR": str(folder)}
    if TRADING_DAYS in given:
        path = folder / TRADING_DAYS
        path.write_bytes(given[TRADING_DAYS])
        texts["CALENDAR_EXTRA_FILE"] = str(path)
    return load(None, {}, texts | dict(changed))


def _settings(settings: Settings) -> dict[str, str]:
    """Text settings that may say anything, such as folders and user names, decide nothing and are left out."""
    free = {name for name, known in KNOWN.items() if known.kind.parse in (str, Path)}
    return {name: text for name, text in settings.as_env().items() if name not in free}


def _packed(shown: Mapping[str, Any]) -> bytes:
    return json.dumps(shown, ensure_ascii=False, sort_keys=True).encode("utf-8")

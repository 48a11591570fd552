"""What is looked at before anything is started: the strategy file and the state the last run left. Reads only."""

from __future__ import annotations

import json
import pickletools
from pathlib import Path

from cli.refusal import Refused, coded
from common import journal
from common.beijing import day_of
from common.clock import wall_ns
from common.errors import ConfigError, JournalDamaged
from common.settings import Settings

G_FILE, STATE_FILE, JOURNALS = "g.pkl", "live_state.json", "journals"


def check_strategy(path: Path) -> None:
    """The file is there, is Python 3 and compiles; nothing of it is run."""
    from services.strategy import loader

    if not path.is_file():
        raise Refused("NO_STRATEGY", f"策略文件 {path} {'是文件夹' if path.is_dir() else '不存在'}")
    with coded("BAD_STRATEGY"):
        loader.read(path)


def check_provider(settings: Settings) -> None:
    """The data provider that is chosen can be opened: its settings, folder and library are there."""
    from services.strategy.providers import provider_of

    with coded("NO_DATA_PROVIDER"):
        provider_of(settings, lambda: day_of(wall_ns()))


def check_state(runtime_dir: Path) -> None:
    """Everything a run would go on from can be read; a torn last journal record is no damage."""
    _check_g(runtime_dir / G_FILE)
    _check_live_state(runtime_dir / STATE_FILE)
    if (runtime_dir / STATE_FILE).exists() and not (runtime_dir / G_FILE).exists():
        raise _unreadable(runtime_dir / G_FILE, f"文件缺失，而 {STATE_FILE} 还在")
    # The simulated broker's own journal lies beside the folder of the stack's.
    for path in sorted([*(runtime_dir / JOURNALS).glob("*.journal"), *runtime_dir.glob("*.journal")]):
        _check_journal(path)


def _check_g(path: Path) -> None:
    """Walk the pickle without running it: it may need the strategy's own classes."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    try:
        *_, (last, _, _) = pickletools.genops(data)
    except Exception as error:  # pickletools raises what the broken bytes lead it to: ValueError, IndexError, …
        raise _unreadable(path, str(error)) from error
    if last.name != "STOP":
        raise _unreadable(path, "没有结尾")


def _check_live_state(path: Path) -> None:
    from services.strategy.live_state import VERSION, from_json

    try:
        shown = json.loads(path.read_text(encoding="utf-8"))
        version = shown["version"]
        if version == VERSION:
            from_json(shown)
    except FileNotFoundError:
        return
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unreadable(path, f"{type(error).__name__}: {error}") from error
    if version != VERSION:
        raise _unreadable(path, f"格式版本 {version}，本程序是 {VERSION}")


def _check_journal(path: Path) -> None:
    try:
        payloads = journal.read(path)
        header = next(payloads, None)
        if header is not None:
            journal.check_header(path, header)
    except JournalDamaged as error:
        raise Refused("JOURNAL_DAMAGED", str(error)) from error
    except (OSError, ConfigError) as error:
        raise _unreadable(path, str(error)) from error


def _unreadable(path: Path, why: str) -> Refused:
    return Refused(
        "STATE_DAMAGED", f"{path} 无法读取（{why}）；文件原样保留，请恢复备份，或用 --reset 移走旧状态后重新开始"
    )

"""Whose runtime folder it is: a stamp of broker, mode, account and strategy, and a lock that names its holder."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Final

from common import beijing
from common.errors import ConfigError
from common.host_os import lock_file

ARCHIVE: Final = "archive"
STAMP_FILE: Final = "stamp.json"
LOCK_FILE: Final = "live.lock"
STRATEGY_LOCKS: Final = "strategies"
"""Folder of one lock for each strategy that runs on this stack, those that joined from other folders included."""
REMOTE: Final = "remote"
"""Folder of the keys and tokens of the remote link: other machines hold their counterparts, whatever runs here."""

_VERSION: Final = 1
_NAMES: Final = {"broker": "券商", "mode": "模式", "account": "账户", "strategy": "策略"}


@dataclasses.dataclass(frozen=True)
class Stamp:
    """What the state in a folder belongs to; ``strategy`` is the one the folder was opened for."""

    broker: str
    mode: str
    account: str
    strategy: str

    def __str__(self) -> str:
        return "、".join(f"{_NAMES[name]} {value}" for name, value in dataclasses.asdict(self).items())


@dataclasses.dataclass(frozen=True)
class Holder:
    """Who holds a lock, as the next starter is told."""

    pid: int
    strategy: str
    since_ns: int

    def __str__(self) -> str:
        return (
            f"进程 {self.pid}，策略 {self.strategy}，"
            f"自 {beijing.day_of(self.since_ns)} {beijing.clock_text(self.since_ns)} 起"
        )


class Lock:
    """Held while the object lives, and by every process that inherited ``fd``; ends with the last of them."""

    def __init__(self, path: Path, fd: int) -> None:
        self.path, self.fd = path, fd

    def release(self) -> None:
        """Give it up for this process. The note stays: a process that inherited the lock may still hold it."""
        os.close(self.fd)


def hold(path: Path, holder: Holder) -> Lock | None:
    """The lock on ``path``, or None while another process has it; ``holder_of`` then tells which."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    if not lock_file(fd):
        os.close(fd)
        return None
    # Beside the lock, since Windows lets nobody read a file that is locked.
    replace_text(_note_path(path), json.dumps(dataclasses.asdict(holder), ensure_ascii=False))
    return Lock(path, fd)


def is_held(path: Path) -> bool:
    """Whether some process has the lock now."""
    try:
        fd = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not lock_file(fd)
    finally:
        os.close(fd)


def holder_of(path: Path) -> Holder | None:
    """Who took the lock last; None where nobody did. It holds it still only if ``hold`` is refused."""
    try:
        return Holder(**json.loads(_note_path(path).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def read_stamp(folder: Path) -> Stamp | None:
    """The stamp of a folder, None for a fresh one; ConfigError for one that cannot be read or is newer than we are."""
    path = folder / STAMP_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} 无法读取：{error}") from error
    try:
        written = json.loads(text)
        version = written.pop("version")
        if version == _VERSION:
            return Stamp(**written)
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise ConfigError(f"{path} 已损坏，不能确定目录属于谁；用 --reset 移走旧状态后重新开始") from error
    raise ConfigError(f"{path} 由更新的版本写成（格式 {version}），请升级本程序")


def check_stamp(folder: Path, wanted: Stamp) -> None:
    """Refuse a folder that belongs to another combination, naming both; a folder without a stamp is anybody's."""
    found = read_stamp(folder)
    if found is not None and found != wanted:
        raise ConfigError(
            f"运行目录 {folder} 属于 {found}；本次是 {wanted}。请换 --runtime-dir，或用 --reset 移走旧状态"
        )


def write_stamp(folder: Path, stamp: Stamp) -> None:
    replace_text(
        folder / STAMP_FILE, json.dumps({"version": _VERSION, **dataclasses.asdict(stamp)}, ensure_ascii=False)
    )


def move_aside(folder: Path, now_ns: int) -> Path | None:
    """Move what the folder holds into ``archive/<time>``, all but locks; None where there was nothing.

    Nothing is ever deleted. ConfigError where a file cannot be moved: another program has it open.
    """
    stays = (ARCHIVE, STRATEGY_LOCKS, REMOTE, LOCK_FILE, _note_path(folder / LOCK_FILE).name)
    old = [path for path in sorted(folder.iterdir()) if path.name not in stays]
    if not old:
        return None
    to = folder / ARCHIVE / f"{beijing.naive(now_ns):%Y%m%d-%H%M%S-%f}"
    to.mkdir(parents=True)
    for path in old:
        try:
            path.replace(to / path.name)
        except OSError as error:
            raise ConfigError(f"{path} 无法移到 {to}：{error.strerror}；请先关闭占用它的程序") from error
    return to


def replace_text(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def _note_path(path: Path) -> Path:
    return path.with_name(path.name + ".json")

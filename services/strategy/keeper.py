"""The files a strategy is brought back from, ``g.pkl`` and ``live_state.json``: never half written, never guessed."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import pickle
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from common.errors import ConfigError, JournalUnwritable
from services.strategy import old_tool
from services.strategy.live_state import VERSION, LiveState, from_json, to_json
from services.strategy.memory import RESERVED

G_FILE, STATE_FILE = "g.pkl", "live_state.json"
OLD_FOLDER, OLD_KEPT = "old_state", 5
"""Where the memory of each day's beginning lies, and how many days of it."""


@dataclasses.dataclass(frozen=True)
class Saved:
    """What the last run left. ``settings`` are those of an older tool, ``notes`` what the trader is to read of it."""

    state: LiveState
    g: dict[str, Any]
    settings: dict[str, Any] = dataclasses.field(default_factory=dict)
    notes: tuple[str, ...] = ()


class Keeper(Protocol):
    """Where a strategy's memory lies; ``g`` travels as the pickled dict it is on disk.

    Saving raises JournalUnwritable where the disk refuses; what was saved before then still stands.
    """

    def load(self) -> Saved | None:
        """None where no run was before; ConfigError where what is there cannot be read."""

    def save_g(self, pickled: bytes) -> None: ...

    def save_state(self, state: LiveState) -> None: ...

    def begin_day(self, trading_day: int) -> None:
        """Put what is there aside as the memory with which this day began, once; the newest few stay."""


class FileKeeper:
    """The memory in ``RUNTIME_DIR``. ``g.pkl`` is written first, so that the cursor never runs ahead of it."""

    def __init__(self, folder: Path, strategy: str = "", source: bytes = b"") -> None:
        """``strategy`` and its file's bytes are needed to take over what an older tool left."""
        self._folder, self._strategy, self._source = folder, strategy, source
        self._g_path, self._state_path = folder / G_FILE, folder / STATE_FILE

    @property
    def given(self) -> dict[str, bytes]:
        """The files as they are; what this life began with until it saves for the first time."""
        return {path.name: path.read_bytes() for path in (self._g_path, self._state_path) if path.is_file()}

    def load(self) -> Saved | None:
        g = self._read_g() if self._g_path.exists() else None
        if not self._state_path.exists():
            if g:
                raise _unreadable(self._state_path, f"文件缺失，而 {G_FILE} 里有内容")
            return None
        if g is None:
            raise _unreadable(self._g_path, f"文件缺失，而 {STATE_FILE} 还在")
        shown = self._read_json()
        return self._of_old_tool(shown, g) if old_tool.is_of_old_tool(shown) else Saved(self._state_of(shown), g)

    def save_g(self, pickled: bytes) -> None:
        _replace(self._g_path, pickled)

    def save_state(self, state: LiveState) -> None:
        text = json.dumps(to_json(state), ensure_ascii=False, indent=1)
        _replace(self._state_path, text.encode("utf-8"))

    def begin_day(self, trading_day: int) -> None:
        folder = self._folder / OLD_FOLDER
        for path in (self._g_path, self._state_path):
            aside = folder / f"{path.stem}-{trading_day}{path.suffix}"
            if not path.is_file() or aside.exists():
                continue
            try:
                _replace(aside, path.read_bytes())
                for oldest in sorted(folder.glob(f"{path.stem}-*{path.suffix}"))[:-OLD_KEPT]:
                    oldest.unlink(missing_ok=True)
            except OSError as e:
                raise JournalUnwritable(f"{aside} 无法写入：{e.strerror}") from e

    def _of_old_tool(self, shown: dict[str, Any], g: dict[str, Any]) -> Saved:
        """A copy of both files is on the disk before anything of them is used."""
        aside = self._folder / old_tool.BACKUP
        for path in (self._g_path, self._state_path):
            if not (aside / path.name).exists():
                _replace(aside / path.name, path.read_bytes())
        hashes = {"md5": hashlib.md5(self._source).hexdigest(), "sha256": hashlib.sha256(self._source).hexdigest()}
        try:
            state, settings = old_tool.read(shown, self._strategy, hashes)
        except (KeyError, TypeError, AttributeError) as error:
            raise _unreadable(self._state_path, f"{type(error).__name__}: {error}") from error
        names = "、".join(sorted(g)) or "无"
        note = f"已导入旧工具的状态：定时任务 {len(state.tasks)} 个，g 的属性 {names}；原文件备份在 {aside}"
        return Saved(state, {name: value for name, value in g.items() if name != RESERVED}, settings, (note,))

    def _read_g(self) -> dict[str, Any]:
        try:
            g = pickle.loads(self._g_path.read_bytes())
        except Exception as error:  # unpickling runs the strategy's own classes, which may raise anything
            raise _unreadable(self._g_path, f"{type(error).__name__}: {error}{_of_pandas(error)}") from error
        if not isinstance(g, dict) or not all(isinstance(name, str) for name in g):
            raise _unreadable(self._g_path, "内容不是以名称为键的字典")
        return g

    def _read_json(self) -> Any:
        try:
            return json.loads(self._state_path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise _unreadable(self._state_path, f"{type(error).__name__}: {error}") from error

    def _state_of(self, shown: Any) -> LiveState:
        try:
            version = shown["version"]
            if isinstance(version, int) and version > VERSION:
                raise _unreadable(self._state_path, f"格式版本 {version} 比本程序的 {VERSION} 新，请用新版程序")
            if version != VERSION:
                raise _unreadable(self._state_path, f"格式版本 {version!r} 无法识别")
            return from_json(shown)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise _unreadable(self._state_path, f"{type(error).__name__}: {error}") from error


def _replace(path: Path, content: bytes) -> None:
    """Put the content in place of the file in one instant, on disk before it counts."""
    aside = path.with_name(path.name + ".tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with aside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError as e:
        raise JournalUnwritable(f"{path} 无法写入：{e.strerror}") from e


def _of_pandas(error: BaseException) -> str:
    """A hint where pandas itself raised: its objects are read only by a version like the one that wrote them."""
    trace, files = error.__traceback__, []
    while trace is not None:
        files.append(trace.tb_frame.f_globals.get("__name__") or "")
        trace = trace.tb_next
    if not any(name.partition(".")[0] == "pandas" for name in files):
        return ""
    return f"；g 里有 pandas 对象，由另一版本的 pandas 写成，当前 {version('pandas')} 读不了：请先装回那个版本"


def _unreadable(path: Path, why: str) -> ConfigError:
    return ConfigError(f"策略状态 {path} 无法读取（{why}）：请恢复该文件的备份，或加 --reset 把旧状态移开、重新开始")

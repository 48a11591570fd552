"""Thin probes of the machine and of the terminal's folder: they collect facts and judge nothing."""

from __future__ import annotations

import csv
import io
import os
import platform
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from importlib import metadata
from pathlib import Path

from cli.doctor_host import HostFacts, PlaceFacts
from cli.doctor_terminal import FOLDER_NAMES, FolderFacts, ProcessRow, TerminalFacts, WheelFacts
from common.host_os import try_writing

_SUPERVISORS = ("supervisor", "supervisor-win")
_UP_QUEUES = ("up_queue_xtquant", "up_queue_win_xtquant")
_SESSION_FILE = "down_queue_win_"
_CONNECT_SECONDS, _LIST_SECONDS = 1.0, 10.0


def host(now_ns: int) -> HostFacts:
    return HostFacts(
        system=platform.system(),
        python=(sys.version_info.major, sys.version_info.minor, sys.version_info.micro),
        bits=64 if sys.maxsize > 2**32 else 32,
        machine=platform.machine(),
        supervisors=tuple(f"{name} {version}" for name in _SUPERVISORS if (version := _version(name))),
        session=_session(),
        utc_offset_min=_utc_offset_min(now_ns),
    )


def place(code: str, folder: Path) -> PlaceFacts:
    """A folder that is not there yet is made by the first start: then the one above it counts. Nothing is left."""
    there = next((one for one in (folder, *folder.parents) if os.path.exists(one)), folder)
    refused = unwritable(there)
    try:
        free = shutil.disk_usage(there).free
    except OSError as error:
        return PlaceFacts(code, str(folder), refused or _why(error), 0, None)
    return PlaceFacts(code, str(folder), refused, free, _free_inodes(there))


def unwritable(folder: Path) -> str:
    """Why no file can be made in a folder; "" where one could, and it is gone again."""
    try:
        try_writing(folder)
    except OSError as error:
        return _why(error)
    return ""


def terminal(facts: HostFacts, paths: tuple[str, ...], quotes_port: int) -> TerminalFacts:
    return TerminalFacts(
        system=facts.system,
        session=facts.session,
        python=facts.python[:2],
        wheel=_wheel(),
        folders=tuple(folder(path) for path in paths),
        processes=_processes(),
        quotes_port=quotes_port,
        quotes_port_answers=answers("127.0.0.1", quotes_port),
    )


def folder(path: str) -> FolderFacts:
    """One level deep, and the terminal's own logs: the folder may hold gigabytes of quotes."""
    where = Path(path)
    try:
        is_folder = stat.S_ISDIR(os.stat(where).st_mode)
        entries = [*os.scandir(where)] if is_folder else []
    except (FileNotFoundError, NotADirectoryError):
        return FolderFacts(path)
    except OSError as error:
        return FolderFacts(path, exists=True, is_folder=True, refused=_why(error))
    if not is_folder:
        return FolderFacts(path, exists=True)
    names = {entry.name for entry in entries}
    sessions = [entry for entry in entries if _is_session_file(entry.name)]
    return FolderFacts(
        path,
        exists=True,
        is_folder=True,
        inside=tuple(name for name in FOLDER_NAMES if name in names),
        unwritable=unwritable(where),
        up_queues=tuple(name for name in _UP_QUEUES if name in names),
        session_files=len(sessions),
        session_bytes=sum(_size_and_time(entry)[0] for entry in sessions),
        newest_ns=max((_size_and_time(entry)[1] for entry in [*entries, *_logs(where)]), default=0),
    )


def answers(host_name: str, port: int) -> bool:
    """Whether somebody takes a connection there; nothing is said on it."""
    try:
        with socket.create_connection((host_name, port), timeout=_CONNECT_SECONDS):
            return True
    except OSError:
        return False


def parse_tasklist(text: str) -> tuple[ProcessRow, ...]:
    """Rows of ``tasklist /FO CSV /NH``: name, pid, session name, session number, memory; others are passed over."""
    rows = (row for row in csv.reader(io.StringIO(text)) if len(row) >= 4)
    return tuple(ProcessRow(row[0], int(row[1]), int(row[3])) for row in rows if row[1].isdigit() and row[3].isdigit())


def _processes() -> tuple[ProcessRow, ...] | None:
    if sys.platform != "win32":
        return None  # a process of Linux is no terminal
    try:
        listed = subprocess.run(
            ["tasklist", "/FO", "CSV", "/NH"], capture_output=True, timeout=_LIST_SECONDS, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    # The names looked for are ASCII, whatever the console's code page does to the others.
    return parse_tasklist(listed.decode("ascii", "replace"))


def _session() -> int | None:
    if sys.platform != "win32":
        return None
    import ctypes

    number = ctypes.c_ulong()
    kernel = ctypes.windll.kernel32
    return number.value if kernel.ProcessIdToSessionId(os.getpid(), ctypes.byref(number)) else None


def _utc_offset_min(now_ns: int) -> int:
    offset = datetime.fromtimestamp(now_ns // 1_000_000_000).astimezone().utcoffset()
    return int(offset.total_seconds() // 60) if offset is not None else 0


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


def _wheel() -> WheelFacts | None:
    """The package's own list of files tells what it has: importing it would ask the vendor for updates."""
    version = _version("xtquant")
    if not version:
        return None
    native = f"xtpythonclient.cp{sys.version_info.major}{sys.version_info.minor}-win_amd64.pyd"
    files = metadata.files("xtquant") or []
    return WheelFacts(version, any(file.name == native for file in files))


def _free_inodes(where: Path) -> int | None:
    """None on Windows and on file systems that make them as they go."""
    if not hasattr(os, "statvfs"):
        return None
    room = os.statvfs(where)
    return room.f_favail if room.f_files else None


def _is_session_file(name: str) -> bool:
    return name.startswith(_SESSION_FILE) and name.removeprefix(_SESSION_FILE).isdigit()


def _logs(where: Path) -> Iterator[os.DirEntry[str]]:
    log = where / "log"
    try:
        yield from [*os.scandir(log)] if log.is_dir() else []
    except OSError:
        return


def _size_and_time(entry: os.DirEntry[str]) -> tuple[int, int]:
    """Bytes, and UTC ns of the last change; a file that is gone again, or that nobody may look at, has neither."""
    try:
        found = entry.stat()
    except OSError:
        return 0, 0
    return found.st_size, found.st_mtime_ns


def _why(error: OSError) -> str:
    return error.strerror or str(error)

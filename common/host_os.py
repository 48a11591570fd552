"""The one place that knows on which operating system the desk stands: signals, processes, locks, consoles, ports."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import IO, Final, TextIO

WINDOWS: Final = sys.platform == "win32"

SUPERVISOR_STOP: Final = "CTRL_BREAK_EVENT" if WINDOWS else "TERM"
"""How supervisord asks a process to stop (``stopsignal``); Windows has no SIGTERM between processes."""

if sys.platform == "win32":
    STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGBREAK)
else:
    STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What a person, a supervisor or a closed terminal sends to a process of ours that should end."""

UNIX_SOCKET_BYTES_MAX: Final = 100
"""A path longer than about 104 bytes cannot name a Unix socket; supervisord appends its pid while it binds."""


def on_stop(handler: Callable[[], None]) -> None:
    """Call ``handler`` when the process is asked to stop; main thread only. The handler must only note the wish."""
    for number in STOP_SIGNALS:
        # What was ignored from the start (nohup) stays ignored.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda _number, _frame: handler())


def stand_back() -> None:
    """Give this process less of a busy machine than those on the order path."""
    if sys.platform == "win32":
        import ctypes

        below_normal = 0x4000
        ctypes.windll.kernel32.SetPriorityClass(ctypes.windll.kernel32.GetCurrentProcess(), below_normal)
    else:
        os.nice(10)


def yield_core() -> None:
    """Let a thread run that waits for the core this one is on."""
    if sys.platform == "win32":
        time.sleep(0)
    else:
        os.sched_yield()


def own_addresses() -> list[str]:
    """IPv4 addresses by which other machines may reach this one, as far as they are known; nothing is sent."""
    found: dict[str, None] = {}
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # an address of nobody's (RFC 5737): it shows which of ours a route leads from
        found[probe.getsockname()[0]] = None
    with contextlib.suppress(OSError):
        found |= {str(info[4][0]): None for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    return [address for address in found if not address.startswith("127.")]


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches the address; a name other than localhost may mean any."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return address.lower() == "localhost"


def firewall_rule(first: int, last: int, *, windows: bool = WINDOWS) -> str:
    """The command that lets clients' TCP connections to these ports in, and nobody else's."""
    if windows:
        rule = 'netsh advfirewall firewall add rule name="bullet-trade" dir=in action=allow protocol=TCP'
        return f"{rule} localport={first}-{last} remoteip=<客户端地址>"
    return f"ufw allow from <客户端地址> to any port {first}:{last} proto tcp"


def try_writing(folder: Path) -> None:
    """Make a file in a folder and take it away again; OSError where that is not possible.

    Whether Windows lets us write is known by doing it, and not by ``tempfile``: there it tries other names for ever
    where a folder refuses."""
    path = folder / f".bullet-trade-{os.getpid()}"
    path.touch()
    path.unlink()


def spawn(
    command: Sequence[str],
    env: Mapping[str, str],
    output: IO[bytes],
    *,
    keep_open: Sequence[int] = (),
    outlives: bool = False,
) -> subprocess.Popen[bytes]:
    """Start a process that a Ctrl-C in our terminal does not reach; it inherits ``keep_open`` (not on Windows).

    One that ``outlives`` our terminal gets a hidden console of its own on Windows; elsewhere its own session is enough.
    """
    if sys.platform == "win32":
        hidden = subprocess.CREATE_NO_WINDOW if outlives else 0
        group = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | hidden}
    else:
        group = {"start_new_session": True, "pass_fds": tuple(keep_open)}
    streams = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": subprocess.STDOUT}
    return subprocess.Popen(list(command), env=dict(env), **streams, **group)  # type: ignore[call-overload, no-any-return]


def ask_to_stop(pid: int) -> bool:
    """Ask a process to end in order; False where it is gone, or where this system has no such request."""
    if WINDOWS:
        return False
    try:
        os.kill(pid, signal.SIGTERM)
    except OSError:
        return False
    return True


def end_now(pid: int) -> None:
    """End a process without asking; on Windows ``SIGTERM`` is exactly that (``TerminateProcess``)."""
    number = signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL
    with contextlib.suppress(OSError):
        os.kill(pid, number)


def alive(pid: int) -> bool:
    """Whether the process runs; one that ended and is not yet reaped does not."""
    if pid <= 0:
        return False
    if sys.platform == "win32":
        return _alive_on_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return True


def _alive_on_windows(pid: int) -> bool:
    import ctypes

    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined, unused-ignore]
    query_limited_information, still_active = 0x1000, 259
    handle = kernel.OpenProcess(query_limited_information, False, pid)
    if not handle:
        return False
    code = ctypes.c_ulong()
    known = kernel.GetExitCodeProcess(handle, ctypes.byref(code))
    kernel.CloseHandle(handle)
    return bool(known) and code.value == still_active


def sync_folder(folder: Path) -> None:
    """Make sure that the names in a folder survive a power loss; on Windows its file system sees to that."""
    if WINDOWS:
        return
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def lock_file(fd: int) -> bool:
    """Take the lock on an open file; False where another process has it. It ends with the last holder of the file."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(fd, 0, os.SEEK_SET)
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def patient_streams() -> None:
    """Let the console replace what its code page does not have (GBK, ASCII) instead of raising."""
    for stream in (sys.stdout, sys.stderr):
        _patient(stream)


def _patient(stream: TextIO) -> None:
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")


def can_connect(url: str) -> bool:
    """Whether somebody takes a connection at ``unix://PATH`` or ``http://HOST:PORT``; nothing is said on it."""
    family, address = _address(url)
    with socket.socket(family) as line:
        line.settimeout(1)
        return line.connect_ex(address) == 0


def _address(url: str) -> tuple[int, str | tuple[str, int]]:
    if sys.platform != "win32" and url.startswith("unix://"):
        return socket.AF_UNIX, url.removeprefix("unix://")
    host, _, port = url.removeprefix("http://").rpartition(":")
    return socket.AF_INET, (host, int(port))


def owner_of_port(port: int) -> int:
    """The process that listens on 127.0.0.1:``port`` or on any address; 0 where the system does not tell."""
    if WINDOWS:
        return _owner_on_windows(port)
    inodes = _listening_inodes(port)
    if not inodes:
        return 0
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if os.readlink(link) in inodes:
                return int(link.parts[2])
    return 0


def _listening_inodes(port: int) -> set[str]:
    found: set[str] = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(table).read_text(encoding="utf-8").splitlines()[1:]:
                words = line.split()
                if words[3] == "0A" and int(words[1].rpartition(":")[2], 16) == port:
                    found.add(f"socket:[{words[9]}]")
    return found


def _owner_on_windows(port: int) -> int:
    try:
        said = subprocess.run(
            ["netstat", "-ano", "-p", "TCP"],
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=10,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    for words in map(str.split, said.splitlines()):
        if len(words) == 5 and words[1].endswith(f":{port}") and words[3] == "LISTENING":
            return int(words[4])
    return 0


def command_of(pid: int) -> str:
    """The command line of a process as far as the system shows it, else nothing."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
    except OSError:
        return ""


def runs(pid: int, word: str) -> bool:
    """Whether the process lives and, where the system shows its command line, ``word`` stands in it.

    A pid read from a file may long be another program's."""
    command = command_of(pid)
    return alive(pid) and (word in command if command else WINDOWS)

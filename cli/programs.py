"""The processes of a run, and the supervisord.conf that starts them, for Linux and for Windows."""

from __future__ import annotations

import dataclasses
import os
import secrets
import socket
import sys
from pathlib import Path

from common import host_os
from common.run import RUN_FILE_VARIABLE
from common.stamp import replace_text

CONF_FILE, LOG_FILE, PID_FILE, OUTPUT_FILE = (
    "supervisord.conf",
    "supervisord.log",
    "supervisord.pid",
    "supervisord.out",
)
RUN_FILE = "run.json"
_SOCKET_FILE = "supervisor.sock"
_ROOT = Path(__file__).resolve().parent.parent


@dataclasses.dataclass(frozen=True)
class Program:
    """One process: its name at supervisord and the module that python runs. ``aside``: the run does not wait for it,
    and what becomes of it ends nothing. ``lasting``: the run needs it, and it does not end by itself."""

    name: str
    module: str
    aside: bool = False
    lasting: bool = False


PROGRAMS = (
    Program("gateway", "services.gateway"),
    Program("quotes", "services.gateway.quotes"),
    Program("risk", "services.risk"),
    Program("state", "services.state"),
    Program("strategy", "services.strategy"),
)
STRATEGY_ALONE = PROGRAMS[-1:]
"""What a run starts that joins a running stack."""
PROXY = Program("proxy", "services.proxy", lasting=True)
SERVER_PROGRAMS = (*PROGRAMS[:-1], PROXY)
"""What a server starts: its strategies run on other machines."""
ALERTS = Program("alerts", "services.alerts", aside=True)
"""Started beside the others where there is somebody to alert."""


@dataclasses.dataclass(frozen=True)
class Control:
    """Where supervisord of a run listens for orders: a Unix socket, or a loopback port with a password."""

    url: str
    user: str = ""
    password: str = ""


@dataclasses.dataclass(frozen=True)
class Launch:
    """What supervisord is to start: ``strategy`` names the strategy process's output file."""

    programs: tuple[Program, ...]
    runtime_dir: Path
    log_dir: Path
    strategy: str

    def output_of(self, name: str) -> Path:
        """The file with what a process says before and beside its log: a refusal to start, a crash."""
        who = f"strategy.{self.strategy}" if name == "strategy" else name
        return self.log_dir / f"{who}.console.log"


def write_conf(launch: Launch, *, windows: bool = host_os.WINDOWS) -> Control:
    """Write RUNTIME_DIR/supervisord.conf, readable by its owner only, and return where it will listen."""
    control = _control(launch.runtime_dir, windows=windows)
    path = launch.runtime_dir / CONF_FILE
    path.unlink(missing_ok=True)
    # Created empty with its rights first: the password must at no time be readable by others.
    os.close(os.open(path.with_name(path.name + ".new"), os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
    replace_text(path, conf_text(launch, control, windows=windows))
    return control


def conf_text(launch: Launch, control: Control, *, windows: bool) -> str:
    """The whole file; ``windows`` chooses how processes are asked to stop."""
    runtime = launch.runtime_dir
    head = _section(
        "supervisord",
        nodaemon="true",
        silent="true",
        logfile=_path(runtime / LOG_FILE),
        logfile_maxbytes="10MB",
        logfile_backups="1",
        loglevel="info",
        pidfile=_path(runtime / PID_FILE),
        childlogdir=_path(runtime),
        identifier="bullet-trade",
    )
    rpc = _section(
        "rpcinterface:supervisor",
        **{"supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"},
    )
    programs = [_program(program, launch, windows=windows) for program in launch.programs]
    # supervisord stops groups one after the other, a second each; the processes of one group it stops at once.
    group = _section("group:stack", programs=",".join(program.name for program in launch.programs))
    return "\n".join([head, _server(control), rpc, _client(control), group, *programs])


def environment(environ: dict[str, str], runtime_dir: Path) -> dict[str, str]:
    """What the processes find around them: the run file, our packages and no others of the folder they run in."""
    # UTF-8 also for supervisord, which reads its file in the code page of the machine.
    ours = {
        RUN_FILE_VARIABLE: str(runtime_dir / RUN_FILE),
        "PYTHONPATH": os.pathsep.join([str(_ROOT), *filter(None, [environ.get("PYTHONPATH")])]),
        "PYTHONSAFEPATH": "1",
        "PYTHONUTF8": "1",
        "PYTHONUNBUFFERED": "1",
    }
    # A strategy that goes through a set meets it in the same order tomorrow, and in a replay.
    return {"PYTHONHASHSEED": "0", **environ, **ours}


def read_control(runtime_dir: Path) -> Control | None:
    """Where the supervisord of a run listens, from its file; None where there was never one."""
    import configparser

    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string((runtime_dir / CONF_FILE).read_text(encoding="utf-8"))
        section = parser["supervisorctl"]
    except (OSError, configparser.Error, KeyError):
        return None
    url = section["serverurl"].replace("%%", "%")
    return Control(url, section.get("username", ""), section.get("password", ""))


def _control(runtime_dir: Path, *, windows: bool) -> Control:
    path = runtime_dir / _SOCKET_FILE
    if not windows and len(os.fsencode(path)) <= host_os.UNIX_SOCKET_BYTES_MAX:
        return Control(f"unix://{path.as_posix()}")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return Control(f"http://127.0.0.1:{port}", "bullet-trade", secrets.token_hex(16))


def _server(control: Control) -> str:
    if control.url.startswith("unix://"):
        return _section("unix_http_server", file=control.url.removeprefix("unix://").replace("%", "%%"), chmod="0700")
    address = control.url.removeprefix("http://")
    return _section("inet_http_server", port=address, username=control.user, password=control.password)


def _client(control: Control) -> str:
    url = control.url.replace("%", "%%")
    if not control.user:
        return _section("supervisorctl", serverurl=url)
    return _section("supervisorctl", serverurl=url, username=control.user, password=control.password)


def _program(program: Program, launch: Launch, *, windows: bool) -> str:
    return _section(
        f"program:{program.name}",
        command=f'"{_path(Path(sys.executable))}" -m {program.module}',
        startsecs="0",
        startretries="1000000",
        autorestart="unexpected",
        exitcodes="0,78",
        stopsignal="CTRL_BREAK_EVENT" if windows else "TERM",
        stopwaitsecs="10",
        redirect_stderr="true",
        stdout_logfile=_path(launch.output_of(program.name)),
        stdout_logfile_maxbytes="5MB",
        stdout_logfile_backups="2",
    )


def _section(section: str, /, **options: str) -> str:
    return f"[{section}]\n" + "".join(f"{name}={value}\n" for name, value in options.items())


def _path(path: Path) -> str:
    """A path as supervisord reads it: no backslash for shlex to eat, no percent sign to expand."""
    return path.as_posix().replace("%", "%%")

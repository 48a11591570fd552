"""Whether the QMT terminal on this machine is as the stack needs it: wheel, folder, permission, processes, port."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PureWindowsPath

from cli.doctor_findings import Finding, fail, ok, unknown, warn
from cli.doctor_host import WINDOWS

TESTED_WHEEL = "250807.1.2"
TERMINAL, FULL_TERMINAL, QUOTE_SERVICE = "XtMiniQmt.exe", "XtItClient.exe", "miniquote.exe"
FOLDER_NAMES = ("userdata_mini", "userdata")
SESSIONS_WARN = 20
_MEBI = 1 << 20

_WHERE = "在 QMT 安装目录里找 userdata_mini，把它的完整路径写进 .env 的 QMT_DATA_PATH（反斜杠照写，不加引号）"
_LOG_IN = "启动 QMT，勾选“极简模式”（有的券商叫“独立交易”）登录，保持开启"


@dataclass(frozen=True)
class WheelFacts:
    """The xtquant package without importing it; ``fits``: it has native modules for this Python on Windows."""

    version: str
    fits: bool


@dataclass(frozen=True)
class FolderFacts:
    """What lies in ``QMT_DATA_PATH``. ``refused``: why it cannot be listed; ``unwritable``: why not be written."""

    path: str
    exists: bool = False
    is_folder: bool = False
    inside: tuple[str, ...] = ()
    refused: str = ""
    unwritable: str = ""
    up_queues: tuple[str, ...] = ()
    session_files: int = 0
    session_bytes: int = 0
    newest_ns: int = 0

    @property
    def is_usable(self) -> bool:
        """Nobody can connect through a folder that cannot be opened and written."""
        return self.is_folder and not self.refused and not self.unwritable


@dataclass(frozen=True)
class ProcessRow:
    """A process as ``tasklist`` lists it."""

    name: str
    pid: int
    session: int


@dataclass(frozen=True)
class TerminalFacts:
    """``folders``: one for each data path in the settings. ``processes`` is None where the system lists none."""

    system: str
    session: int | None
    python: tuple[int, int]
    wheel: WheelFacts | None
    folders: tuple[FolderFacts, ...]
    processes: tuple[ProcessRow, ...] | None
    quotes_port: int
    quotes_port_answers: bool


def findings(facts: TerminalFacts) -> list[Finding]:
    rows = [wheel(facts)]
    if not facts.folders:
        rows.append(fail("QMT_PATH", "没有设置 QMT_DATA_PATH", _WHERE))
    for one in facts.folders:
        rows += folder(one)
    return [*rows, *processes(facts), quotes_port(facts)]


def wheel(facts: TerminalFacts) -> Finding:
    remedy = "在 .venv 里：pip install -c constraints.txt -e .[qmt]"
    if facts.wheel is None:
        return fail("XTQUANT", "没有安装 xtquant", f"{remedy}（只能用于 Windows）")
    version = facts.wheel.version
    if not facts.wheel.fits:
        python = ".".join(map(str, facts.python))
        return fail(
            "XTQUANT", f"xtquant {version} 没有 Python {python} 的本机模块", "改用 64 位 Python 3.11 重建 .venv"
        )
    if version != TESTED_WHEEL:
        return warn("XTQUANT", f"xtquant {version}，本程序按 {TESTED_WHEEL} 测试", remedy)
    return ok("XTQUANT", f"xtquant {version}")


def folder(facts: FolderFacts) -> list[Finding]:
    """The rows of the folder; what cannot be looked into says nothing more."""
    if not facts.exists:
        return [fail("QMT_PATH", f"{facts.path} 不存在", _WHERE)]
    if not facts.is_folder:
        return [fail("QMT_PATH", f"{facts.path} 不是文件夹", _WHERE)]
    if facts.refused:
        remedy = "用登录 QMT 的同一个 Windows 用户运行；QMT 不要装在系统盘，否则须以管理员身份运行"
        return [fail("QMT_PATH", f"{facts.path} 无法打开：{facts.refused}", remedy)]
    return [ok("QMT_PATH", facts.path), _kind(facts), _writable(facts), _permission(facts), _queues(facts)]


def _kind(facts: FolderFacts) -> Finding:
    name = PureWindowsPath(facts.path).name
    if name.casefold() in FOLDER_NAMES:
        return ok("QMT_FOLDER", name)
    if facts.inside:
        return fail(
            "QMT_FOLDER", f"{name} 是安装目录，不是 userdata_mini", f"QMT_DATA_PATH 改为其中的 {facts.inside[0]}"
        )
    return fail("QMT_FOLDER", f"{name} 不是 userdata_mini（投研版是 userdata）", _WHERE)


def _writable(facts: FolderFacts) -> Finding:
    if not facts.unwritable:
        return ok("QMT_WRITABLE", "当前用户可以写入")
    remedy = "把 QMT 装到系统盘之外并给当前用户完全控制权限，或以管理员身份运行终端与本程序"
    return fail("QMT_WRITABLE", f"当前用户不能写入：{facts.unwritable}", remedy)


def _permission(facts: FolderFacts) -> Finding:
    if facts.up_queues:
        return ok("QMT_PERMISSION", f"有 {facts.up_queues[0]}")
    return fail(
        "QMT_PERMISSION",
        "没有 up_queue_xtquant：终端没有以极简模式登录过，或账户没有 API 权限",
        f"{_LOG_IN}；登录后仍没有这个文件，请联系券商开通 MiniQMT / xtquant 权限",
    )


def _queues(facts: FolderFacts) -> Finding:
    text = f"{facts.session_files} 个会话队列文件，共 {facts.session_bytes // _MEBI:,} MB"
    if facts.session_files <= SESSIONS_WARN:
        return ok("QMT_SESSIONS", text)
    remedy = "关闭终端和所有 Python 程序后，删除不用的 down_queue_win_* 及对应的 lock_*、*__mutex"
    return warn("QMT_SESSIONS", f"{text}：有程序每次换会话号，文件不会自动删除", remedy)


def processes(facts: TerminalFacts) -> list[Finding]:
    """The terminal and its quote service; they fail one without the other."""
    if facts.processes is None:
        where = "" if facts.system == WINDOWS else f"{facts.system} 上"
        remedy = "在 QMT 主机上运行 doctor" if where else "打开任务管理器，看有没有 XtMiniQmt.exe 与 miniquote.exe"
        return [
            unknown("QMT_TERMINAL", f"{where}无法查看 {TERMINAL} 是否在运行", remedy),
            unknown("QMT_MINIQUOTE", f"{where}无法查看 {QUOTE_SERVICE} 是否在运行", remedy),
        ]
    return [_terminal(facts, facts.processes), _quote_service(facts.processes)]


def _terminal(facts: TerminalFacts, running: Sequence[ProcessRow]) -> Finding:
    found = _named(running, TERMINAL)
    if found is None:
        if _named(running, FULL_TERMINAL):
            return fail("QMT_TERMINAL", f"{FULL_TERMINAL} 在运行，{TERMINAL} 没有：登录的不是极简模式", _LOG_IN)
        return fail("QMT_TERMINAL", f"{TERMINAL} 没有运行", _LOG_IN)
    if facts.session is not None and found.session != facts.session:
        text = f"{TERMINAL} 在会话 {found.session}，本进程在会话 {facts.session}：两者通常连不上"
        return fail("QMT_TERMINAL", text, "在登录终端的同一个桌面会话里运行本程序")
    return ok("QMT_TERMINAL", f"{TERMINAL} 进程 {found.pid}，会话 {found.session}")


def _quote_service(running: Sequence[ProcessRow]) -> Finding:
    found = _named(running, QUOTE_SERVICE)
    if found is None:
        return warn("QMT_MINIQUOTE", f"{QUOTE_SERVICE} 没有运行：没有实时行情", "重新登录终端；仍没有时请联系券商")
    return ok("QMT_MINIQUOTE", f"{QUOTE_SERVICE} 进程 {found.pid}")


def _named(running: Iterable[ProcessRow], name: str) -> ProcessRow | None:
    return next((row for row in running if row.name.casefold() == name.casefold()), None)


def quotes_port(facts: TerminalFacts) -> Finding:
    """The port of the quote service; that it answers says nothing about trading."""
    text = f"127.0.0.1:{facts.quotes_port}"
    if facts.quotes_port_answers:
        return ok("QUOTES_PORT", f"{text} 有应答（只说明行情服务在，不说明交易）")
    if facts.system != WINDOWS:
        return unknown("QUOTES_PORT", f"{text} 没有应答；{facts.system} 上没有 QMT", "在 QMT 主机上运行 doctor")
    return fail("QUOTES_PORT", f"{text} 没有应答", f"{_LOG_IN}；端口不是 {facts.quotes_port} 时请查看终端的行情端口")

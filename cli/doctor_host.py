"""Whether the machine is fit: Python, supervisor, the desktop session, time, and room on the disk. Decides only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cli.doctor_findings import Finding, fail, ok, unknown, warn

WINDOWS = "Windows"
BEIJING_OFFSET_MIN = 480
ADVISED_PYTHON = (3, 11)
NO_PYWIN32_FROM = (3, 13)
_SECOND_NS = 1_000_000_000
_FUTURE_NS, _TICK_AHEAD_NS, _TICK_LATE_NS = 5 * _SECOND_NS, 3 * _SECOND_NS, 30 * _SECOND_NS
_MEBI = 1 << 20
ROOM_FAIL_BYTES, ROOM_WARN_BYTES = 500 * _MEBI, 2048 * _MEBI
INODES_FAIL, INODES_WARN = 1_000, 20_000

_INSTALL_PYTHON = "在 QMT 主机上安装 64 位 Python 3.11，用它重建 .venv，见 docs/windows.md 第 2、3 步"


@dataclass(frozen=True)
class HostFacts:
    """``session``: the Windows session of this process, None where there is no such thing or it cannot be told.

    ``supervisors``: the installed distributions that provide ``import supervisor``, each with its version.
    """

    system: str
    python: tuple[int, int, int]
    bits: int
    machine: str
    supervisors: tuple[str, ...]
    session: int | None
    utc_offset_min: int


@dataclass(frozen=True)
class ClockFacts:
    """Times that others gave: the newest file of the terminal, the newest tick of the stack (0: none), UTC ns."""

    now_ns: int
    newest_file_ns: int = 0
    newest_tick_ns: int = 0
    in_session: bool = False


@dataclass(frozen=True)
class PlaceFacts:
    """A folder of ours, or the one above it that is there already. ``refused``: why nothing can be written there.

    ``free_inodes`` is None where the file system has no such limit.
    """

    code: str
    path: str
    refused: str
    free_bytes: int
    free_inodes: int | None


def findings(facts: HostFacts, clock: ClockFacts, places: Sequence[PlaceFacts], *, for_qmt: bool) -> list[Finding]:
    """``for_qmt``: the machine is to run the terminal's neighbours, which asks more of it."""
    rows = [python_version(facts, for_qmt=for_qmt), python_bits(facts), supervisor(facts)]
    if for_qmt:
        rows.append(desktop_session(facts))
    rows += [time_zone(facts, for_qmt=for_qmt), clock_skew(clock)]
    return [*rows, *(row for place in places for row in room(place))]


def python_version(facts: HostFacts, *, for_qmt: bool) -> Finding:
    text = f"Python {'.'.join(map(str, facts.python))}"
    short = facts.python[:2]
    if facts.system == WINDOWS and short >= NO_PYWIN32_FROM:
        said = f"{text}：supervisor-win 需要的 pywin32 306 没有这个版本的安装包"
        return fail("PYTHON_VERSION", said, _INSTALL_PYTHON)
    if for_qmt and short > ADVISED_PYTHON:
        return warn(
            "PYTHON_VERSION", f"{text}：xtquant 在 3.12 以上只有纯 Python 的 BSON，全市场行情慢", _INSTALL_PYTHON
        )
    return ok("PYTHON_VERSION", text)


def python_bits(facts: HostFacts) -> Finding:
    text = f"{facts.bits} 位（{facts.machine}）"
    if facts.bits != 64:
        return fail("PYTHON_BITS", f"{text}：xtquant 与 QMT 只有 64 位", _INSTALL_PYTHON)
    if facts.system == WINDOWS and facts.machine.upper() not in ("AMD64", "X86_64"):
        return fail("PYTHON_BITS", f"{text}：xtquant 的本机模块只有 x64", "安装 x64（不是 ARM64）的 Python 3.11")
    return ok("PYTHON_BITS", text)


def supervisor(facts: HostFacts) -> Finding:
    """Two distributions share the import name; on Windows only the fork works, and only alone."""
    text = "、".join(facts.supervisors) or "没有安装"
    names = {one.partition(" ")[0].lower() for one in facts.supervisors}
    if facts.system != WINDOWS:
        return ok("SUPERVISOR", text) if names else fail("SUPERVISOR", text, "pip install -c constraints.txt -e .")
    if names == {"supervisor-win"}:
        return ok("SUPERVISOR", text)
    return fail(
        "SUPERVISOR",
        f"{text}：Windows 上需要且只能有 supervisor-win",
        "pip uninstall -y supervisor supervisor-win，再 pip install -c constraints.txt -e .[qmt]",
    )


def desktop_session(facts: HostFacts) -> Finding:
    """As the field reports: in session 0 ``connect`` is always -1, since the queues' shared memory is per session."""
    if facts.system != WINDOWS:
        return unknown("DESKTOP_SESSION", f"{facts.system} 上没有 Windows 会话", "在 QMT 主机上运行 doctor")
    if facts.session is None:
        return unknown("DESKTOP_SESSION", "系统没有给出本进程的会话号", "在登录用户的桌面里打开命令行，再运行 doctor")
    if facts.session == 0:
        return fail(
            "DESKTOP_SESSION",
            "本进程在会话 0（Windows 服务或 SSH）里，那里通常连不上桌面会话里的终端",
            "在登录用户的桌面里运行，或用任务计划程序“用户登录时”启动，见 docs/windows.md 第 9 步",
        )
    return ok("DESKTOP_SESSION", f"桌面会话 {facts.session}")


def time_zone(facts: HostFacts, *, for_qmt: bool) -> Finding:
    sign, minutes = "-" if facts.utc_offset_min < 0 else "+", abs(facts.utc_offset_min)
    text = f"本机时区 UTC{sign}{minutes // 60:02d}:{minutes % 60:02d}"
    if facts.utc_offset_min == BEIJING_OFFSET_MIN:
        return ok("TIME_ZONE", text)
    if for_qmt:
        remedy = 'Windows：tzutil /s "China Standard Time"，然后重启终端与系统'
        return warn("TIME_ZONE", f"{text}：本程序不受影响，但 xtdata 的一部分函数用本机时区", remedy)
    return ok("TIME_ZONE", f"{text}（本程序只用北京时间，不受影响）")


def clock_skew(facts: ClockFacts) -> Finding:
    """Without asking the network: a tick or a file from the future shows a clock that is behind."""
    remedy = "同步系统时钟：w32tm /resync（Linux：timedatectl），再运行 doctor"
    ahead_ns = facts.newest_tick_ns - facts.now_ns
    if facts.newest_tick_ns and ahead_ns > _TICK_AHEAD_NS:
        return fail("CLOCK", f"最新行情的时间比本机时钟晚 {ahead_ns // _SECOND_NS} 秒：本机时钟慢了", remedy)
    if facts.newest_tick_ns and facts.in_session:
        if -ahead_ns > _TICK_LATE_NS:
            late = -ahead_ns // _SECOND_NS
            return warn("CLOCK", f"最新行情的时间比本机时钟早 {late} 秒：时钟快了，或行情停了", remedy)
        return ok("CLOCK", f"与最新行情相差 {abs(ahead_ns) / _SECOND_NS:.1f} 秒")
    if facts.newest_file_ns - facts.now_ns > _FUTURE_NS:
        future = (facts.newest_file_ns - facts.now_ns) // _SECOND_NS
        return warn("CLOCK", f"终端有文件的时间比本机时钟晚 {future} 秒：时钟被往回调过", remedy)
    return unknown("CLOCK", "没有盘中的最新行情可以对照", "盘中系统运行时再查一次；平时请保持 Windows 时间同步开启")


def room(place: PlaceFacts) -> list[Finding]:
    """Whether the folder can be written, and what is left there."""
    if place.refused:
        remedy = f"让当前用户能写入它，或在 .env 里给 {place.code} 换一个文件夹"
        return [fail(place.code, f"{place.path} 无法写入：{place.refused}", remedy)]
    rows = [ok(place.code, f"{place.path} 可以写入"), _disk(place)]
    return rows if place.free_inodes is None else [*rows, _inodes(place, place.free_inodes)]


def _disk(place: PlaceFacts) -> Finding:
    code, text = f"{place.code}_DISK", f"剩余 {place.free_bytes // _MEBI:,} MB"
    remedy = "腾出空间：旧日志、旧流水（RUNTIME_DIR/archive）、QMT 里不用的 down_queue_win_*"
    if place.free_bytes < ROOM_FAIL_BYTES:
        return fail(code, f"{text}，写不下一天的流水", remedy)
    return warn(code, text, remedy) if place.free_bytes < ROOM_WARN_BYTES else ok(code, text)


def _inodes(place: PlaceFacts, free: int) -> Finding:
    code, text = f"{place.code}_INODES", f"还能新建 {free:,} 个文件"
    remedy = "删除不用的小文件（df -i 查看）"
    if free < INODES_FAIL:
        return fail(code, text, remedy)
    return warn(code, text, remedy) if free < INODES_WARN else ok(code, text)

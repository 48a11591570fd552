"""What ``doctor`` decides from facts that are handed in: each verdict of each check, and that each has a remedy."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from cli import doctor_desk, doctor_host, doctor_link, doctor_terminal
from cli.doctor_desk import CalendarFacts, DeskFacts, EnvFacts, LimitFacts, PortFacts
from cli.doctor_findings import Finding, Verdict
from cli.doctor_host import ClockFacts, HostFacts, PlaceFacts
from cli.doctor_link import Outcome, StackFacts, VisitFacts
from cli.doctor_probe_machine import parse_tasklist
from cli.doctor_terminal import FolderFacts, ProcessRow, TerminalFacts, WheelFacts
from common import messages as m
from common.beijing import SECOND_NS, at
from common.stamp import Stamp

ROOT = Path(__file__).resolve().parents[2]
OK, WARN, FAIL, UNKNOWN = Verdict.OK, Verdict.WARN, Verdict.FAIL, Verdict.UNKNOWN
DAY = date(2026, 11, 20)
NOW = at(DAY, "10:00")

HOST = HostFacts("Windows", (3, 11, 9), 64, "AMD64", ("supervisor-win 4.7.0",), 1, 480)
PLACE = PlaceFacts("RUNTIME_DIR", r"D:\desk\runtime", "", 50 << 30, None)
USERDATA = r"D:\国金 QMT 交易端\userdata_mini"
FOLDER = FolderFacts(USERDATA, exists=True, is_folder=True, up_queues=("up_queue_xtquant",))
RUNNING = (ProcessRow("XtMiniQmt.exe", 4321, 1), ProcessRow("miniquote.exe", 4322, 1))
TERMINAL = TerminalFacts("Windows", 1, (3, 11), WheelFacts("250807.1.2", True), (FOLDER,), RUNNING, 58610, True)
DESK = DeskFacts(
    broker="qmt",
    mode="dry_run",
    env=EnvFacts(r"D:\desk\.env", "UTF-8", (), ""),
    limits=LimitFacts("单笔 100,000.00", all_default=False, has_alerts=True),
    calendar=CalendarFacts(DAY, date(2026, 12, 31), "", ""),
    stamp=None,
    stamp_error="",
    stack_runs=False,
    bus_ports=[PortFacts(58600 + offset) for offset in range(1, 8)],
    server_ports=[PortFacts(58620), PortFacts(58621)],
    quotes_port=58610,
    listen="0.0.0.0",
    token_bits=240,
    remote_answers=None,
)


def verdicts(findings: list[Finding]) -> dict[str, Verdict]:
    """By code; whatever is not well says what to do about it."""
    for finding in findings:
        assert finding.text and (finding.remedy or finding.verdict is OK), finding
    return {finding.code: finding.verdict for finding in findings}


def host(facts: HostFacts = HOST, clock: ClockFacts | None = None, *, for_qmt: bool = True) -> dict[str, Verdict]:
    return verdicts(doctor_host.findings(facts, clock or ClockFacts(NOW), [PLACE], for_qmt=for_qmt))


# -- the machine -------------------------------------------------------------------------------------------------------


def test_a_good_host_has_nothing_to_say_but_the_clock() -> None:
    found = host()
    assert found.pop("CLOCK") is UNKNOWN
    assert set(found.values()) == {OK}


@pytest.mark.parametrize(
    ("change", "code", "verdict"),
    [
        ({"python": (3, 12, 4)}, "PYTHON_VERSION", WARN),
        ({"python": (3, 13, 0)}, "PYTHON_VERSION", FAIL),
        ({"python": (3, 13, 0), "system": "Linux"}, "PYTHON_VERSION", WARN),
        ({"bits": 32, "machine": "x86"}, "PYTHON_BITS", FAIL),
        ({"machine": "ARM64"}, "PYTHON_BITS", FAIL),
        ({"machine": "aarch64", "system": "Linux"}, "PYTHON_BITS", OK),
        ({"supervisors": ("supervisor 4.3.0",)}, "SUPERVISOR", FAIL),
        ({"supervisors": ("supervisor 4.3.0", "supervisor-win 4.7.0")}, "SUPERVISOR", FAIL),
        ({"supervisors": ()}, "SUPERVISOR", FAIL),
        ({"supervisors": (), "system": "Linux"}, "SUPERVISOR", FAIL),
        ({"supervisors": ("supervisor 4.3.0",), "system": "Linux"}, "SUPERVISOR", OK),
        ({"session": 0}, "DESKTOP_SESSION", FAIL),
        ({"session": None}, "DESKTOP_SESSION", UNKNOWN),
        ({"session": None, "system": "Linux"}, "DESKTOP_SESSION", UNKNOWN),
        ({"utc_offset_min": 0}, "TIME_ZONE", WARN),
        ({"utc_offset_min": -300}, "TIME_ZONE", WARN),
    ],
)
def test_the_host(change: dict[str, object], code: str, verdict: Verdict) -> None:
    assert host(replace(HOST, **change))[code] is verdict


def test_a_machine_without_qmt_is_asked_less() -> None:
    found = host(replace(HOST, system="Linux", python=(3, 13, 1), session=None, utc_offset_min=0), for_qmt=False)
    assert "DESKTOP_SESSION" not in found and {found["PYTHON_VERSION"], found["TIME_ZONE"]} == {OK}


@pytest.mark.parametrize(
    ("clock", "verdict"),
    [
        (ClockFacts(NOW, newest_tick_ns=NOW - 3 * SECOND_NS, in_session=True), OK),
        (ClockFacts(NOW, newest_tick_ns=NOW + 2 * SECOND_NS, in_session=True), OK),
        (ClockFacts(NOW, newest_tick_ns=NOW + 9 * SECOND_NS, in_session=True), FAIL),
        (ClockFacts(NOW, newest_tick_ns=NOW + 9 * SECOND_NS), FAIL),
        (ClockFacts(NOW, newest_tick_ns=NOW - 90 * SECOND_NS, in_session=True), WARN),
        (ClockFacts(NOW, newest_tick_ns=NOW - 90 * SECOND_NS), UNKNOWN),
        (ClockFacts(NOW, newest_file_ns=NOW - 90 * SECOND_NS), UNKNOWN),
        (ClockFacts(NOW, newest_file_ns=NOW + 60 * SECOND_NS), WARN),
        (ClockFacts(NOW, NOW + 60 * SECOND_NS, NOW - 3 * SECOND_NS, in_session=True), OK),
    ],
)
def test_the_clock_is_judged_by_what_others_wrote(clock: ClockFacts, verdict: Verdict) -> None:
    assert host(clock=clock)["CLOCK"] is verdict


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"refused": "拒绝访问"}, {"RUNTIME_DIR": FAIL}),
        ({"free_bytes": 100 << 20}, {"RUNTIME_DIR": OK, "RUNTIME_DIR_DISK": FAIL}),
        ({"free_bytes": 1 << 30}, {"RUNTIME_DIR": OK, "RUNTIME_DIR_DISK": WARN}),
        ({"free_inodes": 10}, {"RUNTIME_DIR": OK, "RUNTIME_DIR_DISK": OK, "RUNTIME_DIR_INODES": FAIL}),
        ({"free_inodes": 9_000}, {"RUNTIME_DIR": OK, "RUNTIME_DIR_DISK": OK, "RUNTIME_DIR_INODES": WARN}),
        ({"free_inodes": 900_000}, {"RUNTIME_DIR": OK, "RUNTIME_DIR_DISK": OK, "RUNTIME_DIR_INODES": OK}),
    ],
)
def test_room_for_a_day(change: dict[str, object], expected: dict[str, Verdict]) -> None:
    assert verdicts(doctor_host.room(replace(PLACE, **change))) == expected


# -- the terminal ------------------------------------------------------------------------------------------------------


def terminal(**change: object) -> dict[str, Verdict]:
    return verdicts(doctor_terminal.findings(replace(TERMINAL, **change)))


def test_a_good_terminal_has_nothing_to_say() -> None:
    assert set(terminal().values()) == {OK}


@pytest.mark.parametrize(
    ("change", "code", "verdict"),
    [
        ({"wheel": None}, "XTQUANT", FAIL),
        ({"wheel": WheelFacts("250807.1.2", fits=False)}, "XTQUANT", FAIL),
        ({"wheel": WheelFacts("240613.1.1", fits=True)}, "XTQUANT", WARN),
        ({"folders": ()}, "QMT_PATH", FAIL),
        ({"processes": ()}, "QMT_TERMINAL", FAIL),
        ({"processes": (ProcessRow("XtItClient.exe", 1, 1),)}, "QMT_TERMINAL", FAIL),
        ({"processes": (ProcessRow("xtminiqmt.EXE", 1, 1),)}, "QMT_TERMINAL", OK),
        ({"processes": (ProcessRow("XtMiniQmt.exe", 1, 2),)}, "QMT_TERMINAL", FAIL),
        ({"processes": (ProcessRow("XtMiniQmt.exe", 1, 1),)}, "QMT_MINIQUOTE", WARN),
        ({"processes": None, "system": "Linux"}, "QMT_TERMINAL", UNKNOWN),
        ({"processes": None}, "QMT_MINIQUOTE", UNKNOWN),
        ({"quotes_port_answers": False}, "QUOTES_PORT", FAIL),
        ({"quotes_port_answers": False, "system": "Linux"}, "QUOTES_PORT", UNKNOWN),
    ],
)
def test_the_terminal(change: dict[str, object], code: str, verdict: Verdict) -> None:
    assert terminal(**change)[code] is verdict


@pytest.mark.parametrize(
    ("change", "code", "verdict"),
    [
        ({"exists": False, "is_folder": False}, "QMT_PATH", FAIL),
        ({"is_folder": False}, "QMT_PATH", FAIL),
        ({"refused": "拒绝访问"}, "QMT_PATH", FAIL),
        ({"path": r"D:\国金 QMT 交易端", "inside": ("userdata_mini",)}, "QMT_FOLDER", FAIL),
        ({"path": r"D:\somewhere"}, "QMT_FOLDER", FAIL),
        ({"path": r"D:\QMT\userdata"}, "QMT_FOLDER", OK),
        ({"path": "D:\\QMT\\UserData_Mini\\"}, "QMT_FOLDER", OK),
        ({"path": "D:/QMT/userdata_mini"}, "QMT_FOLDER", OK),
        ({"unwritable": "拒绝访问"}, "QMT_WRITABLE", FAIL),
        ({"up_queues": ()}, "QMT_PERMISSION", FAIL),
        ({"session_files": 21, "session_bytes": 21 * 75 << 20}, "QMT_SESSIONS", WARN),
    ],
)
def test_the_data_folder(change: dict[str, object], code: str, verdict: Verdict) -> None:
    assert terminal(folders=(replace(FOLDER, **change),))[code] is verdict


def test_the_right_folder_inside_the_wrong_one_is_named() -> None:
    wrong = replace(FOLDER, path=r"D:\国金 QMT 交易端", inside=("userdata_mini",))
    found = [row for row in doctor_terminal.folder(wrong) if row.code == "QMT_FOLDER"]
    assert "userdata_mini" in found[0].remedy


def test_every_terminal_of_several_is_looked_at() -> None:
    rows = doctor_terminal.findings(replace(TERMINAL, folders=(FOLDER, replace(FOLDER, path="E:\\x", exists=False))))
    assert [row.verdict for row in rows if row.code == "QMT_PATH"] == [OK, FAIL]


def test_the_wheel_is_the_one_that_is_installed_and_tested() -> None:
    assert f"xtquant=={doctor_terminal.TESTED_WHEEL}" in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_the_process_list_of_windows_is_read() -> None:
    text = (
        '"System Idle Process","0","Services","0","8 K"\r\n'
        '"XtMiniQmt.exe","4321","Console","1","512,340 K"\r\n'
        '"miniquote.exe","4322","RDP-Tcp#3","2","88,112 K"\r\n'
        "INFO: something else\r\n"
    )
    rows = parse_tasklist(text)
    assert rows[1:] == (ProcessRow("XtMiniQmt.exe", 4321, 1), ProcessRow("miniquote.exe", 4322, 2))


# -- the stack and the link --------------------------------------------------------------------------------------------

ACCOUNT = "12345678"


def status(role: str, **notes: str) -> m.ProcessStatus:
    return m.ProcessStatus(role, 77, 1, NOW, NOW, 20261120, 0, NOW, 0, 0, notes)


def order(key: str, ended: str, venue: str) -> m.OrderState:
    asked = m.Order(key, "main", "demo", "600000.XSHG", m.Side.BUY, m.OrderType.LIMIT, 100, 100_000, NOW, NOW)
    return m.OrderState(asked, ended, venue, 0, 0, 0, "", "", NOW)


def snapshot(*orders: m.OrderState, link_up: bool = True) -> m.AccountSnapshot:
    return m.AccountSnapshot("main", 20261120, 0, 0, 0, [], list(orders), [], "live", link_up, NOW)


ALL_UP = {role: status(role) for role in ("gateway", "quotes", "risk", "state")}
LIVE = StackFacts("live", "main", Path("runtime"), statuses=ALL_UP, snapshot=snapshot())
NOBODY = StackFacts()


def link(stack: StackFacts, visit: VisitFacts | None = None) -> dict[str, Verdict]:
    return verdicts(doctor_link.findings(stack, visit or VisitFacts(), (ACCOUNT,), for_qmt=True))


def connected(code: int) -> VisitFacts:
    return VisitFacts(Outcome.CONNECTED, "", {ACCOUNT: code})


def test_without_a_stack_or_a_visit_nothing_is_known() -> None:
    assert set(link(NOBODY).values()) == {UNKNOWN}


def test_a_simulated_stack_says_nothing_of_the_terminal() -> None:
    found = link(replace(LIVE, mode="simulator"))
    assert (found["STACK"], found["QUOTES_FEED"]) == (OK, OK)
    assert (found["QMT_CONNECT"], found["QMT_ACCOUNT"], found["QMT_REMARK"]) == (UNKNOWN, UNKNOWN, UNKNOWN)


@pytest.mark.parametrize(
    ("stack", "code", "verdict"),
    [
        (LIVE, "STACK", OK),
        (LIVE, "QUOTES_FEED", OK),
        (LIVE, "QMT_CONNECT", OK),
        (LIVE, "QMT_ACCOUNT", OK),
        (LIVE, "QMT_REMARK", UNKNOWN),
        (replace(LIVE, statuses={**ALL_UP, "risk": None}), "STACK", FAIL),
        (replace(LIVE, statuses={**ALL_UP, "risk": status("risk", trouble="JOURNAL_UNWRITABLE x")}), "STACK", FAIL),
        (replace(LIVE, statuses={**ALL_UP, "quotes": status("quotes", trouble="盘中没有行情")}), "QUOTES_FEED", FAIL),
        (replace(LIVE, statuses={**ALL_UP, "quotes": None}), "QUOTES_FEED", FAIL),
        (replace(LIVE, statuses={**ALL_UP, "quotes": status("quotes", health="green")}), "QUOTES_FEED", OK),
        (replace(LIVE, statuses={**ALL_UP, "quotes": status("quotes", health="red FEED_DOWN x")}), "QUOTES_FEED", FAIL),
        (replace(LIVE, snapshot=snapshot(link_up=False)), "QMT_CONNECT", FAIL),
        (replace(LIVE, snapshot=snapshot(link_up=False)), "QMT_ACCOUNT", UNKNOWN),
        (replace(LIVE, snapshot=None), "QMT_CONNECT", UNKNOWN),
        (replace(LIVE, mode="dry_run"), "QMT_CONNECT", UNKNOWN),
        (replace(LIVE, mode="dry_run"), "QMT_ACCOUNT", UNKNOWN),
        (replace(LIVE, mode="dry_run", snapshot=snapshot(link_up=False)), "QMT_CONNECT", FAIL),
        (StackFacts(busy="端口 58605 被其他程序占用"), "STACK", WARN),
        (StackFacts(busy="端口 58605 被其他程序占用"), "QMT_CONNECT", UNKNOWN),
        (replace(LIVE, snapshot=snapshot(order("a1", "accepted", "77"))), "QMT_REMARK", OK),
        (replace(LIVE, snapshot=snapshot(order("a1", "created", ""))), "QMT_REMARK", UNKNOWN),
        (replace(LIVE, snapshot=snapshot(order("foreign-7", "accepted", "7"))), "QMT_REMARK", UNKNOWN),
        (replace(LIVE, snapshot=snapshot(order("a1", "unknown", "77"))), "QMT_REMARK", WARN),
        (replace(LIVE, mode="dry_run", snapshot=snapshot(order("a1", "filled", "7"))), "QMT_REMARK", UNKNOWN),
    ],
)
def test_a_running_stack_is_taken_at_its_word(stack: StackFacts, code: str, verdict: Verdict) -> None:
    assert link(stack)[code] is verdict


@pytest.mark.parametrize(
    ("visit", "code", "verdict"),
    [
        (connected(0), "QMT_CONNECT", OK),
        (connected(0), "QMT_ACCOUNT", OK),
        (connected(1), "QMT_ACCOUNT", WARN),
        (connected(6), "QMT_ACCOUNT", WARN),
        (connected(3), "QMT_ACCOUNT", FAIL),
        (connected(-1), "QMT_ACCOUNT", FAIL),
        (connected(42), "QMT_ACCOUNT", FAIL),
        (VisitFacts(Outcome.CONNECTED, "", {"999": 0}), "QMT_ACCOUNT", FAIL),
        (VisitFacts(Outcome.REFUSED, "connect 返回 -1"), "QMT_CONNECT", FAIL),
        (VisitFacts(Outcome.REFUSED, "connect 返回 -1"), "QMT_ACCOUNT", UNKNOWN),
        (VisitFacts(Outcome.HUNG, "没有返回"), "QMT_CONNECT", FAIL),
        (VisitFacts(Outcome.CRASHED, "异常退出"), "QMT_CONNECT", FAIL),
        (VisitFacts(Outcome.MISSING, "xtquant 没有安装"), "QMT_CONNECT", UNKNOWN),
    ],
)
def test_a_visit_says_whether_we_get_in(visit: VisitFacts, code: str, verdict: Verdict) -> None:
    assert link(NOBODY, visit)[code] is verdict


def test_an_account_number_is_never_shown_whole() -> None:
    for visit in (connected(0), connected(3), VisitFacts(Outcome.CONNECTED, "", {})):
        shown = doctor_link.account(NOBODY, visit, (ACCOUNT,))
        assert ACCOUNT not in shown.text + shown.remedy and ACCOUNT[-4:] in shown.text


# -- settings, ports, token --------------------------------------------------------------------------------------------


def desk(**change: object) -> dict[str, Verdict]:
    return verdicts(doctor_desk.findings(replace(DESK, **change)))


def test_a_good_desk_has_only_the_firewall_left() -> None:
    found = desk()
    assert found.pop("FIREWALL") is UNKNOWN
    assert set(found.values()) == {OK}


@pytest.mark.parametrize(
    ("change", "code", "verdict"),
    [
        ({"env": EnvFacts("", "", (), "")}, "ENV_FILE", WARN),
        ({"env": EnvFacts(".env", "GBK", (), "")}, "ENV_FILE", OK),
        ({"env": EnvFacts(".env", "UTF-8", ("FOO 不是已知的配置名",), "")}, "SETTINGS", WARN),
        ({"env": EnvFacts(".env", "UTF-8", (), "缺少必需的配置：QMT_DATA_PATH")}, "SETTINGS", FAIL),
        ({"mode": "live"}, "LIVE_MODE", WARN),
        ({"mode": "simulator", "broker": "simulator"}, "LIVE_MODE", OK),
        ({"stamp": Stamp("qmt", "dry_run", "main", "demo")}, "RUNTIME_STAMP", OK),
        ({"stamp": Stamp("simulator", "simulator", "sim", "demo")}, "RUNTIME_STAMP", WARN),
        ({"stamp_error": "stamp.json 已损坏"}, "RUNTIME_STAMP", FAIL),
        ({"limits": LimitFacts("x", all_default=True, has_alerts=True)}, "LIMITS", OK),
        ({"mode": "live", "limits": LimitFacts("x", all_default=True, has_alerts=True)}, "LIMITS", WARN),
        ({"limits": LimitFacts("x", all_default=True, has_alerts=False)}, "ALERTS", OK),
        ({"mode": "live", "limits": LimitFacts("x", all_default=True, has_alerts=False)}, "ALERTS", WARN),
        ({"calendar": CalendarFacts(DAY, None, "超出交易日历", "")}, "CALENDAR", FAIL),
        ({"calendar": CalendarFacts(DAY, DAY, "", "仅剩 3 个交易日")}, "CALENDAR", WARN),
        ({"bus_ports": [PortFacts(58601), PortFacts(58602, "其他程序")]}, "BUS_PORTS", FAIL),
        ({"bus_ports": [PortFacts(58601, "进程 7")], "stack_runs": True}, "BUS_PORTS", OK),
        ({"server_ports": [PortFacts(58620, "进程 7"), PortFacts(58621)]}, "SERVER_PORTS", WARN),
        ({"server_ports": [PortFacts(58620, "进程 7"), PortFacts(58621)], "token_bits": None}, "SERVER_PORTS", OK),
        ({"server_ports": [PortFacts(58609), PortFacts(58610)]}, "SERVER_PORTS", FAIL),
        ({"server_ports": [PortFacts(58606), PortFacts(58607)]}, "SERVER_PORTS", FAIL),
        ({"token_bits": None}, "FIREWALL", OK),
        ({"listen": "127.0.0.1"}, "FIREWALL", OK),
        ({"listen": "my-host"}, "FIREWALL", UNKNOWN),
        ({"token_bits": 40}, "TOKEN", WARN),
        ({"token_bits": 60}, "TOKEN", OK),
        ({"token_bits": 40, "listen": "localhost"}, "TOKEN", OK),
        ({"token_bits": 40, "listen": "::1"}, "TOKEN", OK),
        ({"token_bits": 40, "listen": "127.0.0.1", "broker": "qmt-remote", "remote_answers": True}, "TOKEN", WARN),
        ({"token_bits": None}, "TOKEN", OK),
        ({"broker": "qmt-remote", "remote_answers": False}, "SERVER_REACHABLE", FAIL),
        ({"broker": "qmt-remote", "remote_answers": True}, "SERVER_REACHABLE", OK),
    ],
)
def test_the_desk(change: dict[str, object], code: str, verdict: Verdict) -> None:
    assert desk(**change)[code] is verdict

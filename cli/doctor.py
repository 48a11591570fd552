"""The verb ``doctor``: looks at everything a live day needs, says what is wrong and what to do, and changes nothing."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from rich.console import Console

from cli import doctor_desk, doctor_host, doctor_link, doctor_probe_desk, doctor_probe_machine, doctor_terminal
from cli import doctor_visit as visits
from cli.broker_accounts import QMT, mode_of
from cli.doctor_findings import STYLES, Finding, Group, as_json, failed, lines, summary
from cli.doctor_link import REMARK_TEXT, Outcome, StackFacts, VisitFacts
from cli.refusal import Refused
from cli.screen import screen
from common import beijing
from common.clock import wall_ns
from common.sessions import is_continuous, phase_at
from common.settings import Loaded, Settings
from common.token_strength import bits

EXIT_FAILED = 1


@dataclass(frozen=True)
class Asked:
    """The options: ``connect`` to the terminal once; explain the ``remark``; for a program instead of a person."""

    connect: bool = False
    remark: bool = False
    as_json: bool = False


@dataclass(frozen=True)
class Terminal:
    """One terminal of the settings and the accounts it is logged in to, as (number, kind)."""

    path: str
    accounts: tuple[tuple[str, str], ...]


def doctor(loaded: Loaded, asked: Asked) -> int:
    """Print one row a check; 1 where one of them fails."""
    settings = loaded.settings
    groups = _look(loaded, asked, wall_ns())
    findings = [finding for group in groups for finding in group.findings]
    if asked.as_json:
        sys.stdout.buffer.write(f"{as_json(settings.default_broker, mode_of(settings), groups)}\n".encode())
        sys.stdout.buffer.flush()
    else:
        _show(screen(settings), groups, findings, asked)
    return EXIT_FAILED if failed(findings) else 0


def _look(loaded: Loaded, asked: Asked, now_ns: int) -> list[Group]:
    settings = loaded.settings
    terminals = terminals_of(settings)
    for_qmt = settings.default_broker == QMT or bool(terminals)
    if asked.connect and not for_qmt:
        raise Refused("NO_TERMINAL", "--connect 连接的是 QMT：请先在 .env 里写 QMT_DATA_PATH，或加 --broker qmt")
    stack = doctor_probe_desk.stack(loaded)
    host = doctor_probe_machine.host(now_ns)
    paths = tuple(terminal.path for terminal in terminals)
    terminal = doctor_probe_machine.terminal(host, paths, settings.miniqmt_port) if for_qmt else None
    places = [
        doctor_probe_machine.place("RUNTIME_DIR", settings.runtime_dir),
        doctor_probe_machine.place("LOG_DIR", settings.log_dir),
    ]
    newest_ns = max((folder.newest_ns for folder in terminal.folders), default=0) if terminal else 0
    clock = _clock(stack, newest_ns, now_ns)
    groups = [Group("主机", doctor_host.findings(host, clock, places, for_qmt=for_qmt))]
    if terminal is not None:
        groups.append(Group("QMT 终端", doctor_terminal.findings(terminal)))
    numbers = tuple(number for one in terminals for number, _ in one.accounts)
    usable = terminal is not None and all(folder.is_usable for folder in terminal.folders)
    visit = _visit(settings, terminals, stack, usable=usable) if asked.connect else VisitFacts()
    groups.append(Group("系统", doctor_link.findings(stack, visit, numbers, for_qmt=for_qmt)))
    desk = doctor_probe_desk.desk(loaded, stack, beijing.day_of(now_ns), _token_bits(settings))
    groups.append(Group("配置", doctor_desk.findings(desk)))
    return groups


def terminals_of(settings: Settings) -> tuple[Terminal, ...]:
    """The terminals that the settings name, each with its accounts; a path without an account is one to look at too."""
    default = settings.qmt_data_path
    served = [(one.path or default, one.account_id, one.account_type) for one in settings.qmt_server_accounts]
    if not served and default:
        served = [(default, settings.qmt_account_id or "", settings.qmt_account_type)]
    accounts: dict[str, list[tuple[str, str]]] = {}
    for path, number, kind in served:
        if path:
            accounts.setdefault(path, []).extend([(number, kind)] if number else [])
    return tuple(Terminal(path, tuple(found)) for path, found in accounts.items())


def _visit(settings: Settings, terminals: tuple[Terminal, ...], stack: StackFacts, *, usable: bool) -> VisitFacts:
    """The first terminal that does not let us in speaks for all. None is visited while a stack may hold a session."""
    if stack.mode or stack.busy:
        return VisitFacts()
    if not terminals or not usable:
        return VisitFacts(Outcome.MISSING, "QMT_DATA_PATH 还不能用")
    statuses: dict[str, int] = {}
    for terminal in terminals:
        found = visits.visit(visits.Asked(terminal.path, terminal.accounts, settings.qmt_session_id))
        if found.outcome is not Outcome.CONNECTED:
            return found
        statuses |= found.statuses
    return VisitFacts(Outcome.CONNECTED, "", statuses)


def _clock(stack: StackFacts, newest_file_ns: int, now_ns: int) -> doctor_host.ClockFacts:
    """Only a live feed's ticks of today say something about this machine's clock."""
    is_today = beijing.day_of(stack.newest_tick_ns) == beijing.day_of(now_ns)
    in_session = is_today and is_continuous(phase_at(now_ns))
    return doctor_host.ClockFacts(now_ns, newest_file_ns, stack.newest_tick_ns, in_session)


def _token_bits(settings: Settings) -> int | None:
    """Nothing but this number leaves the token."""
    token = settings.qmt_server_token
    return bits(token.get_secret_value()) if token is not None else None


def _show(console: Console, groups: list[Group], findings: list[Finding], asked: Asked) -> None:
    for group in groups:
        console.print(f"── {group.title}", style="bold")
        for finding in group.findings:
            for number, line in enumerate(lines(finding)):
                console.print(line, style=STYLES[finding.verdict] if number == 0 else None)
    if asked.remark:
        console.print(REMARK_TEXT)
    console.print(summary(findings), style="bold red" if failed(findings) else "bold green")

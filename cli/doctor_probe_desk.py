"""Thin probes of settings, ports, calendar and the running stack: they collect facts and judge nothing."""

from __future__ import annotations

import codecs
from datetime import date
from pathlib import Path

from cli import supervise
from cli.banner import limits_text
from cli.broker_accounts import SIMULATOR, mode_of
from cli.doctor_desk import REMOTE, CalendarFacts, DeskFacts, EnvFacts, LimitFacts, PortFacts
from cli.doctor_link import StackFacts
from cli.doctor_probe_machine import answers
from cli.market_day import load_calendar
from cli.refusal import Refused
from cli.stack import PORTS, ROLES, find, is_free, operator, owner, taken_ports
from common import messages as m
from common.errors import ConfigError
from common.settings import DEFAULT_ORIGIN, Loaded, require_broker
from common.settings_known import ACCOUNT_LIMITS
from common.stamp import LOCK_FILE, holder_of, is_held, read_stamp

SIGN_OF_LIFE = "000001.XSHG"
"""The index that a live feed follows whoever wants it: asking for it subscribes nothing."""
PATIENCE_SECONDS = 3.0
"""A process that is busy or starting is not one that is missing."""


def desk(loaded: Loaded, stack: StackFacts, today: date, token_bits: int | None) -> DeskFacts:
    settings = loaded.settings
    stamp, stamp_error = None, ""
    try:
        stamp = read_stamp(settings.runtime_dir)
    except ConfigError as error:
        stamp_error = str(error)
    remote = settings.default_broker == REMOTE
    served = (settings.qmt_server_port, settings.qmt_server_port + 1)
    return DeskFacts(
        broker=settings.default_broker,
        mode=mode_of(settings),
        env=_env(loaded),
        limits=_limits(loaded),
        calendar=_calendar(loaded, today),
        stamp=stamp,
        stamp_error=stamp_error,
        stack_runs=bool(stack.mode),
        bus_ports=[_port(settings.bus_port_base + offset) for offset in PORTS],
        server_ports=[PortFacts(port) if remote else _port(port) for port in served],
        quotes_port=settings.miniqmt_port,
        listen=settings.qmt_server_listen,
        token_bits=token_bits,
        remote_answers=all(answers(settings.qmt_server_host, port) for port in served) if remote else None,
    )


def stack(loaded: Loaded) -> StackFacts:
    """What answers on our ports, else who stands there without answering."""
    settings = loaded.settings
    with operator(settings.bus_port_base) as line:
        found = find(line, PATIENCE_SECONDS)
        if found is None:
            return StackFacts(busy=_busy(settings.runtime_dir, settings.bus_port_base))
        statuses = {role: _status(line.ask(role, m.GetStatus(), PATIENCE_SECONDS)) for role in ROLES}
        snapshot = line.ask("gateway", m.GetAccount(found.account), PATIENCE_SECONDS)
        latest = line.ask("quotes", m.GetLatest([SIGN_OF_LIFE]), PATIENCE_SECONDS) if found.mode != SIMULATOR else None
    quotes = latest.quotes if isinstance(latest, m.Quotes) else []
    return StackFacts(
        found.mode,
        found.account,
        found.runtime_dir,
        statuses=statuses,
        snapshot=snapshot if isinstance(snapshot, m.AccountSnapshot) else None,
        newest_tick_ns=max((quote.at_ns for quote in quotes), default=0),
    )


def encoding_of(raw: bytes) -> str:
    """In which encoding the settings were read, as ``common.settings_file.decode`` tries them."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "UTF-16"
    if raw.startswith(codecs.BOM_UTF8):
        return "UTF-8，带 BOM"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return "GBK"
    return "UTF-8"


def _env(loaded: Loaded) -> EnvFacts:
    missing = ""
    try:
        require_broker(loaded.settings)
    except ConfigError as error:
        missing = str(error)
    path = loaded.env_file
    encoding = encoding_of(path.read_bytes()) if path else ""
    return EnvFacts(str(path or ""), encoding, tuple(loaded.notes), missing)


def _limits(loaded: Loaded) -> LimitFacts:
    chosen = any(loaded.origins.get(name, DEFAULT_ORIGIN) != DEFAULT_ORIGIN for name in ACCOUNT_LIMITS)
    settings = loaded.settings
    return LimitFacts(
        limits_text(settings.limits()),
        all_default=not chosen and not settings.account_limits,
        has_alerts=settings.alert_key is not None,
    )


def _calendar(loaded: Loaded, today: date) -> CalendarFacts:
    try:
        calendar = load_calendar(loaded.settings)
        calendar.latest_on_or_before(today)
    except (ConfigError, Refused) as error:
        return CalendarFacts(today, None, str(error), "")
    return CalendarFacts(today, calendar.last, "", calendar.warning(today) or "")


def _port(port: int) -> PortFacts:
    return PortFacts(port, "" if is_free(port) else owner(port))


def _status(answer: m.Message | None) -> m.ProcessStatus | None:
    return answer if isinstance(answer, m.ProcessStatus) else None


def _busy(runtime_dir: Path, port_base: int) -> str:
    """Somebody holds the runtime folder, or listens on our ports without being a stack of ours that answers."""
    if _is_locked(runtime_dir / LOCK_FILE):
        return f"运行目录 {runtime_dir} 正被使用：{holder_of(runtime_dir / LOCK_FILE) or '持有者未知'}"
    if pid := supervise.pid_of(runtime_dir):
        return f"运行目录 {runtime_dir} 里有 supervisord 进程 {pid}"
    taken = taken_ports(port_base)
    return f"端口 {taken[0]} 被{owner(taken[0])}占用" if taken else ""


def _is_locked(lock: Path) -> bool:
    """A lock that this user may not open is another matter, which RUNTIME_DIR tells of."""
    try:
        return is_held(lock)
    except OSError:
        return False

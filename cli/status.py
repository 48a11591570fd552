"""The verb ``status``: whether each process is up, how far behind it is and when it heard something last."""

from __future__ import annotations

from pathlib import Path

from cli.banner import MODES
from cli.listing import listing
from cli.programs import ALERTS, LOG_FILE, PROXY, RUN_FILE
from cli.screen import screen
from cli.stack import ASK_SECONDS, ROLES, line_to, seen
from cli.supervise import SupervisorLog, pid_of
from cli.tables import Row
from common import beijing
from common import messages as m
from common.clock import monotonic_ns
from common.run import read_run
from common.settings import Loaded
from common.stamp import STRATEGY_LOCKS, holder_of, is_held

HEADINGS = ("进程", "状态", "进程号", "滞后", "最近消息", "交易日", "坏帧", "流水字节")
EXIT_MISSING = 1


def status(loaded: Loaded, *, csv: bool) -> int:
    """Print one row a process; 1 where one of them is missing."""
    settings = loaded.settings
    with line_to(loaded) as line:
        stack = seen(line, loaded)
        answers = {role: line.ask(role, m.GetStatus(), ASK_SECONDS) for role in ROLES} if stack else {}
    runtime = settings.runtime_dir if stack is None or stack.remote else stack.runtime_dir
    rows = [_row(role, answers.get(role)) for role in ROLES]
    log = SupervisorLog(runtime / LOG_FILE)
    log.read(monotonic_ns())
    own = PROXY.name if _serves(runtime) else "strategy"
    supervised, is_up = _supervised(runtime, log, own)
    rows += [supervised, *_joined(runtime)]
    if ALERTS.name in log.processes:
        rows.append(_supervised(runtime, log, ALERTS.name)[0])
    where = f"服务端 {settings.qmt_server_host}:{settings.qmt_server_port}" if stack and stack.remote else f"{runtime}"
    title = f"{MODES.get(stack.mode, stack.mode)} 账户 {stack.account} · {where}" if stack else f"没有运行 · {where}"
    listing(loaded, title, HEADINGS, rows, csv=csv)
    missing = [role for role in ROLES if not isinstance(answers.get(role), m.ProcessStatus)]
    missing += [] if is_up else [own]
    if missing:
        screen(settings, stderr=True).print(f"缺少进程：{'、'.join(missing)}", style="red")
    return EXIT_MISSING if missing else 0


def _row(role: str, answer: m.Message | None) -> Row:
    if not isinstance(answer, m.ProcessStatus):
        return (role, "无应答", "–", "–", "–", "–", "–", "–")
    last = answer.last_message_ns
    heard = f"{beijing.day_of(last)} {beijing.clock_text(last)}" if last else "–"
    state = "运行" if not answer.notes.get("trouble") else answer.notes["trouble"]
    counts = (answer.bad_frames, answer.journal_bytes)
    return (answer.name, state, f"{answer.pid}", answer.lag, heard, f"{answer.trading_day or '–'}", *counts)


def _serves(folder: Path) -> bool:
    """Whether what runs in the folder is for strategies on other machines."""
    file = folder / RUN_FILE
    return file.exists() and read_run(file).served


def _supervised(folder: Path, log: SupervisorLog, name: str) -> tuple[Row, bool]:
    """Strategy, proxy and alerts answer nobody, so supervisord's log tells whether they are up."""
    process = log.processes.get(name)
    is_up = process is not None and process.running and pid_of(folder) != 0
    pid = f"{process.pid}" if process is not None and is_up else "–"
    state = "运行" if is_up else "未运行"
    return (name, state, pid, "–", "–", "–", "–", "–"), is_up


def _joined(folder: Path) -> list[Row]:
    """Strategies that run on this stack from other folders; the one of this folder has its own row."""
    own = folder / RUN_FILE
    own_name = read_run(own).strategy_id if own.exists() else ""
    locks = sorted((folder / STRATEGY_LOCKS).glob("*.lock"))
    joined = [path for path in locks if path.stem != own_name and is_held(path)]
    return [(f"strategy.{path.stem}", f"已加入（{holder_of(path)}）", "–", "–", "–", "–", "–", "–") for path in joined]

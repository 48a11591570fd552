"""Whether orders and quotes get through: as the running stack says, or as a connection made for the check found out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from cli.doctor_findings import Finding, fail, ok, unknown, warn
from common import messages as m
from common.orders import Status, is_foreign

# xtquant's account status (xtconstant): trade only at 0.
ACCOUNT_OK, ACCOUNT_CLOSED = 0, 6
_CONNECTING = {1: "等待登录", 2: "正在登录", 4: "初始化中", 5: "数据刷新校正中"}
_DOWN = {-1: "无效", 3: "登录失败", 7: "穿透副链接断开", 8: "被系统停用", 9: "被用户停用"}

_CHECKLIST = (
    "依次核对：是否极简模式登录；QMT_DATA_PATH 是否就是这个终端的；当前用户能否写入；"
    "距上一次连接是否已过 5 秒；有没有别的程序用同一个会话号；userdata_mini 里有没有 up_queue_xtquant"
)
REMARK_TEXT = """备注往返（QMT_REMARK）怎样实测：
  本程序把委托编号写进 QMT 的 order_remark（最多 24 个 ASCII 字符），委托和成交回报都靠它认领。
  doctor 不会为此下单：委托只能经过风控，没有绕过风控的下单方式。要实测请按 docs/going-live.md 的“第一笔真实委托”做：
    1. LIVE_MODE=live 启动只下一笔 100 股、价格为跌停价的策略，委托会挂着不成交；
    2. bullet-trade orders 里这笔委托是“已受理”，没有标作 foreign 的同样一笔，说明备注原样返回；
    3. bullet-trade halt --cancel-open 撤掉它，再 bullet-trade resume；
    4. 再运行 bullet-trade doctor，QMT_REMARK 应为“通过”。"""


class Outcome(StrEnum):
    """What came of the connection that was made for the check."""

    NOT_ASKED = "not_asked"
    CONNECTED = "connected"
    REFUSED = "refused"
    HUNG = "hung"
    CRASHED = "crashed"
    MISSING = "missing"  # no SDK, or no folder to connect through


@dataclass(frozen=True)
class VisitFacts:
    """``statuses``: the account status by account number; empty unless connected. ``said``: one line of why not."""

    outcome: Outcome = Outcome.NOT_ASKED
    said: str = ""
    statuses: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class StackFacts:
    """What answers on our ports. ``busy``: who holds the ports or the runtime folder though no gateway answers."""

    mode: str = ""
    account: str = ""
    runtime_dir: Path = Path()
    busy: str = ""
    statuses: Mapping[str, m.ProcessStatus | None] = field(default_factory=dict)
    snapshot: m.AccountSnapshot | None = None
    newest_tick_ns: int = 0  # the exchange's time of the newest quote of a live feed, 0 where there is none

    @property
    def is_real(self) -> bool:
        """A stack runs and is connected to a real terminal, be it to look only."""
        return self.mode in ("dry_run", "live")


def findings(stack: StackFacts, visit: VisitFacts, account_ids: tuple[str, ...], *, for_qmt: bool) -> list[Finding]:
    rows = [running(stack)]
    if stack.mode or for_qmt:
        rows.append(quotes(stack))
    if for_qmt:
        rows += [connection(stack, visit), account(stack, visit, account_ids), remark(stack)]
    return rows


def running(stack: StackFacts) -> Finding:
    if not stack.mode:
        if stack.busy:
            remedy = "bullet-trade status 查看；gateway 不在时先 bullet-trade stop，再重新启动"
            return warn("STACK", f"gateway 没有应答，而 {stack.busy}", remedy)
        return unknown("STACK", "系统没有运行：连接、账户、行情要等启动后再查", "启动后再运行一次 doctor")
    text = f"账户 {stack.account}、模式 {stack.mode}、运行目录 {stack.runtime_dir}"
    silent = [role for role, status in stack.statuses.items() if status is None]
    if silent:
        return fail("STACK", f"{text}；{'、'.join(silent)} 没有应答", "bullet-trade status 与 LOG_DIR 里的日志说明原因")
    troubles = [f"{role}：{said}" for role, said in _troubles(stack) if role != "quotes"]
    if troubles:
        return fail("STACK", f"{text}；{'；'.join(troubles)}", "按提示处理（多为磁盘写满或无权限），系统会自己继续")
    return ok("STACK", text)


def quotes(stack: StackFacts) -> Finding:
    status = stack.statuses.get("quotes")
    if not stack.mode:
        return unknown("QUOTES_FEED", "系统没有运行", "启动后再运行一次 doctor")
    if status is None:
        return fail("QUOTES_FEED", "quotes 进程没有应答", "bullet-trade status 与 LOG_DIR 里 quotes 的日志说明原因")
    trouble = dict(_troubles(stack)).get("quotes")
    health = status.notes.get("health", "")
    if trouble or health.startswith("red"):
        said = trouble or health.removeprefix("red ")
        return fail("QUOTES_FEED", said, "查看终端的行情是否在动；重启终端后行情会自动恢复")
    feed = status.notes.get("feed", "")
    return ok("QUOTES_FEED", f"quotes 进程 {status.pid} 正常{f'；{feed}' if feed else ''}")


def _troubles(stack: StackFacts) -> list[tuple[str, str]]:
    answered = ((role, status) for role, status in stack.statuses.items() if status is not None)
    return [(role, said) for role, status in answered if (said := status.notes.get("trouble", ""))]


def connection(stack: StackFacts, visit: VisitFacts) -> Finding:
    """The running stack's word where there is one: a second connection would only be in its way."""
    if stack.is_real:
        return _connection_of(stack)
    if stack.busy or stack.mode:
        return unknown(
            "QMT_CONNECT", "有系统占用着端口或运行目录，没有另开会话", "bullet-trade stop 之后再用 --connect"
        )
    match visit.outcome:
        case Outcome.NOT_ASKED:
            remedy = "终端登录后运行 bullet-trade doctor --connect（系统没有运行时）"
            return unknown("QMT_CONNECT", "没有连接终端", remedy)
        case Outcome.MISSING:
            return unknown("QMT_CONNECT", f"无法连接：{visit.said}", "先处理上面“QMT 终端”里的失败")
        case Outcome.CONNECTED:
            return ok("QMT_CONNECT", "已用 doctor 自己的会话号连接并断开")
        case Outcome.HUNG:
            remedy = f"终端没有响应：重启终端后再试。{_CHECKLIST}"
            return fail("QMT_CONNECT", visit.said, remedy)
        case _:
            return fail("QMT_CONNECT", visit.said, _CHECKLIST)


def _connection_of(stack: StackFacts) -> Finding:
    """In dry_run the link is the shadow account's, which stays up from the day it was opened as the real one stood."""
    if stack.snapshot is None:
        return unknown("QMT_CONNECT", "系统在运行，但 gateway 没有说明柜台连接", "稍后再运行一次 doctor")
    if not stack.snapshot.link_up:
        return fail("QMT_CONNECT", "运行中的系统：柜台没有连接，它在自动重连", _CHECKLIST)
    if stack.mode == "dry_run":
        remedy = "此刻是否连接，看 gateway 的日志里“真实账户 …”；或 bullet-trade stop 之后用 --connect"
        return unknown("QMT_CONNECT", "dry_run：影子账户已按真实账户开立，之后不再反映真实连接", remedy)
    return ok("QMT_CONNECT", "运行中的系统：柜台已连接（没有另开会话）")


def account(stack: StackFacts, visit: VisitFacts, account_ids: tuple[str, ...]) -> Finding:
    if stack.mode == "live" and stack.snapshot is not None and stack.snapshot.link_up:
        return ok("QMT_ACCOUNT", f"账户 {stack.account} 可以交易（运行中的系统）")
    if visit.outcome is not Outcome.CONNECTED:
        return unknown("QMT_ACCOUNT", "没有连上终端，不知道账户状态", "先处理 QMT_CONNECT")
    absent = [masked(one) for one in account_ids if one not in visit.statuses]
    if absent:
        remedy = "QMT_ACCOUNT_ID 应是终端里登录的资金账号，QMT_ACCOUNT_TYPE 应是它的类型"
        return fail("QMT_ACCOUNT", f"终端里没有账号 {'、'.join(absent)}", remedy)
    return _by_status({one: visit.statuses[one] for one in account_ids})


def _by_status(statuses: Mapping[str, int]) -> Finding:
    for number, code in statuses.items():
        who = f"账号 {masked(number)}"
        if code in _CONNECTING:
            return warn("QMT_ACCOUNT", f"{who} {_CONNECTING[code]}（{code}）", "等一分钟再查；盘前清算时段属正常")
        if code == ACCOUNT_CLOSED:
            return warn("QMT_ACCOUNT", f"{who} 已收盘（{code}）", "开盘前再查一次")
        if code != ACCOUNT_OK:
            said = _DOWN.get(code, "未知状态")
            return fail("QMT_ACCOUNT", f"{who} {said}（{code}）", "在终端里重新登录这个账号；仍不行请联系券商")
    return ok("QMT_ACCOUNT", f"账号 {'、'.join(map(masked, statuses))} 状态正常（0）")


def masked(account_id: str) -> str:
    """The end of a number is enough to tell accounts apart, and a screenshot gives nothing away."""
    return account_id if len(account_id) <= 4 else f"***{account_id[-4:]}"


def remark(stack: StackFacts) -> Finding:
    """Judged by the orders of a live day; none is ever placed for the check."""
    remedy = "bullet-trade doctor --remark 说明怎样用一笔真实委托确认"
    if stack.mode != "live" or stack.snapshot is None:
        return unknown("QMT_REMARK", "没有真实委托可以对照，不知道备注是否原样返回", remedy)
    ours = [state for state in stack.snapshot.orders if not is_foreign(state.order)]
    lost = [state for state in ours if state.status == Status.UNKNOWN]
    if lost:
        numbers = "、".join(state.order.client_order_id for state in lost[:3])
        text = f"今日有 {len(lost)} 笔委托结果未知（{numbers}）：备注可能被截断或改写"
        return warn("QMT_REMARK", text, "bullet-trade reconcile 对照柜台，查明后用 bullet-trade resolve 认定")
    known = [state for state in ours if state.venue_order_id]
    if not known:
        return unknown("QMT_REMARK", "今日还没有到达柜台的委托", remedy)
    return ok("QMT_REMARK", f"今日 {len(known)} 笔委托都与柜台对上了")

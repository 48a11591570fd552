"""Whether settings, limits, ports, token and calendar are as a careful desk has them. Decides only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from cli.doctor_findings import Finding, fail, ok, unknown, warn
from common.host_os import firewall_rule, is_loopback
from common.stamp import Stamp
from common.token_strength import WEAK_BITS

REMOTE = "qmt-remote"
_NEW_TOKEN = 'python -c "import secrets; print(secrets.token_urlsafe(32))"'
_MODE_MEANS = {
    "simulator": "内置模拟柜台，不连接任何真实账户",
    "dry_run": "真实行情、真实账户、真实风控；委托由模拟撮合，不会发到柜台",
    "live": "委托会真实发到柜台，用真钱成交",
}


@dataclass(frozen=True)
class EnvFacts:
    """``encoding`` is "" where there is no file; ``notes`` are what the settings passed over, ``missing`` what the
    broker needs and is not set."""

    path: str
    encoding: str
    notes: tuple[str, ...]
    missing: str


@dataclass(frozen=True)
class LimitFacts:
    """``shown``: the limits in words; ``all_default``: nobody has chosen them."""

    shown: str
    all_default: bool
    has_alerts: bool


@dataclass(frozen=True)
class CalendarFacts:
    """``error`` where the calendar cannot be read or does not reach ``today``; ``warning`` where it soon ends."""

    today: date
    last: date | None
    error: str
    warning: str


@dataclass(frozen=True)
class PortFacts:
    """A port and who listens on it; ``holder`` "" where it is free."""

    port: int
    holder: str = ""


@dataclass(frozen=True)
class DeskFacts:
    broker: str
    mode: str
    env: EnvFacts
    limits: LimitFacts
    calendar: CalendarFacts
    stamp: Stamp | None
    stamp_error: str
    stack_runs: bool
    bus_ports: Sequence[PortFacts]
    server_ports: Sequence[PortFacts]
    quotes_port: int
    listen: str
    token_bits: int | None
    remote_answers: bool | None
    """Whether the server's port takes a connection; None where nobody asked."""


def findings(facts: DeskFacts) -> list[Finding]:
    rows = [env_file(facts.env), settings(facts.env), mode(facts), runtime_stamp(facts), limits(facts), alerts(facts)]
    rows += [calendar(facts.calendar), bus_ports(facts), token(facts)]
    return [*rows, server_reachable(facts)] if facts.broker == REMOTE else [*rows, server_ports(facts), firewall(facts)]


def env_file(facts: EnvFacts) -> Finding:
    if not facts.encoding:
        return warn("ENV_FILE", "没有 .env，全部使用默认值", "cp env.live.example .env（Windows：copy）再修改")
    return ok("ENV_FILE", f"{facts.path}（{facts.encoding}）")


def settings(facts: EnvFacts) -> Finding:
    """A value that is not allowed stops every verb before this is reached."""
    if facts.missing:
        return fail("SETTINGS", facts.missing, "写进 .env；每一项的含义见 docs/config.md")
    if facts.notes:
        return warn("SETTINGS", "；".join(facts.notes), "改正或删除这些行；bullet-trade config 列出全部配置")
    return ok("SETTINGS", "全部配置有效")


def mode(facts: DeskFacts) -> Finding:
    name = facts.mode if facts.broker == facts.mode else f"{facts.broker} · {facts.mode}"
    text = f"{name}：{_MODE_MEANS[facts.mode]}"
    if facts.broker == REMOTE:
        text += "；以远程主机的 LIVE_MODE 为准，不一致时拒绝启动"
    if facts.mode == "live":
        return warn("LIVE_MODE", text, "确认是有意的；不是就改回 LIVE_MODE=dry_run。步骤见 docs/going-live.md")
    return ok("LIVE_MODE", text)


def runtime_stamp(facts: DeskFacts) -> Finding:
    if facts.stamp_error:
        return fail("RUNTIME_STAMP", facts.stamp_error, "换 RUNTIME_DIR，或用 bullet-trade live … --reset 移走旧状态")
    if facts.stamp is None:
        return ok("RUNTIME_STAMP", "运行目录是新的")
    if (facts.stamp.broker, facts.stamp.mode) == (facts.broker, facts.mode):
        return ok("RUNTIME_STAMP", f"运行目录属于 {facts.stamp}")
    text = f"运行目录属于 {facts.stamp}；现在的配置是 {facts.broker}、{facts.mode}，启动会被拒绝"
    return warn("RUNTIME_STAMP", text, "给每种模式一个 RUNTIME_DIR，或用 --reset 移走旧状态（不会删除）")


def limits(facts: DeskFacts) -> Finding:
    if facts.mode == "live" and facts.limits.all_default:
        return warn("LIMITS", f"{facts.limits.shown}（全部是默认值）", "按账户大小在 .env 里写明 MAX_* 各项")
    return ok("LIMITS", facts.limits.shown)


def alerts(facts: DeskFacts) -> Finding:
    if facts.limits.has_alerts:
        return ok("ALERTS", "已设置 MESSAGE_KEY：启动时另外启动告警进程")
    if facts.mode == "live":
        return warn("ALERTS", "没有设置 MESSAGE_KEY：断线、拒单、暂停不会通知到人", "写上企业微信群机器人的 key")
    return ok("ALERTS", "没有设置 MESSAGE_KEY，不发告警")


def calendar(facts: CalendarFacts) -> Finding:
    remedy = "升级本程序，或在 CALENDAR_EXTRA_FILE 指定的文件里补上之后的交易日，每行一个"
    if facts.error:
        return fail("CALENDAR", facts.error, remedy)
    if facts.warning:
        return warn("CALENDAR", facts.warning, remedy)
    return ok("CALENDAR", f"交易日历到 {facts.last}，含今天 {facts.today}")


def bus_ports(facts: DeskFacts) -> Finding:
    first, last = facts.bus_ports[0].port, facts.bus_ports[-1].port
    taken = [one for one in facts.bus_ports if one.holder]
    text = f"127.0.0.1:{first}–{last}"
    if not taken:
        return ok("BUS_PORTS", f"{text} 空闲")
    if facts.stack_runs:
        return ok("BUS_PORTS", f"{text} 由运行中的系统使用")
    held = "；".join(f"{one.port} 被{one.holder}占用" for one in taken)
    return fail("BUS_PORTS", held, "停止占用它的程序，或在 .env 里另设 BUS_PORT_BASE")


def server_ports(facts: DeskFacts) -> Finding:
    """Nothing but ``bullet-trade server`` uses them; a token is set where one is wanted."""
    numbers = [one.port for one in facts.server_ports]
    text = "–".join(map(str, numbers))
    own = {one.port for one in facts.bus_ports} | {facts.quotes_port}
    if own & set(numbers):
        remedy = "改 QMT_SERVER_PORT 或 BUS_PORT_BASE"
        return fail("SERVER_PORTS", f"{text} 与总线端口或 MiniQMT 的 {facts.quotes_port} 重叠", remedy)
    taken = [one for one in facts.server_ports if one.holder]
    if not taken:
        return ok("SERVER_PORTS", f"{text} 空闲")
    held = "；".join(f"{one.port} 被{one.holder}占用" for one in taken)
    if facts.token_bits is None:
        return ok("SERVER_PORTS", f"{held}；没有设置令牌，本机不提供远程服务，不受影响")
    return warn("SERVER_PORTS", held, "若占用者就是 bullet-trade server，正常；否则停止它，或改 QMT_SERVER_PORT")


def firewall(facts: DeskFacts) -> Finding:
    ports = f"{facts.server_ports[0].port}-{facts.server_ports[-1].port}"
    if facts.token_bits is None:
        return ok("FIREWALL", "没有设置令牌，本机不提供远程服务，不需要放行端口")
    if is_loopback(facts.listen):
        return ok("FIREWALL", f"只监听 {facts.listen}，不需要放行端口")
    rule = firewall_rule(facts.server_ports[0].port, facts.server_ports[-1].port, windows=True)
    text = f"远程服务监听 {facts.listen}，防火墙是否放行 {ports} 在本机看不出来"
    return unknown("FIREWALL", text, f"只对客户端地址放行：{rule}；并设置 QMT_SERVER_ALLOWLIST")


def token(facts: DeskFacts) -> Finding:
    if facts.token_bits is None:
        return ok("TOKEN", "没有设置 QMT_SERVER_TOKEN（只有远程服务和 qmt-remote 需要）")
    text = f"令牌强度约 {facts.token_bits} 位"
    if facts.token_bits >= WEAK_BITS:
        return ok("TOKEN", text)
    if facts.broker != REMOTE and is_loopback(facts.listen):
        return ok("TOKEN", f"{text}，偏弱；只监听 {facts.listen}")
    return warn("TOKEN", f"{text}，低于 {WEAK_BITS} 位，可能被猜出", f"两端换成新令牌：{_NEW_TOKEN}")


def server_reachable(facts: DeskFacts) -> Finding:
    where = " 与 ".join(map(str, (one.port for one in facts.server_ports)))
    if facts.remote_answers:
        return ok("SERVER_REACHABLE", f"QMT_SERVER_HOST 的端口 {where} 可以连接")
    remedy = "在 QMT 主机上启动 bullet-trade server，并核对地址、端口、两边的防火墙"
    return fail("SERVER_REACHABLE", f"QMT_SERVER_HOST 的端口 {where} 连不上", remedy)

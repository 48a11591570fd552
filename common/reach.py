"""Whether the stack on another machine can be used, and by name what is in the way; within five seconds."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Final

from common import keys, wire
from common.bus import Bus
from common.clock import monotonic_ns, wall_ns
from common.errors import StackError
from common.link import Keys, Link, RemoteAddresses, public_of
from common.settings import Settings

LIMIT_NS: Final = 5 * 10**9
CONNECT_S: Final = 2.0
CLOCK_OFF_MAX_NS: Final = 5 * 10**9
"""Orders expire by the clock: with more than this between the two machines no time that is told can be trusted."""

_SIGNATURE: Final = b"\xff" + b"\0" * 8 + b"\x7f"  # the first bytes of ZMTP 3 (RFC 23)
_HANDSHAKE: Final = {
    "handshake": ("WRONG_TOKEN", "令牌不对：QMT_SERVER_TOKEN 与服务端的不同"),
    "400": ("TOKEN_UNKNOWN", "令牌无效或已吊销，请向服务端索取新的令牌"),
    "500": ("TOKEN_EXPIRED", "令牌已过期，请向服务端索取新的令牌"),
}


class Unreached(StackError):
    """Why the proxy cannot be used; ``code`` is stable English, the text is for the user."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def remote_of(settings: Settings, life: int, *, account: str = "") -> RemoteAddresses:
    """Where the settings say the proxy is; a fifth of a second for the keys of a lone word. ConfigError for a damaged
    token."""
    token = settings.qmt_server_token
    assert token is not None, "checked by require_broker"
    secrets = keys.secrets_of(token.get_secret_value())
    public = secrets.server_public or public_of(secrets.server or b"")
    host, port = settings.qmt_server_host, settings.qmt_server_port
    alias = account or settings.qmt_server_account_key or ""
    return RemoteAddresses(host, port, Keys(public, secrets.client), life, settings.live_mode, alias)


def reach(remote: RemoteAddresses, name: str, clock: Callable[[], int] = wall_ns) -> wire.Welcome:
    """What the proxy says of itself; Unreached, with nothing left open, where it or one of its ports is not usable.

    ``clock`` is this machine's, in UTC nanoseconds."""
    until_ns = monotonic_ns() + LIMIT_NS
    for port, what in ((remote.port, "命令"), (remote.port + 1, "事件")):
        _knock(remote.host, port, what)
    bus = Bus(name, remote)
    try:
        welcome = _greeted(bus, remote, until_ns)
    finally:
        bus.close()
    _check_clock(welcome.now_ns - clock())
    return welcome


def _greeted(bus: Bus, remote: RemoteAddresses, until_ns: int) -> wire.Welcome:
    welcomes: list[wire.Welcome] = []
    while len(welcomes) < len(bus.links) and (rest_ns := until_ns - monotonic_ns()) > 0:
        for _, data in bus.receive(min(rest_ns // 1_000_000 + 1, 100)):
            match wire.decode_frame(data):
                case wire.Welcome() as welcome:
                    welcomes.append(welcome)
                case wire.Refused(sender="proxy", reason=reason, text=text):
                    raise Unreached(reason, f"服务端拒绝：{text}")
        for link in bus.links:
            _check_link(link)
    if len(welcomes) < len(bus.links):
        raise Unreached("NO_ANSWER", f"{remote.host}:{remote.port} 接受了连接，但没有应答；服务端可能正忙或版本不同")
    return welcomes[0]


def _check_link(link: Link) -> None:
    if link.trouble in _HANDSHAKE:
        raise Unreached(*_HANDSHAKE[link.trouble])


def _check_clock(ahead_ns: int) -> None:
    if abs(ahead_ns) > CLOCK_OFF_MAX_NS:
        side = "慢" if ahead_ns > 0 else "快"
        raise Unreached("CLOCK_OFF", f"本机时钟比服务端{side} {abs(ahead_ns) / 1e9:.1f} 秒，请先校准（NTP）")


def _knock(host: str, port: int, what: str) -> None:
    """Whether somebody listens who speaks ZeroMQ; the first bytes say nothing of who we are."""
    where = f"{host}:{port}（{what}端口）"
    try:
        with socket.create_connection((host, port), CONNECT_S) as line:
            line.sendall(_SIGNATURE)
            said = line.recv(1)
    except socket.gaierror as error:
        raise Unreached("UNKNOWN_HOST", f"找不到主机 {host}：{error.strerror}") from error
    except ConnectionRefusedError as error:
        raise Unreached("PORT_CLOSED", f"{where} 没有程序在监听；请检查服务端是否启动、端口与防火墙") from error
    except TimeoutError as error:
        raise Unreached("NO_CONNECTION", f"{where} 没有应答；请检查地址、网络与防火墙") from error
    except ConnectionError:
        said = b""
    except OSError as error:
        raise Unreached("NO_CONNECTION", f"{where} 无法连接：{error.strerror}") from error
    if not said:
        raise Unreached("NOT_LET_IN", f"{where} 立即断开：本机地址不在允许列表里，或因多次失败暂时不被接受")
    if said != _SIGNATURE[:1]:
        raise Unreached("NOT_A_SERVER", f"{where} 上不是本系统的服务（可能是旧版工具）")

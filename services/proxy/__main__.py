"""The proxy process: the only address of the stack that is not loopback. It ends at once where there is no token."""

from __future__ import annotations

import os
import sys

from common.clock import wall_ns
from common.errors import ConfigError
from common.host_os import is_loopback, on_stop
from common.process import Process, start
from common.stamp import STRATEGY_LOCKS, Holder, Lock, hold
from common.token_strength import WEAK_BITS
from common.token_strength import bits as bits_of
from services.proxy import keyring
from services.proxy.acceptor import Acceptor
from services.proxy.acts import Claimed
from services.proxy.core import Border
from services.proxy.doors import Doors
from services.proxy.gate import Gate, Hands
from services.proxy.limits import Limits
from services.proxy.records import AccessLog, Audits
from services.proxy.scopes import Served
from services.proxy.sockets import Handshake, Sockets


class StrategyNames:
    """A strategy on another machine holds the lock of its name here, as one on this machine does."""

    def __init__(self, process: Process) -> None:
        self._folder = process.settings.runtime_dir
        self._log = process.log
        self.owners = keyring.read_names(self._folder)
        self._held: dict[str, Lock] = {}

    def claim(self, strategy: str) -> bool:
        if strategy not in self._held:
            path = self._folder / STRATEGY_LOCKS / f"{strategy}.lock"
            try:
                lock = hold(path, Holder(os.getpid(), strategy, wall_ns()))
            except OSError as error:
                self._log.warn("NAME_NOT_LOCKED", f"{path} 无法使用：{error.strerror}")
                return False
            if lock is None:
                return False
            self._held[strategy] = lock
        return True

    def release(self, name: str) -> None:
        lock = self._held.pop(name.partition(".")[2], None)
        if lock is not None:
            lock.release()

    def remember(self, claimed: Claimed) -> None:
        try:
            keyring.write_names(self._folder, self.owners)
        except OSError as error:
            self._log.warn(
                "NAMES_NOT_SAVED", f"{claimed.strategy} 归令牌 {claimed.token}，但无法记下：{error.strerror}"
            )


def main(process: Process) -> None:
    settings = process.settings
    ring = keyring.open_keyring(settings)
    if ring is None:
        process.log.info("没有设置 QMT_SERVER_TOKEN，也没有令牌文件，不提供远程服务，进程结束")
        return
    _warn_if_weak(process)
    gate = gate_of(process, ring)

    def stop() -> None:
        gate.stopping = process.asked_to_stop.asked = True

    on_stop(stop)
    ports = "、".join(map(str, gate.acceptor.ports))
    process.log.info(f"远程服务启动：{settings.qmt_server_listen}，端口 {ports}，令牌 {len(ring.tokens)} 个")
    gate.run()
    gate.close()


def gate_of(process: Process, ring: keyring.Keyring) -> Gate:
    """The loop with both ports open; ConfigError naming the port that is taken."""
    settings, names = process.settings, StrategyNames(process)
    limits = Limits(
        connections_max=settings.qmt_server_max_connections,
        subscriptions_max=settings.qmt_server_max_subscriptions,
    )
    border = Border(ring.tokens, served_by(process), limits, names.owners, names.claim)
    audits = Audits(process.log.warn)
    log = None
    if settings.qmt_server_access_log:
        file, shown = settings.qmt_server_log_file, settings.qmt_server_log_account
        log = AccessLog(settings.log_dir, file, settings.log_keep_days, accounts_shown=shown)

    def verdict(handshake: Handshake) -> tuple[int, int]:
        return gate.verdict(handshake)

    sockets = Sockets(ring.secret, process.addresses, verdict)
    doors = Doors(settings.qmt_server_allowlist)
    acceptor = Acceptor(doors, sockets.port, sockets.watch, audits.add)
    gate = Gate(border, sockets, acceptor, audits, log, Hands(names.remember, names.release), ring.file)
    try:
        acceptor.listen(settings.qmt_server_listen, settings.qmt_server_port)
    except ConfigError:
        gate.close()
        raise
    return gate


def served_by(process: Process) -> Served:
    run, settings = process.run, process.settings
    data, broker = settings.qmt_server_enable_data, settings.qmt_server_enable_broker
    return Served(process.accounts, run.mode, run.simulated, data, broker)


def _warn_if_weak(process: Process) -> None:
    word = process.settings.qmt_server_token
    if word is not None and not is_loopback(process.settings.qmt_server_listen):
        bits = bits_of(word.get_secret_value())
        if bits < WEAK_BITS:
            said = f"QMT_SERVER_TOKEN 太弱（约 {bits} 位），而 {process.settings.qmt_server_listen} 不是本机地址"
            process.log.warn("WEAK_TOKEN", f"{said}：录下一次握手的人可以慢慢试出它；请用 bullet-trade token new")


if __name__ == "__main__":
    sys.exit(start("proxy", os.environ, main))

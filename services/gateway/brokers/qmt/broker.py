"""QMT as a back-end of the gateway: accounts of one data path share a line, and each line runs by itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final

from common import messages as m
from common.beijing import day_of
from common.clock import wall_ns
from common.errors import ConfigError
from common.host_os import try_writing
from services.gateway.brokers import BrokerReport, BrokerRequest
from services.gateway.brokers.qmt.acts import Event, Note, Requested
from services.gateway.brokers.qmt.codes import ACCOUNT_TYPES
from services.gateway.brokers.qmt.config import QmtAccount, QmtConfig
from services.gateway.brokers.qmt.core import LineCore
from services.gateway.brokers.qmt.runner import Outlet, Runner
from services.gateway.brokers.qmt.sdk import Instance, Sdk
from services.gateway.brokers.qmt.texts import masked

IMPORT_S: Final = 60.0
"""The SDK's libraries are large; a virus scanner may read all of them first."""


class QmtBroker:
    """Implements ``Broker`` for accounts at QMT terminals of this machine.

    ``ring`` is called from threads of the SDK whenever there are reports; ``note`` only from ``start`` and ``reports``.
    With ``read_only`` no order and no cancel is ever handed to the SDK. ``reports`` raises BrokerError where only a new
    process helps.
    """

    def __init__(
        self,
        accounts: tuple[QmtAccount, ...],
        config: QmtConfig,
        ring: Callable[[], None],
        note: Callable[[str], None],
        *,
        read_only: bool = False,
        wall: Callable[[], int] = wall_ns,
    ) -> None:
        self._accounts, self._config, self._note, self._read_only = accounts, config, note, read_only
        self._outlet = Outlet(ring, wall)
        self._lines: list[Runner] = []
        self._line_of: dict[str, Runner] = {}
        self._epochs = {account.alias: 0 for account in accounts}  # downs read by the gateway

    def start(self) -> None:
        """Raises ConfigError for whatever no retrying cures: a wrong path, a wrong account type, no SDK."""
        check_each_once(self._accounts)
        groups: dict[Path, list[QmtAccount]] = {}
        for account in self._accounts:
            check_account(account)
            groups.setdefault(Path(account.path).resolve(), []).append(account)
        sdk = _imported()
        self._note(f"{sdk.versions}；{'只读' if self._read_only else '可下单'}")
        for group in groups.values():
            folder = Path(group[0].path)
            check_folder(folder, group[0])
            self._note(_terminal_of(folder))
            runner = self._line(sdk, tuple(group))
            self._lines.append(runner)
            self._line_of.update({account.alias: runner for account in group})
        for runner in self._lines:
            runner.start()

    def _line(self, sdk: Sdk, accounts: tuple[QmtAccount, ...]) -> Runner:
        def make(generation: int, put: Callable[[Event], None]) -> Instance:
            return Instance(sdk, accounts, generation, put, read_only=self._read_only)

        core = LineCore(accounts, self._config)
        return Runner(core, make, self._outlet, self._config.timing.stop_ns)

    def request(self, request: BrokerRequest) -> None:
        alias = request.order.account if isinstance(request, m.PlaceAtBroker) else request.account
        assert isinstance(request, m.AskBroker) or not self._read_only, f"{request} to a broker that only reads"
        self._line_of[alias].put(Requested(request, self._epochs[alias]))

    def reports(self) -> list[BrokerReport]:
        reports: list[BrokerReport] = []
        while True:
            try:
                said = self._outlet.said.get_nowait()
            except Empty:
                return reports
            match said:
                case Note(text=text):
                    self._note(text)
                case Exception():
                    raise said
                case m.BrokerLink(account=alias, up=False):
                    self._epochs[alias] += 1
                    reports.append(said)
                case _:
                    reports.append(said)

    def close(self) -> None:
        """All lines at once, each as long as a stop may take."""
        closing = [threading.Thread(target=runner.close, daemon=True) for runner in self._lines]
        for thread in closing:
            thread.start()
        for thread in closing:
            thread.join()


def check_account(account: QmtAccount) -> None:
    if account.kind not in ACCOUNT_TYPES:
        known = "、".join(ACCOUNT_TYPES)
        raise ConfigError(f"账户 {account.alias} 的类型 {account.kind} 暂不支持：QMT_ACCOUNT_TYPE 可为 {known}")


def check_each_once(accounts: Iterable[QmtAccount]) -> None:
    """Two names for one account would be two books of one account."""
    names: dict[str, str] = {}
    for account in accounts:
        before = names.setdefault(account.account_id, account.alias)
        if before != account.alias:
            number = masked(account.account_id)
            raise ConfigError(f"账户 {before} 和 {account.alias} 是同一个资金账号 {number}：请删去一个")


def check_folder(path: Path, account: QmtAccount, write: Callable[[Path], None] = try_writing) -> None:
    """What can be wrong with a data path before the terminal is even asked."""
    whose = f"账户 {account.alias} 的 QMT_DATA_PATH={path}"
    if not path.is_dir():
        raise ConfigError(f"{whose} 不存在或不是文件夹：请填 QMT 安装目录下的 userdata_mini")
    if path.name != "userdata_mini" and (path / "userdata_mini").is_dir():
        raise ConfigError(f"{whose} 是安装目录：请填其中的 {path / 'userdata_mini'}")
    try:
        write(path)
    except OSError as e:
        raise ConfigError(
            f"{whose} 不可写（{e.strerror}）：请给当前用户该文件夹的写权限，或以管理员身份运行；QMT 最好不装在系统盘"
        ) from e


def _terminal_of(folder: Path) -> str:
    """What can be said of the terminal's version without asking it: its program is as old as its installation."""
    program = folder.parent / "bin.x64" / "XtMiniQmt.exe"
    try:
        return f"终端程序 {program.name}，文件日期 {day_of(program.stat().st_mtime_ns)}"
    except OSError:
        return "终端程序版本无法读取"


def _imported() -> Sdk:
    """The SDK, imported beside: it loads native libraries, and nothing of it may hang the process."""
    got: SimpleQueue[Sdk | Exception] = SimpleQueue()

    def load() -> None:
        try:
            got.put(Sdk())
        except Exception as e:  # handed to the thread that waits
            got.put(e)

    threading.Thread(target=load, name="qmt-import", daemon=True).start()
    try:
        sdk = got.get(timeout=IMPORT_S)
    except Empty:
        raise ConfigError(f"导入 xtquant 超过 {IMPORT_S:g} 秒没有完成：请检查杀毒软件和 xtquant 的安装") from None
    if isinstance(sdk, Exception):
        raise sdk
    return sdk

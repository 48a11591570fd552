"""The verb ``reload``, and ``live --watch``: a strategy that runs takes its changed file."""

from __future__ import annotations

import secrets
from pathlib import Path

from rich.console import Console

from cli import supervise
from cli.programs import RUN_FILE
from cli.refusal import Refused, coded
from common.clock import monotonic_ns, sleep
from common.run import read_run
from common.settings import Loaded

WAIT_SECONDS = 60


def reload(loaded: Loaded) -> int:
    """Ask for it and wait for the answer; Refused, with the old code running on, where it is not taken."""
    from services.strategy import loader

    runtime = loaded.settings.runtime_dir
    if not supervise.pid_of(runtime):
        raise Refused("NOT_RUNNING", f"运行目录 {runtime} 没有运行中的策略；改过的文件在下次启动时生效")
    with coded("STATE_DAMAGED"):
        run = read_run(runtime / RUN_FILE)
    if run.served:
        raise Refused("NO_STRATEGY", f"运行目录 {runtime} 是远程服务，策略在别的机器上：请在那里 reload")
    with coded("CODE_REFUSED"):
        loader.read(Path(run.strategy_file))
    Console(highlight=False, soft_wrap=True).print(ask(runtime))
    return 0


def ask(runtime: Path, seconds: float = WAIT_SECONDS) -> str:
    """What the strategy says when it has taken its file; Refused where it has not, or not within ``seconds``."""
    from services.strategy.reload import Asking

    asking = Asking(runtime, secrets.token_hex(8))
    until_ns = monotonic_ns() + round(seconds * supervise.SECOND_NS)
    while (verdict := asking.verdict()) is None:
        if monotonic_ns() > until_ns:
            if asking.withdraw():
                raise Refused("STRATEGY_SILENT", f"策略进程 {seconds:g} 秒没有响应：可能卡在策略代码里")
            raise Refused("CODE_WAITS", "策略函数正在运行，或策略尚未开始：新代码在它空闲时换上，见策略日志")
        sleep(0.02)
    if not verdict.taken:
        raise Refused("CODE_REFUSED", f"新的策略代码没有换上，原来的继续运行：{verdict.text}")
    return verdict.text


class Changes:
    """Looks at a strategy's file; what has changed and stayed the same for one look is asked for. The strategy's log
    says what became of it."""

    def __init__(self, file: Path, runtime: Path) -> None:
        self._file, self._runtime = file, runtime
        self._taken = self._seen = self._content()

    def look(self) -> None:
        from services.strategy.reload import Asking

        content = self._content()
        if content == self._seen and content not in (self._taken, b""):
            self._taken = content
            Asking(self._runtime)
        self._seen = content

    def _content(self) -> bytes:
        """Empty while an editor has put the old file away and the new one not yet there."""
        try:
            return self._file.read_bytes()
        except OSError:
            return b""

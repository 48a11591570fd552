"""The strategy process: one user's file."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from common import messages as m
from common import wire
from common.beijing import day_of
from common.clock import monotonic_ns, wall_ns
from common.parting import part
from common.process import Process, start
from common.run import Run
from common.settings import to_ns
from services.strategy.catching_up import CatchingUp
from services.strategy.config import StrategyConfig
from services.strategy.core import StrategyCore
from services.strategy.keeper import FileKeeper
from services.strategy.loader import Source, read
from services.strategy.providers import name_of_provider, provider_of
from services.strategy.providers.caller import Caller
from services.strategy.reload import Requests
from services.strategy.runtime import Log
from services.strategy.schedule import Hours

END_PATIENCE_NS = 30 * 10**9
"""A server that does not hear that the run's end was heard waits for it; cables are rarely pulled for longer."""
STOP_PATIENCE_NS = 2 * 10**9

SOURCE, HASH_SEED = "source", "hash_seed"
"""The strategy's file, and PYTHONHASHSEED, among what a life began with (common/given.py)."""


class StrategyShell(CatchingUp):
    """Tells the core, too, that its file is to be read again, and whoever asked for it what became of that; and calls
    the data provider, where there is one, and says what came back."""

    def __init__(self, process: Process, core: StrategyCore) -> None:
        super().__init__(core)
        self.process = process
        self.requests = Requests(process.settings.runtime_dir, Path(process.run.strategy_file))
        self.caller: Caller | None = None

    def run(self, effects: list[m.Message]) -> None:
        for effect in effects:
            assert isinstance(effect, m.AskProvider) and self.caller is not None, f"nobody runs {effect}"
            self.caller.ask(effect)

    def reports(self) -> list[m.Message]:
        answers = self.caller.answers() if self.caller is not None else ()
        source = self.requests.source(monotonic_ns())
        return [*answers, *(super().reports() if source is None else [m.CodeChanged(source)])]

    def settle(self) -> None:
        if (verdict := self.core.take_verdict()) is not None:
            self.requests.answer(verdict)

    def status(self, status: m.ProcessStatus) -> m.ProcessStatus:
        return self.process.status(status, None, {"strategy": self.process.run.strategy_id})


def config_of(process: Process) -> StrategyConfig:
    run, settings = process.run, process.settings
    limits = settings.limits(run.account)
    return StrategyConfig(
        account=run.account,
        strategy=run.strategy_id,
        mode=run.mode,
        hours=Hours(settings.scheduler_market_periods),
        wait_ns=to_ns(settings.trade_max_wait_time),
        order_volume_max=limits.order_volume_max,
        market_buy_offset_e6=int(settings.market_buy_price_percent * 1_000_000),
        market_sell_offset_e6=int(settings.market_sell_price_percent * 1_000_000),
        callback_time_max_ns=to_ns(settings.event_time_out),
        stop_loss_ratio_bp=limits.stop_loss_ratio_bp,
        subscriptions_max=settings.tick_subscription_limit,
        fees=process.fees,
        runtime_dir=settings.runtime_dir,
        saves_g=settings.g_autosave_enabled,
        runs_missed=settings.missed_job_policy == "run",
        missed_grace_ns=to_ns(settings.missed_job_grace),
        data_provider=name_of_provider(settings),
    )


def _given(source: Source, keeper: FileKeeper) -> dict[str, bytes]:
    """What a replay of this life needs of the strategy; the seed orders the sets of Python."""
    seed = os.environ.get("PYTHONHASHSEED") or "random"
    return {SOURCE: source.raw, HASH_SEED: seed.encode("ascii"), **keeper.given}


def log_of(process: Process) -> Log:
    """Lines of user code and of the host, by level."""
    write = {
        "debug": process.log.debug,
        "info": process.log.info,
        "warning": process.log.warning,
        "error": process.log.error,
    }
    return lambda level, _name, text: write.get(level, process.log.info)(text)


def main(process: Process, core_class: type[StrategyCore] = StrategyCore) -> None:
    source = read(Path(process.run.strategy_file))
    process.settings.runtime_dir.mkdir(parents=True, exist_ok=True)
    provider, note = provider_of(process.settings, lambda: day_of(wall_ns()))
    keeper = FileKeeper(process.settings.runtime_dir, process.run.strategy_id, source.raw)
    core = core_class(config_of(process), source, keeper, process.calendar, log_of(process), stopwatch=monotonic_ns)
    session, journal, recovered = process.open(core, given=_given(source, keeper))
    shell = StrategyShell(process, core)
    session.shell = shell
    loop = process.loop(session, journal, shell)
    if provider is not None:
        limit_ns = to_ns(process.settings.data_call_limit)
        shell.caller = Caller(provider, limit_ns, monotonic_ns, loop.bus.doorbell())
    session.start(recovered=recovered)
    process.log.info(f"策略启动：{process.run.strategy_id}（{process.run.strategy_file}）")
    if note:
        process.log.warning(note)
    loop.flush()
    loop.run()
    core.close()
    words = [("risk", wire.encode(wire.Alive(session.name, True)))]
    if process.run.joined:
        # The clock goes on without a strategy that joined; for the run's own it stands until it is back.
        words.append(("quotes", wire.encode(wire.Pace(session.name, wire.raw(m.Leave(session.name))))))
    elif session.run_ended:
        # Quotes ends when all have said that they heard of the end, and this is said once only.
        words.append(("quotes", wire.encode(wire.Pace(session.name, wire.raw(session.progress())))))
    if not part(loop.bus, words, END_PATIENCE_NS if session.run_ended else STOP_PATIENCE_NS):
        process.log.warning("服务端没有确认本策略的结束；连接可能断开", code="PARTING_UNHEARD")
    loop.close()


def name_of(run: Run) -> str:
    return f"strategy.{run.strategy_id}"


if __name__ == "__main__":
    sys.exit(start(name_of, os.environ, main))

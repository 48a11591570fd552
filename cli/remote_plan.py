"""What a strategy is going to do on the stack of another machine: begin afresh, or go on where it stopped."""

from __future__ import annotations

from pathlib import Path

from cli.broker_accounts import QMT_REMOTE
from cli.plan import Asked, Plan, asked_of_market, check_same, is_finished, previous_run
from cli.programs import STRATEGY_ALONE
from cli.refusal import Refused, coded
from cli.remote import Server
from common.run import Run
from common.settings import Loaded
from common.stamp import Stamp, check_stamp

_SAME = ("strategy_id", "account", "broker", "mode")
_SIMULATED = ("first_day", "begun")


def remote_plan(asked: Asked, loaded: Loaded, server: Server) -> Plan:
    """Only the strategy runs here. Refused where the folder holds another run's state."""
    if named := asked_of_market(asked):
        raise Refused("SERVER_DECIDES", f"{named} 由服务端决定，请写在服务端的 bullet-trade server 之后")
    if asked.carry_on and not server.simulated:
        raise Refused("NOT_SIMULATED", "--continue 只用于服务端的模拟行情：真实行情总是接着运行")
    folder = loaded.settings.runtime_dir
    run = _run(asked, loaded, server)
    stamp = Stamp(run.broker, run.mode, run.account, run.strategy_id)
    previous = None
    if not asked.reset:
        with coded("WRONG_RUNTIME_DIR"):
            check_stamp(folder, stamp)
        previous = previous_run(folder)
    if previous is None:
        return Plan(run, stamp, STRATEGY_ALONE, None, asked.reset, f"{server}")
    finished = server.simulated and is_finished(folder)
    if finished:
        return Plan(run, stamp, STRATEGY_ALONE, None, not asked.carry_on, f"{server}")
    check_same(previous, run, (*_SAME, *(_SIMULATED if server.simulated else ())))
    return Plan(run, stamp, STRATEGY_ALONE, None, move_old=False, said=f"{server} · 沿用运行目录里的状态")


def _run(asked: Asked, loaded: Loaded, server: Server) -> Run:
    assert isinstance(asked.file, Path), "a strategy runs a file"
    return Run(
        strategy_file=str(asked.file.absolute()),
        strategy_id=asked.strategy(loaded.settings),
        account=server.account,
        broker=QMT_REMOTE,
        mode=server.mode,
        quotes=QMT_REMOTE,
        first_day=server.first_day,
        carry_on=asked.carry_on,
        remote=True,
        published=server.simulated,
        begun=server.begun,
        env_file=str(loaded.env_file.absolute()) if loaded.env_file else "",
        settings=loaded.settings.as_env(),
    )

"""What ``live --broker qmt-remote`` decides from its options, what the server says and what the folder holds."""

import dataclasses
from pathlib import Path

import pytest

from cli.plan import Asked, Plan
from cli.programs import LOG_FILE, RUN_FILE, STRATEGY_ALONE
from cli.refusal import Refused
from cli.remote import Server
from cli.remote_plan import remote_plan
from common.settings import load
from common.stamp import write_stamp

REAL = Server("10.0.0.2:58620", "laptop", ("read", "trade"), "main", "dry_run", simulated=False)
DRILL = dataclasses.replace(REAL, mode="simulator", simulated=True, first_day="2026-11-20", begun=7)
ENDED = "t INFO spawned: 'strategy' with pid 1\nt INFO exited: strategy (exit status 0; expected)\n"
STOPPED = "t INFO spawned: 'strategy' with pid 1\nt INFO stopped: strategy (exit status 0)\n"


def plan(folder: Path, server: Server, **options: object) -> Plan:
    loaded = load(None, {}, {"RUNTIME_DIR": str(folder), "DEFAULT_BROKER": "qmt-remote", "QMT_SERVER_TOKEN": "w"})
    return remote_plan(dataclasses.replace(Asked(Path("demo.py")), **options), loaded, server)  # type: ignore[arg-type]


def leave(folder: Path, server: Server, said: str) -> None:
    """What an earlier run on this server left."""
    old = plan(folder, server)
    folder.mkdir()
    write_stamp(folder, old.stamp)
    old.run.write(folder / RUN_FILE)
    (folder / LOG_FILE).write_text(said, encoding="utf-8")


def test_only_the_strategy_runs_here_in_the_servers_mode(tmp_path: Path) -> None:
    found = plan(tmp_path / "run", REAL)
    run = found.run
    assert found.programs == STRATEGY_ALONE and found.stack is None and not found.move_old
    assert (run.broker, run.mode, run.account, run.strategy_id) == ("qmt-remote", "dry_run", "main", "demo")
    assert run.remote and not run.simulated and not run.served


def test_a_drill_follows_the_servers_clock(tmp_path: Path) -> None:
    run = plan(tmp_path / "run", DRILL).run
    assert run.simulated and (run.first_day, run.begun) == ("2026-11-20", 7)


def test_with_a_real_market_it_goes_on_day_after_day(tmp_path: Path) -> None:
    leave(tmp_path / "run", REAL, ENDED)
    found = plan(tmp_path / "run", REAL)
    assert not found.move_old and "沿用" in found.said


def test_a_drill_that_was_stopped_goes_on_and_one_that_ended_begins_again(tmp_path: Path) -> None:
    leave(tmp_path / "stopped", DRILL, STOPPED)
    assert not plan(tmp_path / "stopped", DRILL).move_old
    leave(tmp_path / "ended", DRILL, ENDED)
    assert plan(tmp_path / "ended", dataclasses.replace(DRILL, begun=8)).move_old
    assert not plan(tmp_path / "ended", dataclasses.replace(DRILL, begun=8), carry_on=True).move_old


def test_state_of_another_run_of_the_server_is_not_gone_on_from(tmp_path: Path) -> None:
    leave(tmp_path / "run", DRILL, STOPPED)
    with pytest.raises(Refused, match="服务端的这次运行") as no:
        plan(tmp_path / "run", dataclasses.replace(DRILL, begun=8))
    assert no.value.code == "RUN_DIFFERS"
    assert plan(tmp_path / "run", dataclasses.replace(DRILL, begun=8), reset=True).move_old


def test_state_of_another_account_is_not_gone_on_from(tmp_path: Path) -> None:
    leave(tmp_path / "run", REAL, STOPPED)
    with pytest.raises(Refused) as no:
        plan(tmp_path / "run", dataclasses.replace(REAL, account="hedge"))
    assert no.value.code == "WRONG_RUNTIME_DIR"


@pytest.mark.parametrize(
    ("server", "options", "code", "said"),
    [
        (DRILL, {"speed": "60"}, "SERVER_DECIDES", "--speed"),
        (REAL, {"date": "2026-11-20", "seed": 3}, "SERVER_DECIDES", "--date、--seed"),
        (REAL, {"carry_on": True}, "NOT_SIMULATED", "--continue"),
    ],
)
def test_what_only_the_server_can_be_told(
    tmp_path: Path, server: Server, options: dict[str, object], code: str, said: str
) -> None:
    with pytest.raises(Refused, match=said) as no:
        plan(tmp_path / "run", server, **options)
    assert no.value.code == code

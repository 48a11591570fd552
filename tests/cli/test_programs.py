"""supervisord.conf as supervisord itself reads it: the one that is shipped and the one a run writes."""

import stat
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from supervisor.options import ServerOptions

from cli.programs import (
    ALERTS,
    CONF_FILE,
    PROGRAMS,
    STRATEGY_ALONE,
    Control,
    Launch,
    conf_text,
    environment,
    read_control,
    write_conf,
)
from common.errors import EXIT_STAY_DOWN

ROOT = Path(__file__).resolve().parents[2]


def parsed(path: Path) -> ServerOptions:
    options = ServerOptions()
    options.realize(["-c", str(path), "-n"], doc="")
    return options


def names(options: ServerOptions) -> set[str]:
    [group] = options.process_group_configs
    return {program.name for program in group.process_configs}


def launch_in(folder: Path, programs: tuple = PROGRAMS) -> Launch:
    runtime, logs = folder / "run 100% 运行", folder / "logs"
    runtime.mkdir()
    logs.mkdir()
    return Launch(programs, runtime, logs, "demo")


def check_programs(options: ServerOptions) -> None:
    [group] = options.process_group_configs
    for program in group.process_configs:
        assert program.startsecs == 0
        assert program.startretries >= 10_000
        assert set(program.exitcodes) == {0, EXIT_STAY_DOWN}
        assert program.autorestart.__name__ == "RestartWhenExitUnexpected"
        assert program.autostart


def test_the_shipped_file_is_read() -> None:
    every = (*PROGRAMS, ALERTS)
    options = parsed(ROOT / "configs" / "supervisord.conf")
    assert names(options) == {program.name for program in every}
    check_programs(options)
    modules = {program.name: program.module for program in every}
    for program in options.process_group_configs[0].process_configs:
        assert program.command.endswith(f"-m {modules[program.name]}")
        assert Path(program.directory).resolve() == ROOT


def test_the_file_of_a_run_is_read_whatever_its_paths_hold(tmp_path: Path) -> None:
    launch = launch_in(tmp_path)
    write_conf(launch, windows=False)
    options = parsed(launch.runtime_dir / CONF_FILE)
    assert names(options) == {program.name for program in PROGRAMS}
    check_programs(options)
    [strategy] = [one for one in options.process_group_configs[0].process_configs if one.name == "strategy"]
    assert strategy.stdout_logfile == str(launch.log_dir / "strategy.demo.console.log")
    assert Path(options.logfile).parent == launch.runtime_dir


def test_only_the_strategy_runs_beside_a_running_stack(tmp_path: Path) -> None:
    launch = launch_in(tmp_path, STRATEGY_ALONE)
    write_conf(launch, windows=False)
    assert names(parsed(launch.runtime_dir / CONF_FILE)) == {"strategy"}


def test_control_is_a_socket_in_the_runtime_folder() -> None:
    with TemporaryDirectory() as short:  # beside the folders of other workers a test's own path gets too long
        launch = launch_in(Path(short))
        control = write_conf(launch, windows=False)
        assert control.url == f"unix://{launch.runtime_dir}/supervisor.sock"
        assert read_control(launch.runtime_dir) == control


def test_a_path_too_long_for_a_socket_takes_a_port_and_a_password_nobody_else_reads(tmp_path: Path) -> None:
    launch = launch_in(tmp_path)
    deep = launch.runtime_dir / ("x" * 120)
    deep.mkdir()
    launch = Launch(PROGRAMS, deep, launch.log_dir, "demo")
    control = write_conf(launch, windows=False)
    assert control.url.startswith("http://127.0.0.1:")
    assert len(control.password) == 32
    assert stat.S_IMODE((deep / CONF_FILE).stat().st_mode) == 0o600
    assert read_control(deep) == control
    check_programs(parsed(deep / CONF_FILE))
    assert write_conf(launch, windows=False).password != control.password


def test_windows_stops_by_ctrl_break_and_listens_on_a_port(tmp_path: Path) -> None:
    launch = launch_in(tmp_path)
    control = write_conf(launch, windows=True)
    assert control.url.startswith("http://127.0.0.1:")
    text = (launch.runtime_dir / CONF_FILE).read_text(encoding="utf-8")
    assert text.count("stopsignal=CTRL_BREAK_EVENT") == len(PROGRAMS)
    assert "unix" not in text
    linux = conf_text(launch, Control("unix:///x"), windows=False)
    assert linux.count("stopsignal=TERM") == len(PROGRAMS)
    assert "\\" not in text


@pytest.mark.parametrize("before", ["", "/mine"])
def test_processes_find_our_packages_and_no_others(tmp_path: Path, before: str) -> None:
    env = environment({"PYTHONPATH": before, "HOME": "/h"}, tmp_path)
    assert env["PYTHONPATH"].split(":") == [str(ROOT), *filter(None, [before])]
    assert env["PYTHONSAFEPATH"] == "1"
    assert env["BULLET_RUN_FILE"] == str(tmp_path / "run.json")
    assert env["HOME"] == "/h"


def test_no_file_is_left_when_there_was_never_a_run(tmp_path: Path) -> None:
    assert read_control(tmp_path) is None

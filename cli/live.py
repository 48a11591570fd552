"""The verb ``live``: checks everything, starts the run's supervisord, shows the day, and takes everything down."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable

from rich.console import Console

from cli import banner, checks
from cli.broker_accounts import QMT_REMOTE, account_of, check_broker, mode_of
from cli.follow import LogTail
from cli.launching import Launching
from cli.plan import Asked, make_plan
from cli.programs import Launch
from cli.reload import Changes
from cli.remote import find_server
from cli.remote_plan import remote_plan
from cli.screen import screen
from cli.stack import check_ports, line_to
from cli.watch import Watch, Wish
from common.clock import wall_ns
from common.settings import Loaded
from common.stamp import LOCK_FILE, STRATEGY_LOCKS


def live(asked: Asked, loaded: Loaded) -> int:
    """Run the day and return the exit code; Refused, with nothing started or changed, where it cannot be run."""
    settings = loaded.settings
    console = screen(settings)
    check_broker(settings)
    assert asked.file is not None, "a strategy runs a file"
    checks.check_strategy(asked.file)
    checks.check_provider(settings)
    with Launching(loaded, console, os.environ) as launching:
        launching.hold(settings.runtime_dir / LOCK_FILE, asked.strategy(settings))
        if settings.default_broker == QMT_REMOTE:
            return _remote(asked, loaded, launching)
        return _here(asked, loaded, launching)


def _here(asked: Asked, loaded: Loaded, launching: Launching) -> int:
    settings = loaded.settings
    stack = check_ports(settings.bus_port_base, account_of(settings), mode_of(settings))
    plan = make_plan(asked, loaded, stack, wall_ns())
    owner = stack.runtime_dir if stack else settings.runtime_dir
    launching.hold(owner / STRATEGY_LOCKS / f"{plan.run.strategy_id}.lock", plan.run.strategy_id)
    if not asked.reset:
        checks.check_state(settings.runtime_dir)
    prepared = launching.prepare(plan)
    banner.show(launching.console, plan.run, settings, plan.said)
    _show_notes(launching.console, loaded)
    return launching.run(plan, prepared, line_to(loaded), _watch_of(asked, loaded))


def _remote(asked: Asked, loaded: Loaded, launching: Launching) -> int:
    """Only the strategy runs here; the stack, its risk and its mode are the server's."""
    if not asked.reset:
        checks.check_state(loaded.settings.runtime_dir)
    server = find_server(loaded, asked.strategy(loaded.settings), launching.console, wait=asked.wait)
    plan = remote_plan(asked, loaded, server)
    prepared = launching.prepare(plan)
    banner.show(launching.console, plan.run, loaded.settings, plan.said)
    _show_notes(launching.console, loaded)
    return launching.run(plan, prepared, line_to(loaded), _watch_of(asked, loaded))


def _watch_of(asked: Asked, loaded: Loaded) -> Callable[[Launch, Console, LogTail, Wish], Watch]:
    """With ``--watch`` the strategy's file is looked at too."""
    assert asked.file is not None, "a strategy runs a file"
    changes = Changes(asked.file, loaded.settings.runtime_dir) if asked.watch else None
    return functools.partial(Watch, changes=changes)


def _show_notes(console: Console, loaded: Loaded) -> None:
    for note in loaded.notes:
        console.print(f"注意：{note}", style="yellow")

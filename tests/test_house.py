"""The house keeps its rules, each rule can be broken, and the two lists of processes agree."""

import configparser
import shlex
from functools import cache
from pathlib import Path

import pytest

from tests.house import (
    CHECKS,
    FOLDERS,
    Check,
    Source,
    broad_excepts_say_why,
    cores_are_pure,
    files_and_functions_are_small,
    imports_go_one_way,
    loopback_is_tcp,
    modules_say_what_they_are_for,
    text_files_name_their_encoding,
    tools_stay_at_home,
    words_are_plain,
)

ROOT = Path(__file__).resolve().parent.parent


@cache
def house() -> list[Source]:
    """Every file of ours; under tests only the tests, since strategies for tests may be broken on purpose."""
    found = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    names = [(path.relative_to(ROOT).as_posix(), path) for path in found]
    return [
        Source(name, path.read_text(encoding="utf-8"))
        for name, path in names
        if not name.startswith("tests/") or path.name.startswith("test_") or path.name == "conftest.py"
    ]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_house_keeps_its_rules(check: Check) -> None:
    broken = [said for source in house() for said in check(source)]
    assert not broken, "\n" + "\n".join(broken)


# For each check a file it must complain about, and one so close to it that only the rule makes the difference.
BAD_AND_GOOD = [
    (imports_go_one_way, "common/wire.py", "import jqdata", "import json"),
    (imports_go_one_way, "jqdata/objects.py", "from services.strategy import host", "from common import errors"),
    (imports_go_one_way, "services/risk/core.py", "from services.gateway import core", "from . import rules"),
    (imports_go_one_way, "services/risk/core.py", "from ..gateway import core", "from ..risk import rules"),
    (imports_go_one_way, "services/risk/core.py", "import jqdata", "import common.orders"),
    (imports_go_one_way, "services/state/core.py", "from cli import live", "from common import live"),
    (imports_go_one_way, "services/gateway/core.py", "import sim.exchange", "import services.gateway.book"),
    (imports_go_one_way, "services/gateway/brokers/simulator.py", "import sim.market", "from sim import exchange"),
    (imports_go_one_way, "services/gateway/quotes/core.py", "from sim import exchange", "from sim.market import Walk"),
    (imports_go_one_way, "sim/exchange.py", "from sim import market", "from common import orders"),
    (imports_go_one_way, "sim/world.py", "import cli.live", "import services.risk.core"),
    (imports_go_one_way, "cli/live.py", "import benchmarks.order_path", "import services.risk"),
    (imports_go_one_way, "cli/live.py", "import_module('tests.world')", "import_module('sim.world')"),
    (imports_go_one_way, "benchmarks/ring.py", "from tests import conftest", "from cli import live"),
    (imports_go_one_way, "elsewhere/new.py", "", None),
    (tools_stay_at_home, "common/loop.py", "import zmq", "import common.bus"),
    (tools_stay_at_home, "services/risk/core.py", "from msgspec import msgpack", "from common import wire"),
    (tools_stay_at_home, "services/risk/core.py", "from msgspec import Struct", "from common.messages import Fill"),
    (tools_stay_at_home, "common/messages/a.py", "import msgspec\nmsgspec.msgpack", "import msgspec\nmsgspec.Struct"),
    (tools_stay_at_home, "services/gateway/core.py", "from xtquant import xttrader", "from xtools import xttrader"),
    (tools_stay_at_home, "common/loop.py", "from time import monotonic as now", "from time import sleep"),
    (
        tools_stay_at_home,
        "cli/live.py",
        "import datetime as d\nd.datetime.now()",
        "import datetime as d\nd.datetime(1, 1, 5)",
    ),
    (tools_stay_at_home, "cli/live.py", "from datetime import date\ndate.today()", "from x import date\ndate.today()"),
    (tools_stay_at_home, "common/settings.py", "import os\nos.environ['A']", "import os\nos.sep"),
    (tools_stay_at_home, "common/settings.py", "from os import getenv", "from os import fspath"),
    (tools_stay_at_home, "cli/stop.py", "import os\nos.killpg(1, 2)", "import os\nos.kill(1, 2)"),
    (tools_stay_at_home, "cli/stop.py", "import signal\nsignal.SIGKILL", "import signal\nsignal.SIGTERM"),
    (tools_stay_at_home, "services/risk/core.py", "print(1)", "log.print(1)"),
    (cores_are_pure, "services/risk/rules.py", "import os.path", "import math"),
    (cores_are_pure, "sim/exchange.py", "from pathlib import Path", "from dataclasses import dataclass"),
    (
        cores_are_pure,
        "services/strategy/schedule.py",
        "import random\nrandom.choice(x)",
        "from random import Random\nx: Random",
    ),
    (cores_are_pure, "services/risk/core.py", "from random import Random\nRandom(7)", "from random import Random"),
    (cores_are_pure, "services/risk/core.py", "open('x')", "book.open('x')"),
    (files_and_functions_are_small, "cli/live.py", "a = 1\n" * 401, "a = 1\n" * 400),
    (files_and_functions_are_small, "cli/live.py", "def f():\n" + " a = 1\n" * 50, "def f():\n" + " a = 1\n" * 49),
    (broad_excepts_say_why, "cli/live.py", "try: f()\nexcept Exception: g()", "try: f()\nexcept OSError: g()"),
    (
        broad_excepts_say_why,
        "cli/live.py",
        "try: f()\nexcept: g('#')",
        "try: f()\nexcept: g()  # the user's code may raise all",
    ),
    (broad_excepts_say_why, "cli/live.py", "try: f()\nexcept (OSError, BaseException): g()", None),
    (broad_excepts_say_why, "cli/live.py", "contextlib.suppress(Exception)", "contextlib.suppress(OSError)"),
    (modules_say_what_they_are_for, "cli/live.py", "import os", ""),
    (modules_say_what_they_are_for, "cli/live.py", "# no docstring\nimport os", "'Starts a day.'\nimport os"),
    (words_are_plain, "cli/live.py", "# TO" + "DO later", "# to do it later would lose the order"),
    (words_are_plain, "common/utils.py", "", None),
    (words_are_plain, "services/data/core.py", "", None),
    (text_files_name_their_encoding, "cli/live.py", "open(p)", "open(p, 'rb')"),
    (text_files_name_their_encoding, "cli/live.py", "p.open('a')", "p.open('ab')"),
    (text_files_name_their_encoding, "cli/live.py", "p.read_text()", "p.read_text(encoding='utf-8')"),
    (text_files_name_their_encoding, "cli/live.py", "p.write_text(x)", "p.write_bytes(x)"),
    (text_files_name_their_encoding, "cli/live.py", "run(x, text=True)", "run(x, text=True, encoding='utf-8')"),
    (loopback_is_tcp, "common/bus.py", "bind('ipc://risk')", "bind('tcp://127.0.0.1:58605')"),
]


@pytest.mark.parametrize(("check", "path", "bad", "good"), BAD_AND_GOOD)
def test_each_rule_can_be_broken(check: Check, path: str, bad: str, good: str | None) -> None:
    assert list(check(Source(path, bad)))
    assert good is None or not list(check(Source(path, good)))


def test_every_rule_has_been_broken_once() -> None:
    assert {check for check, *_ in BAD_AND_GOOD} == set(CHECKS)


def module_of(command: str) -> str:
    """The module that `python -m MODULE …` runs."""
    words = shlex.split(command)
    return words[words.index("-m") + 1]


def procfile_processes(text: str) -> dict[str, str]:
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return {name.strip(): module_of(command) for name, _, command in (line.partition(":") for line in lines)}


def supervised_processes(text: str) -> dict[str, str]:
    parser = configparser.ConfigParser(interpolation=None, inline_comment_prefixes=(";",))
    parser.read_string(text)
    programs = {name.partition(":")[2]: parser[name] for name in parser.sections() if name.startswith("program:")}
    return {name: module_of(program["command"]) for name, program in programs.items()}


def test_procfile_and_supervisord_name_the_same_processes() -> None:
    procfile = procfile_processes((ROOT / "Procfile").read_text(encoding="utf-8"))
    supervised = supervised_processes((ROOT / "configs" / "supervisord.conf").read_text(encoding="utf-8"))
    assert procfile == supervised
    assert set(procfile) >= {"gateway", "quotes", "risk", "state", "strategy"}


def test_the_two_process_lists_are_read_as_written() -> None:
    assert procfile_processes("# picture\ngateway: python -m services.gateway --x\n") == {"gateway": "services.gateway"}
    conf = "[supervisord]\nnodaemon=true\n[program:gateway]\ncommand=%(ENV_PY)s -m services.gateway ; first\n"
    assert supervised_processes(conf) == {"gateway": "services.gateway"}

"""The accelerated clock: a function of real time, the same in every process."""

import datetime as dt
import os
import subprocess
import sys

from common.beijing import at, to_ns
from tests.qmt.clock import FakeClock, script, through_days
from tests.qmt.handle import ROOT

DAY, NEXT = dt.date(2026, 11, 20), dt.date(2026, 11, 23)


def test_each_part_has_its_pace() -> None:
    clock = FakeClock(f"{10**18};2026-11-20T09:00:00@30;2026-11-20T15:00:00@3000;2026-11-23T09:00:00@1")
    start = at(DAY, "9:00")
    assert clock.at(10**18) == start
    assert clock.at(10**18 + 2_000_000_000) == start + 60_000_000_000
    six_hours = 10**18 + 6 * 3600 * 10**9 // 30
    assert clock.at(six_hours) == at(DAY, "15:00")
    assert clock.at(six_hours + 10**9) == at(DAY, "15:50")
    night = int(66 * 3600 * 10**9 / 3000)
    assert clock.at(six_hours + night + 10**9) == at(NEXT, "9:00") + 10**9


def test_it_goes_back_to_real_time() -> None:
    clock = FakeClock(through_days([DAY, NEXT]))
    moments = [at(day, text) for day in (DAY, NEXT) for text in ("9:00", "10:30", "12:00", "15:09", "20:00")]
    reals = [clock.real(moment) for moment in moments]
    assert reals == sorted(reals)
    assert all(abs(clock.at(real) - moment) < 30_000_000 for real, moment in zip(reals, moments, strict=True))
    assert (clock.real(moments[-1]) - clock.real(moments[0])) / 1e9 < 360


def test_a_process_of_the_stack_lives_by_it() -> None:
    text = script([("2026-11-20T10:00:00", 1.0)])
    program = "from common.clock import wall_ns; import time; print(wall_ns(), time.time(), time.monotonic())"
    path = f"{ROOT / 'tests' / 'qmt' / 'host'}"
    env = {**os.environ, "PYTHONPATH": path, "FAKE_TERMINAL": "yes", "FAKE_CLOCK": text}
    ran = subprocess.run(
        [sys.executable, "-c", program], env=env, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=True
    )
    wall, seconds, _ = ran.stdout.split()
    began = to_ns(dt.datetime(2026, 11, 20, 10))
    assert 0 < int(wall) - began < 60 * 10**9 and 0 < float(seconds) - began / 1e9 < 60


def test_without_the_variable_nothing_is_replaced() -> None:
    program = "import sys, time; print(time.time_ns.__module__, 'tests.qmt' in ' '.join(sys.modules))"
    env = {**os.environ, "PYTHONPATH": f"{ROOT / 'tests' / 'qmt' / 'host'}"}
    command = [sys.executable, "-c", program]
    ran = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=True)
    assert ran.stdout.split() == ["time", "False"]

"""The order path benchmark runs on real processes and ends with the line that every benchmark ends with."""

import json
from pathlib import Path

import pytest

from benchmarks import order_path
from benchmarks.figures import last_line, percentile_us
from benchmarks.order_plan import Part, Times


def test_percentiles_are_nearest_ranks_in_microseconds() -> None:
    times_ns = [n * 1000 for n in range(100, 0, -1)]
    assert [percentile_us(times_ns, percent) for percent in (1, 50, 99, 100)] == [1, 50, 99, 100]
    assert percentile_us([7_000], 1) == percentile_us([7_000], 99) == 7


def test_the_last_line_has_the_keys_of_every_benchmark() -> None:
    line = json.loads(last_line("x", ours=300.0, floor=200.0, n=7, more={"p99": 1.23456}))
    assert line == {"name": "x", "ours": 300.0, "floor": 200.0, "ratio": 1.5, "n": 7, "p99": 1.235}


def test_each_way_of_running_has_its_own_keys() -> None:
    times = Times(accepted=[2000, 4000], filled=[3000, 6000], ring=[1000, 2000])
    slow, fast = (order_path.keys("order", part.name, times) for part in reversed(order_path.PARTS))
    assert slow["accepted_p99_order_5ms"] == 4.0 and slow["filled_ratio_p50_order_5ms"] == 3.0
    assert not slow.keys() & fast.keys() and len(fast) == len(slow) == 10


@pytest.mark.slow
def test_orders_and_ring_trips_are_measured_in_turns(tmp_path: Path) -> None:
    parts = (Part("back to back", 20, 10), Part("every 5 ms", 4, 4, 5))
    times = order_path.measure("order", parts, tmp_path / "run")
    assert {name: len(part.accepted) for name, part in times.items()} == {"back to back": 20, "every 5 ms": 4}
    for part in times.values():
        assert len(part.ring) == len(part.filled) == len(part.accepted)
        assert all(0 < accepted < filled for accepted, filled in zip(part.accepted, part.filled, strict=True))
        assert min(part.ring) > 0

"""The benchmarks of the remote link run on real processes; a fill's way is told by the clock both its ends read."""

import json
from pathlib import Path

import pytest

from benchmarks import flooder, remote
from benchmarks.flooder_strategy import Round
from benchmarks.order_plan import Part, Times, pushes

PART = Part("back to back", 10, 10)


def test_a_fills_way_is_told_by_its_number(tmp_path: Path) -> None:
    said = tmp_path / "filled.txt"
    said.write_text("7 1000\n8 2000\n9 3000\n", encoding="ascii")
    assert pushes(Times(heard={"9": 3700, "8": 2500}), said) == [700, 500]


def test_rounds_leave_the_moments_of_their_fills_behind() -> None:
    both = Times([1], [2], [3], {"7": 1})
    both.add(Times([4], [5], [6], {"7": 2}))
    assert both == Times([1, 4], [2, 5], [3, 6], {"7": 1})


def test_the_flooders_last_line_is_of_medians_over_rounds() -> None:
    rounds = [
        Round([quiet] * 3, [flooded] * 3, 2000.0) for quiet, flooded in ((1000, 1500), (2000, 5000), (3000, 3300))
    ]
    line = json.loads(flooder.summary(rounds))
    assert (line["ours"], line["floor"], line["ratio"], line["n"]) == (3.3, 2.0, 1.65, 9)
    assert (line["round_ratio_median"], line["round_ratio_max"]) == (1.5, 2.5)
    assert line["flood_frames_per_s"] == 2000.0


@pytest.mark.slow
def test_orders_and_their_fills_are_measured_from_another_machine(tmp_path: Path) -> None:
    times, pushed = remote.measure(PART, tmp_path / "run", away=True)
    assert len(times.accepted) == len(times.ring) == len(pushed) == PART.n
    assert all(0 < push_ns < filled_ns for push_ns, filled_ns in zip(pushed, times.filled, strict=True))


@pytest.mark.slow
def test_orders_are_measured_beside_a_flooder(tmp_path: Path) -> None:
    (one,) = flooder.measure(1, 30, tmp_path)
    assert len(one.quiet) == len(one.flooded) == 30
    assert one.taken_per_s > 0

"""``--speed``: what it may say, and when it means lock-step."""

from __future__ import annotations

import pytest

from common.beijing import clock_seconds
from common.errors import ConfigError
from services.gateway.quotes.pace import Pace, parse


def test_a_number_holds_all_day() -> None:
    assert parse("20").at(0) == parse("20").at(24 * 3600 - 1) == 20
    assert parse("0").at(clock_seconds("10:00")) == 0
    assert parse("0.5").at(5) == 0.5
    assert parse("10000").factor == 10_000


def test_a_window_begins_with_its_first_second_and_ends_before_its_last() -> None:
    pace = parse("20@10:30-10:36")
    assert pace == Pace(20.0, clock_seconds("10:30"), clock_seconds("10:36"))
    speeds = [pace.at(clock_seconds(t)) for t in ("10:29:59", "10:30", "10:35:59", "10:36")]
    assert speeds == [0, 20, 20, 0]


def test_a_window_may_name_seconds() -> None:
    assert parse("5@9:30:10-9:30:20").until_s == clock_seconds("9:30:20")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fast",
        "-1",
        "10001",
        "nan",
        "inf",
        "20@",
        "@10:30-10:36",
        "20@10:30",
        "20@10:30-",
        "20@-10:36",
        "20@10:36-10:30",
        "20@10:30-10:30",
        "20@00:00-00:00",
        "20@10:30-25:00",
        "20@10:30-10:36-10:40",
        "20@10.30-10.36",
        "20@10:30@10:36",
    ],
)
def test_anything_else_is_refused_in_one_line_that_says_what_is_allowed(text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse(text)
    said = str(refused.value)
    assert text in said and "20@10:30-10:36" in said and "\n" not in said

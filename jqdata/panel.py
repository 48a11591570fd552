"""Whole days of many securities at once: what formulas that compare securities with each other are computed from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from common.beijing import DAY_NS, midnight, to_ns
from jqdata import host
from jqdata.adjust import Adjust
from jqdata.bars import Span, Table
from jqdata.grid import filled
from jqdata.units import Unit


def days_of(codes: Sequence[str], last: date, count: int) -> Table:
    """The ``count`` newest days up to ``last`` that are over, one line per code in each column; fewer at the start.

    Adjusted as of ``last``, so that what happened since changes nothing. A day without trading repeats the close
    before it, with no volume; before the listing and after the delisting rows are nan.
    """
    running = host.current()
    end_ns = min(midnight(last) + DAY_NS - 1, to_ns(running.now()))
    return filled(list(codes), Unit("1d", 1), Span(end_ns, count, adjust=Adjust(last))).rows

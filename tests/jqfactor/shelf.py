"""A provider of tables that a test writes down."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pandas as pd

from common import messages as m
from jqdata import host
from tests.jqdata.desk import Desk


@contextmanager
def bound(desk: Desk) -> Iterator[None]:
    """For a property, which has no fixtures of its own."""
    host.bind(desk)
    try:
        yield
    finally:
        host.bind(None)


class Shelf:
    """Hands over whole tables, whatever was wanted: what may be seen of them is cut off behind it."""

    name = "local"

    def __init__(self, **tables: list[dict[str, Any]]) -> None:
        self.tables = {name: pd.DataFrame(rows) for name, rows in tables.items()}
        self.datasets = frozenset(tables)
        self.wanted: list[m.Want] = []

    def rows(self, want: m.Want) -> pd.DataFrame:
        self.wanted.append(want)
        return self.tables[want.dataset]

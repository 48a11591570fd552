"""Statements as they were known on each of many days, asked for on as few of them as will tell.

What was known on a day holds back to the newest announcement among it: so the days are walked backwards, each code
from the day before that announcement on, and nobody is asked twice for what did not change.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from common.messages import Want
from jqdata.factor_names import dataset_of_statements

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jqdata.frames import Frame

_WANTS_A_QUESTION = 25
"""A provider over the network answers each by itself, and all of a question within ``DATA_CALL_LIMIT``."""

Ask = Callable[[list[Want], str], "Frame"]


class Known(NamedTuple):
    """``rows`` have a number in ``state``; ``states`` are the number that counts, by day and code, -1 where there is
    none: nothing was known."""

    rows: pd.DataFrame
    states: NDArray[np.int64]

    def values(self, back: int, field: str) -> NDArray[np.float64]:
        """A field of the period that lies ``back`` periods before the newest one known, by day and code."""
        of_state = np.full(self.states.max(initial=-1) + 2, np.nan)  # the last stands for -1
        then = self.rows[self.rows["period"] == self.rows["newest"] - back]
        of_state[then["state"]] = then[field].astype(float)
        return of_state[self.states]


def known_statements(
    ask: Ask, table: str, fields: list[str], back: int, codes: list[str], days: Sequence[date], *, of_years: bool
) -> Known:
    """Statements of one table as far ``back`` as is wanted, of years or of quarters, as known after each day."""
    import pandas as pd

    dataset = dataset_of_statements(table, of_years=of_years)
    periods = (back + 1) * (4 if of_years and dataset == table else 1)
    texts, at = [f"{day}" for day in days], {code: place for place, code in enumerate(codes)}
    states = np.full((len(days), len(codes)), -1, np.int64)
    pending, parts, count = dict.fromkeys(codes, len(days) - 1), [], 0
    while pending:
        wants = _wants(dataset, fields, periods, pending, texts)
        rows = _asked(ask, wants, fields)
        rows["state"] = rows.groupby(["day", "code"], sort=False).ngroup() + count
        parts.append(rows)
        told = rows.groupby(["code", "state"], sort=False)["pubDate"].max().reset_index()
        before, pending = pending, {}
        for code, state, newest in told.values.tolist():
            since, until = bisect_left(texts, f"{newest}"[:10]), before[code]
            states[since : until + 1, at[code]] = state
            if since:
                pending[code] = since - 1
        count += len(told)
    return Known(_numbered(pd.concat(parts, ignore_index=True), of_years=of_years), states)


def _wants(dataset: str, fields: list[str], periods: int, pending: dict[str, int], texts: list[str]) -> list[Want]:
    """One for each day that codes are to be asked for on."""
    by_day: dict[str, list[str]] = {}
    for code, place in pending.items():
        by_day.setdefault(texts[place], []).append(code)
    columns = ["code", "statDate", "pubDate", *fields]
    return [
        Want(dataset, day, "history", last=day, count=periods, codes=some, columns=columns, table=f"known on {day}")
        for day, some in sorted(by_day.items())
    ]


def _asked(ask: Ask, wants: list[Want], fields: list[str]) -> pd.DataFrame:
    import pandas as pd

    shown = ", ".join(['code, "statDate", "pubDate"', *(f'"{field}"' for field in fields)])
    parts = []
    for start in range(0, len(wants), _WANTS_A_QUESTION):
        some = wants[start : start + _WANTS_A_QUESTION]
        selects = [f'SELECT \'{want.last}\' AS "day", {shown} FROM "{want.table}"' for want in some]
        parts.append(ask(some, " UNION ALL ".join(selects)))
    return pd.DataFrame(pd.concat(parts, ignore_index=True))


def _numbered(rows: pd.DataFrame, *, of_years: bool) -> pd.DataFrame:
    """With the number of each ``period``, years counting as years and quarters as quarters, and of its newest."""
    ends = rows["statDate"].astype(str).str
    years, months = ends[:4].astype(int), ends[5:7].astype(int)
    if of_years:
        rows, years = rows[months == 12], years[months == 12]
    numbered = rows.assign(period=years if of_years else years * 4 + months // 3)
    return numbered.assign(newest=numbered.groupby("state")["period"].transform("max"))

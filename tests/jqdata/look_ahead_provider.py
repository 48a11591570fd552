"""A data provider beside the recorded market: it goes further back, knows more codes, and has the days to come too."""

from __future__ import annotations

from collections import defaultdict
from random import Random
from typing import Any

import pandas as pd

from common import messages as m
from common.beijing import naive
from common.sessions import minute_ends
from jqdata.datasets import dataset_of
from tests.jqdata.look_ahead_market import BANK, CALENDAR, DAY, DAYS, FUND, HALTED, INDEX, PLAYED, SPLIT

OLDER = CALENDAR.window(CALENDAR.previous(DAYS[0]), 90)
STRANGER, GONE, LEAVING = "399001.XSHE", "600001.XSHG", "000033.XSHE"  # the recording has none of them
UNKNOWN = [STRANGER, GONE, LEAVING]
_LISTED = [BANK, SPLIT, FUND, INDEX, HALTED, *UNKNOWN]
_EX_DAYS = [(SPLIT, OLDER[40], 2.0), (BANK, OLDER[-1], 1.031), (BANK, DAYS[-1], 1.05), (LEAVING, DAY, 1.25)]
_KINDS = {STRANGER: "index", INDEX: "index", FUND: "etf"}
_BARS = ["open", "high", "low", "close", "volume", "money"]

Tables = dict[str, pd.DataFrame]


class Provider:
    """Of the codes that are wanted it hands over all rows, those of later too."""

    name = "local"

    def __init__(self, tables: Tables) -> None:
        self.datasets = frozenset(tables)
        self._tables = tables
        self._of_code: dict[str, dict[str, pd.DataFrame]] = defaultdict(dict)
        for name, table in tables.items():
            if name in ("bars_1d", "bars_1m"):
                self._of_code[name] = {str(code): rows for code, rows in table.groupby("code")}

    def rows(self, want: m.Want) -> pd.DataFrame:
        parts = [rows for code, rows in self._of_code[want.dataset].items() if code in want.codes]
        return pd.concat(parts) if parts else self._tables[want.dataset].iloc[: 0 if want.codes else None]


def tables_of(rng: Random) -> Tables:
    """All there will ever be."""
    days, minutes = [], []
    for code in _LISTED:
        cost = rng.randrange(500, 20_000) / 100
        for day in [*OLDER, *DAYS]:
            if code == GONE and day >= DAYS[-20]:
                break
            cost = max(round(cost + rng.randrange(-9, 10) / 100, 2), 1.0)
            paused = float(rng.random() < 0.03)
            days.append((code, f"{day}", *_bar(cost, rng), cost, paused))
            if code in (BANK, STRANGER) and (day in PLAYED or day in DAYS[-7:-4]):
                minutes += [(code, f"{naive(ns)}", *_bar(cost, rng)) for ns in minute_ends(day)]
    ends = {GONE: DAYS[-20], LEAVING: DAYS[-1]}
    listings = [(code, f"名称{code[:3]}", f"{OLDER[5]}", ends.get(code), _KINDS.get(code, "stock")) for code in _LISTED]
    listings.append(("688999.XSHG", "明日上市", f"{DAYS[-1]}", None, "stock"))
    industries = [
        ("zjw", code, "银行", holder, f"{start}", None)
        for code, holder, start in (("J66", BANK, OLDER[0]), ("K70", HALTED, OLDER[0]), ("C39", SPLIT, DAYS[-1]))
    ]
    return {
        "bars_1d": pd.DataFrame(days, columns=["code", "day", *_BARS, "pre_close", "paused"]),
        "bars_1m": pd.DataFrame(minutes, columns=["code", "time", *_BARS]),
        "adjustments": pd.DataFrame(_EX_DAYS, columns=["code", "day", "ratio"]).astype({"day": str}),
        "securities": pd.DataFrame(listings, columns=["code", "display_name", "start_date", "end_date", "type"]),
        "trade_days": pd.DataFrame({"day": ["1990-12-19", "2006-11-21"]}),
        "industry_members": pd.DataFrame(
            industries,
            columns=["classification", "industry_code", "industry_name", "code", "start_date", "end_date"],
        ),
    }  # fmt: skip


def cut(tables: Tables) -> Tables:
    """What somebody could have collected by the morning of the played day."""
    found: Tables = {}
    for name, table in tables.items():
        last = f"{CALENDAR.previous(DAY)}" if name in ("bars_1d", "bars_1m") else f"{DAY}"
        known = table[table[dataset_of(name).time].str[:10] <= last]
        if name == "securities":
            known = known.assign(end_date=[end if end and f"{end}" < f"{DAY}" else None for end in known["end_date"]])
        found[name] = known
    return found


def _bar(cost: float, rng: Random) -> tuple[Any, ...]:
    volume = rng.randrange(1, 5000)
    return cost, cost + rng.randrange(3) / 100, cost - rng.randrange(3) / 100, cost, volume, volume * cost

"""A provider that has a plausible row of whatever a strategy asks for, drawn from the names of code, day and column."""

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pandas as pd

from common import messages as m
from common.calendar import load
from jqdata.datasets import DATASETS, Dataset, dataset_of
from jqdata.flows import COLUMNS

# Columns by what strategies compare them with: least and most.
_USUAL = {
    "pe_ratio": (4, 60), "pe_ratio_lyr": (4, 60), "pb_ratio": (0.5, 8), "ps_ratio": (0.4, 6), "pcf_ratio": (2, 40),
    "market_cap": (12, 2000), "circulating_market_cap": (8, 1500), "turnover_ratio": (0.2, 9), "roe": (-2, 20),
    "eps": (-0.2, 3), "value": (-2, 3), "weight": (0.1, 5),
}  # fmt: skip
_TEXTS = {"direction", "category", "factor_intro", "report_type", "type"}


_OF_THE_FEED = {"bars_1d", "bars_1m", "adjustments", "securities", "trade_days"}  # the made-up market has them


class PlausibleRows:
    """``codes`` are those the made-up market has as stocks."""

    name, datasets = "local", frozenset(DATASETS) - _OF_THE_FEED

    def __init__(self, codes: Callable[[], Sequence[str]]) -> None:
        self._codes = codes

    def rows(self, want: m.Want) -> pd.DataFrame:
        dataset = dataset_of(want.dataset, ("pub_date",))
        codes = self._codes() if want.dataset == "index_weights" else (want.codes or self._codes())
        keys = want.key.split(",") if want.dataset == "factor_values" else [want.key]
        asked = {name: (operator, json.loads(value)) for name, operator, value in want.conditions}
        names = [*COLUMNS.get(want.dataset, "").split(), *want.columns, *asked, dataset.code, dataset.time, dataset.key,
                 "start_date", "end_date", "statDate", "value", "industry_code", "concept_code", "factor",
                 "info"]  # fmt: skip
        columns = [name for name in dict.fromkeys(names) if name]
        rows = [
            [_asked(asked, name, code) or _cell(name, code, day, key, dataset) for name in columns]
            for key in keys
            for day in _days(want)
            for code in codes
        ]
        return pd.DataFrame(rows, columns=columns)


def _days(want: m.Want) -> list[str]:
    last = min((want.last or want.known)[:10], want.known[:10])
    if want.mode != "span":
        return [last]
    day, calendar = date.fromisoformat(last), load()
    known = calendar.days_between(calendar.first, day) if day >= calendar.first else []
    if want.count:
        return [f"{one}" for one in known[-want.count :]]
    first = date.fromisoformat((want.first or last)[:10])
    return [f"{one}" for one in known[-250:] if one >= first] or [last]


def _asked(asked: dict[str, tuple[str, Any]], name: str, code: str) -> object:
    """What a query wants of the column, where it names values; the code is the row's own where that is one of them."""
    operator, value = asked.get(name, ("", None))
    if operator not in ("==", "in") or not value:
        return None
    return value if operator == "==" else code if code in value else value[0]


def _cell(name: str, code: str, day: str, key: str, dataset: Dataset) -> object:
    fixed = {
        dataset.key: key, "factor": key, "info": key, "start_date": "2010-01-01", "end_date": None,
        "statDate": "2026-09-30", "report_date": "2025-12-31", "industry_code": "801780", "concept_code": "SC0001",
        dataset.time: f"{day} 09:31:00" if dataset.time == "time" else day, dataset.code: code,
    }  # fmt: skip
    if name in fixed:
        return fixed[name]
    if name.endswith("_date") or name in ("pubDate", "day", "date"):
        return day
    if name in _TEXTS or name.endswith("name"):
        return "银行I" if "industry" in name else "某"
    if key == "is_st":
        return 0
    least, most = _USUAL.get(name, (1, 100))
    drawn = int(hashlib.sha256(f"{name} {code} {day} {key}".encode()).hexdigest()[:8], 16) / 0xFFFFFFFF
    return round(least + (most - least) * drawn, 4)

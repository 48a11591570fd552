"""Reporting periods and column names: what the plug-ins for other people's tables have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from common import messages as m
from common.symbols import UnknownSymbol, normalize_code
from jqdata.datasets import period_end

if TYPE_CHECKING:
    import pandas as pd

_ENDS = ("0331", "0630", "0930", "1231")
_B_SHARES = ("200", "900")
_LATEST = 4
"""A report is due four months after its period at the latest, so the newest published one is among so many periods."""

Fetch = Callable[[str], "pd.DataFrame"]


def periods_of(want: m.Want) -> list[str]:
    """The ends (``20260930``) of the periods whose reports may be wanted, newest first."""
    if want.mode == "period":
        return [period_end(want.period).replace("-", "")]
    last = want.last or want.known
    until = min(period_end(want.period), last) if want.period else last
    count = _LATEST + (want.count if want.mode == "history" else 0)
    return list(_before(until.replace("-", ""), count))


def _before(day: str, count: int) -> Iterable[str]:
    year, found = int(day[:4]), 0
    while found < count:
        for end in reversed(_ENDS):
            if f"{year}{end}" <= day and found < count:
                found += 1
                yield f"{year}{end}"
        year -= 1


def previous_in_year(period: str) -> str:
    """The end of the quarter before it in the same year; '' of a first quarter."""
    at = _ENDS.index(period[4:])
    return f"{period[:4]}{_ENDS[at - 1]}" if at else ""


def iso(day: Any) -> str | None:
    """``20260930``, a date or a timestamp as ISO; None where there is none."""
    if day is None or day != day or not str(day):
        return None
    text = str(day)[:10]
    return text if "-" in text else f"{text[:4]}-{text[4:6]}-{text[6:8]}"


def named(rows: pd.DataFrame, names: Mapping[str, str], *, code: str, days: Iterable[str] = ()) -> pd.DataFrame:
    """Only the columns of ``names``, under JoinQuant's; B shares, which JoinQuant does not have, are left out."""
    found = rows[[name for name in names if name in rows]].rename(columns=dict(names))
    for day in days:
        found[day] = [iso(one) for one in found[day]]
    found[code] = [_symbol(one) for one in found[code]]
    return found[found[code].notna()]


def _symbol(code: Any) -> str | None:
    try:
        symbol = normalize_code(str(code))
    except UnknownSymbol:
        return None
    return None if symbol.startswith(_B_SHARES) else symbol


def of_the_quarter(now: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Numbers of a quarter from those since the year's beginning: less what the report before it said.

    They are known once both reports are.
    """
    earlier = before.drop_duplicates("code", keep="last").set_index("code").reindex(now["code"])
    pairs = zip(now["pubDate"], earlier["pubDate"], strict=True)
    known = [max((one for one in both if isinstance(one, str)), default=None) for both in pairs]
    numbers = [name for name in now.columns if name not in ("code", "pubDate")]
    differences = {name: now[name].to_numpy() - earlier[name].to_numpy() for name in numbers}
    differing: pd.DataFrame = now.assign(**differences)
    differing["pubDate"] = known
    return differing

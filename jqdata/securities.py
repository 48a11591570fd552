"""What there is to trade and when: codes, names, listings and trading days."""

from __future__ import annotations

import dataclasses
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, overload

from common import symbols
from common.messages import Instrument, Want
from jqdata import host, provided
from jqdata.missing import part_missing
from jqdata.units import When, time_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from jqdata.frames import Frame

# Where the feed does not say: the day the exchanges opened, and JoinQuant's day for what is still listed.
_FIRST_DAY, _NEVER = date(1990, 12, 19), date(2200, 1, 1)
_FUNDS = frozenset({"fund", "etf", "lof", "reit", "fja", "fjb", "mmf"})


@dataclasses.dataclass(frozen=True)
class SecurityInfo:
    """One instrument; ``end_date`` 2200-01-01 is still listed."""

    code: str
    display_name: str
    name: str
    start_date: date
    end_date: date
    type: str
    parent: str | None = None


def normalize_code(code: str | int | Sequence[str | int]) -> Any:
    """'600000.XSHG' from any common spelling; a list gives a list; ValueError for what is no code."""
    if isinstance(code, str | int):
        return symbols.normalize_code(code)
    return [symbols.normalize_code(one) for one in code]


def get_security_info(code: str, date: When | None = None) -> SecurityInfo | None:
    """What is known about a code; None where neither the feed nor a data provider knows it."""
    symbol = symbols.normalize_code(code)
    return _known_info(host.current().instrument(symbol), host.current().listings().get(symbol))


def get_all_securities(types: str | Sequence[str] = ("stock",), date: When | None = None) -> Frame:
    """A frame by code: display_name, name, start_date, end_date, type; ``date`` keeps what was listed on it.

    ``types`` are 'stock', 'index', 'etf', 'lof', 'convertible' …; 'fund' is every fund, none given is stocks. What the
    feed does not know, delisted codes above all, comes from a data provider that has it.
    """
    import pandas as pd

    from jqdata.frames import Frame

    wanted = set([types] if isinstance(types, str) else types) or {"stock"}
    wanted |= _FUNDS if "fund" in wanted else set()
    listings, instruments = host.current().listings(), host.current().instruments()
    known = {one.symbol for one in instruments}
    both = [(one, listings.get(one.symbol)) for one in instruments if one.kind in wanted]
    both += [(one, None) for symbol, one in listings.items() if symbol not in known and one.kind in wanted]
    found = [_known_info(*one) for one in both]
    if date is not None:
        day = time_of(date).date()
        found = [one for one in found if one.start_date <= day <= one.end_date]
    columns = {name: [getattr(one, name) for one in found] for name in ("display_name", "name")}
    days = {name: pd.to_datetime([getattr(one, name) for one in found]) for name in ("start_date", "end_date")}
    return Frame({**columns, **days, "type": [one.type for one in found]}, index=[one.code for one in found])


def get_all_trade_days() -> NDArray[np.object_]:
    """Every known trading day, as dates; from 1990 on where a data provider has them."""
    return _days(host.current().trade_days(date.min))


def get_trade_days(
    start_date: When | None = None, end_date: When | None = None, count: int | None = None
) -> NDArray[np.object_]:
    """Trading days from ``start_date``, or the last ``count``, up to and with ``end_date`` (today).

    None later than the current calendar year.
    """
    if start_date is not None and count is not None:
        raise ValueError("get_trade_days 的 start_date 与 count 只能给一个")
    today = host.current().now().date()
    end = min(time_of(end_date).date() if end_date is not None else today, date(today.year, 12, 31))
    days = host.current().trade_days(time_of(start_date).date() if start_date is not None else end)
    last = bisect_right(days, end)
    if count is not None and last < count:
        days = host.current().trade_days(date.min)
        last = bisect_right(days, end)
    if count is not None:
        return _days(days[max(last - int(count), 0) : last])
    return _days(days[bisect_left(days, time_of(start_date).date()) if start_date is not None else 0 : last])


def get_trade_day(security: str | Sequence[str], query_dt: When | None = None) -> dict[str, date]:
    """The trading day that a moment (now) belongs to, by code: its own day, or the next one where that is none."""
    moment = host.current().now() if query_dt is None else time_of(query_dt)
    days = host.current().trade_days()
    position = bisect_left(days, moment.date())
    codes = [security] if isinstance(security, str) else security
    return {symbols.normalize_code(code): days[position] for code in codes} if position < len(days) else {}


@overload
def get_extras(
    info: str,
    security_list: str | Sequence[str],
    start_date: When = "2015-01-01",
    end_date: When = "2015-12-31",
    df: Literal[True] = True,
    count: int | None = None,
) -> Frame: ...
@overload
def get_extras(
    info: str,
    security_list: str | Sequence[str],
    start_date: When = "2015-01-01",
    end_date: When = "2015-12-31",
    *,
    df: Literal[False],
    count: int | None = None,
) -> dict[str, NDArray[np.bool_]]: ...
def get_extras(
    info: str,
    security_list: str | Sequence[str],
    start_date: When = "2015-01-01",
    end_date: When = "2015-12-31",
    df: bool = True,
    count: int | None = None,
) -> Frame | dict[str, NDArray[np.bool_]]:
    """``is_st``, ``acc_net_value``, ``unit_net_value`` … by trading day and code.

    Without a data provider that has them only ``is_st``: the feeds know today's state, and every day shows that one.
    """
    import numpy as np

    days = get_trade_days(None if count is not None else start_date, end_date, count)
    codes = normalize_code([security_list] if isinstance(security_list, str) else security_list)
    if provided.has("extras"):
        found_there: Frame | dict[str, NDArray[np.bool_]] = _provided_extras(info, codes, days, df=df)
        return found_there
    if info != "is_st":
        raise part_missing(f"get_extras({info!r})", "净值等数据")
    found = {code: host.current().instrument(code) for code in codes}
    flags = {code: np.full(len(days), one is not None and one.st) for code, one in found.items()}
    if not df:
        return flags
    import pandas as pd

    from jqdata.frames import Frame

    return Frame(flags, index=pd.to_datetime(list(days)), columns=codes)


def _provided_extras(info: str, codes: list[str], days: NDArray[np.object_], *, df: bool) -> Any:
    """A net value is published in the evening, a risk warning before the day it counts for."""
    import pandas as pd

    from jqdata.frames import Frame

    known = provided.today() if info == "is_st" else provided.yesterday()
    days = days[days <= known]
    span = (f"{days[0]}", f"{days[-1]}") if len(days) else (f"{known}", f"{known}")
    want = Want("extras", f"{known}", "span", *span, key=info, codes=codes, columns=["day", "code", "value"])
    found = provided.frame("get_extras", [want])
    provided.stamped(found, "day")
    table = Frame(found.pivot(index="day", columns="code", values="value"))
    table = table.reindex(index=pd.to_datetime(list(days)), columns=codes)
    if info == "is_st":
        table = Frame(table.fillna(0).astype(bool))
    return table if df else {code: table[code].to_numpy() for code in codes}


@overload
def _known_info(ours: Instrument, listed: Instrument | None) -> SecurityInfo: ...
@overload
def _known_info(ours: Instrument | None, listed: Instrument | None) -> SecurityInfo | None: ...
def _known_info(ours: Instrument | None, listed: Instrument | None) -> SecurityInfo | None:
    """As the feed knows it, else the data provider; listing and delisting are the earlier days of both, since a feed
    may begin long after the one and not know the other."""
    one = ours or listed
    if one is None:
        return None
    both = [each for each in (ours, listed) if each is not None]
    return SecurityInfo(
        code=one.symbol,
        display_name=one.name,
        name=one.name,
        start_date=_date(min((each.start_day for each in both if each.start_day), default=0)) or _FIRST_DAY,
        end_date=_date(min((each.end_day for each in both if each.end_day), default=0)) or _NEVER,
        type=one.kind,
    )


def _date(number: int) -> date | None:
    return date(number // 10_000, number // 100 % 100, number % 100) if number else None


def _days(days: Sequence[date]) -> NDArray[np.object_]:
    import numpy as np

    array = np.empty(len(days), dtype=object)
    array[:] = days
    return array

"""Asking the data provider: who has what, what went wrong, and the rows as a frame."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from common.messages import Want
from common.symbols import normalize_code
from jqdata import host
from jqdata.datasets import givers
from jqdata.missing import ProviderFailed, missing
from jqdata.units import When, time_of

if TYPE_CHECKING:
    import pandas as pd

    from common.messages import ProvidedColumn
    from jqdata.frames import Frame

Codes = str | Sequence[str]
_NOT_PROVIDED = "NOT_PROVIDED"


def frame(function: str, wants: Sequence[Want], sql: str = "", names: Sequence[str] = ()) -> Frame:
    """The provider's rows; ``names`` are what the columns are to be called ('': as they are).

    NeedsProvider where no provider, or not the chosen one, has such data; ProviderFailed where it could not answer.
    """
    from jqdata.frames import Frame

    bound = host.current()
    if not has(*(want.dataset for want in wants)):
        raise missing(function)
    answer = bound.provided(function, wants, sql)
    if answer.code == _NOT_PROVIDED:
        raise missing(function)
    if answer.code:
        raise ProviderFailed(f"{function}：{answer.text} [{answer.code}]")
    made = Frame({at: _values(column) for at, column in enumerate(answer.columns)})
    own = [column.name for column in answer.columns]
    made.columns = [given or name for given, name in zip(names or own, own, strict=True)]
    return made


def has(*datasets: str) -> bool:
    """Whether the chosen provider has all of these datasets."""
    provider = host.current().data_provider
    return bool(provider) and all(provider in givers(name) for name in datasets)


def _values(column: ProvidedColumn) -> Any:
    import numpy as np

    if column.kind == "texts":
        array = np.empty(len(column.texts), dtype=object)
        array[:] = column.texts
        return array
    return np.frombuffer(column.packed, "<f8" if column.kind == "floats" else "<i8")


def codes_of(security: Codes | None) -> list[str]:
    """JoinQuant's codes, each once; none given is none."""
    wanted = [security] if isinstance(security, str) else security
    return [] if wanted is None else list(dict.fromkeys(normalize_code(code) for code in wanted))


# -- days ------------------------------------------------------------------------------------------------------------


def today() -> date:
    return host.current().now().date()


def yesterday() -> date:
    """The last day all of which is over: what is published in the course of a day is known from the next one on."""
    return today() - timedelta(days=1)


def day_of(when: When | None, latest: date) -> date:
    """The day asked for, or the latest there may be where it is later or none."""
    return latest if when is None else min(time_of(when).date(), latest)


def trading_day(day: date) -> date:
    """The last trading day up to a day."""
    days = host.current().trade_days()
    return days[max(bisect_right(days, day) - 1, 0)]


def all_trading_days() -> list[date]:
    """Every known one, in order."""
    return host.current().trade_days()


def trading_days(last: date, count: int) -> list[date]:
    """The last ``count`` trading days up to and with a day; ValueError where count is none."""
    if int(count) < 1:
        raise ValueError(f"count 应为正整数：{count!r}")
    days = host.current().trade_days()
    stop = bisect_right(days, last)
    return days[max(stop - int(count), 0) : stop]


def span_of(start: When | None, end: When | None, count: int | None, latest: date) -> tuple[str, str]:
    """First and last day, ISO, of ``start`` or ``count`` up to ``end``; at most one of ``start`` and ``count``."""
    if start is not None and count is not None:
        raise ValueError("start_date 与 count 只能给一个")
    last = day_of(end, latest)
    if count is not None:
        return f"{trading_days(last, count)[0]}", f"{last}"
    return (f"{time_of(start).date()}" if start is not None else ""), f"{last}"


def stamped(found: pd.DataFrame, *names: str) -> None:
    """Turn ISO texts into pandas' timestamps, in place."""
    import pandas as pd

    for name in names:
        if name in found:
            found[name] = pd.to_datetime(found[name])

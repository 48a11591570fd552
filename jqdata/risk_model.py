"""JoinQuant's risk model and its board of factors: what factors earn, what they leave, how they move together.

Its own quantities, so they come from a provider that has them. The return of a day needs the close of the next one:
the board and its quantiles are known two trading days later (JQData's page of ``get_factor_stats``), all else the
day after.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from common.messages import Want
from jqdata import provided
from jqdata.provided import Codes, codes_of
from jqdata.units import When

if TYPE_CHECKING:
    from jqdata.frames import Frame

_CATEGORIES = ("quality", "basics", "emotion", "growth", "risk", "pershare")
_UNIVERSES = ("hs300", "zz500", "zz800", "zz1000", "zzqz")
_MARKETS = (None, *_UNIVERSES, "zz2000")
_CYCLES, _MODELS = ("month_3", "year_1", "year_3", "year_10"), ("long_only", "long_short")
_INDUSTRIES, _STYLES = ("sw_l1", "jq_l1"), ("style", "style_pro")
_FEES = (0.0, 0.0008, 0.0018)


def get_factor_kanban_values(
    universe: str = "hs300",
    bt_cycle: str = "month_3",
    model: str = "long_only",
    category: str | Sequence[str] = _CATEGORIES,
    skip_paused: bool = False,
    commision_slippage: int = 0,
) -> Frame:
    """The newest board of factors: a row each with ``code``, ``category``, returns, drawdowns, ``ic_mean``, ``ir`` …"""
    _check("universe", universe, _UNIVERSES)
    _check("bt_cycle", bt_cycle, _CYCLES)
    _check("model", model, _MODELS)
    _check("commision_slippage", commision_slippage, (0, 1, 2))
    known = _board_day()
    conditions = [
        *_equal(bt_cycle=bt_cycle, model=model, skip_paused=int(skip_paused), commision_slippage=commision_slippage),
        ("category", "in", json.dumps(_names(category))),
    ]
    want = Want("factor_kanban", f"{known}", last=f"{known}", key=universe, conditions=conditions)
    found = _rows("get_factor_kanban_values", want)
    provided.stamped(found, "date")
    return found.drop(columns="model")


def get_factor_stats(
    factor_names: str | Sequence[str] | None = None,
    universe_type: str = "hs300",
    start_date: When | None = None,
    end_date: When | None = None,
    count: int | None = None,
    skip_paused: bool = False,
    commision_fee: float = 0.0,
) -> dict[str, Frame]:
    """For each factor a frame of days by 1 to 5, the cumulated returns of its quantiles (1: the smallest values)."""
    _check("universe_type", universe_type, _UNIVERSES)
    _check("commision_fee", commision_fee, _FEES)
    first, last = provided.span_of(start_date, end_date, count, _board_day())
    conditions = _equal(universe=universe_type, skip_paused=int(skip_paused), commision_fee=commision_fee)
    names = None if factor_names is None else _names(factor_names)
    want = Want("factor_stats", last, "span", first, last, key=",".join(names or ()), conditions=conditions)
    found = _rows("get_factor_stats", want)
    shown = names if names is not None else list(dict.fromkeys(found["factor"].tolist()))
    tables = {name: _by_day(found[found["factor"] == name], "quantile") for name in shown}
    return {name: table.rename(columns=int) for name, table in tables.items()}


def get_factor_style_returns(
    factors: str | Sequence[str] | None = None,
    start_date: When | None = None,
    end_date: When | None = None,
    count: int | None = None,
    universe: str | None = None,
    industry: str = "sw_l1",
) -> Frame:
    """Days by factors: what one unit of exposure to a style, an industry or the country earned that day."""
    names = None if factors is None else _names(factors)
    want = _span_want("factor_style_returns", start_date, end_date, count, ",".join(names or ()), universe, industry)
    found = _by_day(_rows("get_factor_style_returns", want), "factor")
    return found if names is None else found.reindex(columns=names)


def get_factor_specific_returns(
    security: Codes,
    start_date: When | None = None,
    end_date: When | None = None,
    count: int | None = None,
    category: str = "style",
    universe: str | None = None,
    industry: str = "sw_l1",
) -> Frame:
    """Days by codes: the part of the day's return that the factors do not explain."""
    _check("category", category, _STYLES)
    codes = codes_of(security)
    dataset = "factor_specific_returns"
    want = _span_want(dataset, start_date, end_date, count, category, universe, industry, codes)
    return _by_day(_rows("get_factor_specific_returns", want), "code").reindex(columns=codes)


def get_factor_cov(
    start_date: When,
    end_date: When,
    factors: str | Sequence[str] | None = None,
    columns: str | Sequence[str] | None = None,
    industry: str = "sw_l1",
    universe: str | None = None,
) -> Frame:
    """The covariances of factors: a row for each ``date`` and ``factor``, and a column for each of the others.

    ``factors`` 'style' (the default) and 'style_pro' are all of that kind. There are those of the whole market only.
    """
    from jqdata.frames import Frame

    names = ["style"] if factors is None else _names(factors)
    if universe is not None:
        raise ValueError(f"get_factor_cov 的 universe 只能是 None（全市场）：{universe!r}")
    kinds = [name for name in names if name in _STYLES]
    if kinds and len(names) > 1:
        raise ValueError("get_factor_cov 的 factors 里，'style'、'style_pro' 不能与其他因子并列")
    want = _span_want("factor_cov", start_date, end_date, None, "" if kinds else ",".join(names), None, industry)
    want.conditions.extend(_equal(category=kinds[0]) if kinds else ())
    if columns is not None:
        want.conditions.append(("other_factor", "in", json.dumps(_names(columns))))
    found = _rows("get_factor_cov", want)
    provided.stamped(found, "date")
    wide = found.pivot(index=["date", "factor"], columns="other_factor", values="value")
    shown = list(dict.fromkeys(found["other_factor"].tolist())) if columns is None else _names(columns)
    return Frame(wide.reindex(columns=shown).reset_index().rename_axis(columns=None))


def _span_want(
    dataset: str,
    start: When | None,
    end: When | None,
    count: int | None,
    key: str,
    universe: str | None,
    industry: str,
    codes: Sequence[str] = (),
) -> Want:
    _check("universe", universe, _MARKETS)
    _check("industry", industry, _INDUSTRIES)
    first, last = provided.span_of(start, end, count, provided.yesterday())
    conditions = _equal(universe=universe or "", industry=industry)
    return Want(dataset, last, "span", first, last, key=key, codes=list(codes), conditions=conditions)


def _rows(function: str, want: Want) -> Frame:
    """What meets the conditions, which a provider may ignore; '' is where the whole market has none."""
    where = [f"coalesce(\"{column}\", '') IN ({_values(how, value)})" for column, how, value in want.conditions]
    sql = f"SELECT * FROM {want.dataset} WHERE {' AND '.join(where)}"
    return provided.frame(f"jqfactor.{function}", [want], sql)


def _values(how: str, value: str) -> str:
    """A JSON value, or with ``in`` a list of them, as SQL."""
    given = json.loads(value)
    literals = given if how == "in" else [given]
    return ", ".join(_literal(one) if isinstance(one, str) else repr(one) for one in literals)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _equal(**wanted: str | float) -> list[tuple[str, str, str]]:
    return [(column, "==", json.dumps(value)) for column, value in wanted.items()]


def _by_day(found: Frame, columns: str) -> Frame:
    from jqdata.frames import Frame

    found = found.copy()
    provided.stamped(found, "date")
    return Frame(found.pivot(index="date", columns=columns, values="value").rename_axis(columns=None))


def _board_day() -> date:
    """The newest day whose returns the board can know: the last trading day's close has told them."""
    return provided.trading_days(provided.yesterday(), 2)[0]


def _names(given: str | Iterable[str]) -> list[str]:
    return [given] if isinstance(given, str) else list(dict.fromkeys(given))


def _check(name: str, value: object, allowed: Sequence[object]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} 应为 {'、'.join(map(repr, allowed))} 之一：{value!r}")

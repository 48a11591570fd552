"""What an optimization asks of its securities: past returns, kinds, industries, factors, up to the day before now."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from datetime import date as Date
from typing import Any

import numpy as np
import pandas as pd

from jqdata import host, provided
from jqdata.fundamentals import get_factor_values, get_valuation
from jqdata.market import get_price
from jqdata.members import get_index_weights, get_industry
from jqdata.securities import get_security_info, normalize_code
from jqdata.units import When, time_of
from jqlib.optimizer.problem import Floats, Unsolved

DAYS_MIN = 20
"""Fewer common days of returns than this (or than were asked for) say nothing about risk."""

NO_PRICES, SHORT, NO_VALUES = "OPTIMIZER_NO_PRICES", "OPTIMIZER_SHORT_HISTORY", "OPTIMIZER_NO_VALUES"


class Market:
    """Answers in the order of ``codes``; Unsolved where a security has no value, naming it."""

    def __init__(self, codes: Sequence[str], date: When) -> None:
        self.codes = list(codes)
        self.last = _known_day(date)
        self._kept: dict[tuple[object, ...], Any] = {}

    def returns(self, count: int, benchmark: str | None = None) -> tuple[Floats, Floats]:
        """The last ``count`` daily returns, days by securities, and the benchmark's of the same days.

        A young security shortens the days for all, with a warning: only days that every security has are comparable.
        """
        index = [] if benchmark is None else [normalize_code(benchmark)]
        codes = list(dict.fromkeys([*self.codes, *index]))
        key = ("closes", count, *index)
        if key not in self._kept:
            self._kept[key] = _returns(self._prices(codes, "close", count + 1, "pre"), count)
        found = self._kept[key]
        return found[self.codes].to_numpy(), found[index[0]].to_numpy() if index else np.empty(0)

    def traded_value(self, count: int) -> Floats:
        """Mean daily volume of the last ``count`` days at the last close, in yuan."""
        volume, close = (self._prices(self.codes, field, count, None) for field in ("volume", "close"))
        return self._full(volume.mean() * close.iloc[-1], NO_PRICES, "没有行情")

    def market_caps(self, count: int) -> Floats:
        """Mean total market value of the last ``count`` days, in yuan (the table has 100 million yuan)."""
        found = get_valuation(self.codes, end_date=self.last, fields=["market_cap"], count=count)
        return self._full(found.groupby("code")["market_cap"].mean() * 1e8, NO_VALUES, "没有市值")

    def kinds(self) -> list[str]:
        """'stock', 'etf', … of each."""
        infos = [get_security_info(code) for code in self.codes]
        if unknown := [code for code, info in zip(self.codes, infos, strict=True) if info is None]:
            raise Unsolved(NO_VALUES, f"没有标的资料：{_named(unknown)}")
        return [info.type for info in infos if info is not None]

    def industries(self, codes: Sequence[str] | None = None) -> dict[str, dict[str, str]]:
        """By code its industries: classification ('sw_l1') to industry code; one in none has no entry."""
        wanted = self.codes if codes is None else list(codes)
        key = ("industries", *wanted)
        if key not in self._kept:
            found = get_industry(wanted, self.last)
            self._kept[key] = {
                code: {name: one["industry_code"] for name, one in found[code].items()} for code in wanted
            }
        kept: dict[str, dict[str, str]] = self._kept[key]
        return kept

    def index_weights(self, benchmark: str) -> dict[str, float]:
        """The members of an index with their weights, which sum to 1."""
        found = get_index_weights(benchmark, self.last)
        return {str(code): float(weight) / 100 for code, weight in found["weight"].items()}

    def factor(self, factor: Any, count: int) -> Floats:
        """The mean of a Factor's values on the last ``count`` days."""
        from jqfactor import calc_factors

        one: Any = factor() if inspect.isclass(factor) else factor
        first = provided.trading_days(self.last, count)[0]
        found = calc_factors(self.codes, [one], start_date=first, end_date=self.last)[one.name]
        return self._full(found.tail(count).mean(), NO_VALUES, f"因子 {one.name} 没有值")

    def styles(self, names: Sequence[str]) -> dict[str, Floats]:
        """JoinQuant's risk factors on the last day, by name."""
        found = get_factor_values(self.codes, list(names), end_date=self.last, count=1)
        return {name: self._full(found[name].tail(1).mean(), NO_VALUES, f"风险因子 {name} 没有值") for name in names}

    def _prices(self, codes: Sequence[str], field: str, count: int, fq: str | None) -> pd.DataFrame:
        prices = get_price(list(codes), end_date=self.last, count=count, fields=[field], fq=fq)[field]
        assert isinstance(prices, pd.DataFrame)
        if empty := [code for code in codes if code not in prices or prices[code].isna().all()]:
            raise Unsolved(NO_PRICES, f"没有行情：{_named(empty)}")
        return prices

    def _full(self, values: Any, code: str, said: str) -> Floats:
        array = values.reindex(self.codes).to_numpy(dtype=np.float64)
        if without := [one for one, value in zip(self.codes, array, strict=True) if not np.isfinite(value)]:
            raise Unsolved(code, f"{said}：{_named(without)}")
        full: Floats = array
        return full


def warn(text: str) -> None:
    """A line in the strategy's log."""
    host.current().log("warning", "system", text)


def _known_day(date: When) -> Date:
    """The day asked for; one whose close is not known at the day's open becomes yesterday, which the log says."""
    asked, latest = time_of(date).date(), provided.yesterday()
    if asked > latest:
        used = provided.trading_day(latest)
        warn(f"portfolio_optimizer 的 date {asked} 还没有完整的行情，改用 {used} [OPTIMIZER_DATE]")
    return min(asked, latest)


def _returns(closes: pd.DataFrame, count: int) -> pd.DataFrame:
    common = closes.dropna()
    days = len(common) - 1
    if days < count:
        first = closes.apply(lambda column: column.first_valid_index())
        young = [str(code) for code, day in first.items() if day == first.max()]
        said = f"{_named(young)} 的行情只有 {days} 个收益率，少于 count={count}"
        if days < min(count, DAYS_MIN):
            raise Unsolved(SHORT, f"{said}，不足以估计风险")
        warn(f"portfolio_optimizer：{said}，所有标的都按这些天计算 [{SHORT}]")
    return common.pct_change().iloc[1:]


def _named(codes: Iterable[str]) -> str:
    names = list(codes)
    return "、".join(names[:5]) + (f" 等 {len(names)} 只" if len(names) > 5 else "")

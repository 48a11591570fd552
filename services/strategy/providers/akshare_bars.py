"""Bars, factors, listings and trading days by akshare: of the pages of Eastmoney, Sina and the exchanges.

Volumes there are in lots of a hundred. Minutes reach back five days. Factors are those of stocks; funds have none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from common import messages as m
from services.strategy.providers.bar_rows import kind_of, ratios, with_auction
from services.strategy.providers.periods import iso, named

if TYPE_CHECKING:
    import pandas as pd

_DAYS = {
    "stock": "stock_zh_a_hist", "fund": "fund_etf_hist_em", "lof": "fund_lof_hist_em", "index": "index_zh_a_hist",
}  # fmt: skip
_MINUTES = {
    "stock": "stock_zh_a_hist_min_em", "fund": "fund_etf_hist_min_em", "lof": "fund_lof_hist_min_em",
    "index": "index_zh_a_hist_min_em",
}  # fmt: skip
_NAMES = {"开盘": "open", "最高": "high", "最低": "low", "收盘": "close", "成交量": "volume", "成交额": "money"}
_LISTS: tuple[tuple[str, dict[str, str], dict[str, str]], ...] = (
    ("stock_info_sh_name_code", {"symbol": "主板A股"}, {"证券代码": "code", "证券简称": "name", "上市日期": "start"}),
    ("stock_info_sh_name_code", {"symbol": "科创板"}, {"证券代码": "code", "证券简称": "name", "上市日期": "start"}),
    ("stock_info_sz_name_code", {"symbol": "A股列表"}, {"A股代码": "code", "A股简称": "name", "A股上市日期": "start"}),
    ("stock_info_bj_name_code", {}, {"证券代码": "code", "证券简称": "name", "上市日期": "start"}),
    (
        "stock_info_sh_delist", {"symbol": "全部"},
        {"公司代码": "code", "公司简称": "name", "上市日期": "start", "暂停上市日期": "end"},
    ),
    (
        "stock_info_sz_delist", {"symbol": "终止上市公司"},
        {"证券代码": "code", "证券简称": "name", "上市日期": "start", "终止上市日期": "end"},
    ),
)  # fmt: skip
_LOT = 100


def _days(library: Any, want: m.Want) -> pd.DataFrame:
    span = {"start_date": want.first.replace("-", ""), "end_date": want.last.replace("-", "")}
    return _each(want, "日期", "day", lambda code, kind: _fetched(library, _DAYS, code, kind, period="daily", **span))


def _minutes(library: Any, want: m.Want) -> pd.DataFrame:
    """Of the first minutes no open is told there: theirs is the close then."""
    span = {"start_date": f"{want.first} 09:30:00", "end_date": f"{want.last} 15:00:00"}
    found = _each(want, "时间", "time", lambda code, kind: _fetched(library, _MINUTES, code, kind, period="1", **span))
    found["open"] = found["open"].where(found["open"] > 0, found["close"])
    return with_auction(found)


def _fetched(library: Any, calls: dict[str, str], code: str, kind: str, **asked: str) -> pd.DataFrame:
    """An index has no adjusted prices to choose between."""
    unadjusted = {} if kind == "index" else {"adjust": ""}
    found: pd.DataFrame = getattr(library, calls[kind])(symbol=code.partition(".")[0], **asked, **unadjusted)
    return found


def _each(want: m.Want, time: str, label: str, fetch: Callable[[str, str], pd.DataFrame]) -> pd.DataFrame:
    """``涨跌额`` is against the close that the day is compared with."""
    import pandas as pd

    parts = []
    for code in want.codes:
        found = fetch(code, kind_of(code))
        if not len(found):
            continue
        rows = found[list(_NAMES)].rename(columns=_NAMES)
        rows["volume"] = rows["volume"] * _LOT
        if label == "day":
            rows["pre_close"] = (found["收盘"] - found["涨跌额"]).round(4)
        size = 10 if label == "day" else 19
        parts.append(rows.assign(code=code, **{label: [f"{one}"[:size] for one in found[time]]}))
    columns = [*_NAMES.values(), "code", label]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({name: [] for name in columns}, dtype=object)


class Factors:
    """Sina tells all factors of a stock at once, whatever is asked: one fetch serves every span of days up to then."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, pd.DataFrame]] = {}  # by code: up to which day, and day and factor

    def rows(self, library: Any, want: m.Want) -> pd.DataFrame:
        import pandas as pd

        parts = [pd.DataFrame({"code": [], "day": [], "factor": []})]
        for code in want.codes:
            if kind_of(code) != "stock":
                continue
            until, factors = self._known.get(code, ("", parts[0]))
            if until < want.known:
                factors = _factors(library, code)
                self._known[code] = want.known, factors
            parts.append(factors)
        return ratios(pd.concat(parts[1:] or parts, ignore_index=True), want.first)


def _factors(library: Any, code: str) -> pd.DataFrame:
    import pandas as pd

    digits, _, exchange = code.partition(".")
    symbol = {"XSHG": "sh", "XSHE": "sz"}.get(exchange, "bj") + digits
    found = library.stock_zh_a_daily(symbol=symbol, adjust="hfq-factor")
    days, factors = [f"{one}"[:10] for one in found["date"]], [float(one) for one in found["hfq_factor"]]
    return pd.DataFrame({"code": code, "day": days, "factor": factors})


def _securities(library: Any, want: m.Want) -> pd.DataFrame:
    """Stocks only: of funds and indices the pages do not tell since when they are listed."""
    import pandas as pd

    parts = []
    for call, asked, names in _LISTS:
        listed = getattr(library, call)(**asked)
        if not len(listed):
            continue
        found = named(listed, names, code="code", days=["start"])
        ends = [iso(one) for one in found["end"]] if "end" in found else [None] * len(found)
        parts.append(
            pd.DataFrame(
                {
                    "code": found["code"].tolist(),
                    "display_name": found["name"].tolist(),
                    "name": found["name"].tolist(),
                    "start_date": found["start"].tolist(),
                    "end_date": ends,
                    "type": "stock",
                }
            )
        )
    # A code that was delisted stands first in no list of those that trade.
    return pd.concat(parts, ignore_index=True).drop_duplicates("code")


def _trade_days(library: Any, want: m.Want) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({"day": [f"{one}"[:10] for one in library.tool_trade_date_hist_sina()["trade_date"]]})


FETCHES: dict[str, Callable[[Any, m.Want], pd.DataFrame]] = {
    "bars_1d": _days,
    "bars_1m": _minutes,
    "securities": _securities,
    "trade_days": _trade_days,
}

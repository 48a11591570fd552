"""Bars, factors, listings and trading days by Tushare Pro.

Days come in lots of a hundred shares and in 1,000 yuan; days on which a stock did not trade are not among them. Minutes
need a permission of their own. Only stocks can be asked for several at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from common import messages as m
from common.symbols import Board, UnknownSymbol, board_of, to_qmt
from services.strategy.providers.bar_rows import Kind, kind_of, ratios, trading_days, with_auction
from services.strategy.providers.periods import named

if TYPE_CHECKING:
    import pandas as pd

_ROWS_A_CALL = 5_500
_MINUTE_ROWS_A_CALL = 7_500
_DAYS = {"stock": "daily", "fund": "fund_daily", "lof": "fund_daily", "index": "index_daily"}
_MINUTES = {"stock": "stk_mins", "fund": "stk_mins", "lof": "stk_mins", "index": "idx_mins"}
_FACTORS = {"stock": "adj_factor", "fund": "fund_adj", "lof": "fund_adj"}
_NAMES = {"ts_code": "code", "open": "open", "high": "high", "low": "low", "close": "close"}
_OF_DAYS = {**_NAMES, "trade_date": "day", "vol": "volume", "amount": "money", "pre_close": "pre_close"}
_OF_MINUTES = {**_NAMES, "trade_time": "time", "vol": "volume", "amount": "money"}
_LISTED = {"ts_code": "code", "name": "display_name", "list_date": "start_date", "delist_date": "end_date"}
_BEFORE = timedelta(days=40)


def _days(pro: Any, want: m.Want) -> pd.DataFrame:
    span = {"start_date": compact(want.first), "end_date": compact(want.last)}
    parts = []
    for kind, codes in _groups(want, _ROWS_A_CALL // trading_days(want.first, want.last)):
        parts.append(getattr(pro, _DAYS[kind])(ts_code=codes, **span))
    rows = _named(parts, _OF_DAYS, want.codes, days=["day"])
    return rows.assign(volume=rows["volume"] * 100, money=rows["money"] * 1000)


def _minutes(pro: Any, want: m.Want) -> pd.DataFrame:
    parts = []
    for code in want.codes:
        for first, last in _portions(want.first, want.last):
            span = {"start_date": f"{first} 09:00:00", "end_date": f"{last} 15:30:00"}
            parts.append(getattr(pro, _MINUTES[kind_of(code)])(ts_code=to_qmt(code), freq="1min", **span))
    rows = _named(parts, _OF_MINUTES, want.codes)
    return with_auction(rows.sort_values(["code", "time"], ignore_index=True))


def _adjustments(pro: Any, want: m.Want) -> pd.DataFrame:
    start = date.fromisoformat(want.first) - _BEFORE
    span = {"start_date": f"{start:%Y%m%d}", "end_date": compact(want.last)}
    parts = []
    for kind, codes in _groups(want, _ROWS_A_CALL // trading_days(f"{start}", want.last)):
        if kind != "index":
            parts.append(getattr(pro, _FACTORS[kind])(ts_code=codes, **span))
    names = {"ts_code": "code", "trade_date": "day", "adj_factor": "factor"}
    return ratios(_named(parts, names, want.codes, days=["day"]), want.first)


def _securities(pro: Any, want: m.Want) -> pd.DataFrame:
    """Stocks that are listed, suspended for good and delisted; the exchanges' funds; indices of both and of CSI."""
    import pandas as pd

    fields = ",".join(_LISTED)
    stocks = [pro.stock_basic(exchange="", list_status=status, fields=fields) for status in ("L", "P", "D")]
    funds = pro.fund_basic(market="E", fields=f"{fields},fund_type,type")
    indices = [pro.index_basic(market=one, fields="ts_code,name,list_date,exp_date") for one in ("SSE", "SZSE", "CSI")]
    index_names = {**_LISTED, "exp_date": "end_date"}
    found = [
        named(pd.concat(stocks, ignore_index=True), _LISTED, code="code", days=["start_date", "end_date"]),
        named(funds, _LISTED, code="code", days=["start_date", "end_date"]),
        named(pd.concat(indices, ignore_index=True), index_names, code="code", days=["start_date", "end_date"]),
    ]
    kinds = (["stock"] * len(found[0]), [_kind_of_fund(code) for code in found[1]["code"]], ["index"] * len(found[2]))
    rows = pd.concat([one.assign(type=kind) for one, kind in zip(found, kinds, strict=True)], ignore_index=True)
    return rows.dropna(subset=["start_date"]).drop_duplicates("code")


def _kind_of_fund(code: str) -> str:
    """As the feeds call it; one of no board of ours, a structured one above all, is a fund."""
    try:
        board = board_of(code)
    except UnknownSymbol:
        return "fund"
    return f"{board}" if board in (Board.ETF, Board.LOF, Board.REIT) else "fund"


def _trade_days(pro: Any, want: m.Want) -> pd.DataFrame:
    found = pro.trade_cal(exchange="SSE", start_date="19901219", end_date=compact(want.last), is_open="1")
    days = (f"{one}" for one in found["cal_date"])
    return found.assign(day=[f"{day[:4]}-{day[4:6]}-{day[6:8]}" for day in days])[["day"]]  # type: ignore[no-any-return]


def _groups(want: m.Want, size: int) -> Iterator[tuple[Kind, str]]:
    """Of one kind as many codes as one call answers, with commas between them."""
    stocks = [code for code in want.codes if kind_of(code) == "stock"]
    step = max(size, 1)
    for at in range(0, len(stocks), step):
        yield "stock", ",".join(map(to_qmt, stocks[at : at + step]))
    for code in want.codes:
        if kind_of(code) != "stock":
            yield kind_of(code), to_qmt(code)


def _portions(first: str, last: str) -> Iterator[tuple[str, str]]:
    """The days of one call each: a day has 241 minutes there."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    step = timedelta(days=_MINUTE_ROWS_A_CALL // 241)
    while start <= end:
        yield f"{start}", f"{min(start + step - timedelta(days=1), end)}"
        start += step


def _named(parts: list[Any], names: dict[str, str], codes: list[str], days: list[str] | None = None) -> pd.DataFrame:
    """Under JoinQuant's names; a code comes back as it was asked for."""
    import pandas as pd

    filled = [one for one in parts if one is not None and len(one)]
    if not filled:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in names.values()})
    asked = {to_qmt(code): code for code in codes}
    found = named(pd.concat(filled, ignore_index=True), names, code="code", days=days or [])
    return found[found["code"].isin(asked.values())]


def compact(day: str) -> str:
    """An ISO day as the library writes it."""
    return day.replace("-", "")


FETCHES: dict[str, Callable[[Any, m.Want], pd.DataFrame]] = {
    "bars_1d": _days,
    "bars_1m": _minutes,
    "adjustments": _adjustments,
    "securities": _securities,
    "trade_days": _trade_days,
}

"""What is listed at the made-up exchanges: 5,430 shares, funds, indices, their sectors, weights and dividends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from random import Random
from typing import Any

from common.beijing import day_of
from common.instruments import Board, board_of, from_qmt, to_qmt
from sim.market_character import character_of
from sim.market_names import KNOWN
from tests.qmt.street import Street

_SHARES = (
    ("SH", 600_000, 900),
    ("SH", 601_000, 300),
    ("SH", 603_000, 500),
    ("SH", 688_000, 590),
    ("SZ", 1, 700),
    ("SZ", 2_001, 800),
    ("SZ", 300_001, 999),
    ("SZ", 301_000, 381),
    ("BJ", 920_000, 260),
)
_FUNDS = (("SH", 510_010, 40), ("SZ", 159_901, 40))
_STOCKS = frozenset({Board.MAIN, Board.CHINEXT, Board.STAR, Board.BSE})
_MEMBERS = {"000300.SH": 300, "000016.SH": 50, "000905.SH": 500, "000852.SH": 1000}
_SECTOR_OF_INDEX = {"沪深300": "000300.SH", "上证50": "000016.SH", "中证500": "000905.SH", "中证1000": "000852.SH"}
Divid = dict[str, float]


@cache
def codes(market: str) -> tuple[str, ...]:
    """Everything of a market, in the order of the codes."""
    made = {f"{first + n:06d}.{of}" for of, first, count in (*_SHARES, *_FUNDS) if of == market for n in range(count)}
    return tuple(sorted(made | {to_qmt(symbol) for symbol in KNOWN if to_qmt(symbol).endswith(market)}))


@cache
def shares(markets: str = "SH SZ BJ") -> tuple[str, ...]:
    return tuple(code for market in markets.split() for code in codes(market) if board(code) in _STOCKS)


def board(code: str) -> Board:
    return board_of(from_qmt(code))


@cache
def sectors() -> dict[str, tuple[str, ...]]:
    every = [code for market in ("SH", "SZ", "BJ") for code in codes(market)]

    def of(*boards: Board, market: str = "") -> tuple[str, ...]:
        return tuple(code for code in every if board(code) in boards and code.endswith(market))

    stocks = (Board.MAIN, Board.CHINEXT, Board.STAR)
    found = {
        "沪深A股": of(*stocks),
        "上证A股": of(*stocks, market="SH"),
        "深证A股": of(*stocks, market="SZ"),
        "京市A股": of(Board.BSE),
        "创业板": of(Board.CHINEXT),
        "科创板": of(Board.STAR),
        "沪深ETF": of(Board.ETF),
        "沪深基金": of(Board.ETF, Board.LOF),
        "沪深指数": of(Board.INDEX),
        "沪深转债": of(Board.CONVERTIBLE),
    }
    return found | {name: tuple(weights(index)) for name, index in _SECTOR_OF_INDEX.items()}


@cache
def weights(index: str) -> dict[str, float]:
    """Members of an index with their weights in per cent; nothing for an index that is not kept."""
    count = _MEMBERS.get(index, 0)
    rng = Random(index)
    members = rng.sample(shares("SH" if index == "000016.SH" else "SH SZ"), count)
    raw = {code: rng.random() ** 2 + 0.05 for code in sorted(members)}
    return {code: round(100 * weight / sum(raw.values()), 4) for code, weight in raw.items()}


def dividends(code: str, extra: dict[str, dict[str, Divid]]) -> dict[str, Divid]:
    """What was paid on which ex-date: `extra` of the plan, else 0.1 yuan every June for one share in three."""
    if code in extra:
        return {day: _whole(paid) for day, paid in extra[code].items()}
    if board(code) not in _STOCKS or sum(map(ord, code)) % 3:
        return {}
    return {f"{year}0618": _whole({"interest": 0.1}) for year in range(2022, 2027)}


def _whole(paid: Divid) -> Divid:
    names = ("interest", "stockBonus", "stockGift", "allotNum", "allotPrice", "gugai")
    return {name: float(paid.get(name, 0.0)) for name in names}


def detail(street: Street, code: str, now_ns: int) -> dict[str, Any] | None:
    """The fields of `get_instrument_detail`; None for a code of no board."""
    try:
        symbol = from_qmt(code)
        character = character_of(symbol)
    except ValueError:
        return None
    day = street.trading_day(now_ns)
    sheet = street.one(symbol, day)
    tick = character.tick_e4 / 10_000
    stopped = not int(sheet.plan[0, 5])
    return {
        "ExchangeID": code[-2:],
        "InstrumentID": code[:6],
        "InstrumentName": character.name,
        "ProductID": "",
        "ProductName": "",
        "ProductType": -1,
        "ExchangeCode": code[:6],
        "UniCode": code[:6],
        "CreateDate": 0,
        "OpenDate": 20100104,
        "ExpireDate": 99999999,
        "TradingDay": int(day.strftime("%Y%m%d")),
        "PreClose": int(sheet.plan[0, 0]) * tick,
        "SettlementPrice": int(sheet.plan[0, 0]) * tick,
        "UpStopPrice": int(sheet.up[0, 0]) * tick,
        "DownStopPrice": int(sheet.down[0, 0]) * tick,
        "FloatVolume": 1e9,
        "TotalVolume": 1.2e9,
        "LongMarginRatio": 0.0,
        "ShortMarginRatio": 0.0,
        "PriceTick": tick,
        "VolumeMultiple": 1,
        "MainContract": 0,
        "LastVolume": 0,
        "InstrumentStatus": int(stopped),
        "IsTrading": not stopped,
        "IsRecent": False,
        "ExtendInfo": {"OptionType": -1},
    }


def kinds(code: str) -> dict[str, bool]:
    """What `get_instrument_type` answers; nothing for an unknown code."""
    try:
        found = board(code)
    except ValueError:
        return {}
    names = {"index": (Board.INDEX,), "stock": tuple(_STOCKS), "fund": (Board.ETF, Board.LOF, Board.REIT)}
    return {**{name: found in boards for name, boards in names.items()}, "etf": found is Board.ETF}


def trading_days(street: Street, now_ns: int) -> Iterator[date]:
    """The days gone by, today included."""
    last = street.trading_day(now_ns)
    return iter(street.calendar.days_between(street.calendar.first, last))


def coming_days(street: Street, now_ns: int) -> list[date]:
    """Trading days to come, as far as the exchanges have announced them."""
    return [day for day in street.calendar.days_between(day_of(now_ns), street.calendar.last) if day > day_of(now_ns)]

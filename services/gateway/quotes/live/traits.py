"""What must be known of an instrument to read its ticks: tick size, lot, the day's limits, and whether it trades."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from common.instruments import limit_prices_e4, round_price_e4, rules_of
from common.messages import Instrument
from common.symbols import Board, UnknownSymbol, board_of, from_qmt
from services.gateway.quotes.feeds import KIND_OF_BOARD, NEVER_ENDS

_NO_LIMIT_FACTOR: Final = 20
"""A limit so many times the previous close stands for none, as on the first days of a listing."""

_NO_DAYS: Final = frozenset({"", "0", "99999999", "None"})
_NOT_ROUNDED: Final = frozenset({Board.INDEX})


class Traits:
    """Of one code on one day. Slots, since one is looked at for every tick of the market.

    The limits are the vendor's where its record has the previous close that the tick has, so that yesterday's record is
    no help on a new morning; else they follow from our own dated rule.
    """

    __slots__ = (
        "detail",
        "down_e4",
        "is_halted",
        "lot",
        "per_lot",
        "per_yuan",
        "prev_close_e4",
        "st",
        "symbol",
        "tick_e4",
        "up_e4",
    )

    def __init__(self, symbol: str, day: date) -> None:
        rules = rules_of(symbol, day)
        self.symbol = symbol
        self.tick_e4 = 1 if rules.board in _NOT_ROUNDED else rules.tick_e4
        self.per_yuan = 10_000 // self.tick_e4  # ticks in a yuan
        self.lot = rules.lot
        self.per_lot = 0  # shares in one of the vendor's units of volume; 0: not seen yet
        self.detail: Mapping[str, Any] | None = None
        self.st = self.is_halted = False
        self.prev_close_e4 = self.down_e4 = self.up_e4 = 0

    def learn(self, detail: Mapping[str, Any], day: date) -> None:
        """The vendor's record of the instrument, of whatever day it is."""
        self.detail = detail
        self.st = is_st(detail)
        self.is_halted = _number(detail, "InstrumentStatus") >= 1
        self.reprice(self.prev_close_e4 or e4(detail.get("PreClose"), self.tick_e4), day)

    def reprice(self, prev_close_e4: int, day: date) -> None:
        """The limits of a day with this previous close."""
        self.prev_close_e4 = prev_close_e4
        self.down_e4, self.up_e4 = self._recorded() or limit_prices_e4(self.symbol, prev_close_e4, day, st=self.st)

    @property
    def is_stale(self) -> bool:
        """The vendor's record is missing, or speaks of another day than the ticks."""
        return self.detail is None or e4(self.detail.get("PreClose"), self.tick_e4) != self.prev_close_e4

    def _recorded(self) -> tuple[int, int] | None:
        if self.detail is None or self.is_stale:
            return None
        down, up = (e4(self.detail.get(name), self.tick_e4) for name in ("DownStopPrice", "UpStopPrice"))
        if not up or up > _NO_LIMIT_FACTOR * self.prev_close_e4:
            return 0, 0
        return down, up


def traits_of(code: str, day: date) -> Traits | None:
    """None for a code of no board of ours: bonds, options, other markets."""
    try:
        return Traits(from_qmt(code), day)
    except UnknownSymbol:
        return None


def instrument_of(symbol: str, detail: Mapping[str, Any]) -> Instrument:
    kind = KIND_OF_BOARD[board_of(symbol)]
    name = str(detail.get("InstrumentName") or symbol)
    start, end = (_day(detail, field) for field in ("OpenDate", "ExpireDate"))
    return Instrument(symbol, name, kind, start, end or NEVER_ENDS, is_st(detail))


def is_st(detail: Mapping[str, Any]) -> bool:
    """By its name, as JoinQuant counts it: ST, *ST and the shares that are being delisted."""
    name = str(detail.get("InstrumentName") or "").upper().replace(" ", "")
    return "ST" in name[:5] or name.startswith("退市") or name.endswith("退")


def e4(price: object, tick_e4: int) -> int:
    """A price in e4 on its tick; 0 for what is none."""
    if not isinstance(price, int | float) or not 0 < price < 10**8:
        return 0
    return round_price_e4(round(price * 10_000), tick_e4)


def open_day(detail: Mapping[str, Any]) -> int:
    """Day of listing, YYYYMMDD; 0 where it is not known."""
    return _day(detail, "OpenDate")


def _day(detail: Mapping[str, Any], field: str) -> int:
    text = str(detail.get(field) or "")
    return int(text) if text not in _NO_DAYS and len(text) == 8 and text.isdigit() else 0


def _number(detail: Mapping[str, Any], field: str) -> int:
    """DBL_MAX and INT_MAX stand for nothing in the vendor's records."""
    value = detail.get(field)
    return int(value) if isinstance(value, int | float) and -(2**31) < value < 2**31 - 1 else 0

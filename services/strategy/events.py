"""`on_event`: what happened on this day to what the strategy holds."""

from __future__ import annotations

from datetime import date

from common import messages as m
from common.portfolio import Book
from jqdata.events import DividendsEvent, SecurityCode
from services.strategy.runtime import Runtime

_STOCK = "stock"


def dividends(runtime: Runtime, known: dict[str, m.Adjustment], kinds: dict[str, str]) -> list[DividendsEvent]:
    """The ex-days of today; ``known`` are the ex-days and ``kinds`` the kinds of what is :func:`held`.

    One of which only the ratio is known (a rights issue, or a data provider's) is none: what was paid is not.
    """
    found = []
    for symbol, one in known.items():
        at = one.days.index(runtime.trading_day) if runtime.trading_day in one.days else -1
        if at >= 0 and any(one.given(at)):
            kind = kinds.get(symbol, _STOCK)
            found += [_event(runtime, one, at, kind, pindex) for pindex in _owners(runtime, symbol)]
    return found


def _owners(runtime: Runtime, symbol: str) -> list[int]:
    """The sub-accounts that held it before today; what belongs to none of several is nobody's event."""
    ledgers = runtime.subs.ledgers
    return [ledger.pindex for ledger in ledgers if symbol in held(ledger.book)] if ledgers else [0]


def held(book: Book) -> list[str]:
    """What was held before today, in order of its code: only that has a right to what is paid."""
    return sorted(symbol for symbol, one in book.positions.items() if one.qty > one.today_qty)


def _event(runtime: Runtime, one: m.Adjustment, at: int, kind: str, pindex: int) -> DividendsEvent:
    """What ten shares of a stock, or one of a fund, were paid."""
    cash_e4, bonus_e4 = one.given(at)
    cash = cash_e4 / 1e4 if kind == _STOCK else cash_e4 / 1e5
    told: dict[str, date | float] = {"date": runtime.day, "scale_factor": 1 + bonus_e4 / 1e5}
    told |= {"bonus_pre_tax": cash} if kind == _STOCK else {"bonus_pre_tax": cash, "bonus_post_tax": cash}
    return DividendsEvent(SecurityCode(one.symbol), [told], pindex)

"""What a recording tells of dividends, and the reference price an exchange makes of them on the ex-day.

A file has a line per ex-day in the words of the announcement (10 派 3.6 元 送转 5 股 配 2 股 @8.00):
``code,date,cash_per_10,bonus_per_10,rights_per_10,rights_price``, in yuan and shares, before tax.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from common.instruments import divide_half_up, rules_of
from services.gateway.quotes.feeds.csv_rows import BadField, Table, bad_line, day_of_text, e4, symbol_of

HEADER = "code,date,cash_per_10,bonus_per_10,rights_per_10,rights_price"
_TEN_E4 = 10 * 10_000
E9 = 10**9


class Dividend(NamedTuple):
    """For ten shares: yuan paid, shares given, shares offered at ``rights_price_e4``; all times 10,000."""

    symbol: str
    day: date
    cash_e4: int
    bonus_e4: int
    rights_e4: int
    rights_price_e4: int

    def reference_e4(self, close_e4: int) -> int:
        """(close - cash + rights price x rights) / (1 + bonus + rights) for a share, half up to the tick: what the
        ex-day's prices are compared with instead of ``close_e4`` (trading rules of SSE and SZSE, 除权除息参考价)."""
        paid_e8 = close_e4 * _TEN_E4 - self.cash_e4 * 10_000 + self.rights_price_e4 * self.rights_e4
        shares_e4, tick_e4 = _TEN_E4 + self.bonus_e4 + self.rights_e4, rules_of(self.symbol, self.day).tick_e4
        return max(divide_half_up(max(paid_e8, 0), shares_e4 * tick_e4), 1) * tick_e4

    def ratio_e9(self, close_e4: int) -> int:
        """The close before the ex-day over its reference price."""
        return divide_half_up(close_e4 * E9, self.reference_e4(close_e4))


def read_dividends(table: Table) -> Iterator[tuple[int, Dividend]]:
    """(line, dividend) of each row; ConfigError names the first bad line."""
    code, when, *rest = table.columns(*HEADER.split(","))
    for line, fields in table.rows():
        try:
            cash_e4, bonus_e4, rights_e4, price_e4 = (e4(fields[i]) for i in rest)
            if bool(rights_e4) != bool(price_e4) or not (cash_e4 or bonus_e4 or rights_e4):
                raise BadField("应有派现、送转或配股之一，配股须有配股价")
            found = Dividend(symbol_of(fields[code]), day_of_text(fields[when]), cash_e4, bonus_e4, rights_e4, price_e4)
        except BadField as error:
            raise bad_line(table.path, line, str(error)) from error
        yield line, found

"""The layouts of recorded CSV that are understood, told apart by their headers, and what each one becomes.

    minute       code,datetime,open,high,low,close,volume,money   END-labelled bars, shares and yuan
    minute       symbol,dt,open,close,high,low,vol                the same without money, which is then 0
    time-share   code,minute_start,price,volume_lots              START-labelled, lots, one price a minute
    snapshots    seq,time,phase_code,...                          3-second snapshots; symbol and day from a name
    daily        code,date,open,high,low,close,volume,money       history; forward-adjusted where the name has qfq

The columns of a header may stand in any order. Files of orders and trades that lie beside snapshots are told apart too,
so that the folder of a capture can be named as it is; they are not played.
"""

from collections.abc import Callable, Iterator
from datetime import date
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple

from common.beijing import MINUTE_NS
from common.errors import ConfigError
from common.instruments import Board, board_of, round_price_e4, rules_of
from common.sessions import minute_ends
from services.gateway.quotes.bars import Bar, close_of
from services.gateway.quotes.feeds import dividends
from services.gateway.quotes.feeds.csv_rows import (
    BadField,
    Table,
    bad_line,
    day_of_text,
    e4,
    moment_of,
    price_e4,
    quantity,
    symbol_of,
)

SHARES_A_LOT = 100


class Layout(Enum):
    MINUTE = auto()
    MINUTE_WITHOUT_MONEY = auto()
    TIME_SHARE = auto()
    SNAPSHOTS = auto()
    DAILY = auto()
    DIVIDENDS = auto()
    NOT_QUOTES = auto()


class DatedBar(NamedTuple):
    """A bar as recorded: its previous close is not known from its row and is 0 here."""

    symbol: str
    day: date
    bar: Bar


_LEVEL_NAMES = [f"{side}{level}_{what}" for side in ("bid", "ask") for level in range(1, 11) for what in ("px", "qty")]
_HEADERS = {
    Layout.MINUTE: "code,datetime,open,high,low,close,volume,money",
    Layout.MINUTE_WITHOUT_MONEY: "symbol,dt,open,close,high,low,vol",
    Layout.TIME_SHARE: "code,minute_start,price,volume_lots",
    Layout.SNAPSHOTS: "seq,time,phase_code,num_trades,volume,amount,prev_close,last,open,high,low,"
    "bid_wavg,bid_total_qty,ask_wavg,ask_total_qty," + ",".join(_LEVEL_NAMES),
    Layout.DAILY: "code,date,open,high,low,close,volume,money",
    Layout.DIVIDENDS: dividends.HEADER,
}
_NOT_QUOTES = (
    "appl_seq,time,order_no,type,side,price,qty,biz_index",
    "appl_seq,time,buy_order_no,sell_order_no,price,qty,bs_flag,biz_index",
)
_LAYOUT_OF = {frozenset(header.split(",")): layout for layout, header in _HEADERS.items()}
_LAYOUT_OF |= {frozenset(header.split(",")): Layout.NOT_QUOTES for header in _NOT_QUOTES}


def layout_of(table: Table) -> Layout:
    """ConfigError, naming the headers that are understood, where this is none of them."""
    layout = _LAYOUT_OF.get(frozenset(table.header))
    if layout is None or len(table.header) != len(set(table.header)):
        shown, known = ",".join(table.header)[:120], " | ".join(header[:60] for header in _HEADERS.values())
        raise ConfigError(f"行情文件 {table.path} 第 1 行表头不认识：{shown!r}；应为其一：{known}；请改表头或换文件")
    return layout


def read_bars(table: Table, layout: Layout) -> Iterator[tuple[int, DatedBar]]:
    """(line, bar) of a minute, time-share or daily file; ConfigError names the first bad line."""
    read = _READERS[layout](table)
    for line, fields in table.rows():
        try:
            yield line, read(fields)
        except BadField as error:
            raise bad_line(table.path, line, str(error)) from error


RowReader = Callable[[list[str]], DatedBar]


def _minute_reader(table: Table) -> RowReader:
    code, when, *rest = table.columns("code", "datetime", "open", "high", "low", "close", "volume", "money")

    def read(fields: list[str]) -> DatedBar:
        day, label_ns = moment_of(fields[when])
        return DatedBar(symbol_of(fields[code]), day, _bar(_labelled(day, label_ns), *[fields[i] for i in rest]))

    return read


def _minute_without_money_reader(table: Table) -> RowReader:
    code, when, *rest = table.columns("symbol", "dt", "open", "high", "low", "close", "vol")

    def read(fields: list[str]) -> DatedBar:
        day, label_ns = moment_of(fields[when])
        return DatedBar(symbol_of(fields[code]), day, _bar(_labelled(day, label_ns), *[fields[i] for i in rest], "0"))

    return read


def _time_share_reader(table: Table) -> RowReader:
    code, when, price, lots = table.columns("code", "minute_start", "price", "volume_lots")

    def read(fields: list[str]) -> DatedBar:
        symbol = symbol_of(fields[code])
        day, start_ns = moment_of(fields[when])
        label_ns = _labelled(day, start_ns + MINUTE_NS)
        # The source cut its prices to three decimals (16.379 for 16.38); the tick tells what they were.
        only_e4 = round_price_e4(price_e4(fields[price]), rules_of(symbol, day).tick_e4)
        shares = quantity(fields[lots]) * SHARES_A_LOT
        return DatedBar(symbol, day, Bar(label_ns, only_e4, only_e4, only_e4, only_e4, shares, 0, 0, False))

    return read


def _daily_reader(table: Table) -> RowReader:
    code, when, *rest, money = table.columns("code", "date", "open", "high", "low", "close", "volume", "money")

    def read(fields: list[str]) -> DatedBar:
        symbol, day = symbol_of(fields[code]), day_of_text(fields[when])
        # An index has no money of its own; its field is empty.
        paid = fields[money] or ("0" if board_of(symbol) is Board.INDEX else "")
        return DatedBar(symbol, day, _bar(close_of(day), *[fields[i] for i in rest], paid))

    return read


_READERS: dict[Layout, Callable[[Table], RowReader]] = {
    Layout.MINUTE: _minute_reader,
    Layout.MINUTE_WITHOUT_MONEY: _minute_without_money_reader,
    Layout.TIME_SHARE: _time_share_reader,
    Layout.DAILY: _daily_reader,
}


def _labelled(day: date, label_ns: int) -> int:
    if label_ns not in _labels_of(day):
        raise BadField("的时间不是一分钟的结束（09:31 至 11:30、13:01 至 15:00）")
    return label_ns


@lru_cache(maxsize=64)
def _labels_of(day: date) -> frozenset[int]:
    return frozenset(minute_ends(day))


def _bar(label_ns: int, *texts: str) -> Bar:
    """From open, high, low, close, volume and money as written."""
    open_text, high_text, low_text, close_text, volume_text, money_text = texts
    open_e4, high_e4, low_e4, close_e4 = map(price_e4, (open_text, high_text, low_text, close_text))
    if not low_e4 <= min(open_e4, close_e4) <= max(open_e4, close_e4) <= high_e4:
        raise BadField(f"应有 low ≤ open, close ≤ high，实为 {open_text},{high_text},{low_text},{close_text}")
    return Bar(label_ns, open_e4, high_e4, low_e4, close_e4, quantity(volume_text), e4(money_text), 0, False)

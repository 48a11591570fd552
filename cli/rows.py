"""What the tables of orders, fills, positions and the account say, from a book of the account."""

from __future__ import annotations

from collections.abc import Mapping

from cli.tables import Id, Row, money, percent, price
from common import beijing
from common import messages as m
from common.fees import FeeSchedule
from common.orders import Status
from common.portfolio import Book

ORDERS = (
    "时间",
    "策略",
    "代码",
    "方向",
    "类型",
    "委托价",
    "委托量",
    "成交量",
    "成交均价",
    "状态",
    "原因",
    "委托编号",
    "柜台编号",
)
FILLS = ("时间", "代码", "方向", "成交价", "成交量", "成交额", "费用", "委托编号", "成交编号")
POSITIONS = (
    "代码", "名称", "买入时间", "持仓", "可用", "成本价", "当前价", "当前市值", "盈亏额", "盈亏率", "持仓比",
)  # fmt: skip
ACCOUNT = ("账户", "交易日", "总资产", "现金", "可用", "冻结", "持仓市值", "当日盈亏", "当日盈亏率", "委托", "成交")

SIDES = {m.Side.BUY: "买入", m.Side.SELL: "卖出"}
TYPES = {m.OrderType.LIMIT: "限价", m.OrderType.MARKET: "市价"}
STATUSES = {
    Status.CREATED: "已创建",
    Status.SUBMITTED: "已报",
    Status.ACCEPTED: "已受理",
    Status.PARTIALLY_FILLED: "部分成交",
    Status.FILLED: "全部成交",
    Status.CANCELLED: "已撤",
    Status.REJECTED: "废单",
    Status.EXPIRED: "已失效",
    Status.DENIED: "风控拒单",
    Status.UNKNOWN: "结果未知",
}


def order_rows(orders: list[m.OrderState]) -> list[Row]:
    return [_order(state) for state in orders]


def _order(state: m.OrderState) -> Row:
    order = state.order
    average = price(state.cum_value_e4 // state.cum_qty) if state.cum_qty else "–"
    return (
        time_text(order.created_ns),
        order.strategy,
        Id(order.symbol),
        SIDES[order.side],
        TYPES[order.order_type],
        price(order.price_e4),
        order.qty,
        state.cum_qty,
        average,
        f"{STATUSES[Status(state.status)]} {state.status}",
        " ".join(filter(None, (state.reason, state.text))),
        Id(order.client_order_id),
        Id(state.venue_order_id),
    )


def fill_rows(fills: list[m.OrderFilled]) -> list[Row]:
    return [
        (
            time_text(fill.at_ns),
            Id(fill.symbol),
            SIDES[fill.side],
            price(fill.price_e4),
            fill.qty,
            money(fill.price_e4 * fill.qty),
            money(fill.fee_e4),
            Id(fill.client_order_id),
            Id(fill.fill_id),
        )
        for fill in fills
    ]


def position_rows(book: Book, names: Mapping[str, str]) -> list[Row]:
    """One row for each holding; ``可用`` is what can be sold now (T+1, and what open sells freeze)."""
    total_e4 = book.total_value_e4
    rows: list[Row] = []
    for position in book.positions.values():
        if position.qty:
            gain_e4 = position.value_e4 - position.cost_e4
            rows.append(
                (
                    Id(position.symbol),
                    names.get(position.symbol, ""),
                    time_text(position.opened_ns),
                    position.qty,
                    position.closeable_qty,
                    price(position.cost_e4 // position.qty),
                    price(position.last_price_e4),
                    money(position.value_e4),
                    money(gain_e4),
                    percent(gain_e4, position.cost_e4),
                    percent(position.value_e4, total_e4),
                )
            )
    return rows


def account_row(book: Book) -> Row:
    gain_e4 = book.total_value_e4 - book.opening_value_e4
    return (
        Id(book.account),
        Id(f"{book.trading_day}"),
        money(book.total_value_e4),
        money(book.cash_e4),
        money(book.available_cash_e4),
        money(book.frozen_cash_e4),
        money(book.positions_value_e4),
        money(gain_e4),
        percent(gain_e4, book.opening_value_e4),
        len(book.orders),
        len(book.fills),
    )


def time_text(ns: int) -> str:
    """Beijing date and time, nothing where there is none."""
    return f"{beijing.day_of(ns)} {beijing.clock_text(ns)}" if ns else ""


def book_of(snapshot: m.AccountSnapshot, fees: FeeSchedule) -> Book:
    """The book that a snapshot tells; ``fees`` are part of what open orders hold."""
    book = Book(snapshot.account, fees)
    book.restore(snapshot)
    return book

"""From what a book knows to the rows of the history (state.db), and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from common import messages as m
from common.orders import OrderRecord
from common.portfolio import Book, Position

Row = dict[str, Any]


def order_row(trading_day: int, record: OrderRecord) -> Row:
    order = record.order
    return {
        "account": order.account,
        "trading_day": trading_day,
        "client_order_id": order.client_order_id,
        "strategy": order.strategy,
        "symbol": order.symbol,
        "side": order.side.value,
        "order_type": order.order_type.value,
        "qty": order.qty,
        "price_e4": order.price_e4,
        "created_ns": order.created_ns,
        "expire_ns": order.expire_ns,
        "status": record.status.value,
        "venue_order_id": record.venue_order_id,
        "cum_qty": record.cum_qty,
        "cum_value_e4": record.cum_value_e4,
        "fee_e4": record.fee_e4,
        "reason": record.reason,
        "text": record.text,
        "updated_ns": record.updated_ns,
        "final_cum_qty": record.final_cum_qty,
    }


def order_state(row: Mapping[str, Any]) -> m.OrderState:
    order = m.Order(
        row["client_order_id"],
        row["account"],
        row["strategy"],
        row["symbol"],
        m.Side(row["side"]),
        m.OrderType(row["order_type"]),
        row["qty"],
        row["price_e4"],
        row["created_ns"],
        row["expire_ns"],
    )
    return m.OrderState(
        order,
        row["status"],
        row["venue_order_id"],
        row["cum_qty"],
        row["cum_value_e4"],
        row["fee_e4"],
        row["reason"],
        row["text"],
        row["updated_ns"],
        row["final_cum_qty"],
    )


def fill_row(trading_day: int, fill: m.OrderFilled, strategy: str) -> Row:
    return {
        "account": fill.account,
        "trading_day": trading_day,
        "fill_id": fill.fill_id,
        "client_order_id": fill.client_order_id,
        "venue_order_id": fill.venue_order_id,
        "strategy": strategy,
        "symbol": fill.symbol,
        "side": fill.side.value,
        "qty": fill.qty,
        "price_e4": fill.price_e4,
        "fee_e4": fill.fee_e4,
        "at_ns": fill.at_ns,
    }


def fill_of(row: Mapping[str, Any]) -> m.OrderFilled:
    return m.OrderFilled(
        row["account"],
        row["client_order_id"],
        row["venue_order_id"],
        row["fill_id"],
        row["symbol"],
        m.Side(row["side"]),
        row["qty"],
        row["price_e4"],
        row["fee_e4"],
        row["at_ns"],
    )


def holding_row(account: str, trading_day: int, position: Position) -> Row:
    return {
        "account": account,
        "trading_day": trading_day,
        "symbol": position.symbol,
        "qty": position.qty,
        "today_qty": position.today_qty,
        "closeable_qty": position.closeable_qty,
        "cost_e4": position.cost_e4,
        "last_price_e4": position.last_price_e4,
        "value_e4": position.value_e4,
        "opened_ns": position.opened_ns,
    }


def holding_of(row: Mapping[str, Any]) -> m.Holding:
    return m.Holding(
        row["symbol"], row["qty"], row["today_qty"], row["cost_e4"], row["last_price_e4"], row["opened_ns"]
    )


def day_row(book: Book, opened_ns: int) -> Row:
    return {
        "account": book.account,
        "trading_day": book.trading_day,
        "opening_cash_e4": book.opening_cash_e4,
        "opening_value_e4": book.opening_value_e4,
        "opened_ns": opened_ns,
    }


def cash_row(book: Book, trading_day: int, at_ns: int) -> Row:
    value_e4 = book.positions_value_e4
    return {
        "account": book.account,
        "trading_day": trading_day,
        "cash_e4": book.cash_e4,
        "frozen_cash_e4": book.frozen_cash_e4,
        "positions_value_e4": value_e4,
        "total_e4": book.cash_e4 + value_e4,
        "link_up": book.link_up,
        "at_ns": at_ns,
    }


def equity_row(book: Book, trading_day: int, minute_ns: int) -> Row:
    value_e4 = book.positions_value_e4
    return {
        "account": book.account,
        "trading_day": trading_day,
        "minute_ns": minute_ns,
        "cash_e4": book.cash_e4,
        "positions_value_e4": value_e4,
        "total_e4": book.cash_e4 + value_e4,
    }


def alert_row(trading_day: int, alert: m.AlertRaised) -> Row:
    return {
        "account": alert.account,
        "trading_day": trading_day,
        "source": alert.source,
        "code": alert.code,
        "text": alert.text,
        "at_ns": alert.at_ns,
    }

"""The tables of state.db: the memory of the desk across days. Money is in 1/10,000 yuan, times are UTC nanoseconds.

Every row belongs to an account and a trading day (the Beijing date as an integer). A change of these tables needs a new
``FORMAT`` and a row in ``MIGRATIONS``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import BigInteger, Boolean, Column, Integer, MetaData, String, Table

FORMAT = 1

MIGRATIONS: Mapping[int, tuple[str, ...]] = MappingProxyType({})
"""Format version -> the statements that turn it into the next one."""

metadata = MetaData()


def _key(name: str) -> Column[object]:
    return Column(name, BigInteger if name.endswith(("_day", "_ns")) else String, primary_key=True, nullable=False)


def _keys(names: str) -> list[Column[object]]:
    return [_key(name) for name in names.split()]


def _ints(names: str) -> list[Column[object]]:
    return [Column(name, BigInteger, nullable=False) for name in names.split()]


def _texts(names: str) -> list[Column[object]]:
    return [Column(name, String, nullable=False) for name in names.split()]


meta = Table("meta", metadata, *_keys("key"), *_texts("value"))

streams = Table("streams", metadata, *_keys("channel account"), *_ints("epoch seq"))
"""The last event of each stream whose rows are in the other tables; written in the same transaction as they."""

days = Table(
    "days",
    metadata,
    *_keys("account trading_day"),
    *_ints("opening_cash_e4 opening_value_e4 opened_ns"),
)

orders = Table(
    "orders",
    metadata,
    *_keys("account trading_day client_order_id"),
    *_texts("strategy symbol side order_type"),
    *_ints("qty price_e4 created_ns expire_ns"),
    *_texts("status venue_order_id"),
    *_ints("cum_qty cum_value_e4 fee_e4"),
    *_texts("reason text"),
    *_ints("updated_ns final_cum_qty"),
)

fills = Table(
    "fills",
    metadata,
    *_keys("account trading_day fill_id"),
    *_texts("client_order_id venue_order_id strategy symbol side"),
    *_ints("qty price_e4 fee_e4 at_ns"),
)

holdings = Table(
    "holdings",
    metadata,
    *_keys("account trading_day symbol"),
    *_ints("qty today_qty closeable_qty cost_e4 last_price_e4 value_e4 opened_ns"),
)

cash = Table(
    "cash",
    metadata,
    *_keys("account trading_day"),
    *_ints("cash_e4 frozen_cash_e4 positions_value_e4 total_e4"),
    Column("link_up", Boolean, nullable=False),
    *_ints("at_ns"),
)

equity_by_minute = Table(
    "equity_by_minute",
    metadata,
    *_keys("account trading_day minute_ns"),
    *_ints("cash_e4 positions_value_e4 total_e4"),
)

decisions = Table(
    "decisions",
    metadata,
    # An order is approved or denied once; what may happen to it again has its time in the key, else 0.
    *_keys("account trading_day decision client_order_id once_ns"),
    *_texts("strategy operator symbol side"),
    *_ints("qty price_e4"),
    *_texts("reason value limit_value"),
    *_ints("largest_qty"),
    *_texts("text"),
    *_ints("at_ns"),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    *_texts("account"),
    *_ints("trading_day"),
    *_texts("source code text"),
    *_ints("at_ns"),
)

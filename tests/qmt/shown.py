"""What the terminal shows of rows, trades, positions and cash: the fields of the vendor's native objects, by name."""

from __future__ import annotations

from typing import Any

from common.beijing import SECOND_NS, at, clock_text, day_of
from common.instruments import from_qmt, to_qmt
from common.messages import BrokerFill
from sim.market_names import real_name
from tests.qmt.desk import Desk
from tests.qmt.knobs import OLD_TERMINAL_LACKS, Knobs
from tests.qmt.rows import Happening, Row
from tests.qmt.street import Street

# EBrokerPriceType, by what was submitted (xtquant.md 7.4); what is not listed comes back as a limit order.
_PRICE_TYPES = {11: 50, 42: 88, 47: 88, 43: 85, 44: 84, 45: 86, 46: 87, 48: 89, 5: 50}
Fields = dict[str, Any]


def order(row: Row, knobs: Knobs) -> Fields:
    return _without(
        {
            "t": "XtOrder",
            **_about(row, knobs),
            "order_time": _time(row.at_ns, knobs),
            "order_volume": row.volume,
            "price_type": _PRICE_TYPES.get(row.price_type, 50),
            "price": row.price,
            "traded_volume": row.traded,
            "traded_price": row.paid_e4 / row.traded / 10_000 if row.traded else 0.0,
            "order_status": row.status,
            "status_msg": row.msg,
        },
        knobs,
    )


def trade(row: Row, fill: BrokerFill, knobs: Knobs) -> Fields:
    return _without(
        {
            "t": "XtTrade",
            **_about(row, knobs),
            "traded_id": fill.fill_id.replace("T", "").replace("-", "0"),
            "traded_time": _time(fill.at_ns, knobs),
            "traded_price": fill.price_e4 / 10_000,
            "traded_volume": fill.qty,
            "traded_amount": fill.price_e4 * fill.qty / 10_000,
            "commission": fill.fee_e4 / 10_000 if knobs["commission"] == "real" else 0.0,
        },
        knobs,
    )


def order_error(told: Happening, knobs: Knobs) -> Fields:
    row = told.row
    return {
        "t": "XtOrderError",
        "account_type": 2,
        "account_id": row.account,
        "order_id": row.order_id,
        "error_id": told.error_id,
        "error_msg": told.msg,
        "strategy_name": row.strategy,
        "order_remark": remark(row, knobs),
        "seq": row.seq,
    }


def cancel_error(told: Happening) -> Fields:
    row = told.row
    return {
        "t": "XtCancelError",
        "account_type": 2,
        "account_id": row.account,
        "order_id": row.order_id,
        "market": {"SH": 0, "SZ": 1, "BJ": 70}.get(row.code[-2:], -1),
        "order_sysid": row.sysid,
        "error_id": told.error_id,
        "error_msg": told.msg,
    }


def order_response(row: Row, refusal: str, knobs: Knobs) -> Fields:
    return {
        "t": "XtOrderResponse",
        "account_id": row.account,
        "order_id": row.order_id,
        "strategy_name": row.strategy,
        "order_remark": remark(row, knobs),
        "error_msg": refusal,
        "seq": row.seq,
    }


def cancel_response(account: str, order_id: int, sysid: str, result: int, msg: str) -> Fields:
    return {
        "t": "XtCancelOrderResponse",
        "account_id": account,
        "cancel_result": result,
        "order_id": order_id,
        "order_sysid": sysid,
        "error_msg": msg,
    }


def asset(desk: Desk, street: Street, knobs: Knobs, now_ns: int) -> Fields:
    ledger = desk.exchange.ledger
    held = sum(p["market_value"] for p in positions(desk, street, knobs, now_ns))
    cash, frozen = ledger.available_e4 / 10_000, ledger.frozen_e4 / 10_000
    return _without(
        {
            "t": "XtAsset",
            "account_type": desk.account.kind,
            "account_id": desk.account.account_id,
            "cash": cash,
            "frozen_cash": frozen,
            "market_value": held,
            "total_asset": cash + frozen + held,
            "fetch_balance": cash,
            "current_balance": cash + frozen,
        },
        knobs,
    )


def positions(desk: Desk, street: Street, knobs: Knobs, now_ns: int) -> list[Fields]:
    """Holdings, and with the knob `zero_rows` what was sold out today."""
    held = [_position(desk, p.symbol, street, knobs, now_ns) for p in desk.exchange.ledger.positions.values()]
    gone = {fill.symbol for fill in desk.exchange.fills} - set(desk.exchange.ledger.positions)
    if knobs["zero_rows"]:
        held += [_position(desk, symbol, street, knobs, now_ns) for symbol in sorted(gone)]
    return held


def _position(desk: Desk, symbol: str, street: Street, knobs: Knobs, now_ns: int) -> Fields:
    p = desk.exchange.ledger.positions.get(symbol)
    qty, today, frozen, cost_e4 = (p.qty, p.today_qty, p.frozen_qty, p.cost_e4) if p else (0, 0, 0, 0)
    last_e4 = _last_e4(street, symbol, now_ns)
    average = cost_e4 / qty / 10_000 if qty else 0.0
    return _without(
        {
            "t": "XtPosition",
            "account_type": desk.account.kind,
            "account_id": desk.account.account_id,
            "stock_code": to_qmt(symbol),
            "volume": qty,
            "can_use_volume": p.sellable_qty if p else 0,
            "open_price": average,
            "market_value": qty * last_e4 / 10_000,
            "frozen_volume": frozen,
            "on_road_volume": today,
            "yesterday_volume": qty - today,
            "avg_price": average,
            "direction": 48,
            "last_price": last_e4 / 10_000,
            "profit_rate": last_e4 / 10_000 / average - 1.0 if average else 0.0,
            "secu_account": "A000000001",
            "instrument_name": real_name(symbol) or symbol[:6],
            "float_profit": qty * last_e4 / 10_000 - cost_e4 / 10_000,
            "open_date": "",
            "position_profit": 0.0,
        },
        knobs,
    )


def _last_e4(street: Street, symbol: str, now_ns: int) -> int:
    """The last price known, on a day without trading that of the trading day before."""
    day = street.trading_day(now_ns)
    return street.quote(symbol, now_ns if day_of(now_ns) == day else at(day, "15:00")).last_price_e4


def remark(row: Row, knobs: Knobs) -> str:
    """As the terminal keeps it: 24 bytes, where a character that is cut in two is dropped whole."""
    match knobs["remark"]:
        case "empty":
            return ""
        case "full":
            return row.remark
        case "rewritten":
            return f"QMT{row.order_id}"
    return row.remark.encode()[: knobs["remark_bytes"]].decode(errors="ignore")


def _about(row: Row, knobs: Knobs) -> Fields:
    return {
        "account_type": 2,
        "account_id": row.account,
        "stock_code": row.code,
        "order_id": row.order_id,
        "order_sysid": row.sysid,
        "order_type": row.order_type,
        "strategy_name": row.strategy,
        "order_remark": remark(row, knobs),
        "direction": 48,
        "offset_flag": 48 if row.order_type == 23 else 49,
        "secu_account": "A000000001",
        "instrument_name": real_name(from_qmt(row.code)) or row.code[:6],
    }


def _time(at_ns: int, knobs: Knobs) -> int:
    if knobs["order_time"] == "hhmmss":
        return int(clock_text(at_ns).replace(":", ""))
    return at_ns // SECOND_NS


def _without(fields: Fields, knobs: Knobs) -> Fields:
    lacking = [*knobs["missing_fields"], *(OLD_TERMINAL_LACKS if knobs["old_terminal"] else ())]
    return {name: value for name, value in fields.items() if name not in lacking}

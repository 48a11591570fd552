"""Our copy of the vendor's numbers beside the vendor's own."""

from __future__ import annotations

from common.orders import FINAL
from services.gateway.brokers.qmt import codes

ORDERS = {
    48: "UNREPORTED",
    49: "WAIT_REPORTING",
    50: "REPORTED",
    51: "REPORTED_CANCEL",
    52: "PARTSUCC_CANCEL",
    53: "PART_CANCEL",
    54: "CANCELED",
    55: "PART_SUCC",
    56: "SUCCEEDED",
    57: "JUNK",
}


def test_they_are_the_same(wheel: None) -> None:
    from xtquant import xtconstant as x

    assert (codes.STOCK_BUY, codes.STOCK_SELL) == (x.STOCK_BUY, x.STOCK_SELL)
    assert list(codes.SIDES)[2:] == [
        x.CREDIT_FIN_BUY,
        x.CREDIT_SELL_SECU_REPAY,
        x.CREDIT_FIN_BUY_SPECIAL,
        x.CREDIT_SELL_SECU_REPAY_SPECIAL,
    ]
    assert codes.FIX_PRICE == x.FIX_PRICE
    assert codes.MARKET_SH_CONVERT_5_CANCEL == x.MARKET_SH_CONVERT_5_CANCEL
    assert codes.MARKET_SZ_CONVERT_5_CANCEL == x.MARKET_SZ_CONVERT_5_CANCEL
    assert {code: getattr(x, f"ORDER_{name}") for code, name in ORDERS.items()} == {code: code for code in ORDERS}
    assert codes.ORDER_STATES.keys() == ORDERS.keys()
    assert codes.ACCOUNT_OK == x.ACCOUNT_STATUS_OK and codes.ACCOUNT_CLOSED == x.ACCOUNT_STATUS_CLOSED
    assert {
        x.ACCOUNT_STATUS_WAITING_LOGIN,
        x.ACCOUNT_STATUSING,
        x.ACCOUNT_STATUS_INITING,
        x.ACCOUNT_STATUS_CORRECTING,
    } == codes.ACCOUNT_CONNECTING
    assert set(codes.ACCOUNT_TYPES.values()) <= set(x.ACCOUNT_TYPE_DICT.values())


def test_only_four_statuses_are_an_end() -> None:
    assert {code for code, meaning in codes.ORDER_STATES.items() if meaning.status in FINAL} == {53, 54, 56, 57}

"""The tables and words of ``reconcile`` and ``resolve``, without a stack."""

import pytest

from cli.reconcile import book_lines, order_lines
from cli.refusal import Refused
from cli.resolve import price_e4
from common import messages as m

BANK, FUND = "600000.XSHG", "518880.XSHG"


def report(*rows: m.BookRow, differing: int = 0, unsettled: bool = False) -> m.BooksReport:
    lines = list(rows)
    return m.BooksReport("main", 20261120, 3, 1, True, lines, lines[:differing], unsettled, 1_000_000)


def state(key: str, status: str) -> m.OrderState:
    order = m.Order(key, "main", "demo", BANK, m.Side.BUY, m.OrderType.LIMIT, 1200, 100_000, 1, 2)
    return m.OrderState(order, status, "V", 0, 0, 0, "", "", 1)


def test_each_line_says_ours_theirs_the_difference_and_a_verdict() -> None:
    rows = (m.BookRow("", 1_000_000, 1_100_050), m.BookRow(BANK, 1000, 900), m.BookRow(FUND, 5, 5))
    lines = book_lines(report(*rows, differing=2), {BANK: "浦发银行"})
    assert lines == [
        ("现金 CASH", "", "100.00", "110.01", "10.01", "不符 DIFFERS"),
        (BANK, "浦发银行", 1000, 900, -100, "不符 DIFFERS"),
        (FUND, "", 5, 5, 0, "一致 OK"),
    ]


def test_what_is_suspected_and_what_is_tolerated_is_called_so() -> None:
    suspected = book_lines(report(m.BookRow(BANK, 1, 2), differing=1, unsettled=True), {})
    tolerated = book_lines(report(m.BookRow("", 1, 2)), {})
    assert (suspected[0][-1], tolerated[0][-1]) == ("待复核 UNSETTLED", "容差内 WITHIN_TOLERANCE")


def test_orders_that_are_not_the_same_here_and_there_are_listed() -> None:
    orders = [
        state("a1", "unknown"),
        state("a2", "filled"),
        state("foreign-7", "accepted"),
        state("foreign-8", "filled"),
    ]
    assert [(line[0], line[-1]) for line in order_lines(orders)] == [
        ("a1", "结果未知 UNKNOWN"),
        ("foreign-7", "外部 FOREIGN"),
    ]
    assert order_lines(orders)[0][2] == f"{BANK} 买入 1,200 股"


@pytest.mark.parametrize(("text", "e4"), [("0", 0), ("10.02", 100_200), ("3.0005", 30_005)])
def test_a_price_is_taken_as_typed(text: str, e4: int) -> None:
    assert price_e4(text) == e4


@pytest.mark.parametrize("text", ["", "x", "-1", "1.00001", "nan", "inf"])
def test_what_is_no_price_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        price_e4(text)
    assert refused.value.code == "BAD_PRICE" and text in str(refused.value)

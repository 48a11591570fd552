"""What the tables show: exact money, whole numbers in any window, and CSV that Excel leaves alone."""

import csv
import io
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from cli.tables import Id, as_csv, money, percent, price, show

E4 = st.integers(-(10**15), 10**15)


@given(E4)
def test_money_is_rounded_to_the_fen_once(e4: int) -> None:
    exact = (Decimal(e4) / 10_000).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert Decimal(money(e4)) == exact
    assert money(e4).partition(".")[2].isdigit()


@given(E4)
def test_a_price_loses_nothing(e4: int) -> None:
    assert Decimal(price(e4)) * 10_000 == e4
    assert len(price(e4).partition(".")[2]) in (2, 3, 4)


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**12))
def test_a_share_is_rounded_to_hundredths_of_a_percent(part: int, whole: int) -> None:
    exact = (Decimal(part) * 100 / whole).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert Decimal(percent(part, whole).removesuffix("%")) == exact


def test_nothing_is_a_share_of_nothing() -> None:
    assert percent(5, 0) == "–"


def test_csv_begins_with_a_bom_and_keeps_the_zeros_of_an_identifier() -> None:
    data = as_csv(["编号", "代码", "金额"], [(Id("000123"), Id("000001.XSHE"), "1234.50")])
    assert data.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in data
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert rows == [["编号", "代码", "金额"], ['="000123"', "000001.XSHE", "1234.50"]]


def test_a_text_of_the_broker_becomes_no_formula() -> None:
    [_, row] = csv.reader(io.StringIO(as_csv(["原因"], [("=HYPERLINK(1)",)]).decode("utf-8-sig")))
    assert row == ["'=HYPERLINK(1)"]


def test_a_negative_amount_stays_a_number() -> None:
    [_, row] = csv.reader(io.StringIO(as_csv(["盈亏额"], [("-65.11",)]).decode("utf-8-sig")))
    assert row == ["-65.11"]


@pytest.mark.parametrize("markup", [True, False])
def test_no_digit_is_left_out_in_a_narrow_window(markup: bool) -> None:
    out = io.StringIO()
    console = Console(file=out, width=20, markup=markup)
    show(console, "持仓", ["代码", "名称", "当前市值"], [(Id("600000.XSHG"), "[浦发]银行", "1234567.89")])
    assert "600000.XSHG" in out.getvalue()
    assert "[浦发]银行" in out.getvalue()
    assert "1,234,567.89" in out.getvalue()
    assert console.width == 20

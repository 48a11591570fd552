"""The vendor's ticks as quotes: units, noise, limits, status, and everything that a tick can be wrong in."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import messages as m
from common import wire
from services.gateway.quotes.live.ticks import quote_of
from services.gateway.quotes.live.traits import Traits, instrument_of, is_st, traits_of
from tests.services.gateway.quotes.live.paper import TICK, detail, tick

DAY = date(2026, 11, 20)
SAMPLE_DAY = date(2024, 12, 2)


def read(given: dict[str, Any], code: str = "000001.SZ", record: dict[str, Any] | None = None) -> m.Quote | None:
    traits = traits_of(code, DAY)
    assert traits is not None
    if record is not None:
        traits.learn(record, DAY)
    return quote_of(given, traits, DAY)


def quote(given: dict[str, Any], code: str = "000001.SZ", record: dict[str, Any] | None = None) -> m.Quote:
    found = read(given, code, record)
    assert found is not None
    return found


def test_the_vendors_own_sample() -> None:
    found = quote(TICK)
    assert found == m.Quote(
        symbol="000001.XSHE",
        at_ns=1733118954 * 10**9,
        last_price_e4=113900,
        open_e4=113900,
        high_e4=114000,
        low_e4=113100,
        prev_close_e4=113800,
        limit_down_e4=102400,
        limit_up_e4=125200,
        volume=75861284,
        money_e4=8621278000000,
        trade_low_e4=0,
        trade_high_e4=0,
        suspended=False,
        bids=((113900, 242900), (113800, 712700), (113700, 714600), (113600, 911100), (113500, 1218900)),
        asks=((114000, 1092900), (114100, 1240100), (114200, 667100), (114300, 455500), (114400, 670800)),
    )


# -- units -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "volume"),
    [
        ({"volume": 1000, "pvolume": 100_040}, 100_040),  # single shares of the STAR market
        ({"volume": 1000, "pvolume": 0}, 100_000),
        ({"volume": 1000, "pvolume": 1000}, 100_000),  # a release where both are lots
        ({"volume": 100_000, "pvolume": 100_000, "amount": 1_000_000.0}, 100_000),  # one where both are shares
    ],
)
def test_volume_is_in_shares_whatever_the_release_counts(more: dict[str, Any], volume: int) -> None:
    assert quote(tick(0, 10.0) | more, "688981.SH").volume == volume


def test_the_unit_found_by_what_was_paid_is_kept_for_the_day() -> None:
    traits = Traits("600000.XSHG", DAY)
    first = quote_of(tick(0, 10.0) | {"volume": 100_000, "pvolume": 100_000, "amount": 1e6}, traits, DAY)
    later = quote_of(tick(1, 10.0) | {"volume": 100_100, "pvolume": 100_100, "amount": 0.0}, traits, DAY)
    assert first is not None and later is not None and (first.volume, later.volume) == (100_000, 100_100)


def test_a_lot_of_a_convertible_bond_is_ten() -> None:
    bond = tick(0, 120.0, close=119.0, lots=100) | {"pvolume": 1000, "amount": 120_000.0}
    found = quote(bond, "113050.SH")
    assert found.volume == 1000 and found.bids[0] == (113900, 24290)


def test_an_index_keeps_its_decimals_and_counts_lots() -> None:
    found = quote(
        tick(0, 3876.5432, close=3870.1234, lots=5_000_000) | {"amount": 3e11, "bidVol": [0] * 5}, "000300.SH"
    )
    assert (found.last_price_e4, found.prev_close_e4, found.volume) == (38765432, 38701234, 500_000_000)
    assert (found.limit_down_e4, found.limit_up_e4, found.bids) == (0, 0, ())


@given(st.integers(1, 500_000), st.floats(-1e-9, 1e-9))
def test_noise_is_rounded_away(ticks: int, noise: float) -> None:
    assert quote(tick(0, ticks / 100 + noise)).last_price_e4 == ticks * 100


# -- limits ------------------------------------------------------------------------------------------------------------


def test_limits_are_the_vendors_where_its_record_is_of_the_day() -> None:
    record = detail(close=10.0, UpStopPrice=10.5, DownStopPrice=9.5)
    found = quote(tick(0, 10.1), record=record)
    assert (found.limit_down_e4, found.limit_up_e4) == (95000, 105000)


def test_a_record_of_yesterday_says_nothing_of_todays_limits() -> None:
    traits = Traits("000001.XSHE", DAY)
    traits.learn(detail(close=9.8), DAY)
    found = quote_of(tick(0, 10.1), traits, DAY)
    assert found is not None and (found.limit_down_e4, found.limit_up_e4) == (90000, 110000) and traits.is_stale
    traits.learn(detail(close=10.0), DAY)
    assert not traits.is_stale


@pytest.mark.parametrize("up", [0.0, 99999.99, None, "x", 1.7976931348623157e308])
def test_a_limit_that_is_none_or_absurd_is_no_limit(up: object) -> None:
    found = quote(tick(0, 10.1), record=detail(UpStopPrice=up, DownStopPrice=0.01))
    assert (found.limit_down_e4, found.limit_up_e4) == (0, 0)


# -- status ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "suspended"),
    [(code, code in (1, 17, 20)) for code in (0, 1, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23)],
)
def test_the_status_of_a_share(status: int, suspended: bool) -> None:
    assert quote(tick(0, 10.0, openInt=status)).suspended is suspended


def test_without_a_status_other_fields_tell() -> None:
    assert quote(tick(0, 10.0, openInt=0, stockStatus=17)).suspended
    halted = detail(InstrumentStatus=3)
    assert quote(tick(0, 10.0, openInt=0, lots=0), record=halted).suspended
    assert not quote(tick(0, 10.0, openInt=0), record=halted).suspended, "it trades"
    assert not quote(tick(0, 10.0, openInt=13, lots=0), record=halted).suspended


def test_a_tick_without_a_price_is_no_quote() -> None:
    nothing = dict.fromkeys(("lastPrice", "open", "high", "low", "amount", "volume", "pvolume"), 0)
    assert read(tick(0, 10.0) | nothing) is None


# -- what a tick can be wrong in ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["time", "lastPrice", "open", "high", "low", "lastClose", "amount", "volume"])
@pytest.mark.parametrize("wrong", [None, "10.0", [], float("nan"), float("inf"), -5.0, 1e30])
def test_a_wrong_field_makes_no_quote_and_no_noise(name: str, wrong: object) -> None:
    found = read(TICK | {name: wrong})
    assert found is None or wire.decode_body("market", wire.raw(m.QuoteBatch(1, 1, (found,), True)))
    missing = {key: value for key, value in TICK.items() if key != name}
    assert read(missing) is None


@pytest.mark.parametrize("name", ["pvolume", "openInt", "stockStatus", "bidPrice", "askVol", "transactionNum", "pe"])
def test_a_field_that_releases_lack_is_not_needed(name: str) -> None:
    missing = {key: value for key, value in TICK.items() if key != name}
    assert quote(missing).last_price_e4 == 113900


WEIRD = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.lists(st.floats()))


@given(st.dictionaries(st.sampled_from(sorted(TICK)), WEIRD))
def test_whatever_comes_is_a_quote_that_can_be_sent_or_none(changed: dict[str, object]) -> None:
    found = read(TICK | changed)
    if found is not None:
        assert wire.decode_body("market", wire.raw(m.QuoteBatch(1, 1, (found,), True)))


def test_codes_of_no_board_have_no_traits() -> None:
    assert [traits_of(code, DAY) for code in ("019547.SH", "10004567.SHO", "00700.HK", "rb2410.SF", "x")] == [None] * 5


# -- names -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "st_"),
    [
        ("*ST海润", True),
        ("ST 国华", True),
        ("XDST某某", True),
        ("某某退", True),
        ("退市某某", True),
        ("平安银行", False),
    ],
)
def test_risk_warning_by_name(name: str, st_: bool) -> None:
    assert is_st({"InstrumentName": name}) is st_


def test_an_instrument() -> None:
    record = detail("平安银行", listed="19910403") | {"ExpireDate": 99999999}
    assert instrument_of("000001.XSHE", record) == m.Instrument(
        "000001.XSHE", "平安银行", "stock", 19910403, 22000101, False
    )
    assert instrument_of("000001.XSHE", {}).start_day == 0

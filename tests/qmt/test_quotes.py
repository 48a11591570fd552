"""The fake quote service, through the vendor's real xtdata: ticks, pushes, bars, listings, and what goes wrong."""

import datetime as dt
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from common.beijing import at
from tests.qmt.clock import from_now
from tests.qmt.dealer import in_thread
from tests.qmt.handle import ROOT, Terminal, wait_until

PUFA, PINGAN, HS300, STOPPED = "600000.SH", "000001.SZ", "000300.SH", "600036.SH"
DAY = dt.date(2026, 11, 20)
# Three seconds of the market pass in 150 ms, and the morning lasts longer than these tests on a slow machine.
PACE, START = 20, "2026-11-20T09:36:00"


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    folder = tmp_path_factory.mktemp("market")
    paid = {PUFA: {"20261119": {"interest": 0.5}, "20261112": {"stockGift": 0.2}}}
    with Terminal(
        folder,
        clock=from_now(START, PACE),
        suspended={"600036.XSHG": "2026-11-18"},
        dividends=paid,
    ) as terminal:
        yield terminal


@pytest.fixture
def xtdata(wheel: None, market: Terminal) -> Iterator[Any]:
    from xtquant import xtconn, xtdata

    xtdata.enable_hello = False
    xtdata.connect(port=market.quotes_port)
    yield xtdata
    market.reset()
    xtdata.disconnect()
    xtconn.status_callback = None


# -- ticks ---------------------------------------------------------------------------------------------------------


def test_full_ticks(xtdata: Any) -> None:
    ticks = xtdata.get_full_tick([PUFA, PINGAN, HS300, STOPPED, "999999.SH"])
    assert set(ticks) == {PUFA, PINGAN, HS300, STOPPED}
    tick = ticks[PUFA]
    assert tick["openInt"] == 13 and tick["lastPrice"] > 0
    assert tick["pvolume"] == tick["volume"] * 100
    assert tick["low"] <= tick["amount"] / tick["pvolume"] <= tick["high"]
    assert len(tick["askPrice"]) == len(tick["bidVol"]) == 5 and tick["askPrice"][0] > tick["bidPrice"][0]
    assert not any(ticks[HS300]["askPrice"]) and ticks[HS300]["lastPrice"] > 1000
    assert (ticks[STOPPED]["openInt"], ticks[STOPPED]["lastPrice"], ticks[STOPPED]["volume"]) == (1, 0, 0)


def test_floats_are_noisy(xtdata: Any, market: Terminal) -> None:
    def prices() -> list[float]:
        ticks = xtdata.get_full_tick(["SH"]).values()
        return [price for tick in ticks for price in (tick["lastPrice"], *tick["askPrice"])]

    assert any(price != round(price, 4) for price in prices())
    market.knob("float_noise", False)
    assert all(price == round(price, 4) for price in prices())


def test_pushes_of_one_share(xtdata: Any) -> None:
    got: list[Any] = []
    seq = xtdata.subscribe_quote(PUFA, "tick", callback=got.append)
    assert seq > 0
    wait_until(lambda: len(got) >= 4)
    times = [tick["time"] for data in got for tick in data[PUFA]]
    assert times == sorted(times) and times[3] - times[2] == 3000
    xtdata.unsubscribe_quote(seq)
    later: list[Any] = []
    xtdata.subscribe_quote(PINGAN, "tick", callback=later.append)
    wait_until(lambda: len(later) >= 3)
    count = len(got)
    wait_until(lambda: len(later) >= 6)
    assert len(got) == count


def test_pushes_of_bars(xtdata: Any) -> None:
    got: list[Any] = []
    xtdata.subscribe_quote(PUFA, "1m", callback=got.append)
    wait_until(lambda: len({data[PUFA][0]["time"] for data in got}) >= 2)
    assert got[0][PUFA][0]["time"] % 60_000 == 0
    assert len(xtdata.get_market_data_ex([], [PUFA], "1m", count=5)[PUFA]) == 5


def test_whole_markets(xtdata: Any, market: Terminal) -> None:
    got: dict[str, Any] = {}
    steps: set[int] = set()

    def take(data: dict[str, Any]) -> None:
        got.update(data)
        steps.update(tick["time"] for tick in data.values())

    later: list[dict[str, Any]] = []
    xtdata.subscribe_whole_quote([PUFA, STOPPED], later.append)
    xtdata.subscribe_whole_quote(["SH", "SZ", "BJ"], take)
    wait_until(lambda: len(got) > 5400 and len(steps) > 2)
    assert all(tick["lastPrice"] > 0 for code, tick in got.items() if code != STOPPED)
    wait_until(lambda: len(later) >= 2)
    assert set(later[0]) == {PUFA, STOPPED} and set(later[-1]) == {PUFA}, "after the first only what moves"
    assert [count for _, count, period in market.subscribed() if period == "whole"] == [2, len(got)]


def test_a_push_may_be_bson(xtdata: Any, market: Terminal) -> None:
    market.knob("bson", True)
    got: list[Any] = []
    xtdata.subscribe_whole_quote([PUFA, PINGAN], got.append)
    wait_until(lambda: got)
    assert set(got[0]) == {PUFA, PINGAN} and isinstance(got[0], dict)


# -- bars ----------------------------------------------------------------------------------------------------------


def test_bars_come_from_what_was_downloaded(xtdata: Any) -> None:
    assert xtdata.get_market_data_ex([], [PINGAN], "1d", count=3)[PINGAN].empty
    told: list[Any] = []
    xtdata.download_history_data2([PINGAN, HS300], "1d", callback=told.append)
    assert [(data["finished"], data["total"]) for data in told] == [(1, 2), (2, 2)]
    days = xtdata.get_market_data_ex([], [PINGAN], "1d", end_time="20261119", count=3)[PINGAN]
    assert list(days.index) == ["20261117", "20261118", "20261119"]
    assert (days["high"] >= days[["open", "close"]].max(axis=1)).all()
    assert ((days["amount"] / (days["volume"] * 100)).between(days["low"], days["high"])).all()


def test_minutes_add_up_to_the_day(xtdata: Any) -> None:
    xtdata.download_history_data(PUFA, "1m", "20261110", "20261111")
    xtdata.download_history_data(PUFA, "1d")
    minutes = xtdata.get_market_data_ex([], [PUFA], "1m", "20261110", "20261110")[PUFA]
    day = xtdata.get_market_data_ex([], [PUFA], "1d", "20261110", "20261110")[PUFA].iloc[0]
    assert len(minutes) == 241 and (minutes.index[0], minutes.index[-1]) == ("20261110093000", "20261110150000")
    assert minutes["volume"].sum() == day["volume"] and minutes["high"].max() == day["high"]
    assert minutes["amount"].sum() == pytest.approx(day["amount"])
    assert list(minutes["close"])[-1] == day["close"] and minutes["open"].iloc[0] == day["open"]
    fives = xtdata.get_market_data_ex([], [PUFA], "5m", "20261110", "20261110")[PUFA]
    assert len(fives) == 48 and fives["volume"].sum() == day["volume"]


def test_dividends_move_the_bars(xtdata: Any) -> None:
    xtdata.download_history_data(PUFA, "1d")
    factors = xtdata.get_divid_factors(PUFA)
    assert list(factors.index) == ["20261112", "20261119"]
    raw, front, ratio, back = (
        xtdata.get_market_data_ex(["close"], [PUFA], "1d", "20261110", "20261119", dividend_type=kind)[PUFA]["close"]
        for kind in ("none", "front", "front_ratio", "back_ratio")
    )
    assert front["20261119"] == raw["20261119"] and back["20261110"] == raw["20261110"]
    assert front["20261118"] == pytest.approx(raw["20261118"] - 0.5)
    assert front["20261110"] == pytest.approx(raw["20261110"] / 1.2 - 0.5)
    both = factors["dr"].prod()
    assert ratio["20261110"] == pytest.approx(raw["20261110"] / both)
    assert back["20261119"] == pytest.approx(raw["20261119"] * both)


def test_ticks_gone_by_and_the_full_bars(xtdata: Any) -> None:
    xtdata.subscribe_quote(PUFA, "tick")
    until = "20261120093500"
    ticks = xtdata.get_market_data_ex([], [PUFA], "tick", end_time=until, count=3)[PUFA]
    assert len(ticks) == 3 and ticks["time"].is_monotonic_increasing
    rows = xtdata.get_market_data([], [PUFA], "tick", end_time=until, count=3)[PUFA]
    assert rows["lastPrice"].tolist() == ticks["lastPrice"].tolist() and rows["askPrice"].shape == (3, 5)
    full = xtdata.get_full_kline([], [PUFA, PINGAN], "1m", count=2)
    assert full["close"].shape == (2, 2)


# -- listings ------------------------------------------------------------------------------------------------------


def test_what_is_listed(xtdata: Any) -> None:
    detail = xtdata.get_instrument_detail(PUFA)
    assert detail["InstrumentName"] == "浦发银行" and detail["PriceTick"] == 0.01
    assert detail["DownStopPrice"] < detail["PreClose"] < detail["UpStopPrice"]
    assert detail["TradingDay"] == "20261120" and detail["InstrumentStatus"] == 0
    assert xtdata.get_instrument_detail(STOPPED)["InstrumentStatus"] == 1
    assert xtdata.get_instrument_detail("999999.SH") is None
    assert xtdata.get_instrument_type(HS300) == {"index": True} and xtdata.get_instrument_type("x.SH") == {}
    assert len(xtdata.get_stock_list_in_sector("沪深A股")) + len(xtdata.get_stock_list_in_sector("京市A股")) > 5400
    weights = xtdata.get_index_weight(HS300)
    assert len(weights) == 300 and sum(weights.values()) == pytest.approx(100, abs=0.1)


def test_the_calendar(xtdata: Any) -> None:
    days = xtdata.get_trading_dates("SH", count=2)
    assert [ms * 1_000_000 for ms in days] == [at(dt.date(2026, 11, 19), "0:00"), at(DAY, "0:00")]
    assert "20261005" in xtdata.get_holidays()


# -- what goes wrong -----------------------------------------------------------------------------------------------


def test_silent_frozen_empty_and_wrong(xtdata: Any, market: Terminal) -> None:
    got: list[Any] = []
    xtdata.subscribe_whole_quote([PUFA], got.append)
    wait_until(lambda: got)
    market.knob("silent", True)
    wait_for_seconds_of_the_market(xtdata, 9)
    count = len(got)
    wait_for_seconds_of_the_market(xtdata, 9)
    assert len(got) == count
    market.knob("silent", False)
    market.knob("frozen", True)
    wait_until(lambda: got[-1][PUFA]["time"] * 1_000_000 == at(DAY, "0:00"))
    market.knob("wrong_types", True)
    market.knob("missing_keys", ["amount"])
    tick = xtdata.get_full_tick([PUFA])[PUFA]
    assert isinstance(tick["lastPrice"], str) and tick["volume"] is None and "amount" not in tick
    market.knob("empty_ticks", True)
    assert xtdata.get_full_tick([PUFA]) == {}


def wait_for_seconds_of_the_market(xtdata: Any, seconds: int) -> None:
    def now_ms() -> int:
        return int(xtdata.get_full_tick([PUFA])[PUFA]["time"])

    start = now_ms()
    wait_until(lambda: now_ms() >= start + seconds * 1000)


def test_the_service_goes_and_comes(xtdata: Any, market: Terminal) -> None:
    seen: list[str] = []
    xtdata.watch_xtquant_status(lambda info: seen.append(info["status"]))
    xtdata.reconnect(port=market.quotes_port)
    xtdata.subscribe_quote(PUFA, "tick", callback=lambda data: None)
    market.knob("quotes", "refuse")
    wait_until(lambda: seen == ["connected", "disconnected"])
    with pytest.raises(Exception, match="无法连接xtquant服务"):
        xtdata.get_full_tick([PUFA])
    market.knob("quotes", "up")
    assert xtdata.get_full_tick([PUFA])
    assert market.subscribed() == []  # a new client has none of the old one's subscriptions
    market.kill_quotes()
    wait_until(lambda: seen == ["connected", "disconnected"] * 2)
    with pytest.raises(Exception, match="无法连接xtquant服务"):
        xtdata.get_full_tick([PUFA])
    market.start_quotes()
    assert xtdata.get_full_tick([PUFA])


def test_a_service_that_hangs(xtdata: Any, market: Terminal) -> None:
    market.knob("quotes_hang", ["detail"])
    with pytest.raises(TimeoutError):
        in_thread(lambda: xtdata.get_instrument_detail(PUFA), seconds=0.2)
    market.knob("download", "hang")
    with pytest.raises(TimeoutError):
        in_thread(lambda: xtdata.download_history_data(PUFA, "1d"), seconds=0.2)
    market.knob("download", "fail")
    with pytest.raises(Exception, match="下载数据失败"):
        xtdata.download_history_data(PUFA, "1d")
    market.knob("quotes", "hang")
    with pytest.raises(TimeoutError):
        in_thread(lambda: xtdata.reconnect(port=market.quotes_port), seconds=0.2)
    # What waits is let go with its connection.
    market.knob("quotes", "drop")
    market.knob("quotes", "up")


def test_a_service_that_takes_the_process_with_it(wheel: None, market: Terminal) -> None:
    market.knob("quotes_abort", ["bars"])
    program = (
        "import sys\nfrom xtquant import xtdata\nxtdata.enable_hello = False\nxtdata.connect(port=int(sys.argv[1]))\n"
        f"xtdata.get_market_data_ex([], ['{PUFA}'], '1d')\n"
    )
    command = [sys.executable, "-c", program, str(market.quotes_port)]
    assert subprocess.run(command, env=market.env, cwd=ROOT, check=False).returncode == 3
    market.reset()

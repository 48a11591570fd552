"""The live quotes process over a vendor on paper: subscriptions, outages, hung calls, and the quotes in between."""

from __future__ import annotations

import dataclasses
import threading

import pytest

from common import messages as m
from common.beijing import SECOND_NS, at, midnight
from services.gateway.quotes.live.caller import RETRY_MAX_NS
from services.gateway.quotes.live.errands import LINK_GRACE_NS
from services.gateway.quotes.live.subscriptions import AGAIN_NS, SINGLES_MAX
from services.gateway.quotes.live.work import ABANDONED_MAX, FeedStuck
from tests.services.gateway.quotes.live.paper import PaperVendor, detail, tick
from tests.services.gateway.quotes.live.town import CONFIG, DAY, town

BANK, AIRPORT = "600000.XSHG", "600009.XSHG"
SIGN = "000001.SH"


def test_what_is_asked_for_is_subscribed_and_published() -> None:
    with town() as one:
        one.connected()
        one.vendor.ticks_now["600000.SH"] = tick(at(DAY, "10:00"), 10.0)
        first = one.answer(m.Subscribe([BANK]))
        assert isinstance(first, m.Quotes) and [q.last_price_e4 for q in first.quotes] == [100_000]
        one.until(lambda: one.vendor.codes == [SIGN, "600000.SH"])
        one.vendor.push({"600000.SH": tick(at(DAY, "10:00:03"), 10.1), "600009.SH": tick(at(DAY, "10:00:03"), 9.0)})
        one.until(lambda: [q.last_price_e4 for q in one.quotes()] == [100_000, 101_000])
        assert {q.symbol for q in one.quotes()} == {BANK}


def test_an_unknown_code_is_named_and_a_share_without_a_quote_has_its_close() -> None:
    with town(now="9:05") as one:
        one.connected()
        yesterday = midnight(DAY) - 9 * 3600 * SECOND_NS
        one.vendor.ticks_now["600000.SH"] = tick(yesterday, 10.0, close=9.9)
        answer = one.answer(m.Subscribe([BANK, "600123.XSHG", "999999.XSHG"]))
        assert isinstance(answer, m.Quotes) and answer.unknown == ["999999.XSHG", "600123.XSHG"]
        (quote,) = answer.quotes
        assert (quote.at_ns, quote.last_price_e4, quote.prev_close_e4, quote.volume) == (
            midnight(DAY),
            100_000,
            100_000,
            0,
        )
        assert (quote.limit_down_e4, quote.limit_up_e4) == (90_000, 110_000)
        assert one.quotes() == [], "nothing was quoted"


def test_many_symbols_are_taken_from_the_whole_market() -> None:
    with town() as one:
        one.connected()
        symbols = [f"60{n:04d}.XSHG" for n in range(SINGLES_MAX + 1)]
        one.ask(m.Subscribe(symbols))
        one.until(lambda: one.vendor.codes == ["whole"])
        one.vendor.push({"600050.SH": tick(at(DAY, "10:00:03"), 5.0), "600051.SH": tick(at(DAY, "10:00:03"), 5.0)})
        one.until(one.quotes)
        assert {q.symbol for q in one.quotes()} == {"600050.XSHG"}


def test_the_whole_market_is_subscribed_while_somebody_listens() -> None:
    with town() as one:
        one.connected()
        one.is_heard = True
        one.until(lambda: one.vendor.codes == ["whole"])
        codes = [f"60{n:04d}.SH" for n in range(350)]
        one.vendor.push({code: tick(at(DAY, "10:00:03"), 5.0) for code in [*codes, "10004567.SHO"]})
        one.until(lambda: len(one.slices()) == 350)
        assert one.quotes() == [] and all(len(x.quotes) <= 100 for x in one.published if isinstance(x, m.MarketSlice))
        one.is_heard = False
        one.until(lambda: one.vendor.codes == [SIGN])


def test_what_somebody_asked_for_goes_before_the_rest_of_the_market() -> None:
    with town() as one:
        one.connected()
        one.is_heard = True
        one.until(lambda: one.vendor.codes == ["whole"])
        one.ask(m.Subscribe([AIRPORT]))
        one.until(lambda: "600009.SH" in one.work.subscriptions.codes)
        burst = {f"60{n:04d}.SH": tick(at(DAY, "10:00:03"), 5.0) for n in range(1000)}
        one.vendor.push(burst)
        one.until(one.slices)
        assert one.slices()[0].symbol == AIRPORT and one.quotes()[0].symbol == AIRPORT


def test_a_tick_that_waits_gives_way_to_a_newer_one() -> None:
    with town() as one:
        one.connected()
        one.is_heard = True
        one.until(lambda: one.vendor.codes == ["whole"])
        codes = [f"60{n:04d}.SH" for n in range(500)]
        for second in (3, 9, 6):
            one.vendor.push({code: tick(at(DAY, f"10:00:0{second}"), 5.0) for code in codes})
        one.until(lambda: not one.work.intake.has_more)
        assert len(one.slices()) == 500 and {q.at_ns for q in one.slices()} == {at(DAY, "10:00:09")}


# -- outages -----------------------------------------------------------------------------------------------------------


def test_everything_is_subscribed_again_after_an_outage() -> None:
    with town() as one:
        one.connected()
        one.ask(m.Subscribe([BANK]))
        one.until(lambda: one.vendor.codes == [SIGN, "600000.SH"])
        one.vendor.drop()
        one.until(lambda: one.log.codes() == ["FEED_DOWN"])
        one.until(lambda: one.vendor.codes == [SIGN, "600000.SH"])
        assert one.core.health.is_up


def test_an_outage_that_nobody_reports_is_noticed() -> None:
    with town() as one:
        one.connected()
        one.vendor.drop(tells=False)
        one.until(lambda: one.vendor.calls["connect"] == 2)
        one.connected()


def test_a_service_that_is_down_is_not_stormed() -> None:
    vendor = PaperVendor()
    vendor.down = True
    with town(vendor) as one:
        one.until(lambda: one.vendor.calls["connect"] == 1)
        one.skipped_ns += LINK_GRACE_NS + SECOND_NS
        for _ in range(200):
            answer = one.answer(m.GetBars([BANK], "1d", 5, 0, 0, False))
            assert isinstance(answer, m.Refusal) and answer.reason == "FEED_DOWN"
        assert one.vendor.calls["connect"] < 20 and one.vendor.calls["bars"] == 0, (
            "few attempts, however slow the machine"
        )
        vendor.down = False
        one.skipped_ns += RETRY_MAX_NS
        one.connected()


def test_while_it_is_down_what_is_known_is_answered() -> None:
    with town() as one:
        one.connected()
        one.vendor.ticks_now["600000.SH"] = tick(at(DAY, "10:00"), 10.0)
        one.answer(m.Subscribe([BANK]))
        one.until(one.quotes)
        one.vendor.down = True
        one.vendor.drop()
        one.until(lambda: not one.core.health.is_up)
        one.skipped_ns += LINK_GRACE_NS + SECOND_NS
        answer = one.answer(m.Subscribe([BANK, AIRPORT]))
        assert isinstance(answer, m.Quotes) and [q.symbol for q in answer.quotes] == [BANK] and not answer.unknown
        refused = one.answer(m.Subscribe([AIRPORT]))
        assert isinstance(refused, m.Refusal) and refused.reason == "FEED_DOWN"
        assert AIRPORT in one.core.symbols, "it will be published all the same"


def test_a_query_waits_a_little_for_a_connection() -> None:
    """As at every start: a strategy asks before anything is connected."""
    vendor = PaperVendor()
    vendor.down = True
    with town(vendor) as one:
        key = one.ask(m.GetInstruments([BANK]))
        one.until(lambda: one.vendor.calls["connect"] == 1)
        vendor.down = False
        one.until(lambda: key in one.answers)
        answer = one.answers[key]
        assert isinstance(answer, m.Instruments) and answer.instruments[0].name == "浦发银行"


def test_a_subscription_that_is_refused_is_tried_again() -> None:
    vendor = PaperVendor()
    vendor.refuses.add("600000.SH")
    with town(vendor) as one:
        one.connected()
        one.ask(m.Subscribe([BANK, AIRPORT]))
        one.until(lambda: "SUBSCRIBE" in one.log.codes())
        assert one.vendor.codes == [SIGN, "600009.SH"]
        vendor.refuses.clear()
        one.skipped_ns += AGAIN_NS
        one.until(lambda: one.vendor.codes == [SIGN, "600000.SH", "600009.SH"])


# -- calls that hang ---------------------------------------------------------------------------------------------------


def test_a_call_that_hangs_stops_no_quotes_and_is_left_behind() -> None:
    with town() as one:
        one.connected()
        one.ask(m.Subscribe([BANK]))
        one.until(lambda: one.vendor.codes == [SIGN, "600000.SH"])
        one.vendor.stuck["bars"] = threading.Event()
        key = one.ask(m.GetBars([BANK], "1d", 5, 0, 2**62, False))
        one.until(lambda: one.vendor.calls["bars"])
        one.vendor.push({"600000.SH": tick(at(DAY, "10:00:03"), 10.1)})
        one.until(one.quotes)
        one.skipped_ns += CONFIG.call_max_ns + SECOND_NS
        one.until(lambda: key in one.answers)
        answer = one.answers[key]
        assert isinstance(answer, m.Refusal) and answer.reason == "FEED_ERROR"
        one.until(lambda: one.vendor.calls["connect"] == 2 and one.core.health.is_up)
        status = one.work.status(m.ProcessStatus("quotes", 0, 0, 0, 0, 0, 0, 0, 0, 0, {}))
        assert status.notes["abandoned_calls"] == "1"
        one.vendor.stuck.pop("bars").set()
        one.until(lambda: one.vendor.codes == [SIGN, "600000.SH"])


def test_a_process_whose_vendor_never_answers_gives_up() -> None:
    config = dataclasses.replace(CONFIG, call_max_ns=SECOND_NS)
    vendor = PaperVendor()
    vendor.stuck["connect"] = threading.Event()
    with town(vendor, config) as one, pytest.raises(FeedStuck):
        for _ in range(ABANDONED_MAX):
            before = one.vendor.calls["connect"]
            one.until(lambda before=before: one.vendor.calls["connect"] > before or one.work.caller.abandoned)  # type: ignore[misc]
            one.skipped_ns += 2 * SECOND_NS
            one.turn()
        one.until(lambda: False)


# -- the day -----------------------------------------------------------------------------------------------------------


def test_records_of_yesterday_are_asked_for_again() -> None:
    vendor = PaperVendor()
    vendor.details["600000.SH"] = detail(close=9.9)
    with town(vendor) as one:
        one.connected()
        vendor.ticks_now["600000.SH"] = tick(at(DAY, "10:00"), 10.2, close=10.0)
        answer = one.answer(m.Subscribe([BANK]))
        assert isinstance(answer, m.Quotes) and answer.quotes[0].limit_up_e4 == 110_000, "by our own rule"
        vendor.details["600000.SH"] = detail(close=10.0, UpStopPrice=10.5)
        one.skipped_ns += 61 * SECOND_NS
        one.until(lambda: not one.work.intake.stale())
        vendor.push({"600000.SH": tick(at(DAY, "10:00:03"), 10.2, close=10.0)})
        one.until(lambda: one.quotes() and one.quotes()[-1].limit_up_e4 == 105_000)


def test_a_calendar_that_differs_is_told_once() -> None:
    vendor = PaperVendor()
    vendor.days = [DAY]
    with town(vendor) as one:
        one.connected()
        one.until(lambda: "CALENDAR_DIFFERS" in one.log.codes())
        answer = one.answer(m.GetTradeDays(20261116, 20261122))
        assert answer == m.TradeDays([20261120], [20261116, 20261117, 20261118, 20261119])
        assert one.log.codes().count("CALENDAR_DIFFERS") == 1


def test_red_and_well_again_are_one_line_each() -> None:
    with town() as one:
        one.connected()
        one.wall.at_ns = at(DAY, "10:00:40")
        one.until(lambda: one.core.health.told.code == "FEED_SILENT")
        one.wall.at_ns = at(DAY, "10:00:50")
        one.turn()
        one.vendor.push({SIGN: tick(at(DAY, "10:00:50"), 3000.0) | {"amount": 1.0}})
        one.until(lambda: one.work.intake.ticks)
        one.wall.at_ns = at(DAY, "10:00:52")
        one.until(lambda: not one.core.health.told.code)
        one.turn()
        assert one.log.codes() == ["FEED_SILENT"] and one.log.lines[-1][1].startswith("行情恢复")


def test_the_status_says_how_it_is() -> None:
    with town() as one:
        one.connected()
        notes = one.work.status(m.ProcessStatus("quotes", 0, 0, 0, 0, 0, 0, 0, 0, 0, {})).notes
        assert notes["health"] == "green" and "已连接" in notes["feed"] and notes["connects"] == "1"


def test_threads_end_with_the_process() -> None:
    with town() as one:
        one.connected()
        assert one.work.close() and one.vendor.calls["close"] == 1


def test_a_thread_that_sits_in_the_vendor_is_told() -> None:
    with town() as one:
        one.connected()
        one.vendor.stuck["dividends"] = threading.Event()
        one.ask(m.GetAdjustments([BANK]))
        one.until(lambda: one.vendor.calls["dividends"])
        assert not one.work.caller.close(0.05)

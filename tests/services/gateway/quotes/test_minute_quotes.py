"""Quotes of recorded minutes are the same in whatever order somebody looks at them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.beijing import at
from common.sessions import minute_ends
from services.gateway.quotes.bars import Bar
from services.gateway.quotes.feeds.minute_quotes import MinuteQuotes, times_of

SYMBOL, DAY = "600000.XSHG", date(2026, 11, 20)
ENDS = minute_ends(DAY)
prices = st.tuples(*[st.integers(95_000, 105_000)] * 4)
days = st.lists(st.tuples(prices, st.sampled_from([0, 100, 700])), min_size=1, max_size=12)


def bars(day: list[tuple[tuple[int, ...], int]], first: int = 0) -> list[Bar]:
    return [
        Bar(end, p[0], max(p), min(p), p[1], volume, volume * p[1], 0, False)
        for end, (p, volume) in zip(ENDS[first:], day, strict=False)
    ]


@given(days, st.randoms(use_true_random=False), st.sampled_from([0, 3]), st.booleans())
def test_the_order_of_looking_changes_nothing(day: list, rng: object, first: int, with_open: bool) -> None:  # type: ignore[type-arg]
    made = [MinuteQuotes(SYMBOL, DAY, bars(day, first), 100_000, with_open=with_open) for _ in range(2)]
    order = list(range(len(made[0])))
    rng.shuffle(order)  # type: ignore[attr-defined]
    looked = {index: made[0][index] for index in order}
    assert [looked[index] for index in sorted(looked)] == list(made[1]) == made[1][:]
    assert list(times_of(made[1])) == [quote.at_ns for quote in made[1]] == list(times_of(list(made[1])))


@given(days, st.booleans())
def test_each_quote_is_the_day_so_far(day: list, with_open: bool) -> None:  # type: ignore[type-arg]
    made = bars(day)
    quotes = MinuteQuotes(SYMBOL, DAY, made, 100_000, with_open=with_open)
    shown = [quote for quote in quotes if quote.at_ns > at(DAY, "9:30")]
    assert len(shown) == len(made)
    for count, (quote, bar) in enumerate(zip(shown, made, strict=True), 1):
        traded = [one for one in made[:count] if one.volume]
        assert quote.last_price_e4 == bar.close_e4 and quote.volume == sum(one.volume for one in made[:count])
        assert quote.money_e4 == sum(one.money_e4 for one in made[:count])
        assert quote.high_e4 == max((one.high_e4 for one in traded), default=0)
        assert quote.low_e4 == min((one.low_e4 for one in traded), default=0)
        assert quote.open_e4 == (traded[0].open_e4 if traded else 0)
        assert (quote.trade_low_e4, quote.trade_high_e4) == ((bar.low_e4, bar.high_e4) if bar.volume else (0, 0))


def test_the_open_comes_at_half_past_nine_where_it_is_known() -> None:
    day = [((100_000, 101_000, 99_000, 102_000), 700)]
    opened = MinuteQuotes(SYMBOL, DAY, bars(day), 98_000, with_open=True)[0]
    assert (opened.at_ns, opened.last_price_e4, opened.open_e4, opened.volume) == (at(DAY, "9:30"), 100_000, 100_000, 0)
    assert (opened.limit_down_e4, opened.limit_up_e4) == (88_200, 107_800)
    assert MinuteQuotes(SYMBOL, DAY, bars(day), 98_000, with_open=False)[0].at_ns == ENDS[0]
    assert MinuteQuotes(SYMBOL, DAY, bars(day, 1), 98_000, with_open=True)[0].at_ns == ENDS[1]


def test_it_ends_where_it_ends() -> None:
    quotes = MinuteQuotes(SYMBOL, DAY, bars([((100_000,) * 4, 100)]), 100_000, with_open=True)
    assert quotes[-1] == quotes[1] and quotes[2:] == []
    with pytest.raises(IndexError):
        quotes[2]

"""The quotes of a day in time order, whatever is asked for on the way."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from common import messages as m
from common.beijing import SECOND_NS, at
from services.gateway.quotes.stage import BATCH_MAX, Stage, batches
from tests.services.gateway.quotes.floor import AIRPORT, BANK, DAY, TIMES, Shelf, a_quote


def stage(*symbols: str, times: dict[str, tuple[str, ...]] = TIMES) -> Stage:
    made = Stage(Shelf(DAY, times))
    made.publish(list(symbols), 0)
    return made


def ns(time: str) -> int:
    return at(DAY, time)


def names(quotes: list[m.Quote]) -> list[tuple[str, int]]:
    return [(quote.symbol, quote.at_ns) for quote in quotes]


def walk(made: Stage) -> list[tuple[str, int]]:
    seen = []
    while next_ns := made.next_ns():
        due = made.due(next_ns)
        assert due and all(quote.at_ns == next_ns for quote in due)
        seen += names(due)
        made.pass_to(next_ns)
    return seen


def test_instants_come_in_order_and_symbols_by_name() -> None:
    assert walk(stage(AIRPORT, BANK)) == [
        (BANK, ns("9:30")),
        (BANK, ns("9:30:03")),
        (AIRPORT, ns("9:30:03")),
        (AIRPORT, ns("9:30:05")),
        (BANK, ns("9:31")),
    ]


def test_what_is_due_is_due_until_time_has_passed_it() -> None:
    made = stage(BANK)
    assert made.due(ns("9:30")) == made.due(ns("9:30"))
    made.pass_to(ns("9:30"))
    assert made.due(ns("9:30")) == []
    made.pass_to(ns("9:30"))
    assert made.next_ns() == ns("9:30:03")


def test_a_symbol_added_on_the_way_starts_from_there() -> None:
    made = stage(BANK)
    made.pass_to(ns("9:30:03"))
    made.publish([AIRPORT, BANK], ns("9:30:03"))
    assert walk(made) == [(AIRPORT, ns("9:30:05")), (BANK, ns("9:31"))]


def test_a_symbol_without_quotes_is_no_trouble() -> None:
    made = stage("000001.XSHE")
    assert (made.next_ns(), made.due(2**62), made.standing(0)) == (0, [], [])
    made.pass_to(2**62)


def test_two_quotes_of_one_instant_are_both_told_and_stand_together() -> None:
    made = stage(AIRPORT, BANK, times={BANK: ("9:30", "9:30", "9:31"), AIRPORT: ("9:30",)})
    told = made.due(ns("9:30"))
    assert [(q.symbol, q.last_price_e4) for q in told] == [(BANK, 100_000), (BANK, 100_001), (AIRPORT, 100_000)]
    made.pass_to(ns("9:30"))
    assert made.standing(ns("9:30")) == told
    assert made.standing(ns("9:30") + 1) == []


def test_late_by_several_instants_they_still_come_in_order() -> None:
    made = stage(AIRPORT, BANK)
    assert names(made.due(ns("9:31"))) == walk(stage(AIRPORT, BANK))


@given(st.dictionaries(st.sampled_from("ABCDEFGH"), st.lists(st.integers(1, 30), max_size=12)), st.data())
def test_each_quote_is_told_once_in_time_order(seconds: dict[str, list[int]], data: st.DataObject) -> None:
    library = Shelf(DAY, {})
    library.quotes = {s: [a_quote(s, t * SECOND_NS) for t in sorted(times)] for s, times in seconds.items()}
    made = Stage(library)
    published: dict[str, int] = {}
    now_ns, told = 0, list[tuple[int, str]]()
    while len(published) < len(library.quotes) or made.next_ns():
        waiting = sorted(set(library.quotes) - set(published))
        if waiting and (not made.next_ns() or data.draw(st.booleans())):
            symbol = data.draw(st.sampled_from(waiting))
            made.publish([symbol], now_ns)
            published[symbol] = now_ns
        else:
            now_ns = data.draw(st.integers(made.next_ns(), made.next_ns() + 3 * SECOND_NS))
            told += [(quote.at_ns, quote.symbol) for quote in made.due(now_ns)]
            made.pass_to(now_ns)
    wanted = [(q.at_ns, s) for s, quotes in library.quotes.items() for q in quotes if q.at_ns > published[s]]
    assert sorted(told) == sorted(wanted)
    assert [at_ns for at_ns, _ in told] == sorted(at_ns for at_ns, _ in told)


@given(st.integers(0, 350))
def test_batches_hold_a_hundred_and_the_last_says_so(count: int) -> None:
    quotes = [a_quote(f"{i:06}.XSHG", 5) for i in range(count)]
    made = [batch for batch in batches(7, 9, quotes) if isinstance(batch, m.QuoteBatch)]
    assert [quote for batch in made for quote in batch.quotes] == quotes
    assert all(len(batch.quotes) <= BATCH_MAX and (batch.tick, batch.at_ns) == (7, 9) for batch in made)
    assert [batch.last for batch in made] == [i == len(made) - 1 for i in range(len(made))]

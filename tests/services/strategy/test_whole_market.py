"""A strategy that reads the whole market asks for it together, and in parts that do not hold up the quotes process."""

from pathlib import Path

from common import messages as m
from tests.services.strategy.desk import Desk

CODES = [f"{code}.XSHG" for code in range(600_000, 600_120)]


class Hushed(Desk):
    """Nothing is published on its own: what is not asked for again grows old."""

    def market(self, *events: m.Message) -> None:
        self.tick += 1
        self.step(m.QuoteBatch(self.tick, self.now_ns, (), True))


def asked(folder: Path, body: str, *minutes: str) -> list[list[m.Message]]:
    """The queries of each minute."""
    tasks = "".join(f"\n    run_daily(f, '{minute}')" for minute in minutes)
    desk = Hushed(folder, f"CODES = {CODES}\ndef initialize(context):{tasks}\ndef f(context):\n    {body}\n")
    desk.prices = dict.fromkeys(CODES, 100_000)
    desk.open()
    found = []
    for minute in minutes:
        desk.queries.clear()
        desk.run(minute)
        found.append(list(desk.queries))
        assert not [line for line in desk.log if line[0] in ("warning", "error")], desk.log
    return found


READS_ALL = "current = get_current_data(); log.info(sum(current[c].last_price for c in CODES))"


def test_who_lists_all_securities_looks_at_them_in_one_query(tmp_path: Path) -> None:
    first, second, third = asked(tmp_path, f"get_all_securities(); {READS_ALL}", "9:35", "9:37", "9:39")
    assert [type(query) for query in first] == [m.GetInstruments, *[m.Subscribe] * 32, m.GetLatest]
    # What was only looked at is published from the next time on, with all that has grown old.
    assert second == third == [m.Subscribe(CODES)]


def test_a_few_are_subscribed_one_by_one(tmp_path: Path) -> None:
    body = "[get_current_data()[c].last_price for c in CODES[:20]]"
    first, second = asked(tmp_path, f"get_all_securities(); {body}", "9:35", "9:37")
    assert first[1:] == [m.Subscribe([code]) for code in CODES[:20]]
    assert second == [m.Subscribe(CODES[:20])]


def test_what_lists_nothing_is_never_more_than_asked_for(tmp_path: Path) -> None:
    first, second = asked(tmp_path, READS_ALL, "9:35", "9:37")
    assert first == [m.Subscribe([code]) for code in CODES] and second == [m.Subscribe(CODES)]


def test_names_of_many_are_asked_for_together(tmp_path: Path) -> None:
    (first,) = asked(tmp_path, "[get_security_info(c).name for c in CODES]", "9:35")
    assert first == [*(m.GetInstruments([code]) for code in CODES[:32]), m.GetInstruments([])]


def test_many_bars_come_in_parts_and_once_a_day(tmp_path: Path) -> None:
    body = "log.info(history(250, '1d', 'close', CODES, fq=None).shape)"
    first, second = asked(tmp_path, body, "9:35", "9:36")
    parts = [query for query in first if isinstance(query, m.GetBars) and not query.count]
    assert len(parts) > 2 and [code for part in parts for code in part.symbols] == CODES
    assert all(len(part.symbols) * 250 <= 10_000 for part in parts)
    assert second == []

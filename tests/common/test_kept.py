"""What is kept beside the journals: written once, found again by its digest, and never believed when damaged."""

import os
from pathlib import Path

import pytest

from common import messages as m
from common import wire
from common.errors import JournalDamaged, JournalUnwritable
from common.journal import Journal, read
from common.kept import ANSWER_BYTES_MIN, FOLDER, digest_of, for_record, keep, read_kept, remove_old_kept
from tests.common.chain import ACCOUNT, Asker, Chain, Node


def bars(size: int) -> m.Bars:
    column = bytes(size)
    return m.Bars([m.BarColumns("600000.XSHG", *[column] * 8, b"\0")], [])


def test_a_content_is_written_once_and_read_by_its_digest(tmp_path: Path) -> None:
    digest = keep(tmp_path, b"what it was")
    first = (tmp_path / FOLDER / digest).stat().st_ino
    assert keep(tmp_path, b"what it was") == digest and (tmp_path / FOLDER / digest).stat().st_ino == first
    assert read_kept(tmp_path, digest) == b"what it was"
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == [digest]


def test_a_content_that_was_cut_short_is_written_again(tmp_path: Path) -> None:
    digest = keep(tmp_path, b"what it was")
    (tmp_path / FOLDER / digest).write_bytes(b"what")
    assert read_kept(tmp_path, keep(tmp_path, b"what it was")) == b"what it was"


def test_damage_and_absence_are_told(tmp_path: Path) -> None:
    digest = keep(tmp_path, b"what it was")
    (tmp_path / FOLDER / digest).write_bytes(b"what it wAs")
    with pytest.raises(JournalDamaged, match="已损坏"):
        read_kept(tmp_path, digest)
    with pytest.raises(JournalDamaged, match="无法读取"):
        read_kept(tmp_path, digest_of(b"another"))


def test_only_what_is_old_is_removed(tmp_path: Path) -> None:
    remove_old_kept(tmp_path, 1)
    old, used = keep(tmp_path, b"old"), keep(tmp_path, b"in use again")
    for digest in (old, used):
        os.utime(tmp_path / FOLDER / digest, ns=(1_000, 1_000))
    keep(tmp_path, b"in use again")
    remove_old_kept(tmp_path, 2_000)
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == [used]


def test_a_disk_that_says_no_is_unwritable(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_bytes(b"a file where the folder should be")
    with pytest.raises(JournalUnwritable):
        keep(tmp_path, b"what it was")


def test_only_large_answers_about_the_market_are_named_by_digest() -> None:
    contents: list[bytes] = []
    small, large = bars(100), bars(ANSWER_BYTES_MIN)
    account = m.AccountSnapshot("m" * ANSWER_BYTES_MIN, 1, 1, 1, 1, [], [], [], "", True, 1)
    for message in (small, account):
        frame = wire.Answer("quotes", 7, wire.raw(message))
        assert for_record(frame, message, wire.encode(frame), contents) == wire.encode(frame)
    assert not contents
    frame = wire.Answer("quotes", 7, wire.raw(large))
    recorded = wire.decode_frame(for_record(frame, large, wire.encode(frame), contents))
    assert isinstance(recorded, wire.Answer) and (recorded.sender, recorded.id) == ("quotes", 7)
    assert contents == [wire.encode(large)]
    assert wire.decode_message(recorded.body) == m.KeptAnswer(digest_of(contents[0]), "Bars", len(contents[0]))


class Historian(Asker):
    """A strategy that asks for bars."""

    journals_all = True

    def decide(self, message: m.Message, now_ns: int) -> list[m.Message]:
        super().decide(message, now_ns)
        asks = isinstance(message, m.BrokerLink)
        return [m.GetBars(["600000.XSHG"], "1m", 9, 0, 0, False)] if asks else []


def test_a_session_records_a_large_answer_short_and_recovers_without_it() -> None:
    node = Node("strategy.a", Historian)
    node.session.local(m.BrokerLink(ACCOUNT, True, ""))
    asked = next(wire.decode_frame(data) for to, data in node.session.out.frames if to == "quotes")
    assert isinstance(asked, wire.Query)
    answer = wire.encode(wire.Answer("quotes", asked.id, wire.raw(bars(ANSWER_BYTES_MIN))))
    node.session.frame(answer, 0)
    assert node.core.decided[-1] == bars(ANSWER_BYTES_MIN)
    out = node.session.out
    assert out.contents == [wire.encode(bars(ANSWER_BYTES_MIN))]
    assert len(out.records[-1]) < 500
    node.journal = list(out.records)
    node.start()
    assert all(not isinstance(message, m.KeptAnswer) for message in node.core.decided)


def test_a_kept_answer_is_no_answer_on_the_wire() -> None:
    chain = Chain("strategy.a", "gateway")
    session = chain.session("strategy.a")
    session.ask("gateway", m.GetAccount(ACCOUNT))
    asked = wire.decode_frame(session.out.frames[-1][1])
    assert isinstance(asked, wire.Query)
    session.frame(wire.encode(wire.Answer("gateway", asked.id, wire.raw(m.KeptAnswer("d", "Bars", 1)))), 0)
    assert session.bad_frames == 1


def test_a_start_is_on_record_with_its_life_and_what_it_was_given(tmp_path: Path) -> None:
    node = Node("risk")
    node.session.life, node.session.given = 77, {"settings": keep(tmp_path, b"{}")}
    node.session.out.records.clear()
    node.session.start(recovered=True)
    journal, _ = Journal.open(tmp_path / "risk-20261120.journal", {})
    for record in node.session.out.records:
        journal.append(record)
    journal.commit(sync=False)
    step = wire.decode_step(list(read(journal.path))[1])
    assert wire.decode_message(step.input) == m.Started(True, 77, {"settings": digest_of(b"{}")})

"""The verbs ``capture`` and ``replay`` as a user types them: verdicts, differences, refusals, and consent."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cli import __main__ as command
from common import wire
from common.capture import Capture, Recorded, read_capture, write_capture
from common.journal import Journal
from tests.conftest import CAPTURES

Verb = Callable[..., tuple[int, str, str]]


@pytest.fixture
def verb(desk: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Verb:
    """Runs a command in the folder of a captured day; also what its own processes say is heard."""
    shutil.copy(CAPTURES / "killed.capture", desk / "killed.capture")
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["bullet-trade", *words])
        with pytest.raises(SystemExit) as left:
            command.main()
        said = capfd.readouterr()
        return int(left.value.code or 0), said.out, said.err

    return run


def trap(desk: Path) -> Path:
    """A capture whose strategy leaves a mark where it is run."""
    capture, mark = read_capture(desk / "killed.capture"), desk / "it-ran"
    [(digest, source)] = [one for one in capture.contents.items() if b"def initialize" in one[1]]
    bad = f"open({str(mark)!r}, 'w').close()\n".encode() + source
    from common.kept import digest_of

    journals = {
        name: Recorded(one.header, [record.replace(digest.encode(), digest_of(bad).encode()) for record in one.records])
        for name, one in capture.journals.items()
    }
    contents = {key: content for key, content in capture.contents.items() if key != digest} | {digest_of(bad): bad}
    write_capture(desk / "trap.capture", Capture(capture.header, journals, contents))
    return mark


def test_without_the_users_word_no_code_of_the_file_runs(desk: Path, verb: Verb) -> None:
    mark = trap(desk)
    code, out, _ = verb("replay", "trap.capture")
    assert code == 0 and out.count("IDENTICAL") == 2 and "NEEDS_TRUST" in out
    code, _, err = verb("replay", "trap.capture", "--service", "strategy")
    assert code == 1 and "错误 NEEDS_TRUST" in err and "--trust" in err
    assert not mark.exists()
    verb("replay", "trap.capture", "--service", "strategy", "--trust")
    assert mark.exists(), "the trap works"


def test_a_trusted_day_is_identical_for_all_three(verb: Verb) -> None:
    code, out, err = verb("replay", "killed.capture", "--trust")
    assert (code, err) == (0, "")
    for process in ("risk", "gateway", "strategy.kept"):
        assert f"{process}：逐字节一致 [IDENTICAL]" in out


def test_one_service_alone(verb: Verb) -> None:
    code, out, _ = verb("replay", "killed.capture", "--service", "gateway")
    assert code == 0 and "gateway：" in out and "risk：" not in out and "NEEDS_TRUST" not in out


def test_a_difference_is_shown_field_by_field_and_is_exit_code_1(desk: Path, verb: Verb) -> None:
    capture = read_capture(desk / "killed.capture")
    records = capture.journals["risk"].records
    at = next(index for index, record in enumerate(records) if b"OrderDenied" in record)
    records[at] = records[at].replace("风控拒单".encode(), "风控拒収".encode())
    write_capture(desk / "other.capture", capture)
    code, out, _ = verb("replay", "other.capture", "--service", "risk")
    assert code == 1
    assert f"risk：第 {at + 1} 条记录不同 [DIFFERENT]" in out and "输入 SubmitOrder" in out
    assert "frames[0].body.text" in out and "风控拒収" in out and "风控拒单" in out
    assert "字段 FIELD" in out and "READS_OUTSIDE" not in out


def test_a_strategy_that_reads_the_clock_is_told_so(desk: Path, verb: Verb) -> None:
    mark = trap(desk)
    capture = read_capture(desk / "trap.capture")
    records = capture.journals["strategy.kept"].records
    at = next(index for index, record in enumerate(records) if b"SubmitOrder" in record)
    records[at] = records[at].replace(b"518880.XSHG", b"518881.XSHG")
    capture.header["python"] = "3.11.0rc1"
    write_capture(desk / "trap.capture", capture)
    code, out, _ = verb("replay", "trap.capture", "--service", "strategy", "--trust")
    assert code == 1 and "[DIFFERENT]" in out and mark.exists()
    assert "可能的原因 [PYTHON]：当时是 Python 3.11.0rc1" in out
    assert "可能的原因 [READS_OUTSIDE]：策略第 1 行读取 文件（open）" in out


def test_other_limits_list_what_would_change(verb: Verb) -> None:
    code, out, _ = verb("replay", "killed.capture", "--set", "max_order_value=50000", "--service", "risk")
    assert code == 0 and "CHANGED" in out and "批准 APPROVED" in out and "> 50,000.00" in out
    code, out, _ = verb("replay", "killed.capture", "--set", "MAX_ORDER_VALUE=900000", "--service", "risk")
    assert code == 0 and "UNCHANGED" in out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("absent.capture",), "BAD_CAPTURE"),
        (("demo.py",), "BAD_CAPTURE"),
        (("killed.capture", "--service", "state"), "BAD_SERVICE"),
        (("killed.capture", "--set", "MAX_ORDER_VALUE"), "BAD_SET"),
        (("killed.capture", "--set", "MAX_ORDER_VALUE=much"), "BAD_SET"),
        (("killed.capture", "--set", "MAX_ODER_VALUE=1"), "BAD_SET"),
    ],
)
def test_what_cannot_be_replayed_is_one_line(verb: Verb, words: tuple[str, ...], code: str) -> None:
    left, _, err = verb("replay", *words)
    assert left == 1 and err.startswith(f"错误 {code}: ") and err.count("\n") == 1


def test_a_capture_is_made_from_the_journals_and_comes_out_the_same(desk: Path, verb: Verb) -> None:
    capture = read_capture(desk / "killed.capture")
    folder = desk / "runtime" / "archive" / "20261121-090000" / "journals"
    (folder / "kept").mkdir(parents=True)
    for process, recorded in capture.journals.items():
        at = folder.parent / f"{process}.journal" if process.startswith("simulator") else None
        journal, _ = Journal.open(at or folder / f"{process}-20261120.journal", recorded.header)
        for record in recorded.records:
            journal.append(record)
        journal.commit(sync=False)
        journal.close()
    for digest, content in capture.contents.items():
        (folder / "kept" / digest).write_bytes(content)
    code, out, _ = verb("capture", "2026-11-20", "-o", "again.capture")
    assert code == 0 and "again.capture" in out
    assert read_capture(desk / "again.capture").journals == capture.journals
    assert read_capture(desk / "again.capture").contents == capture.contents
    code, _, err = verb("capture", "2026-11-23")
    assert code == 1 and err.startswith("错误 NO_JOURNAL: ") and "20261120" in err


def test_an_older_journal_without_a_start_is_refused_clearly(desk: Path, verb: Verb) -> None:
    capture = read_capture(desk / "killed.capture")
    recorded = capture.journals["risk"]
    started = wire.Step(1, True, wire.Raw(wire.encode({"type": "Started", "recovered": False})), [], [])
    old = Capture(capture.header, {"risk": Recorded(recorded.header, [wire.encode(started)])}, {})
    write_capture(desk / "old.capture", old)
    code, _, err = verb("replay", "old.capture")
    assert code == 1 and err.startswith("错误 NOT_REPLAYABLE: ")

"""The access log and the audit lines: complete, in one line each, and bounded."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from services.proxy.acts import Access, Audit
from services.proxy.records import KINDS_MAX, QUIET_NS, AccessLog, Audits, line_of

NOW_NS = 1_795_000_000 * 10**9
ORDER = Access("10.0.0.1:5", "strategy.demo", "laptop", "SubmitOrder:a1", "123456789", "ok", 1_234_567)


def test_a_line_names_everything_and_masks_the_account() -> None:
    line = line_of(ORDER, shown=False)
    who = "peer=10.0.0.1:5 session=strategy.demo token=laptop"
    assert line == f"{who} action=SubmitOrder:a1 account=12***89 status=ok cost_ms=1.235"
    assert "account=123456789" in line_of(ORDER, shown=True)


def test_nobody_writes_a_second_line_or_field() -> None:
    evil = Access("p", "strategy.a\nstatus=ok x", "t", "a b\u2028c", "", "ok", 0)
    line = line_of(evil, shown=True)
    assert "\n" not in line and "\u2028" not in line and len(line.split()) == 7 and "account=-" in line


@given(st.text(st.characters(codec="utf-8")))
def test_whatever_is_in_a_field_it_stays_one(said: str) -> None:
    line = line_of(dataclasses.replace(ORDER, action=said), shown=True)
    assert len(line.split()) == 7 and len(line.splitlines()) == 1


def test_the_log_is_a_file_a_day(tmp_path: Path) -> None:
    log = AccessLog(tmp_path, None, 30, accounts_shown=False)
    log.add(ORDER, NOW_NS)
    log.write(NOW_NS)
    log.add(ORDER, NOW_NS + 86_400 * 10**9)
    log.write(NOW_NS + 86_400 * 10**9)
    log.close()
    files = sorted(tmp_path.glob("access-*.log"))
    assert len(files) == 2 and all(file.read_text(encoding="utf-8").count("SubmitOrder:a1") == 1 for file in files)


def test_the_log_goes_where_the_user_wants_it(tmp_path: Path) -> None:
    log = AccessLog(tmp_path, tmp_path / "own" / "server.log", 30, accounts_shown=False)
    log.add(ORDER, NOW_NS)
    log.write(NOW_NS)
    log.close()
    assert [path.name for path in tmp_path.rglob("*.log")] == ["server.log"]


def test_a_disk_that_refuses_loses_lines_only(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    log = AccessLog(tmp_path, tmp_path / "file" / "x.log", 30, accounts_shown=False)
    log.add(ORDER, NOW_NS)
    log.write(NOW_NS)
    assert log.lost == 1


def test_a_flood_becomes_one_line_and_a_number() -> None:
    written: list[tuple[str, str]] = []
    audits = Audits(lambda code, text: written.append((code, text)))
    for number in range(100):
        audits.add(Audit("HANDSHAKE_FAILED", "10.0.0.1", "握手失败"), number)
    assert written == [("HANDSHAKE_FAILED", "10.0.0.1：握手失败")]
    audits.settle(QUIET_NS)
    assert written[1:] == [("HANDSHAKE_FAILED", "10.0.0.1：10 秒内又有 99 次")]
    audits.add(Audit("HANDSHAKE_FAILED", "10.0.0.1", "握手失败"), QUIET_NS)
    assert len(written) == 3


def test_a_flood_of_addresses_is_counted_together() -> None:
    written: list[tuple[str, str]] = []
    audits = Audits(lambda code, text: written.append((code, text)))
    for number in range(3 * KINDS_MAX):
        audits.add(Audit("HANDSHAKE_FAILED", f"10.0.{number // 256}.{number % 256}", ""), number)
    audits.settle(QUIET_NS, all_=True)
    assert len(written) == KINDS_MAX + 1 and f"{2 * KINDS_MAX} 次" in written[-1][1]

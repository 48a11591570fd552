"""The file behind state: read without the stack, refused when damaged, foreign or newer, migrated after a copy."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from common import messages as m
from common.clock import MarketTime
from common.errors import ConfigError
from common.session import Session
from services.state import tables as t
from services.state.__main__ import StoreEffects
from services.state.core import StateCore
from services.state.database import found_format, migrate, open_read_only
from services.state.reading import read_rows
from services.state.store import Store
from tests.services.state.telling import ACCOUNT, FEES, TRADING_DAY, Teller, dump, write


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "运行 目录" / "state.db"
    write(path, list(Teller(3).day(300)))
    return path


def test_the_history_is_read_without_a_running_stack(written: Path) -> None:
    rows = read_rows(written, m.GetRows("orders", ACCOUNT, TRADING_DAY, 0))
    assert isinstance(rows, m.Rows)
    assert rows.columns[:6] == ["account", "trading_day", "client_order_id", "strategy", "symbol", "side"]
    assert len(rows.rows) == len(dump(written)["orders"])


def test_it_is_read_beside_a_writer_that_has_not_committed(written: Path) -> None:
    before = dump(written)
    store = Store(written)
    store.put(t.days, {"account": "x", "trading_day": 1, "opening_cash_e4": 0, "opening_value_e4": 0, "opened_ns": 0})
    asked = m.GetRows("days", "x", 0, 0)
    own = store.read(asked)
    assert isinstance(own, m.Rows) and len(own.rows) == 1
    assert dump(written) == before
    store.commit()
    other = read_rows(written, asked)
    assert other == own
    store.close()


def test_where_a_stream_begins_is_on_file_before_anything_else_happens(tmp_path: Path) -> None:
    """A state killed before it would begin from a later snapshot, which has no denial, alert or minute of before."""
    path = tmp_path / "state.db"
    store = Store(path)
    core = StateCore(store, FEES)
    effects = StoreEffects(core, Session("state", core, (ACCOUNT,), MarketTime(simulated=True), 1))
    effects.settle()
    core.take("decisions", ACCOUNT, 1, 0, m.RiskReport(ACCOUNT, False, False, "", "", [], {}))
    effects.settle()
    assert [row[:4] for row in dump(path)["streams"]] == [("decisions", ACCOUNT, 1, 0)]
    store.close()


def test_a_reader_cannot_write(written: Path) -> None:
    connection = open_read_only(written)
    with pytest.raises(Exception, match="readonly"):
        connection.exec_driver_sql("DELETE FROM orders")
    connection.close()


@pytest.mark.parametrize("table", ["orders", "fills", "positions", "account", "equity", "decisions", "alerts", "days"])
def test_every_table_can_be_asked(written: Path, table: str) -> None:
    rows = read_rows(written, m.GetRows(table, "", 0, 10))
    assert isinstance(rows, m.Rows)
    assert 0 < len(rows.rows) <= 10
    assert {"account", "trading_day"} <= set(rows.columns)


def test_nobody_has_run_yet(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="没有状态库"):
        read_rows(tmp_path / "state.db", m.GetRows("orders", "", 0, 0))
    assert not (tmp_path / "state.db").exists()


@pytest.mark.parametrize("content", [b"only some text, no database" * 200, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_damaged_file_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(content)
    for opened in (lambda: Store(path), lambda: read_rows(path, m.GetRows("orders", "", 0, 0))):
        with pytest.raises(ConfigError) as refused:
            opened()
        assert str(path) in str(refused.value)
        assert "\n" not in str(refused.value)
    assert path.read_bytes() == content


def test_a_damaged_page_is_found(written: Path) -> None:
    content = bytearray(written.read_bytes())
    for page in range(4096, len(content), 4096):
        content[page : page + 12] = b"\xff" * 12
    written.write_bytes(content)
    with pytest.raises(ConfigError, match=r"状态库") as refused:
        Store(written)
    assert "\n" not in str(refused.value)


def test_a_database_of_somebody_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE songs (title)")
    connection.close()
    with pytest.raises(ConfigError, match="不是本程序的状态库"):
        Store(path)


def set_format(path: Path, version: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("UPDATE meta SET value = ? WHERE key = 'format'", (version,))
    connection.close()


def test_a_newer_file_is_refused(written: Path) -> None:
    set_format(written, str(t.FORMAT + 1))
    with pytest.raises(ConfigError, match="升级程序"):
        Store(written)
    with pytest.raises(ConfigError, match="格式版本"):
        read_rows(written, m.GetRows("orders", "", 0, 0))


def test_a_format_that_is_no_number_is_refused(written: Path) -> None:
    set_format(written, "?")
    with pytest.raises(ConfigError, match="没有格式版本"):
        Store(written)


def test_an_older_file_is_migrated_after_a_copy(written: Path) -> None:
    before = dump(written)
    backup = written.with_name("state.db.v1.bak")
    backup.write_text("left by an attempt that was interrupted", encoding="utf-8")
    store = Store(written)
    steps = {
        1: ("ALTER TABLE alerts ADD COLUMN seen BOOLEAN DEFAULT 0",),
        2: ("UPDATE alerts SET seen = 1", "CREATE TABLE notes (text VARCHAR)"),
    }
    migrate(store._connection, written, 3, steps)
    assert found_format(store._connection, written) == 3
    assert store._connection.exec_driver_sql("SELECT count(*) FROM alerts WHERE seen = 1").scalar() == len(
        before["alerts"]
    )
    store.close()
    assert dump(backup) == before


def test_a_migration_that_fails_leaves_the_file_as_it_was(written: Path) -> None:
    before = dump(written)
    store = Store(written)
    steps = {1: ("ALTER TABLE alerts ADD COLUMN seen BOOLEAN", "UPDATE absent SET x = 1")}
    with pytest.raises(Exception, match="no such table"):
        migrate(store._connection, written, 2, steps)
    store._connection.close()
    assert dump(written) == before


def test_a_version_without_a_way_up_is_refused(written: Path) -> None:
    store = Store(written)
    with pytest.raises(ConfigError, match="太旧"):
        migrate(store._connection, written, 2, {})
    store.close()


def test_positions_are_kept_with_their_rows(written: Path) -> None:
    store = Store(written)
    (epoch, seq) = store.positions()["account", ACCOUNT]
    assert epoch == 1
    assert not store.is_new("account", ACCOUNT, seq)
    assert store.is_new("account", ACCOUNT, seq + 1)
    assert store.is_new("account", "hedge", 1)
    store.note("account", ACCOUNT, 2, seq + 1)
    store._connection.close()
    again = Store(written)
    assert again.positions()["account", ACCOUNT] == (1, seq), "what was not committed was not seen"
    again.close()


def test_an_account_nobody_told_of_has_an_empty_book(tmp_path: Path) -> None:
    store = Store(tmp_path / "state.db")
    assert store.accounts() == []
    assert store.load_book(ACCOUNT, FEES).trading_day == 0
    store.close()

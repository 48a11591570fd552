"""State on a disk that is full: it holds, goes back to what is on file, and is told everything later once more."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from common.channels import followed_by
from common.clock import MarketTime
from common.errors import JournalUnwritable
from common.session import Session
from services.state.__main__ import StoreEffects
from services.state.core import StateCore
from services.state.database import is_refusal
from services.state.store import Store
from tests.services.state.telling import ACCOUNT, FEES, Teller, Told, dump, write
from tests.small_disk import small_disk


def tell_as_a_stream(core: StateCore, effects: StoreEffects, day: list[Told]) -> None:
    """As the session does: each stream goes on after the last event its follower has seen."""
    streams = effects.session.events_in.streams
    for told in day:
        stream = streams[told.channel, ACCOUNT]
        if told.seq > max(stream.seq, 0):
            core.take(told.channel, told.account, told.epoch, told.seq, told.event)
            stream.epoch, stream.seq = told.epoch, told.seq


def open_state(path: Path) -> tuple[StateCore, StoreEffects]:
    core = StateCore(Store(path), FEES)
    session = Session("state", core, (ACCOUNT,), MarketTime(simulated=True), 1)
    assert {channel.name for channel in followed_by("state")} == {"account", "decisions"}
    return core, StoreEffects(core, session)


def test_what_a_full_disk_refused_is_told_again_and_counted_once(tmp_path: Path) -> None:
    day = list(Teller(5).day(400))
    write(tmp_path / "as it should be.db", day)
    with small_disk(tmp_path / "disk") as disk:
        core, effects = open_state(disk.folder / "state.db")
        tell_as_a_stream(core, effects, day[:100])
        core.store.commit()
        tell_as_a_stream(core, effects, day[100:110])
        disk.fill()
        with pytest.raises(JournalUnwritable, match=r"state\.db"):
            tell_as_a_stream(core, effects, day[110:300])
            core.store.commit()
        for _ in range(3):
            with pytest.raises(JournalUnwritable):
                effects.settle()
        disk.free()
        effects.settle()
        assert not core.store.is_behind
        tell_as_a_stream(core, effects, day)
        core.store.close()
        assert dump(disk.folder / "state.db") == dump(tmp_path / "as it should be.db")


def test_a_kill_while_the_disk_is_full_keeps_what_was_committed(tmp_path: Path) -> None:
    day = list(Teller(6).day(200))
    with small_disk(tmp_path / "disk") as disk:
        path = disk.folder / "state.db"
        write(path, day[:100])
        before = dump(path)
        core, effects = open_state(path)
        disk.fill()
        with pytest.raises(JournalUnwritable):
            tell_as_a_stream(core, effects, day)
            core.store.commit()
        core.store._connection.close()
        disk.free()
        assert dump(path) == before
        core, effects = open_state(path)
        tell_as_a_stream(core, effects, day)
        core.store.close()
        write(tmp_path / "as it should be.db", day)
        assert dump(path) == dump(tmp_path / "as it should be.db")


def test_a_start_on_a_full_disk_can_be_tried_again(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        disk.fill()
        with pytest.raises(JournalUnwritable):
            Store(disk.folder / "state.db")
        disk.free()
        Store(disk.folder / "state.db").close()


@pytest.mark.parametrize("code", [sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, errno.EPERM])
def test_only_what_a_disk_says_is_waited_for(tmp_path: Path, code: int) -> None:
    said = sqlite3.OperationalError("no")
    said.sqlite_errorcode = code
    error = OperationalError("INSERT", {}, said)
    assert is_refusal(error, tmp_path / "state.db") == (code != errno.EPERM)

"""A strategy whose memory cannot be written begins nothing it could not remember, and goes on when it can."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.errors import JournalUnwritable
from common.reasons import Reason
from services.strategy import keeper
from services.strategy.live_state import LiveState
from tests.services.strategy.desk import A, Desk
from tests.small_disk import small_disk

CODE = f"""
def initialize(context):
    g.count = 0
    run_daily(trade, '10:00')
    run_daily(trade, '10:30')
def trade(context):
    g.count += 1
    order('{A}', 100)
"""


def refuse(path: Path, content: bytes) -> None:
    raise JournalUnwritable(f"{path} 无法写入：No space left on device")


def test_a_job_whose_beginning_cannot_be_noted_is_late_and_runs_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(tmp_path, CODE)
    desk.lockstep = False
    desk.open()
    desk.run("9:59")
    with monkeypatch.context() as full:
        full.setattr(keeper, "_replace", refuse)
        desk.now_ns += 120 * 10**9
        for _ in range(3):
            desk.clock("")
        assert desk.orders == [] and 0 < desk.core.wake_ns <= desk.now_ns
        said = [text for level, _, text in desk.log if Reason.JOURNAL_UNWRITABLE in text]
        assert len(said) == 1 and "g.pkl" not in said[0]
    desk.turns()
    assert len(desk.orders) == 1
    desk.run("10:31")
    assert len({order.client_order_id for order in desk.orders}) == 2


def test_what_a_job_left_is_saved_when_it_can_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(tmp_path, CODE)
    desk.open()
    desk.run("9:59")
    saved: list[LiveState] = []
    save_state = keeper.FileKeeper.save_state

    def fill_up_after_the_beginning(self: keeper.FileKeeper, state: LiveState) -> None:
        save_state(self, state)
        saved.append(state)
        if len(saved) == 1:
            full.setattr(keeper, "_replace", refuse)

    with monkeypatch.context() as full:
        full.setattr(keeper.FileKeeper, "save_state", fill_up_after_the_beginning)
        desk.run("10:01")
        assert [state.cursor.finished for state in saved if state.cursor] == [False]
    desk.core.settle()
    assert len(desk.orders) == 1
    desk.start(recovered=True)
    desk.turns()
    assert desk.alerts == [], "the job ended, and the restart knows it"


def test_the_files_keep_what_was_saved_before(tmp_path: Path) -> None:
    with small_disk(tmp_path / "runtime", "64k") as disk:
        files = keeper.FileKeeper(disk.folder)
        files.save_g(b"before")
        disk.fill()
        with pytest.raises(JournalUnwritable, match=r"g\.pkl"):
            files.save_g(bytes(10_000))
        assert (disk.folder / "g.pkl").read_bytes() == b"before"
        disk.free()
        files.save_g(b"after")
        disk.read_only(on=True)
        with pytest.raises(JournalUnwritable, match="Read-only"):
            files.save_g(b"later")
        disk.read_only(on=False)
        assert (disk.folder / "g.pkl").read_bytes() == b"after"

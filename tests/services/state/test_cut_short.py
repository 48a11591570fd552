"""A state.db whose very making was cut short, by a kill or a power loss, is made anew."""

from __future__ import annotations

from pathlib import Path

from services.state.store import Store
from tests.services.state.telling import dump

LOG_HEADER_BYTES, LOG_FRAME_BYTES = 32, 24 + 4096


def test_a_power_loss_keeps_any_part_of_the_log_it_was_made_with(tmp_path: Path) -> None:
    made = tmp_path / "made.db"
    store = Store(made)
    file, log = made.read_bytes(), made.with_name("made.db-wal").read_bytes()
    store.close()
    ends = range(LOG_HEADER_BYTES, len(log) + 1, LOG_FRAME_BYTES)
    assert len(ends) > 5, "it is made of so many pages"
    for end in (0, *ends):
        cut = tmp_path / f"{end}.db"
        cut.write_bytes(file)
        cut.with_name(f"{end}.db-wal").write_bytes(log[:end])
        Store(cut).close()
        assert dump(cut) == dump(made)

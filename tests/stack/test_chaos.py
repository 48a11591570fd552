"""A short storm: every process is killed while a strategy trades, and nothing is doubled, lost or disputed."""

from pathlib import Path

from tests.stack.chaos import VICTIMS, chaos


def test_every_process_is_killed_while_a_strategy_trades(tmp_path: Path) -> None:
    tally = chaos(tmp_path, kills=len(VICTIMS), seed=20)
    assert sorted(tally.kills) == sorted(VICTIMS) and len(tally.back_s) == len(VICTIMS)
    assert tally.ends.total() > 50, "the strategy went on trading"

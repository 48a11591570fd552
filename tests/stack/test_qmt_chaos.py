"""A short storm at the fake terminal: the gateway and the terminal are killed while a strategy trades."""

from pathlib import Path

from tests.stack.qmt_chaos import blows_of, storm


def test_gateway_and_terminal_are_killed_while_a_strategy_trades(tmp_path: Path) -> None:
    tally = storm(tmp_path, blows_of(2, 1), seed=3)
    assert (tally.kills, tally.restarts, len(tally.back_s)) == (2, 1, 3)
    assert tally.ends["filled"] > 5, "the strategy went on trading"

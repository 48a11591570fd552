"""What a strategy process is told at its start, in the exact integers it works with."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from common.beijing import SECOND_NS
from common.fees import FeeSchedule
from services.strategy.schedule import Hours


@dataclasses.dataclass(frozen=True, slots=True)
class StrategyConfig:
    """Times in ns, ratios in 1/1,000,000. ``mode`` other than ``live`` is shown as simulated matching.

    ``wait_ns`` is ``TRADE_MAX_WAIT_TIME``; 0 or less makes orders return at once. ``runtime_dir`` is only handed to the
    strategy's ``read_file`` and ``write_file``. ``runs_missed`` and ``missed_grace_ns`` are ``MISSED_JOB_POLICY`` and
    ``MISSED_JOB_GRACE``. ``data_provider`` is the one of ``jqdata.datasets.PROVIDERS`` that is asked, '' for none.
    """

    account: str
    strategy: str
    mode: str = "simulator"
    hours: Hours = dataclasses.field(default_factory=Hours)
    wait_ns: int = 16 * SECOND_NS
    order_volume_max: int = 1_000_000
    market_buy_offset_e6: int = 15_000
    market_sell_offset_e6: int = -15_000
    callback_time_max_ns: int = 60 * SECOND_NS
    stop_loss_ratio_bp: int = 500
    subscriptions_max: int = 100
    fees: FeeSchedule = dataclasses.field(default_factory=FeeSchedule)
    runtime_dir: Path = Path("runtime")
    saves_g: bool = True
    runs_missed: bool = False
    missed_grace_ns: int = 60 * SECOND_NS
    data_provider: str = ""

    @property
    def clock_is_published(self) -> bool:
        """Market time is told by quotes; otherwise it is the wall clock's."""
        return self.mode == "simulator"

    @property
    def tag(self) -> str:
        """What every order line carries where orders are not real (design 7)."""
        return "" if self.mode == "live" else "[模拟撮合]"

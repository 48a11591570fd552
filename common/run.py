"""What one run of the stack is about: strategy, account, market and clock, as the launcher wrote it down.

The run file holds no secrets: each process reads those from the ``.env`` the file names. Without a run file
(supervisord started by hand) the defaults run the demo strategy on a synthetic day.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from common.errors import ConfigError

RUN_FILE_VARIABLE = "BULLET_RUN_FILE"
SERVICES = ("gateway", "quotes", "risk", "state")
ANY_STRATEGY = "strategy."
"""Among the members of a clock: the first strategy that comes, whichever it is."""


@dataclasses.dataclass(frozen=True)
class RunAccount:
    """One account at a real broker: our name for it, its number there, its kind (``stock``), and the data folder of the
    terminal (``userdata_mini``) it is reached through."""

    alias: str
    account_id: str
    kind: str = "stock"
    path: str = ""


@dataclasses.dataclass(frozen=True)
class Run:
    """``account`` is the alias the strategy trades; ``accounts`` are all the gateway keeps at a real broker, none for
    the simulator. ``first_day`` is an ISO date, "" for the newest the feed has. ``speed`` is "0" (lock-step), "N"
    (times real time) or "N@HH:MM-HH:MM" (N between these market times, lock-step outside). ``joined``: another run owns
    the stack. With a real broker the market's clock is the wall clock: day, days, speed and seed say nothing then.
    ``remote``: the stack is on another machine, and ``published`` says whether it publishes the market's clock;
    ``begun`` tells one simulated run of that stack from another. ``served``: the stack is for strategies on other
    machines and has none of its own."""

    strategy_file: str = "strategies/demo_strategy.py"
    strategy_id: str = "demo_strategy"
    account: str = "main"
    accounts: tuple[RunAccount, ...] = ()
    broker: str = "simulator"
    mode: str = "simulator"
    quotes: str = "synthetic"
    first_day: str = ""
    days: int = 1
    speed: str = "0"
    seed: int = 1
    carry_on: bool = False
    joined: bool = False
    remote: bool = False
    published: bool = False
    begun: int = 0
    served: bool = False
    env_file: str = ""
    settings: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def simulated(self) -> bool:
        """Whether quotes publishes the market's clock."""
        return self.published if self.remote else self.broker == "simulator"

    @property
    def aliases(self) -> tuple[str, ...]:
        """Every account of the stack, the strategy's first."""
        return tuple(dict.fromkeys((self.account, *(one.alias for one in self.accounts))))

    @property
    def members(self) -> tuple[str, ...]:
        """The processes a simulated clock waits for from the start; strategies that join later are added."""
        return ("gateway", "risk", "state", ANY_STRATEGY if self.served else f"strategy.{self.strategy_id}")

    @property
    def day(self) -> date | None:
        return date.fromisoformat(self.first_day) if self.first_day else None

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(dataclasses.asdict(self), ensure_ascii=False, indent=1), encoding="utf-8")


def read_run(path: Path | None) -> Run:
    """The run of a process; ConfigError where the file is missing or is not one of ours."""
    if path is None:
        return Run()
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        told["accounts"] = tuple(RunAccount(**one) for one in told.get("accounts", ()))
        return Run(**told)
    except (OSError, ValueError, TypeError, AttributeError) as e:
        raise ConfigError(f"运行文件 {path} 无法读取：{e}；请用 bullet-trade live 重新启动") from e

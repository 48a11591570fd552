"""How fast the market's clock of a simulated day runs."""

from __future__ import annotations

import dataclasses

from common.beijing import clock_seconds
from common.errors import ConfigError


@dataclasses.dataclass(frozen=True)
class Pace:
    """``factor`` times real time between ``from_s`` and ``until_s`` (seconds of the Beijing day), lock-step outside."""

    factor: float
    from_s: int
    until_s: int

    def at(self, second_of_day: int) -> float:
        """0 in lock-step."""
        return self.factor if self.from_s <= second_of_day < self.until_s else 0.0


def parse(text: str) -> Pace:
    """``0``, ``20``, or ``20@10:30-10:36``; ConfigError names what is allowed."""
    factor_text, at_sign, window = text.partition("@")
    try:
        factor = float(factor_text)
        start, _, end = window.partition("-")
        from_s, until_s = (clock_seconds(start), clock_seconds(end)) if at_sign else (0, 24 * 3600)
    except ValueError:
        factor, from_s, until_s = -1.0, 0, 0
    if not 0 <= factor <= 10_000 or from_s >= until_s:
        raise ConfigError(f"--speed {text} 无效：写 0（锁步）、倍数（如 20）或 倍数@起-止（如 20@10:30-10:36）")
    return Pace(factor, from_s, until_s)

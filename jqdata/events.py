"""What ``on_event(context, event)`` is handed: what became of a security that is held.

Attributes and keys are those of JoinQuant's page of objects (Event, 事件对象).
"""

from __future__ import annotations

import dataclasses
from datetime import date


class SecurityCode(str):
    """A code, which strategies also read as an object that has one."""

    @property
    def code(self) -> str:
        return str(self)


@dataclasses.dataclass(frozen=True)
class DividendsEvent:
    """An ex-day of a security that was held before it. ``dividends`` is a list of one dict.

    ``date``; ``scale_factor``: what one share became, bonus shares and those from reserves included; ``bonus_pre_tax``:
    yuan before tax for ten shares of a stock or one of a fund; of a fund ``bonus_post_tax``, the same.
    """

    security: SecurityCode
    dividends: list[dict[str, date | float]]
    pindex: int = 0
    side: str = "long"
    name: str = "Dividends"


@dataclasses.dataclass(frozen=True)
class ForcedLiquidationEvent:
    """A position that the broker closed for lack of margin; a cash account never has one."""

    security: SecurityCode
    amount: int
    pindex: int = 0
    side: str = "long"
    name: str = "ForcedLiquidation"

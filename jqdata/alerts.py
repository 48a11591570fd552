"""What ``on_risk_alert(context, alert)`` is handed: a word of the desk about risk."""

from __future__ import annotations

import dataclasses
from datetime import datetime


@dataclasses.dataclass(frozen=True)
class Alert:
    """``code`` is stable English, ``text`` for people; ``source`` is who says it: 'risk', an operator, a process.

    ``security`` and ``order_id`` are set where the alert is about one order of this strategy.
    """

    time: datetime
    code: str
    text: str
    source: str
    security: str = ""
    order_id: str = ""

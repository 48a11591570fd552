"""How much the border takes: per token, per client, in all."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Limits:
    """Per token: frames a second and at once; of these, commands, queries and catch-ups. Above these rates a client is
    read more slowly, and cut where more comes all the same. Then: clients, and symbols a client may subscribe to."""

    frames: int = 2_000
    frames_burst: int = 8_000
    asks: int = 200
    asks_burst: int = 1_000
    connections_max: int = 64
    subscriptions_max: int = 200

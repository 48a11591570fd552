"""What a step leaves behind, until the loop has it on file and sends it."""

from __future__ import annotations

import dataclasses

from common import messages as m

MILLISECOND_NS = 1_000_000
RESEND_NS = 500 * MILLISECOND_NS
BEAT_NS = 500 * MILLISECOND_NS
FETCH_NS = 300 * MILLISECOND_NS


@dataclasses.dataclass(slots=True)
class Out:
    """``frames`` go to the binder of a channel (``risk``), to one process (``@name``), or to a topic (``*topic``).
    ``notes`` are lines for the log: (code, Chinese text). ``contents`` are kept beside the journal before the records
    that name them. ``confirms``: a frame acknowledges commands, whose steps must be on the disk before it leaves, since
    their sender then forgets them."""

    records: list[bytes] = dataclasses.field(default_factory=list)
    frames: list[tuple[str, bytes]] = dataclasses.field(default_factory=list)
    effects: list[m.Message] = dataclasses.field(default_factory=list)
    contents: list[bytes] = dataclasses.field(default_factory=list)
    notes: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    confirms: bool = False

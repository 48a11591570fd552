"""What a strategy process asks of its data provider, and what came back: to and from itself, never on the wire."""

from __future__ import annotations

import msgspec

from common.messages.values import Message


class Want(msgspec.Struct, frozen=True, array_like=True):
    """Rows of one of the provider's datasets (jqdata/datasets.py); days are ISO texts, empty where they do not matter.

    ``known``: nothing that became known later may come back. ``mode`` is ``latest`` (as things stood on ``last``),
    ``span`` (rows of ``first`` to ``last``), ``period`` (statements of ``period``, ``2025q1`` or ``2025``), or
    ``history`` (statements of the last ``count`` periods up to ``period``). Empty ``codes`` and ``columns`` are all.
    ``key`` is what else the dataset is parted by: an index, a classification, a list of factors.
    ``table`` is what the question calls the dataset, where it is not its own name.
    ``optional`` are the columns among them that come empty where the provider lacks them.
    ``conditions`` are (column, operator, JSON value) that rows must meet; a provider may ignore them.
    """

    dataset: str
    known: str
    mode: str = "latest"
    first: str = ""
    last: str = ""
    period: str = ""
    count: int = 0
    key: str = ""
    table: str = ""
    codes: list[str] = []
    columns: list[str] = []
    optional: list[str] = []
    conditions: list[tuple[str, str, str]] = []

    def about(self, codes: list[str]) -> Want:
        """The same of these codes."""
        return msgspec.structs.replace(self, codes=codes)


class AskProvider(Message, frozen=True):
    """``sql`` (SQLite's) reads the wanted datasets as tables of their names; empty: the first one as it is."""

    number: int  # of this life's questions to a provider
    function: str  # of the API, for those who read about it
    wants: list[Want]
    sql: str


class ProvidedColumn(msgspec.Struct, frozen=True, array_like=True):
    """``floats`` and ``ints`` are little-endian, 64 bit; a missing float is nan. Everything else is ``texts``."""

    name: str
    kind: str  # floats | ints | texts
    packed: bytes
    texts: list[str | None]


class ProviderAnswer(Message, frozen=True):
    """Rows by column, or with ``code`` why there are none (services/strategy/providers/faults.py)."""

    number: int
    columns: list[ProvidedColumn]
    code: str = ""
    text: str = ""

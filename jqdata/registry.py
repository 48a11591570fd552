"""Every name of JoinQuant's: whether it works here, which provider would make it work, and what differs.

The one source of ``docs/joinquant.md``, of ``bullet-trade check`` and of what a missing name says when it is used.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterator


class Support(enum.StrEnum):
    """``provider``: works once a data provider is there; ``no``: not in a live account of ours."""

    YES = "supported"
    PROVIDER = "provider"
    NO = "no"


@dataclasses.dataclass(frozen=True, slots=True)
class Name:
    """One name as a strategy writes it. ``needs``, ``deviation`` are read by strategy authors, so in Chinese.

    ``module`` is where it is imported from; '' for the names that need no import.
    """

    name: str
    group: str
    support: Support
    needs: str = ""
    provider: str = ""
    deviation: str = ""
    module: str = ""

    @property
    def full_name(self) -> str:
        return f"{self.module}.{self.name}" if self.module else self.name


def find(name: str) -> Name:
    """The row of a name, with its module where it has one; KeyError where it is not registered."""
    return table()[name]


def table() -> dict[str, Name]:
    """All rows by full name, in the order of the page."""
    if not _TABLE:
        from jqdata.registry_names import rows

        _TABLE.update({row.full_name: row for row in rows()})
    return _TABLE


def of_module(module: str) -> Iterator[Name]:
    return (row for row in table().values() if row.module == module)


_TABLE: dict[str, Name] = {}

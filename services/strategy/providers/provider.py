"""What a data provider is to the rest of the process: rows of datasets, fetched beside the main loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from common import messages as m

if TYPE_CHECKING:
    import pandas as pd

Fetch = Callable[[m.Want], "pd.DataFrame"]


class Provider(Protocol):
    """One source of data. It is made cheaply; libraries are imported and doors knocked at by the first ``rows``."""

    @property
    def name(self) -> str:
        """As ``DEFAULT_DATA_PROVIDER`` names it."""

    @property
    def datasets(self) -> frozenset[str]:
        """The datasets it has, tables of databases aside."""

    def rows(self, want: m.Want) -> pd.DataFrame:
        """At least the rows that are wanted, with the dataset's columns; more does no harm, it is cut off afterwards.

        Called on a thread of its own, one after the other; one that was given up may still run beside the next.
        ProviderFault where there are none to be had.
        """

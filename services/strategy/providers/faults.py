"""Why a data provider gives no rows: a code that stays, and one Chinese line with the remedy."""

from __future__ import annotations

import enum


class Fault(enum.StrEnum):
    """What went wrong at a provider."""

    NOT_PROVIDED = "NOT_PROVIDED"
    LIBRARY_MISSING = "LIBRARY_MISSING"
    CREDENTIALS_REFUSED = "CREDENTIALS_REFUSED"
    DATA_FILE_MISSING = "DATA_FILE_MISSING"
    DATA_FILE_BAD = "DATA_FILE_BAD"
    DATA_COLUMN_MISSING = "DATA_COLUMN_MISSING"
    NO_HISTORY = "NO_HISTORY"
    BAD_QUERY = "BAD_QUERY"
    PROVIDER_FAILED = "PROVIDER_FAILED"
    PROVIDER_TIMEOUT = "PROVIDER_TIMEOUT"


class ProviderFault(Exception):
    """A provider cannot answer; ``text`` is one line for the strategy's author."""

    def __init__(self, code: Fault, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text

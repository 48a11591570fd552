"""How a command says no: one clear line ``错误 CODE: …`` on stderr and exit code 1."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from common.errors import ConfigError, StackError

EXIT_REFUSED = 1


class Refused(StackError):
    """The command ends here; ``code`` is stable English, the text is for the user."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@contextmanager
def coded(code: str) -> Iterator[None]:
    """Give what goes wrong inside its code: the libraries' errors carry a text only."""
    try:
        yield
    except ConfigError as error:
        raise Refused(code, str(error)) from error


def complain(error: StackError) -> None:
    """Write the error's line to stderr."""
    code = error.code if isinstance(error, Refused) else "CONFIG"
    text = " ".join(str(error).split("\n"))
    sys.stderr.write(f"错误 {code}: {text}\n")
    sys.stderr.flush()

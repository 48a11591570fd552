"""Whose fault it is: the few errors a process of the desk can stop or stumble over.

    StackError
    ├── ConfigError             do not start: a person must change something first
    │   └── JournalDamaged      the record of the day cannot be trusted: halted is the safe state
    ├── JournalUnwritable       the disk refuses the record: nothing may be sent any more
    ├── WireError               their frame is bad: count it, drop it, tell its sender
    └── BrokerError             the broker's library refused or was lost

An expected "no" is a message with a reason of ``common/reasons.py`` and a bug is an ``assert``; neither is here.
"""

from typing import Final

EXIT_STAY_DOWN: Final = 78
"""Exit code of a process that a supervisor must not restart (``EX_CONFIG`` of sysexits.h)."""


class StackError(Exception):
    """Everything the stack raises on purpose; its text is one Chinese line for the user."""


class ConfigError(StackError):
    """The process must not start; its ``__main__`` prints the line and exits with ``EXIT_STAY_DOWN``."""


class JournalDamaged(ConfigError):
    """A journal holds something else than whole, checksummed steps followed by at most one torn one."""


class JournalUnwritable(StackError):
    """A step could not be made durable (disk full, file locked); the step must not take effect."""


class WireError(StackError):
    """A frame from elsewhere is malformed; it never changes state."""


class BrokerError(StackError):
    """The broker's library refused a call or lost its session; what happened at the broker is not known."""

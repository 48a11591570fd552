"""The console of a command: Chinese in any code page, colours only where they are wanted."""

from __future__ import annotations

from rich.console import Console

from common import host_os
from common.settings import Settings


def screen(settings: Settings | None = None, *, stderr: bool = False) -> Console:
    """Where a command writes; NO_COLOR and LOG_FORCE_COLOR count from the ``.env`` as well."""
    host_os.patient_streams()
    no_color = True if settings is not None and settings.no_color else None
    forced = True if settings is not None and settings.log_force_color else None
    return Console(
        stderr=stderr, highlight=False, markup=False, soft_wrap=True, no_color=no_color, force_terminal=forced
    )

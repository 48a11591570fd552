"""One table of one verb: on the console, or as CSV with its title on stderr."""

from __future__ import annotations

from collections.abc import Sequence

from cli import tables
from cli.screen import screen
from common.settings import Loaded


def listing(loaded: Loaded, title: str, headings: Sequence[str], rows: Sequence[tables.Row], *, csv: bool) -> None:
    """Print the rows under their title; an empty table says that there is nothing."""
    if csv:
        tables.write_csv(headings, rows)
        screen(loaded.settings, stderr=True).print(title)
        return
    console = screen(loaded.settings)
    if rows:
        tables.show(console, title, headings, rows)
    else:
        console.print(f"{title}：没有记录")

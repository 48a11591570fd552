"""The verb ``config``: every setting, its value, where it came from and what it means; secrets are masked."""

import csv as csv_format
import io
import sys
from dataclasses import astuple, dataclass

from rich.console import Console
from rich.table import Table

from common.settings import DEFAULT_ORIGIN, Loaded
from common.settings_kinds import show
from common.settings_known import KNOWN, Known, Settings

HEADINGS = ("名称", "值", "来源", "含义")
MASK = "******"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table, as texts."""

    name: str
    value: str
    origin: str
    meaning: str


def rows(loaded: Loaded) -> list[Row]:
    """Return a row for each setting in the order of the documentation, then one for each account's own limit."""
    settings, origins = loaded.settings, loaded.origins
    known = [Row(name, _value(one, settings), origins[name], one.meaning) for name, one in KNOWN.items()]
    limits = [
        Row(
            name,
            show(value),
            origins[name],
            f"账户 {name.partition('__')[2].lower()} 的限额，代替 {name.partition('__')[0]}",
        )
        for name, value in settings.account_limits.items()
    ]
    return known + limits


def config(loaded: Loaded, *, csv: bool) -> None:
    """Print the settings as a table, or as CSV (UTF-8 with BOM, for Excel) with the notes on stderr."""
    if csv:
        sys.stdout.buffer.write(as_csv(rows(loaded)))
        sys.stdout.buffer.flush()
    else:
        Console().print(_table(loaded))
    console = Console(stderr=csv, highlight=False, markup=False)
    for note in loaded.notes:
        console.print(f"注意：{note}", soft_wrap=True)


def as_csv(lines: list[Row]) -> bytes:
    """Return the rows under their headings as Excel reads them: UTF-8 with BOM, CRLF."""
    text = io.StringIO(newline="")
    writer = csv_format.writer(text)
    writer.writerow(HEADINGS)
    writer.writerows(astuple(line) for line in lines)
    return text.getvalue().encode("utf-8-sig")


def _value(known: Known, settings: Settings) -> str:
    text = known.text(settings)
    return MASK if known.secret and text else text


def _table(loaded: Loaded) -> Table:
    table = Table(title=f"配置（{loaded.env_file or '没有 .env'}）")
    for heading in HEADINGS:
        table.add_column(heading, overflow="fold", no_wrap=heading == HEADINGS[0])
    for row in rows(loaded):
        style = "dim" if row.origin == DEFAULT_ORIGIN else ""
        table.add_row(*map(_plain, astuple(row)), style=style)
    return table


def _plain(text: str) -> str:
    """Return ``text`` so that square brackets in a path stay brackets to rich."""
    return text.replace("[", r"\[")

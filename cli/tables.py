"""Tables a trader reads, on the console or as CSV for Excel, from the same rows."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Sequence

from rich.console import Console

Cell = str | int
Row = Sequence[Cell]

OFFLINE = "离线"
_WIDTH_MAX = 1000


def show(console: Console, title: str, headings: Sequence[str], rows: Iterable[Row]) -> None:
    """Print a table; numbers with thousands separators, to the right."""
    from rich.box import SIMPLE_HEAD
    from rich.measure import Measurement
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    body = [list(row) for row in rows]
    for index, heading in enumerate(headings):
        is_number = bool(body) and all(_is_number(row[index]) for row in body)
        table.add_column(heading, justify="right" if is_number else "left", no_wrap=True)
    for row in body:
        # A text of its own is never taken for markup, whether the console reads markup or not.
        table.add_row(*(Text(grouped(cell)) for cell in row))
    # In a narrow window the terminal breaks the lines: no digit may be left out.
    window = console.width
    console.width = max(window, Measurement.get(console, console.options.update(width=_WIDTH_MAX), table).maximum)
    console.print(table)
    console.width = window


def write_csv(headings: Sequence[str], rows: Iterable[Row]) -> None:
    """Write UTF-8 with BOM and CRLF to standard output, whatever its code page."""
    sys.stdout.flush()
    sys.stdout.buffer.write(as_csv(headings, rows))
    sys.stdout.buffer.flush()


def as_csv(headings: Sequence[str], rows: Iterable[Row]) -> bytes:
    """The rows as Excel reads them: an identifier of digits keeps its zeros as ``="000123"``.

    Codes such as ``600000.XSHG`` are text to Excel by themselves.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(headings)
    for row in rows:
        writer.writerow([_for_excel(cell) for cell in row])
    return text.getvalue().encode("utf-8-sig")


class Id(str):
    """An identifier: text even where it is all digits."""

    __slots__ = ()


def money(e4: int) -> str:
    """1/10,000 yuan as yuan with two decimals, half a fen away from zero."""
    sign = "-" if e4 < 0 else ""
    fen = (abs(e4) + 50) // 100
    return f"{sign}{fen // 100}.{fen % 100:02d}"


def price(e4: int) -> str:
    """A price in yuan: two decimals, more where it has them."""
    sign, whole, rest = "-" if e4 < 0 else "", *divmod(abs(e4), 10_000)
    decimals = f"{rest:04d}"
    return f"{sign}{whole}.{decimals[:2]}{decimals[2:].rstrip('0')}"


def percent(part: int, whole: int) -> str:
    """A share with two decimals; a dash where there is nothing to compare with."""
    if not whole:
        return "–"
    hundredths = (abs(part) * 20_000 // abs(whole) + 1) // 2
    sign = "-" if (part < 0) != (whole < 0) and hundredths else ""
    return f"{sign}{hundredths // 100}.{hundredths % 100:02d}%"


def _is_number(cell: Cell) -> bool:
    return not isinstance(cell, Id) and (isinstance(cell, int) or cell == "–" or _number(cell) is not None)


def _number(text: str) -> float | None:
    try:
        return float(text.removesuffix("%"))
    except ValueError:
        return None


def grouped(cell: Cell) -> str:
    """A number with thousands separators; any other text as it is."""
    if isinstance(cell, int):
        return f"{cell:,}"
    if isinstance(cell, Id) or "." not in cell or _number(cell) is None:
        return cell
    whole, _, decimals = cell.partition(".")
    return f"{'-' if whole.startswith('-') else ''}{int(whole.removeprefix('-')):,}.{decimals}"


def _for_excel(cell: Cell) -> Cell:
    if isinstance(cell, Id) and cell.isdigit():
        return f'="{cell}"'
    # A text of the broker must not become a formula.
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+@\t" and cell else cell

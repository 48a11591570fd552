"""Writes ``docs/config.md`` from the settings: ``python -m cli.config_docs > docs/config.md`` or ``--check``."""

import sys
from itertools import groupby
from pathlib import Path

from common.settings_known import ACCOUNT_LIMITS, KNOWN, Known
from common.settings_names import LOCATORS, PREFIXES, WITHOUT_EFFECT

PAGE = Path(__file__).resolve().parent.parent / "docs" / "config.md"

_HEAD = """# Settings

Generated from the code by `python -m cli.config_docs > docs/config.md`; a test fails when this page is stale.

A setting is a line `NAME=value` in a `.env`, an environment variable, or an option of the command line; the command
line beats the environment, which beats the file. `bullet-trade config` shows each value and where it came from.

* The `.env` is the one that the environment names by {locators} (the first that is
  set), else the nearest one from the current folder upward. UTF-8 (with or without BOM), GBK and UTF-16 with BOM are
  read. Backslashes are literal, `#` after a space starts a remark, single or double quotes keep blanks and `#`. Of a
  name given twice the last one holds, and a line says so.
* Relative folders are taken from the folder of the `.env`, without one from the current folder.
* An empty value counts as not given. Any other value that is not allowed stops the start with one line that names the
  variable, its value, what is allowed and where it stands. So does a name nobody knows that starts with {prefixes};
  in the environment only if it is very close to a known name.
* Percent are percent: `20` is 20 %. A value between 0 and 1 is refused there.
* A limit marked † can differ for one account: `MAX_ORDER_VALUE__HEDGE=50000` holds for the account `hedge`. The account
  must be one of `QMT_SERVER_ACCOUNTS`, or named by `QMT_SERVER_ACCOUNT_KEY`, `QMT_ACCOUNT_ID` or
  `SIMULATOR_ACCOUNT_ID`.
"""

_COLUMNS = "| name | default | allowed | meaning 含义 | effect |\n|---|---|---|---|---|"


def page() -> str:
    """Return the whole page."""
    head = _HEAD.format(locators=_codes(LOCATORS), prefixes=_codes(PREFIXES))
    groups = [_group(title, list(members)) for title, members in groupby(KNOWN.values(), lambda known: known.group)]
    return "\n".join([head, *groups, _accepted()])


def main(arguments: list[str]) -> int:
    """Print the page, or with ``--check`` compare it with the one in docs; 1 when that is stale."""
    text = page()
    if arguments == ["--check"]:
        fresh = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text
        if not fresh:
            print("docs/config.md is stale: python -m cli.config_docs > docs/config.md", file=sys.stderr)
        return 0 if fresh else 1
    sys.stdout.buffer.write(text.encode("utf-8"))
    return 0


def _group(title: str, members: list[Known]) -> str:
    lines = [_line(known) for known in members]
    return "\n".join([f"## {title}\n", _COLUMNS, *lines, ""])


def _line(known: Known) -> str:
    mark = " †" if known.name in ACCOUNT_LIMITS else ""
    default = "" if known.default is None else known.kind.show(known.default)
    shown = f"`{default}`" if default else "–"
    cells = [f"`{known.name}`{mark}", shown, known.kind.allowed_en, known.meaning, known.effect]
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def _accepted() -> str:
    lines = [f"| `{name}` | {chinese} | {english} |" for name, (chinese, english) in WITHOUT_EFFECT.items()]
    head = "Names of the older tool, accepted with one line saying that they do nothing (`*`: any ending).\n"
    return "\n".join(["## Accepted, without effect\n", head, "| name | why 原因 | |\n|---|---|---|", *lines, ""])


def _codes(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

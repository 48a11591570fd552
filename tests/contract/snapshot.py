"""Writes down what the installed wheel offers, or another one: `python -m tests.contract.snapshot [--wheel FILE]`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from tests.contract.surface import SNAPSHOT, installed, of_wheel


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wheel", type=Path)
    given = parser.parse_args()
    found = of_wheel(given.wheel) if given.wheel else installed()
    if found is None:
        parser.error("xtquant is not installed; name a wheel")
    text = json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True)
    SNAPSHOT.write_text(text + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()

"""A provider's library as recordings have it: the calls that were written down, and nothing else.

The recordings are written by hand in the shapes that the libraries' documents describe.
"""

import inspect
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from jqdata import host
from jqdata.queries import Query, TableOf, query
from services.strategy.providers.jqdata_sdk import JoinQuant
from tests.jqdata.desk import Desk, at

FOLDER = Path(__file__).parent / "recordings"


class Recording:
    """``calls`` lists what was called, as (name, keywords and positions); a call that is not on file fails."""

    def __init__(self, name: str) -> None:
        self.entries: list[dict[str, Any]] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
        self.calls: list[tuple[str, list[Any], dict[str, Any]]] = []

    def answer(self, call: str, args: Iterable[Any], kwargs: dict[str, Any]) -> Any:
        given, named = [_plain(one) for one in args], {name: _plain(value) for name, value in kwargs.items()}
        self.calls.append((call, given, named))
        for entry in self.entries:
            if (entry["call"], entry.get("args", []), entry.get("kwargs", {})) == (call, given, named):
                if "raises" in entry:
                    raise Exception(entry["raises"])  # what these libraries raise
                return _answer(entry["answer"])
        raise AssertionError(f"not on file: {json.dumps({'call': call, 'args': given, 'kwargs': named})}")


class Library:
    """A module whose functions are on file; ``owner`` is what their names begin with."""

    def __init__(self, recording: Recording, owner: str = "") -> None:
        self._recording, self._owner = recording, owner

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **kwargs: self._recording.answer(f"{self._owner}{name}", args, kwargs)


class JoinQuantLibrary(Library):
    """jqdatasdk: tables and ``query`` are SQLAlchemy's there as here, and stand in the record as SQL."""

    query = staticmethod(query)
    valuation, indicator, income = TableOf("valuation"), TableOf("indicator"), TableOf("income")

    @property
    def finance(self) -> Any:
        return _Finance(self._recording, "finance.")

    def __getattr__(self, name: str) -> Any:
        modules = ("alpha101", "alpha191", "technical_analysis")
        return Library(self._recording, f"{name}.") if name in modules else super().__getattr__(name)


class _Finance(Library):
    STK_XR_XD = TableOf("finance.STK_XR_XD")


class TushareLibrary(Library):
    def pro_api(self, token: str) -> Library:
        self._recording.answer("pro_api", [token], {})
        return Library(self._recording, "pro.")


def fits(function: Any, args: list[Any], kwargs: dict[str, Any]) -> bool:
    """Whether the real function could be called so."""
    try:
        inspect.signature(function).bind(*args, **kwargs)
    except TypeError:
        return False
    return True


def _plain(value: Any) -> Any:
    if isinstance(value, Query):
        return " ".join(value.compiled().sql.split())
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return f"{value.table.name}.{value.name}" if hasattr(value, "table") else value


def _answer(shown: Any) -> Any:
    """``{"columns": …, "rows": …}`` is a frame, with ``index`` one that has labels; ``frames`` several by name.

    ``{"series": …}`` is a Series by label.
    """
    if isinstance(shown, dict) and "series" in shown:
        return pd.Series(shown["series"], dtype=object)
    if isinstance(shown, dict) and "frames" in shown:
        return {name: _answer(one) for name, one in shown["frames"].items()}
    if isinstance(shown, dict) and "columns" in shown:
        frame = pd.DataFrame(shown["rows"], columns=shown["columns"], index=shown.get("index"))
        return frame if not shown.get("dated") else frame.set_axis(pd.to_datetime(frame.index))
    return shown


def joinquant_desk(folder: Path, recording: Recording) -> Iterator[Desk]:
    """A desk whose provider is JoinQuant's, as recorded."""
    made = Desk(at("10:00"), folder)
    made.provider = JoinQuant("13800000000", "right", lambda: JoinQuantLibrary(recording))
    host.bind(made)
    yield made
    host.bind(None)

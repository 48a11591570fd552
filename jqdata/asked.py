"""What JoinQuant computes and the data provider hands over: alphas, and the indicators that bars do not give.

The provider's rows are parted by what was called: ``alpha_001``, or ``alpha_001 index=000300.XSHG`` where an argument
changes the values. Nothing of the day in progress comes back: the latest day is the one before now.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from common.messages import Want
from jqdata import host, provided
from jqdata.missing import missing
from jqdata.units import When

if TYPE_CHECKING:
    from jqdata.frames import Frame, Series


class Called(NamedTuple):
    """A function of one of jqlib's modules, and the arguments besides day and codes as they stand in the key."""

    module: str
    name: str
    words: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return " ".join((self.name, *self.words))


def is_joinquant() -> bool:
    """Whether the data provider is JoinQuant itself, whose values are then preferred to those computed here."""
    return host.current().data_provider == "jqdata"


def alpha(called: Called, day: When | None, codes: Sequence[str] | None = None) -> Series:
    """One alpha's values by code on a day, or the trading day before; of ``codes`` each, nan where there is none.

    NeedsProvider where no provider has them; ValueError where ``codes`` are none.
    """
    from jqdata.frames import Series

    wanted = [] if codes is None else list(dict.fromkeys(provided.codes_of(codes)))
    if codes is not None and not wanted:
        raise ValueError(f"{called.name} 的股票池不能为空")
    found = _rows(called, called.module.rpartition(".")[2], day, wanted, ["code", "value"])
    given = dict(zip(found["code"], found["value"].to_numpy(float), strict=True))
    shown = list(given) if codes is None else wanted
    return Series([given.get(code, float("nan")) for code in shown], index=shown, dtype=float, name=called.name)


def indicator(called: Called, day: When, codes: str | Sequence[str], count: int) -> tuple[dict[str, float], ...]:
    """``count`` lines by code as of the end of a day; nan where there is no value."""
    wanted = [codes] if isinstance(codes, str) else list(codes)
    if not wanted:
        raise ValueError(f"{called.name} 的证券列表不能为空")
    found = _rows(called, "technical", day, wanted, ["code", "line", "value"])
    values = {(int(line), code): float(value) for code, line, value in found.itertuples(index=False)}
    return tuple({code: values.get((line, code), float("nan")) for code in wanted} for line in range(count))


def _rows(called: Called, dataset: str, day: When | None, codes: list[str], columns: list[str]) -> Frame:
    function = f"{called.module}.{called.name}"
    if not provided.has(dataset):
        raise missing(function)
    latest = provided.yesterday()
    on = f"{provided.trading_day(provided.day_of(day, latest))}"
    want = Want(dataset, f"{latest}", "span", on, on, key=called.key, codes=codes, columns=columns)
    return provided.frame(function, [want])

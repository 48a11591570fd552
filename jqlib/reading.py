"""An indicator's way from its formula to what a strategy calls: bars by code in, last values by code out."""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any, Concatenate, NamedTuple, ParamSpec, Protocol, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from jqdata.market import get_bars
from jqdata.provided import codes_of
from jqdata.units import When, time_of
from jqlib.formulas import Floats

Codes = str | Sequence[str]
Values = dict[str, float]
Lines = tuple[Floats, ...]
P = ParamSpec("P")
R = TypeVar("R", covariant=True)

WARM_UP = 120
"""Bars before those an indicator needs: what the first of them was has then faded from EMA and SMA."""

_FIELDS = ["open", "high", "low", "close", "volume", "money"]
_CLOSE = time(15, 0)
_COMMON = ("unit", "include_now", "fq_ref_date")
_TOGETHER = 500


class Bar(NamedTuple):
    """Columns of a security in yuan, or of several that have as many bars, a line each.

    ``volume`` is in lots of 100 shares, as the formulas count it; ``time`` the bars' day or moment, and empty where
    nobody asked for it.
    """

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    money: Floats
    time: NDArray[np.datetime64]

    @property
    def typical(self) -> Floats:
        return (self.high + self.low + self.close) / 3

    @property
    def weighted(self) -> Floats:
        """The mean of high, low and twice the close."""
        return (2 * self.close + self.high + self.low) / 4


@dataclasses.dataclass(frozen=True)
class Ask:
    """The arguments every indicator shares; a day without a time means all of that day."""

    security_list: Codes
    check_date: When
    unit: str = "1d"
    include_now: bool = True
    fq_ref_date: When | None = None

    @property
    def codes(self) -> list[str]:
        return [self.security_list] if isinstance(self.security_list, str) else list(self.security_list)


class Indicator(Protocol[P, R]):
    """What a strategy calls: JoinQuant's arguments, with the indicator's own (``P``) before the common ones."""

    @overload
    def __call__(self, security_list: Codes, check_date: When, *args: P.args, **kwargs: P.kwargs) -> R: ...
    @overload
    def __call__(self, security_list: Codes, check_date: When, *args: Any, **kwargs: Any) -> R: ...


class IndexIndicator(Protocol[P, R]):
    """The same of an indicator that sets each security beside an index, which is named first."""

    @overload
    def __call__(
        self, index_stock: str, security_list: Codes, check_date: When, *args: P.args, **kwargs: P.kwargs
    ) -> R: ...
    @overload
    def __call__(self, index_stock: str, security_list: Codes, check_date: When, *args: Any, **kwargs: Any) -> R: ...


def line(
    need: Callable[..., int], *, exactly: bool = False
) -> Callable[[Callable[Concatenate[Bar, P], Floats]], Indicator[P, Values]]:
    """Publish a formula of one line. ``need`` says of its parameters how many bars they take.

    Of what smooths, more bars are read, so that the first hardly matters; or ``exactly`` as many, where the values in
    JoinQuant's document show that it reads no more and the first ones do matter.
    """

    def published(formula: Callable[Concatenate[Bar, P], Floats]) -> Any:
        def answer(ask: Ask, own: dict[str, Any]) -> Values:
            more = 0 if exactly else WARM_UP
            return several(ask, need(**own) + more, lambda bar: (formula(bar, **own),))[0]  # type: ignore[call-arg]

        return _callable(formula, ("security_list", "check_date"), answer)

    return published


def lines(
    need: Callable[..., int], *, exactly: bool = False
) -> Callable[[Callable[Concatenate[Bar, P], Lines]], Indicator[P, tuple[Values, ...]]]:
    """Publish a formula of several lines, a dict by code for each; the rest as for :func:`line`."""

    def published(formula: Callable[Concatenate[Bar, P], Lines]) -> Any:
        def answer(ask: Ask, own: dict[str, Any]) -> tuple[Values, ...]:
            count = need(**own) + (0 if exactly else WARM_UP)
            return several(ask, count, lambda bar: formula(bar, **own))  # type: ignore[call-arg]

        return _callable(formula, ("security_list", "check_date"), answer)

    return published


def lines_beside(
    need: Callable[..., int], *, of_index: int | None = None
) -> Callable[[Callable[Concatenate[Bar, Bar, P], Lines]], IndexIndicator[P, tuple[Values, ...]]]:
    """Publish a formula of a security and the index beside it, whose rows are nan where it has no bar of that time.

    The line ``of_index`` tells of the index alone. JoinQuant's document shows it by the securities' codes and takes it
    by the index's, so it has both.
    """

    def published(formula: Callable[Concatenate[Bar, Bar, P], Lines]) -> Any:
        def answer(ask: Ask, own: dict[str, Any]) -> tuple[Values, ...]:
            code, count = own.pop("index_stock"), need(**own) + WARM_UP
            (index,) = bars(dataclasses.replace(ask, security_list=code), count, dated=True).values()
            read = {one: (bar, _beside(bar, index)) for one, bar in bars(ask, count, dated=True).items()}
            found = _newest(read, lambda *both: formula(*both, **own))
            if of_index is not None:
                of_itself = _newest({code: (index, index)}, lambda *both: formula(*both, **own))
                found[of_index].update(of_itself[of_index])
            return found

        return _callable(formula, ("index_stock", "security_list", "check_date"), answer)

    return published


def several(ask: Ask, count: int, formula: Callable[[Bar], Lines]) -> tuple[Values, ...]:
    """The last values of several lines over ``count`` bars, a dict by code each; nan where there are too few."""
    return _newest({code: (bar,) for code, bar in bars(ask, count).items()}, formula)


def _newest(read: Mapping[str, tuple[Bar, ...]], formula: Callable[..., Lines]) -> tuple[Values, ...]:
    """The last row of a formula, computed for all codes at once that have as many bars."""
    values: dict[str, list[float]] = {}
    for codes in _alike(read):
        together = (_stacked(parts) for parts in zip(*(read[code] for code in codes), strict=True))
        with np.errstate(divide="ignore", invalid="ignore"):
            found = formula(*together)
        newest = np.array([line[:, -1] if line.shape[-1] else np.full(len(codes), np.nan) for line in found])
        values.update(zip(codes, newest.T.tolist(), strict=True))
    count = len(next(iter(values.values())))
    return tuple({code: values[code][number] for code in read} for number in range(count))


def _alike(read: Mapping[str, tuple[Bar, ...]]) -> Iterator[list[str]]:
    """Codes that have as many bars, some hundred at a time, since windows take memory."""
    by_length: dict[int, list[str]] = {}
    for code, (bar, *_) in read.items():
        by_length.setdefault(len(bar.close), []).append(code)
    for codes in by_length.values():
        yield from (codes[start : start + _TOGETHER] for start in range(0, len(codes), _TOGETHER))


def _stacked(parts: Sequence[Bar]) -> Bar:
    return Bar._make(np.stack(columns) for columns in zip(*parts, strict=True))


def bars(ask: Ask, count: int, *, dated: bool = False) -> dict[str, Bar]:
    """The last ``count`` bars by code, as the codes were written; ValueError where there is none."""
    codes = ask.codes
    if not codes:
        raise ValueError("技术指标的 security_list 不能为空")
    end = moment_of(ask.check_date)
    if ask.unit.endswith("m") and not ask.include_now:
        end -= timedelta(microseconds=1)
    names = ["date", *_FIELDS] if dated else _FIELDS
    found = get_bars(codes, count, ask.unit, names, ask.include_now, end, ask.fq_ref_date)
    assert isinstance(found, dict)
    return {code: _bar(found[codes_of(code)[0]]) for code in codes}


def moment_of(check_date: When) -> datetime:
    """The moment a check date means: its own, or the close of a day without one."""
    moment = time_of(check_date)
    return datetime.combine(moment.date(), _CLOSE) if moment.time() == time(0, 0) else moment


def _callable(
    formula: Callable[..., Any], leading: tuple[str, ...], answer: Callable[[Ask, dict[str, Any]], Any]
) -> Callable[..., Any]:
    """``answer`` behind JoinQuant's signature: what leads, the formula's own parameters, what all indicators share."""
    parameter = functools.partial(inspect.Parameter, kind=inspect.Parameter.POSITIONAL_OR_KEYWORD)
    own = [one for one in inspect.signature(formula).parameters.values() if one.default is not inspect.Parameter.empty]
    shared = {one.name: one.default for one in dataclasses.fields(Ask)}
    common = [parameter(name, default=shared[name]) for name in _COMMON]
    signature = inspect.Signature([*(parameter(name) for name in leading), *own, *common])

    @functools.wraps(formula)
    def call(*args: Any, **kwargs: Any) -> Any:
        given = signature.bind(*args, **kwargs)
        given.apply_defaults()
        named = dict(given.arguments)
        return answer(Ask(**{name: named.pop(name) for name in shared}), named)

    call.__signature__ = signature  # type: ignore[attr-defined]
    return call


def _bar(rows: Any) -> Bar:
    columns = (rows[name].astype(np.float64) / (100 if name == "volume" else 1) for name in _FIELDS)
    time = rows["date"] if "date" in rows.dtype.names else []
    return Bar._make([*columns, np.array(time, "datetime64[us]")])


def _beside(bar: Bar, index: Bar) -> Bar:
    """The index at the security's times."""
    rows = np.minimum(np.searchsorted(index.time, bar.time), max(len(index.time) - 1, 0))
    if not len(index.time):
        return Bar._make([*(np.full(len(bar.time), np.nan) for _ in _FIELDS), bar.time])
    there = index.time[rows] == bar.time
    return Bar._make([*(np.where(there, column[rows], np.nan) for column in index[:-1]), bar.time])

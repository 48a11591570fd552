"""JoinQuant's names that need data or accounts which this desk does not have: importable, and clear when used."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, NoReturn, TypeVar

from jqdata.registry import Name, Support, find

Made = TypeVar("Made")


class NeedsProvider(NotImplementedError):
    """A name of JoinQuant's that needs a data provider there is none of; the text names both."""


class NotSupported(NotImplementedError):
    """A name of JoinQuant's that a live account of ours cannot do, whatever provider is there."""


class ProviderFailed(RuntimeError):
    """The data provider could not answer this time; the text says why, with a code, and what to do."""


def missing(name: str) -> NotImplementedError:
    """The error of a function that cannot answer: ``raise missing("get_fundamentals")``. KeyError: not registered."""
    return error_of(find(name))


def error_of(row: Name, shown: str = "") -> NotImplementedError:
    """What using the name raises; ``shown`` is how the strategy wrote it."""
    name = shown or row.name
    if row.support is Support.PROVIDER:
        given = f"可由数据源 {row.provider} 提供（设置 DEFAULT_DATA_PROVIDER），当前没有"
        return NeedsProvider(f"{name} 需要{row.needs}，{given} [NEEDS_PROVIDER]")
    return NotSupported(f"{name} 不支持：{row.deviation} [NOT_SUPPORTED]")


def part_missing(shown: str, needs: str) -> NeedsProvider:
    """The error of a use that needs a provider, of a function that otherwise works."""
    return NeedsProvider(
        f"{shown} 需要{needs}，可由数据源 本地文件夹（local）或 jqdatasdk 提供，当前没有 [NEEDS_PROVIDER]"
    )


class Missing:
    """Attributes may be taken (``valuation.code``); calling or comparing raises what :func:`missing` says."""

    def __init__(self, name: str, of: str = "") -> None:
        """``of`` is the registered name that ``name`` is a part of."""
        self._name, self._of = name, of or name

    def __getattr__(self, name: str) -> Missing:
        if name.startswith("__"):
            raise AttributeError(name)
        return Missing(f"{self._name}.{name}", self._of)

    def _refuse(self, *args: object, **kwargs: object) -> NoReturn:
        raise error_of(find(self._of), self._name)

    def __call__(self, *args: object, **kwargs: object) -> Any:
        self._refuse()

    __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __add__ = __sub__ = __mul__ = __truediv__ = __neg__ = __invert__ = _refuse
    __radd__ = __rsub__ = __rmul__ = __rtruediv__ = __getitem__ = __iter__ = _refuse

    def __eq__(self, other: object) -> NoReturn:
        self._refuse()

    def __ne__(self, other: object) -> NoReturn:
        self._refuse()

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"<{self._name}: {find(self._of).support}>"


def made_by(make: Callable[[str], Made], module: str, names: Collection[str]) -> Callable[[str], Made]:
    """The ``__getattr__`` of a module whose functions are made when they are taken."""

    def take(name: str) -> Made:
        if name not in names:
            raise AttributeError(f"{module} 没有 {name!r}")
        return make(name)

    return take


def missing_of(module: str) -> Callable[[str], Missing]:
    """The ``__getattr__`` of a module of JoinQuant's: what is registered there can be taken, and refuses to be used."""

    def take(name: str) -> Missing:
        try:
            return Missing(name, find(f"{module}.{name}").full_name)
        except KeyError:
            raise AttributeError(f"{module} 没有 {name!r}") from None

    return take

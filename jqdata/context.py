"""`context` and `g`: what a callback is handed, and what a strategy keeps between callbacks."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, overload

from jqdata.deals import LiveView
from jqdata.portfolio import BookView, Portfolio, SubPortfolio, SubView

T = TypeVar("T")


class GlobalState:
    """Whatever the strategy puts on it; kept over restarts. An attribute never set raises AttributeError."""

    def __repr__(self) -> str:
        return f"g({', '.join(sorted(vars(self)))})"

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"g 没有属性 {name!r}")

    if TYPE_CHECKING:  # an editor must not miss what only the strategy puts on it

        def __setattr__(self, name: str, value: Any) -> None: ...


g = GlobalState()


@dataclasses.dataclass(frozen=True)
class RunParams:
    """``type`` is 'sim_trade' in every live run; ``end_date`` None: no end is set."""

    start_date: date
    end_date: date | None = None
    type: str = "sim_trade"
    frequency: str = "minute"


class ContextView(Protocol):
    """What the host knows that ``context`` shows."""

    @property
    def book(self) -> BookView: ...
    @property
    def starting_cash_e4(self) -> int: ...
    @property
    def run_params(self) -> RunParams: ...
    @property
    def previous_date(self) -> date: ...
    @property
    def universe(self) -> list[str]: ...
    @property
    def subs(self) -> Sequence[SubView]:
        """Empty where the account is not divided; another object where its parts are other ones."""

    def now(self) -> datetime: ...


class _Shown(Generic[T]):
    """A system attribute that a user attribute of the same name hides until it is deleted (as on JoinQuant)."""

    def __init__(self, read: Callable[[Context], T]) -> None:
        self._read = read
        self.__doc__ = read.__doc__

    @overload
    def __get__(self, context: None, owner: type) -> _Shown[T]: ...
    @overload
    def __get__(self, context: Context, owner: type) -> T: ...
    def __get__(self, context: Context | None, owner: type) -> T | _Shown[T]:
        return self if context is None else self._read(context)


class Context(LiveView):
    """``vars(context)`` holds the user's own attributes and nothing else."""

    # Slots keep the system parts out of vars(); the instance dictionary comes from the class above.
    __slots__ = ("_portfolio", "_subportfolios", "_subs", "_view")

    def __init__(self, view: ContextView) -> None:
        self._view = view
        self._portfolio = Portfolio(view.book, view.starting_cash_e4)
        self._subs: Sequence[SubView] | None = None  # what the list below was made of
        self._subportfolios: list[SubPortfolio] = []

    @_Shown
    def portfolio(self) -> Portfolio:
        return self._portfolio

    @_Shown
    def subportfolios(self) -> list[SubPortfolio]:
        """Those of ``set_subportfolios`` by pindex; without it ``subportfolios[0]`` is the whole account."""
        view, subs = self._view, self._view.subs
        if subs is not self._subs:
            self._subs = subs
            whole = [SubPortfolio(view.book, view.starting_cash_e4)]
            self._subportfolios = [SubPortfolio(sub.book, sub=sub) for sub in subs] or whole
        return self._subportfolios

    @_Shown
    def current_dt(self) -> datetime:
        """Logical time: of a scheduled callback the time it was scheduled for."""
        return self._view.now()

    @_Shown
    def previous_date(self) -> date:
        """The trading day before today."""
        return self._view.previous_date

    @_Shown
    def universe(self) -> list[str]:
        return self._view.universe

    @_Shown
    def run_params(self) -> RunParams:
        return self._view.run_params

    def __repr__(self) -> str:
        return f"Context({self.current_dt:%Y-%m-%d %H:%M:%S}, {self.portfolio!r})"

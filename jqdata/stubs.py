"""JoinQuant's names that need data or accounts which no feed here has: importable, and clear about it when used."""

from __future__ import annotations

from types import ModuleType
from typing import NoReturn


class NeedsProvider(NotImplementedError):
    """A name of JoinQuant's that needs a data provider there is none of yet."""


class Missing:
    """Attributes may be taken (``valuation.code``); calling or comparing raises :class:`NeedsProvider`."""

    def __init__(self, name: str, why: str = "需要相应的数据源，当前行情源不提供") -> None:
        self._name, self._why = name, why

    def __getattr__(self, name: str) -> Missing:
        if name.startswith("__"):
            raise AttributeError(name)
        return Missing(f"{self._name}.{name}", self._why)

    def _refuse(self, *args: object, **kwargs: object) -> NoReturn:
        raise NeedsProvider(f"{self._name} {self._why}")

    __call__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __add__ = __sub__ = __mul__ = __truediv__ = __neg__ = __invert__ = _refuse
    __radd__ = __rsub__ = __rmul__ = __rtruediv__ = __getitem__ = __iter__ = _refuse

    def __eq__(self, other: object) -> NoReturn:
        self._refuse()

    def __ne__(self, other: object) -> NoReturn:
        self._refuse()

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"<{self._name}: {self._why}>"


class MissingModule(ModuleType):
    """A module of JoinQuant's that can be imported; what is taken from it is :class:`Missing`."""

    def __getattr__(self, name: str) -> Missing:
        if name.startswith("__"):
            raise AttributeError(name)
        return Missing(f"{self.__name__}.{name}")


_NOT_LIVE = "在实盘账户中不支持"

_DATA = (
    "query valuation indicator income balance cash_flow finance macro bond opt jy "
    "get_fundamentals get_fundamentals_continuously get_valuation get_history_fundamentals "
    "get_factor_values get_all_factors get_ticks get_call_auction "
    "get_index_stocks get_index_weights get_industry get_industries get_industry_stocks "
    "get_concept get_concepts get_concept_stocks get_money_flow get_billboard_list get_locked_shares "
    "get_mtss get_margincash_stocks get_marginsec_stocks get_dominant_future get_future_contracts"
)
_ACCOUNT = "batch_submit_orders batch_cancel_orders inout_cash transfer_cash"

STUBS: dict[str, Missing] = {
    **{name: Missing(name) for name in _DATA.split()},
    **{name: Missing(name, _NOT_LIVE) for name in _ACCOUNT.split()},
}


def side_modules() -> dict[str, ModuleType]:
    """JoinQuant's other modules by name, for the host to make importable; their ``*`` brings nothing."""
    parts = ("technical_analysis", "optimizer", "alpha101", "alpha191")
    names = ("jqfactor", "jqlib", *(f"jqlib.{part}" for part in parts))
    modules: dict[str, ModuleType] = {name: MissingModule(name) for name in names}
    for name, module in modules.items():
        module.__dict__["__all__"] = []
        if name == "jqlib":
            module.__dict__["__path__"] = []
    return modules

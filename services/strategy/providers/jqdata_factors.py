"""JoinQuant's board of factors and its risk model, as the library jqdatasdk gives them, in rows of the datasets."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from common import messages as m
from services.strategy.providers.faults import Fault, ProviderFault

if TYPE_CHECKING:
    import pandas as pd


def _conditions(want: m.Want) -> dict[str, Any]:
    return {column: json.loads(value) for column, _, value in want.conditions}


def _span(want: m.Want) -> dict[str, Any]:
    return {"start_date": want.first or None, "end_date": want.last}


def _asked(want: m.Want) -> list[str] | None:
    return want.key.split(",") if want.key else None


def _long(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """A table of days by something as rows of ``date``, ``name`` and ``value``."""
    return table.rename_axis("date").reset_index().melt(id_vars="date", var_name=name, value_name="value")


def _board(sdk: Any, want: m.Want) -> pd.DataFrame:
    """The library has the newest board only."""
    asked = _conditions(want)
    asked["skip_paused"] = bool(asked["skip_paused"])
    found: pd.DataFrame = sdk.get_factor_kanban_values(universe=want.key, **asked)
    oldest = min((f"{day}"[:10] for day in found["date"]), default="")
    if oldest > want.known:
        text = f"jqdatasdk 只有 {oldest} 的因子看板，没有 {want.known} 的：请改用其他数据源"
        raise ProviderFault(Fault.NO_HISTORY, text)
    return found.assign(model=asked["model"])


def _stats(sdk: Any, want: m.Want) -> pd.DataFrame:
    import pandas as pd

    asked = _conditions(want)
    found = sdk.get_factor_stats(
        factor_names=_asked(want), universe_type=asked["universe"], skip_paused=bool(asked["skip_paused"]),
        commision_fee=asked["commision_fee"], **_span(want),
    )  # fmt: skip
    parts = [_long(table, "quantile").assign(factor=name) for name, table in found.items()]
    return pd.concat(parts, ignore_index=True).assign(**asked)


def _style_returns(sdk: Any, want: m.Want) -> pd.DataFrame:
    asked = _conditions(want)
    found = sdk.get_factor_style_returns(
        factors=_asked(want), universe=asked["universe"] or None, industry=asked["industry"], **_span(want)
    )
    return _long(found, "factor").assign(**asked)


def _specific_returns(sdk: Any, want: m.Want) -> pd.DataFrame:
    asked = _conditions(want)
    found = sdk.get_factor_specific_returns(
        want.codes, category=want.key, universe=asked["universe"] or None, industry=asked["industry"], **_span(want)
    )
    return _long(found, "code").assign(category=want.key, **asked)


def _covariances(sdk: Any, want: m.Want) -> pd.DataFrame:
    asked = _conditions(want)
    columns = asked.pop("other_factor", None)
    kind = asked.get("category")
    found = sdk.get_factor_cov(
        want.first, want.last, factors=kind or _asked(want), columns=columns, industry=asked["industry"]
    )
    rows = found.rename(columns={"factors": "factor"})
    long = rows.melt(id_vars=["date", "factor"], var_name="other_factor", value_name="value")
    return long.assign(**asked)  # type: ignore[no-any-return]


FETCHES: dict[str, Callable[[Any, m.Want], pd.DataFrame]] = {
    "factor_kanban": _board,
    "factor_stats": _stats,
    "factor_style_returns": _style_returns,
    "factor_specific_returns": _specific_returns,
    "factor_cov": _covariances,
}

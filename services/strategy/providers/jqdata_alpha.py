"""The alphas and indicators that JoinQuant computes, as its library jqdatasdk hands them out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from common import messages as m
from jqdata.registry_modules import NOT_AT_JOINQUANT
from services.strategy.providers.faults import Fault, ProviderFault

if TYPE_CHECKING:
    import pandas as pd


def _alpha101(sdk: Any, want: m.Want) -> pd.DataFrame:
    name, given = _called(want)
    return _rows(want, getattr(sdk.alpha101, name)(want.last, **given))


def _alpha191(sdk: Any, want: m.Want) -> pd.DataFrame:
    name, given = _called(want)
    return _rows(want, getattr(sdk.alpha191, name)(want.codes, end_date=want.last, **given))


def _technical(sdk: Any, want: m.Want) -> pd.DataFrame:
    """Some indicators give one dict by code, others several of them."""
    import pandas as pd

    name, given = _called(want)
    found = getattr(sdk.technical_analysis, name)(want.codes, want.last, **given)
    lines = [found] if isinstance(found, Mapping) else found
    rows = [(code, line, value) for line, values in enumerate(lines) for code, value in values.items()]
    return pd.DataFrame(rows, columns=["code", "line", "value"]).assign(day=want.last, indicator=want.key)


FETCHES: dict[str, Callable[[Any, m.Want], pd.DataFrame]] = {
    "alpha101": _alpha101,
    "alpha191": _alpha191,
    "technical": _technical,
}


def _called(want: m.Want) -> tuple[str, dict[str, Any]]:
    """``alpha_075 benchmark=000905.XSHG`` as the function's name and its keywords."""
    name, *words = want.key.split(" ")
    if name in {f"alpha_{number:03d}" for number in NOT_AT_JOINQUANT.get(want.dataset, ())}:
        raise ProviderFault(Fault.NOT_PROVIDED, f"聚宽没有实现 {want.dataset} 的 {name}")
    pairs = (word.partition("=") for word in words)
    return name, {word: _value(text) for word, _, text in pairs}


def _value(text: str) -> int | str | None:
    return None if text == "None" else int(text) if text.isdecimal() else text


def _rows(want: m.Want, found: pd.Series[float]) -> pd.DataFrame:
    import pandas as pd

    values = pd.to_numeric(found, errors="coerce").to_numpy()
    return pd.DataFrame({"alpha": want.key, "day": want.last, "code": list(found.index), "value": values})

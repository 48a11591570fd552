"""What securities are exposed to on a day: their industries, and numbers that factors are made neutral to."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from common.messages import Want
from jqdata.factor_inputs import Asker, frames
from jqdata.factor_names import CLASSIFICATIONS, Source, input_of

if TYPE_CHECKING:
    import pandas as pd

_LOGARITHM = "ln_"
_LOGARITHMS = ("ln_market_cap", "ln_circulating_market_cap")
_ALLOWED = (Source.VALUATION, Source.QUARTER, Source.YEAR, Source.INDUSTRY, Source.FACTOR)


def exposure(function: str, name: str, codes: list[str], day: date) -> pd.DataFrame:
    """Codes by one column, or of a classification one of 0 and 1 for each of its industries that occurs.

    ValueError for a name that is no exposure; NeedsProvider where nobody has it.
    """
    import numpy as np
    import pandas as pd

    if name in CLASSIFICATIONS:
        dummies = pd.get_dummies(industries(function, name, codes, day), dtype=float)
        return dummies.reindex(codes, fill_value=0.0)
    plain = name.removeprefix(_LOGARITHM) if name in _LOGARITHMS else name
    if input_of(plain).source not in _ALLOWED:
        raise ValueError(f"{function} 不支持 {name!r}：应为行业分类、行业代码、财务字段、因子库或风险因子的名称")
    values = frames(function, [plain], codes, [day])[plain].iloc[0]
    if plain != name:
        values = np.log(values.where(values > 0))
    return pd.DataFrame({name: values})


def industries(function: str, classification: str, codes: list[str], day: date) -> pd.Series[Any]:
    """The industry of each code in a classification; nan for those that have none."""
    import pandas as pd

    columns = ["code", "industry_code"]
    want = Want("industry_members", f"{day}", last=f"{day}", key=classification, codes=codes, columns=columns)
    asker = Asker(function, Source.INDUSTRY, [classification])
    rows = asker.ask([want])
    known = pd.Series(rows["industry_code"].tolist(), index=rows["code"].tolist(), dtype=object)
    return known[~known.index.duplicated()].reindex(codes)

"""What files of JoinQuant's time do with frames of their own, under the pandas that is installed."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from jqdata.older_pandas import allow

allow()
DAYS = pd.date_range("2026-11-16", periods=4)
STAMPS = pd.Series(DAYS)
DAY = date(2026, 11, 17)
CLOSE = pd.Series([1.0, 2.0, np.nan, 4.0], index=DAYS, name="close")
FRAME: Any = pd.DataFrame({"close": [1.0, 2.0, 4.0], "volume": [3.0, 2.0, 1.0]}, index=["a", "b", "c"])
NUMPY: Any = np

SAMPLES: list[tuple[Callable[[], Any], Any]] = [
    (lambda: CLOSE[-1], 4.0),
    (lambda: CLOSE.rolling(1).mean()[0], 1.0),
    (lambda: CLOSE[[0, -1]].tolist(), [1.0, 4.0]),
    (lambda: FRAME.rank().T.apply(lambda row: row[0] + row[1]).tolist(), [4.0, 4.0, 4.0]),
    (lambda: FRAME.iloc[0][1], 3.0),
    (lambda: CLOSE.fillna(method="ffill").tolist(), [1.0, 2.0, 2.0, 4.0]),
    (lambda: CLOSE.fillna(0).tolist(), [1.0, 2.0, 0.0, 4.0]),
    (lambda: FRAME.drop("volume", 1).columns.tolist(), ["close"]),
    (lambda: CLOSE.to_frame().dropna(0).shape, (3, 1)),
    (lambda: FRAME.sort_values("volume", 0, True).index.tolist(), ["c", "b", "a"]),
    (lambda: pd.concat([FRAME, FRAME], 1).shape, (3, 4)),
    (lambda: FRAME.append(FRAME).shape, (6, 2)),
    (lambda: FRAME.append({"close": 5.0}, ignore_index=True).close.tolist(), [1.0, 2.0, 4.0, 5.0]),
    (lambda: FRAME.append(pd.Series({"close": 5.0, "volume": 0.0}, name="d")).index.tolist(), ["a", "b", "c", "d"]),
    (lambda: FRAME.close.append(FRAME.volume).tolist(), [1.0, 2.0, 4.0, 3.0, 2.0, 1.0]),
    (lambda: FRAME.ix["b", "volume"], 2.0),
    (lambda: FRAME.ix[0].tolist(), [1.0, 3.0]),
    (lambda: FRAME.ix[-1, "close"], 4.0),
    (lambda: FRAME.ix["b":].close.tolist(), [2.0, 4.0]),
    (lambda: FRAME.ix[:, [0]].columns.tolist(), ["close"]),
    (lambda: [name for name, _ in FRAME.iteritems()], ["close", "volume"]),
    (lambda: FRAME.as_matrix().shape, (3, 2)),
    (lambda: round(FRAME.close.mad(), 4), 1.1111),
    (lambda: FRAME.applymap(lambda value: value * 2).close.tolist(), [2.0, 4.0, 8.0]),
    (lambda: CLOSE.resample("M").last().tolist(), [4.0]),
    (lambda: (DAYS > DAY).tolist(), [False, False, True, True]),
    (lambda: (STAMPS <= DAY).tolist(), [True, True, False, False]),
    (lambda: (STAMPS == DAY).tolist(), [False, True, False, False]),
    (lambda: STAMPS.between(DAY, DAY).sum(), 1),
    (lambda: (timedelta(0) < (DAY - STAMPS)).tolist(), [True, False, False, False]),
    (lambda: (STAMPS - DAY).dt.days.tolist(), [-1, 0, 1, 2]),
    (lambda: (STAMPS[0] < DAY, STAMPS[0] < DAY, STAMPS[1] == DAY, STAMPS[1] == DAY), (True, True, True, True)),
    (lambda: (STAMPS[1] - DAY, DAY - STAMPS[0]), (timedelta(0), timedelta(1))),
    (lambda: (DAY in DAYS, CLOSE[DAY], CLOSE.loc[DAY]), (True, 2.0, 2.0)),
    (lambda: CLOSE[DAY:].tolist()[0], 2.0),
    (lambda: CLOSE.to_frame().loc[DAY, "close"], 2.0),
    (lambda: {DAYS[0]: 1}[DAYS[0]], 1),
    (lambda: DAYS[0] < DAYS[1] and DAYS[0] != "x" and DAYS[1] - DAYS[0] == timedelta(1), True),
    (lambda: np.isnan(NUMPY.NaN), True),
    (lambda: NUMPY.float(1), 1.0),
    (lambda: NUMPY.in1d([1, 2], [2]).tolist(), [False, True]),
]


@pytest.mark.parametrize("number", range(len(SAMPLES)))
def test_what_they_do_works_as_then(number: int) -> None:
    sample, expected = SAMPLES[number]
    assert sample() == expected


def test_rows_gathered_one_by_one_have_the_types_of_what_is_gathered() -> None:
    found: Any = pd.DataFrame(columns=["code", "score"])
    for code, score in (("a", 1.5), ("b", 2.5)):
        found = found.append({"code": code, "score": score}, ignore_index=True)
    assert found.columns.tolist() == ["code", "score"] and found["score"].dtype == float
    assert pd.DataFrame().append(FRAME).equals(FRAME) and FRAME.append(pd.DataFrame()).equals(FRAME)
    assert list(FRAME.append({"more": 1}, ignore_index=True).columns) == ["close", "volume", "more"]
    with pytest.raises(TypeError, match="ignore_index"):
        FRAME.append({"close": 1.0})


def test_the_last_value_is_set_and_no_row_is_added() -> None:
    prices = CLOSE.copy()
    prices[-1] = 9.0
    assert prices.tolist()[-1] == 9.0 and len(prices) == 4
    marked = FRAME.copy()
    marked.ix[0, "close"] = 7.0
    assert marked["close"].tolist() == [7.0, 2.0, 4.0]


def test_numbers_in_an_index_stay_labels() -> None:
    numbered = pd.Series([5.0, 6.0], index=[1, 0])
    assert (numbered[0], numbered[1]) == (6.0, 5.0)
    with pytest.raises(KeyError):
        _ = numbered[-1]
    mixed = pd.Series([5.0, 6.0], index=["a", 0])
    assert mixed[0] == 6.0
    numbered[-1] = 7.0
    assert len(numbered) == 3


@pytest.mark.parametrize("key", [True, slice(1, 3), "2026-11-17", DAYS[1]])
def test_what_is_no_number_is_read_as_ever(key: Any) -> None:
    plain = pd.Series.__getattribute__(CLOSE, "loc")
    if key is True:
        with pytest.raises(KeyError):
            _ = CLOSE[key]
    elif isinstance(key, slice):
        assert CLOSE[key].tolist()[0] == 2.0 and len(CLOSE[key]) == 2
    else:
        assert CLOSE[key] == plain[key]


@pytest.mark.filterwarnings("ignore:Setting an item of incompatible dtype")  # pandas 2
def test_a_column_takes_values_of_another_type() -> None:
    score = pd.DataFrame({"points": [0, 0], "said": ["", ""]}, index=["a", "b"])
    score.loc["a", "points"] = 1.5
    score.loc["b", "said"] = 7
    assert score["points"].tolist() == [1.5, 0] and score["said"].tolist() == ["", 7]
    counts = pd.Series([1, 2], index=["a", "b"])
    counts["a"] = 0.25
    counts.iloc[1] = "none"
    assert counts.tolist() == [0.25, "none"]


@pytest.mark.filterwarnings("ignore")
def test_what_is_written_through_a_column_is_in_the_frame() -> None:
    marked = FRAME.copy()
    marked["close"][marked["close"] > 1] = 0.0
    marked["volume"]["a"] = 9.0
    assert marked["close"].tolist() == [1.0, 0.0, 0.0] and marked["volume"].tolist() == [9.0, 2.0, 1.0]

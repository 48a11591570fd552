"""The older pandas habits that JoinQuant's own samples use, on what strategies are handed."""

import pickle
from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from jqdata import attribute_history, history
from jqdata.columns import columns_of, no_columns
from jqdata.frames import Frame, Series
from tests.jqdata.desk import DAYS, A, B, Desk

SAMPLES: list[Callable[[Frame], Any]] = [
    lambda h: h["close"][-1],
    lambda h: h.close[4],
    lambda h: h["close"].rolling(2).mean()[-1] * 2 - h["close"][-2],
    lambda h: (h["close"] + 0)[-1],
    lambda h: np.exp(np.log(h["close"]))[-1],
    lambda h: h["close"][DAYS[-2]],
    lambda h: h["close"][datetime(*DAYS[-2].timetuple()[:3])],
    lambda h: h["close"][DAYS[-2].isoformat()],
    lambda h: h["close"][-3:][-1],
    lambda h: h[h["volume"] > 0]["close"][-1],
    lambda h: h.iloc[-1]["close"],
    lambda h: h.iloc[-1][0],
    lambda h: h.loc[DAYS[-2].isoformat()]["close"],
    lambda h: h["close"].iloc[-1],
    lambda h: h["close"].values[-1],
    lambda h: h["close"].dropna()[np.int64(-1)],
    lambda h: h.tail(2)["close"][1],
]


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_way_to_the_last_close(desk: Desk, sample: Callable[[Frame], Any]) -> None:
    frame = attribute_history(A, 5, "1d", ["close", "volume"])
    assert sample(frame) == pytest.approx(attribute_history(A, 5, df=False)["close"][-1])


def test_numbers_stay_labels_where_the_index_has_numbers(desk: Desk) -> None:
    numbered = history(3, "1d", "close", [A, B], skip_paused=True)[A]
    assert numbered[2] == numbered.iloc[2]
    with pytest.raises(KeyError):
        _ = numbered[-1]


def test_assignment_and_statistics_work_as_ever(desk: Desk) -> None:
    frame = attribute_history(A, 5)
    frame["ma"] = frame["close"].rolling(3).mean()
    assert isinstance(frame["ma"], Series) and isinstance(frame[["ma"]], Frame)
    assert frame["ma"][-1] == pytest.approx(frame["close"][-3:].mean())
    assert frame.mean()["close"] == pytest.approx(frame["close"].mean())
    assert len(pd.concat([frame, frame])) == 10


def test_a_frame_can_be_kept_in_g(desk: Desk) -> None:
    frame = attribute_history(A, 3)
    again = pickle.loads(pickle.dumps(frame))
    pd.testing.assert_frame_equal(again, frame)
    assert again["close"][-1] == frame["close"][-1]


def test_no_bars_are_empty_columns() -> None:
    assert len(no_columns()) == 0


def test_columns_of_unequal_length_are_refused() -> None:
    from common.messages import BarColumns

    one, two = np.zeros(1, "<i8").tobytes(), np.zeros(2, "<i8").tobytes()
    good = BarColumns(A, one, one, one, one, one, one, one, one, b"\x01")
    assert columns_of(good).suspended.tolist() == [1]
    with pytest.raises(ValueError, match=A):
        columns_of(BarColumns(A, one, one, one, one, two, one, one, one, b"\x00"))

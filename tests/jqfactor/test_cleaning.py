"""Factor values made comparable: on a series, by row and by column."""

import numpy as np
import pandas as pd
import pytest

from jqfactor import standardlize, winsorize, winsorize_med

VALUES = pd.Series([1.0, 2, 3, 4, 100, np.inf], index=list("abcdef"))


def test_standardlize() -> None:
    done = standardlize(VALUES)
    assert done.mean() == pytest.approx(0) and done.std(ddof=0) == pytest.approx(1) and np.isnan(done["f"])


@pytest.mark.parametrize(
    ("how", "highest"),
    [({"scale": 1}, 22 + VALUES[:5].std(ddof=0)), ({"range": [0, 50]}, 50), ({"qrange": [0, 0.75]}, 4)],
)
def test_winsorize(how: dict[str, object], highest: float) -> None:
    assert winsorize(VALUES, **how).max() == pytest.approx(highest)
    assert np.isnan(winsorize(VALUES, inclusive=False, **how)["e"])


def test_winsorize_takes_one_way_only() -> None:
    for how in ({}, {"scale": 1, "range": [0, 1]}):
        with pytest.raises(ValueError, match="只给一个"):
            winsorize(VALUES, **how)


def test_winsorize_med_by_row_and_by_column() -> None:
    assert winsorize_med(VALUES, scale=3).max() == 6  # median 3, distances' median 1
    frame = pd.DataFrame([VALUES[:5].tolist(), [1.0] * 5], columns=list("abcde"))
    assert winsorize_med(frame, scale=3).iloc[0].max() == 6
    assert winsorize_med(frame, scale=0, axis=0)["e"].tolist() == [50.5, 50.5]


def test_arrays_come_back_as_arrays() -> None:
    both = np.array([[1.0, 2, 3, np.nan], [4, 4, 7, 1]])
    assert standardlize(both, axis=0)[:, 0].tolist() == [-1, 1]
    assert winsorize(both[1], range=[2, 5]).tolist() == [4, 4, 5, 2]
    assert winsorize_med(np.array([1, 2, 3, 40]), scale=1).tolist() == [1.5, 2, 3, 3.5]


def test_what_is_infinite_lies_outside_unless_it_is_left_out() -> None:
    assert winsorize(VALUES, range=[0, 50], inf2nan=False)["f"] == 50
    assert winsorize_med(VALUES, scale=3, inf2nan=False)["f"] == 6
    assert winsorize(VALUES, scale=1, inf2nan=False, inclusive=False).dropna().index.tolist() == list("abcd")
    assert standardlize(VALUES, inf2nan=False)["f"] == np.inf

"""Members of an index as quotes has them, where no data provider does; and what the page about data says."""

from datetime import timedelta
from pathlib import Path

import pytest

from common import messages as m
from jqdata import NeedsProvider, get_index_stocks, get_index_weights
from jqdata.datasets import DATASETS
from tests.jqdata.desk import TODAY, A, B, Desk

INDEX = "000300.XSHG"
PAGE = Path(__file__).parents[2] / "docs" / "data.md"


def test_quotes_knows_the_members_of_an_index(desk: Desk) -> None:
    desk.index_members[INDEX] = m.Members(INDEX, [A, B], [600_000, 400_000])
    assert get_index_stocks(INDEX) == [B, A]
    assert desk.members_asked == [(INDEX, 0)]
    assert get_index_stocks("000300.SH", TODAY - timedelta(days=30)) == [B, A]
    assert get_index_stocks(INDEX, TODAY + timedelta(days=30)) == [B, A]
    assert desk.members_asked[1:] == [(INDEX, 20261021), (INDEX, 0)], "of the future there is today's list"
    assert get_index_weights(INDEX)["weight"].to_dict() == {A: 60.0, B: 40.0}


def test_what_quotes_does_not_know_needs_a_provider(desk: Desk) -> None:
    with pytest.raises(NeedsProvider, match=r"get_index_stocks .*akshare"):
        get_index_stocks(INDEX)
    desk.index_members[INDEX] = m.Members(INDEX, [A], [])
    with pytest.raises(NeedsProvider, match="get_index_weights"):
        get_index_weights(INDEX)


def test_the_page_names_every_dataset_with_its_providers() -> None:
    told: dict[str, tuple[str, str]] = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[0].startswith("`"):
            told |= {name: (cells[2], cells[3]) for name in cells[0].replace("`", "").split()}
    for name, one in DATASETS.items():
        assert told.get(name) == (one.time or "–", ", ".join(one.providers)), name

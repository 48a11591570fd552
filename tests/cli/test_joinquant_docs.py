"""The page of names is made from the code, and is the one in docs."""

import pytest

from cli.joinquant_docs import main, page
from jqdata.registry import table


def test_the_page_in_docs_is_fresh(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0, capsys.readouterr().err


def test_every_name_stands_on_it() -> None:
    text = page()
    for row in table().values():
        assert f"`{row.name}`" in text or row.name.startswith("alpha_"), row.full_name

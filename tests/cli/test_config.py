"""The verb ``config`` shows each value with its origin and no secret; its page in docs is fresh."""

import csv
import io
from pathlib import Path

import pytest

from cli import config_docs
from cli.config import HEADINGS, MASK, as_csv, config, rows
from common.settings import Loaded, load
from common.settings_known import KNOWN
from common.settings_names import WITHOUT_EFFECT

SETTINGS_GIVEN = {
    "QMT_SERVER_TOKEN": "s3cr3t-token",
    "JQDATA_PASSWORD": "s3cr3t-password",
    "QMT_ACCOUNT_ID": "001234",
    "QMT_DATA_PATH": r"C:\国金[1]\userdata_mini",
    "MAX_ORDER_VALUE__SIM": "50000",
    "TICK_SYNC_ENABLED": "true",
}


@pytest.fixture
def loaded() -> Loaded:
    return load(None, SETTINGS_GIVEN, {"LIVE_MODE": "live"})


def test_rows_show_value_origin_and_meaning(loaded: Loaded) -> None:
    shown = {row.name: row for row in rows(loaded)}
    assert list(shown) == [*KNOWN, "MAX_ORDER_VALUE__SIM"]
    assert (shown["LIVE_MODE"].value, shown["LIVE_MODE"].origin) == ("live", "命令行")
    assert (shown["MAX_ORDER_VALUE"].value, shown["MAX_ORDER_VALUE"].origin) == ("100000", "默认值")
    assert (shown["MAX_ORDER_VALUE__SIM"].value, shown["MAX_ORDER_VALUE__SIM"].origin) == ("50000", "环境变量")
    assert all(row.meaning and row.origin for row in shown.values())


def test_secrets_are_masked_and_unset_ones_are_empty(loaded: Loaded) -> None:
    shown = {row.name: row.value for row in rows(loaded)}
    assert shown["QMT_SERVER_TOKEN"] == shown["JQDATA_PASSWORD"] == MASK and shown["TUSHARE_TOKEN"] == ""


@pytest.mark.parametrize("as_text", [True, False])
def test_printed(loaded: Loaded, as_text: bool, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    config(loaded, csv=not as_text)
    out, err = (part.decode("utf-8") for part in capfdbinary.readouterr())
    assert "s3cr3t" not in out + err
    assert all(heading in out for heading in HEADINGS)
    assert ("TICK_SYNC_ENABLED 已接受" in out, "TICK_SYNC_ENABLED 已接受" in err) == (as_text, not as_text)


def test_table_keeps_brackets(
    loaded: Loaded, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    config(loaded, csv=False)
    assert r"C:\国金[1]\userdata_mini" in capfdbinary.readouterr().out.decode("utf-8")


def test_csv_is_read_back_by_excel(loaded: Loaded) -> None:
    raw = as_csv(rows(loaded))
    assert raw.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert tuple(lines[0]) == HEADINGS and len(lines) == len(KNOWN) + 2
    assert {line[0]: line[1] for line in lines}["QMT_DATA_PATH"] == r"C:\国金[1]\userdata_mini"


def test_page_in_docs_is_fresh() -> None:
    assert config_docs.PAGE.read_text(encoding="utf-8") == config_docs.page(), (
        "docs/config.md is stale: python -m cli.config_docs > docs/config.md"
    )
    assert config_docs.main(["--check"]) == 0


def test_stale_page_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(config_docs, "PAGE", tmp_path / "config.md")
    assert config_docs.main(["--check"]) == 1
    (tmp_path / "config.md").write_text(config_docs.page() + "x", encoding="utf-8")
    assert config_docs.main(["--check"]) == 1


def test_page_names_everything() -> None:
    page = config_docs.page()
    assert all(f"`{name}`" in page for name in [*KNOWN, *WITHOUT_EFFECT])

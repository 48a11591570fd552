"""How a data provider is chosen and opened: by its name, with one line where something is missing; and its cache."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest

from common import messages as m
from common.errors import ConfigError
from common.settings import Settings, load
from services.strategy.providers import name_of_provider, provider_of
from services.strategy.providers.cache import Cached
from services.strategy.providers.faults import ProviderFault
from services.strategy.providers.local import LocalFolder

NOVEMBER = date(2026, 11, 20)
WANT = m.Want("valuation", "2026-11-19", last="2026-11-19", columns=["code", "market_cap"])


def settings(folder: Path, **given: str) -> Settings:
    return load(None, {}, {"RUNTIME_DIR": str(folder), **given}).settings


def opened(folder: Path, **given: str) -> tuple[object, str]:
    return provider_of(settings(folder, **given), lambda: NOVEMBER)


@pytest.mark.parametrize("name", ["", "simulator", "qmt", "qmt-remote", "miniqmt"])
def test_data_that_follows_the_broker_needs_no_provider(tmp_path: Path, name: str) -> None:
    assert opened(tmp_path, DEFAULT_DATA_PROVIDER=name) == (None, "")


@pytest.mark.parametrize("name", ["tdx", "easy_tdx", "rqdata"])
def test_a_name_without_a_plug_in_is_accepted_with_one_line(tmp_path: Path, name: str) -> None:
    provider, note = opened(tmp_path, DEFAULT_DATA_PROVIDER=name)
    assert provider is None and name in note and "local、jqdata、akshare、tushare" in note and "[NO_PLUGIN]" in note


def test_an_unknown_name_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"DEFAULT_DATA_PROVIDER=jqdat 无效.*jqdata"):
        settings(tmp_path, DEFAULT_DATA_PROVIDER="jqdat")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"DEFAULT_DATA_PROVIDER": "local"}, r"还需要设置 LOCAL_DATA_DIR \[PROVIDER_SETTING_MISSING\]"),
        ({"DEFAULT_DATA_PROVIDER": "local", "LOCAL_DATA_DIR": "nowhere"}, r"nowhere 不是文件夹.*\[DATA_DIR_MISSING\]"),
        (
            {"DEFAULT_DATA_PROVIDER": "jqdata", "JQDATA_USERNAME": "1"},
            r"设置 JQDATA_PASSWORD \[PROVIDER_SETTING_MISSING\]",
        ),
        ({"DEFAULT_DATA_PROVIDER": "tushare"}, r"还需要设置 TUSHARE_TOKEN"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, given: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        opened(tmp_path, **given)


@pytest.mark.skipif(find_spec("jqdatasdk") is not None, reason="jqdatasdk is installed")
def test_a_library_that_is_not_installed_is_named_with_the_extra(tmp_path: Path) -> None:
    given = {"DEFAULT_DATA_PROVIDER": "jqdatasdk", "JQDATA_USERNAME": "1", "JQDATA_PASSWORD": "2"}
    assert name_of_provider(settings(tmp_path, **given)) == "jqdata"
    with pytest.raises(ConfigError, match=r"pip install 'bullet-bus\[jqdata\]' \[LIBRARY_MISSING\]"):
        opened(tmp_path, **given)


def test_a_folder_is_opened_without_reading_it(tmp_path: Path) -> None:
    provider, note = opened(tmp_path, DEFAULT_DATA_PROVIDER="local", LOCAL_DATA_DIR=str(tmp_path))
    assert isinstance(provider, LocalFolder) and note == ""


def test_nobodys_library_is_imported_with_the_plug_ins() -> None:
    code = (
        "import sys, services.strategy.__main__\n"
        "from services.strategy.providers import jqdata_sdk, akshare_web, tushare_pro, local, cache, caller\n"
        "import jqdata; jqdata.valuation, jqdata.finance.STK_XR_XD\n"
        "print({'jqdatasdk', 'akshare', 'tushare', 'duckdb', 'pandas', 'sqlalchemy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == "set()"


# -- the cache -------------------------------------------------------------------------------------------------------


class Counted:
    """A provider that counts what it is asked for."""

    name, datasets = "jqdata", frozenset({"valuation"})

    def __init__(self) -> None:
        self.asked = 0
        self.table = pd.DataFrame(
            {"code": ["000001.XSHE"], "market_cap": [1.5], "day": [date(2026, 11, 19)], "x": [None]}
        )

    def rows(self, want: m.Want) -> pd.DataFrame:
        self.asked += 1
        return self.table


@pytest.fixture
def counted() -> Iterator[Counted]:
    yield Counted()


def test_what_is_settled_is_fetched_once_for_all_strategies(tmp_path: Path, counted: Counted) -> None:
    later = date(2026, 11, 21)
    first = Cached(counted, tmp_path, lambda: later).rows(WANT)
    again = Cached(counted, tmp_path, lambda: date(2026, 12, 30)).rows(WANT)
    assert counted.asked == 1 and again.columns.tolist() == first.columns.tolist()
    assert again.values.tolist() == [["000001.XSHE", 1.5, "2026-11-19", None]]
    Cached(counted, tmp_path, lambda: later).rows(m.Want("valuation", "2026-11-18", last="2026-11-18"))
    assert counted.asked == 2


def test_what_the_source_may_still_complete_is_good_for_its_day(tmp_path: Path, counted: Counted) -> None:
    days = [NOVEMBER]
    cached = Cached(counted, tmp_path, lambda: days[0])
    cached.rows(WANT), cached.rows(WANT)
    assert counted.asked == 1
    days[0] = date(2026, 11, 21)
    cached.rows(WANT)
    assert counted.asked == 2
    days[0] = date(2026, 11, 29)
    cached.rows(WANT)
    assert counted.asked == 2, "fetched on the 21st, two days after the 19th"


def test_nothing_is_not_remembered_and_the_unused_is_let_go(tmp_path: Path, counted: Counted) -> None:
    rows, counted.table = counted.table, counted.table.iloc[:0]
    Cached(counted, tmp_path, lambda: date(2026, 11, 25)).rows(WANT)
    counted.table = rows
    assert len(Cached(counted, tmp_path, lambda: date(2026, 11, 25)).rows(WANT)) == 1 and counted.asked == 2
    Cached(counted, tmp_path, lambda: date(2027, 3, 1)).rows(WANT)
    assert counted.asked == 3


def test_a_damaged_cache_is_told_with_the_remedy(tmp_path: Path, counted: Counted) -> None:
    (tmp_path / "jqdata.db").write_bytes(b"no database at all, but long enough to be taken for one" * 50)
    with pytest.raises(ProviderFault, match=r"jqdata\.db 无法使用.*请删除该文件"):
        Cached(counted, tmp_path, lambda: NOVEMBER).rows(WANT)


# -- the local folder ------------------------------------------------------------------------------------------------


def local(tmp_path: Path, text: bytes) -> LocalFolder:
    (tmp_path / "valuation.csv").write_bytes(text)
    return LocalFolder(tmp_path, tmp_path / "cache")


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    provider = local(tmp_path, "\ufeffcode,day,market_cap\n000001.XSHE,2026-11-19,1\n".encode())
    assert provider.rows(WANT)["market_cap"].tolist() == [1]
    local(tmp_path, b"code,day,market_cap\n000001.XSHE,2026-11-19,22\n")
    assert provider.rows(WANT)["market_cap"].tolist() == [22]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"code,market_cap\n000001.XSHE,1\n", "valuation 缺少列 day"),
        ("code,day,名\n1,2,浦发\n".encode("gbk"), "应为带表头的 UTF-8 文件"),
        (b"", "应为带表头的 UTF-8 文件"),
        (b'code,day\n"1,2\n', "应为带表头的 UTF-8 文件"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, text: bytes, said: str) -> None:
    with pytest.raises(ProviderFault, match=said):
        local(tmp_path, text).rows(WANT)


def test_parquet_is_read_as_csv_is(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    rows = "('000001.XSHE', DATE '2026-11-18', 1.5), ('000001.XSHE', DATE '2026-11-19', NULL)"
    path = tmp_path / "valuation.parquet"
    duckdb.connect().execute(f"COPY (SELECT * FROM (VALUES {rows}) t(code, day, market_cap)) TO '{path.as_posix()}'")
    provider = LocalFolder(tmp_path, tmp_path / "cache")
    assert provider.rows(WANT)["market_cap"].tolist() == [None]
    before = m.Want("valuation", "2026-11-18", last="2026-11-18", columns=["code", "day", "market_cap"])
    assert provider.rows(before).values.tolist() == [["000001.XSHE", "2026-11-18", 1.5]]
    path.write_bytes(b"no parquet")
    with pytest.raises(ProviderFault, match="应为 Parquet 文件"):
        provider.rows(WANT)

"""Alphas and the indicators bars do not give: from jqdatasdk's recorded answers, from a folder, and from nobody."""

import math
import pickle
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from common import messages as m
from jqdata import NeedsProvider
from jqlib import alpha101, alpha191
from jqlib.technical_analysis import CCL, FSL
from services.strategy.providers.jqdata_sdk import JoinQuant
from services.strategy.providers.local import LocalFolder
from tests.jqdata.desk import Desk
from tests.services.strategy.desk import Desk as StrategyDesk
from tests.services.strategy.recorded import JoinQuantLibrary, Recording, fits, joinquant_desk

A, B = "000001.XSHE", "600000.XSHG"


@pytest.fixture
def recording() -> Recording:
    return Recording("jqdatasdk_alpha")


@pytest.fixture
def desk(tmp_path: Path, recording: Recording) -> Iterator[Desk]:
    yield from joinquant_desk(tmp_path, recording)


def test_an_alpha_of_all_stocks_is_that_of_the_day_before(desk: Desk) -> None:
    for asked in ("2026-11-20", desk.time, "2027-01-01"):
        found = alpha101.alpha_001(asked)
        assert found[A] == 0.25 and found[B] == -0.5 and math.isnan(found["000002.XSHE"]), "today has none yet"


def test_an_alpha_of_an_index_on_a_day_of_rest_is_of_the_trading_day_before(desk: Desk) -> None:
    assert alpha101.alpha_001("2026-11-15", "000300.XSHG").to_dict() == {A: -0.5, B: 0.5}


def test_an_alpha_of_codes_has_each_of_them_in_their_order(desk: Desk) -> None:
    found = alpha191.alpha_007([B, A])
    assert list(found.index) == [B, A] and found[B] == 1.24949 and math.isnan(found[A])
    assert alpha191.alpha_075(["600000.SH"], "000905.SH", "2026-11-18", fq="post").to_dict() == {B: 0.75}

    with pytest.raises(ValueError, match="alpha_007 的股票池不能为空"):
        alpha191.alpha_007([])


def test_indicators_that_bars_do_not_give(desk: Desk) -> None:
    swl, sws = FSL([B, A], desk.time)
    assert (swl[B], sws[B]) == (8.97, 9.02) and math.isnan(swl[A])
    assert FSL(["600000.SH", A], desk.time)[1]["600000.SH"] == 9.02
    assert CCL("IF2612.CCFX", "2026-11-18", M=10) == ({"IF2612.CCFX": 2533.0}, {"IF2612.CCFX": 2500.0})
    with pytest.raises(ValueError, match="FSL 的证券列表不能为空"):
        FSL([], desk.time)


@pytest.mark.parametrize(("module", "name"), [(alpha101, "alpha_048"), (alpha191, "alpha_030")])
def test_what_joinquant_never_wrote_is_not_asked_of_it(
    desk: Desk, recording: Recording, module: object, name: str
) -> None:
    with pytest.raises(NeedsProvider, match=rf"^{name} 需要Alpha 因子，可由数据源 本地文件夹（local） 提供"):
        getattr(module, name)(*(["2026-11-19"] if module is alpha101 else [[A], "2026-11-19"]))
    assert [call for call, *_ in recording.calls] == ["auth"]


def test_without_a_provider_one_error_names_who_has_them(desk: Desk) -> None:
    desk.provider = None
    for ask in (lambda: alpha101.alpha_056("2026-11-19"), lambda: alpha191.alpha_191([A]), lambda: FSL(A, desk.time)):
        with pytest.raises(NeedsProvider, match=r"本地文件夹（local） 或 jqdatasdk 提供.*\[NEEDS_PROVIDER\]") as told:
            ask()
        assert "尚未接入" not in str(told.value)


def test_a_folder_may_have_them(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    rows = [
        "alpha_056,2026-11-19,000001.XSHE,1.5",
        "alpha_056,2026-11-20,000001.XSHE,9",
        "alpha_048,2026-11-19,600000.XSHG,2",
        "alpha_056 index=000300.XSHG,2026-11-19,000001.XSHE,0.5",
    ]
    (folder / "alpha101.csv").write_text("alpha,day,code,value\n" + "\n".join(rows), encoding="utf-8")
    (folder / "technical.csv").write_text(
        "indicator,day,code,line,value\nFSL,2026-11-19,600000.XSHG,0,8.5\nFSL,2026-11-19,600000.XSHG,1,8.25\n"
        "FSL,2026-11-20,600000.XSHG,0,99\n",
        encoding="utf-8",
    )
    desk.provider = LocalFolder(folder, tmp_path / "cache")
    assert alpha101.alpha_056("2026-11-20").to_dict() == {A: 1.5}, "today's is not known"
    assert alpha101.alpha_056("2026-11-20", index="000300.XSHG").to_dict() == {A: 0.5}
    assert alpha101.alpha_048("2026-11-19").to_dict() == {B: 2.0}
    assert alpha101.alpha_100("2026-11-19").empty
    assert FSL(B, "2026-11-20") == ({B: 8.5}, {B: 8.25})


def test_a_strategy_may_keep_one_among_its_globals() -> None:
    assert pickle.loads(pickle.dumps(alpha101.alpha_007)) is alpha101.alpha_007
    assert pickle.loads(pickle.dumps(CCL)) is CCL
    with pytest.raises(AttributeError, match="alpha101 没有 'alpha_102'"):
        alpha101.alpha_102  # noqa: B018


@pytest.mark.skipif(find_spec("jqdatasdk") is None, reason="jqdatasdk is not installed")
def test_the_real_library_takes_these_calls(recording: Recording) -> None:
    library = import_module("jqdatasdk")
    for entry in recording.entries[1:]:
        module, _, name = entry["call"].partition(".")
        assert fits(getattr(getattr(library, module), name), entry["args"], entry.get("kwargs", {})), entry["call"]


EVERY_MINUTE = """
from jqlib.alpha191 import alpha_007

def initialize(context):
    run_daily(look, 'every_bar')

def look(context):
    log.info('%.2f' % alpha_007(['600000.XSHG', '000001.XSHE'])['600000.XSHG'])
"""


def test_a_strategy_that_asks_each_minute_is_answered_by_one_question(tmp_path: Path, recording: Recording) -> None:
    running = StrategyDesk(tmp_path, EVERY_MINUTE, data_provider="jqdata")
    running.provider = JoinQuant("13800000000", "right", lambda: JoinQuantLibrary(recording))
    running.open()
    running.run("9:40")
    assert running.said("1.25")
    (asked,) = [query for query in running.queries if isinstance(query, m.AskProvider)]
    assert asked.function == "jqlib.alpha191.alpha_007"
    assert [(want.dataset, want.key, want.known) for want in asked.wants] == [("alpha191", "alpha_007", "2026-11-19")]

"""Settings, notes, files, messages, subscriptions and the log."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import jqdata
from jqdata import log
from tests.jqdata.desk import A, B, Desk


def test_settings_are_kept_in_plain_values(desk: Desk) -> None:
    jqdata.set_option("use_real_price", True)
    jqdata.set_benchmark("000300.XSHG")
    jqdata.set_order_cost(jqdata.OrderCost(close_tax=0.001, min_commission=5), type="stock")
    jqdata.set_order_cost(jqdata.OrderCost(), "fund", ref=A)
    jqdata.set_commission(jqdata.PerTrade(buy_cost=0.0003, sell_cost=0.0013, min_cost=5))
    jqdata.set_slippage(jqdata.FixedSlippage(0.02))
    jqdata.set_universe([A, "000001.SZ"])
    jqdata.disable_cache()
    assert desk.settings["option.use_real_price"] is True
    assert desk.settings["benchmark"] == "000300.XSHG"
    assert desk.settings["order_cost.stock"]["close_tax"] == 0.001
    assert desk.settings["order_cost.stock"]["class"] == "OrderCost"
    assert set(desk.settings) >= {f"order_cost.fund.{A}", "commission", "slippage"}
    assert desk.settings["universe"] == [A, B]
    assert desk.lines == []


def test_what_has_no_effect_is_warned_about(desk: Desk) -> None:
    jqdata.set_option("use_real_prices", True)
    assert [level for level, *_ in desk.lines] == ["warning"]
    assert "use_real_prices" in desk.lines[0][2]


def test_sub_accounts_are_the_hosts_matter(desk: Desk) -> None:
    jqdata.set_subportfolios([jqdata.SubPortfolioConfig(1e5, "stock"), jqdata.SubPortfolioConfig(1e5, "futures")])
    jqdata.transfer_cash(from_pindex=0, to_pindex=1, cash=5e4)
    assert desk.divided == [(1e5, "stock"), (1e5, "futures")] and desk.transfers == [(0, 1, 5e4)]
    assert desk.settings["subportfolios"] == [{"cash": 1e5, "type": "stock"}, {"cash": 1e5, "type": "futures"}]


def test_notes_and_messages(desk: Desk) -> None:
    jqdata.record(rank=3, value=1.5)
    jqdata.send_message("买入完成", channel="weixin")
    jqdata.send_msg(42)
    assert desk.recorded == [{"rank": 3.0, "value": 1.5}]
    assert desk.messages == ["买入完成", "42"]


def test_a_column_of_one_row_is_a_number_to_note_and_a_whole_one_is_refused(desk: Desk) -> None:
    scores = pd.DataFrame({"score": [1.234, 2.0]}, index=[A, B])
    jqdata.record(best=round(scores.loc[A], 2), one=np.array([3]))
    assert desk.recorded == [{"best": 1.23, "one": 3.0}]
    with pytest.raises(ValueError, match="best 应为一个数，而不是 Series"):
        jqdata.record(best=scores["score"])


def test_files_stay_in_the_strategys_folder(desk: Desk, tmp_path: Path) -> None:
    jqdata.write_file("out/名单.csv", "代码\n")
    jqdata.write_file("out/名单.csv", b"600000\n", append=True)
    assert jqdata.read_file("out/名单.csv") == "代码\n600000\n".encode()
    assert (tmp_path / "out" / "名单.csv").is_file()


@pytest.mark.parametrize("path", ["../x", "a/../../x", "", ".", "/etc/hostname"])
def test_no_path_leads_out_of_the_folder(desk: Desk, path: str) -> None:
    for call in (lambda: jqdata.read_file(path), lambda: jqdata.write_file(path, "x")):
        with pytest.raises(ValueError, match="运行目录"):
            call()


def test_no_link_leads_out_of_the_folder(desk: Desk, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    try:
        (tmp_path / "link").symlink_to(outside, target_is_directory=True)
    except OSError:
        pytest.skip("this user may not make links")
    with pytest.raises(ValueError, match="运行目录"):
        jqdata.write_file("link/x", "x")


def test_subscriptions(desk: Desk) -> None:
    jqdata.subscribe(A, "tick")
    jqdata.subscribe(["000001.SZ", "688001.XSHG"])
    jqdata.unsubscribe(A)
    assert desk.subscribed == {B, "688001.XSHG"}
    jqdata.unsubscribe_all()
    assert desk.subscribed == set()
    with pytest.raises(ValueError, match="tick"):
        jqdata.subscribe(A, "1m")


@pytest.mark.parametrize(
    ("parts", "line"),
    [
        (("买入",), "买入"),
        (("买入", A, 100), f"买入 {A} 100"),
        (("%s 买入 %d", A, 100), f"{A} 买入 100"),
        (("涨幅 5%", A), f"涨幅 5% {A}"),
        (([1, 2],), "[1, 2]"),
        ((), ""),
    ],
)
def test_log_lines(desk: Desk, parts: tuple[object, ...], line: str) -> None:
    log.info(*parts)
    assert desk.lines == [("info", "strategy", line)]


def test_log_levels(desk: Desk) -> None:
    log.debug("a")
    log.warn("b")
    log.warning("c")
    log.error("d")
    assert [level for level, *_ in desk.lines] == ["debug", "warning", "warning", "error"]
    log.set_level("order", "error")
    log.set_level("system", "warn")
    assert desk.levels == {"order": "error", "system": "warning"}
    for name, level in [("orders", "error"), ("order", "fatal")]:
        with pytest.raises(ValueError, match=r"log\.set_level"):
            log.set_level(name, level)

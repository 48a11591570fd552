"""A simulated day with a data provider: the picks are traded, a kill changes nothing, a replay is the same."""

import sqlite3
from collections.abc import Callable
from datetime import date

import pytest

from common.calendar import load
from tests.jqdata.provider_data import write
from tests.stack.books import Books
from tests.stack.desk import DAY, WIDE, Desk
from tests.stack.replays import check_replays

CODES = [f"{600000 + number}.XSHG" for number in range(2_000)]
PICK = """
def initialize(context):
    run_daily(pick, '9:35')
    run_daily(again, '13:30')


def pick(context):
    wide = get_fundamentals(query(valuation.code, valuation.market_cap, valuation.pe_ratio))
    log.info('%d codes, the largest %s' % (len(wide), wide.sort_values('market_cap').code.iloc[-1]))
    q = query(valuation.code).filter(valuation.market_cap < 3, valuation.pe_ratio > 0).order_by(valuation.code)
    for code in get_fundamentals(q).code:
        order(code, 100)


def again(context):
    for code in get_index_stocks('000300.XSHG', context.previous_date):
        order(code, 200)
    get_fundamentals(query(income.code))
"""


@pytest.mark.slow
def test_a_day_with_a_local_folder(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk({**WIDE, "DEFAULT_DATA_PROVIDER": "local", "LOCAL_DATA_DIR": "data"})
    days = load().days_between(date(2026, 11, 17), date(2026, 11, 23))
    write(
        desk.folder / "data",
        {
            "valuation": [
                {
                    "code": code,
                    "day": f"{day}",
                    "market_cap": at if f"{day}" < DAY else 1,
                    "pe_ratio": 7.5,
                    "pb_ratio": 1,
                }
                for day in days
                for at, code in enumerate(CODES, 1)
            ],
            "index_weights": [
                {"index_code": "000300.XSHG", "day": "2026-11-02", "code": code, "weight": 50} for code in CODES[:2]
            ],
        },
    )
    live = desk.live(desk.strategy("pick", PICK), "--date", DAY)
    desk.until_market(live, "9:36")
    live.kill("strategy")
    live.finish()
    books = Books(live.runtime)
    bought = books.rows("select symbol, qty from orders order by qty, symbol")
    assert bought == [(code, qty) for qty in (100, 200) for code in CODES[:2]]
    said = live.log_of("strategy.pick")
    assert "2000 codes, the largest 601999.XSHG" in said
    assert "get_fundamentals：本地数据缺少文件 income.csv" in said and "[DATA_FILE_MISSING]" in said
    assert list((live.runtime / "journals" / "kept").iterdir()), "the answer of 2,000 rows lies beside the journal"
    with sqlite3.connect(next((live.runtime / "data_cache").glob("local-*.db"))) as db:
        assert db.execute("select count(*) from valuation").fetchone() == (len(days) * len(CODES),)
    check_replays(live.runtime)

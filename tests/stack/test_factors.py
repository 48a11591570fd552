"""A simulated day that picks by factors over bars and a folder's statements: a kill and a replay change nothing."""

from collections.abc import Callable

import pytest

from tests.jqdata.provider_data import write
from tests.stack.books import Books
from tests.stack.desk import DAY, Desk
from tests.stack.replays import check_replays

CODES = ["600036.XSHG", "601318.XSHG", "000001.XSHE", "000333.XSHE", "300750.XSHE"]
PICK = f"""
from jqfactor import Factor, calc_factors, neutralize, standardlize

CODES = {CODES}

class Cheap(Factor):
    name = 'cheap'
    max_window = 30
    dependencies = ['close', 'roe', 'roe_1']

    def calc(self, data):
        return data['roe'].iloc[-1] - data['roe_1'].iloc[-1] + 0 * data['close'].mean()

def initialize(context):
    run_daily(pick, '9:35')
    run_daily(again, '13:30')

def pick(context):
    date = context.previous_date
    values = calc_factors(CODES, [Cheap()], date, date)['cheap'].iloc[-1]
    score = standardlize(neutralize(values, ['sw_l1', 'ln_market_cap'], date=date, add_constant=True))
    log.info('factors %s scores %s' % (values.tolist(), score.round(4).tolist()))
    order(score.idxmax(), 300)

def again(context):
    found = calc_factors(CODES, [Cheap()], '2026-10-26', '2026-11-30')['cheap']
    log.info('%d days, known on %d' % (len(found), found.notna().all(axis=1).sum()))
"""


@pytest.mark.slow
def test_a_day_that_picks_by_factors(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk({"DEFAULT_DATA_PROVIDER": "local", "LOCAL_DATA_DIR": "data"})
    tables = {
        "indicator": [
            dict(code=code, statDate=period, pubDate=published, roe=float(at * growth))
            for at, code in enumerate(CODES, 1)
            for period, published, growth in (("2026-06-30", "2026-08-20", 1), ("2026-09-30", "2026-10-28", 3))
        ],
        "valuation": [dict(code=code, day="2026-11-19", market_cap=10.0**at) for at, code in enumerate(CODES, 1)],
        "industry_members": [
            dict(classification="sw_l1", industry_code="801780", industry_name="银行I", code=code,
                 start_date="2020-01-01")
            for code in CODES
        ],
    }  # fmt: skip
    write(desk.folder / "data", tables)
    live = desk.live(desk.strategy("factors", PICK), "--date", DAY)
    desk.until_market(live, "9:36")
    live.kill("strategy")
    live.finish()
    said = live.log_of("strategy.factors")
    assert "factors [2.0, 4.0, 6.0, 8.0, 10.0]" in said, live.report()
    bought = Books(live.runtime).rows("select symbol, qty from orders")
    assert len(bought) == 1 and bought[0][1] == 300
    assert "19 days, known on 17" in said, "the reports of October are seen from the 28th on"
    check_replays(live.runtime)

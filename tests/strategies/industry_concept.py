# 行业与概念：需要成分数据
from jqdata import *


def initialize(context):
    set_option('use_real_price', True)
    run_monthly(pick, 1, '9:35')
    run_daily(concept, '10:00')
    run_daily(future, '10:05')


def pick(context):
    banks = get_industry_stocks('801780', date=context.previous_date)
    order_target_value(banks[0], 10000)


def concept(context):
    order_target_value(get_concept_stocks('GN034')[0], 10000)


def future(context):
    log.info(get_dominant_future('IF', context.current_dt.date()))

"""The rows of the registry, group by group."""

from __future__ import annotations

from collections.abc import Iterator

from jqdata.datasets import givers, spoken
from jqdata.registry import Name, Support

_CASH = "实盘不能由策略转入转出资金；请在券商处办理"
_SUBS = "仍是券商的一个账户，子账户是策略进程里的账目：只有 'stock' 能交易；资金合计可以少于、不能超过账户的可用资金"
_NO_EFFECT = "接受并记录，对实盘没有作用：以券商为准"
_SIMULATED = "接受并记录；撮合由市场（或模拟柜台）决定"
_MARGIN = "普通股票账户没有融资融券"
_FUTURES = "股票账户不能交易期货"
_SAME = ""

_YES: dict[str, dict[str, str]] = {
    "对象 Objects": {
        "g": "逐个属性保存；不能保存的属性单独丢弃并记日志；读取没有的属性抛 AttributeError，同聚宽",
        "log": "另有 log.warning；行首为策略时间",
        "Context": _SAME,
        "GlobalState": "g 的类型，只用于标注",
        "Portfolio": "margin 恒为 0；short_positions 恒为空",
        "SubPortfolio": "融资融券各项恒为 0；现金红利留在账户，不计入子账户",
        "Position": "acc_avg_cost 只折算当日卖出的盈亏",
        "Order": "另有 outcome（unknown 表示柜台尚未答复）、reason、text、is_open",
        "OrderStatus": "取值同聚宽：filled 为部分成交，held 为全部成交；outcome 未知时 status 为 open",
        "Trade": "另有 is_buy、commission、pindex",
        "Tick": "没有 position（期货持仓量）",
        "SecurityUnitData": "除权日之前的 K 线按 attribute_history 复权；行情没有的标的为数据源昨天的 K 线",
        "OrderStyle": _SAME,
        "MarketOrderStyle": "limit_price 对所有板块都作保护价，不只科创板；不给时为最新价 ± 配置的百分比",
        "LimitOrderStyle": "价格按最小变动价位取整，买入向下、卖出向上",
        "StopMarketOrderStyle": "由策略进程盯行情触发；进程停止期间不触发；当日有效",
        "StopLimitOrderStyle": "同 StopMarketOrderStyle",
        "OrderCost": _NO_EFFECT,
        "PerTrade": _NO_EFFECT,
        "FixedSlippage": _NO_EFFECT,
        "PriceRelatedSlippage": _NO_EFFECT,
        "StepRelatedSlippage": _NO_EFFECT,
        "SubPortfolioConfig": _SUBS,
        "DividendsEvent": "bonus_pre_tax：股票按每 10 股、基金按每份计；security 另有 .code",
        "ForcedLiquidationEvent": "只用于 isinstance：现金账户没有强行平仓，不会发生",
        "Alert": "本系统的扩展：on_risk_alert 收到的风控事件",
        "NeedsProvider": "本系统的扩展：缺少数据源时抛出",
        "ProviderFailed": "本系统的扩展：数据源这次没有答复时抛出，含代码与办法",
        "NotSupported": "本系统的扩展：实盘做不到的函数抛出",
    },
    "设置 Settings": {
        "set_option": f"use_real_price 总是生效；其余{_SIMULATED}；未知选项记一条警告",
        "set_benchmark": "只记录",
        "set_order_cost": _NO_EFFECT,
        "set_commission": _NO_EFFECT,
        "set_slippage": _NO_EFFECT,
        "set_universe": "只供 history 的默认股票池",
        "set_subportfolios": f"{_SUBS}；原有的、手工买入的持仓和余下的资金不归子账户；"
        "再次调用时个数不变则沿用账目，个数改变要先清仓；零股按整个账户的余额能卖才卖；一个子账户即整个账户",
        "disable_cache": "没有作用",
        "enable_profile": "没有作用",
    },
    "定时 Schedule": {
        "run_daily": "time 另可为 'morning'、'night'、'every_minute'；reference_security 一律按股票时段",
        "run_weekly": "同 run_daily；首周从策略的第一天数起",
        "run_monthly": "同 run_daily；首月从策略的第一天数起",
        "unschedule_all": _SAME,
    },
    "交易 Orders": {
        "order": "默认等待成交（TRADE_MAX_WAIT_TIME），另有关键字 wait_timeout；close_today 没有作用；"
        "15:00 之后返回 None；买入按保护价（而非最新价）验资",
        "order_value": "同 order",
        "order_target": "同 order；先撤该标的未完成委托，撤不掉则返回 None",
        "order_target_value": "同 order_target",
        "cancel_order": "等待撤单的结果",
        "transfer_cash": "资金不足、子账户不存在时抛 ValueError；重新进入的回调不会再划一次",
        "get_open_orders": "含 outcome 为 unknown 的委托；只含本策略的",
        "get_orders": "只含本策略的",
        "get_trades": "只含本策略的",
        "batch_submit_orders": "逐笔提交、不等待成交；先按现价验资验券，有一笔不足则一笔也不提交",
        "batch_cancel_orders": "逐笔撤单",
        "retry_unfilled": "本系统的扩展：撤掉未成交的委托，按现价补下剩余数量",
    },
    "行情 Market": {
        "get_current_data": "industry_code 为证监会行业代码，没有数据源时为空；可以传代码列表，忽略",
        "attribute_history": "行情没有的标的与更早的日子由数据源提供（没有数据源则为空）；复权价按最小变动单位"
        "四舍五入；合成行情没有除权，录制行情的除权由文件给出",
        "history": "同 attribute_history",
        "get_price": "多标的 panel=True 返回可按字段取值的 Panel 替身；当日日线收盘后才有（停牌、涨跌停价盘前即有）；"
        "其余同 attribute_history",
        "get_bars": "复权、数据源同 attribute_history；其余同聚宽",
        "get_current_tick": "dt 需要有历史快照的数据源",
        "get_ticks": "当日的快照来自行情源；早于当日的需要数据源；count 不跨到前一日",
        "get_extras": "没有数据源时 is_st 为当前状态，净值不可用",
        "get_security_info": "行情没有的标的由数据源提供；没有数据源时，录制行情的上市日为其第一天；"
        "parent 恒为 None；date 不起作用",
        "get_all_securities": "行情没有的（已退市的等）由数据源提供；类型以行情源为准",
        "get_trade_days": _SAME,
        "get_all_trade_days": "从交易日表的第一天（2006-11-22）起，更早的由数据源提供",
        "get_trade_day": "一律按股票市场",
        "normalize_code": _SAME,
        "subscribe": "上限 TICK_SUBSCRIPTION_LIMIT；重启后仍有效",
        "unsubscribe": _SAME,
        "unsubscribe_all": _SAME,
    },
    "其他 Other": {
        "record": "写入日志",
        "send_message": "经本系统的告警渠道发出，channel 不起作用；没有每天 5 条的上限",
        "send_msg": "同 send_message",
        "read_file": "只限运行目录之内",
        "write_file": "只限运行目录之内",
        "check_stop_loss": "本系统的扩展：亏损超过比例的持仓代码",
        "filter_paused": "本系统的扩展：去掉停牌的代码",
        "max_drawdown": "本系统的扩展：一列净值的最大回撤",
    },
}

_FINANCE = "财务数据"
_LATEST = "date 晚于前一天的按前一天"
_LIBRARY = "：只返回今天之前公布的行；没有公布日期、日期列的表不截断；日期列为 datetime.date（jy 的为文字）"
# Of each: the group, what it needs, the dataset that has it (jqdata/datasets.py), and what differs.
_PROVIDED: dict[str, dict[str, tuple[str, str, str]]] = {
    "财务 Fundamentals": {
        "query": (_FINANCE, "valuation", "没有 outerjoin、子查询；各表自动按 code 连接；不能存入 g"),
        **{name: (_FINANCE, name, _SAME) for name in ("valuation", "indicator", "income", "balance", "cash_flow")},
        "finance": ("股东、公司等资料库", "finance.STK_XR_XD", f"run_query{_LIBRARY}"),
        "macro": ("宏观数据", "macro.MAC_CPI_MONTH", f"run_query{_LIBRARY}；按统计日期截断，早于公布日"),
        "bond": ("债券数据", "bond.BOND_BASIC_INFO", f"run_query{_LIBRARY}"),
        "opt": ("期权数据", "opt.OPT_CONTRACT_INFO", f"run_query{_LIBRARY}"),
        "jy": ("聚源数据", "jy.SecuMain", f"run_query{_LIBRARY}"),
        "get_fundamentals": (_FINANCE, "valuation", f"{_LATEST}；statDate 也只返回前一天之前公布的"),
        "get_fundamentals_continuously": (_FINANCE, "valuation", f"逐日查询；{_LATEST}"),
        "get_valuation": ("市值数据", "valuation", _LATEST),
        "get_history_fundamentals": (_FINANCE, "indicator", "watch_date 默认为前一天；只返回那之前公布的"),
    },
    "因子 Factors": {
        "get_factor_values": ("因子数据", "factor_values", _LATEST),
        "get_all_factors": ("因子数据", "factors", _SAME),
    },
    "成分 Members": {
        "get_index_stocks": ("指数成分", "index_weights", "没有数据源时由 QMT 行情提供；akshare 只有当前成分"),
        "get_index_weights": ("指数权重", "index_weights", "没有数据源时由 QMT 行情提供当天的"),
        "get_industry": ("行业分类", "industry_members", _SAME),
        "get_industries": ("行业分类", "industries", _SAME),
        "get_industry_stocks": ("行业成分", "industry_members", _SAME),
        "get_concept": ("概念分类", "concept_members", _SAME),
        "get_concepts": ("概念分类", "concepts", _SAME),
        "get_concept_stocks": ("概念成分", "concept_members", _SAME),
    },
    "资金与明细 Flows": {
        "get_call_auction": ("集合竞价数据", "call_auction", _SAME),
        "get_money_flow": ("资金流向", "money_flow", _LATEST),
        "get_billboard_list": ("龙虎榜", "billboard", _LATEST),
        "get_locked_shares": ("限售解禁数据", "locked_shares", "只返回今天之前公告的"),
        "get_mtss": ("融资融券数据", "mtss", _LATEST),
        "get_margincash_stocks": ("融资标的名单", "margincash_stocks", _SAME),
        "get_marginsec_stocks": ("融券标的名单", "marginsec_stocks", _SAME),
        "get_dominant_future": ("期货合约", "dominant_futures", _SAME),
        "get_future_contracts": ("期货合约", "future_contracts", _SAME),
    },
}

_REFUSED: dict[str, str] = {
    "inout_cash": _CASH,
    **dict.fromkeys(
        ("margincash_open", "margincash_close", "margincash_direct_refund", "marginsec_open", "marginsec_close"),
        _MARGIN,
    ),
    **dict.fromkeys(("buy_open", "sell_open", "buy_close", "sell_close"), _FUTURES),
}


def rows() -> Iterator[Name]:
    """Every row, in the order of the page."""
    from jqdata.registry_modules import module_rows

    for group, names in _YES.items():
        yield from (Name(name, group, Support.YES, deviation=said) for name, said in names.items())
    for group, wanted in _PROVIDED.items():
        for name, (needs, dataset, differs) in wanted.items():
            yield Name(name, group, Support.PROVIDER, needs, spoken(givers(dataset)), differs)
    for name, why in _REFUSED.items():
        yield Name(name, "账户 Accounts", Support.NO, deviation=why)
    yield from module_rows()


def callbacks() -> Iterator[Name]:
    """The functions that a strategy may define and the host calls by name."""
    said = {
        "initialize": _SAME,
        "process_initialize": _SAME,
        "after_code_changed": "首次启动时也在 initialize 之后运行一次（同聚宽回测；与已有任务相同的"
        "不再重复登记）；先于 process_initialize",
        "after_code_change": "同 after_code_changed",
        "before_trading_start": "09:00；盘前委托保留到 9:15（限价）、9:30（市价）发出",
        "handle_data": "每分钟一次；data[code] 为上一根 K 线；与 handle_tick 可以并用",
        "handle_tick": "订阅的标的有新快照即运行（含集合竞价）；代码比行情慢时只取最新的，略过的个数日终写入日志",
        "after_trading_end": "15:30；收盘后下单返回 None",
        "on_event": "09:00，先于 before_trading_start：前一日已持有的标的今天除权除息（DividendsEvent），每个标的一次；"
        "没有强平事件：现金账户没有强行平仓",
        "on_strategy_end": "只在模拟运行的最后一天结束之后；不能再下单、取数；实盘没有终点",
        "on_order": "本系统的扩展：on_order(context, order)，委托有变化时",
        "on_trade": "本系统的扩展：on_trade(context, trade)，每笔成交",
        "on_risk_alert": "本系统的扩展：on_risk_alert(context, alert)，风控拒单、暂停、告警",
    }
    yield from (Name(name, "回调 Callbacks", Support.YES, deviation=text) for name, text in said.items())

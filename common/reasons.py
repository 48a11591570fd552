"""Every reason for a "no", with the Chinese text a trader reads; the code is what programs match."""

from __future__ import annotations

import enum


class Reason(enum.StrEnum):
    """Codes in the order of the path: strategy host, risk, gateway, broker."""

    # strategy host: refused before anything was sent
    SUSPENDED = "SUSPENDED"
    UNKNOWN_SYMBOL = "UNKNOWN_SYMBOL"
    AMOUNT_ZERO = "AMOUNT_ZERO"
    NOT_SUPPORTED = "NOT_SUPPORTED"
    # risk: denied
    MAX_ORDER_VALUE = "MAX_ORDER_VALUE"
    MAX_DAILY_TRADE_VALUE = "MAX_DAILY_TRADE_VALUE"
    MAX_DAILY_TRADES = "MAX_DAILY_TRADES"
    MAX_STOCK_COUNT = "MAX_STOCK_COUNT"
    MAX_POSITION_RATIO = "MAX_POSITION_RATIO"
    MIN_BUY_ORDER_VALUE = "MIN_BUY_ORDER_VALUE"
    ORDER_MAX_VOLUME = "ORDER_MAX_VOLUME"
    MAX_DAILY_CANCELS = "MAX_DAILY_CANCELS"
    MIN_CANCEL_INTERVAL_SECONDS = "MIN_CANCEL_INTERVAL_SECONDS"
    MAX_CANCEL_PER_ORDER = "MAX_CANCEL_PER_ORDER"
    CASH_NOT_ENOUGH = "CASH_NOT_ENOUGH"
    SELLABLE_NOT_ENOUGH = "SELLABLE_NOT_ENOUGH"
    HALTED = "HALTED"
    EXPIRED = "EXPIRED"
    DUPLICATE_ID = "DUPLICATE_ID"
    BAD_ORDER = "BAD_ORDER"
    UNKNOWN_OUTCOME = "UNKNOWN_OUTCOME"
    UNKNOWN_ACCOUNT = "UNKNOWN_ACCOUNT"
    UNKNOWN_ORDER = "UNKNOWN_ORDER"
    NOT_READY = "NOT_READY"
    ORDER_CLOSED = "ORDER_CLOSED"
    JOURNAL_UNWRITABLE = "JOURNAL_UNWRITABLE"
    # quantity and price rules of the exchange
    QTY_NOT_POSITIVE = "QTY_NOT_POSITIVE"
    QTY_NOT_LOT = "QTY_NOT_LOT"
    QTY_BELOW_MIN = "QTY_BELOW_MIN"
    QTY_ABOVE_MAX = "QTY_ABOVE_MAX"
    ODD_LOT = "ODD_LOT"
    PRICE_NOT_TICK = "PRICE_NOT_TICK"
    PRICE_ABOVE_LIMIT = "PRICE_ABOVE_LIMIT"
    PRICE_BELOW_LIMIT = "PRICE_BELOW_LIMIT"
    PRICE_OUTSIDE_CAGE = "PRICE_OUTSIDE_CAGE"
    # gateway and broker
    MARKET_CLOSED = "MARKET_CLOSED"
    NO_QUOTE = "NO_QUOTE"
    NO_LIQUIDITY = "NO_LIQUIDITY"
    CANCEL_NOT_ALLOWED = "CANCEL_NOT_ALLOWED"
    CANCELLED_BY_USER = "CANCELLED_BY_USER"
    DAY_ENDED = "DAY_ENDED"
    BROKER_REJECTED = "BROKER_REJECTED"
    BROKER_DOWN = "BROKER_DOWN"
    # reconciliation
    BOOKS_DIFFER = "BOOKS_DIFFER"
    OPENING_DIFFERS = "OPENING_DIFFERS"
    BOOKS_CHANGED = "BOOKS_CHANGED"
    FOREIGN_ORDER = "FOREIGN_ORDER"
    NOT_UNKNOWN = "NOT_UNKNOWN"
    BAD_RESOLVE = "BAD_RESOLVE"
    RESOLVED = "RESOLVED"
    # market data
    FEED_DOWN = "FEED_DOWN"
    FEED_SILENT = "FEED_SILENT"
    FEED_ERROR = "FEED_ERROR"
    DATA_MISSING = "DATA_MISSING"
    DOWNLOADING = "DOWNLOADING"
    CALENDAR_DIFFERS = "CALENDAR_DIFFERS"
    # wire
    BAD_FRAME = "BAD_FRAME"
    NOT_ALLOWED = "NOT_ALLOWED"
    # remote link
    HELLO_FIRST = "HELLO_FIRST"
    VERSION_MISMATCH = "VERSION_MISMATCH"
    MODE_MISMATCH = "MODE_MISMATCH"
    NAME_IN_USE = "NAME_IN_USE"
    SENDER_FORGED = "SENDER_FORGED"
    TOKEN_SCOPE = "TOKEN_SCOPE"
    TOKEN_ACCOUNT = "TOKEN_ACCOUNT"
    TOKEN_SYMBOL = "TOKEN_SYMBOL"
    TOKEN_ORDER_VALUE = "TOKEN_ORDER_VALUE"
    TOKEN_ENDED = "TOKEN_ENDED"
    TOO_MANY_CONNECTIONS = "TOO_MANY_CONNECTIONS"
    TOO_MANY_SUBSCRIPTIONS = "TOO_MANY_SUBSCRIPTIONS"
    NOT_SERVED = "NOT_SERVED"
    RATE_LIMITED = "RATE_LIMITED"

    @classmethod
    def of(cls, code: str) -> Reason:
        """The reason of a code that came from elsewhere; one nobody knows is just not allowed."""
        return cls(code) if code in cls.__members__ else cls.NOT_ALLOWED


TEXTS: dict[Reason, str] = {
    Reason.SUSPENDED: "停牌，取消下单",
    Reason.UNKNOWN_SYMBOL: "证券代码不存在、已退市或未上市",
    Reason.AMOUNT_ZERO: "下单数量调整后为 0",
    Reason.NOT_SUPPORTED: "不支持的下单方式",
    Reason.MAX_ORDER_VALUE: "单笔金额超限",
    Reason.MAX_DAILY_TRADE_VALUE: "当日累计成交金额超限",
    Reason.MAX_DAILY_TRADES: "当日交易笔数超限",
    Reason.MAX_STOCK_COUNT: "持仓只数超限",
    Reason.MAX_POSITION_RATIO: "单只持仓占比超限",
    Reason.MIN_BUY_ORDER_VALUE: "买入金额低于下限",
    Reason.ORDER_MAX_VOLUME: "单笔数量超限",
    Reason.MAX_DAILY_CANCELS: "当日撤单次数超限",
    Reason.MIN_CANCEL_INTERVAL_SECONDS: "撤单间隔过短",
    Reason.MAX_CANCEL_PER_ORDER: "该委托撤单次数超限",
    Reason.CASH_NOT_ENOUGH: "可用资金不足",
    Reason.SELLABLE_NOT_ENOUGH: "可卖数量不足",
    Reason.HALTED: "交易已暂停",
    Reason.EXPIRED: "委托已过有效时间",
    Reason.DUPLICATE_ID: "委托编号已用于内容不同的委托",
    Reason.BAD_ORDER: "委托内容无效",
    Reason.UNKNOWN_OUTCOME: "同账户同证券同方向有一笔结果未知的委托，先查明再下单",
    Reason.UNKNOWN_ACCOUNT: "账户不存在",
    Reason.UNKNOWN_ORDER: "委托不存在",
    Reason.NOT_READY: "尚未取得账户状态",
    Reason.ORDER_CLOSED: "委托已结束",
    Reason.JOURNAL_UNWRITABLE: "日志无法写入，拒绝新委托",
    Reason.QTY_NOT_POSITIVE: "数量必须大于 0",
    Reason.QTY_NOT_LOT: "数量不是交易单位的整数倍",
    Reason.QTY_BELOW_MIN: "数量低于最低申报数量",
    Reason.QTY_ABOVE_MAX: "数量超过单笔最大申报数量",
    Reason.ODD_LOT: "零股须一次性卖出",
    Reason.PRICE_NOT_TICK: "价格不是最小变动单位的整数倍",
    Reason.PRICE_ABOVE_LIMIT: "价格高于涨停价",
    Reason.PRICE_BELOW_LIMIT: "价格低于跌停价",
    Reason.PRICE_OUTSIDE_CAGE: "价格超出有效申报价格范围",
    Reason.MARKET_CLOSED: "不在交易时间",
    Reason.NO_QUOTE: "没有行情",
    Reason.NO_LIQUIDITY: "对手方无报价，市价委托撤销",
    Reason.CANCEL_NOT_ALLOWED: "当前时段不可撤单",
    Reason.CANCELLED_BY_USER: "已按要求撤单",
    Reason.DAY_ENDED: "收盘，未成交部分失效",
    Reason.BROKER_REJECTED: "券商拒绝",
    Reason.BROKER_DOWN: "券商连接中断",
    Reason.BOOKS_DIFFER: "与柜台对账不符",
    Reason.OPENING_DIFFERS: "开盘账目与上一交易日收盘不同，已按柜台采用",
    Reason.BOOKS_CHANGED: "差异与最近一次对账不同，请重新对账",
    Reason.FOREIGN_ORDER: "外部委托，本系统只记录，不处理",
    Reason.NOT_UNKNOWN: "该委托并非结果未知，不需要认定",
    Reason.BAD_RESOLVE: "认定内容无效",
    Reason.RESOLVED: "由操作员认定",
    Reason.FEED_DOWN: "行情服务未连接",
    Reason.FEED_SILENT: "交易时段内行情静默",
    Reason.FEED_ERROR: "行情服务调用失败",
    Reason.DATA_MISSING: "本地缺少历史行情",
    Reason.DOWNLOADING: "历史行情正在下载，请稍后再查",
    Reason.CALENDAR_DIFFERS: "行情的交易日历与内置交易日历不同",
    Reason.BAD_FRAME: "消息无法解析",
    Reason.NOT_ALLOWED: "该通道不允许此消息",
    Reason.HELLO_FIRST: "连接尚未登记，请先说明身份",
    Reason.VERSION_MISMATCH: "双方的协议版本不同",
    Reason.MODE_MISMATCH: "双方的运行模式不同",
    Reason.NAME_IN_USE: "同名程序已连接",
    Reason.SENDER_FORGED: "消息冒用了别人的名字",
    Reason.TOKEN_SCOPE: "令牌没有这项权限",
    Reason.TOKEN_ACCOUNT: "令牌不能使用该账户",
    Reason.TOKEN_SYMBOL: "令牌不能交易该证券",
    Reason.TOKEN_ORDER_VALUE: "超出令牌的单笔金额上限",
    Reason.TOKEN_ENDED: "令牌已吊销或过期",
    Reason.TOO_MANY_CONNECTIONS: "连接数已满",
    Reason.TOO_MANY_SUBSCRIPTIONS: "订阅的证券数已满",
    Reason.NOT_SERVED: "服务端没有开放此功能",
    Reason.RATE_LIMITED: "发送过快",
}


def text_of(code: str) -> str:
    """Chinese text of a reason code; the code itself where a broker sent one of its own."""
    return TEXTS[Reason(code)] if code in Reason.__members__ else code

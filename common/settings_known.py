"""Every setting of the stack: its default, what it may be, what it means and what it does."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import Field, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from common.risk_limits import RiskLimits
from common.settings_kinds import (
    BusPortBase,
    Folder,
    Interval,
    Kind,
    OptionalPath,
    Percent,
    Port,
    Presence,
    Seconds,
    Secret,
    Switch,
    Text,
    Wait,
    Yuan,
    choice,
    pattern,
    ratio,
    show,
    to_e4,
    to_ns,
    whole,
)
from common.settings_lists import ACCOUNT_TYPES, Accounts, Addresses, Periods

Level = choice("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
Provider = choice(
    "simulator",
    "qmt",
    "qmt-remote",
    "miniqmt",
    "jqdata",
    "jqdatasdk",
    "akshare",
    "tushare",
    "tdx",
    "easy_tdx",
    "rqdata",
    "local",
)
Count = Annotated[int, whole(0, 1_000_000)]
Days = Annotated[int, whole(1, 36_500, unit="（天）", unit_en=" (days)")]
Shares = Annotated[int, whole(1, 10**9, unit="（股）", unit_en=" (shares)")]
AccountId = pattern(r"[A-Za-z0-9_]{1,32}", "字母、数字或 _，最长 32", "letters, digits or `_`, up to 32")
Alias = pattern(r"[A-Za-z0-9_]{1,32}", "字母、数字或 _，最长 32", "letters, digits or `_`, up to 32")
FileStem = pattern(r'[^\\/:*?"<>|\x00-\x1f]{1,64}', '不含 \\ / : * ? " < > | 的名称', "a name that can name a file")
ClockTime = Annotated[
    str, pattern(r"([01]?[0-9]|2[0-3]):[0-5][0-9]", "HH:MM 的时间，如 08:45", "a time of day as HH:MM")
]
Address = pattern(r"[A-Za-z0-9_.:-]+", "主机名或 IP", "host name or address")


def _group(title: str) -> Callable[[object, str, str], Any]:
    def known(default: object, meaning: str, effect: str) -> Any:
        return Field(default=default, description=meaning, json_schema_extra={"group": title, "effect": effect})

    return known


_run, _risk, _qmt, _remote = _group("Run"), _group("Risk"), _group("QMT"), _group("Remote QMT host")
_order, _strategy, _sim = _group("Orders"), _group("Strategy"), _group("Simulator")
_data, _log, _alert, _server, _stack = map(_group, ("Data", "Logs", "Alerts", "Server", "Stack"))


class Settings(BaseSettings):
    """One process's settings, read once in its ``__main__`` and passed down; names are the variables', lower-case.

    Made by ``common.settings.load``, never from the surroundings: pydantic's own sources are switched off.
    """

    model_config = SettingsConfigDict(frozen=True, extra="forbid", validate_default=False)

    live_mode: Annotated[str, choice("dry_run", "live")] = _run(
        "dry_run",
        "运行模式：dry_run 为模拟撮合，live 为真实下单",
        "dry_run: orders at a real broker are matched, not sent",
    )
    default_broker: Annotated[str, choice("simulator", "qmt", "qmt-remote")] = _run(
        "simulator", "券商；命令行 --broker 优先", "chooses the gateway's back-end"
    )
    log_dir: Folder = _run(Path("logs"), "日志文件夹；相对路径从 .env 所在文件夹算起", "one log per process and day")
    runtime_dir: Folder = _run(
        Path("runtime"), "运行状态文件夹；相对路径同上", "journals, state.db, g.pkl, live_state.json"
    )

    max_order_value: Yuan = _risk(Decimal(100_000), "单笔委托金额上限（元）", "an order above it is denied")
    max_daily_trade_value: Yuan = _risk(
        Decimal(500_000), "每账户每日成交金额上限（元）", "day's fills plus open orders; above it denied"
    )
    max_daily_trades: Count = _risk(100, "每账户每日成交笔数上限", "orders of the day that traded or are open")
    max_stock_count: Count = _risk(20, "最大持仓只数", "buys that would open one more are denied")
    max_position_ratio: Percent = _risk(
        Decimal(20), "单只持仓占总资产的上限（百分比）", "buys above it are denied; sells never"
    )
    stop_loss_ratio: Percent = _risk(
        Decimal(5), "止损线（百分比），只提示", "`check_stop_loss`, inspection; never orders"
    )
    min_buy_order_value: Yuan = _risk(Decimal(0), "买入委托最小金额（元），0 为不限", "smaller buys are denied")
    max_daily_cancels: Count = _risk(100, "每账户每日撤单次数上限", "further cancels are denied")
    min_cancel_interval_seconds: Seconds = _risk(Decimal(0), "两次撤单的最小间隔（秒）", "earlier cancels are denied")
    max_cancel_per_order: Count = _risk(3, "同一委托的撤单次数上限", "further cancels of it are denied")
    risk_check_enabled: Switch = _risk(False, "后台风控巡检开关", "inspection only; orders are always checked")
    risk_check_interval: Interval = _risk(Decimal(300), "后台巡检间隔（秒）", "how often the inspection compares")
    strategy_heartbeat_limit: Seconds = _risk(
        Decimal(0),
        "策略失去心跳超过多少秒就撤销它的挂单并报警，0 为不撤",
        "open orders of a strategy silent for longer",
    )

    qmt_data_path: Text = _qmt(None, "QMT 的 userdata_mini 文件夹，反斜杠照写", "required for `qmt`")
    qmt_account_id: Annotated[str | None, AccountId] = _qmt(None, "资金账号", "required for `qmt`")
    qmt_account_type: Annotated[str, choice(*ACCOUNT_TYPES)] = _qmt("stock", "账号类型", "the SDK's account type")
    qmt_session_id: Annotated[int, whole(100, 2_000_000_000)] = _qmt(
        58600,
        "QMT 会话号；同一终端上每个程序用不同的号，被占用时依次试后面 7 个",
        "session of this program at the terminal; if it is taken, the next 7 are tried",
    )
    qmt_auto_subscribe: Switch = _qmt(
        True, "总是订阅账户推送，写 false 不起作用", "accepted; account pushes are always subscribed"
    )
    qmt_call_timeout: Interval = _qmt(
        Decimal(10),
        "xtquant 的调用多少秒没有返回或应答就放弃这次连接并重连",
        "a vendor call without return or answer for so long costs the connection",
    )
    qmt_day_opens_at: ClockTime = _qmt(
        "08:45",
        "交易日几点起相信终端的账户数据（北京时间）；终端开得更早或更晚时修改",
        "a trading day's statement is not taken from the terminal before (Beijing time)",
    )
    qmt_market_orders: Annotated[str, choice("limit", "market")] = _qmt(
        "limit",
        "市价委托的发送方式：limit 按保护价发限价单；market 用交易所市价类型（最优五档即时成交剩余撤销），仅实盘支持",
        "limit: as a limit order at its protective price; market: best five levels, rest cancelled, live accounts only",
    )

    qmt_server_host: Annotated[str, Address] = _remote("127.0.0.1", "远程 QMT 主机地址", "where `qmt-remote` connects")
    qmt_server_port: Port = _remote(58620, "远程端口；事件用下一个端口", "commands here, events on port + 1")
    qmt_server_token: Secret = _remote(None, "远程访问令牌", "required for `qmt-remote` and `server`")
    qmt_server_account_key: Annotated[str | None, Alias] = _remote(
        None, "账户别名；只有一个账户时不用写", "which account of the server"
    )

    trade_max_wait_time: Wait = _order(
        Decimal(16), "下单同步等待的最长秒数；不大于 0 为异步", "`order()` waits for the end"
    )
    order_max_volume: Shares = _order(1_000_000, "单笔委托最大股数，超出则拆单", "larger orders are split by the host")
    market_buy_price_percent: Annotated[Decimal, ratio("-0.3", "0.3")] = _order(
        Decimal("0.015"), "市价买入保护价偏移（比例）", "protective price of market buys"
    )
    market_sell_price_percent: Annotated[Decimal, ratio("-0.3", "0.3")] = _order(
        Decimal("-0.015"), "市价卖出保护价偏移（比例）", "protective price of market sells"
    )

    strategy_name: Annotated[str | None, FileStem] = _strategy(
        None, "策略名；默认为策略文件名", "names the strategy; unique per account"
    )
    event_time_out: Interval = _strategy(
        Decimal(60), "回调超时（秒），超出则报告", "a callback running longer is reported"
    )
    scheduler_market_periods: Periods = _strategy(
        ((570, 690), (780, 900)), "交易时段", "when `every_bar` and the like are due"
    )
    g_autosave_enabled: Switch = _strategy(True, "自动保存 g", "off: g is saved at the end only")
    g_autosave_interval: Interval = _strategy(Decimal(60), "自动保存 g 的间隔（秒）", "seconds between saves of g")
    missed_job_policy: Annotated[str, choice("skip", "run")] = _strategy(
        "skip",
        "停机期间错过、或运行到一半被中断的任务：skip 不补运行只报警，run 补运行",
        "what becomes of a job missed while down",
    )
    missed_job_grace: Seconds = _strategy(
        Decimal(60), "应运行时间之后多少秒内仍补运行", "a job missed by more is not run under `run` either"
    )
    tick_subscription_limit: Count = _strategy(100, "tick 订阅只数上限", "further subscriptions are refused")

    simulator_initial_cash: Yuan = _sim(Decimal(1_000_000), "模拟账户初始资金（元）", "cash of a fresh account")
    simulator_account_id: Annotated[str, AccountId] = _sim("sim", "模拟账户的账号", "names the simulated account")
    commission_rate: Annotated[Decimal, ratio("0", "0.003")] = _sim(
        Decimal("0.0003"), "佣金率（比例，万三为 0.0003）", "fees of simulated fills"
    )
    commission_min: Yuan = _sim(Decimal(5), "每笔委托最低佣金（元）", "per order, across its fills")

    default_data_provider: Annotated[str | None, Provider] = _data(
        None,
        "财务、成分等数据与行情所缺 K 线的来源：local、jqdata、akshare 或 tushare；行情总是随券商",
        "who answers `get_fundamentals` and the like, and for bars that the feed lacks; quotes follow the broker",
    )
    local_data_dir: OptionalPath = _data(
        None, "local 数据源的文件夹，每个数据集一个 Parquet 或 CSV 文件", "required for `local`; docs/data.md"
    )
    data_cache_dir: OptionalPath = _data(
        None,
        "数据缓存文件夹；默认为运行目录下的 data_cache；相对路径从 .env 所在文件夹算起",
        "what data providers gave, and the local folder as SQLite",
    )
    data_call_limit: Interval = _data(
        Decimal(60), "数据源一次调用的最长秒数", "a call that takes longer is given up; the strategy gets an error"
    )
    jqdata_username: Text = _data(None, "聚宽数据账号", "required for `jqdata`")
    jqdata_password: Secret = _data(None, "聚宽数据密码", "required for `jqdata`")
    tushare_token: Secret = _data(None, "Tushare 令牌", "required for `tushare`")
    miniqmt_auto_download: Switch = _data(True, "缺少的历史行情自动下载", "the QMT feed fetches missing bars")
    miniqmt_port: Port = _data(58610, "MiniQMT 行情服务的端口", "where the QMT feed connects, on this host")
    miniqmt_silence_limit: Seconds = _data(
        Decimal(30),
        "交易时段内多少秒没有任何行情就报警，0 为不报警",
        "a feed silent for longer while the market trades is red",
    )
    miniqmt_call_limit: Interval = _data(
        Decimal(30), "行情接口一次调用的最长秒数", "a call that takes longer is left behind and reported"
    )
    miniqmt_download_limit: Interval = _data(
        Decimal(300), "一次下载历史行情的最长秒数", "a download that takes longer is left behind and reported"
    )
    miniqmt_market: Annotated[str, choice("SH", "SZ", "BJ")] = _data(
        "SH", "取交易日历的市场", "calendar of the QMT feed"
    )

    log_level: Annotated[str, Level] = _log("INFO", "控制台日志级别", "least level shown")
    log_file_level: Annotated[str | None, Level] = _log(None, "日志文件级别；默认同 LOG_LEVEL", "least level written")
    log_keep_days: Days = _log(30, "日志保留天数", "older files are removed")
    no_color: Presence = _log(False, "不用颜色", "plain console output")
    log_force_color: Switch = _log(False, "总是用颜色", "colours even when not at a terminal")
    bt_live_order_debug: Switch = _log(False, "委托明细日志", "each step of an order is logged")

    message_key: Secret = _alert(None, "企业微信机器人 key", "alerts are sent there")
    wechat_message_key: Secret = _alert(None, "企业微信机器人 key（旧名）", "used when MESSAGE_KEY is not set")
    message_url: Annotated[
        str,
        pattern(
            r"https?://\S+[=/]", "以 = 或 / 结尾的网址，key 接在它后面", "address ending in `=` or `/`; the key follows"
        ),
    ] = _alert(
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=",
        "告警发送地址；key 写在 MESSAGE_KEY，不要写在这里",
        "where alerts are posted, as WeCom's robot takes them",
    )

    broker_heartbeat_interval: Seconds = _stack(
        Decimal(30), "券商心跳间隔（秒）", "how often the broker is asked for life"
    )
    reconcile_interval: Seconds = _stack(
        Decimal(300),
        "对账间隔（秒）；0 只在启动、重连和下令时对账",
        "how often our books are compared with the broker's",
    )
    reconcile_cash_tolerance: Yuan = _stack(
        Decimal(100), "对账时现金允许的差额（元）", "a larger unexplained difference halts the account"
    )
    bus_port_base: BusPortBase = _stack(
        58600, "本机总线的起始端口", "gateway +1 +2, quotes +3 +4, risk +5 +6, state +7; off MiniQMT's 58610"
    )
    journal_fsync: Annotated[str, choice("order", "always", "off")] = _stack(
        "order", "流水何时落盘", "order: before an order goes to the broker; always: each step"
    )
    journal_keep_days: Days = _stack(30, "流水保留天数", "days before the present one are packed, older ones removed")
    calendar_extra_file: OptionalPath = _stack(None, "补充的交易日文件", "trading days beyond the shipped table")

    qmt_server_listen: Annotated[str, Address] = _server("0.0.0.0", "服务监听地址", "the only address not loopback")
    qmt_server_enable_data: Switch = _server(True, "服务提供行情", "off: no quotes for clients")
    qmt_server_enable_broker: Switch = _server(True, "服务提供交易", "off: no orders from clients")
    qmt_server_allowlist: Addresses = _server((), "允许的客户端地址；空为不限", "others are refused")
    qmt_server_max_connections: Count = _server(64, "最大连接数", "further clients are refused")
    qmt_server_max_subscriptions: Count = _server(200, "每个连接最大订阅数", "further subscriptions are refused")
    qmt_server_accounts: Accounts = _server((), "服务的账户，如 main=123456:stock", "accounts and their aliases")
    qmt_server_access_log: Switch = _server(True, "访问日志", "each request is logged")
    qmt_server_log_file: OptionalPath = _server(None, "服务日志文件", "access log written there")
    qmt_server_log_account: Switch = _server(False, "日志里显示资金账号", "off: account numbers are masked")

    account_limits: dict[str, Decimal | int] = Field(default={})
    """Limits that differ for an account: ``MAX_ORDER_VALUE__HEDGE`` and its value; filled by ``load`` alone."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what ``load`` hands in and nothing else: it knows where each value came from."""
        return (init_settings,)

    @property
    def alert_key(self) -> SecretStr | None:
        """The WeCom robot key under either of its names."""
        return self.message_key or self.wechat_message_key

    def limits(self, alias: str = "") -> RiskLimits:
        """Return the limits of the account called ``alias``; capitals do not matter."""

        def of(name: str) -> Any:
            return self.account_limits.get(account_limit_name(name, alias), getattr(self, name))

        return RiskLimits(
            order_value_max_e4=to_e4(of("max_order_value")),
            daily_trade_value_max_e4=to_e4(of("max_daily_trade_value")),
            daily_trades_max=of("max_daily_trades"),
            stock_count_max=of("max_stock_count"),
            position_ratio_max_bp=int(of("max_position_ratio") * 100),
            stop_loss_ratio_bp=int(of("stop_loss_ratio") * 100),
            min_buy_order_value_e4=to_e4(of("min_buy_order_value")),
            daily_cancels_max=of("max_daily_cancels"),
            cancel_interval_min_ns=to_ns(of("min_cancel_interval_seconds")),
            cancels_per_order_max=of("max_cancel_per_order"),
            order_volume_max=of("order_max_volume"),
        )

    def as_env(self) -> dict[str, str]:
        """Return every setting as text except secrets: what a launcher hands to its processes as ``overrides``."""
        texts = {name: known.text(self) for name, known in KNOWN.items() if not known.secret}
        limits = {name: show(value) for name, value in self.account_limits.items()}
        return {name: text for name, text in (texts | limits).items() if text}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known about one variable; ``field`` is its attribute in ``Settings``."""

    name: str
    field: str
    kind: Kind
    default: Any
    group: str
    meaning: str
    effect: str

    @property
    def secret(self) -> bool:
        """Whether its value must never be shown or written."""
        return self.kind.parse is SecretStr

    def text(self, settings: Settings) -> str:
        """Return the value in ``settings`` as a ``.env`` would have it, or nothing when it is not set."""
        value = getattr(settings, self.field)
        return "" if value is None else self.kind.show(value)


def account_limit_name(field: str, alias: str) -> str:
    """Return the variable that sets a limit for one account: ``MAX_ORDER_VALUE__HEDGE``."""
    return f"{field}__{alias}".upper()


def _known(field: str, described: FieldInfo) -> Known | None:
    kinds = [one for one in described.metadata if isinstance(one, Kind)]
    extra = described.json_schema_extra
    if not kinds or not isinstance(extra, dict):
        return None
    group, effect = str(extra["group"]), str(extra["effect"])
    return Known(field.upper(), field, kinds[0], described.default, group, described.description or "", effect)


KNOWN: Final[dict[str, Known]] = {
    known.name: known
    for field, described in Settings.model_fields.items()
    if (known := _known(field, described)) is not None
}
"""Every variable that sets something, in the order of the documentation."""

ACCOUNT_LIMITS: Final = frozenset(
    {
        "MAX_ORDER_VALUE", "MAX_DAILY_TRADE_VALUE", "MAX_DAILY_TRADES", "MAX_STOCK_COUNT", "MAX_POSITION_RATIO",
        "STOP_LOSS_RATIO", "MIN_BUY_ORDER_VALUE", "MAX_DAILY_CANCELS", "MIN_CANCEL_INTERVAL_SECONDS",
        "MAX_CANCEL_PER_ORDER", "ORDER_MAX_VOLUME",
    }
)  # fmt: skip
"""The variables that take ``__ALIAS`` to differ for one account."""

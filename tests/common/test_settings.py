"""Every value is honoured or refused with one line, and everyone can see where it came from."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import ConfigError
from common.settings import Loaded, find_env_file, load, require_broker
from common.settings_known import ACCOUNT_LIMITS, KNOWN
from common.settings_names import WITHOUT_EFFECT

SECRETS = ["QMT_SERVER_TOKEN", "MESSAGE_KEY", "WECHAT_MESSAGE_KEY", "TUSHARE_TOKEN", "JQDATA_PASSWORD"]


def from_file(folder: Path, text: str) -> Loaded:
    path = folder / ".env"
    path.write_text(text, encoding="utf-8")
    return load(path, {}, {})


def refusal(**overrides: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(None, {}, overrides)
    line = str(caught.value)
    assert "\n" not in line
    return line


BINDING = {
    "MAX_ORDER_VALUE": "100000",
    "MAX_DAILY_TRADE_VALUE": "500000",
    "MAX_DAILY_TRADES": "100",
    "MAX_STOCK_COUNT": "20",
    "MAX_POSITION_RATIO": "20",
    "STOP_LOSS_RATIO": "5",
    "RISK_CHECK_ENABLED": "false",
    "RISK_CHECK_INTERVAL": "300",
    "LIVE_MODE": "dry_run",
    "DEFAULT_BROKER": "simulator",
    "QMT_DATA_PATH": "",
    "QMT_ACCOUNT_ID": "",
    "QMT_ACCOUNT_TYPE": "stock",
    "QMT_SERVER_HOST": "127.0.0.1",
    "QMT_SERVER_PORT": "58620",
    "QMT_SERVER_TOKEN": "",
    "QMT_SERVER_ACCOUNT_KEY": "",
    "MINIQMT_AUTO_DOWNLOAD": "true",
    "MINIQMT_MARKET": "SH",
    "LOG_LEVEL": "INFO",
    "BT_LIVE_ORDER_DEBUG": "false",
    "SIMULATOR_INITIAL_CASH": "1000000",
    "QMT_AUTO_SUBSCRIBE": "true",
    "TRADE_MAX_WAIT_TIME": "16",
    "ORDER_MAX_VOLUME": "1000000",
    "MARKET_BUY_PRICE_PERCENT": "0.015",
    "MARKET_SELL_PRICE_PERCENT": "-0.015",
    "EVENT_TIME_OUT": "60",
    "SCHEDULER_MARKET_PERIODS": "09:30-11:30,13:00-15:00",
    "G_AUTOSAVE_ENABLED": "true",
    "G_AUTOSAVE_INTERVAL": "60",
    "TICK_SUBSCRIPTION_LIMIT": "100",
    "MIN_BUY_ORDER_VALUE": "0",
    "MAX_DAILY_CANCELS": "100",
    "MIN_CANCEL_INTERVAL_SECONDS": "0",
    "MAX_CANCEL_PER_ORDER": "3",
    "BROKER_HEARTBEAT_INTERVAL": "30",
    "QMT_SERVER_LISTEN": "0.0.0.0",
    "QMT_SERVER_ENABLE_DATA": "true",
    "QMT_SERVER_ENABLE_BROKER": "true",
    "QMT_SERVER_MAX_CONNECTIONS": "64",
    "QMT_SERVER_MAX_SUBSCRIPTIONS": "200",
    "QMT_SERVER_ACCESS_LOG": "true",
    "QMT_SERVER_LOG_ACCOUNT": "false",
    "JOURNAL_FSYNC": "order",
}


def test_defaults_are_those_users_know() -> None:
    loaded = load(None, {}, {})
    assert {name: KNOWN[name].text(loaded.settings) for name in BINDING} == BINDING
    assert set(loaded.origins.values()) == {"默认值"} and set(loaded.origins) == set(KNOWN)
    assert loaded.notes == []


def test_command_line_beats_environment_beats_file(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("\nMAX_STOCK_COUNT=1\nMAX_DAILY_TRADES=1\nMAX_DAILY_CANCELS=1\n", encoding="utf-8")
    environ = {"MAX_DAILY_TRADES": " 2 ", "MAX_DAILY_CANCELS": "2", "PATH": "/bin"}
    loaded = load(path, environ, {"MAX_DAILY_CANCELS": "3"})
    limits = loaded.settings.limits()
    assert (limits.stock_count_max, limits.daily_trades_max, limits.daily_cancels_max) == (1, 2, 3)
    assert loaded.origins["MAX_STOCK_COUNT"] == f"文件 {path}:2"
    assert loaded.origins["MAX_DAILY_TRADES"] == "环境变量"
    assert loaded.origins["MAX_DAILY_CANCELS"] == "命令行"


def test_nothing_but_what_is_handed_in_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MAX_ORDER_VALUE", "7")
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("MAX_ORDER_VALUE=8\n", encoding="utf-8")
    assert load(None, {}, {}).settings.max_order_value == 100_000


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("MAX_ORDER_VALUE", "abc", "金额（元）"),
        ("MAX_ORDER_VALUE", "nan", "金额（元）"),
        ("MAX_ORDER_VALUE", "inf", "金额（元）"),
        ("MAX_ORDER_VALUE", "1e5", "金额（元）"),
        ("MAX_ORDER_VALUE", "-1", "不能为负数"),
        ("MAX_ORDER_VALUE", "0.00001", "最多 4 位小数"),
        ("MAX_ORDER_VALUE", "100,000", "不要写千分位或单位"),
        ("MAX_ORDER_VALUE", "10万", "不要写千分位或单位"),
        ("MAX_ORDER_VALUE", "１００", "金额（元）"),
        ("MAX_POSITION_RATIO", "0.2", "请写 20"),
        ("STOP_LOSS_RATIO", "0.055", "请写 5.5"),
        ("MAX_POSITION_RATIO", "100.01", "百分比"),
        ("MAX_POSITION_RATIO", "12.345", "最多 2 位小数"),
        ("MAX_POSITION_RATIO", "20%", "不要写千分位或单位"),
        ("MARKET_BUY_PRICE_PERCENT", "1.5", "1.5% 请写 0.015"),
        ("MAX_DAILY_TRADES", "1.5", "整数"),
        ("MAX_DAILY_TRADES", "1_000", "整数"),
        ("RISK_CHECK_ENABLED", "maybe", "true 或 false"),
        ("LIVE_MODE", "real", "dry_run、live"),
        ("DEFAULT_BROKER", "ctp", "simulator、qmt、qmt-remote"),
        ("QMT_SERVER_PORT", "70000", "65534"),
        ("BUS_PORT_BASE", "58605", "MiniQMT"),
        ("SCHEDULER_MARKET_PERIODS", "09:30-11:30,11:00-15:00", "不重叠"),
        ("QMT_SERVER_ACCOUNTS", "main=1:gold", "main=1:gold"),
        ("QMT_SERVER_ACCOUNTS", "main=1,MAIN=2", "别名重复"),
        ("QMT_SERVER_ALLOWLIST", "10.0.0.0/8,desk", "desk 不是"),
        ("STRATEGY_NAME", "a/b", "名称"),
        ("LOG_LEVEL", "loud", "DEBUG"),
        ("QMT_ACCOUNT_ID", "12\n34", "控制字符"),
    ],
)
def test_bad_value_names_variable_value_and_what_is_allowed(name: str, value: str, said: str) -> None:
    line = refusal(**{name: value})
    assert line.startswith(f"{name}={value}".replace("\n", "?")) and said in line and "命令行" in line


def test_bad_value_names_file_and_line_and_others_that_are_bad(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        from_file(tmp_path, "LOG_DIR=logs\nMAX_STOCK_COUNT=many\nLOG_LEVEL=loud\n")
    assert ".env:2" in str(caught.value) and "另有 LOG_LEVEL 也无效" in str(caught.value)


@pytest.mark.parametrize("text", ["true", "1", "yes", "on", "TRUE", "On"])
def test_switch_on(text: str) -> None:
    assert load(None, {}, {"RISK_CHECK_ENABLED": text}).settings.risk_check_enabled is True


@pytest.mark.parametrize("text", ["false", "0", "no", "off", "False"])
def test_switch_off(text: str) -> None:
    assert load(None, {}, {"G_AUTOSAVE_ENABLED": text}).settings.g_autosave_enabled is False


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("MAX_ORDER_VALU", "MAX_ORDER_VALUE"),
        ("MAX_ORDERS_VALUE", "MAX_ORDER_VALUE"),
        ("max_order_value", "MAX_ORDER_VALUE"),
        ("QMT_DATAPATH", "QMT_DATA_PATH"),
        ("RISK_CHECK_ENABLE", "RISK_CHECK_ENABLED"),
        ("STOP_LOSS", "STOP_LOSS_RATIO"),
        ("TRADE_MAX_WAITTIME", "TRADE_MAX_WAIT_TIME"),
        ("MIN_BUY_VALUE", "MIN_BUY_ORDER_VALUE"),
        ("MAX_ORDER_VALU__HEDGE", "MAX_ORDER_VALUE__HEDGE"),
    ],
)
def test_misspelt_name_in_the_file_stops_the_start(tmp_path: Path, name: str, meant: str) -> None:
    with pytest.raises(ConfigError) as caught:
        from_file(tmp_path, f"# 注释\n{name}=1\n")
    assert f"是否想写 {meant}？" in str(caught.value) and ".env:2" in str(caught.value)


def test_prefixed_name_like_nothing_known_stops_the_start_too(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"QMT_ZZZZZZZZ .*docs/config\.md"):
        from_file(tmp_path, "QMT_ZZZZZZZZ=1\n")


def test_environment_is_refused_only_when_very_close() -> None:
    assert load(None, {"MAX_OPEN_FILES": "1", "STOP_SIGNAL": "9", "max": "1", "MIN_X": "2"}, {}).notes == []
    with pytest.raises(ConfigError, match="是否想写 MAX_ORDER_VALUE？（环境变量）"):
        load(None, {"MAX_ORDER_VALUES": "1"}, {})


def test_unknown_name_of_the_command_line_is_refused() -> None:
    assert "LOG_DIRECTORY 不是已知的配置名" in refusal(LOG_DIRECTORY="x")


def test_other_unknown_names_in_the_file_are_told(tmp_path: Path) -> None:
    notes = from_file(tmp_path, "DEFUALT_BROKER=qmt\nMY_OWN=1\n").notes
    assert len(notes) == 2
    assert "是否想写 DEFAULT_BROKER？" in notes[0] and ".env:1" in notes[0] and "MY_OWN" in notes[1]


@pytest.mark.parametrize("pattern", WITHOUT_EFFECT)
def test_name_without_effect_is_accepted_with_one_line(tmp_path: Path, pattern: str) -> None:
    name = pattern.replace("*", "INTERVAL")
    loaded = from_file(tmp_path, f"{name}=什么都行\n")
    assert len(loaded.notes) == 1 and loaded.notes[0].startswith(f"{name} 已接受，但没有作用")
    assert loaded.settings.as_env() == load(tmp_path / ".env", {}, {}).settings.as_env()


def test_empty_value_is_not_given_and_is_told(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("MAX_STOCK_COUNT=7\n", encoding="utf-8")
    loaded = load(path, {"MAX_STOCK_COUNT": ""}, {})
    assert loaded.settings.max_stock_count == 7 and loaded.origins["MAX_STOCK_COUNT"].startswith("文件")
    assert len(loaded.notes) == 1 and "MAX_STOCK_COUNT" in loaded.notes[0]


def test_relative_folders_are_taken_from_the_folder_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, elsewhere = tmp_path / "desk", tmp_path / "elsewhere"
    desk.mkdir()
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    settings = from_file(desk, f"LOG_DIR=my logs\nDATA_CACHE_DIR={tmp_path / 'cache'}\n").settings
    assert settings.log_dir == desk / "my logs" and settings.runtime_dir == desk / "runtime"
    assert settings.data_cache_dir == tmp_path / "cache"
    assert load(None, {}, {}).settings.log_dir == elsewhere / "logs"


def test_windows_path_is_literal(tmp_path: Path) -> None:
    settings = from_file(tmp_path, "QMT_DATA_PATH=C:\\国金 QMT交易端\\new\\userdata_mini  # 注释\n").settings
    assert settings.qmt_data_path == "C:\\国金 QMT交易端\\new\\userdata_mini"


def test_named_file_comes_first_then_the_nearest_upward(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "a" / ".env").touch()
    (tmp_path / "named.env").touch()
    assert find_env_file(inner, {}) == tmp_path / "a" / ".env"
    environ = {"BULLET_TRADE_ENV_FILE": str(tmp_path / "named.env"), "ENV_FILE": "nowhere"}
    assert find_env_file(inner, environ) == tmp_path / "named.env"
    assert find_env_file(tmp_path, {"ENV_FILE": "named.env"}) == tmp_path / "named.env"
    with pytest.raises(ConfigError, match=r"BT_ENV_FILE=gone\.env"):
        find_env_file(tmp_path, {"BT_ENV_FILE": "gone.env"} | environ)


def test_limits_are_exact_integers() -> None:
    overrides = {
        "MAX_ORDER_VALUE": "102194.0001",
        "MAX_POSITION_RATIO": "12.5",
        "MIN_CANCEL_INTERVAL_SECONDS": "0.25",
        "STOP_LOSS_RATIO": "100",
    }
    limits = load(None, {}, overrides).settings.limits()
    assert limits.order_value_max_e4 == 1_021_940_001
    assert limits.position_ratio_max_bp == 1250 and limits.stop_loss_ratio_bp == 10_000
    assert limits.cancel_interval_min_ns == 250_000_000 and limits.daily_trade_value_max_e4 == 5_000_000_000


@pytest.mark.parametrize("name", sorted(ACCOUNT_LIMITS))
def test_limit_of_one_account_replaces_the_common_one(name: str) -> None:
    accounts = {"QMT_SERVER_ACCOUNTS": "main=1,hedge=2:future"}
    settings = load(None, {}, accounts | {f"{name}__hedge": "7", name: "9"}).settings
    common = load(None, {}, {name: "9"}).settings.limits()
    special = load(None, {}, {name: "7"}).settings.limits()
    assert settings.limits("main") == settings.limits() == common != special
    assert settings.limits("hedge") == settings.limits("HEDGE") == special


def test_limit_of_one_account_is_checked_like_the_common_one() -> None:
    assert "MAX_POSITION_RATIO__SIM=0.2" in (line := refusal(MAX_POSITION_RATIO__SIM="0.2")) and "请写 20" in line
    assert "账户 hegde 不存在" in refusal(MAX_ORDER_VALUE__HEGDE="1", QMT_SERVER_ACCOUNTS="hedge=1")
    assert "不是已知的配置名" in refusal(LOG_DIR__SIM="x")


def test_missing_variables_of_a_broker_are_all_named() -> None:
    require_broker(load(None, {}, {}).settings)
    with pytest.raises(ConfigError, match="qmt 缺少必需的配置：QMT_DATA_PATH、QMT_ACCOUNT_ID"):
        require_broker(load(None, {}, {"DEFAULT_BROKER": "qmt"}).settings)
    with pytest.raises(ConfigError, match="QMT_SERVER_TOKEN"):
        require_broker(load(None, {"DEFAULT_BROKER": "qmt-remote"}, {}).settings)


def test_secrets_are_neither_shown_nor_handed_on() -> None:
    settings = load(None, {name: "s3cr3t-value" for name in SECRETS}, {}).settings
    assert "s3cr3t" not in repr(settings) and "s3cr3t" not in str(settings.as_env())
    assert not set(SECRETS) & set(settings.as_env())
    assert settings.qmt_server_token is not None and settings.qmt_server_token.get_secret_value() == "s3cr3t-value"
    assert {name for name, known in KNOWN.items() if known.secret} == set(SECRETS)


def test_settings_cannot_be_changed() -> None:
    settings = load(None, {}, {}).settings
    with pytest.raises(ValueError, match="frozen"):
        settings.max_stock_count = 3


def test_example_file_is_valid_and_changes_no_default() -> None:
    example = Path(__file__).resolve().parents[2] / "env.live.example"
    loaded = load(example, {}, {})
    assert loaded.notes == []
    assert (
        loaded.settings
        == load(
            None, {}, {"LOG_DIR": str(example.parent / "logs"), "RUNTIME_DIR": str(example.parent / "runtime")}
        ).settings
    )


YUAN = st.decimals(0, 10**9, places=4).map(str)
TEXTS = st.fixed_dictionaries(
    {},
    optional={
        "MAX_ORDER_VALUE": YUAN,
        "MAX_ORDER_VALUE__SIM": YUAN,
        "MAX_STOCK_COUNT__SIM": st.integers(0, 10**6).map(str),
        "MAX_POSITION_RATIO": st.decimals(1, 100, places=2).map(str),
        "TRADE_MAX_WAIT_TIME": st.decimals(-10, 3600, places=3).map(str),
        "RISK_CHECK_ENABLED": st.sampled_from(["on", "off", "1", "no"]),
        "NO_COLOR": st.sampled_from(["1", "0", "x"]),
        "LOG_DIR": st.text("abc 国[]#\\.", min_size=1, max_size=8).filter(str.strip),
        "QMT_DATA_PATH": st.text("abc 国\\:", min_size=1, max_size=12).filter(str.strip),
        "QMT_SERVER_ACCOUNTS": st.sampled_from(["main=1", "main=123456:stock, hedge=654321:FUTURE"]),
        "QMT_SERVER_ALLOWLIST": st.sampled_from(["10.0.0.1", "10.0.0.0/8, ::1"]),
        "SCHEDULER_MARKET_PERIODS": st.sampled_from(["09:30-11:30", "21:00-23:00", "09:00-10:15, 10:30-11:30"]),
        "LOG_LEVEL": st.sampled_from(["debug", "ERROR"]),
        "BUS_PORT_BASE": st.integers(58_610, 60_000).map(str),
    },
)


@given(TEXTS, TEXTS)
def test_a_process_gets_exactly_what_its_launcher_had(given_texts: dict[str, str], environ: dict[str, str]) -> None:
    """The run file holds ``as_env()``; whatever the environment of the process says, the launcher's word holds."""
    settings = load(None, environ, given_texts).settings
    assert load(None, environ, settings.as_env()).settings == settings


@given(st.decimals(0, 10**12, places=4))
def test_yuan_are_exact(yuan: Decimal) -> None:
    limits = load(None, {}, {"MAX_ORDER_VALUE": f"{yuan:f}"}).settings.limits()
    assert Decimal(limits.order_value_max_e4) / 10_000 == yuan

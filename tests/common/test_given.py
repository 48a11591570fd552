"""What a life began with: enough to begin it again, and nothing that is nobody's business."""

from pathlib import Path

import pytest

from common.calendar import read_extra_days
from common.given import given_of, run_of, settings_of
from common.run import Run, RunAccount
from common.settings import load

SECRETS = {
    "QMT_SERVER_TOKEN": "tok-4711",
    "MESSAGE_KEY": "key-4711",
    "WECHAT_MESSAGE_KEY": "key-4712",
    "JQDATA_PASSWORD": "pass-4711",
    "TUSHARE_TOKEN": "tok-4712",
}
PRIVATE = {"JQDATA_USERNAME": "jq-4711", "QMT_DATA_PATH": r"C:\4711\userdata_mini", "DATA_CACHE_DIR": "/home/4711"}
CHANGED = {
    "MAX_ORDER_VALUE": "50000",
    "MAX_ORDER_VALUE__SIM": "40000.5",
    "COMMISSION_RATE": "0.0001",
    "SCHEDULER_MARKET_PERIODS": "09:30-11:30,13:00-14:30",
    "RISK_CHECK_ENABLED": "true",
}


def test_the_settings_come_back_with_every_limit(tmp_path: Path) -> None:
    settings = load(None, {}, CHANGED).settings
    again = settings_of(given_of(Run(), settings), tmp_path, {}).settings
    folders = {"runtime_dir": tmp_path, "log_dir": tmp_path}
    assert again == settings.model_copy(update=folders)
    assert again.limits("sim") == settings.limits("sim") != settings.limits("other")


def test_a_changed_setting_replaces_the_captured_one(tmp_path: Path) -> None:
    given = given_of(Run(), load(None, {}, {"MAX_ORDER_VALUE": "1"}).settings)
    assert settings_of(given, tmp_path, {"MAX_ORDER_VALUE": "70000"}).settings.max_order_value == 70_000


def test_no_secret_and_no_path_is_written() -> None:
    home = "/home/4711/desk"
    run = Run(strategy_file=f"{home}/mine.py", quotes=f"{home}/ticks", env_file=f"{home}/.env", settings=SECRETS)
    given = given_of(run, load(None, {}, SECRETS | PRIVATE | {"RUNTIME_DIR": home, "LOG_DIR": home}).settings)
    assert b"4711" not in b"".join(given.values()) and b"4712" not in b"".join(given.values())
    assert run_of(given).strategy_file == "mine.py" and run_of(given).quotes == "ticks"


@pytest.mark.parametrize("quotes", ["synthetic", "C:/ticks"])
def test_the_run_comes_back(quotes: str) -> None:
    run = Run(strategy_file="mine.py", strategy_id="mine", account="acc", quotes=quotes, seed=9, days=3, speed="20")
    found = run_of(given_of(run, load(None, {}, {}).settings))
    assert found.quotes == quotes.rpartition("/")[2]
    assert (found.account, found.strategy_id, found.seed, found.days) == ("acc", "mine", 9, 3)


def test_the_operators_trading_days_come_along(tmp_path: Path) -> None:
    days = tmp_path / "days.txt"
    days.write_text("2027-01-04  # 元旦后第一天\n", encoding="utf-8")
    given = given_of(Run(), load(None, {}, {"CALENDAR_EXTRA_FILE": str(days)}).settings)
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    found = settings_of(given, folder, {}).settings.calendar_extra_file
    assert found is not None and found.parent == folder and read_extra_days(found) == read_extra_days(days)


def test_the_accounts_of_a_real_broker_come_back_without_their_folders() -> None:
    run = Run(broker="qmt", accounts=(RunAccount("main", "1"), RunAccount("hedge", "2", path=r"C:\\4711")))
    given = given_of(run, load(None, {}, {}).settings)
    assert run_of(given).aliases == ("main", "hedge") and b"4711" not in given["run"]

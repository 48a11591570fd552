"""Which names in a ``.env`` or in the environment are meant for the stack, and which were misspelt."""

from difflib import get_close_matches
from enum import Enum, auto
from typing import Final

from common.settings_known import ACCOUNT_LIMITS, KNOWN

PREFIXES: Final = ("QMT_", "MAX_", "RISK_", "MIN_", "STOP_", "TRADE_")
"""A name that starts so is meant for the stack; one that nobody knows is misspelt (settings.md)."""

LOCATORS: Final = ("BT_ENV_FILE", "BULLET_TRADE_ENV_FILE", "ENV_FILE")
"""Environment variables that name the ``.env``, first one first."""

_PUSHED: Final = ("成交与委托由推送更新，不需要轮询", "events are pushed, nothing is polled")
_CALENDAR: Final = ("交易日由内置日历决定", "the shipped calendar decides")
_REMOTE: Final = ("远程服务没有这一项", "the server has no such choice")

WITHOUT_EFFECT: Final[dict[str, tuple[str, str]]] = {
    "ACCOUNT_SYNC_*": _PUSHED,
    "ORDER_SYNC_*": _PUSHED,
    "TICK_SYNC_*": _PUSHED,
    "PORTFOLIO_REFRESH_THROTTLE_MS": _PUSHED,
    "QMT_SERVER_ORDER_RISK_ENABLED": ("风控始终开启", "risk is always on"),
    "CALENDAR_SKIP_WEEKEND": _CALENDAR,
    "CALENDAR_RETRY_MINUTES": _CALENDAR,
    "QMT_SERVER_TLS_CERT": ("远程连接总是加密", "the link is encrypted anyway"),
    "QMT_SERVER_TLS_KEY": ("远程连接总是加密", "the link is encrypted anyway"),
    "QMT_SERVER_TYPE": _REMOTE,
    "QMT_SERVER_SUB_ACCOUNT": ("用 QMT_SERVER_ACCOUNT_KEY 选择账户", "`QMT_SERVER_ACCOUNT_KEY` chooses the account"),
    "QMT_SERVER_SUB_ACCOUNTS": ("用 QMT_SERVER_ACCOUNTS 写账户", "`QMT_SERVER_ACCOUNTS` lists the accounts"),
    "QMT_SERVER_IDEMPOTENCY_*": ("同一委托号总是只下一次", "an order id is never placed twice"),
    "QMT_SERVER_ALLOW_FULL_MARKET": _REMOTE,
    "QMT_SERVER_RPC_TIMEOUT": ("委托结果由推送得知", "outcomes are pushed"),
    "QMT_PLACE_ORDER_TIMEOUT_MARGIN": ("委托结果由推送得知", "outcomes are pushed"),
}
"""Names of the older tool that mean nothing here (``*``: any ending), and why, in Chinese and English."""

_SURE: Final = 0.8
_LIKELY: Final = 0.6


class Place(Enum):
    """Where a name was found; a file is ours, the environment belongs to everybody, a command line is exact."""

    FILE = auto()
    ENVIRONMENT = auto()
    COMMAND_LINE = auto()


def without_effect(name: str) -> str | None:
    """Return why an accepted name does nothing, in Chinese, or None when it is not such a name."""
    for accepted, (why, _) in WITHOUT_EFFECT.items():
        if name == accepted or (accepted.endswith("*") and name.startswith(accepted[:-1])):
            return why
    return None


def account_limit(name: str) -> tuple[str, str] | None:
    """Return the limit and the account's alias of ``MAX_ORDER_VALUE__HEDGE``, upper-case, or None."""
    limit, _, alias = name.partition("__")
    return (limit, alias.upper()) if alias and limit in ACCOUNT_LIMITS else None


def suggestion(name: str, *, sure: bool) -> str | None:
    """Return the known name that ``name`` was probably meant to be; ``sure`` asks for a closer likeness."""
    limit, mark, alias = name.upper().partition("__")
    names = [*KNOWN, *LOCATORS, *WITHOUT_EFFECT]
    close = get_close_matches(limit, names, n=1, cutoff=_SURE if sure else _LIKELY)
    if not close:
        return None
    return f"{close[0]}{mark}{alias}" if close[0] in ACCOUNT_LIMITS else close[0]


def refused(name: str, place: Place) -> str | None:
    """Return why a name nobody knows stops the start, or None when it may be passed over."""
    in_environment = place is Place.ENVIRONMENT
    meant = suggestion(name, sure=in_environment)
    if place is not Place.COMMAND_LINE and not name.upper().startswith(PREFIXES):
        return None
    if in_environment and meant is None:
        return None
    return f"{name} 不是已知的配置名" + (f"，是否想写 {meant}？" if meant else "，全部名称见 docs/config.md")

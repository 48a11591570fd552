"""Settings that are lists: the accounts of a server, the hours of a market, the addresses let in."""

import re
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Annotated, Final

from common.settings_kinds import Kind

ACCOUNT_TYPES: Final = ("stock", "credit", "future", "future_option", "stock_option", "hugangtong", "shengangtong")
"""The SDK's account types, lower-case (xtquant ``StockAccount``)."""

_ACCOUNT: Final = re.compile(r"([A-Za-z0-9_]+)\s*=\s*([A-Za-z0-9_]+)\s*(?::\s*([A-Za-z_]+))?\s*(?:@\s*(\S.*))?")
_PERIOD: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])\s*-\s*([01][0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class ServedAccount:
    """One account: the name strategies and clients use for it, what the broker calls it, and the ``userdata_mini`` of
    its terminal where that is not ``QMT_DATA_PATH``."""

    alias: str
    account_id: str
    account_type: str
    path: str = ""


def _items(text: str) -> list[str]:
    items = [item.strip() for item in text.split(",")]
    if not all(items):
        raise ValueError("有空的一项")
    return items


def _accounts(text: str) -> tuple[ServedAccount, ...]:
    accounts = []
    for item in _items(text):
        match = _ACCOUNT.fullmatch(item)
        kind = ((match[3] or "stock") if match else "").lower()
        if match is None or kind not in ACCOUNT_TYPES:
            raise ValueError(f"{item} 不对，类型可为 {'、'.join(ACCOUNT_TYPES)}")
        accounts.append(ServedAccount(match[1], match[2], kind, match[4] or ""))
    if len({account.alias.upper() for account in accounts}) < len(accounts):
        raise ValueError("别名重复")
    return tuple(accounts)


def _show_accounts(accounts: tuple[ServedAccount, ...]) -> str:
    return ",".join(_show_account(account) for account in accounts)


def _show_account(account: ServedAccount) -> str:
    at = f"@{account.path}" if account.path else ""
    return f"{account.alias}={account.account_id}:{account.account_type}{at}"


def _periods(text: str) -> tuple[tuple[int, int], ...]:
    periods: list[tuple[int, int]] = []
    for item in _items(text):
        match = _PERIOD.fullmatch(item)
        if match is None:
            raise ValueError(f"{item} 不对")
        start, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
        if start >= end or (periods and start < periods[-1][1]):
            raise ValueError("各段应先后排列，不重叠")
        periods.append((start, end))
    return tuple(periods)


def _show_periods(periods: tuple[tuple[int, int], ...]) -> str:
    return ",".join(f"{a // 60:02d}:{a % 60:02d}-{b // 60:02d}:{b % 60:02d}" for a, b in periods)


def _addresses(text: str) -> tuple[str, ...]:
    items = _items(text)
    for item in items:
        try:
            ip_network(item, strict=False)
        except ValueError:
            raise ValueError(f"{item} 不是 IP 或网段") from None
    return tuple(items)


Accounts = Annotated[
    tuple[ServedAccount, ...],
    Kind(
        "别名=资金账号[:类型][@数据目录]，逗号分隔",
        "`alias=account[:type][@data path]`, separated by commas",
        _accounts,
        _show_accounts,
    ),
]
Periods = Annotated[
    tuple[tuple[int, int], ...],
    Kind("HH:MM-HH:MM，逗号分隔", "`HH:MM-HH:MM`, separated by commas; minutes of the day", _periods, _show_periods),
]
Addresses = Annotated[
    tuple[str, ...],
    Kind("IP 或网段，逗号分隔", "addresses or networks, separated by commas", _addresses, ",".join),
]

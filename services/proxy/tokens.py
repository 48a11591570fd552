"""Who may come from outside: a token's name, accounts, scopes, limits and expiry, as ``tokens.toml`` keeps them.

The file holds public keys only: whoever reads it can neither connect nor pose as the server.
"""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from common.beijing import stamp_text
from common.channels import Scope
from common.errors import ConfigError

TOKENS_FILE: Final = "tokens.toml"
SERVER_KEY_FILE: Final = "server.key"
ALL_ACCOUNTS: Final = "*"
LONE: Final = "QMT_SERVER_TOKEN"
"""The name under which the lone token appears in logs."""

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,32}")
_WORD: Final = re.compile(r"[A-Za-z0-9_.-]{1,32}|\*")
_SECOND_NS: Final = 1_000_000_000
_HEAD: Final = "# 由 bullet-trade token new / list / revoke 维护：只有公钥，没有机密。改动两秒内生效。\n"


@dataclasses.dataclass(frozen=True)
class Token:
    """``accounts`` are aliases, or ``*`` for all that are served. Without ``symbols``: all of them; without
    ``order_value_max_e4`` only risk limits an order. Times are UTC nanoseconds of whole seconds, 0 for never."""

    name: str
    public: bytes
    scopes: frozenset[Scope]
    accounts: tuple[str, ...] = (ALL_ACCOUNTS,)
    symbols: frozenset[str] = frozenset()
    order_value_max_e4: int = 0
    expires_ns: int = 0
    revoked_ns: int = 0

    def allows(self, scope: Scope) -> bool:
        return scope in self.scopes or (scope is Scope.READ and bool(self.scopes))

    def may_use(self, account: str) -> bool:
        return account in self.accounts or ALL_ACCOUNTS in self.accounts

    def has_ended(self, now_ns: int) -> bool:
        return bool(self.revoked_ns) or 0 < self.expires_ns <= now_ns


def is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


def lone(public: bytes) -> Token:
    """The token of a server that has one word for everybody and everything."""
    return Token(LONE, public, frozenset(Scope))


def parse(text: str, origin: str) -> dict[str, Token]:
    """The tokens of a file by name; ConfigError naming the entry where one cannot be read."""
    try:
        entries = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{origin} 无法解析：{error}") from error
    tokens = {name: _token(name, entry, origin) for name, entry in entries.items()}
    if len({token.public for token in tokens.values()}) < len(tokens):
        raise ConfigError(f"{origin} 里两个令牌的公钥相同")
    return tokens


def render(tokens: Iterable[Token]) -> str:
    """The text of the file; ``parse`` gives the same tokens back."""
    return _HEAD + "".join(_entry(token) for token in tokens)


def _token(name: str, entry: Any, origin: str) -> Token:
    try:
        if not is_name(name) or not isinstance(entry, Mapping):
            raise ValueError("名称须为字母、数字、_ 或 -，至多 32 位")
        unknown = set(entry) - {"public", "accounts", "scopes", "symbols", "order_value_max", "expires", "revoked"}
        if unknown:
            raise ValueError(f"有不认识的项 {'、'.join(sorted(unknown))}")
        return _read(name, entry)
    except (KeyError, TypeError, ValueError) as error:
        what = f"缺少 {error}" if isinstance(error, KeyError) else error
        raise ConfigError(f"{origin} 里的令牌 {name} 无效：{what}") from error


def _read(name: str, entry: Mapping[str, Any]) -> Token:
    public = bytes.fromhex(entry["public"])
    if len(public) != 32:
        raise ValueError("public 须为 64 位十六进制")
    scopes = frozenset(Scope(scope) for scope in _texts(entry, "scopes"))
    if not scopes:
        raise ValueError("scopes 为空")
    value = entry.get("order_value_max", 0)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("order_value_max 须为不小于 0 的整数（元）")
    accounts, symbols = _texts(entry, "accounts"), frozenset(_texts(entry, "symbols"))
    times = _time(entry, "expires"), _time(entry, "revoked")
    return Token(name, public, scopes, accounts, symbols, value * 10_000, *times)


def _texts(entry: Mapping[str, Any], key: str) -> tuple[str, ...]:
    texts = entry.get(key, [])
    if not isinstance(texts, list) or not all(isinstance(text, str) and _WORD.fullmatch(text) for text in texts):
        raise ValueError(f"{key} 须为字母、数字写成的名称的列表")
    return tuple(texts)


def _time(entry: Mapping[str, Any], key: str) -> int:
    time = entry.get(key)
    if time is None:
        return 0
    if not isinstance(time, datetime) or time.tzinfo is None:
        raise ValueError(f"{key} 须为带时区的时间，如 2026-12-31T15:00:00+08:00")
    since = time.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    # A time at or before the epoch is still a time, and 0 would mean never.
    return max(int(since.total_seconds()) * _SECOND_NS, 1)


def _entry(token: Token) -> str:
    lines = [f"\n[{token.name}]", f'public = "{token.public.hex()}"']
    lines.append(f"accounts = {_list(token.accounts)}")
    lines.append(f"scopes = {_list(scope for scope in Scope if scope in token.scopes)}")
    if token.symbols:
        lines.append(f"symbols = {_list(sorted(token.symbols))}")
    if token.order_value_max_e4:
        lines.append(f"order_value_max = {token.order_value_max_e4 // 10_000}")
    lines += [
        f"{key} = {stamp_text(time_ns).replace(' ', 'T')}+08:00"
        for key, time_ns in (("expires", token.expires_ns), ("revoked", token.revoked_ns))
        if time_ns
    ]
    return "\n".join(lines) + "\n"


def _list(texts: Iterable[str]) -> str:
    return "[" + ", ".join(f'"{text}"' for text in texts) + "]"

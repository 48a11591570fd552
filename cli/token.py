"""The verb ``token``: hands out, lists and ends the tokens of other machines; a running server follows within 2 s."""

from __future__ import annotations

import dataclasses
import secrets
import sys
from datetime import datetime

from cli.listing import listing
from cli.market_day import parse_day
from cli.refusal import Refused, coded
from cli.screen import screen
from common import beijing
from common.channels import Scope
from common.clock import wall_ns
from common.keys import KEY_BYTES, issued
from common.link import public_of
from common.settings import Loaded
from common.stamp import REMOTE
from common.symbols import normalize_code
from services.proxy.keyring import change_tokens, read_tokens, server_secret
from services.proxy.tokens import ALL_ACCOUNTS, LONE, TOKENS_FILE, Token, is_name

HEADINGS = ("名称", "权限", "账户", "证券", "单笔上限（元）", "有效至", "状态")


@dataclasses.dataclass(frozen=True)
class Asked:
    """The options of ``token new``, as they were written."""

    name: str
    scopes: str = "read,trade"
    accounts: str = ALL_ACCOUNTS
    symbols: str = ""
    order_value_max: int = 0
    expires: str = ""
    replace: bool = False


def new(loaded: Loaded, asked: Asked) -> int:
    """Write the token's public key down and print the token, this once, on standard output."""
    _check_way(loaded)
    runtime_dir = loaded.settings.runtime_dir
    secret = secrets.token_bytes(KEY_BYTES)
    token = _token(asked, public_of(secret))

    def add(tokens: dict[str, Token]) -> list[Token]:
        old = tokens.get(token.name)
        if old is not None and not old.revoked_ns and not asked.replace:
            raise Refused("TOKEN_EXISTS", f"令牌 {token.name} 已存在；换一个名称，或加 --replace 使旧的立即失效")
        return list((tokens | {token.name: token}).values())

    with coded("TOKENS"):
        server = server_secret(runtime_dir, lambda: secrets.token_bytes(KEY_BYTES))
        change_tokens(runtime_dir, add)
    console = screen(loaded.settings, stderr=True)
    console.print(f"令牌 {token.name}（{_scopes(token)}，账户 {_accounts(token)}）只显示这一次，请写进客户端的 .env：")
    sys.stdout.write(f"QMT_SERVER_TOKEN={issued(public_of(server), secret)}\n")
    sys.stdout.flush()
    return 0


def list_(loaded: Loaded, *, csv: bool) -> int:
    file = loaded.settings.runtime_dir / REMOTE / TOKENS_FILE
    with coded("TOKENS"):
        tokens = read_tokens(file) if file.exists() else {}
    rows = [_row(token, wall_ns()) for token in tokens.values()]
    listing(loaded, f"远程令牌 · {file}", HEADINGS, rows, csv=csv)
    return 0


def revoke(loaded: Loaded, name: str) -> int:
    """End a token. Its name stays on the list, and free for ``token new``."""
    now_ns = wall_ns()

    def end(tokens: dict[str, Token]) -> list[Token]:
        if name not in tokens:
            raise Refused("NO_SUCH_TOKEN", f"没有名为 {name} 的令牌；bullet-trade token list 列出全部")
        old = tokens[name]
        return list((tokens | {name: dataclasses.replace(old, revoked_ns=old.revoked_ns or now_ns)}).values())

    if not (loaded.settings.runtime_dir / REMOTE / TOKENS_FILE).exists():
        raise Refused("NO_SUCH_TOKEN", f"没有名为 {name} 的令牌")
    with coded("TOKENS"):
        change_tokens(loaded.settings.runtime_dir, end)
    screen(loaded.settings).print(f"令牌 {name} 已吊销，运行中的服务两秒内断开它；其他令牌不受影响")
    return 0


def _check_way(loaded: Loaded) -> None:
    if loaded.settings.qmt_server_token is not None:
        origin = loaded.origins[LONE]
        raise Refused("TWO_WAYS", f"已设置 {LONE}（{origin}），与令牌文件不能同时使用；请先删去它，再发放令牌")


def _token(asked: Asked, public: bytes) -> Token:
    if not is_name(asked.name) or asked.name == LONE:
        raise Refused("BAD_NAME", f"名称 {asked.name} 无效：须为字母、数字、_ 或 -，至多 32 位")
    try:
        scopes = frozenset(Scope(text) for text in _items(asked.scopes))
    except ValueError:
        raise Refused("BAD_SCOPE", f"权限 {asked.scopes} 无效：应为 {'、'.join(Scope)}，逗号分隔") from None
    if not scopes:
        raise Refused("BAD_SCOPE", "至少需要一项权限")
    try:
        symbols = frozenset(normalize_code(text) for text in _items(asked.symbols))
    except ValueError as error:
        raise Refused("BAD_SYMBOL", f"证券代码无效：{error}") from error
    accounts = tuple(_items(asked.accounts)) or (ALL_ACCOUNTS,)
    if not all(account == ALL_ACCOUNTS or is_name(account) for account in accounts):
        raise Refused("BAD_ACCOUNT", f"账户别名 {asked.accounts} 无效")
    return Token(asked.name, public, scopes, accounts, symbols, asked.order_value_max * 10_000, _expiry(asked.expires))


def _expiry(text: str) -> int:
    """The end of the day that was named, in Beijing; 0 where none was."""
    if not text:
        return 0
    end_ns = beijing.to_ns(datetime.combine(parse_day(text), datetime.max.time().replace(microsecond=0)))
    if end_ns <= wall_ns():
        raise Refused("BAD_DATE", f"--expires {text} 已经过去")
    return end_ns


def _row(token: Token, now_ns: int) -> tuple[str, ...]:
    state = "已吊销" if token.revoked_ns else "已过期" if token.has_ended(now_ns) else "有效"
    symbols = f"{len(token.symbols)} 只" if token.symbols else "全部"
    value = f"{token.order_value_max_e4 // 10_000:,}" if token.order_value_max_e4 else "不限"
    until = beijing.stamp_text(token.expires_ns) if token.expires_ns else "长期"
    return token.name, _scopes(token), _accounts(token), symbols, value, until, state


def _scopes(token: Token) -> str:
    return ",".join(scope for scope in Scope if scope in token.scopes)


def _accounts(token: Token) -> str:
    return "全部" if ALL_ACCOUNTS in token.accounts else ",".join(token.accounts)


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]

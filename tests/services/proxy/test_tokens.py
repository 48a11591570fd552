"""The file of tokens: written and read back, and refused by name where it is not right."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import host_os
from common.channels import Scope
from common.errors import ConfigError
from common.settings import load
from common.stamp import REMOTE, move_aside
from services.proxy import keyring
from services.proxy.tokens import ALL_ACCOUNTS, Token, lone, parse, render

WORD = st.text("abcXYZ019_", min_size=1, max_size=12)
SECONDS = st.integers(0, 4_000_000_000).map(lambda second: second * 10**9)
TOKENS = st.builds(
    Token,
    WORD,
    st.binary(min_size=32, max_size=32),
    st.frozensets(st.sampled_from(Scope), min_size=1),
    st.one_of(st.just((ALL_ACCOUNTS,)), st.lists(WORD, min_size=1, max_size=3, unique=True).map(tuple)),
    st.frozensets(st.sampled_from(["600000.XSHG", "000001.XSHE"])),
    st.integers(0, 10**9).map(lambda yuan: yuan * 10_000),
    SECONDS,
    SECONDS,
)


@given(st.lists(TOKENS, max_size=4, unique_by=(lambda token: token.name, lambda token: token.public)))
def test_what_is_written_is_read_back(tokens: list[Token]) -> None:
    text = render(tokens)
    assert parse(text, "tokens.toml") == {token.name: token for token in tokens}
    tomllib.loads(text)


def entry(**fields: str) -> str:
    lines = {"public": f'"{"ab" * 32}"', "accounts": '["main"]', "scopes": '["read"]'} | fields
    return "[a]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items() if value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[a", "无法解析"),
        ("a = 1", "名称"),
        ('["a b"]\n', "名称"),
        (entry(public=""), "public"),
        (entry(public='"abcd"'), "64"),
        (entry(public='"zz"'), "无效"),
        (entry(scopes="[]"), "scopes"),
        (entry(scopes='["all"]'), "all"),
        (entry(scopes='"read"'), "列表"),
        (entry(accounts='["a\\"b"]'), "accounts"),
        (entry(order_value_max="-1"), "order_value_max"),
        (entry(order_value_max="true"), "order_value_max"),
        (entry(expires="2026-12-31"), "时区"),
        (entry(expires='"never"'), "时区"),
        (entry(typo="1"), "typo"),
        (entry() + entry().replace("[a]", "[b]"), "公钥相同"),
    ],
)
def test_a_wrong_file_is_refused_by_name(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        parse(text, "tokens.toml")


def test_scopes_and_accounts() -> None:
    trader = Token("a", b"", frozenset({Scope.TRADE}), ("main",))
    assert trader.allows(Scope.READ) and trader.allows(Scope.TRADE) and not trader.allows(Scope.OPERATE)
    assert trader.may_use("main") and not trader.may_use("hedge") and lone(b"").may_use("hedge")
    assert not Token("a", b"", frozenset()).allows(Scope.READ)


def test_ends() -> None:
    assert not Token("a", b"", frozenset()).has_ended(10**30)
    expiring = Token("a", b"", frozenset(), expires_ns=5)
    assert expiring.has_ended(5) and not expiring.has_ended(4)
    assert Token("a", b"", frozenset(), revoked_ns=1).has_ended(0)


# -- on disk -----------------------------------------------------------------------------------------------------------


def settings_of(folder: Path, word: str = ""):  # type: ignore[no-untyped-def]
    given = {"RUNTIME_DIR": str(folder)} | ({"QMT_SERVER_TOKEN": word} if word else {})
    return load(None, {}, given).settings


def test_one_word_or_a_file_and_never_both(tmp_path: Path) -> None:
    assert keyring.open_keyring(settings_of(tmp_path)) is None
    ring = keyring.open_keyring(settings_of(tmp_path, "secret"))
    assert ring is not None and ring.file is None and list(ring.tokens) == ["QMT_SERVER_TOKEN"]
    keyring.server_secret(tmp_path, lambda: b"s" * 32)
    keyring.change_tokens(tmp_path, lambda _: [Token("a", b"p" * 32, frozenset({Scope.READ}))])
    ring = keyring.open_keyring(settings_of(tmp_path))
    assert ring is not None and ring.secret == b"s" * 32 and list(ring.tokens) == ["a"] and ring.file is not None
    with pytest.raises(ConfigError, match=r"不能同时使用.*token new"):
        keyring.open_keyring(settings_of(tmp_path, "secret"))
    assert "secret" not in repr(ring) and "7373" not in repr(ring)


def test_a_clients_token_is_no_servers(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="发给客户端"):
        keyring.open_keyring(settings_of(tmp_path, "bt1-abc"))


def test_the_servers_key_is_made_once_and_nobody_else_reads_it(tmp_path: Path) -> None:
    assert keyring.server_secret(tmp_path, lambda: b"s" * 32) == b"s" * 32
    assert keyring.server_secret(tmp_path, lambda: b"t" * 32) == b"s" * 32
    path = tmp_path / REMOTE / "server.key"
    if not host_os.WINDOWS:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.write_text("half", encoding="ascii")
    with pytest.raises(ConfigError):
        keyring.server_secret(tmp_path, lambda: b"t" * 32)


def test_tokens_without_their_server_key_are_refused(tmp_path: Path) -> None:
    keyring.change_tokens(tmp_path, lambda _: [Token("a", b"p" * 32, frozenset({Scope.READ}))])
    with pytest.raises(ConfigError, match=r"server\.key 不存在"):
        keyring.open_keyring(settings_of(tmp_path))


def test_no_secret_is_in_the_file(tmp_path: Path) -> None:
    keyring.server_secret(tmp_path, lambda: b"s" * 32)
    keyring.change_tokens(tmp_path, lambda _: [Token("a", b"p" * 32, frozenset({Scope.READ}))])
    text = (tmp_path / REMOTE / "tokens.toml").read_text(encoding="utf-8")
    assert (b"p" * 32).hex() in text and (b"s" * 32).hex() not in text


def test_names_are_remembered(tmp_path: Path) -> None:
    assert keyring.read_names(tmp_path) == {}
    keyring.write_names(tmp_path, {"策略": "laptop"})
    assert keyring.read_names(tmp_path) == {"策略": "laptop"}
    (tmp_path / REMOTE / "names.json").write_text("[1]", encoding="utf-8")
    with pytest.raises(ConfigError, match="已损坏"):
        keyring.read_names(tmp_path)


def test_a_reset_leaves_the_keys_where_they_are(tmp_path: Path) -> None:
    keyring.server_secret(tmp_path, lambda: b"s" * 32)
    (tmp_path / "state.db").write_bytes(b"")
    move_aside(tmp_path, 1)
    assert (tmp_path / REMOTE / "server.key").exists() and not (tmp_path / "state.db").exists()

"""The verb ``token``: what it prints once, writes down, and refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.refusal import Refused
from cli.token import Asked, list_, new, revoke
from common.channels import Scope
from common.keys import secrets_of
from common.link import public_of
from common.settings import Loaded, load
from common.stamp import REMOTE
from services.proxy.keyring import open_keyring
from services.proxy.tokens import Token


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    return load(None, {"RUNTIME_DIR": str(tmp_path)}, {})


def tokens_of(loaded: Loaded) -> dict[str, Token]:
    ring = open_keyring(loaded.settings)
    assert ring is not None
    return ring.tokens


def printed(capsys: pytest.CaptureFixture[str]) -> str:
    out = capsys.readouterr().out
    assert out.startswith("QMT_SERVER_TOKEN=bt1-") and out.count("\n") == 1, "fit for >> .env"
    return out.strip().partition("=")[2]


def test_a_token_is_printed_once_and_its_public_key_kept(loaded: Loaded, capsys: pytest.CaptureFixture[str]) -> None:
    asked = Asked("laptop", "trade, read", "main", "600000,sz000001", 50_000, "2099-12-31")
    assert new(loaded, asked) == 0
    secrets = secrets_of(printed(capsys))
    token = tokens_of(loaded)["laptop"]
    assert token.public == public_of(secrets.client) and token.scopes == {Scope.READ, Scope.TRADE}
    assert (token.accounts, token.symbols) == (("main",), {"600000.XSHG", "000001.XSHE"})
    assert token.order_value_max_e4 == 500_000_000 and token.expires_ns
    ring = open_keyring(loaded.settings)
    assert ring is not None and secrets.server_public == public_of(ring.secret)
    for path in (loaded.settings.runtime_dir / REMOTE).iterdir():
        assert secrets.client.hex() not in path.read_text(encoding="utf-8")


def test_a_name_is_replaced_on_demand_only(loaded: Loaded, capsys: pytest.CaptureFixture[str]) -> None:
    new(loaded, Asked("laptop"))
    first = printed(capsys)
    with pytest.raises(Refused, match="--replace") as no:
        new(loaded, Asked("laptop"))
    assert no.value.code == "TOKEN_EXISTS"
    new(loaded, Asked("laptop", replace=True))
    second = printed(capsys)
    assert secrets_of(first).server_public == secrets_of(second).server_public
    assert tokens_of(loaded)["laptop"].public == public_of(secrets_of(second).client)


def test_a_revoked_token_stays_on_the_list_and_its_name_is_free(
    loaded: Loaded, capsys: pytest.CaptureFixture[str]
) -> None:
    new(loaded, Asked("laptop"))
    new(loaded, Asked("phone", "read"))
    assert revoke(loaded, "laptop") == 0
    assert tokens_of(loaded)["laptop"].revoked_ns and not tokens_of(loaded)["phone"].revoked_ns
    capsys.readouterr()
    list_(loaded, csv=False)
    out = capsys.readouterr().out
    assert "laptop" in out and "已吊销" in out and "phone" in out and "有效" in out
    new(loaded, Asked("laptop"))
    assert not tokens_of(loaded)["laptop"].revoked_ns


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (Asked("a b"), "BAD_NAME"),
        (Asked("QMT_SERVER_TOKEN"), "BAD_NAME"),
        (Asked("a", "all"), "BAD_SCOPE"),
        (Asked("a", ""), "BAD_SCOPE"),
        (Asked("a", accounts='x"y'), "BAD_ACCOUNT"),
        (Asked("a", symbols="hello"), "BAD_SYMBOL"),
        (Asked("a", expires="soon"), "BAD_DATE"),
        (Asked("a", expires="2001-01-01"), "BAD_DATE"),
    ],
)
def test_what_is_refused_changes_nothing(loaded: Loaded, asked: Asked, code: str) -> None:
    with pytest.raises(Refused) as no:
        new(loaded, asked)
    assert no.value.code == code and not (loaded.settings.runtime_dir / REMOTE).exists()


def test_a_lone_word_and_tokens_are_not_combined(tmp_path: Path) -> None:
    loaded = load(None, {"RUNTIME_DIR": str(tmp_path), "QMT_SERVER_TOKEN": "secret"}, {})
    with pytest.raises(Refused, match="不能同时使用") as no:
        new(loaded, Asked("laptop"))
    assert no.value.code == "TWO_WAYS" and "secret" not in str(no.value)


def test_nobody_to_revoke(loaded: Loaded) -> None:
    for _ in range(2):
        with pytest.raises(Refused) as no:
            revoke(loaded, "laptop")
        assert no.value.code == "NO_SUCH_TOKEN"
        new(loaded, Asked("other", replace=True))

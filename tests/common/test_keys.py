"""Keys from tokens: the same on both sides, different for each role and word, and none from half a token."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import ConfigError
from common.keys import KEY_BYTES, PREFIX, derived, is_issued, issued, secrets_of
from common.link import Keys, public_of

KEY = st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES)


def test_a_word_gives_each_role_its_own_key_and_always_the_same() -> None:
    keys = {derived(word, role) for word in ("secret", "secret ", "令牌") for role in ("server", "client")}
    assert len(keys) == 6 and all(len(key) == KEY_BYTES for key in keys)


def test_the_derivation_is_fixed() -> None:
    """A change would shut out every client that is not upgraded in the same minute."""
    assert derived("secret", "server").hex() == SERVER_OF_SECRET
    assert derived("secret", "client").hex() == CLIENT_OF_SECRET


def test_a_lone_word_holds_both_secrets() -> None:
    secrets = secrets_of("secret")
    assert (secrets.server, secrets.client) == (derived("secret", "server"), derived("secret", "client"))
    assert secrets.server_public is None


@given(KEY, KEY)
def test_an_issued_token_holds_the_servers_public_key_and_the_clients_secret(public: bytes, secret: bytes) -> None:
    token = issued(public, secret)
    assert is_issued(token) and token.isascii() and len(token) == len(PREFIX) + 91
    secrets = secrets_of(token)
    assert (secrets.server_public, secrets.client, secrets.server) == (public, secret, None)


@given(KEY, KEY, st.data())
def test_a_token_that_lost_or_changed_a_character_is_refused(public: bytes, secret: bytes, data: st.DataObject) -> None:
    token = issued(public, secret)
    at = data.draw(st.integers(len(PREFIX), len(token) - 2))
    letter = data.draw(st.sampled_from("ABCxyz019-_ .=/+é").filter(lambda one: one != token[at]))
    for damaged in (token[:at] + token[at + 1 :], token[:at] + letter + token[at + 1 :], token + "A"):
        with pytest.raises(ConfigError, match="不完整"):
            secrets_of(damaged)


def test_nothing_shows_a_secret() -> None:
    assert "***" in repr(secrets_of(issued(b"p" * 32, b"s" * 32))) and "***" in repr(Keys(b"p" * 32, b"s" * 32))


def test_public_keys() -> None:
    assert len(public_of(b"s" * 32)) == KEY_BYTES and public_of(b"s" * 32) != public_of(b"t" * 32)


SERVER_OF_SECRET = "33db92a7abdfb2a79993ef2da8e9497906ce04b0d154c28c530ceca77ab99f59"
CLIENT_OF_SECRET = "65d7278473ceb956a3c927b64441b6293cb478a69fa43a895eb19af8eb921385"

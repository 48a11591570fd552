"""What a token is: the keys of a remote link, derived from a word both sides know or carried by a token of `token new`.

A lone word (``QMT_SERVER_TOKEN=secret``): both secret keys are scrypt of the word, with one salt for each role, so both
sides know both. Whoever records a handshake may try words at leisure; scrypt makes each try cost 64 MB and a tenth of a
second or more, and common/token_strength.py says how many tries a word is worth.

A token of ``bullet-trade token new`` holds the server's public key and the client's secret key. The server keeps the
client's public key only.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import hashlib
import re
from typing import Final

from common.errors import ConfigError

KEY_BYTES: Final = 32
PREFIX: Final = "bt1-"
_SCRYPT: Final = {"n": 2**16, "r": 8, "p": 1, "maxmem": 2**27, "dklen": KEY_BYTES}
_SALTS: Final = {"server": b"bullet-trade remote 1 server", "client": b"bullet-trade remote 1 client"}
_CHECK_BYTES: Final = 4
_BASE64: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


@dataclasses.dataclass(frozen=True)
class Secrets:
    """Secret keys of 32 bytes; the server's own is None where a token brought its public key instead."""

    client: bytes
    server: bytes | None
    server_public: bytes | None

    def __repr__(self) -> str:
        return "Secrets(***)"


def secrets_of(token: str) -> Secrets:
    """The keys a client finds in its token; a fifth of a second for a lone word. ConfigError for a damaged token."""
    if not token.startswith(PREFIX):
        return Secrets(derived(token, "client"), derived(token, "server"), None)
    packed = _unpacked(token)
    if packed is None:
        raise ConfigError("令牌不完整：bt1- 开头的令牌须整段复制，一个字符也不能少")
    return Secrets(packed[KEY_BYTES:], None, packed[:KEY_BYTES])


def derived(word: str, role: str) -> bytes:
    """The secret key of ``server`` or ``client`` that a lone word gives."""
    return hashlib.scrypt(word.encode("utf-8"), salt=_SALTS[role], **_SCRYPT)


def issued(server_public: bytes, client_secret: bytes) -> str:
    """The token to hand to a client: ``bt1-`` and 91 letters of base64 for both keys and a checksum."""
    packed = server_public + client_secret
    assert len(packed) == 2 * KEY_BYTES
    return PREFIX + base64.urlsafe_b64encode(packed + _check(packed)).decode("ascii").rstrip("=")


def is_issued(token: str) -> bool:
    return token.startswith(PREFIX)


def _unpacked(token: str) -> bytes | None:
    text = token.removeprefix(PREFIX)
    if not _BASE64.fullmatch(text):
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        return None
    packed, check = raw[:-_CHECK_BYTES], raw[-_CHECK_BYTES:]
    return packed if len(packed) == 2 * KEY_BYTES and check == _check(packed) else None


def _check(packed: bytes) -> bytes:
    return hashlib.sha256(packed).digest()[:_CHECK_BYTES]

"""What a token is: the keys of a remote link, derived from a word both sides know or carried by a token of `token new`.

A lone word (``QMT_SERVER_TOKEN=secret``): both secret keys are scrypt of the word, with one salt for each role, so both
sides know both. Whoever records a handshake may try words at leisure; scrypt makes each try cost 64 MB and a tenth of a
second or more, and ``strength_bits`` says how many tries a word is worth.

A token of ``bullet-trade token new`` holds the server's public key and the client's secret key. The server keeps the
client's public key only.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import hashlib
import itertools
import math
import re
from typing import Final

from common.errors import ConfigError

KEY_BYTES: Final = 32
PREFIX: Final = "bt1-"
WEAK_BITS: Final = 64
"""Below this a word is called weak: 2**64 tries at a tenth of a second each are out of reach."""

_SCRYPT: Final = {"n": 2**16, "r": 8, "p": 1, "maxmem": 2**27, "dklen": KEY_BYTES}
_SALTS: Final = {"server": b"bullet-trade remote 1 server", "client": b"bullet-trade remote 1 client"}
_CHECK_BYTES: Final = 4
_COMMON: Final = frozenset(
    re.findall(
        r"\w+",
        "secret password passwd token admin root test demo stub bullet trade qmt xtquant miniqmt joinquant qwerty "
        "letmein welcome changeme default server remote 123456 12345678 123123 666666 888888 abc123 woaini stock main",
    )
)
_CLASSES: Final = ((r"[0-9]", 10), (r"[a-z]", 26), (r"[A-Z]", 26), (r"[^0-9A-Za-z]", 33))
_LIKE_WORD: Final = re.compile(r"[a-z]*[aeiou][a-z]{3,}|[a-z]{3,}[aeiou][a-z]*", re.IGNORECASE)
_TEXT_BITS: Final = 2.2
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


def generated(randomness: bytes) -> str:
    """A lone word made of 20 random bytes: 32 letters and digits, easily read aloud."""
    assert len(randomness) == 20
    return base64.b32encode(randomness).decode("ascii").lower()


def strength_bits(word: str) -> int:
    """A rough estimate of how many bits a guesser lacks: a word that everybody tries is one of a thousand, and what
    reads like a word is worth what text is."""
    rest, bits = word, 0.0
    for common in sorted(_COMMON, key=lambda one: (-len(one), one)):
        if (at := rest.lower().find(common)) >= 0:
            rest, bits = rest[:at] + rest[at + len(common) :], bits + 10
    for like_word in _LIKE_WORD.findall(rest):
        rest, bits = rest.replace(like_word, "", 1), bits + _TEXT_BITS * _surprises(like_word)
    alphabet = sum(size for pattern, size in _CLASSES if re.search(pattern, rest if rest else word))
    return int(bits + _surprises(rest) * math.log2(max(alphabet, 2)))


def _surprises(text: str) -> float:
    """Characters that do not follow from the one before; those that repeat or count on are worth a tenth."""
    steps = [ord(b) - ord(a) for a, b in itertools.pairwise(text)]
    plain = sum(1 for at, step in enumerate(steps) if step in (0, 1, -1) or (at and step == steps[at - 1]))
    # A text made of few different characters repeats itself.
    return min(len(text) - 0.9 * plain, 2.5 * len(set(text)))


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

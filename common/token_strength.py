"""How hard a token is to guess: a careful estimate in bits, which never says more than its letters could hold."""

from __future__ import annotations

import math
import re

WEAK_BITS = 60
"""Below this, somebody who may try a few thousand times a second over years has a chance."""

_POOLS = (
    ("abcdefghijklmnopqrstuvwxyz", 26),
    ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 26),
    ("0123456789", 10),
    ("-_", 2),
)
_OTHER_POOL = 30
_WORDS = re.findall(
    r"\w+",
    "password passwd secret token admin root test demo example bullet trade qmt miniqmt quant strategy server broker "
    "account gateway welcome letmein qwerty asdf zxcv iloveyou changeme default mima jiaoyi gupiao huanchengziji",
)
_WORD_BITS, _REPEAT_BITS, _STEP_BITS = 7.0, 4.0, 1.0
_SPOKEN_BITS = 2.3
_REPEAT_MIN = 3


def bits(token: str) -> int:
    """The estimate: what is a well-known word, repeats what came before, or counts on costs a guesser next to nothing.

    Random letters cost what their kinds allow: 5.9 bits each for letters and digits mixed, 4 for hexadecimal. Letters
    of one case alone may be words or pinyin, however long: they count as such.
    """
    spoken = token.isascii() and token.isalpha() and token.lower() in (token, token.swapcase())
    each = _SPOKEN_BITS if spoken else math.log2(max(_pool(token), 2))
    total, at = 0.0, 0
    while at < len(token):
        length, cost = _predictable(token, at) or (1, each)
        total, at = total + min(cost, each * length), at + length
    return int(total)


def _pool(token: str) -> int:
    """How many different letters a guesser must reckon with; hexadecimal is taken for what it is."""
    if token and all(letter in "0123456789abcdef" for letter in token):
        return 10 if token.isdigit() else 16
    size = sum(count for letters, count in _POOLS if any(letter in letters for letter in token))
    known = "".join(letters for letters, _ in _POOLS)
    return size + (_OTHER_POOL if any(letter not in known for letter in token) else 0)


def _predictable(token: str, at: int) -> tuple[int, float] | None:
    """How many letters from ``at`` follow from a word, from what came before or from counting, and what they cost."""
    rest = token[at:]
    word = max((word for word in _WORDS if rest.lower().startswith(word)), key=len, default="")
    if word:
        return len(word), _WORD_BITS
    repeat = next((n for n in range(len(rest), _REPEAT_MIN - 1, -1) if rest[:n] in token[:at]), 0)
    if repeat:
        return repeat, _REPEAT_BITS
    if at >= 2 and _step(token, at) == _step(token, at - 1) and abs(_step(token, at)) <= 1:
        return 1, _STEP_BITS
    return None


def _step(token: str, at: int) -> int:
    return ord(token[at]) - ord(token[at - 1])

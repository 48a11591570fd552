"""The first bytes of a connection: whether they are ZeroMQ's with CURVE, and what else they are where they are not.

ZMTP 3 (RFC 23): ten bytes of signature ``FF 00…00 01 7F``, two of version, twenty that name the mechanism.
"""

from __future__ import annotations

from typing import Final

SIGNATURE_BYTES: Final = 10
GREETING_BYTES: Final = 32
CURVE: Final = b"CURVE".ljust(20, b"\0")

NOT_ZMTP: Final = "NOT_ZMTP"
OLD_CLIENT: Final = "OLD_CLIENT"
NO_CURVE: Final = "NO_CURVE"
OLD_ZMTP: Final = "OLD_ZMTP"

TEXTS: Final = {
    NOT_ZMTP: "不是本系统的客户端",
    OLD_CLIENT: "旧版工具的明文 JSON 客户端；请改用 bullet-trade live --broker qmt-remote",
    NO_CURVE: "没有加密（不是 CURVE）",
    OLD_ZMTP: "ZeroMQ 协议版本过旧",
}


def fault(start: bytes) -> str:
    """Why these first bytes are not those of a client of ours; "" while they still may be."""
    if start[:1] != b"\xff":
        return (OLD_CLIENT if _is_json(start) else NOT_ZMTP) if start and not _may_be_length(start) else ""
    if len(start) >= SIGNATURE_BYTES and start[9] != 0x7F:
        return NOT_ZMTP
    if len(start) > SIGNATURE_BYTES and start[10] < 3:
        return OLD_ZMTP
    if len(start) >= GREETING_BYTES and start[12:32] != CURVE:
        return NO_CURVE
    return ""


def is_whole(start: bytes) -> bool:
    """Whether all that `fault` looks at is there."""
    return len(start) >= GREETING_BYTES


def _is_json(start: bytes) -> bool:
    """The old tool writes a length of four bytes before each object; its lines of text begin with one at once."""
    return start.lstrip()[:1] == b"{" or start[4:5] == b"{"


def _may_be_length(start: bytes) -> bool:
    """The length before an object: what it belongs to is known with the fifth byte."""
    return len(start) < 5 and start[:1] == b"\0"

"""How the border says no: to whoever asked, to the access log, and to whoever looks after the desk."""

from __future__ import annotations

from common import wire
from common.reasons import Reason, text_of
from services.proxy.acts import Act, Audit, ToLink
from services.proxy.links import Link
from services.proxy.scopes import No

ME = "proxy"
SHOWN = 100
"""Characters of what somebody else wrote that are shown or kept."""


def refuse(link: Link, channel: str, seq: int, no: No, action: str = "") -> list[Act]:
    """Say no to the sender of a frame, by number where the frame had one, and put it down."""
    refused = wire.Refused(channel[:SHOWN], ME, seq, no.reason, no.text)
    return [ToLink(link.number, wire.encode(refused)), *told(link, no, action or f"frame:{channel[:SHOWN]}")]


def told(link: Link, no: No, action: str) -> list[Act]:
    said = f"{link.name or link.said or link.peer} {no.text}"
    return [Audit(no.reason, link.token.name, said), link.access(action, "", f"refused:{no.reason}")]


def plain(reason: Reason, what: str = "") -> No:
    return No(reason, f"{text_of(reason)}（{what[:SHOWN]}）" if what else text_of(reason))

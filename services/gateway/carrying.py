"""What the gateway takes over into a new day's journal: its books and all that is under way with the brokers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common import messages as m
from common.messages import carried as c
from services.gateway.halts import Halted
from services.gateway.looks import Looks, Suspect
from services.gateway.statement import Asked

if TYPE_CHECKING:
    from services.gateway.core import GatewayCore


def carried(core: GatewayCore, account: str, now_ns: int) -> m.GatewayCarried:
    """Orders of earlier days are not named again."""
    book, halted = core.books[account], core.halts.get(account)
    answered = core.answered.get(account)
    return m.GatewayCarried(
        account=account,
        book=book.snapshot(core.mode, now_ns),
        ready=account in core.ready,
        owed=[_asked(asked) for asked in core.owed[account]],
        answered=_asked(answered) if answered else None,
        handed=sorted(core.handed & book.orders.keys()),
        cancelling=sorted(core.cancelling & book.orders.keys()),
        silent=core.silent[account],
        looks=_looks(core.looks[account]),
        halted=(halted.since_ns, halted.buys_only) if halted else None,
        marked_ns=core.marked_ns,
        link_spoken=core.reminders.spoken.get(account, 0),
    )


def take_over(core: GatewayCore, message: m.GatewayCarried) -> None:
    """Bring a fresh core to where another one stood."""
    account = message.account
    core.books[account].restore(message.book)
    core.owed[account] = [_again(asked) for asked in message.owed]
    if message.answered is not None:
        core.answered[account] = _again(message.answered)
    core.handed.update(message.handed)
    core.cancelling.update(message.cancelling)
    core.silent[account] = dict(message.silent)
    _look_again(core.looks[account], message.looks)
    if message.halted is not None:
        core.halts[account] = Halted(*message.halted)
    core.marked_ns = max(core.marked_ns, message.marked_ns)
    if message.link_spoken:
        core.reminders.spoken[account] = message.link_spoken
    if message.ready:
        core.ready.add(account)


def _asked(asked: Asked) -> c.AskedCarried:
    return c.AskedCarried(sorted(asked.orders), asked.fills, asked.look)


def _again(asked: c.AskedCarried) -> Asked:
    return Asked(frozenset(asked.orders), asked.fills, asked.look)


def _looks(looks: Looks) -> c.LooksCarried:
    suspects = [
        c.SuspectCarried(symbol, s.difference, s.seen_ns, s.fills, s.looks, s.quiet)
        for symbol, s in looks.suspects.items()
    ]
    return c.LooksCarried(looks.count, looks.looked_ns, looks.rows, suspects, looks.told, looks.fresh)


def _look_again(looks: Looks, message: c.LooksCarried) -> None:
    looks.count, looks.looked_ns, looks.fresh = message.count, message.looked_ns, message.fresh
    looks.rows, looks.told = list(message.rows), dict(message.told)
    looks.suspects = {s.symbol: Suspect(s.difference, s.seen_ns, s.fills, s.looks, s.quiet) for s in message.suspects}

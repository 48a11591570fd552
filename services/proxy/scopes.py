"""Who may send what: token, channel and message against each other. What is not allowed here reaches nobody inside."""

from __future__ import annotations

import dataclasses

from common import messages as m
from common.channels import CHANNELS, Channel, Kind, role_of
from common.reasons import Reason, text_of
from services.proxy.tokens import Token

DATA_CHANNELS = ("ask_quotes", "market")
NO_BROKER_CHANNELS = (*DATA_CHANNELS, "clock", "pace")
"""What is left where a server offers no trading."""


OPERATED = (m.Halt, m.Resume, m.Reconcile, m.AcceptBooks, m.ResolveOrder)
"""Commands that name who gave them."""


@dataclasses.dataclass(frozen=True)
class Served:
    """What this server offers outside. ``simulated``: the market's clock is published, and waits for strategies."""

    accounts: tuple[str, ...]
    mode: str
    simulated: bool
    data: bool = True
    broker: bool = True


@dataclasses.dataclass(frozen=True)
class No:
    """An expected no; ``text`` is what the trader reads."""

    reason: Reason
    text: str


def channel_no(token: Token, role: str, channel: Channel | None, *kinds: Kind) -> No | None:
    """Why this role may not use the channel with this token in a frame for such kinds; None where it may."""
    if channel is None or channel.kind not in kinds or channel.outside is None or role not in channel.peers:
        return _no(Reason.NOT_ALLOWED, f"{channel.name if channel else '未知的通道'}")
    if not token.allows(channel.outside):
        return _no(Reason.TOKEN_SCOPE, f"{channel.name} 需要 {channel.outside}")
    return None


def served_no(channel: Channel, served: Served, query: m.Message | None = None) -> No | None:
    """Why the server does not offer the channel at all; how its processes are it always tells."""
    if isinstance(query, m.GetStatus):
        return None
    if not served.data and channel.name in DATA_CHANNELS:
        return _no(Reason.NOT_SERVED, f"{channel.name}（--disable-data）")
    if not served.broker and channel.name not in NO_BROKER_CHANNELS:
        return _no(Reason.NOT_SERVED, f"{channel.name}（--disable-broker）")
    return None


def command_no(token: Token, name: str, command: m.Message, served: Served) -> No | None:
    """Why a command may not pass; an order that only the token's own limits forbid is judged by ``order_no``."""
    strategy = name.partition(".")[2]
    match command:
        case m.SubmitOrder(order=order):
            return account_no(token, order.account, served) or _not_its_own(order.strategy, strategy)
        case m.CancelOrder():
            return account_no(token, command.account, served) or _not_its_own(command.strategy, strategy)
        case m.RaiseAlert():
            return account_no(token, command.account, served) or _not_its_own(command.source, strategy)
        case m.Halt() | m.Resume() | m.Reconcile() | m.AcceptBooks() | m.ResolveOrder():
            return account_no(token, command.account, served)
    return _no(Reason.NOT_ALLOWED, type(command).__name__)


def order_no(token: Token, order: m.Order) -> No | None:
    """Why the token's own limits forbid an order; risk then denies it."""
    if token.symbols and order.symbol not in token.symbols:
        return _no(Reason.TOKEN_SYMBOL, f"{order.symbol}，令牌 {token.name}")
    value_e4 = order.qty * order.price_e4
    if 0 < token.order_value_max_e4 < value_e4:
        said = f"{value_e4 / 10_000:,.2f} > {token.order_value_max_e4 / 10_000:,.2f}，令牌 {token.name}"
        return _no(Reason.TOKEN_ORDER_VALUE, said)
    return None


def query_no(token: Token, query: m.Message, served: Served) -> No | None:
    match query:
        case m.GetAccount() | m.GetBooks() | m.GetRisk() | m.GetRows():
            return account_no(token, query.account, served)
    return None


def pace_no(name: str, pace: m.Message, owned: bool) -> No | None:
    """A process reports its own progress; who leaves may be named by an operator whose token the strategy has."""
    match pace:
        case m.Progress(member=member) if member == name:
            return None
        case m.Leave(member=member) if member == name or (role_of(name) == "operator" and owned):
            return None
    return _no(Reason.SENDER_FORGED, f"{getattr(pace, 'member', '')}")


def account_no(token: Token, account: str, served: Served) -> No | None:
    if account not in served.accounts:
        return _no(Reason.UNKNOWN_ACCOUNT, account)
    return None if token.may_use(account) else _no(Reason.TOKEN_ACCOUNT, account)


def topics_of(token: Token, role: str, asked: str, served: Served) -> list[str] | No:
    """The topics that a wish stands for: ``account/`` means those of all accounts of the token."""
    name, _, account = asked.lstrip("!").partition("/")
    channel = CHANNELS.get(name)
    if no := channel_no(token, role, channel, Kind.EVENT, Kind.QUOTE):
        return no
    assert channel is not None, "refused above"
    if no := served_no(channel, served):
        return no
    if channel.kind is Kind.QUOTE:
        return [name]
    if account:
        return account_no(token, account, served) or [f"{name}/{account}"]
    return [f"{name}/{one}" for one in served.accounts if token.may_use(one)]


def told_as(message: m.Message) -> tuple[str, str]:
    """How the access log names a message: its type with the order it is about, and its account."""
    order: m.Order | None = getattr(message, "order", None)
    about = order.client_order_id if order else getattr(message, "client_order_id", "")
    account = order.account if order else getattr(message, "account", "")
    return f"{type(message).__name__}{':' if about else ''}{about[:24]}", account


def _not_its_own(said: str, strategy: str) -> No | None:
    return None if said == strategy else _no(Reason.SENDER_FORGED, f"{said[:40]!r}，而连接属于策略 {strategy}")


def _no(reason: Reason, what: str) -> No:
    return No(reason, f"{text_of(reason)}（{what}）")

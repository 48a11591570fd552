"""Every message and topic with every scope, on the token's own account and on others: what passes and what does not."""

from __future__ import annotations

import itertools

import pytest

from common import messages as m
from common import wire
from common.channels import CHANNELS, Kind, Scope
from common.reasons import Reason
from services.proxy.links import EVENTS
from services.proxy.scopes import Served
from tests.common.samples import MESSAGES
from tests.services.proxy.fence import (
    OPERATOR,
    SERVED,
    STRATEGY,
    border_of,
    forwarded,
    frame_of,
    greeted,
    message_of,
    no_of,
    token_of,
)

R, T, OP = Scope.READ, Scope.TRADE, Scope.OPERATE
SCOPES = [set(some) for size in (1, 2, 3) for some in itertools.combinations(Scope, size)]

# What outsiders may send: by message, the scope that is needed and the roles that may. Everything else may nobody.
STRATEGIES, OPERATORS, BOTH = {"strategy"}, {"operator"}, {"strategy", "operator"}
MAY: dict[type[m.Message], tuple[Scope, set[str]]] = {
    m.SubmitOrder: (T, STRATEGIES),
    m.CancelOrder: (T, STRATEGIES),
    m.RaiseAlert: (T, STRATEGIES),
    m.Halt: (OP, OPERATORS),
    m.Resume: (OP, OPERATORS),
    m.Reconcile: (OP, OPERATORS),
    m.AcceptBooks: (OP, OPERATORS),
    m.ResolveOrder: (OP, OPERATORS),
    m.GetAccount: (R, BOTH),
    m.GetBooks: (R, BOTH),
    m.Subscribe: (R, BOTH),
    m.GetTicks: (R, BOTH),
    m.GetBars: (R, BOTH),
    m.GetInstruments: (R, BOTH),
    m.GetLatest: (R, BOTH),
    m.GetAdjustments: (R, BOTH),
    m.GetTradeDays: (R, BOTH),
    m.GetSectors: (R, BOTH),
    m.GetMembers: (R, BOTH),
    m.GetRisk: (R, BOTH),
    m.GetRows: (R, BOTH),
    m.GetStatus: (R, BOTH),
    m.Progress: (T, STRATEGIES),
    m.Leave: (T, BOTH),
}
HAVE_ACCOUNT = {t for t in MAY if t not in CHANNELS["ask_quotes"].types} - {m.GetStatus, m.Progress, m.Leave}
TRAVELS = [(kind, name) for name, channel in CHANNELS.items() for kind in channel.types]


def test_the_table_is_complete() -> None:
    """Each message that travels, and no other, is tried below; those inside a process cannot even be read."""
    assert set(MAY) <= {kind for kind, _ in TRAVELS} <= set(MESSAGES)


@pytest.mark.parametrize("scopes", SCOPES, ids=lambda s: "+".join(sorted(s)))
@pytest.mark.parametrize("said", [STRATEGY, OPERATOR])
def test_what_passes(said: str, scopes: set[Scope]) -> None:
    role = said.partition(".")[0]
    for (kind, channel), account in itertools.product(TRAVELS, ("main", "hedge", "nobodys")):
        token = token_of(*scopes)
        border = border_of(token, demo="laptop")
        client = greeted(border, token, said)
        needed, roles = MAY.get(kind, (None, set()))
        greets = role == "operator" or T in scopes
        may = greets and role in roles and (needed in scopes or needed is R)
        may = may and (account == "main" or kind not in HAVE_ACCOUNT)
        acts = client.send(frame_of(kind, channel, message_of(kind, account), said))
        assert bool(forwarded(acts)) == may, (kind.__name__, channel, account, acts)
        assert bool(no_of(acts)) != may, (kind.__name__, channel, account, acts)
        for act in forwarded(acts):
            assert act.role == CHANNELS[channel].binder and act.name.startswith(f"{role}.")


@pytest.mark.parametrize("scopes", SCOPES, ids=lambda s: "+".join(sorted(s)))
def test_which_topics_reach_a_link(scopes: set[Scope]) -> None:
    token = token_of(*scopes)
    border = border_of(token)
    greeted(border, token, OPERATOR)
    topics = [f"{name}/{account}" for name in ("account", "decisions") for account in ("main", "hedge", "nobodys")]
    heard = {topic for topic in [*topics, "market", "clock", "pace", "orders/main"] if border.followers(topic)}
    assert heard == {"account/main", "decisions/main", "market", "clock"}, "every scope may read its own account"


@pytest.mark.parametrize(
    "wish", ["", "account", "account/hedge", "account/nobodys", "pace", "orders", "approved/", "acc"]
)
def test_a_wish_beyond_the_scope_is_refused_and_the_others_are_not(wish: str) -> None:
    token = token_of(R)
    border = border_of(token)
    client = greeted(border, token, OPERATOR)
    acts = client.hello(wish, "clock", port=EVENTS)
    if wish == "account":
        assert border.followers("account/main") and not border.followers("account/hedge")
    else:
        assert no_of(acts) in (Reason.NOT_ALLOWED, Reason.TOKEN_ACCOUNT, Reason.UNKNOWN_ACCOUNT)
        assert not border.followers("account/main") and not border.followers("account/hedge")
    assert border.followers("clock")


@pytest.mark.parametrize(("account", "may"), [("main", True), ("hedge", False), ("nobodys", False)])
@pytest.mark.parametrize("channel", CHANNELS)
def test_catch_up_stays_on_the_account(channel: str, account: str, may: bool) -> None:
    token = token_of(T)
    client = greeted(border_of(token), token, STRATEGY)
    acts = client.send(wire.Fetch(channel, account, STRATEGY, 1))
    may = may and CHANNELS[channel].kind is Kind.EVENT
    assert bool(forwarded(acts)) == may and bool(no_of(acts)) != may


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_frame_of_another_kind_than_its_channel_passes_nowhere(channel: str) -> None:
    token = token_of(R, T, OP)
    for said in (STRATEGY, OPERATOR):
        client = greeted(border_of(token), token, said)
        kind = CHANNELS[channel].kind
        for message in (message_of(one, "main") for one in CHANNELS[channel].types):
            if kind is not Kind.QUERY:
                assert not forwarded(client.send(wire.Query(channel, said, 5, wire.raw(message))))
            if kind is not Kind.COMMAND:
                assert not forwarded(client.command(message, channel=channel))
            if kind is not Kind.PACE:
                assert not forwarded(client.send(wire.Pace(said, wire.raw(message))))


def test_all_accounts_means_those_that_are_served() -> None:
    token = token_of(T, accounts=("*",))
    border = border_of(token)
    client = greeted(border, token, OPERATOR)
    assert border.followers("account/hedge") and forwarded(client.ask(m.GetAccount("hedge"), "gateway"))
    assert no_of(client.ask(m.GetAccount("nobodys"), "gateway")) == Reason.UNKNOWN_ACCOUNT
    assert no_of(client.ask(m.GetRows("orders", "", 0, 0), "state")) == Reason.UNKNOWN_ACCOUNT


@pytest.mark.parametrize(
    ("data", "broker", "asked"),
    [(False, True, "ask_quotes"), (True, False, "ask_gateway"), (True, False, "ask_risk"), (True, False, "ask_state")],
)
def test_what_the_server_does_not_offer(data: bool, broker: bool, asked: str) -> None:
    token = token_of(R, T, OP)
    border = border_of(token, served=Served(SERVED.accounts, "dry_run", simulated=True, data=data, broker=broker))
    client = greeted(border, token, OPERATOR)
    for kind in CHANNELS[asked].types:
        acts = client.send(frame_of(kind, asked, message_of(kind, "main"), OPERATOR))
        assert no_of(acts) == ("" if kind is m.GetStatus else Reason.NOT_SERVED)
    assert bool(border.followers("market")) == data and bool(border.followers("account/main")) == broker
    assert border.followers("clock")
    if not broker:
        assert no_of(client.command(message_of(m.Halt, "main"))) == Reason.NOT_SERVED


def test_frames_that_only_servers_send_pass_nowhere() -> None:
    token = token_of(R, T, OP)
    client = greeted(border_of(token), token, STRATEGY)
    quote = wire.raw(m.Refusal("", ""))
    for frame in (
        wire.Ack("orders", STRATEGY, 1, 1),
        wire.Answer(STRATEGY, 1, quote),
        wire.Refused("", STRATEGY, 1, "", ""),
        wire.Beat("account", "main", 1, 1, 0),
        wire.State("account", "main", 1, 1, 1, quote),
        wire.Welcome(1, "", False, [], [], "", 0),
    ):
        acts = client.send(frame)
        assert not forwarded(acts) and no_of(acts) in (Reason.NOT_ALLOWED, Reason.SENDER_FORGED)


# -- the token's own limits --------------------------------------------------------------------------------------------


def order(symbol: str = "600000.XSHG", qty: int = 100, price_e4: int = 100_000) -> m.Order:
    return m.Order("a1", "main", "demo", symbol, m.Side.BUY, m.OrderType.LIMIT, qty, price_e4, 1, 2)


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (order(), ""),
        (order("000001.XSHE"), Reason.TOKEN_SYMBOL),
        (order(qty=500), ""),
        (order(qty=501), Reason.TOKEN_ORDER_VALUE),
        (order(price_e4=500_001), Reason.TOKEN_ORDER_VALUE),
    ],
)
def test_an_order_beyond_the_tokens_limits_goes_to_risk_to_be_denied(asked: m.Order, reason: str) -> None:
    token = token_of(T, symbols=frozenset({"600000.XSHG"}), order_value_max_e4=50_000_000)
    client = greeted(border_of(token), token, STRATEGY)
    (act,) = forwarded(client.command(m.SubmitOrder(asked)))
    frame = wire.decode_frame(act.data)
    assert isinstance(frame, wire.Command) and (frame.sender, frame.seq) == (STRATEGY, 1)
    sent = wire.decode_body("orders", frame.body)
    if reason:
        assert isinstance(sent, m.DenyOrder) and (sent.order, sent.reason) == (asked, reason) and "laptop" in sent.why
    else:
        assert sent == m.SubmitOrder(asked)

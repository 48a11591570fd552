"""The table of who talks to whom: complete, free of doubt, and the only way for an order."""

from collections import Counter

import pytest

from common import messages as m
from common.channels import ALL, ANSWERS, CHANNEL_OF, CHANNELS, Kind, commands_to, followed_by, role_of
from common.messages import broker, carried, provided
from common.session_events import account_of
from tests.common.samples import MESSAGES, struct

INSIDE = {
    t
    for module in (broker, carried, provided)
    for t in vars(module).values()
    if isinstance(t, type) and issubclass(t, m.Message) and t.__module__ == module.__name__
}


def test_each_message_travels_on_one_channel_or_answers_or_stays_inside() -> None:
    places = Counter(t for c in CHANNELS.values() for t in c.types if t is not m.GetStatus)
    places.update(ANSWERS)
    places.update(INSIDE)
    places.update([m.GetStatus])
    assert places == Counter(MESSAGES)


def test_every_process_that_answers_tells_its_status() -> None:
    answering = {c.binder for c in CHANNELS.values() if c.kind is Kind.QUERY}
    assert answering == {c.binder for c in CHANNELS.values() if m.GetStatus in c.types}
    assert answering == {"gateway", "quotes", "risk", "state"}


def test_only_risk_commands_the_gateway_and_only_strategies_order() -> None:
    assert [(c.name, c.peers) for c in commands_to("gateway")] == [("approved", ("risk",))]
    assert CHANNEL_OF[m.SubmitOrder].peers == ("strategy",) and CHANNEL_OF[m.SubmitOrder].binder == "risk"
    assert {c.binder for c in CHANNELS.values() if c.kind is Kind.COMMAND} == {"risk", "gateway"}


def test_binders_and_peers_are_roles() -> None:
    for channel in CHANNELS.values():
        assert channel.binder in ALL and set(channel.peers) <= {*ALL, "alerts"}
        # Quotes reports its own progress to itself nowhere; only the clock is heard by its own role.
        assert channel.binder not in channel.peers or channel.kind in (Kind.QUOTE, Kind.PACE, Kind.QUERY)


@pytest.mark.parametrize("channel", [c for c in CHANNELS.values() if c.kind is Kind.EVENT], ids=lambda c: c.name)
def test_every_event_names_its_account(channel: object) -> None:
    for kind in channel.types:  # type: ignore[attr-defined]
        event = struct(kind)
        assert account_of(event) == "account", f"{kind.__name__} belongs to no stream"


def test_alerts_listen_and_nobody_hears_them() -> None:
    """They are on nobody's way: no command, no query, no clock that would wait for them."""
    heard = {name for name, channel in CHANNELS.items() if "alerts" in channel.peers}
    assert heard == {"account", "decisions", "clock"}


def test_roles() -> None:
    assert (
        role_of("strategy.demo") == "strategy" and role_of("risk") == "risk" and role_of("strategy.a.b") == "strategy"
    )
    assert {c.name for c in followed_by("strategy")} == {"account", "decisions"}
    assert {c.name for c in followed_by("risk")} == {"account"} and followed_by("quotes") == []

"""Stories of the border: who is let in, in whose name they speak, what is sent on, and what ends a link."""

from __future__ import annotations

import dataclasses

import pytest

from common import messages as m
from common import wire
from common.channels import Scope
from common.reasons import Reason
from services.proxy.acts import Access, Audit, Claimed, Cut, Left, Slow, ToLink, ToServer
from services.proxy.core import FAREWELL_NS, HELLO_LIMIT_NS
from services.proxy.limits import Limits
from services.proxy.links import EVENTS, NO_ANSWER_NS
from services.proxy.names import RUNS_MAX, SILENT_NS, STRATEGIES_MAX
from tests.services.proxy.fence import (
    NOW_NS,
    OPERATOR,
    SECOND_NS,
    STRATEGY,
    Client,
    border_of,
    forwarded,
    greeted,
    message_of,
    no_of,
    said_back,
    token_of,
)

R, T, OP = Scope.READ, Scope.TRADE, Scope.OPERATE
LAPTOP, DESK = token_of(R, T, OP), token_of(T, OP, name="desk")
ALIVE = wire.Alive(STRATEGY, False)


def accessed(acts: list[object]) -> list[tuple[str, str]]:
    return [(act.action, act.status) for act in acts if isinstance(act, Access)]


# -- tokens ------------------------------------------------------------------------------------------------------------


def test_only_keys_of_tokens_are_let_in() -> None:
    border = border_of(LAPTOP)
    assert border.admit(LAPTOP.public, NOW_NS).status == 200
    assert border.admit(DESK.public, NOW_NS).status == 400 and border.admit(b"", NOW_NS).token is None


def test_revoked_and_expired_tokens_are_not_let_in() -> None:
    expired = dataclasses.replace(LAPTOP, expires_ns=NOW_NS)
    revoked = dataclasses.replace(DESK, revoked_ns=1)
    border = border_of(expired, revoked)
    assert border.admit(LAPTOP.public, NOW_NS - 1).status == 200
    assert border.admit(LAPTOP.public, NOW_NS).status == 500, "so that its client is told which it is"
    assert border.admit(DESK.public, NOW_NS).status == 400


def test_a_revoked_token_receives_and_sends_nothing_and_others_are_untouched() -> None:
    border = border_of(LAPTOP, DESK)
    mine, other = greeted(border, LAPTOP, STRATEGY), greeted(border, DESK, "strategy.other", 11)
    acts = border.replace_tokens({"laptop": dataclasses.replace(LAPTOP, revoked_ns=1), "desk": DESK}, NOW_NS, 0)
    assert [act.link for act in acts if isinstance(act, Cut)] == [1, 2]
    assert Left(STRATEGY) in acts and border.followers("account/main") == [12]
    assert mine.send(ALIVE) == [] and border.inside(STRATEGY, "risk", wire.encode(ALIVE), 0) == []
    assert forwarded(other.send(wire.Alive("strategy.other", False)))


def test_a_token_that_expires_ends_by_itself() -> None:
    border = border_of(token := dataclasses.replace(LAPTOP, expires_ns=NOW_NS + 1))
    greeted(border, token, STRATEGY)
    assert not [act for act in border.beat(NOW_NS, 0) if isinstance(act, Cut)]
    assert [act.link for act in border.beat(NOW_NS + 1, 0) if isinstance(act, Cut)] == [1, 2]


def test_a_new_key_under_the_same_name_ends_the_old_one_and_has_its_strategies() -> None:
    border = border_of(LAPTOP)
    greeted(border, LAPTOP, STRATEGY)
    fresh = dataclasses.replace(LAPTOP, public=b"fresh".ljust(32))
    acts = border.replace_tokens({"laptop": fresh}, NOW_NS, 0)
    assert [act.link for act in acts if isinstance(act, Cut)] == [1, 2]
    assert no_of(Client(border, fresh, STRATEGY, 5, life=2).hello()) == ""


def test_a_token_that_loses_an_account_loses_its_topics_at_once() -> None:
    border = border_of(wide := dataclasses.replace(LAPTOP, accounts=("main", "hedge")))
    client = greeted(border, wide, STRATEGY)
    assert border.followers("account/hedge")
    acts = border.replace_tokens({"laptop": LAPTOP}, NOW_NS, 0)
    assert not [act for act in acts if isinstance(act, Cut)]
    assert border.followers("account/main") and not border.followers("account/hedge")
    assert no_of(client.ask(m.GetAccount("hedge"), "gateway")) == Reason.TOKEN_ACCOUNT


# -- hello -------------------------------------------------------------------------------------------------------------


def test_nothing_passes_before_hello() -> None:
    border = border_of(LAPTOP)
    client = Client(border, LAPTOP, STRATEGY)
    assert no_of(client.send(ALIVE)) == Reason.HELLO_FIRST
    assert no_of(client.command(message_of(m.SubmitOrder, "main"))) == Reason.HELLO_FIRST


def test_a_welcome_says_what_is_served_and_allowed() -> None:
    token = token_of(T)
    acts = Client(border_of(token), token, STRATEGY).hello(account="main", mode="dry_run")
    assert said_back(acts) == [wire.Welcome(1, "dry_run", True, ["main"], ["read", "trade"], "laptop", NOW_NS)]
    assert accessed(acts) == [("connect:commands", "ok")] and Claimed("demo", "laptop") in acts


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"version": 2}, Reason.VERSION_MISMATCH),
        ({"mode": "live"}, Reason.MODE_MISMATCH),
        ({"account": "hedge"}, Reason.TOKEN_ACCOUNT),
        ({"account": "nobodys"}, Reason.UNKNOWN_ACCOUNT),
        ({"sender": "risk"}, Reason.NOT_ALLOWED),
        ({"sender": "gateway.main"}, Reason.NOT_ALLOWED),
        ({"sender": "strategy."}, Reason.NOT_ALLOWED),
        ({"sender": "strategy"}, Reason.NOT_ALLOWED),
        ({"sender": "strategy.../x"}, Reason.NOT_ALLOWED),
        ({"sender": "strategy.a\0b"}, Reason.NOT_ALLOWED),
        ({"sender": "strategy." + "x" * 65}, Reason.NOT_ALLOWED),
        ({"sender": "strategy.taken"}, Reason.NAME_IN_USE),
        ({"sender": "strategy.others"}, Reason.NAME_IN_USE),
    ],
)
def test_a_hello_that_does_not_fit_is_refused_and_the_link_ends(fields: dict[str, object], reason: Reason) -> None:
    border = border_of(LAPTOP, DESK, others="desk")
    client = Client(border, LAPTOP, STRATEGY)
    assert no_of(client.hello(**fields)) == reason
    assert no_of(client.send(ALIVE)) == Reason.HELLO_FIRST
    assert [act.link for act in border.beat(NOW_NS, FAREWELL_NS) if isinstance(act, Cut)] == [1]


def test_a_strategy_needs_the_scope_to_trade() -> None:
    reader = token_of(R, OP)
    assert no_of(Client(border_of(reader), reader, STRATEGY).hello()) == Reason.TOKEN_SCOPE
    assert no_of(Client(border_of(reader), reader, OPERATOR).hello()) == ""


@pytest.mark.parametrize(
    ("clients", "servers", "fits"),
    [
        ("dry_run", "dry_run", True),
        ("dry_run", "simulator", True),
        ("live", "live", True),
        ("live", "simulator", False),
        ("dry_run", "live", False),
        ("", "live", True),
    ],
)
def test_modes(clients: str, servers: str, fits: bool) -> None:
    served = dataclasses.replace(border_of().served, mode=servers)
    client = Client(border_of(LAPTOP, served=served), LAPTOP, STRATEGY)
    assert (no_of(client.hello(mode=clients)) == "") == fits


def test_a_link_that_never_says_hello_is_cut() -> None:
    border = border_of(LAPTOP)
    Client(border, LAPTOP, STRATEGY)
    assert border.beat(NOW_NS, HELLO_LIMIT_NS - 1) == []
    acts = border.beat(NOW_NS, HELLO_LIMIT_NS)
    assert [act.link for act in acts if isinstance(act, Cut)] == [1, 2]
    assert {act.code for act in acts if isinstance(act, Audit)} == {"LINK_SILENT"}


def test_no_more_clients_than_allowed() -> None:
    border = border_of(LAPTOP, limits=Limits(connections_max=2))
    greeted(border, LAPTOP, "strategy.a", 1)
    greeted(border, LAPTOP, "operator.1", 3)
    assert no_of(Client(border, LAPTOP, "strategy.c", 5).hello()) == Reason.TOO_MANY_CONNECTIONS
    border.closed(1, 0)
    assert border.closed(2, 0)[-1] == Left("strategy.a")
    assert no_of(Client(border, LAPTOP, "strategy.c", 7).hello()) == ""


# -- names -------------------------------------------------------------------------------------------------------------


def test_nobody_can_speak_in_another_name() -> None:
    border = border_of(LAPTOP, DESK)
    mine = greeted(border, LAPTOP, STRATEGY)
    greeted(border, DESK, "strategy.other", 11)
    for name in ("risk", "gateway", "strategy.other", "operator.1", ""):
        acts = mine.send(wire.Alive(name, False))
        assert no_of(acts) == Reason.SENDER_FORGED and not forwarded(acts)


@pytest.mark.parametrize("kind", [m.SubmitOrder, m.CancelOrder, m.RaiseAlert])
def test_nobody_can_order_for_another_strategy(kind: type[m.Message]) -> None:
    client = greeted(border_of(LAPTOP), LAPTOP, STRATEGY)
    assert no_of(client.command(message_of(kind, "main", strategy="other"))) == Reason.SENDER_FORGED


def test_a_strategy_belongs_to_the_token_that_had_it_first() -> None:
    border = border_of(LAPTOP, DESK)
    greeted(border, LAPTOP, STRATEGY)
    border.closed(1, 0), border.closed(2, 0)
    assert no_of(Client(border, DESK, STRATEGY, 11, life=2).hello()) == Reason.NAME_IN_USE
    border.replace_tokens({"desk": DESK, "laptop": dataclasses.replace(LAPTOP, revoked_ns=1)}, NOW_NS, 0)
    acts = Client(border, DESK, STRATEGY, 13, life=2).hello()
    assert no_of(acts) == "" and Claimed("demo", "desk") in acts


def test_a_token_cannot_use_up_all_names() -> None:
    border = border_of(LAPTOP, **{f"s{number}": "laptop" for number in range(STRATEGIES_MAX)})
    assert no_of(Client(border, LAPTOP, "strategy.one_more", 1).hello()) == Reason.NAME_IN_USE


def test_the_same_process_comes_back_and_takes_over() -> None:
    border = border_of(LAPTOP)
    greeted(border, LAPTOP, STRATEGY, 1, life=5)
    back = Client(border, LAPTOP, STRATEGY, 11, life=5)
    assert [act for act in back.hello() if isinstance(act, Cut)] == [Cut(1)]
    assert [act for act in back.hello("account/", port=EVENTS) if isinstance(act, Cut)] == [Cut(2)]
    assert border.followers("account/main") == [12]
    acts = border.inside(STRATEGY, "risk", wire.encode(wire.Ack("orders", "risk", 1, 1)), 0)
    assert [act.link for act in acts if isinstance(act, ToLink)] == [11]
    assert border.closed(1, 0) == [] and border.closed(2, 0) == []


def test_a_second_process_of_the_name_is_refused_until_the_first_is_silent() -> None:
    border = border_of(LAPTOP)
    greeted(border, LAPTOP, STRATEGY, 1, life=5)
    assert no_of(Client(border, LAPTOP, STRATEGY, 11, life=6, mono_ns=SILENT_NS - 1).hello()) == Reason.NAME_IN_USE
    acts = Client(border, LAPTOP, STRATEGY, 13, life=6, mono_ns=SILENT_NS).hello()
    assert {act.link for act in acts if isinstance(act, Cut)} == {1, 2} and not [a for a in acts if isinstance(a, Left)]


def test_an_operator_gets_a_name_that_nobody_else_has() -> None:
    border = border_of(LAPTOP, DESK)
    clients = [greeted(border, LAPTOP, OPERATOR, 1, life=1), greeted(border, DESK, OPERATOR, 11, life=2)]
    names = set()
    for client in clients:
        (act,) = forwarded(client.ask(m.GetRisk("main"), "risk"))
        frame = wire.decode_frame(act.data)
        assert isinstance(frame, wire.Query) and frame.sender == act.name and act.name.startswith("operator.")
        answer = wire.encode(wire.Answer("risk", 5, wire.raw(m.Refusal("", ""))))
        assert ToLink(client.number, answer) in border.inside(act.name, "risk", answer, 0)
        names.add(act.name)
    assert len(names) == 2 and OPERATOR not in names


def test_who_operates_is_on_record_with_the_token() -> None:
    client = greeted(border_of(LAPTOP), LAPTOP, OPERATOR)
    (act,) = forwarded(client.command(m.Halt("main", False, False, "risk", "why")))
    frame = wire.decode_frame(act.data)
    assert isinstance(frame, wire.Command)
    assert wire.decode_body("desk", frame.body) == m.Halt("main", False, False, "risk@laptop", "why")


def test_a_strategys_frames_go_on_byte_for_byte() -> None:
    client = greeted(border_of(LAPTOP), LAPTOP, STRATEGY)
    frame = wire.Command(
        "orders", STRATEGY, 1, 1, 1, NOW_NS, "c", "account/main", 7, wire.raw(message_of(m.SubmitOrder, "main"))
    )
    assert [act.data for act in forwarded(client.send(frame))] == [wire.encode(frame)]


def test_progress_and_leave_are_each_members_own() -> None:
    border = border_of(LAPTOP, DESK, others="desk")
    client, operator = greeted(border, LAPTOP, STRATEGY), greeted(border, LAPTOP, OPERATOR, 5)
    progress = m.Progress("strategy.others", 1, 1, {}, {}, 0, False)
    assert no_of(client.send(wire.Pace(STRATEGY, wire.raw(progress)))) == Reason.SENDER_FORGED
    for member, passes in ((STRATEGY, True), ("strategy.others", False), ("risk", False)):
        acts = operator.send(wire.Pace(OPERATOR, wire.raw(m.Leave(member))))
        assert bool(forwarded(acts)) == passes


def test_nothing_is_said_on_the_events_port() -> None:
    client = greeted(border_of(LAPTOP), LAPTOP, STRATEGY)
    assert no_of(client.send(ALIVE, port=EVENTS)) == Reason.NOT_ALLOWED


# -- what is bounded ---------------------------------------------------------------------------------------------------


def test_bad_frames_are_refused_and_go_nowhere() -> None:
    border = border_of(LAPTOP)
    greeted(border, LAPTOP, STRATEGY)
    for data in (b"", b"\xc1", b"\x93\xa1l", wire.encode(m.Wake())):
        acts = border.outside(1, data, NOW_NS, 0)
        assert no_of(acts) == Reason.BAD_FRAME and not forwarded(acts)
    acts = border.outside(
        1, wire.encode(wire.Command("orders", STRATEGY, 1, 1, 1, 0, "", "", 0, wire.Raw(b"\x80"))), NOW_NS, 0
    )
    assert no_of(acts) == Reason.BAD_FRAME and not forwarded(acts)


def test_a_flood_is_read_more_slowly_and_then_cut() -> None:
    border = border_of(LAPTOP, limits=Limits(frames=10, frames_burst=20, asks=5, asks_burst=10))
    client = greeted(border, LAPTOP, STRATEGY)
    kinds = []
    for _ in range(60):
        acts = client.send(ALIVE)
        kinds.append((bool(forwarded(acts)), any(isinstance(act, Slow) for act in acts), no_of(acts)))
    assert kinds[:18] == [(True, False, "")] * 18 and kinds[18] == (True, True, "")
    told = [number for number, (_, _, no) in enumerate(kinds) if no]
    assert kinds[told[0]] == (False, True, Reason.RATE_LIMITED) and len(told) == 1, "it is told so once"
    assert kinds[told[0] + 1 :] == [(False, False, "")] * (59 - told[0]), "nothing of it is looked at any more"
    client.mono_ns += SECOND_NS
    assert {act.link for act in border.beat(NOW_NS, client.mono_ns) if isinstance(act, Cut)} == {1}
    back = greeted(border, LAPTOP, STRATEGY, 3, mono_ns=client.mono_ns + 100 * SECOND_NS)
    assert forwarded(back.send(ALIVE))


def test_what_makes_work_inside_has_a_rate_of_its_own() -> None:
    border = border_of(LAPTOP, limits=Limits(asks=5, asks_burst=10))
    client = greeted(border, LAPTOP, STRATEGY)
    slow = [any(isinstance(a, Slow) for a in client.ask(m.GetRisk("main"), "risk")) for _ in range(12)]
    assert slow == [False] * 10 + [True] * 2


def test_symbols_a_client_may_subscribe_to_are_counted_once() -> None:
    border = border_of(LAPTOP, limits=Limits(subscriptions_max=3))
    client = greeted(border, LAPTOP, STRATEGY)
    assert forwarded(client.ask(m.Subscribe(["a", "b"]), "quotes"))
    assert forwarded(client.ask(m.Subscribe(["b", "c"]), "quotes"))
    assert no_of(client.ask(m.Subscribe(["d"]), "quotes")) == Reason.TOO_MANY_SUBSCRIPTIONS


def test_runs_are_bounded() -> None:
    client = greeted(border_of(LAPTOP, limits=Limits(asks_burst=10**6, frames_burst=10**6)), LAPTOP, STRATEGY)
    order = message_of(m.SubmitOrder, "main")
    assert all(forwarded(client.command(order, run=run)) for run in range(RUNS_MAX))
    assert no_of(client.command(order, run=RUNS_MAX)) == Reason.NOT_ALLOWED
    assert forwarded(client.command(order, run=0))


# -- the access log ----------------------------------------------------------------------------------------------------


def test_what_was_asked_is_logged_with_its_outcome_and_cost() -> None:
    border = border_of(LAPTOP)
    client = greeted(border, LAPTOP, STRATEGY)
    client.command(message_of(m.SubmitOrder, "main"), seq=1)
    client.command(message_of(m.SubmitOrder, "main"), seq=1)
    client.command(message_of(m.CancelOrder, "main"), seq=2)
    client.ask(m.GetRisk("main"), "risk")
    acts = border.inside(STRATEGY, "risk", wire.encode(wire.Ack("orders", "risk", 1, 2)), 3_000_000)
    assert accessed(acts) == [("SubmitOrder:client_order_id", "ok"), ("CancelOrder:client_order_id", "ok")]
    acts = border.inside(STRATEGY, "risk", wire.encode(wire.Answer("risk", 5, wire.raw(m.Refusal("", "")))), 4_000_000)
    (record,) = [act for act in acts if isinstance(act, Access)]
    assert record == Access("10.0.0.1:5", STRATEGY, "laptop", "GetRisk", "main", "ok", 4_000_000)


def test_what_nobody_answers_is_logged_too() -> None:
    border = border_of(LAPTOP)
    client = greeted(border, LAPTOP, STRATEGY)
    client.command(message_of(m.SubmitOrder, "main"), seq=1)
    acts = border.inside(STRATEGY, "risk", wire.encode(wire.Refused("orders", "risk", 1, "JOURNAL_UNWRITABLE", "")), 0)
    assert accessed(acts) == [("SubmitOrder:client_order_id", "refused:JOURNAL_UNWRITABLE")]
    client.ask(m.GetRisk("main"), "risk")
    assert accessed(border.beat(NOW_NS, NO_ANSWER_NS)) == [("GetRisk", "no_answer")]
    client.ask(m.GetBooks("main"), "gateway")
    assert accessed(border.closed(1, 0)) == [("GetBooks", "disconnected"), ("disconnect:commands", "ok")]


def test_an_answer_for_somebody_who_is_gone_is_dropped() -> None:
    border = border_of(LAPTOP)
    assert border.inside(STRATEGY, "risk", b"anything", 0) == []
    client = greeted(border, LAPTOP, STRATEGY)
    assert border.inside(STRATEGY, "risk", b"newer than we", 0) == [ToLink(1, b"newer than we")]
    assert isinstance(client.send(ALIVE)[0], ToServer)

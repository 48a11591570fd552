"""Real sockets on loopback: who hears whom, in which order, and what happens when somebody is not there."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import pytest
import zmq

from common.bus import RECEIVE_MAX, SERVERS, Addresses, Bus
from common.errors import EXIT_STAY_DOWN, ConfigError
from tests.common.sockets import attempts, free_port_base, until

Open = Callable[..., Bus]


@pytest.fixture
def port_base() -> int:
    return free_port_base()


@pytest.fixture
def bus(port_base: int) -> Iterator[Open]:
    """Opens buses by name; all are closed at the end."""
    opened: list[Bus] = []

    def open_(name: str, *, listen: bool = True) -> Bus:
        opened.append(Bus(name, Addresses(port_base), listen=listen))
        return opened[-1]

    yield open_
    for one in opened:
        one.context.destroy(linger=0)


def frames(got: list[tuple[str, bytes]]) -> list[bytes]:
    return [data for _, data in got]


def heard(publisher: Bus, listener: Bus, topic: str) -> None:
    """Publish until the listener's subscription has arrived, and drop what that took."""
    for _ in attempts():
        publisher.send([(f"*{topic}", b"hello")])
        publisher.send_rest()
        if listener.receive(20):
            break
    publisher.send([(f"*{topic}", b"end")])
    publisher.send_rest()
    until(listener, lambda got: b"end" in frames(got))


# -- addresses ---------------------------------------------------------------------------------------------------------


def test_no_two_servers_share_a_port_and_all_are_loopback() -> None:
    addresses = Addresses(58600)
    ports = [port for role in SERVERS for port in addresses.ports(role)]
    assert ports == [58601, 58602, 58603, 58604, 58605, 58606, 58607]
    assert addresses.inbox("gateway") == "tcp://127.0.0.1:58601"
    assert addresses.topic("risk") == "tcp://127.0.0.1:58606"


def test_what_is_published_is_heard_before_what_waits_in_the_inbox(bus: Open) -> None:
    """A halt that waits beside an order, for a gateway that hung, must be heard first."""
    gateway, risk = bus("gateway"), bus("risk")
    heard(risk, gateway, "decisions/main")
    risk.send([("gateway", b"order")])
    until(gateway, lambda got: frames(got) == [b"order"])
    risk.send([("gateway", b"order"), ("*decisions/main", b"halt")])
    risk.send_rest()
    sockets = {gateway.inbox, *gateway.ears}
    for _ in attempts():
        if len([one for one, _ in gateway.poller.poll(50) if one in sockets]) == 2:
            break
    assert frames(gateway.receive(0)) == [b"halt", b"order"]


# -- lines and replies -------------------------------------------------------------------------------------------------


def test_an_inbox_knows_its_peers_by_name_and_replies_to_one(bus: Open) -> None:
    risk, a, b = bus("risk"), bus("strategy.a"), bus("strategy.b")
    a.send([("risk", b"from a")])
    b.send([("risk", b"from b")])
    assert sorted(until(risk, lambda got: len(got) == 2)) == [("strategy.a", b"from a"), ("strategy.b", b"from b")]
    risk.send([("@strategy.b", b"for b"), ("@strategy.a", b"for a")])
    assert until(a, bool) == [("", b"for a")]
    assert until(b, bool) == [("", b"for b")]


def test_frames_of_many_sendings_keep_their_order_on_a_link(bus: Open) -> None:
    risk, a = bus("risk"), bus("strategy.a")
    numbers = [b"%d" % number for number in range(3 * RECEIVE_MAX)]
    for at in range(0, len(numbers), 7):
        a.send([("risk", data) for data in numbers[at : at + 7]])
    assert frames(until(risk, lambda got: len(got) == len(numbers))) == numbers
    risk.send([("@strategy.a", data) for data in numbers])
    assert frames(until(a, lambda got: len(got) == len(numbers))) == numbers


def test_neighbours_with_one_target_travel_in_one_message(bus: Open, port_base: int) -> None:
    with zmq.Context() as context, context.socket(zmq.ROUTER) as inbox:
        inbox.setsockopt(zmq.LINGER, 0)
        inbox.setsockopt(zmq.RCVTIMEO, 10_000)
        inbox.bind(Addresses(port_base).inbox("risk"))
        bus("strategy.a").send([("risk", b"1"), ("risk", b"2"), ("quotes", b"3"), ("risk", b"4")])
        assert inbox.recv_multipart() == [b"strategy.a", b"1", b"2"]
        assert inbox.recv_multipart() == [b"strategy.a", b"4"]


def test_what_is_sent_to_a_server_that_is_not_up_yet_arrives_later(bus: Open) -> None:
    a = bus("strategy.a")
    a.send([("risk", b"early")])
    assert until(bus("risk"), bool) == [("strategy.a", b"early")]


def test_a_reply_to_somebody_who_is_gone_is_dropped(bus: Open) -> None:
    risk = bus("risk")
    risk.send([("@strategy.gone", b"lost")])
    assert risk.receive(0) == []


@pytest.mark.timeout(60)
def test_sending_to_a_server_that_stays_away_never_blocks(bus: Open) -> None:
    """A full queue drops what is new: it will be sent again."""
    a = bus("strategy.a", listen=False)
    for _ in range(100_100):
        a.send([("risk", b"again")])


# -- topics ------------------------------------------------------------------------------------------------------------


def test_a_topic_reaches_those_who_follow_it_and_nobody_else(bus: Open) -> None:
    gateway, risk, strategy = bus("gateway"), bus("risk"), bus("strategy.a")
    heard(gateway, risk, "account/main")
    heard(gateway, strategy, "account/main")
    until(risk, lambda got: b"end" in frames(got))
    gateway.send([("*account/main", b"event"), ("*nonsense", b"no")])
    assert until(strategy, bool) == [("", b"event")] and risk.receive(50) == [], "who waits for it hears it first"
    gateway.send([("*account/main", b"next")])
    gateway.send_rest()
    assert until(risk, bool) == [("", b"event"), ("", b"next")] and until(strategy, bool) == [("", b"next")]


def test_roles_hear_the_topics_of_their_row(bus: Open) -> None:
    quotes, risk, strategy = bus("quotes"), bus("risk"), bus("strategy.a")
    heard(quotes, risk, "clock")
    heard(quotes, strategy, "market")
    quotes.send([("*market", b"quote"), ("*clock", b"tick")])
    assert until(risk, bool) == [("", b"tick")], "risk subscribes to no quotes"
    assert frames(until(strategy, lambda got: b"tick" in frames(got)))[-2:] == [b"quote", b"tick"]


def test_a_flood_of_commands_does_not_keep_out_events(bus: Open) -> None:
    gateway, risk, strategy = bus("gateway"), bus("risk"), bus("strategy.a", listen=False)
    heard(gateway, risk, "account/main")
    for number in range(4 * RECEIVE_MAX):
        strategy.send([("risk", b"%d" % number)])
    gateway.send([("*account/main", b"event")])
    gateway.send_rest()
    assert risk.inbox is not None and risk.inbox.poll(10_000)
    assert any(ear.poll(10_000) for ear in risk.ears[:1])
    assert ("", b"event") in risk.receive(0)


def test_a_client_binds_and_publishes_nothing(bus: Open) -> None:
    strategy = bus("strategy.a")
    assert strategy.inbox is None and strategy.topic is None
    with pytest.raises(AssertionError, match="publishes nothing"):
        strategy.send([("*account/main", b"no")])
    with pytest.raises(AssertionError, match="no inbox"):
        strategy.send([("@risk", b"no")])


# -- restarts ----------------------------------------------------------------------------------------------------------


def test_a_restarted_process_takes_over_its_name(bus: Open) -> None:
    risk, first = bus("risk"), bus("strategy.a")
    first.send([("risk", b"first life")])
    until(risk, bool)
    second = bus("strategy.a")
    second.send([("risk", b"second life")])
    assert until(risk, bool) == [("strategy.a", b"second life")]
    risk.send([("@strategy.a", b"answer")])
    assert until(second, bool) == [("", b"answer")]
    assert first.receive(0) == []


def test_a_restarted_server_is_found_again(bus: Open, port_base: int) -> None:
    first, strategy = Bus("risk", Addresses(port_base)), bus("strategy.a")
    strategy.send([("risk", b"1")])
    until(first, bool)
    first.close()
    second = bus("risk")
    for _ in attempts():
        strategy.send([("risk", b"2")])
        if ("strategy.a", b"2") in second.receive(50):
            return
    raise AssertionError("the line was never joined again")


# -- a port in use -----------------------------------------------------------------------------------------------------


def test_a_port_in_use_is_named(bus: Open, port_base: int) -> None:
    bus("risk")
    with pytest.raises(ConfigError, match=f"tcp://127.0.0.1:{port_base + 5}"):
        Bus("risk", Addresses(port_base))


SECOND = """
import sys
from common.bus import Addresses, Bus
from common.errors import EXIT_STAY_DOWN, ConfigError
try:
    bus = Bus("gateway", Addresses(int(sys.argv[1])))
except ConfigError as e:
    sys.exit(EXIT_STAY_DOWN)
"""


def test_a_process_without_its_port_ends_at_once(bus: Open, port_base: int) -> None:
    """Sockets that were opened before the refusal do not hold it up."""
    with zmq.Context() as context, context.socket(zmq.PUB) as taken:
        taken.bind(Addresses(port_base).topic("gateway"))
        ended = subprocess.run([sys.executable, "-c", SECOND, str(port_base)], timeout=30)
    assert ended.returncode == EXIT_STAY_DOWN


# -- the doorbell ------------------------------------------------------------------------------------------------------


def test_a_ring_from_another_thread_ends_the_wait_with_nothing_received(bus: Open) -> None:
    gateway = bus("gateway")
    ring = gateway.doorbell()
    threading.Timer(0.05, ring).start()
    assert gateway.receive(60_000) == []


def test_rings_that_nobody_waited_for_are_one_and_keep_no_frame_out(bus: Open) -> None:
    gateway, risk = bus("gateway"), bus("risk")
    ring = gateway.doorbell()
    for _ in range(1000):
        ring()
    risk.send([("gateway", b"a")])
    got = until(gateway, lambda got: bool(got))
    assert frames(got) == [b"a"]


def test_a_ring_after_the_end_does_nothing(bus: Open) -> None:
    gateway = bus("gateway")
    ring = gateway.doorbell()
    gateway.close()
    ring()


# -- on demand ---------------------------------------------------------------------------------------------------------


def test_a_topic_on_demand_reaches_those_who_asked_their_bus_for_it(bus: Open) -> None:
    quotes, strategy, operator = bus("quotes"), bus("strategy.a"), bus("operator.1", listen=False)
    heard(quotes, strategy, "market")
    assert not quotes.is_heard("whole")
    operator.listen("whole")
    until_true(lambda: quotes.receive(20) == [] and quotes.is_heard("whole"))
    quotes.send([("*whole", b"all"), ("*market", b"some")])
    assert until(operator, bool) == [("", b"all")]
    assert until(strategy, bool) == [("", b"some")]
    operator.ignore("whole")
    until_true(lambda: quotes.receive(20) == [] and not quotes.is_heard("whole"))


def test_a_listener_that_dies_is_heard_no_more_and_one_that_lives_is_heard_by_the_next_publisher(
    bus: Open, port_base: int
) -> None:
    quotes, one, other = bus("quotes"), bus("operator.1"), bus("operator.2")
    one.listen("whole")
    other.listen("whole")
    until_true(lambda: quotes.receive(20) == [] and quotes.is_heard("whole"))
    one.context.destroy(linger=0)
    quotes.context.destroy(linger=0)
    again = bus("quotes")
    # A socket says again what it listens to when its own process looks at it.
    until_true(lambda: other.receive(20) == again.receive(20) == [] and again.is_heard("whole"))
    other.context.destroy(linger=0)
    until_true(lambda: again.receive(20) == [] and not again.is_heard("whole"))


def until_true(true: Callable[[], bool]) -> None:
    for _ in attempts():
        if true():
            return
    raise AssertionError("it did not come about")

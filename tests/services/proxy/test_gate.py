"""The border over real sockets: what is carried, to whom, and what ends a link."""

from __future__ import annotations

import secrets
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import zmq
from zmq.utils import z85

from common import messages as m
from common import wire
from common.bus import Bus
from common.channels import Scope
from common.clock import monotonic_ns, wall_ns
from common.link import Keys, public_of
from common.reasons import Reason
from services.proxy import keyring
from services.proxy.tokens import TOKENS_FILE, Token
from tests.common.sockets import attempts
from tests.services.proxy.post import Post, eventually, frames, is_in, posted, token

SECRET, OTHER = secrets.token_bytes(32), secrets.token_bytes(32)
ORDER = m.SubmitOrder(
    m.Order("clientorder4711", "main", "demo", "600519.XSHG", m.Side.BUY, m.OrderType.LIMIT, 100, 16_881_234, 1, 2)
)


class Servers:
    """Stand-ins for risk, gateway and quotes inside."""

    def __init__(self, post: Post) -> None:
        self.risk, self.gateway, self.quotes = (Bus(name, post.inside) for name in ("risk", "gateway", "quotes"))

    def publish_until(self, bus: Bus, listener: Bus, target: str, data: bytes) -> None:
        """The ears of the border join a publisher within a moment of its start."""
        for _ in attempts():
            bus.send([(target, data)])
            if any(got == data for _, got in listener.receive(20)):
                return
        raise AssertionError(f"{target} never arrived")

    def close(self) -> None:
        for bus in (self.risk, self.gateway, self.quotes):
            bus.context.destroy(linger=0)


@pytest.fixture
def opened() -> Iterator[list[Bus]]:
    buses: list[Bus] = []
    yield buses
    for bus in buses:
        bus.context.destroy(linger=0)


def command(seq: int = 1) -> bytes:
    return wire.encode(wire.Command("orders", "strategy.demo", 1, seq, 1, 1, "", "", 0, wire.raw(ORDER)))


def event(account: str = "main") -> bytes:
    body = wire.raw(m.OrderAccepted(account, "clientorder4711", "venue0815", 1))
    return wire.encode(wire.Event("account", account, 1, 1, 1, "", body))


def joined(post: Post, opened: list[Bus], name: str = "strategy.demo", secret: bytes = SECRET, life: int = 1) -> Bus:
    """A client that both ports have welcomed."""
    bus = Bus(name, post.remote(secret, life=life))
    opened.append(bus)
    frames(bus, lambda got: sum(isinstance(one, wire.Welcome) for one in got) == 2)
    return bus


# -- both ways ---------------------------------------------------------------------------------------------------------


def test_orders_go_in_and_answers_and_events_come_back(opened: list[Bus]) -> None:
    with posted(token("laptop", SECRET)) as post:
        inside = Servers(post)
        client = joined(post, opened)
        client.send([("risk", command())])
        for _ in attempts():
            if got := inside.risk.receive(50):
                break
        assert got == [("strategy.demo", command())]
        inside.risk.send([("@strategy.demo", wire.encode(wire.Ack("orders", "risk", 1, 1)))])
        frames(client, is_in(wire.Ack))
        inside.publish_until(inside.gateway, client, "*account/main", event())
        inside.publish_until(inside.quotes, client, "*clock", b"tick")
        inside.close()
    told = [(one.session, one.token, one.action, one.status) for one in post.log.records]
    assert ("strategy.demo", "laptop", "SubmitOrder:clientorder4711", "ok") in told


def test_a_topic_reaches_only_links_whose_token_covers_it(opened: list[Bus]) -> None:
    read = frozenset({Scope.READ})
    tokens = token("laptop", SECRET, accounts=("main",)), token("desk", OTHER, read, accounts=("hedge",))
    with posted(*tokens) as post:
        inside = Servers(post)
        mine, other = joined(post, opened), joined(post, opened, "operator.1", OTHER)
        inside.publish_until(inside.gateway, mine, "*account/main", event())
        inside.publish_until(inside.gateway, other, "*account/hedge", event("hedge"))
        inside.gateway.send([("*account/main", event()), ("*account/hedge", event("hedge"))])
        heard = {bus: {data for _, data in bus.receive(200)} for bus in (mine, other)}
        assert event("hedge") not in heard[mine] and event() not in heard[other]
        inside.close()


# -- who is let in -----------------------------------------------------------------------------------------------------


def dealer(context: zmq.Context[zmq.Socket[bytes]], port: int) -> zmq.Socket[bytes]:
    line = context.socket(zmq.DEALER)
    line.linger = 0
    line.connect(f"tcp://127.0.0.1:{port}")
    line.send(wire.encode(wire.Hello("strategy.demo", 1, wire.PROTOCOL, "", "")))
    return line


@pytest.mark.parametrize("port", [0, 1])
@pytest.mark.parametrize("plain", [True, False])
def test_without_encryption_nothing_gets_through(port: int, plain: bool) -> None:
    with posted(token("laptop", SECRET)) as post, zmq.Context() as context:
        line = context.socket(zmq.DEALER)
        line.linger = 0
        if plain:
            line.plain_username, line.plain_password = b"laptop", b"secret"
        line.connect(f"tcp://127.0.0.1:{post.port + port}")
        line.send(b"hello")
        eventually(lambda: "NO_CURVE" in post.codes())
        assert not line.poll(100) and not post.border.links
        line.close()


def test_wrong_keys_are_not_let_in(opened: list[Bus]) -> None:
    with posted(token("laptop", SECRET)) as post:
        stranger = Bus("strategy.demo", post.remote(OTHER))
        remote = post.remote(SECRET)
        misled = Bus("strategy.demo", type(remote)("127.0.0.1", post.port, Keys(public_of(OTHER), SECRET), 1))
        opened += [stranger, misled]
        for bus, trouble in ((stranger, "400"), (misled, "handshake")):
            for _ in attempts():
                bus.receive(50)
                if bus.links[-1].trouble == trouble:
                    break
            assert bus.links[-1].trouble == trouble and not bus.links[-1].up
        assert not post.border.links and {"WRONG_TOKEN", "HANDSHAKE_FAILED"} <= post.codes()


def test_zeromqs_own_port_lets_nobody_in_who_has_not_come_through_the_door() -> None:
    with posted(token("laptop", SECRET)) as post, zmq.Context() as context:
        line = context.socket(zmq.DEALER)
        line.linger = 0
        line.curve_serverkey = z85.encode(public_of(post.server))
        line.curve_publickey, line.curve_secretkey = z85.encode(public_of(SECRET)), z85.encode(SECRET)
        line.connect(f"tcp://127.0.0.1:{post.sockets.port}")
        line.send(wire.encode(wire.Hello("strategy.demo", 1, wire.PROTOCOL, "", "")))
        assert not line.poll(300) and not post.border.links
        line.close()


def test_an_address_that_is_not_on_the_list_is_closed_at_once() -> None:
    with posted(token("laptop", SECRET), allowed=("10.0.0.0/8",)) as post:
        with socket.create_connection(("127.0.0.1", post.port), 5) as line:
            assert line.recv(1) == b""
        eventually(lambda: "NOT_ON_ALLOWLIST" in post.codes())


# -- what ends a link --------------------------------------------------------------------------------------------------


def test_a_revoked_token_is_cut_within_two_seconds_and_others_stay(opened: list[Bus], tmp_path: Path) -> None:
    first, second = token("laptop", SECRET), token("desk", OTHER)
    keyring.change_tokens(tmp_path, lambda _: [first, second])
    file = tmp_path / "remote" / TOKENS_FILE
    with posted(first, second, file=file) as post:
        inside = Servers(post)
        mine, other = joined(post, opened), joined(post, opened, "strategy.other", OTHER)
        inside.publish_until(inside.gateway, mine, "*account/main", event())
        began_ns = monotonic_ns()
        ended = Token("laptop", first.public, first.scopes, revoked_ns=wall_ns())
        keyring.change_tokens(tmp_path, lambda tokens: (tokens | {"laptop": ended}).values())
        eventually(lambda: all(link.token.name == "desk" for link in post.border.links.values()))
        assert monotonic_ns() - began_ns < 2 * 10**9
        mine.send([("risk", command())])
        inside.publish_until(inside.gateway, other, "*account/main", event())
        assert mine.receive(100) == [] and inside.risk.receive(100) == []
        assert len(post.border.links) == 2 and "TOKEN_ENDED" in post.codes()
        inside.close()


def test_a_client_comes_back_by_itself(opened: list[Bus]) -> None:
    with posted(token("laptop", SECRET)) as post:
        inside = Servers(post)
        client = joined(post, opened)
        for number in list(post.acceptor.visitors.values()):
            number.outer.shutdown(socket.SHUT_RDWR)
        frames(client, lambda got: sum(isinstance(one, wire.Welcome) for one in got) == 2)
        client.send([("risk", command())])
        for _ in attempts():
            if got := inside.risk.receive(50):
                break
        assert got == [("strategy.demo", command())]
        inside.close()


def test_a_second_process_of_the_same_name_is_told_so(opened: list[Bus]) -> None:
    with posted(token("laptop", SECRET)) as post:
        joined(post, opened)
        second = Bus("strategy.demo", post.remote(SECRET, life=2))
        opened.append(second)
        got = frames(second, is_in(wire.Refused))
        assert {one.reason for one in got if isinstance(one, wire.Refused)} == {Reason.NAME_IN_USE}
        assert len({link.life for link in post.border.links.values() if link.name}) == 1


def test_one_that_asks_and_does_not_read_is_cut(opened: list[Bus]) -> None:
    """Large answers would pile up in the memory of the border."""
    with posted(token("laptop", SECRET)) as post, zmq.Context() as context:
        inside = Servers(post)
        line = context.socket(zmq.DEALER)
        line.linger, line.rcvhwm = 0, 1
        line.curve_serverkey = z85.encode(public_of(post.server))
        line.curve_publickey, line.curve_secretkey = z85.encode(public_of(SECRET)), z85.encode(SECRET)
        line.connect(f"tcp://127.0.0.1:{post.port}")
        line.send(wire.encode(wire.Hello("strategy.demo", 1, wire.PROTOCOL, "", "")))
        line.send(command())
        for _ in attempts():
            if inside.risk.receive(50):
                break
        large = b"x" * (16 * 1024 * 1024)
        for _ in range(12):
            inside.risk.send([("@strategy.demo", large)])
        eventually(lambda: "LINK_STALLED" in post.codes() and not post.border.links)
        line.close()
        inside.close()


@pytest.mark.slow
def test_a_pulled_cable_is_noticed_on_both_sides(opened: list[Bus]) -> None:
    """Nothing arrives any more and nobody closes anything; then the cable is back."""
    with posted(token("laptop", SECRET)) as post, Tap(post.port) as tap:
        remote = post.remote(SECRET)
        client = Bus("strategy.demo", type(remote)("127.0.0.1", tap.port, remote.keys, 1))
        opened.append(client)
        frames(client, lambda got: sum(isinstance(one, wire.Welcome) for one in got) == 2)
        before = set(post.border.links)
        tap.cut()
        began_ns = monotonic_ns()
        while any(link.up for link in client.links) or before & set(post.border.links):
            client.receive(50)
            assert monotonic_ns() - began_ns < 30 * 10**9
        tap.mend()
        frames(client, lambda got: sum(isinstance(one, wire.Welcome) for one in got) >= 2)


# -- the wire ----------------------------------------------------------------------------------------------------------


def test_nothing_readable_is_on_the_wire(opened: list[Bus]) -> None:
    """All that a listener between client and server sees of a day's first order."""
    with posted(token("laptop", SECRET)) as post, Tap(post.port) as tap:
        inside = Servers(post)
        remote = post.remote(SECRET, account="main")
        client = Bus("strategy.demo", type(remote)("127.0.0.1", tap.port, remote.keys, 1, "dry_run", "main"))
        opened.append(client)
        frames(client, lambda got: sum(isinstance(one, wire.Welcome) for one in got) == 2)
        client.send([("risk", command())])
        for _ in attempts():
            if inside.risk.receive(50):
                break
        inside.risk.send([("@strategy.demo", wire.encode(wire.Ack("orders", "risk", 1, 1)))])
        frames(client, is_in(wire.Ack))
        inside.publish_until(inside.gateway, client, "*account/main", event())
        inside.close()
    seen = bytes(tap.seen)
    assert len(seen) > 1_500 and b"CURVE" in seen
    words = ("600519", "XSHG", "clientorder4711", "venue0815", "main", "account", "orders", "demo", "laptop", "dry_run")
    clear = [word for word in words if word.encode() in seen]
    price = ORDER.order.price_e4.to_bytes(4, "big")
    assert not clear and price not in seen and price[::-1] not in seen
    for secret in (SECRET, post.server, public_of(post.server), public_of(SECRET)):
        assert secret not in seen and z85.encode(secret) not in seen and secret.hex().encode() not in seen


class Tap:
    """Carries two ports to two others and keeps a copy of all bytes."""

    def __init__(self, target: int) -> None:
        self.seen = bytearray()
        self._unheard: list[socket.socket] = []
        self._whole, self._generation = threading.Event(), 0
        self._whole.set()
        self._listeners = self._pair()
        self.port = self._listeners[0].getsockname()[1]
        for number, listener in enumerate(self._listeners):
            threading.Thread(target=self._accept, args=(listener, target + number), daemon=True).start()

    def cut(self) -> None:
        """What is on its way vanishes from now on, on the connections there are and on new ones."""
        self._whole.clear()
        self._generation += 1

    def mend(self) -> None:
        """New connections get through; those from before stay dead."""
        self._whole.set()

    def __enter__(self) -> Tap:
        return self

    def __exit__(self, *_: object) -> None:
        for one in (*self._listeners, *self._unheard):
            one.close()

    def _pair(self) -> list[socket.socket]:
        for _ in range(100):
            first = socket.create_server(("127.0.0.1", 0))
            try:
                return [first, socket.create_server(("127.0.0.1", first.getsockname()[1] + 1))]
            except OSError:
                first.close()
        raise AssertionError("no two ports in a row")

    def _accept(self, listener: socket.socket, target: int) -> None:
        while True:
            try:
                outer, _ = listener.accept()
            except OSError:
                return
            if not self._whole.is_set():
                self._unheard.append(outer)
                continue
            inner = socket.create_connection(("127.0.0.1", target))
            for one, other in ((outer, inner), (inner, outer)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        generation = self._generation
        try:
            while data := one.recv(65536):
                self.seen += data
                if generation == self._generation:
                    other.sendall(data)
        except OSError:
            return

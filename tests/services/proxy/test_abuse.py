"""Who is not a client: silent sockets, guessers, old tools, noise. Honest clients are served beside all of them."""

from __future__ import annotations

import random
import secrets
import socket
import sys
import time
from collections.abc import Iterable, Iterator

import pytest
import zmq
from zmq.utils import z85

from common import messages as m
from common import wire
from common.bus import Bus
from common.clock import monotonic_ns
from common.errors import WireError
from common.link import public_of
from common.reasons import Reason
from services.proxy import acceptor
from services.proxy.doors import FAILURES_MAX
from services.proxy.limits import Limits
from services.proxy.visitor import INSIDE_BYTES
from tests.fuzz.mutants import mutants
from tests.services.proxy.post import Post, eventually, frames, posted, token

SECRET = secrets.token_bytes(32)
GREETING = b"\xff" + b"\0" * 8 + b"\x7f" + b"\x03\x01" + b"CURVE".ljust(20, b"\0") + b"\0" * 32
GUESS = GREETING + b"\x04\xc8\x05HELLO\x01\x00" + b"\0" * 72 + b"k" * 32 + b"\0" * 7 + b"\x01" + b"b" * 80


@pytest.fixture
def buses() -> Iterator[list[Bus]]:
    opened: list[Bus] = []
    yield opened
    for bus in opened:
        bus.context.destroy(linger=0)


def served(post: Post, buses: list[Bus], name: str = "strategy.honest") -> Bus:
    """An honest client gets its welcome on both ports."""
    bus = Bus(name, post.remote(SECRET))
    buses.append(bus)
    frames(bus, lambda got: sum(isinstance(one, wire.Welcome) for one in got) == 2)
    return bus


def connected(port: int, source: str = "127.0.0.1") -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), 10, source_address=(source, 0))


def closed(line: socket.socket) -> bytes:
    """All that is said before the other side closes; within ten seconds."""
    said = b""
    try:
        while data := line.recv(4096):
            said += data
    except ConnectionError:
        pass
    finally:
        line.close()
    return said


# -- silence -----------------------------------------------------------------------------------------------------------


def test_three_hundred_silent_sockets_are_closed_in_ten_seconds(buses: list[Bus]) -> None:
    with posted(token("laptop", SECRET)) as post:
        began = time.monotonic()
        silent = [connected(post.port + number % 2) for number in range(300)]
        served(post, buses)
        assert len(post.acceptor.visitors) <= acceptor.WAITING_MAX + 2
        for line in silent:
            assert closed(line) == b""
        assert time.monotonic() - began < 10
        served(post, buses, "strategy.late")
        assert {"TOO_MANY_WAITING", "SILENT_CONNECTION"} <= post.codes() and "AUTH_BACK_OFF" not in post.codes()


def test_a_client_that_stops_in_its_greeting_is_closed() -> None:
    with posted(token("laptop", SECRET)) as post:
        line = connected(post.port)
        line.sendall(GREETING[:11])
        assert len(closed(line)) <= 64, "nothing but ZeroMQ's own greeting"


# -- not our protocol --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "code"),
    [
        (b'{"token": "secret", "action": "place_order"}\n', "OLD_CLIENT"),
        (b'\x00\x00\x00\x2c{"type": "hello", "token": "secret"}', "OLD_CLIENT"),
        (b'  {"token"', "OLD_CLIENT"),
        (b"GET / HTTP/1.1\r\n\r\n", "NOT_ZMTP"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "NOT_ZMTP"),
        (b"\xff" + b"\0" * 8 + b"\x7e", "NOT_ZMTP"),
        (b"\xff" + b"\0" * 8 + b"\x7f\x01\x00", "OLD_ZMTP"),
        (GREETING[:12] + b"NULL".ljust(20, b"\0"), "NO_CURVE"),
        (GREETING[:12] + b"PLAIN".ljust(20, b"\0"), "NO_CURVE"),
    ],
)
@pytest.mark.parametrize("port", [0, 1])
def test_others_are_closed_and_named(start: bytes, code: str, port: int) -> None:
    with posted(token("laptop", SECRET)) as post:
        line = connected(post.port + port)
        line.sendall(start)
        assert len(closed(line)) <= 64
        eventually(lambda: code in post.codes())
        text = next(text for one, text in post.audited if one == code)
        assert "127.0.0.1" in text and ("旧版工具" in text) == (code == "OLD_CLIENT")


# -- guessing ----------------------------------------------------------------------------------------------------------


def guesses(post: Post, count: int) -> int:
    """How many guesses ZeroMQ got to see; the others were closed at the door."""
    seen = 0
    for number in range(count):
        line = connected(post.port + number % 2)
        try:
            line.sendall(GUESS)
        except ConnectionError:
            line.close()
            continue
        said = closed(line)
        seen += bool(said)
        assert len(said) <= 64, "a guess is answered with nothing but the greeting"
    return seen


def test_after_five_failures_an_address_is_backed_off() -> None:
    with posted(token("laptop", SECRET)) as post:
        assert guesses(post, 40) <= FAILURES_MAX
        assert guesses(post, 20) == 0, "now it is closed at the door"
        assert {"HANDSHAKE_FAILED", "AUTH_BACK_OFF", "BACKED_OFF"} <= post.codes()
        assert not post.border.links and not post.log.records


@pytest.mark.slow
def test_ten_thousand_guesses_yield_nothing() -> None:
    with posted(token("laptop", SECRET)) as post:
        assert guesses(post, 10_000) <= 4 * FAILURES_MAX
        assert not post.border.links and len(post.audited) < 100


def test_links_that_stand_are_not_touched_by_a_back_off(buses: list[Bus]) -> None:
    with posted(token("laptop", SECRET)) as post:
        risk, client = Bus("risk", post.inside), served(post, buses)
        buses.append(risk)
        guesses(post, 10)
        client.send([("risk", wire.encode(wire.Alive("strategy.honest", False)))])
        eventually(lambda: bool(risk.receive(20)))


# -- noise behind a token ----------------------------------------------------------------------------------------------


class Noisy:
    """A client that was let in and sends noise; it comes back where it is cut."""

    def __init__(self, post: Post, context: zmq.Context[zmq.Socket[bytes]], port: int) -> None:
        self.line = context.socket(zmq.DEALER)
        self.line.linger, self.line.sndtimeo = 0, 5_000
        self.line.curve_serverkey = z85.encode(public_of(post.server))
        self.line.curve_publickey, self.line.curve_secretkey = z85.encode(public_of(SECRET)), z85.encode(SECRET)
        self.line.connect(f"tcp://127.0.0.1:{port}")
        self.hello("strategy.noisy")

    def hello(self, name: str) -> None:
        self.line.send(wire.encode(wire.Hello(name, 1, wire.PROTOCOL, "", "", ["account/"])))

    def drain(self) -> int:
        got = 0
        while self.line.poll(0):
            self.line.recv_multipart()
            got += 1
        return got


def shout(count: int, buses: list[Bus]) -> None:
    limits = Limits(frames=10**6, frames_burst=10**6, asks=10**6, asks_burst=10**6)
    with posted(token("laptop", SECRET), limits=limits) as post, zmq.Context() as context:
        inside = [Bus(name, post.inside) for name in ("risk", "gateway", "quotes", "state")]
        buses += inside
        honest = served(post, buses)
        noisy = [Noisy(post, context, post.port + port) for port in (0, 1)]
        sent, heard = 0, list[tuple[str, bytes]]()
        for number, data in enumerate(mutants(random.Random(count), count, "strategy.noisy")):
            if not says_hello(data):
                noisy[number % 2].line.send(data)
                sent += 1
            if number % 100 == 0:
                for one in noisy:
                    one.drain()
                heard_by(inside, heard)
        eventually(lambda: post.border.taken >= sent)
        honest.send([("risk", wire.encode(wire.Alive("strategy.honest", False)))])
        eventually(lambda: "strategy.honest" in {peer for peer, _ in heard_by(inside, heard)})
        assert len(heard) > sent // 1_000, "some are whole, and pass"
        for _, data in heard:
            assert decodes(data), "what reaches a server is a frame of ours"
        assert {peer for peer, _ in heard} <= {"strategy.honest", "strategy.noisy"}
        for one in noisy:
            one.line.close()


def says_hello(data: bytes) -> bool:
    """Another hello than its own ends a link, which is tried elsewhere."""
    try:
        return isinstance(wire.decode_frame(data), wire.Hello)
    except WireError:
        return False


def heard_by(inside: list[Bus], heard: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    for bus in inside:
        heard += bus.receive(5)
    return heard


def decodes(data: bytes) -> bool:
    frame = wire.decode_frame(data)
    if isinstance(frame, wire.Command | wire.Query):
        wire.decode_body(frame.channel, frame.body)
    return isinstance(frame, wire.Command | wire.Query | wire.Fetch | wire.Alive)


def test_malformed_frames_through_the_sockets(buses: list[Bus]) -> None:
    shout(1_000, buses)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_twenty_thousand_malformed_frames_through_the_sockets(buses: list[Bus]) -> None:
    shout(20_000, buses)


def noise(post: Post, sources: Iterable[str]) -> int:
    """A broken handshake from each of these addresses; how many of them ZeroMQ or the door got to read."""
    chance, read = random.Random(7), 0
    for number, source in enumerate(sources):
        start = bytearray(GUESS)
        for _ in range(chance.randrange(1, 8)):
            start[chance.randrange(len(start))] = chance.randrange(256)
        line = connected(post.port + number % 2, source)
        try:
            line.sendall(bytes(start[: chance.randrange(1, len(start))]) if number % 3 else bytes(start))
            line.shutdown(socket.SHUT_WR)
        except OSError:
            line.close()
            continue
        said = closed(line)
        assert len(said) <= 64, "nothing but ZeroMQ's own greeting"
        read += 1
    return read


def test_noise_instead_of_a_handshake(buses: list[Bus]) -> None:
    """Before anybody has shown a token: each start is closed, and the border goes on."""
    with posted(token("laptop", SECRET)) as post:
        served(post, buses)
        noise(post, ["127.0.0.1"] * 60)
        assert len(post.border.links) == 2


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "darwin", reason="has one loopback address only")
def test_twenty_thousand_broken_handshakes(buses: list[Bus]) -> None:
    """From so many addresses that none is backed off: every one is read."""
    with posted(token("laptop", SECRET)) as post:
        places = [divmod(number // (FAILURES_MAX - 1), 250) for number in range(20_000)]
        assert noise(post, [f"127.1.{high}.{low + 1}" for high, low in places]) > 19_900
        assert not post.border.links and not post.border.taken
        assert "AUTH_BACK_OFF" not in post.codes()
        served(post, buses)


def test_a_flood_waits_outside(buses: list[Bus]) -> None:
    """What is beyond the rate waits with the client: if it waited inside, reading it more slowly would be of no use."""
    on_the_wire = 135  # bytes of a frame of 100: CURVE's box, its nonce and its name
    with posted(token("laptop", SECRET)) as post, zmq.Context() as context:
        noisy, inside = Noisy(post, context, post.port), list[int]()
        for number in range(20_000):
            noisy.line.send(b"\xc1" * 100)
            noisy.drain()
            if number % 100 == 0:
                read = sum(visitor.received for visitor in list(post.acceptor.visitors.values()))
                inside.append(read - post.border.taken * on_the_wire)
        eventually(lambda: post.border.taken > Limits().frames_burst)
        assert 10_000 < max(inside) < 10 * INSIDE_BYTES
        noisy.line.close()


def test_a_message_of_countless_frames_is_not_looked_through(buses: list[Bus]) -> None:
    limits = Limits(frames=100, frames_burst=200)
    with posted(token("laptop", SECRET), limits=limits) as post, zmq.Context() as context:
        noisy = Noisy(post, context, post.port)
        eventually(lambda: any(link.name for link in post.border.links.values()))
        (number,) = post.border.links
        noisy.line.send_multipart([b"\xc1"] * 20_000)
        eventually(lambda: number not in post.border.links)
        assert len(post.log.records) < 1_000 and Reason.RATE_LIMITED in post.codes()
        noisy.line.close()


def test_an_honest_client_is_answered_beside_a_flood(buses: list[Bus]) -> None:
    """The flooder is read more slowly; the other's answers stay prompt."""
    flooder = secrets.token_bytes(32)
    with posted(token("laptop", SECRET), token("flood", flooder)) as post, zmq.Context() as context:
        risk, honest = Bus("risk", post.inside), served(post, buses)
        buses.append(risk)
        noisy = Noisy(post, context, post.port)
        noisy.line.sndtimeo = 0
        query = wire.encode(wire.Query("ask_risk", "strategy.honest", 1, wire.raw(m.GetStatus())))
        worst_ns = 0
        for _ in range(50):
            for _ in range(200):
                try:
                    noisy.line.send(b"\xc1" * 100)
                except zmq.Again:
                    break
            began_ns = monotonic_ns()
            honest.send([("risk", query)])
            eventually(lambda: any(data == query for _, data in risk.receive(20)))
            worst_ns = max(worst_ns, monotonic_ns() - began_ns)
        assert worst_ns < 2 * 10**9
        noisy.line.close()

"""How long a frame and a message may be, and how much of one is looked at in one turn."""

from __future__ import annotations

import secrets

import zmq
from zmq.utils import z85

from common import messages as m
from common import wire
from common.bus import Bus
from common.link import public_of
from services.proxy.limits import Limits
from services.proxy.sockets import FROM_LINKS_AT_ONCE
from tests.common.sockets import attempts
from tests.services.proxy.fence import message_of
from tests.services.proxy.post import Post, eventually, posted, token

SECRET = secrets.token_bytes(32)
ORDER = wire.raw(message_of(m.SubmitOrder, "main"))


def command(seq: int) -> bytes:
    return wire.encode(wire.Command("orders", "strategy.demo", 1, seq, 1, 1, "", "", 0, ORDER))


def raw_client(context: zmq.Context[zmq.Socket[bytes]], post: Post) -> zmq.Socket[bytes]:
    """An accepted client that sends what it likes."""
    line = context.socket(zmq.DEALER)
    line.linger = 0
    line.curve_serverkey = z85.encode(public_of(post.server))
    line.curve_publickey, line.curve_secretkey = z85.encode(public_of(SECRET)), z85.encode(SECRET)
    line.connect(f"tcp://127.0.0.1:{post.port}")
    line.send(wire.encode(wire.Hello("strategy.demo", 1, wire.PROTOCOL, "", "")))
    assert line.poll(10_000) and isinstance(wire.decode_frame(line.recv()), wire.Welcome)
    return line


def test_a_frame_that_is_too_large_ends_the_link() -> None:
    with posted(token("laptop", SECRET)) as post, zmq.Context() as context:
        line = raw_client(context, post)
        (link,) = post.border.links
        line.send(b"x" * (1024 * 1024 + 1))
        eventually(lambda: link not in post.border.links)
        line.close()


def test_a_message_without_end_ends_the_link() -> None:
    """Its parts pile up inside ZeroMQ, where no high-water mark counts them."""
    with posted(token("laptop", SECRET)) as post, zmq.Context() as context:
        line = raw_client(context, post)
        line.sndtimeo = 100
        (link,) = post.border.links
        for _ in range(64):
            line.send(b"x" * 100_000, zmq.SNDMORE)
        line.send(b"x" * 100_000)
        eventually(lambda: link not in post.border.links)
        assert "MESSAGE_TOO_LARGE" in post.codes()
        line.close()


def test_a_long_message_is_taken_piece_by_piece_and_in_order() -> None:
    """Turn by turn, so that others come in between."""
    limits = Limits(frames=10_000, frames_burst=10_000, asks=10_000, asks_burst=10_000)
    post = Post(lambda: {"laptop": token("laptop", SECRET)}, limits=limits)
    client, risk = Bus("strategy.demo", post.remote(SECRET)), Bus("risk", post.inside)

    def turn() -> int:
        """One turn; how many frames were looked at."""
        before = post.border.taken
        client.receive(0)
        post.gate.turn()
        return post.border.taken - before

    for _ in attempts():
        turn()
        if len(links := post.border.links) == 2 and all(link.name for link in links.values()):
            break
    client.send([("risk", command(number)) for number in range(1, 501)])
    client.send([("risk", command(501))])
    got: list[bytes] = []
    for _ in attempts():
        assert turn() <= 2 * FROM_LINKS_AT_ONCE
        got += [data for _, data in risk.receive(0)]
        if len(got) == 501:
            break
    assert got == [command(number) for number in range(1, 502)]
    for bus in (client, risk):
        bus.context.destroy(linger=0)
    post.gate.close()

"""A wire that is cut again and again while an honest client sets up its line is no guessing."""

from __future__ import annotations

import secrets
import select
import socket

import zmq
from zmq.utils import z85

from common.link import public_of
from services.proxy.acceptor import GREETING_BYTES
from services.proxy.doors import FAILURES_MAX
from tests.services.proxy.post import Post, eventually, posted, token

SECRET = secrets.token_bytes(32)


def welcomed_and_cut(post: Post) -> None:
    """A client shows that it knows the server's key; what it says next is lost, and the wire with it."""
    with zmq.Context() as context, socket.create_server(("127.0.0.1", 0)) as wire:
        line = context.socket(zmq.DEALER)
        line.linger, line.curve_serverkey = 0, z85.encode(public_of(post.server))
        line.curve_publickey, line.curve_secretkey = z85.encode(public_of(SECRET)), z85.encode(SECRET)
        line.connect(f"tcp://127.0.0.1:{wire.getsockname()[1]}")
        outer, inner = wire.accept()[0], socket.create_connection(("127.0.0.1", post.port))
        with outer, inner:
            said = 0
            while said <= GREETING_BYTES:
                for end in select.select([outer, inner], [], [], 5)[0]:
                    data = end.recv(4096)
                    assert data, "nobody closes by itself"
                    said += len(data) if end is inner else 0
                    (outer if end is inner else inner).sendall(data)
        line.close()


def test_cuts_in_the_handshake_are_not_counted_as_guesses() -> None:
    with posted(token("laptop", SECRET)) as post:
        for _ in range(2 * FAILURES_MAX):
            welcomed_and_cut(post)
        eventually(lambda: not post.acceptor.visitors)
        assert not post.codes() & {"HANDSHAKE_FAILED", "AUTH_BACK_OFF", "BACKED_OFF"}

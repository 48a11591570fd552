"""What is carried from one side of the door to the other: every byte, in order, however little is taken at a time."""

import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from services.proxy.first_bytes import SIGNATURE_BYTES
from services.proxy.links import COMMANDS
from services.proxy.visitor import NOTHING, Visitor

SMALL = 4_096


@contextmanager
def carrying() -> Iterator[tuple[Visitor, socket.socket, socket.socket]]:
    """A visitor between a client and ZeroMQ's side, with buffers that are soon full."""
    client, outer = socket.socketpair()
    server, inner = socket.socketpair()
    for end in (client, outer, server, inner):
        end.setblocking(False)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL)
    visitor = Visitor(1, COMMANDS, "10.0.0.1", "10.0.0.1:5", "127.64.1.2", outer, 0, inner=inner, joined=True)
    try:
        yield visitor, client, server
    finally:
        visitor.close()
        client.close()
        server.close()


def read(end: socket.socket, chance: random.Random) -> bytes:
    try:
        return end.recv(chance.randrange(1, 3 * SMALL))
    except BlockingIOError:
        return b""


@pytest.mark.parametrize("seed", range(5))
def test_what_one_side_takes_slowly_arrives_whole_and_in_order(seed: int) -> None:
    chance = random.Random(seed)
    with carrying() as (visitor, client, server):
        visitor.judged = True
        chunks = [chance.randbytes(chance.randrange(1, 16 * SMALL)) for _ in range(30)]
        got_in, got_out, waited = b"", b"", 0
        for chunk in chunks:
            # The same room is written over by the next read, as the door does it.
            room = bytearray(chunk)
            visitor.pass_in(memoryview(room))
            visitor.push_out(7, memoryview(room))
            room[:] = bytes(len(room))
            waited += bool(visitor.inward) + bool(visitor.outward)
            got_in += read(server, chance)
            got_out += read(client, chance)
        while visitor.inward or visitor.outward:
            visitor.push_in()
            visitor.push_out(8)
            got_in += read(server, chance)
            got_out += read(client, chance)
        got_in += read_all(server)
        got_out += read_all(client)
        assert waited and got_in == got_out == b"".join(chunks)
        assert visitor.moved_ns == 8


def read_all(end: socket.socket) -> bytes:
    got = b""
    try:
        while data := end.recv(65_536):
            got += data
    except BlockingIOError:
        pass
    return got


def test_only_the_signature_goes_inside_until_the_greeting_is_judged() -> None:
    greeting = bytes(range(64))
    with carrying() as (visitor, _, server):
        visitor.pass_in(memoryview(greeting[:4]))
        visitor.pass_in(memoryview(greeting[4:20]))
        assert read_all(server) == greeting[:SIGNATURE_BYTES]
        visitor.judged = True
        visitor.pass_in(memoryview(greeting[20:]))
        assert read_all(server) == greeting[SIGNATURE_BYTES:]


def test_what_is_waited_for() -> None:
    with carrying() as (visitor, _, _):
        read_only = (True, False)
        assert visitor.wants(0) == (read_only, read_only)
        visitor.resume_ns = 5
        assert visitor.wants(4) == (NOTHING, read_only), "a client that is paused is not read"
        assert visitor.wants(5) == (read_only, read_only)
        visitor.inward += b"x"
        visitor.outward += b"y"
        assert visitor.wants(5) == ((True, True), (True, True))
        visitor.joined = False
        inner, visitor.inner = visitor.inner, None
        assert visitor.wants(5)[1] == NOTHING, "the way inside is not there yet"
        visitor.inner = inner

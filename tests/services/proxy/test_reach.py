"""What keeps a client from a server is named within five seconds."""

from __future__ import annotations

import dataclasses
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from common import wire
from common.channels import Scope
from common.clock import monotonic_ns, wall_ns
from common.errors import ConfigError
from common.keys import issued
from common.link import Keys, RemoteAddresses, public_of
from common.reach import CLOCK_OFF_MAX_NS, Unreached, reach, remote_of
from common.settings import load
from services.proxy.tokens import Token
from tests.common.sockets import free_port_base
from tests.services.proxy.post import Post, posted, token

SECRET, OTHER = secrets.token_bytes(32), secrets.token_bytes(32)
NAME = "strategy.demo"


def code_of(remote: RemoteAddresses, **clock: object) -> str:
    began_ns = monotonic_ns()
    with pytest.raises(Unreached) as no:
        reach(remote, NAME, **clock)  # type: ignore[arg-type]
    assert monotonic_ns() - began_ns < 6 * 10**9
    assert str(no.value) and "\n" not in str(no.value)
    return no.value.code


def test_a_server_that_can_be_used_says_what_it_is() -> None:
    with posted(token("laptop", SECRET)) as post:
        welcome = reach(post.remote(SECRET, account="main", mode="dry_run"), NAME)
        assert (welcome.version, welcome.mode, welcome.accounts) == (wire.PROTOCOL, "dry_run", ["main", "hedge"])
        reach(post.remote(SECRET, life=2), NAME)


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("WRONG_TOKEN", {"keys": Keys(public_of(OTHER), SECRET)}),
        ("MODE_MISMATCH", {"mode": "live"}),
        ("UNKNOWN_ACCOUNT", {"account": "nobodys"}),
        ("UNKNOWN_HOST", {"host": "no-such-host.invalid"}),
    ],
)
def test_what_is_wrong_with_the_client(code: str, change: dict[str, object]) -> None:
    with posted(token("laptop", SECRET)) as post:
        assert code_of(dataclasses.replace(post.remote(SECRET), **change)) == code  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("TOKEN_UNKNOWN", {"public": public_of(OTHER)}),
        ("TOKEN_UNKNOWN", {"revoked_ns": 1}),
        ("TOKEN_EXPIRED", {"expires_ns": 1}),
        ("TOKEN_SCOPE", {"scopes": frozenset({Scope.READ})}),
    ],
)
def test_what_is_wrong_with_the_token(code: str, fields: dict[str, object]) -> None:
    known: Token = dataclasses.replace(token("laptop", SECRET), **fields)  # type: ignore[arg-type]
    with posted(known) as post:
        assert code_of(post.remote(SECRET)) == code


@pytest.mark.parametrize("ahead_ns", [CLOCK_OFF_MAX_NS + 10**9, -CLOCK_OFF_MAX_NS - 10**9])
def test_a_clock_that_is_off(ahead_ns: int) -> None:
    with posted(token("laptop", SECRET)) as post:
        assert code_of(post.remote(SECRET), clock=lambda: wall_ns() + ahead_ns) == "CLOCK_OFF"


def test_an_address_that_is_not_let_in() -> None:
    with posted(token("laptop", SECRET), allowed=("10.0.0.0/8",)) as post:
        assert code_of(post.remote(SECRET)) == "NOT_LET_IN"


def test_another_version() -> None:
    with posted(token("laptop", SECRET)) as post:
        remote = Older(
            **{field.name: getattr(post.remote(SECRET), field.name) for field in dataclasses.fields(RemoteAddresses)}
        )
        assert code_of(remote) == "VERSION_MISMATCH"


class Older(RemoteAddresses):
    """A client of another protocol."""

    def hello(self, name: str, topics: list[str]) -> bytes:
        return wire.encode(wire.Hello(name, self.life, wire.PROTOCOL + 1, self.mode, self.account, topics))


def test_a_second_process_of_the_name() -> None:
    with posted(token("laptop", SECRET)) as post:
        from common.bus import Bus
        from tests.services.proxy.post import frames, is_in

        first = Bus(NAME, post.remote(SECRET, life=7))
        frames(first, is_in(wire.Welcome))
        assert code_of(post.remote(SECRET, life=8)) == "NAME_IN_USE"
        first.context.destroy(linger=0)


# -- ports -------------------------------------------------------------------------------------------------------------


@contextmanager
def listening(port: int, answer: bytes) -> Iterator[None]:
    """Somebody else on a port."""
    with socket.create_server(("127.0.0.1", port)) as listener:

        def serve() -> None:
            while True:
                try:
                    line, _ = listener.accept()
                except OSError:
                    return
                line.recv(64)
                line.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        yield
        listener.shutdown(socket.SHUT_RDWR)


def nowhere(port: int) -> RemoteAddresses:
    return RemoteAddresses("127.0.0.1", port, Keys(public_of(OTHER), SECRET), 1)


def test_a_closed_port_is_named_whichever_it_is() -> None:
    port = free_port_base() + 1
    with pytest.raises(Unreached, match=rf"{port}（命令端口）") as no:
        reach(nowhere(port), NAME)
    assert no.value.code == "PORT_CLOSED"
    with listening(port, b"\xff"), pytest.raises(Unreached, match=rf"{port + 1}（事件端口）") as no:
        reach(nowhere(port), NAME)
    assert no.value.code == "PORT_CLOSED"


def test_a_port_of_another_program_is_named() -> None:
    port = free_port_base() + 1
    with listening(port, b"HTTP/1.1 400\r\n"):
        assert code_of(nowhere(port)) == "NOT_A_SERVER"


# -- from the settings -------------------------------------------------------------------------------------------------


def test_where_the_settings_say(post_of_word: Post) -> None:
    settings = load(
        None, {"QMT_SERVER_TOKEN": issued(public_of(OTHER), SECRET), "QMT_SERVER_PORT": "5555"}, {}
    ).settings
    remote = remote_of(settings, 9)
    assert (remote.host, remote.port, remote.life, remote.mode) == ("127.0.0.1", 5555, 9, "dry_run")
    assert remote.keys == Keys(public_of(OTHER), SECRET)
    with pytest.raises(ConfigError, match="不完整"):
        remote_of(load(None, {"QMT_SERVER_TOKEN": "bt1-abc"}, {}).settings, 9)
    settings = load(None, {"QMT_SERVER_TOKEN": "secret", "QMT_SERVER_PORT": str(post_of_word.port)}, {}).settings
    assert reach(remote_of(settings, 9), NAME).token == "QMT_SERVER_TOKEN"


@pytest.fixture
def post_of_word() -> Iterator[Post]:
    """A border whose only token is a lone word."""
    from common.keys import derived
    from services.proxy.tokens import lone

    with posted(lone(public_of(derived("secret", "client"))), server=derived("secret", "server")) as post:
        yield post

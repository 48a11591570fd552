"""Where the commands look for the stack of another machine, and what they say where it is not to be used."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from cli import remote
from cli.refusal import Refused
from cli.server import without_option
from common.keys import issued
from common.link import public_of
from common.run import Run
from common.settings import Loaded, load
from tests.services.proxy.post import Post, posted, token

SECRET = secrets.token_bytes(32)


@pytest.fixture
def post() -> Iterator[Post]:
    with posted(token("laptop", SECRET, accounts=("main", "hedge"))) as open_post:
        yield open_post


def settings(post: Post, folder: Path, **more: str) -> Loaded:
    word = issued(public_of(post.server), SECRET)
    told = {"QMT_SERVER_PORT": f"{post.port}", "QMT_SERVER_TOKEN": word, "RUNTIME_DIR": str(folder / "runtime")}
    return load(None, {}, {"DEFAULT_BROKER": "qmt-remote", **told, **more})


def find(post: Post, folder: Path, **more: str) -> remote.Server:
    return remote.find_server(settings(post, folder, **more), "demo", Console(), wait=False)


def test_the_server_says_what_it_is(post: Post, tmp_path: Path) -> None:
    server = find(post, tmp_path, QMT_SERVER_ACCOUNT_KEY="hedge")
    assert (server.account, server.mode, server.token, server.simulated) == ("hedge", "dry_run", "laptop", False)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({}, "ACCOUNT_NOT_NAMED"),
        ({"QMT_SERVER_ACCOUNT_KEY": "third"}, "UNKNOWN_ACCOUNT"),
        ({"QMT_SERVER_ACCOUNT_KEY": "main", "LIVE_MODE": "live"}, "MODE_MISMATCH"),
        ({"QMT_SERVER_ACCOUNT_KEY": "main", "QMT_SERVER_TOKEN": "bt1-abc"}, "BAD_TOKEN"),
        ({"QMT_SERVER_ACCOUNT_KEY": "main", "QMT_SERVER_TOKEN": "another word"}, "WRONG_TOKEN"),
    ],
)
def test_what_is_in_the_way_is_named(post: Post, tmp_path: Path, more: dict[str, str], code: str) -> None:
    with pytest.raises(Refused) as no:
        find(post, tmp_path, **more)
    assert no.value.code == code


def test_one_account_needs_no_key(tmp_path: Path) -> None:
    with posted(token("laptop", SECRET, accounts=("hedge",))) as post:
        assert find(post, tmp_path).account == "hedge"


def test_commands_go_where_the_settings_say_else_where_this_folder_trades(tmp_path: Path) -> None:
    def loaded(*broker: str) -> Loaded:
        told = {"DEFAULT_BROKER": broker[0]} if broker else {}
        return load(None, {}, {"RUNTIME_DIR": str(tmp_path), **told})

    assert not remote.is_remote(loaded()) and remote.is_remote(loaded("qmt-remote"))
    Run(remote=True).write(tmp_path / "run.json")
    assert remote.is_remote(loaded()) and not remote.is_remote(loaded("simulator"))


@pytest.mark.parametrize("words", [["--token", "secret"], ["--token=secret"]])
def test_a_token_is_not_handed_on_in_a_command_line(words: list[str]) -> None:
    assert without_option(["server", *words, "--detach"], "--token") == ["server", "--detach"]

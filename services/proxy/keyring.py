"""The server's keys and the tokens it knows, on disk: one word in the settings, or ``tokens.toml`` beside a random key.

What is secret here is ``server.key``, readable by its owner only; whoever has it can pose as this server, and no more.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from common import keys
from common.clock import sleep
from common.errors import ConfigError
from common.host_os import lock_file
from common.link import public_of
from common.settings import Settings
from common.stamp import REMOTE, replace_text
from services.proxy.tokens import SERVER_KEY_FILE, TOKENS_FILE, Token, lone, parse, render

NAMES_FILE: Final = "names.json"
_LOCK_FILE: Final = "tokens.lock"
_LOCK_TRIES: Final = 100


@dataclasses.dataclass(frozen=True)
class Keyring:
    """``file`` is what is looked at again for changes; None where one word opens everything."""

    secret: bytes
    tokens: dict[str, Token]
    file: Path | None

    def __repr__(self) -> str:
        return f"Keyring({sorted(self.tokens)})"


def open_keyring(settings: Settings) -> Keyring | None:
    """None where there is neither a word nor a file; ConfigError where there are both, or one cannot be read."""
    file = settings.runtime_dir / REMOTE / TOKENS_FILE
    word = settings.qmt_server_token.get_secret_value() if settings.qmt_server_token else ""
    if not file.exists():
        return _of_word(word) if word else None
    if word:
        raise ConfigError(
            f"QMT_SERVER_TOKEN 与 {file} 不能同时使用：从 .env 里删去 QMT_SERVER_TOKEN（或不写 --token），"
            "各客户端用 bullet-trade token new 的令牌；要改回单一令牌，请先移走该文件"
        )
    return Keyring(server_secret(settings.runtime_dir, lambda: b""), read_tokens(file), file)


def _of_word(word: str) -> Keyring:
    if keys.is_issued(word):
        raise ConfigError("QMT_SERVER_TOKEN 是 bullet-trade token new 发给客户端的令牌，不能用作服务端的令牌")
    token = lone(public_of(keys.derived(word, "client")))
    return Keyring(keys.derived(word, "server"), {token.name: token}, None)


def read_tokens(file: Path) -> dict[str, Token]:
    """ConfigError where the file cannot be read."""
    try:
        return parse(file.read_text(encoding="utf-8"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} 无法读取：{error}") from error


def change_tokens(runtime_dir: Path, change: Callable[[dict[str, Token]], Iterable[Token]]) -> None:
    """Write what ``change`` makes of the tokens; two commands at a time do not undo each other's."""
    folder = _folder(runtime_dir)
    file = folder / TOKENS_FILE
    fd = os.open(folder / _LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        for _ in range(_LOCK_TRIES):
            if lock_file(fd):
                replace_text(file, render(change(read_tokens(file) if file.exists() else {})))
                return
            sleep(0.05)
        raise ConfigError(f"{file} 正被另一个命令修改，请再试一次")
    finally:
        os.close(fd)


def server_secret(runtime_dir: Path, randomness: Callable[[], bytes]) -> bytes:
    """The server's own secret key. Where there is none yet ``randomness`` makes it; ConfigError where it makes none."""
    path = runtime_dir / REMOTE / SERVER_KEY_FILE
    try:
        secret = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except FileNotFoundError:
        secret = randomness()
        if not secret:
            raise ConfigError(
                f"{path} 不存在，令牌里的公钥就没有主人；请从备份恢复，或移走 tokens.toml 重新发放"
            ) from None
        _write_secret(_folder(runtime_dir) / SERVER_KEY_FILE, secret)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} 无法读取：{error}") from error
    if len(secret) != keys.KEY_BYTES:
        raise ConfigError(f"{path} 已损坏")
    return secret


def read_names(runtime_dir: Path) -> dict[str, str]:
    """The strategies that other machines run, and the tokens they belong to."""
    path = runtime_dir / REMOTE / NAMES_FILE
    try:
        names = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} 无法读取：{error}") from error
    if not isinstance(names, dict) or not all(isinstance(token, str) for token in names.values()):
        raise ConfigError(f"{path} 已损坏；移走它，各策略名归最先连接的令牌")
    return names


def write_names(runtime_dir: Path, names: dict[str, str]) -> None:
    replace_text(_folder(runtime_dir) / NAMES_FILE, json.dumps(names, ensure_ascii=False, indent=1, sort_keys=True))


def _write_secret(path: Path, secret: bytes) -> None:
    # Never readable by others, not even for a moment: it is made with these rights.
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(fd, secret.hex().encode("ascii"))
        os.fsync(fd)
    finally:
        os.close(fd)


def _folder(runtime_dir: Path) -> Path:
    folder = runtime_dir / REMOTE
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder

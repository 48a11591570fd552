"""The settings of a process: from defaults, ``.env``, environment and command line, each value with its origin."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from common.errors import ConfigError
from common.risk_limits import RiskLimits as RiskLimits
from common.settings_file import read_env_file
from common.settings_kinds import to_e4 as to_e4
from common.settings_kinds import to_ns as to_ns
from common.settings_known import KNOWN
from common.settings_known import Settings as Settings
from common.settings_names import LOCATORS, Place, account_limit, refused, suggestion, without_effect

DEFAULT_ORIGIN: Final = "默认值"
DEFAULT_ALIAS: Final = "main"
"""What the account of a lone ``QMT_ACCOUNT_ID`` is called."""
ENVIRONMENT_ORIGIN: Final = "环境变量"
COMMAND_LINE_ORIGIN: Final = "命令行"

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_SHOWN_MAX: Final = 60
_REQUIRED: Final = {
    "simulator": (),
    "qmt": ("QMT_DATA_PATH", "QMT_ACCOUNT_ID"),
    "qmt-remote": ("QMT_SERVER_HOST", "QMT_SERVER_PORT", "QMT_SERVER_TOKEN"),
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings, where each came from, and one Chinese line for each thing that was passed over."""

    settings: Settings
    origins: dict[str, str]
    notes: list[str]
    env_file: Path | None


@dataclass(frozen=True, slots=True)
class _Given:
    name: str
    value: str
    origin: str
    place: Place


@dataclass(slots=True)
class _Sorted:
    known: dict[str, _Given] = field(default_factory=dict)
    account_limits: dict[str, _Given] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def load(env_file: Path | None, environ: Mapping[str, str], overrides: Mapping[str, str]) -> Loaded:
    """Return the settings; the command line (``overrides``) beats the environment, which beats the file.

    Relative folders are taken from the folder of ``env_file``, or from where the command runs when there is none.
    ConfigError is one line that names the variable, its value, what is allowed and where it stands.
    """
    found = _Sorted()
    for given in [*_from_file(env_file, found.notes), *_from_mappings(environ, overrides)]:
        _sort(given, found)
    settings = _validated(found)
    folder = env_file.absolute().parent if env_file else Path().absolute()
    origins = {name: DEFAULT_ORIGIN for name in KNOWN}
    origins |= {name: given.origin for name, given in (found.known | found.account_limits).items()}
    return Loaded(settings.model_copy(update=_anchored(settings, folder)), origins, found.notes, env_file)


def find_env_file(cwd: Path, environ: Mapping[str, str]) -> Path | None:
    """Return the ``.env`` that the environment names, else the nearest one upward of ``cwd``, else None.

    One that is named but not there is a ConfigError.
    """
    for locator in LOCATORS:
        named = environ.get(locator, "").strip()
        if named:
            path = cwd / named
            if not path.is_file():
                raise ConfigError(f"{locator}={named} 指定的配置文件不存在（{ENVIRONMENT_ORIGIN}）")
            return path
    return next((path for folder in (cwd, *cwd.parents) if (path := folder / ".env").is_file()), None)


def require_broker(settings: Settings) -> None:
    """Raise ConfigError naming every variable that the chosen broker needs and that is not set."""
    required = _REQUIRED[settings.default_broker]
    missing = [name for name in required if getattr(settings, KNOWN[name].field) is None]
    if settings.qmt_server_accounts:
        # The list of accounts names them, and maybe where each one's terminal is.
        has_paths = all(account.path for account in settings.qmt_server_accounts)
        listed = {"QMT_ACCOUNT_ID", *(["QMT_DATA_PATH"] if has_paths else [])}
        missing = [name for name in missing if name not in listed]
    if missing:
        raise ConfigError(f"券商 {settings.default_broker} 缺少必需的配置：{'、'.join(missing)}")


def _from_file(env_file: Path | None, notes: list[str]) -> Iterator[_Given]:
    if env_file is not None:
        file = read_env_file(env_file)
        notes.extend(file.notes)
        for entry in file.entries.values():
            yield _Given(entry.name, entry.value, file.origin(entry), Place.FILE)


def _from_mappings(environ: Mapping[str, str], overrides: Mapping[str, str]) -> Iterator[_Given]:
    for name, value in environ.items():
        yield _Given(name, value.strip(), ENVIRONMENT_ORIGIN, Place.ENVIRONMENT)
    for name, value in overrides.items():
        yield _Given(name, value, COMMAND_LINE_ORIGIN, Place.COMMAND_LINE)


def _sort(given: _Given, found: _Sorted) -> None:
    limit = account_limit(given.name)
    if given.name in KNOWN or limit:
        if not given.value:
            found.notes.append(f"{given.name} 没有写值，当作没有设置（{given.origin}）")
        elif limit:
            found.account_limits["__".join(limit)] = given
        else:
            found.known[given.name] = given
    elif why := without_effect(given.name):
        found.notes.append(f"{given.name} 已接受，但没有作用：{why}（{given.origin}）")
    elif given.name in LOCATORS:
        if given.place is not Place.ENVIRONMENT:
            found.notes.append(f"{given.name} 只能写在环境变量里，这里没有作用（{given.origin}）")
    elif line := refused(given.name, given.place):
        raise ConfigError(f"{line}（{given.origin}）")
    elif given.place is Place.FILE:
        meant = suggestion(given.name, sure=True)
        found.notes.append(
            f"{given.name} 不是已知的配置名，已忽略{f'；是否想写 {meant}？' if meant else ''}（{given.origin}）"
        )


def _validated(found: _Sorted) -> Settings:
    for given in found.known.values():
        if _CONTROL.search(given.value):
            raise ConfigError(_bad(given, given.name, "含有控制字符"))
    account_limits = {name: _account_limit(name, given) for name, given in found.account_limits.items()}
    texts: dict[str, Any] = {KNOWN[name].field: given.value for name, given in found.known.items()}
    try:
        settings = Settings(**texts, account_limits=account_limits)
    except ValidationError as error:
        raise ConfigError(_first_bad(error, found.known)) from None
    _check_aliases(settings, found.account_limits)
    return settings


def _account_limit(name: str, given: _Given) -> Any:
    limit = name.partition("__")[0]
    try:
        return KNOWN[limit].kind.parse(given.value)
    except ValueError as error:
        raise ConfigError(_bad(given, limit, str(error))) from None


def _first_bad(error: ValidationError, known: Mapping[str, _Given]) -> str:
    first, *others = [(str(bad["loc"][0]).upper(), str(bad["ctx"]["error"])) for bad in error.errors()]
    also = f"；另有 {'、'.join(name for name, _ in others)} 也无效" if others else ""
    return _bad(known[first[0]], first[0], first[1]) + also


def _bad(given: _Given, kind_of: str, hint: str) -> str:
    value = _CONTROL.sub("?", "***" if KNOWN[kind_of].secret else given.value)
    shown = value if len(value) <= _SHOWN_MAX else value[:_SHOWN_MAX] + "…"
    return (
        f"{given.name}={shown} 无效：{hint + '；' if hint else ''}应为{KNOWN[kind_of].kind.allowed}（{given.origin}）"
    )


def _check_aliases(settings: Settings, given: Mapping[str, _Given]) -> None:
    """Refuse a limit for an account nobody knows: its author would believe it to hold."""
    named = [settings.qmt_server_account_key, settings.qmt_account_id, settings.simulator_account_id]
    aliases = {name.upper() for name in named if name} | {one.alias.upper() for one in settings.qmt_server_accounts}
    if settings.qmt_account_id:
        aliases.add(DEFAULT_ALIAS.upper())
    for name, one in given.items():
        alias = name.partition("__")[2]
        if alias not in aliases:
            known = "、".join(sorted(alias.lower() for alias in aliases))
            raise ConfigError(f"{one.name} 里的账户 {alias.lower()} 不存在：已知账户为 {known}（{one.origin}）")


def _anchored(settings: Settings, folder: Path) -> dict[str, Path]:
    values = {known.field: getattr(settings, known.field) for known in KNOWN.values()}
    return {name: folder / value for name, value in values.items() if isinstance(value, Path)}

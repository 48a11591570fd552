"""Where data comes from that no quotes' feed has: statements, members, flows. One plug-in a file, opened by name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from common.errors import ConfigError
from common.settings import Settings
from jqdata.datasets import LIBRARIES, PROVIDERS

if TYPE_CHECKING:
    from services.strategy.providers.provider import Provider

_ALIASES = {"jqdatasdk": "jqdata"}
_OF_THE_BROKER = ("simulator", "qmt", "qmt-remote", "miniqmt")
_NEEDED = {
    "local": ("local_data_dir",),
    "jqdata": ("jqdata_username", "jqdata_password"),
    "akshare": (),
    "tushare": ("tushare_token",),
}


def name_of_provider(settings: Settings) -> str:
    """The data provider that the settings choose; '' where data follows the broker or there is no plug-in."""
    chosen = settings.default_data_provider or ""
    name = _ALIASES.get(chosen, chosen)
    return name if name in PROVIDERS else ""


def provider_of(settings: Settings, today: Callable[[], date]) -> tuple[Provider | None, str]:
    """The chosen provider, or None and, where there is no plug-in for it, one line that says so.

    ConfigError, one line with the remedy, where a setting, the folder or the library is missing. The library itself is
    imported, and the account logged in, when data is first asked for. ``today`` is the wall clock's day.
    """
    name, chosen = name_of_provider(settings), settings.default_data_provider or ""
    if not name:
        unknown = chosen and chosen not in _OF_THE_BROKER
        note = f"数据源 {chosen} 没有插件，按未设置处理；可用：{'、'.join(PROVIDERS)} [NO_PLUGIN]"
        return None, note if unknown else ""
    lacking = [field.upper() for field in _NEEDED[name] if getattr(settings, field) is None]
    if lacking:
        raise ConfigError(f"DEFAULT_DATA_PROVIDER={chosen} 还需要设置 {'、'.join(lacking)} [PROVIDER_SETTING_MISSING]")
    library = LIBRARIES[name]
    if name != "local" and find_spec(library) is None:
        remedy = f"请运行 pip install 'bullet-bus[{name}]'"
        raise ConfigError(f"DEFAULT_DATA_PROVIDER={chosen} 需要 {library}，它没有安装：{remedy} [LIBRARY_MISSING]")
    cache = settings.data_cache_dir or settings.runtime_dir / "data_cache"
    if name == "local":
        return _folder(settings, cache), ""
    from services.strategy.providers.cache import Cached

    return Cached(_plug_in(name, settings), cache, today), ""


def _folder(settings: Settings, cache: Path) -> Provider:
    from services.strategy.providers.local import LocalFolder

    folder = settings.local_data_dir
    assert folder is not None, "checked before"
    if not folder.is_dir():
        raise ConfigError(f"LOCAL_DATA_DIR={folder} 不是文件夹：请改正路径，或建立该文件夹 [DATA_DIR_MISSING]")
    return LocalFolder(folder, cache)


def _plug_in(name: str, settings: Settings) -> Provider:
    """The libraries are imported by the plug-ins themselves, when data is first asked for."""
    match name:
        case "jqdata":
            from services.strategy.providers.jqdata_sdk import JoinQuant

            return JoinQuant(settings.jqdata_username or "", _secret(settings.jqdata_password))
        case "akshare":
            from services.strategy.providers.akshare_web import AkShare

            return AkShare()
        case "tushare":
            from services.strategy.providers.tushare_pro import Tushare

            return Tushare(_secret(settings.tushare_token))
    raise AssertionError(f"no plug-in {name}")


def _secret(value: SecretStr | None) -> str:
    assert value is not None, "checked before"
    return value.get_secret_value()

"""The accounts of a run: the simulator's one, or those at the real broker that the settings name."""

from __future__ import annotations

from cli.refusal import Refused, coded
from common.run import RunAccount
from common.settings import DEFAULT_ALIAS, Settings, require_broker

SIMULATOR, QMT, QMT_REMOTE = "simulator", "qmt", "qmt-remote"


def check_broker(settings: Settings) -> None:
    """Refused where the broker lacks a setting."""
    with coded("MISSING_SETTING"):
        require_broker(settings)


def mode_of(settings: Settings) -> str:
    return SIMULATOR if settings.default_broker == SIMULATOR else settings.live_mode


def accounts_of(settings: Settings) -> tuple[RunAccount, ...]:
    """All accounts at the real broker; none for the simulator. Refused where one has no data folder."""
    if settings.default_broker == SIMULATOR:
        return ()
    default = str(settings.qmt_data_path or "")
    if settings.qmt_server_accounts:
        return tuple(
            RunAccount(one.alias, one.account_id, one.account_type, one.path or default)
            for one in settings.qmt_server_accounts
        )
    return (RunAccount(DEFAULT_ALIAS, str(settings.qmt_account_id), settings.qmt_account_type, default),)


def account_of(settings: Settings) -> str:
    """The alias the strategy trades: QMT_SERVER_ACCOUNT_KEY where there are several, else the first."""
    if settings.default_broker == SIMULATOR:
        return settings.simulator_account_id
    aliases = [one.alias for one in accounts_of(settings)]
    key = settings.qmt_server_account_key
    if key and key not in aliases:
        raise Refused("UNKNOWN_ACCOUNT", f"QMT_SERVER_ACCOUNT_KEY={key} 不在账户 {'、'.join(aliases)} 之中")
    return key or aliases[0]

"""Opening state.db: made if it is new, migrated if it is old, refused if it is newer, damaged or not ours."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

from sqlalchemy import URL, Connection, create_engine, insert, inspect, select, update
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import NullPool

from common.errors import ConfigError, JournalUnwritable
from services.state import tables as t


def open_database(path: Path) -> Connection:
    """The one writing connection; ConfigError, one line, where a person must look first, and JournalUnwritable where
    the disk refuses."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise JournalUnwritable(f"{path} 无法打开：{error.strerror}") from error
    with _connected(path) as connection:
        # A killed process keeps every commit; a power loss may take the last ones, and the streams send them again.
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        connection.exec_driver_sql("PRAGMA synchronous=NORMAL")
        if _is_empty(connection):
            _make(connection)
        else:
            _check_whole(connection, path)
            migrate(connection, path, t.FORMAT, t.MIGRATIONS)
        connection.commit()
        return connection


def _is_empty(connection: Connection) -> bool:
    """A file that is new, or whose making was cut short."""
    return connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar() == 0


def _make(connection: Connection) -> None:
    """All tables and the format in one transaction: a kill or a power loss leaves an empty file or a whole one."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    t.metadata.create_all(connection)
    connection.execute(insert(t.meta).values(key="format", value=str(t.FORMAT)))


def open_read_only(path: Path) -> Connection:
    """A connection that cannot write, beside a running stack or without; ConfigError also where there is no file."""
    if not path.exists():
        raise ConfigError(f"没有状态库 {path}：还没有运行过，或 RUNTIME_DIR 不对")
    with _connected(path) as connection:
        connection.exec_driver_sql("PRAGMA query_only=ON")
        found = found_format(connection, path)
        if found != t.FORMAT:
            text = f"状态库 {path} 的格式版本为 {found}，本程序读 {t.FORMAT}"
            raise ConfigError(f"{text}：先用本程序启动一次以升级，或升级程序")
        return connection


def found_format(connection: Connection, path: Path) -> int:
    """The format version the file says it has."""
    if not inspect(connection).has_table("meta"):
        raise ConfigError(f"{path} 不是本程序的状态库：请移走该文件后重新启动")
    value = connection.execute(select(t.meta.c.value).where(t.meta.c.key == "format")).scalar()
    if value is None or not str(value).isdigit():
        raise ConfigError(f"状态库 {path} 没有格式版本：请移走该文件后重新启动")
    return int(value)


def migrate(connection: Connection, path: Path, target: int, steps: Mapping[int, tuple[str, ...]]) -> None:
    """Bring an older file to `target`, one version at a time, in one transaction, after a copy beside it was made."""
    found = found_format(connection, path)
    if found > target:
        raise ConfigError(f"状态库 {path} 的格式版本 {found} 比本程序的 {target} 新：请升级程序，或换一个 RUNTIME_DIR")
    if found == target:
        return
    missing = [version for version in range(found, target) if version not in steps]
    if missing:
        raise ConfigError(f"状态库 {path} 的格式版本 {found} 太旧，无法升级到 {target}：请移走该文件后重新启动")
    _back_up(connection, path.with_name(f"{path.name}.v{found}.bak"))
    # The driver begins a transaction by itself only before a change of rows, not before one of tables.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    for version in range(found, target):
        for statement in steps[version]:
            connection.exec_driver_sql(statement)
    connection.execute(update(t.meta).where(t.meta.c.key == "format").values(value=str(target)))
    connection.commit()


def _back_up(connection: Connection, backup: Path) -> None:
    """What an interrupted earlier attempt left is replaced: the file is still of the old version."""
    backup.unlink(missing_ok=True)
    connection.commit()
    connection.exec_driver_sql("VACUUM INTO ?", (str(backup),))


@contextlib.contextmanager
def _connected(path: Path) -> Iterator[Connection]:
    """A connection that is closed again where its file turns out to be unusable."""
    url = URL.create("sqlite+pysqlite", database=str(path))
    with contextlib.ExitStack() as stack:
        try:
            yield stack.enter_context(create_engine(url, poolclass=NullPool).connect())
        except DatabaseError as error:
            if isinstance(error, OperationalError) and is_refusal(error, path):
                raise JournalUnwritable(f"{path} 无法打开：{error.orig}") from error
            raise ConfigError(f"状态库 {path} 无法打开（{error.orig}）：请移走该文件或恢复备份后重新启动") from error
        stack.pop_all()


def is_refusal(error: OperationalError, path: Path) -> bool:
    """Whether the disk said no and may say yes later, to the file or to one that has to stand beside it."""
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
    refused = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY)
    return code in refused or (code == sqlite3.SQLITE_CANTOPEN and not path.is_dir())


def _check_whole(connection: Connection, path: Path) -> None:
    said = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    if said != "ok":
        raise ConfigError(f"状态库 {path} 已损坏（{str(said).splitlines()[-1]}）：请移走该文件或恢复备份后重新启动")

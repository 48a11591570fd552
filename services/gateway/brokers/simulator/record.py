"""The simulated broker's own file: what happened there today, apart from the stack's journals as a real broker's is."""

from __future__ import annotations

from pathlib import Path

from common import messages as m
from common.errors import JournalDamaged, JournalUnwritable, WireError
from common.journal import Journal
from common.wire import decode_message, encode
from sim.exchange import Event

_EVENTS = m.PlaceAtBroker | m.BrokerOrder | m.BrokerFill | m.BrokerDay | m.Ticks


class Record:
    """Events since the day's opening statement, which is the first of them."""

    def __init__(self, path: Path, account: str) -> None:
        self._path = path
        self._header: dict[str, str | int] = {"kind": "simulator", "account": account}
        self._journal: Journal | None = None
        self._pending: list[bytes] = []

    def open(self) -> list[Event]:
        """The events on file; none where the account is new. Raises JournalDamaged."""
        self._journal, payloads = Journal.open(self._path, self._header)
        return [self._event(payload) for payload in payloads]

    def append(self, event: Event) -> None:
        self._pending.append(encode(event))

    def commit(self) -> None:
        """Hand what was appended to the operating system, which keeps it whatever happens to this process.

        Raises JournalUnwritable; what was appended is then tried again by the next commit.
        """
        if not self._pending:
            return
        journal = self._file
        for payload in self._pending:
            journal.append(payload)
        journal.commit(sync=False)
        self._pending.clear()

    def start_day(self, day: m.BrokerDay) -> None:
        """Begin the file anew with a day's opening statement; a kill leaves the old file or the new one, whole."""
        try:
            self._replace(encode(day))
        except OSError as e:
            raise JournalUnwritable(f"{self._path.name} 无法换成新交易日的文件：{e.strerror}") from e
        self._pending.clear()

    def _replace(self, payload: bytes) -> None:
        fresh = self._path.with_name(self._path.name + ".new")
        fresh.unlink(missing_ok=True)
        journal, _ = Journal.open(fresh, self._header)
        journal.append(payload)
        journal.commit(sync=True)
        journal.close()
        # Windows replaces no file that is open.
        self.close()
        fresh.replace(self._path)

    def close(self) -> None:
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    @property
    def _file(self) -> Journal:
        if self._journal is None:
            self._journal, _ = Journal.open(self._path, self._header)
        return self._journal

    def _event(self, payload: bytes) -> Event:
        try:
            event = decode_message(payload)
        except WireError as e:
            raise JournalDamaged(f"{self._path} 中有无法识别的记录，已停止：{e}") from e
        if not isinstance(event, _EVENTS):
            raise JournalDamaged(f"{self._path} 中有不属于模拟柜台的记录 {type(event).__name__}，已停止")
        return event


def open_account(path: Path, account: str, day: m.BrokerDay) -> None:
    """Begin the file of an account that starts with the cash and holdings of ``day``, with no order and no fill.

    Raises JournalUnwritable, and JournalDamaged where something else stands there.
    """
    record = Record(path, account)
    opening = m.BrokerDay(account, day.trading_day, [], [], day.cash_e4, day.holdings, True, day.at_ns)
    try:
        record.start_day(opening)
    finally:
        record.close()

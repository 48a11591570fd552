"""dry_run: each account begins as the real one stood, and is matched by the simulator from then on; nothing is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from common import messages as m
from services.gateway.brokers import Broker, BrokerReport, BrokerRequest
from services.gateway.brokers.simulator import Simulator, open_account

Note = Callable[[str], None]


class ShadowBroker:
    """A ``Matcher`` for several accounts.

    ``real`` is only ever asked for statements, and once for each account that has no file yet (``file_of``): the shadow
    account opened from it lives on its own file from then on, over restarts and days, and whatever happens to the real
    account changes it no more. ``open_simulator`` opens the account of an alias from that file.
    """

    def __init__(
        self, real: Broker, file_of: dict[str, Path], open_simulator: Callable[[str, Path], Simulator], note: Note
    ) -> None:
        self._real, self._file_of, self._open_simulator, self._note = real, file_of, open_simulator, note
        self._simulators: dict[str, Simulator] = {}
        self._opening: dict[str, m.BrokerDay] = {}  # told by the real broker, and not on file yet
        self._clock: tuple[int, int] = (0, 0)
        self._out: list[BrokerReport] = []

    # -- Broker ----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Raises ConfigError where an account's file is damaged, or the real broker cannot be reached at all."""
        for alias, path in self._file_of.items():
            if path.exists():
                self._open(alias)
        self._real.start()

    def request(self, request: BrokerRequest) -> None:
        account = request.order.account if isinstance(request, m.PlaceAtBroker) else request.account
        self._simulators[account].request(request)

    def reports(self) -> list[BrokerReport]:
        self._hear_real()
        self._open_told()
        return self._taken(simulator.reports() for simulator in self._simulators.values())

    def said(self) -> list[BrokerReport]:
        return self._taken(simulator.said() for simulator in self._simulators.values())

    def close(self) -> None:
        for simulator in self._simulators.values():
            simulator.close()
        self._real.close()

    # -- the real account ------------------------------------------------------------------------------------------

    def _hear_real(self) -> None:
        for report in self._real.reports():
            account = report.account
            if account in self._simulators or account in self._opening:
                if isinstance(report, m.BrokerLink):
                    self._note(f"真实账户 {account}：{report.text}（模拟撮合不受影响）")
                continue
            match report:
                case m.BrokerLink(up=True):
                    self._real.request(m.AskBroker(account))
                case m.BrokerLink():
                    self._out.append(report)
                case m.BrokerDay():
                    self._opening[account] = report

    def _open_told(self) -> None:
        """Where the disk refuses, it is tried again with the next reports; JournalUnwritable says so."""
        for account, day in list(self._opening.items()):
            open_account(self._file_of[account], account, day)
            del self._opening[account]
            self._open(account)
            held = sum(1 for holding in day.holdings if holding.qty)
            cash = f"{day.cash_e4 / 10_000:,.2f}"
            self._note(f"模拟账户 {account} 已按真实账户建立：现金 {cash}，持仓 {held} 只；此后与真实账户无关")

    def _open(self, account: str) -> None:
        simulator = self._simulators[account] = self._open_simulator(account, self._file_of[account])
        simulator.start()
        now_ns, trading_day = self._clock
        if trading_day:
            simulator.on_clock(now_ns, trading_day)

    # -- SimulatedMarket -------------------------------------------------------------------------------------------

    def on_clock(self, now_ns: int, trading_day: int) -> None:
        self._clock = now_ns, trading_day
        for simulator in self._simulators.values():
            simulator.on_clock(now_ns, trading_day)

    def on_quotes(self, quotes: tuple[m.Quote, ...], now_ns: int) -> None:
        for simulator in self._simulators.values():
            simulator.on_quotes(quotes, now_ns)

    def wants(self) -> list[str]:
        return sorted({symbol for simulator in self._simulators.values() for symbol in simulator.wants()})

    def end_day(self) -> None:
        for simulator in self._simulators.values():
            simulator.end_day()

    def no_quote(self, symbol: str) -> None:
        for simulator in self._simulators.values():
            simulator.no_quote(symbol)

    # -- after a restart -------------------------------------------------------------------------------------------

    @property
    def resume_from_ns(self) -> int:
        times = [simulator.resume_from_ns for simulator in self._simulators.values()]
        return min((time_ns for time_ns in times if time_ns), default=0)

    def resting_symbols(self) -> list[str]:
        return sorted({symbol for simulator in self._simulators.values() for symbol in simulator.resting_symbols()})

    def caught_up(self) -> None:
        for simulator in self._simulators.values():
            simulator.caught_up()

    def _taken(self, parts: Iterable[list[BrokerReport]]) -> list[BrokerReport]:
        out, self._out = self._out, []
        return out + [report for part in parts for report in part]

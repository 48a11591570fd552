"""The account of a finished run as each of its keepers wrote it down, read from their own files."""

import dataclasses
import pickle
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from cli import accounts
from cli.programs import RUN_FILE
from common import journal, journals, wire
from common import messages as m
from common.clock import MarketTime
from common.orders import FINAL, Status
from common.process import fees_of
from common.recovery import recover
from common.run import Run, read_run
from common.session import Session
from common.settings import Settings, load
from services.risk.core import RiskCore


@dataclasses.dataclass(frozen=True)
class Account:
    """Cash in 1/10,000 yuan and shares by symbol."""

    cash_e4: int
    held: dict[str, int]


class Books:
    """What is left in a runtime folder after a run."""

    def __init__(self, runtime: Path) -> None:
        self.runtime = runtime
        self.run: Run = read_run(runtime / RUN_FILE)
        self.settings: Settings = load(None, {}, self.run.settings).settings

    # -- accounts ------------------------------------------------------------------------------------------------

    def accounts(self) -> dict[str, Account]:
        """By keeper; the strategy's from ``g.cash`` and ``g.held``, where its file wrote them."""
        broker = accounts.from_simulator(self.run, self.settings)
        g = self.g()
        return self.kept() | {
            "simulator": _account(broker.cash_e4, broker.holdings),
            "strategy": Account(round(g["cash"] * 10_000), g["held"]),
        }

    def kept(self) -> dict[str, Account]:
        """What our own processes have on file, whoever the broker is."""
        gateway = accounts.from_gateway(self.run, self.settings, self.runtime)
        state = accounts.from_state(self.runtime, self.run.account, 0)
        assert state is not None, "state.db has no day"
        risk = self._risk().desks[self.run.account].book
        return {
            "gateway": _account(gateway.cash_e4, gateway.holdings),
            "state.db": _account(state.cash_e4, state.holdings),
            "risk": _account(risk.cash_e4, [position.holding() for position in risk.positions.values()]),
        }

    def g(self) -> dict[str, Any]:
        """The strategy's own memory."""
        return pickle.loads((self.runtime / "g.pkl").read_bytes())

    def _risk(self) -> RiskCore:
        limits = {self.run.account: self.settings.limits(self.run.account)}
        core = RiskCore(limits, fees_of(self.settings))
        session = Session("risk", core, (self.run.account,), MarketTime(simulated=True), 0)
        for payload in self._payloads("risk"):
            recover(session, payload)
        return core

    # -- orders --------------------------------------------------------------------------------------------------

    def sent(self) -> list[m.Order]:
        """Every order the strategy's journal says it sent."""
        steps = map(wire.decode_step, self._payloads(f"strategy.{self.run.strategy_id}"))
        frames = (wire.decode_frame(bytes(raw)) for step in steps for raw in step.frames)
        messages = (wire.decode_body(f.channel, f.body) for f in frames if isinstance(f, wire.Command))
        return [message.order for message in messages if isinstance(message, m.SubmitOrder)]

    def at_broker(self) -> list[m.Message]:
        """The simulated broker's own record of its day, oldest first."""
        payloads = journal.read(self.runtime / f"simulator-{self.run.account}.journal")
        next(payloads)
        return [wire.decode_message(payload) for payload in payloads]

    def placed(self) -> list[str]:
        """The ids of all orders that came to the broker, each as often as it came."""
        return [event.order.client_order_id for event in self.at_broker() if isinstance(event, m.PlaceAtBroker)]

    def statement(self) -> m.BrokerDay:
        return accounts.from_simulator(self.run, self.settings)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Of state.db."""
        with closing(sqlite3.connect(self.runtime / "state.db")) as database:
            return database.execute(query).fetchall()

    def _payloads(self, process: str) -> Iterator[bytes]:
        """Of all its days, without headers."""
        for path in journals.days(self.runtime / "journals", process).values():
            payloads = journal.read(path)
            next(payloads)
            yield from payloads

    # -- what must be true ---------------------------------------------------------------------------------------

    def check(self) -> None:
        """No order was placed twice, none is without an outcome, and all keepers agree to the fen."""
        placed = self.placed()
        assert len(placed) == len(set(placed)), "an order came to the broker twice"
        day = self.statement().trading_day  # the broker's own file has no other
        rows = self.rows("select client_order_id, status, cum_qty from orders")
        of_day = {key for (key,) in self.rows(f"select client_order_id from orders where trading_day = {day}")}
        status = {key: Status(text) for key, text, _ in rows}
        open_ids = [key for key, last in status.items() if last not in FINAL]
        assert not open_ids, f"without an outcome: {open_ids}"
        decided = self.rows("select client_order_id from decisions where decision in ('approved', 'denied')")
        assert sorted(key for (key,) in decided) == sorted(status), "an order is approved or denied, once"
        lost = {order.client_order_id for order in self.sent()} - status.keys()
        assert not lost, f"sent and nothing is known of them: {lost}"
        broker = {row.client_order_id: (row.status, row.cum_qty) for row in self.statement().orders}
        known = {key: (text, qty) for key, text, qty in rows if key in broker}
        assert known == broker
        assert set(placed) == set(broker)
        unplaced = {key for key in of_day - broker.keys() if status[key] not in (Status.DENIED, Status.EXPIRED)}
        assert not unplaced, f"ended as if the broker had had them: {unplaced}"
        found = self.accounts()
        assert all(account == found["simulator"] for account in found.values()), found


def _account(cash_e4: int, holdings: list[m.Holding]) -> Account:
    return Account(cash_e4, {holding.symbol: holding.qty for holding in holdings if holding.qty})

"""One account from each of its books, as the same snapshot: the gateway's, state's, a strategy's, the simulator's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from common import messages as m
from common.clock import MarketTime
from common.history_rows import fill_of, holding_of, order_state
from common.portfolio import Book
from common.process import fees_of
from common.run import Run
from common.settings import Settings, to_e4

if TYPE_CHECKING:
    from common.wire import Step

STATE_DB = "state.db"


def from_state(runtime_dir: Path, account: str, trading_day: int) -> m.AccountSnapshot | None:
    """What state.db has of a day (0: its newest); None where it has none. ConfigError where it cannot be read."""
    from services.state.reading import read_rows

    path = runtime_dir / STATE_DB

    def read(ask: m.GetRows) -> m.Rows:
        found = read_rows(path, ask)
        assert isinstance(found, m.Rows), f"state.db has no {ask.table}"
        return found

    return from_rows(read, account, trading_day)


def from_rows(read: Callable[[m.GetRows], m.Rows], account: str, trading_day: int) -> m.AccountSnapshot | None:
    """A day as state's tables have it, wherever they are read; None where they have none."""

    def rows(table: str, day: int) -> list[dict[str, object]]:
        found = read(m.GetRows(table, account, day, 0))
        return [dict(zip(found.columns, row, strict=True)) for row in found.rows]

    cash = rows("account", trading_day)
    if not cash:
        return None
    of_day = cash[-1]
    day = int(str(of_day["trading_day"]))
    return m.AccountSnapshot(
        account=str(of_day["account"]),
        trading_day=day,
        opening_cash_e4=int(str(of_day["opening_cash_e4"])),
        opening_value_e4=int(str(of_day["opening_value_e4"])),
        cash_e4=int(str(of_day["cash_e4"])),
        holdings=[holding_of(row) for row in rows("positions", day)],
        orders=[order_state(row) for row in rows("orders", day)],
        fills=[fill_of(row) for row in rows("fills", day)],
        mode="",
        link_up=bool(of_day["link_up"]),
        at_ns=int(str(of_day["at_ns"])),
    )


def with_denied(orders: list[m.OrderState], rows: m.Rows) -> list[m.OrderState]:
    """The gateway's orders with those of state's that never came to the gateway, at the times they were made."""
    known = {state.order.client_order_id for state in orders}
    told = [order_state(dict(zip(rows.columns, row, strict=True))) for row in rows.rows]
    others = [state for state in told if state.order.client_order_id not in known]
    return sorted([*orders, *others], key=lambda state: state.order.created_ns)


def from_gateway(run: Run, settings: Settings, runtime_dir: Path) -> m.AccountSnapshot:
    """The gateway's book, folded from its journal as the gateway itself does after a restart."""
    from common import journal, journals
    from common.recovery import recover
    from common.session import Session
    from services.gateway.core import GatewayCore

    core = GatewayCore((run.account,), fees_of(settings), run.mode)
    market = MarketTime(simulated=run.simulated)
    session = Session("gateway", core, (run.account,), market, 0)
    if last := journals.newest(runtime_dir / "journals", "gateway"):
        payloads = journal.read(last[1])
        next(payloads, None)
        for payload in payloads:
            recover(session, payload)
    return core.books[run.account].snapshot(run.mode, market.now_ns)


def from_strategy(run: Run, settings: Settings) -> m.AccountSnapshot:
    """The strategy's own book, folded from its journal: what it heard of a stack on another machine."""
    from common import journal, journals
    from common.wire import decode_step

    book, now_ns = Book(run.account, fees_of(settings)), 0
    if last := journals.newest(settings.runtime_dir / "journals", f"strategy.{run.strategy_id}"):
        payloads = journal.read(last[1])
        next(payloads, None)
        for step in map(decode_step, payloads):
            now_ns = max(now_ns, step.now_ns)
            for message in _facts(step):
                if isinstance(message, m.AccountSnapshot):
                    book.restore(message)
                else:
                    book.apply(message)
    return book.snapshot(run.mode, now_ns)


def _facts(step: Step) -> Iterator[m.Message]:
    """What a step of a strategy says of its account: what it heard, and what it took over from the day before."""
    from common import wire

    if not step.local:
        match wire.decode_frame(bytes(step.input)):
            case wire.Event(channel=channel, body=body):
                yield wire.decode_body(channel, body)
            case wire.State(body=body):
                yield wire.decode_answer(body)
    for effect in step.effects:
        yield wire.decode_message(effect)


def from_simulator(run: Run, settings: Settings) -> m.BrokerDay:
    """The simulated broker's own statement, from its own file, which is only read."""
    from common import journal
    from common.wire import decode_message
    from sim.exchange import Event, Exchange

    exchange = Exchange(run.account, to_e4(settings.simulator_initial_cash), fees_of(settings))
    payloads = journal.read(settings.runtime_dir / f"simulator-{run.account}.journal")
    next(payloads, None)
    for payload in payloads:
        event = decode_message(payload)
        assert isinstance(event, Event), f"the simulator wrote down {event}"
        exchange.apply(event)
    return exchange.statement(0)

"""One account from each of its books, as the same snapshot: the gateway's, state's, and the simulator's own file."""

from __future__ import annotations

from pathlib import Path

from common import messages as m
from common.clock import MarketTime
from common.process import fees_of
from common.run import Run
from common.settings import Settings, to_e4

STATE_DB = "state.db"


def from_state(runtime_dir: Path, account: str, trading_day: int) -> m.AccountSnapshot | None:
    """What state.db has of a day (0: its newest); None where it has none. ConfigError where it cannot be read."""
    from services.state.reading import read_rows
    from services.state.rows import fill_of, holding_of, order_state

    path = runtime_dir / STATE_DB

    def rows(table: str, day: int) -> list[dict[str, object]]:
        found = read_rows(path, m.GetRows(table, account, day, 0))
        assert isinstance(found, m.Rows), f"state.db has no {table}"
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
    from services.state.rows import order_state

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

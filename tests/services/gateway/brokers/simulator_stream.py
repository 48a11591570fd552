"""A process that trades at the simulator without end and prints what it hears, to be killed at some instant."""

import sys
from itertools import count
from pathlib import Path

from common import messages as m
from common.beijing import SECOND_NS, at
from common.fees import FeeSchedule
from services.gateway.brokers.simulator import Simulator
from tests.sim.exchange_stage import BANK, DAY, a_quote, levels, number


def an_order(key: str, side: m.Side, qty: int, price_e4: int, now_ns: int) -> m.PlaceAtBroker:
    return m.PlaceAtBroker(m.Order(key, "main", "s", BANK, side, m.OrderType.LIMIT, qty, price_e4, now_ns, now_ns))


def run(path: Path) -> None:
    """Three orders a second of market time: one that fills, one that rests and is cancelled, one that rests."""
    simulator = Simulator(path, "main", 10**12, FeeSchedule())
    simulator.start()
    simulator.on_clock(at(DAY, "9:30"), number(DAY))
    start_ns = at(DAY, "9:31")
    for second in count():
        now_ns = start_ns + second * SECOND_NS // 100
        quote = a_quote("9:31", 10.0, second * 100, bids=levels((9.99, 500)), asks=levels((10.01, 300)))
        fields = {name: getattr(quote, name) for name in quote.__struct_fields__}
        simulator.on_quotes((m.Quote(**{**fields, "at_ns": now_ns}),), now_ns)
        simulator.request(an_order(f"f{second}", m.Side.BUY, 100, 100_100, now_ns))
        simulator.request(an_order(f"c{second}", m.Side.BUY, 100, 99_500, now_ns))
        simulator.request(an_order(f"r{second}", m.Side.BUY, 100, 100_000, now_ns))
        simulator.request(m.CancelAtBroker("main", f"c{second}", ""))
        for report in simulator.reports():
            if isinstance(report, m.BrokerFill):
                sys.stdout.write(f"fill {report.fill_id} {report.client_order_id} {report.qty} {report.fee_e4}\n")
            elif isinstance(report, m.BrokerOrder):
                sys.stdout.write(f"order {report.venue_order_id} {report.client_order_id} {report.status}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    run(Path(sys.argv[1]))

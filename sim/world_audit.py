"""The world's own books: what crossed the broker's border and what followers were told, against each other."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

from common import messages as m
from common import wire
from common.beijing import clock_text
from common.orders import Status
from common.portfolio import Book
from services.risk.counters import counted
from services.state.store import Store
from sim.world_broker import ACCOUNT, Entry, WorldBroker
from sim.world_disk import Disk
from sim.world_faults import PROCESSES, Traits
from sim.world_history import Account, History, Told
from sim.world_market import market_time_of
from sim.world_state import StateDisk

STRATEGY = "strategy.world"


class Violation(Exception):
    """A promise was broken."""


@dataclasses.dataclass
class Clock:
    """What quotes has published: time does not go back, and one number is given to one thing only."""

    now_ns: int = 0
    said: dict[tuple[int, int], bytes] = dataclasses.field(default_factory=dict)

    def hears(self, data: bytes, *, power_lost: bool) -> None:
        """After a power loss what its record has lost is told anew, otherwise."""
        frame = wire.decode_frame(data)
        assert isinstance(frame, wire.Quoted), f"quotes published {frame}"
        known = self.said.get((frame.number, frame.part))
        if known is None:
            at_ns = market_time_of(wire.decode_body(frame.channel, frame.body))
            if at_ns < self.now_ns and not power_lost:
                raise Violation(f"the market's time goes back to {clock_text(at_ns)}")
            self.now_ns = max(self.now_ns, at_ns)
            self.said[frame.number, frame.part] = data
        elif known != data and not power_lost:
            raise Violation(f"quotes uses number {frame.number} twice")


@dataclasses.dataclass
class Auditor:
    """Raises ``Violation`` at the border; ``open_points`` says what is not right yet once the faults have stopped."""

    broker: WorldBroker
    traits: Traits
    now_ns: Callable[[], int]
    gateway_disk: Disk
    state_disk: StateDisk
    submitted: dict[str, m.Order] = dataclasses.field(default_factory=dict)
    arrived: dict[str, m.Order] = dataclasses.field(default_factory=dict)
    # Cancels by the number and id under which the strategy asked, as (run, seq) of what was sent and what was approved.
    asked: dict[tuple[int, str], set[tuple[int, int]]] = dataclasses.field(default_factory=dict)
    approved: dict[tuple[int, str], set[tuple[int, int]]] = dataclasses.field(default_factory=dict)
    market: Clock = dataclasses.field(default_factory=Clock)
    state_was: Told = dataclasses.field(default_factory=Told)
    power_lost: bool = False
    hand_used: bool = False

    # -- what crosses the borders --------------------------------------------------------------------------------

    def hears(self, sender: str, target: str, data: bytes) -> m.Order | None:
        """A frame leaves a process; the order in it where it places one for the first time."""
        if sender == "quotes" and target[0] == "*" and self.traits.is_simulated:
            self.market.hears(data, power_lost=self.power_lost)
            return None
        if target not in ("risk", "gateway") or sender not in ("risk", "strategy.world"):
            return None
        frame = wire.decode_frame(data)
        if not isinstance(frame, wire.Command):
            return None
        message = wire.decode_body(frame.channel, frame.body)
        match message:
            case m.SubmitOrder(order=order):
                before = self.submitted.setdefault(order.client_order_id, order)
                if before != order:
                    raise Violation(f"the strategy used {order.client_order_id} twice: {before} and {order}")
                return order if before is order else None
            case m.CancelOrder(client_order_id=key):
                self.asked.setdefault((frame.seq, key), set()).add((frame.run, frame.seq))
            case m.ApprovedCancel(client_order_id=key, approved_ns=approved_ns) if approved_ns:
                number = int(frame.cause.rpartition("/")[2])
                self.approved.setdefault((number, key), set()).add((frame.run, frame.seq))
        return None

    def told(self, data: bytes) -> None:
        """A frame arrives at state."""
        self.state_was.hear(data)

    def begins(self, store: Store) -> None:
        """A life of state has opened its file: rows and position were committed together."""
        if not self.power_lost and (points := list(self.state_was.apart(store))):
            raise Violation("; ".join(points[:3]))

    def arrives(self, order: m.Order) -> None:
        """The gateway hands an order over."""
        key, now_ns = order.client_order_id, self.now_ns()
        if key in self.arrived:
            raise Violation(f"{key} reaches the broker twice")
        if self.submitted.get(key) != order:
            raise Violation(f"{key} reaches the broker as {order}, the strategy sent {self.submitted.get(key)}")
        if now_ns > order.expire_ns:
            raise Violation(f"{key} reaches the broker {(now_ns - order.expire_ns) / 1e9:.3f} s after its expiry")
        if not self.gateway_disk.has_synced(key):
            raise Violation(f"{key} reaches the broker before it is on the gateway's disk")
        self.arrived[key] = order
        self._check_limits(order)

    def _check_limits(self, order: m.Order) -> None:
        """What has traded or may still trade of our orders, this one included, is within the day's limits."""
        ours = [e for e in self.broker.entries.values() if e.client_order_id and (e.is_open or e.cum_qty)]
        value_e4 = sum(e.value_e4 + e.leaves_qty * e.price_e4 for e in ours) + order.qty * order.price_e4
        if value_e4 > self.traits.value_max_e4:
            raise Violation(f"with {order.client_order_id} the day's value is {value_e4}")
        if len(ours) + 1 > self.traits.trades_max:
            raise Violation(f"{order.client_order_id} is the day's trade number {len(ours) + 1}")

    def placed(self, entry: Entry) -> None:
        """Risk knows cash and shares, with all in flight: the broker never has to say that they do not suffice."""
        if entry.reason in ("CASH_NOT_ENOUGH", "SELLABLE_NOT_ENOUGH") and not self.hand_used:
            raise Violation(f"the broker refuses {entry.client_order_id}: {entry.reason}")

    # -- when the faults have stopped ----------------------------------------------------------------------------

    def open_points(self, cores: dict[str, Any]) -> list[str]:
        """What is not right (yet); ``cores`` are the living ones by process."""
        missing = [name for name in (*PROCESSES, "quotes") if name not in cores]
        if missing:
            return [f"{name} is down" for name in missing]
        if self.traits.is_simulated and not cores["quotes"].finished:
            return [_clock_stands(cores["quotes"])]
        desk, book = cores["risk"].desks[ACCOUNT], cores["gateway"].books[ACCOUNT]
        gateway = Account.of_book(book)
        books = {"risk": desk.book, "state": cores["state"].books.get(ACCOUNT), "strategy": cores[STRATEGY]._rt.book}
        points = [*self._outcomes(book, desk.denied), *(f"gateway: {text}" for text in self._against_broker(gateway))]
        for who, other in books.items():
            account = Account.of_book(other or Book(ACCOUNT, self.broker.fees))
            points += [f"{who}: {text}" for text in self._against_broker(account)]
            points += [f"{who}: {text}" for text in _against_gateway(account, gateway)]
        points += self._counters(desk)
        return points or [f"state.db: {text}" for text in self._on_file(gateway)]

    def _on_file(self, gateway: Account) -> Iterator[str]:
        """What a user would read there."""
        history = History(self.state_disk.path)
        if len(history.tables["account"]) != 1:
            yield f"there are {len(history.tables['account'])} rows of the account"
            return
        account = history.account()
        yield from self._against_broker(account)
        yield from _against_gateway(account, gateway)
        yield from self.state_was.open_points(history, power_lost=self.power_lost)

    def _outcomes(self, book: Book, denied: dict[str, m.OrderDenied]) -> Iterator[str]:
        """Every order that was placed has one truthful end."""
        listed = {e.tag for e in self.broker.entries.values()}
        at_broker = {e.client_order_id: e for e in self.broker.entries.values() if e.client_order_id}
        for key in self.submitted:
            record = book.orders.get(key)
            if record is None:
                if key in at_broker and key in listed:
                    yield f"{key} stands at the broker and the gateway does not know it"
                elif key not in denied and not self.power_lost:
                    yield f"{key} has no outcome"
            elif key in denied and record.status is not Status.DENIED:
                yield f"{key} was denied and went to the gateway"
            elif record.status is Status.UNKNOWN:
                if key in listed:
                    yield f"{key} is unknown though the broker lists it"
            elif not record.is_settled:
                yield f"{key} is still {record.status}"
            elif key not in at_broker and (record.cum_qty or record.status is Status.FILLED):
                yield f"{key} never reached the broker and is {record.status}"
            elif key in at_broker and key not in listed:
                yield f"{key} is at the broker under another name and is told to be {record.status}"

    def _against_broker(self, account: Account) -> Iterator[str]:
        broker = self.broker
        truth = [(f.fill_id, f.venue_order_id, f.symbol, f.side, f.qty, f.price_e4) for f in broker.fills]
        if sorted(truth) != sorted(account.fills):
            yield f"fills differ: {len(account.fills)} here, {len(truth)} at the broker"
        if account.cash_e4 != broker.cash_e4:
            yield f"cash is {account.cash_e4}, {broker.cash_e4} at the broker"
        at_broker = {s: (qty, broker.today.get(s, 0)) for s, qty in broker.qty.items() if qty}
        if account.held != at_broker:
            yield f"positions are {account.held}, {at_broker} at the broker"
        for entry in broker.entries.values():
            key = entry.tag or f"foreign-{entry.venue_order_id}"
            kept = account.orders.get(key)
            if kept is None:
                yield f"{key} of the broker is not known"
            elif (kept.status, kept.cum_qty) != (entry.status, entry.cum_qty):
                yield f"{key} is {kept.status} {kept.cum_qty}, at the broker {entry.status} {entry.cum_qty}"

    def _counters(self, desk: Any) -> Iterator[str]:
        if desk.counters != counted(desk.book):
            yield f"risk counts {desk.counters}, from scratch {counted(desk.book)}"
        filled_e4 = sum(f.qty * f.price_e4 for f in self.broker.fills)
        if desk.counters.filled_e4 != filled_e4:
            yield f"risk counts {desk.counters.filled_e4} filled, the broker {filled_e4}"
        unknown = [r for r in desk.book.orders.values() if r.status is Status.UNKNOWN]
        traded = sum(1 for e in self.broker.entries.values() if e.cum_qty) + len(unknown)
        if desk.counters.trades != traded:
            yield f"risk counts {desk.counters.trades} trades, there are {traded}"
        open_e4 = sum(r.leaves_qty * r.order.price_e4 for r in unknown)
        if desk.counters.open_e4 != open_e4:
            yield f"risk counts {desk.counters.open_e4} open, there is {open_e4}"
        approved = sum(map(len, self.approved.values()))
        if not self.power_lost and desk.cancels.count != approved:
            yield f"risk counts {desk.cancels.count} cancels, it approved {approved}"
        for (number, key), sent in self.approved.items():
            if not self.power_lost and len(sent) > len(self.asked.get((number, key), ())):
                yield f"cancel {number} of {key} was decided {len(sent)} times"


def _against_gateway(account: Account, gateway: Account) -> Iterator[str]:
    for key, kept in gateway.orders.items():
        other = account.orders.get(key)
        if other is None:
            yield f"{key} of the gateway is not known"
        elif other != kept:
            yield f"{key} is {other}, at the gateway {kept}"
    for key, kept in account.orders.items():
        if key not in gateway.orders and not kept.is_final:
            yield f"{key} is {kept.status}, and the gateway does not have it"


def _clock_stands(quotes: Any) -> str:
    where = "the run has ended" if quotes.run_ended else "the day has ended" if quotes.day_ended else "the day goes on"
    return f"the clock waits: {where}, at {clock_text(quotes.now_ns) if quotes.now_ns else 'no time'}"

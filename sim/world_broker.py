"""The world's broker: takes orders, trades them as chance has it, keeps its own books, and outlives every process."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from random import Random

from common import messages as m
from common.beijing import day_of
from common.fees import FeeSchedule, fill_fee_e4, order_fee_e4
from common.instruments import rules_of
from common.orders import FINAL, Status
from common.reasons import Reason, text_of
from sim.world_faults import Traits

ACCOUNT = "main"
CASH_E4 = 500_000 * 10_000
STOCK, OTHER, FUND = "600000.XSHG", "000001.XSHE", "511010.XSHG"
HELD = {STOCK: 3000, OTHER: 2000}
PRICES_E4 = {STOCK: 100_000, OTHER: 80_000, FUND: 1_000_000}
MILLISECOND_NS = 1_000_000

Later = Callable[[int, Callable[[], None]], None]
"""Do something so many ns from now."""


@dataclasses.dataclass(slots=True)
class Entry:
    """An order as the broker has it. ``tag`` is what it kept of the client's."""

    client_order_id: str  # "" for an order entered by hand
    tag: str
    venue_order_id: str
    symbol: str
    side: m.Side
    qty: int
    price_e4: int
    status: Status = Status.ACCEPTED
    cum_qty: int = 0
    value_e4: int = 0
    fee_e4: int = 0
    reason: str = ""

    @property
    def is_open(self) -> bool:
        return self.status not in FINAL

    @property
    def leaves_qty(self) -> int:
        return self.qty - self.cum_qty if self.is_open else 0


class WorldBroker:
    """``tell`` hands a report to whoever is connected. Its clock is the wall's, or in a simulated day what the gateway
    heard last (``market_ns``)."""

    def __init__(self, seed: int, traits: Traits, wall_ns: Callable[[], int], later: Later) -> None:
        self.seed, self.traits, self.wall_ns, self.later = seed, traits, wall_ns, later
        self.market_ns = 0
        self.tell: Callable[[m.BrokerOrder | m.BrokerFill | m.BrokerCancelRefused], None] = lambda report: None
        self.fees = FeeSchedule()
        self.cash_e4 = CASH_E4
        self.qty = dict(HELD)
        self.today: dict[str, int] = {}
        self.entries: dict[str, Entry] = {}  # by venue_order_id
        self.fills: list[m.BrokerFill] = []
        self.loses_tags = False
        self.is_calm = False

    # -- what is asked of it -------------------------------------------------------------------------------------

    def place(self, order: m.Order) -> Entry:
        tag = self._tag(order.client_order_id) if self.loses_tags else order.client_order_id
        return self._enter(order.client_order_id, tag, order.symbol, order.side, order.qty, order.price_e4)

    def place_by_hand(self, rng: Random) -> None:
        """Somebody uses the broker's own terminal."""
        symbol = rng.choice((STOCK, OTHER))
        side = rng.choice((m.Side.BUY, m.Side.SELL))
        self._enter("", "", symbol, side, 100 * rng.randint(1, 5), PRICES_E4[symbol])

    def cancel(self, request: m.CancelAtBroker) -> None:
        found = self.entries.get(request.venue_order_id) if request.venue_order_id else self._tagged(request)
        if found is None or not found.is_open:
            reason = Reason.ORDER_CLOSED if found else Reason.UNKNOWN_ORDER
            self.tell(m.BrokerCancelRefused(ACCOUNT, request.client_order_id, reason, text_of(reason), self.now_ns()))
        else:
            self._end(found, Status.CANCELLED, Reason.CANCELLED_BY_USER)

    def statement(self) -> m.BrokerDay:
        today = day_of(self.now_ns())
        return m.BrokerDay(
            account=ACCOUNT,
            trading_day=today.year * 10_000 + today.month * 100 + today.day,
            orders=[self._stated(entry) for entry in self.entries.values()],
            fills=list(self.fills),
            cash_e4=self.cash_e4,
            holdings=self._holdings(),
            # Where tags are lost, an order of ours that is not listed may well have arrived.
            complete=self.traits.tags == "kept",
            at_ns=self.now_ns(),
        )

    def now_ns(self) -> int:
        return self.market_ns if self.traits.is_simulated else self.wall_ns()

    def close_day(self) -> None:
        """What rests at the close ends."""
        for entry in self.entries.values():
            if entry.is_open:
                self._end(entry, Status.EXPIRED, Reason.DAY_ENDED)

    def calm_down(self) -> None:
        """From now on whatever rests trades or ends within seconds."""
        self.is_calm = True
        for entry in list(self.entries.values()):
            if entry.is_open:
                self.later(2_000 * MILLISECOND_NS, lambda entry=entry: self._finish(entry))  # type: ignore[misc]

    # -- what becomes of an order --------------------------------------------------------------------------------

    def _enter(self, key: str, tag: str, symbol: str, side: m.Side, qty: int, price_e4: int) -> Entry:
        venue_order_id = str(1000 + len(self.entries))
        entry = Entry(key, tag, venue_order_id, symbol, side, qty, price_e4)
        rng = Random(f"{self.seed}/order/{key or venue_order_id}")
        reason = self._lacks(entry) or (Reason.BROKER_REJECTED if rng.random() < 0.06 else "")
        self.entries[venue_order_id] = entry
        if reason:
            self._end(entry, Status.REJECTED, reason)
            return entry
        self.tell(self._stated(entry))
        self._plan_trades(entry, rng)
        return entry

    def _plan_trades(self, entry: Entry, rng: Random) -> None:
        """Most orders trade soon, in one or a few parts; some rest, and some rest after a part."""
        parts = rng.choice((1, 1, 2, 3)) if rng.random() < 0.8 else rng.choice((0, 1))
        at_ms = 0
        lots = entry.qty // 100
        for part in range(parts):
            at_ms += rng.choice((0, 1, 5, 40, 200, 400, 900, 1500, 2500))
            whole = part == parts - 1 and rng.random() < 0.85
            qty = entry.qty if whole else 100 * max(lots // (parts + 1), 1)
            self.later(at_ms * MILLISECOND_NS, lambda qty=qty: self._trade(entry, qty))  # type: ignore[misc]
        if self.is_calm:
            self.later(2_000 * MILLISECOND_NS, lambda: self._finish(entry))

    def _trade(self, entry: Entry, qty: int) -> None:
        qty = min(qty, entry.leaves_qty)
        if qty <= 0:
            return
        value_e4 = qty * entry.price_e4
        today = day_of(self.now_ns())
        fee_e4 = fill_fee_e4(entry.symbol, entry.side, entry.value_e4, value_e4, today, self.fees)
        entry.cum_qty += qty
        entry.value_e4 += value_e4
        entry.fee_e4 += fee_e4
        signed = qty if entry.side is m.Side.BUY else -qty
        self.qty[entry.symbol] = self.qty.get(entry.symbol, 0) + signed
        self.cash_e4 -= (value_e4 if signed > 0 else -value_e4) + fee_e4
        if signed > 0:
            self.today[entry.symbol] = self.today.get(entry.symbol, 0) + qty
        else:
            self.today[entry.symbol] = min(self.today.get(entry.symbol, 0), self.qty[entry.symbol])
        entry.status = Status.FILLED if entry.cum_qty == entry.qty else Status.PARTIALLY_FILLED
        self.fills.append(self._fill(entry, qty, fee_e4))
        self.tell(self.fills[-1])
        self.tell(self._stated(entry))

    def _finish(self, entry: Entry) -> None:
        if entry.is_open and entry.cum_qty == 0 and int(entry.venue_order_id) % 2:
            self._trade(entry, entry.qty)
        elif entry.is_open:
            self._end(entry, Status.EXPIRED, Reason.DAY_ENDED)

    def _end(self, entry: Entry, status: Status, reason: str) -> None:
        entry.status, entry.reason = status, reason
        self.tell(self._stated(entry))

    def _lacks(self, entry: Entry) -> str:
        """Cash and shares are checked as any broker does, with what its open orders hold back."""
        if entry.side is m.Side.BUY:
            held_e4 = sum(self._need_e4(e) for e in self.entries.values() if e.is_open)
            return Reason.CASH_NOT_ENOUGH if self._need_e4(entry) > self.cash_e4 - held_e4 else ""
        held = sum(e.leaves_qty for e in self.entries.values() if e.symbol == entry.symbol and e.side is m.Side.SELL)
        locked = self.today.get(entry.symbol, 0) * rules_of(entry.symbol, day_of(self.now_ns())).t_plus
        return Reason.SELLABLE_NOT_ENOUGH if entry.qty > self.qty.get(entry.symbol, 0) - locked - held else ""

    def _need_e4(self, entry: Entry) -> int:
        if entry.side is not m.Side.BUY:
            return 0
        ahead_e4 = entry.leaves_qty * entry.price_e4
        fee_e4 = order_fee_e4(entry.symbol, "buy", entry.value_e4 + ahead_e4, day_of(self.now_ns()), self.fees)
        return ahead_e4 + max(fee_e4 - entry.fee_e4, 0)

    # -- what it says --------------------------------------------------------------------------------------------

    def _tag(self, key: str) -> str:
        return {"kept": key, "cut": key[-16:], "dropped": ""}[self.traits.tags]

    def _tagged(self, request: m.CancelAtBroker) -> Entry | None:
        return next((e for e in self.entries.values() if e.tag == request.client_order_id), None)

    def _stated(self, entry: Entry) -> m.BrokerOrder:
        return m.BrokerOrder(
            ACCOUNT,
            entry.tag,
            entry.venue_order_id,
            entry.symbol,
            entry.side,
            entry.qty,
            entry.price_e4,
            entry.status,
            entry.cum_qty,
            entry.reason,
            "",
            self.now_ns(),
        )

    def _fill(self, entry: Entry, qty: int, fee_e4: int) -> m.BrokerFill:
        return m.BrokerFill(
            ACCOUNT,
            entry.tag,
            entry.venue_order_id,
            f"F{len(self.fills) + 1}",
            entry.symbol,
            entry.side,
            qty,
            entry.price_e4,
            fee_e4 if self.traits.tells_fees else -1,
            self.now_ns(),
        )

    def _holdings(self) -> list[m.Holding]:
        return [
            m.Holding(symbol, qty, self.today.get(symbol, 0), qty * PRICES_E4[symbol], PRICES_E4[symbol], 1)
            for symbol, qty in self.qty.items()
            if qty
        ]

"""An account's statements: when the terminal's books are read, whether they can be true, and what they say as one day.

Beside them the looks of our own at what is in doubt, whose lines are told like pushes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Final

from common import messages as m
from services.gateway.brokers.qmt.account import Account
from services.gateway.brokers.qmt.acts import Note, Now, Out, Question
from services.gateway.brokers.qmt.calls import Calls
from services.gateway.brokers.qmt.config import QmtConfig
from services.gateway.brokers.qmt.hours import Hours
from services.gateway.brokers.qmt.owners import STRANGER
from services.gateway.brokers.qmt.reading import Day, Reading
from services.gateway.brokers.qmt.reports import fill_of, taken_of
from services.gateway.brokers.qmt.rows import OrderRow, PositionRow, Row
from services.gateway.brokers.qmt.translate import cash_e4, day_number, holding_of

NOTE_AFTER: Final = 3
BELIEVE_AFTER: Final = 10
"""Readings after which an account without a cent, or a list without an order we know of, is believed after all."""

SETTLING_MAX: Final = 5
"""Readings of a new connection that are compared with the one before; where orders fly no two are alike."""


@dataclasses.dataclass(frozen=True, slots=True)
class Ask:
    """A statement that is owed; its answer knows all that was asked of the terminal by then."""

    look: bool
    at_ns: int


class Books:
    """Of one account. Statements owed die with the link (services/gateway/brokers)."""

    def __init__(self, account: Account, config: QmtConfig, hours: Hours, calls: Calls, outs: list[Out]) -> None:
        self._account, self._config, self._hours, self._calls, self._outs = account, config, hours, calls, outs
        self._timing = config.timing
        self._asks: list[Ask] = []
        self._covered = 0  # asks that were here when the reading began
        self._reading: Reading | None = None
        self._awaited = 0  # the question on its way
        self._must_settle = True  # the first statement of a connection is read twice
        self._before: Day | None = None  # the first of the two
        self._settling = 0
        self._next_ns = 0
        self._tries = 0
        self._read_ns = 0  # when the lists were read last
        self._look_ns = 0
        self._look_step_ns = config.timing.doubt_ns

    # -- what happens ------------------------------------------------------------------------------------------------

    def ask(self, *, look: bool, now: Now) -> None:
        if self._account.is_ready:
            self._asks.append(Ask(look, now.mono_ns))

    def lost(self) -> None:
        self._asks, self._reading, self._covered = [], None, 0
        self._must_settle, self._before, self._settling, self._tries, self._next_ns = True, None, 0, 0, 0

    def turn(self) -> None:
        """A new day: what was read of the old one is of no use, what is owed is owed still."""
        self._reading, self._before, self._tries = None, None, 0

    def answered(self, number: int, question: Question, rows: tuple[Row, ...] | None, now: Now) -> None:
        if self._reading is None or number != self._awaited:
            return
        following = self._reading.take(question, rows)
        if following is not None:
            self._awaited = self._calls.hand(following, self._config.call_ns, now)
            return
        reading, self._reading, self._read_ns = self._reading, None, now.mono_ns
        if reading.is_look:
            self._tell(reading.day, now)
        else:
            self._judge(reading.day, now)

    def tick(self, now: Now) -> None:
        if not self._account.is_ready or self._reading is not None:
            return
        if self._asks and now.mono_ns >= self._next_ns and self._may_state(now):
            self._covered = len(self._asks)
            self._read(look=False, now=now)
        elif self._is_look_due(now):
            self._read(look=True, now=now)

    def _read(self, *, look: bool, now: Now) -> None:
        if look:
            self._account.is_urgent = False  # what becomes urgent from here on is not on these lists
        self._reading = Reading(self._account.account.account_id, look=look)
        self._awaited = self._calls.hand(self._reading.first(), self._config.call_ns, now)

    def _may_state(self, now: Now) -> bool:
        only_looks = all(ask.look for ask in self._asks)
        on_its_way = self._account.owners.awaits_answer(self._asks[-1].at_ns, now)
        return self._hours.can_state(now.wall_ns, look=only_looks) and not on_its_way

    # -- statements --------------------------------------------------------------------------------------------------

    def _judge(self, day: Day, now: Now) -> None:
        why_not = day.why_not
        if not why_not and self._tries < BELIEVE_AFTER:
            why_not = "账户资产为 0" if day.is_blank else self._missing(day, now)
        if why_not:
            self._tries += 1
            self._next_ns = now.mono_ns + self._timing.again_ns
            if self._tries == NOTE_AFTER:
                self._outs.append(Note(f"账户 {self._account.alias}：终端给出的账户数据不可信（{why_not}），继续查询"))
        elif self._must_settle and not day.is_like(self._before) and self._settling < SETTLING_MAX:
            self._before, self._settling = day, self._settling + 1
            self._next_ns = now.mono_ns + self._timing.settle_ns
        else:
            self._must_settle, self._before, self._settling, self._tries = False, None, 0, 0
            self._give(day, now)

    def _missing(self, day: Day, now: Now) -> str:
        """A list that lacks orders the terminal has told us of, and not just now, is not loaded yet."""
        listed = {self._account.states.number_of(row) for row in day.orders or ()}
        old_ns = now.mono_ns - self._timing.fresh_ns
        known = {number for number, one in self._account.states.known.items() if one.seen_ns <= old_ns}
        answered = {s.order_id for s in self._account.owners.sent.values() if s.order_id and s.answered_at_ns <= old_ns}
        missing = (known | answered) - listed
        return f"委托列表缺少 {len(missing)} 笔已知的委托" if missing else ""

    def _give(self, day: Day, now: Now) -> None:
        covered, self._asks = self._asks[: self._covered], self._asks[self._covered :]
        statement = self._statement(day, now)
        self._outs += [statement] * len(covered)
        self._account.say_all()

    def _statement(self, day: Day, now: Now) -> m.BrokerDay:
        account, asset = self._account, day.asset
        assert asset is not None, "a day without an asset was believed"
        return m.BrokerDay(
            account=account.alias,
            trading_day=day_number(account.day),
            orders=[*self._orders(day, now)],
            fills=[*self._fills(day, now)],
            cash_e4=cash_e4(asset),
            holdings=[holding_of(row, account.day) for row in day.positions or () if self._is_held(row)],
            complete=False,
            at_ns=now.wall_ns,
        )

    def _is_held(self, row: PositionRow) -> bool:
        """Lines of 0 shares stay after a sale (xtquant 5)."""
        return row.volume > 0 and self._account.sieve.knows(row.stock_code)

    def _orders(self, day: Day, now: Now) -> Iterator[m.BrokerOrder]:
        """The list, and what the terminal has told since it was made: a list may lag behind pushes."""
        account, listed = self._account, set[int]()
        for row in day.orders or ():
            if account.sieve.passes(row, account.day, account.states, now):
                number = account.states.number_of(row)
                listed.add(number)
                yield self._listed(row, number, now)
        fresh_ns = now.mono_ns - self._timing.fresh_ns
        for number, known in account.states.known.items():
            if number not in listed and known.seen_ns > fresh_ns:
                listed.add(number)
                yield account.report_of(known, account.owners.names.get(number, STRANGER), now)
        for sent in account.owners.sent.values():
            if sent.order_id and sent.order_id not in listed and sent.answered_at_ns > fresh_ns:
                yield taken_of(sent.order, sent.order_id, account.context(now))

    def _listed(self, row: OrderRow, number: int, now: Now) -> m.BrokerOrder:
        account = self._account
        name = account.owners.name_of(row, number, now, must=True) or STRANGER
        account.fold(row, name, now)
        known = account.states.known[number]
        account.lapse(known, now)
        account.meet_wish(known, name, now)
        entered_ns = self._hours.time_ns(row.order_time, now.wall_ns)
        return account.report_of(known, name, Now(now.mono_ns, entered_ns))

    def _fills(self, day: Day, now: Now) -> Iterator[m.BrokerFill]:
        account = self._account
        rows = [r for r in day.trades or () if account.sieve.passes(r, account.day, account.states, now)]
        for row in sorted(rows, key=lambda row: row.traded_time):
            number = account.states.number_of(row)
            account.takes(row, number)
            name = account.owners.name_of(row, number, now, must=True) or STRANGER
            yield fill_of(row, name, number, account.context(now))

    # -- looks of our own --------------------------------------------------------------------------------------------

    def _is_look_due(self, now: Now) -> bool:
        """Where something is in doubt, and at each heartbeat while orders stand: a push can be lost without a trace."""
        heartbeat_ns, is_on = self._config.heartbeat_ns, self._hours.is_on(now.wall_ns)
        if heartbeat_ns and is_on and self._account.has_open and now.mono_ns >= self._read_ns + heartbeat_ns:
            return True
        if not self._doubts(now):
            self._look_ns, self._look_step_ns = 0, self._timing.doubt_ns
            return False
        if not self._look_ns:
            self._look_ns = now.mono_ns + (0 if self._account.is_overdue(now) else self._look_step_ns)
        return self._account.is_urgent or now.mono_ns >= self._look_ns

    def _doubts(self, now: Now) -> bool:
        if not self._hours.is_on(now.wall_ns) and self._account.has_lapsed:
            return False
        return self._account.doubts(now)

    def _tell(self, day: Day, now: Now) -> None:
        account = self._account
        self._look_step_ns = min(self._look_step_ns * 2, self._timing.doubt_max_ns)
        self._look_ns = now.mono_ns + self._look_step_ns
        for order in day.orders or ():
            account.row(order, now)
        for trade in day.trades or ():
            account.row(trade, now)
        account.tell_lapsed(now)

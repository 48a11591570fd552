"""One data path of a terminal: whatever comes in, and which vendor calls and reports come of it."""

from __future__ import annotations

from collections.abc import Iterable

from common import messages as m
from services.gateway.brokers.qmt import texts
from services.gateway.brokers.qmt.account import Account
from services.gateway.brokers.qmt.acts import (
    Act,
    Answered,
    AskStatus,
    Cancel,
    Event,
    Freed,
    Garbled,
    Note,
    NotMade,
    Now,
    Out,
    Place,
    Pushed,
    Raised,
    Requested,
    Returned,
    Stopped,
    Tick,
)
from services.gateway.brokers.qmt.books import Books
from services.gateway.brokers.qmt.calls import Calls
from services.gateway.brokers.qmt.config import QmtAccount, QmtConfig
from services.gateway.brokers.qmt.hours import Hours
from services.gateway.brokers.qmt.link import Link, Member
from services.gateway.brokers.qmt.rows import (
    CancelAnswer,
    CancelError,
    Disconnected,
    OrderAnswer,
    OrderError,
    OrderRow,
    Push,
    StatusRow,
    TradeRow,
)


class LineCore:
    """``step`` takes one event at a time; a ``Tick`` a few times a second is what moves everything that waits."""

    def __init__(self, accounts: Iterable[QmtAccount], config: QmtConfig) -> None:
        accounts = tuple(accounts)
        self._outs: list[Out] = []
        self._calls = Calls(self._outs)
        hours = Hours(config.calendar, config.day_opens_at)
        parts = config, hours, self._calls, self._outs
        self.accounts = {one.account_id: Account(one, *parts) for one in accounts}
        self.books = {key: Books(account, *parts) for key, account in self.accounts.items()}
        self._by_alias = {one.alias: one.account_id for one in accounts}
        self._garbled: set[str] = set()  # what could not be understood, each noted once
        self._epochs = {one.alias: 0 for one in accounts}  # how often each account was told to be down
        members = (Member(one) for one in accounts)
        self.link = Link(members, config, hours, self._calls, self._outs, self._lost)

    def step(self, event: Event, now: Now) -> list[Out]:
        for key, account in self.accounts.items():
            if account.turn(now):
                self.books[key].turn()
        self._take(event, now)
        for key, member in self.link.members.items():
            self.accounts[key].is_ready = member.is_up is True
        if isinstance(event, Tick):
            self._tick(now)
        outs, self._outs[:] = [*self._outs], []
        return outs

    def _take(self, event: Event, now: Now) -> None:
        match event:
            case Requested(request=request, epoch=epoch):
                self._request(request, epoch, now)
            case Returned(number=number, value=value):
                act = self._calls.returned(number, now)
                if act is not None:
                    self._returned(act, value, event, now)
            case Raised(number=number, text=text):
                act = self._calls.returned(number, now)
                if act is not None:
                    self.link.fail(texts.raised(act, text), now)
            case Answered():
                self._answered(event, now)
            case Pushed(generation=generation, row=row):
                self._pushed(generation, row, now)
            case Garbled(text=text):
                if text not in self._garbled:
                    self._garbled.add(text)
                    self._outs.append(Note(texts.garbled(text)))
                for account in self.accounts.values():
                    account.is_urgent = True
            case NotMade(numbers=numbers):
                for number in numbers:
                    self._not_made(self._calls.not_made(number), now)
            case Stopped() | Freed():
                self.link.stopped(event)

    def _tick(self, now: Now) -> None:
        self.link.tick(now)
        for key, account in self.accounts.items():
            account.tick(now)
            self.books[key].tick(now)

    # -- parts -------------------------------------------------------------------------------------------------------

    def _request(self, request: m.PlaceAtBroker | m.CancelAtBroker | m.AskBroker, epoch: int, now: Now) -> None:
        """What was asked before it was heard that the link went down comes too late, also where it is up again."""
        match request:
            case m.PlaceAtBroker(order=order):
                account = self.accounts[self._by_alias[order.account]]
                account.submits.place(order, now, in_time=epoch == self._epochs[order.account])
            case m.CancelAtBroker(account=alias):
                account = self.accounts[self._by_alias[alias]]
                account.cancel(request, now, in_time=epoch == self._epochs[alias])
            case m.AskBroker(account=alias, look=look):
                if epoch == self._epochs[alias]:
                    self.books[self._by_alias[alias]].ask(look=look, now=now)

    def _returned(self, act: Act, value: int, event: Returned, now: Now) -> None:
        if isinstance(act, Place | Cancel):
            self.accounts[act.account_id].submits.returned(act, value, self._calls.generation, now)
        else:
            self.link.returned(act, value, now, has_queue=event.has_queue)

    def _answered(self, event: Answered, now: Now) -> None:
        question = self._calls.answered(event.number)
        if isinstance(question, AskStatus):
            self.link.statuses([row for row in event.rows or () if isinstance(row, StatusRow)], now)
        elif question is not None:
            self.books[question.account_id].answered(event.number, question, event.rows, now)

    def _pushed(self, generation: int, row: Push, now: Now) -> None:
        """An instance that was given up may still speak. Its fills are true, and so is what it says of a submit; what
        it says of the connection, or of a state that has moved on, is not heard."""
        is_present = generation == self._calls.generation
        if isinstance(row, Disconnected):
            if is_present:
                self.link.fail(texts.DISCONNECTED, now)
            return
        account = self.accounts.get(row.account_id)
        if account is None:
            return
        match row:
            case TradeRow():
                account.row(row, now)
            case OrderAnswer() | OrderError():
                account.submits.answered(generation, row, now)
            case OrderRow() if is_present:
                account.row(row, now)
            case CancelAnswer() | CancelError() if is_present:
                account.cancel_answered(row)
            case StatusRow() if is_present:
                self.link.status(row, now)

    def _not_made(self, act: Act, now: Now) -> None:
        if isinstance(act, Place):
            self.accounts[act.account_id].submits.not_made(act, now)

    def _lost(self, member: Member) -> None:
        key = member.account.account_id
        self._epochs[member.account.alias] += 1
        self.accounts[key].lost()
        self.books[key].lost()

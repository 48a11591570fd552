"""Risk: approves or denies every order and cancel, halts and resumes a desk, tells what is used of its limits."""

from __future__ import annotations

from common import messages as m
from common.fees import FeeSchedule
from common.heartbeat import Silence
from common.orders import is_foreign
from common.reasons import Reason, text_of
from common.risk_limits import RiskLimits
from services.risk.absence import NEVER_NS, Absence, back, expected, lost
from services.risk.alarms import gateway_alarm
from services.risk.inspection import SOURCE, Inspection
from services.risk.largest import largest_qty
from services.risk.limits import Denial, Desk
from services.risk.report import report
from services.risk.rules import CANCEL_RULES, first_denial
from services.risk.texts import cancel_denial_text, denial_text, expired

_ABOUT_STRATEGIES = (m.StrategySilent, m.StrategyHeard, m.StrategyLeft)


class RiskCore:
    """Every account has its own desk. ``inspect_every_ns`` is the interval of the inspection, 0 for none; a strategy
    not heard for ``silence_limit_ns`` has its open orders cancelled, 0 for never."""

    journals_all = False
    wake_ns = 0
    busy = False

    def __init__(
        self,
        accounts: dict[str, RiskLimits],
        fees: FeeSchedule,
        *,
        inspect_every_ns: int = 0,
        silence_limit_ns: int = 0,
    ) -> None:
        assert accounts, "risk needs an account"
        self._first_account = next(iter(accounts))
        self.desks = {account: Desk(account, limits, fees) for account, limits in accounts.items()}
        self.inspections = {account: Inspection(inspect_every_ns) for account in accounts}
        self.absence = Absence()
        self.silence: Silence | None = None
        if silence_limit_ns:
            desks = list(self.desks.values())
            self.silence = Silence(silence_limit_ns, lambda: expected(desks), lambda: self.absence.names)

    def decide(self, message: m.Message, now_ns: int) -> list[m.Message]:
        match message:
            case m.SubmitOrder():
                return self._submit(message.order, now_ns)
            case m.DenyOrder():
                return self._submit(message.order, now_ns, Denial(Reason.of(message.reason), why=message.why))
            case m.CancelOrder():
                return [self._cancel(message, now_ns)]
            case m.Halt():
                return self._halt(message, now_ns)
            case m.Resume():
                return [self._resume(message, now_ns)]
            case m.RaiseAlert():
                account = message.account if message.account in self.desks else self._first_account
                return [m.AlertRaised(account, message.source, message.code, message.text, message.at_ns)]
            case m.StrategySilent():
                return lost(list(self.desks.values()), message, now_ns)
            case m.StrategyHeard():
                return back(list(self.desks.values()), self.absence.returned, now_ns)
            case m.Reconcile() | m.AcceptBooks() | m.ResolveOrder():
                return [self._pass_on(message, now_ns)]
            case m.OrderUnknown() | m.OpeningDiffers() | m.BooksDiffer() | m.ResolveRejected():
                desk = self.desks.get(message.account)
                return gateway_alarm(message, desk, now_ns) if desk is not None else []
            case m.AccountSnapshot(account=account, differing=rows) if rows and account in self.desks:
                # A risk that has lost its record has not heard that the books differ.
                desk = self.desks[account]
                news = m.BooksDiffer(account, list(rows), now_ns)
                return gateway_alarm(news, desk, now_ns) if desk.halt is None else []
            case m.AccountMarked() if message.account in self.inspections:
                return self.inspections[message.account].alerts(message.account, message.minute_ns)
        return []

    def _submit(self, order: m.Order, now_ns: int, forbidden: Denial | None = None) -> list[m.Message]:
        """``forbidden``: why the order may not be approved, whatever the rules say."""
        desk = self.desks.get(order.account)
        if desk is None:
            return [self._unknown_account(order.account, f"委托 {order.client_order_id}（{order.strategy}）", now_ns)]
        known = desk.known(order.client_order_id)
        if known is not None:
            return desk.denials(order.client_order_id) if _same_content(known, order) else [_duplicate(order, now_ns)]
        if now_ns > order.expire_ns:
            return [_denied(order, expired(order.expire_ns, now_ns), 0, now_ns)]
        if not desk.is_ready:
            return [_denied(order, Denial(Reason.NOT_READY), 0, now_ns)]
        denial = forbidden or first_denial(order, desk)
        if denial is None:
            return [m.ApprovedOrder(order, now_ns)]
        return [_denied(order, denial, largest_qty(order, desk) if denial.value else 0, now_ns)]

    def _cancel(self, cancel: m.CancelOrder, now_ns: int) -> m.Message:
        desk = self.desks.get(cancel.account)
        if desk is None:
            said = f"撤单 {cancel.client_order_id}（{cancel.strategy}）"
            return self._unknown_account(cancel.account, said, now_ns)
        denial = self._cancel_denial(cancel, desk, now_ns)
        if denial is None:
            return m.ApprovedCancel(cancel.account, cancel.client_order_id, cancel.expire_ns, now_ns)
        text = cancel_denial_text(denial)
        return m.CancelDenied(cancel.account, cancel.client_order_id, denial.reason, text, now_ns)

    def _cancel_denial(self, cancel: m.CancelOrder, desk: Desk, now_ns: int) -> Denial | None:
        if now_ns > cancel.expire_ns:
            return expired(cancel.expire_ns, now_ns)
        record = desk.book.orders.get(cancel.client_order_id)
        if record is None:
            denied = cancel.client_order_id in desk.denied
            return Denial(Reason.ORDER_CLOSED if denied else Reason.UNKNOWN_ORDER)
        if record.is_final:
            return Denial(Reason.ORDER_CLOSED)
        if is_foreign(record.order):
            return Denial(Reason.FOREIGN_ORDER)
        return next((denial for rule in CANCEL_RULES if (denial := rule(record, desk, now_ns))), None)

    def _halt(self, halt: m.Halt, now_ns: int) -> list[m.Message]:
        """A second halt may widen the first and never loosens it; one of buys cancels buys only."""
        desk = self.desks.get(halt.account)
        if desk is None:
            return [self._unknown_account(halt.account, f"暂停（{halt.operator}）", now_ns)]
        buys_only = halt.buys_only and (desk.halt is None or desk.halt.buys_only)
        outs: list[m.Message] = [m.TradingHalted(halt.account, buys_only, halt.operator, halt.why, now_ns)]
        if halt.cancel_open:
            outs += [
                m.ApprovedCancel(halt.account, record.order.client_order_id, NEVER_NS)
                for record in desk.book.open_orders()
                if not record.is_final and not is_foreign(record.order)
                if not (halt.buys_only and record.order.side is m.Side.SELL)
            ]
        return outs

    def _resume(self, resume: m.Resume, now_ns: int) -> m.Message:
        """Resuming a desk that is not halted is answered too, naming nobody."""
        desk = self.desks.get(resume.account)
        if desk is None:
            return self._unknown_account(resume.account, f"恢复（{resume.operator}）", now_ns)
        by, why = (desk.halt.operator, desk.halt.why) if desk.halt else ("", "")
        return m.TradingResumed(resume.account, resume.operator, by, why, now_ns)

    def _pass_on(self, command: m.Reconcile | m.AcceptBooks | m.ResolveOrder, now_ns: int) -> m.Message:
        """The gateway knows the books; it is told only what an operator of an account of ours said."""
        if command.account not in self.desks:
            return self._unknown_account(command.account, f"{type(command).__name__}（{command.operator}）", now_ns)
        return m.ApprovedByDesk(command, now_ns)

    def _unknown_account(self, account: str, said: str, now_ns: int) -> m.Message:
        """Alarmed on an account that has listeners: nobody follows the decisions of one that does not exist."""
        text = f"{text_of(Reason.UNKNOWN_ACCOUNT)}：{account}，未处理{said}"
        return m.AlertRaised(self._first_account, SOURCE, Reason.UNKNOWN_ACCOUNT, text, now_ns)

    def apply(self, message: m.Message) -> None:
        if isinstance(message, _ABOUT_STRATEGIES):
            self.absence.note(message)
        desk = self.desks.get(_account_of(message))
        if desk is None:
            return
        match message:
            case m.ApprovedOrder():
                desk.approve(message.order)
            case m.ApprovedCancel():
                desk.count_cancel(message)
            case m.OrderDenied():
                desk.deny(message)
            case m.TradingHalted():
                desk.halt = message
            case m.TradingResumed():
                desk.halt = None
            case m.AccountSnapshot():
                desk.restore(message)
            case m.RiskCarried():
                desk.take_over(message)
                self.inspections[desk.account].take_over(message)
            case m.AccountMarked():
                desk.fold(message)
                self.inspections[desk.account].look(desk, message.minute_ns)
            case _:
                desk.fold(message)

    def answer(self, query: m.Message, now_ns: int) -> m.Message:
        if isinstance(query, m.GetRisk):
            return self.snapshot(query.account, now_ns)
        return m.Refusal(Reason.NOT_SUPPORTED, text_of(Reason.NOT_SUPPORTED))

    def snapshot(self, account: str, now_ns: int) -> m.Message:
        """What a late joiner of the decisions starts from: whether the desk is halted, and what is used."""
        desk = self.desks.get(account)
        if desk is None:
            return m.Refusal(Reason.UNKNOWN_ACCOUNT, f"{text_of(Reason.UNKNOWN_ACCOUNT)}（{account}）")
        return report(desk)

    def carry(self, now_ns: int) -> list[m.Message]:
        """Each desk whole: books with what is on its way, what is counted, the answers given, the halt; who is away."""
        desks = [_carried(desk, self.inspections[account], now_ns) for account, desk in self.desks.items()]
        return [*desks, *self.absence.carried()]


def _carried(desk: Desk, inspection: Inspection, now_ns: int) -> m.RiskCarried:
    return m.RiskCarried(
        account=desk.account,
        book=desk.book.snapshot("", now_ns),
        cancels=desk.cancels.count,
        cancelled_ns=desk.cancels.last_ns,
        cancels_of=dict(desk.cancels.of_order),
        denied=list(desk.denied.values()),
        halt=desk.halt,
        inspected_ns=inspection.looked_ns,
        breaches=sorted(inspection.known),
    )


def _same_content(first: m.Order, second: m.Order) -> bool:
    """Whether two orders of one id ask for the same; a repeat after a restart may be made and expire later."""
    return _content(first) == _content(second)


def _content(order: m.Order) -> tuple[object, ...]:
    return order.strategy, order.symbol, order.side, order.order_type, order.qty, order.price_e4


def _duplicate(order: m.Order, now_ns: int) -> m.Message:
    """Alarmed and not denied: a denial of this id would close the first order in its followers' books."""
    text = f"{text_of(Reason.DUPLICATE_ID)}：{order.client_order_id}（策略 {order.strategy}）"
    return m.AlertRaised(order.account, SOURCE, Reason.DUPLICATE_ID, text, now_ns)


def _denied(order: m.Order, denial: Denial, largest: int, now_ns: int) -> m.Message:
    text = denial_text(order, denial, largest)
    return m.OrderDenied(order, denial.reason, text, denial.value, denial.limit, largest, now_ns)


def _account_of(message: m.Message) -> str:
    match message:
        case m.ApprovedOrder() | m.OrderDenied() | m.OrderSubmitted():
            return message.order.account
    return getattr(message, "account", "")

"""The gateway process's own hands: hands requests to the broker, and the market to a broker that matches by itself."""

from __future__ import annotations

from collections.abc import Callable

from common import messages as m
from common.beijing import MINUTE_NS, day_of
from common.orders import FINAL, Status
from common.reasons import Reason
from common.session import Session
from services.gateway.brokers.simulator import Simulator

_REQUESTS = (m.PlaceAtBroker, m.CancelAtBroker, m.AskBroker)
_MARKET = frozenset({m.QuoteBatch, m.MarketClock, m.MarketDayEnded, m.Ticks, m.Refusal, m.Quotes})


class SimulatorDesk:
    """Effects and shell of the gateway with the simulator; also tells the core when a market minute has passed.

    ``marked_ns`` is the last minute the journal says was told, 0 for none: it is not told again, and the next one waits
    until the prices of what is held are known again.
    """

    def __init__(
        self,
        broker: Simulator,
        session: Session,
        *,
        marked_ns: int,
        sync_orders: bool,
        complete: Callable[[m.ProcessStatus], m.ProcessStatus],
    ) -> None:
        self.broker, self.session, self.sync_orders, self._complete = broker, session, sync_orders, complete
        self._prices_e4: dict[str, int] = {}
        self._minute_ns, self._is_back = marked_ns, marked_ns > 0
        self._is_told = False  # what the account holds
        self._is_priced = not self._is_back  # what it holds has been quoted since the start, as far as it is at all
        self._pending: list[m.MinutePassed] = []
        self._too_late: list[m.Message] = []
        self._asked: set[str] = set()
        self._unanswered: set[str] = set()  # asked for, and quotes has not answered yet
        if session.number:
            # The broker starts without a clock, so what quotes told last is to be heard again.
            session.number, session.part = session.number - 1, -1
        missed = broker.resting_symbols()
        self._answers_awaited = len(missed)
        for symbol in missed:
            # One by one: a whole day of a dozen symbols does not fit into one frame.
            session.ask("quotes", m.GetTicks([symbol], broker.resume_from_ns, 2**62))

    # -- what the session steps ------------------------------------------------------------------------------------

    def hear(self, message: m.Message, now_ns: int) -> None:
        if type(message) in _MARKET:
            self._hear(message, now_ns)

    def _hear(self, message: m.Message, now_ns: int) -> None:
        match message:
            case m.QuoteBatch(at_ns=at_ns, quotes=quotes):
                self._clock(at_ns)
                self._quotes(quotes, at_ns)
                self._minute(at_ns)
            case m.MarketClock(now_ns=at_ns):
                self._clock(at_ns)
                self._minute(at_ns)
            case m.MarketDayEnded(now_ns=at_ns):
                self._clock(at_ns)
                self._minute(at_ns)
                self.broker.end_day()
            case m.Ticks(quotes=quotes):
                for quote in quotes:
                    self._quotes((quote,), quote.at_ns)
                self._caught_up()
            case m.Refusal() if self._answers_awaited:
                self._caught_up()  # no day is open: the market passed nothing
            case m.Refusal():
                self._unanswered.clear()
            case m.Quotes(quotes=quotes, unknown=unknown):
                self._unanswered.difference_update((q.symbol for q in quotes), unknown)
                self._quotes(tuple(quotes), now_ns)
                for symbol in unknown:
                    self.broker.no_quote(symbol)

    def status(self, status: m.ProcessStatus) -> m.ProcessStatus:
        return self._complete(status)

    def _caught_up(self) -> None:
        self._answers_awaited -= 1
        if not self._answers_awaited:
            self.broker.caught_up()

    def _clock(self, now_ns: int) -> None:
        self.broker.on_clock(now_ns, int(day_of(now_ns).strftime("%Y%m%d")))

    def _quotes(self, quotes: tuple[m.Quote, ...], now_ns: int) -> None:
        for quote in quotes:
            if quote.last_price_e4:
                self._prices_e4[quote.symbol] = quote.last_price_e4
        self.broker.on_quotes(quotes, now_ns)

    def _minute(self, now_ns: int) -> None:
        minute_ns = now_ns - now_ns % MINUTE_NS
        if minute_ns > self._minute_ns:
            self._minute_ns = minute_ns
            if self._prices_e4 or self._is_back:
                self._pending.append(m.MinutePassed(minute_ns, dict(self._prices_e4)))

    # -- effects ---------------------------------------------------------------------------------------------------

    def run(self, effects: list[m.Message]) -> None:
        for effect in effects:
            assert isinstance(effect, _REQUESTS), f"nobody runs {effect}"
            if isinstance(effect, m.PlaceAtBroker) and self.session.market.now_ns > effect.order.expire_ns:
                # Its record took that long to reach the disk. Nobody but this line hands it over, so it never arrived.
                self._too_late.append(_not_handed_over(effect.order, self.session.market.now_ns))
            else:
                self.broker.request(effect)

    def reports(self) -> list[m.Message]:
        # Acceptances are told at once, before what the order then met.
        reports: list[m.Message] = [*(self.broker.said() or self.broker.reports())]
        if self._too_late:
            reports += self._too_late
            self._too_late = []
        for report in reports:
            if isinstance(report, m.BrokerDay):
                self._subscribe([h.symbol for h in report.holdings if h.qty])
                self._subscribe([o.symbol for o in report.orders if o.status not in FINAL])
                self._is_told = True
        return reports + self._minutes()

    def _minutes(self) -> list[m.Message]:
        """The minutes that have passed, at the prices of their time; the first after a restart at those known since."""
        if not self._is_priced and self._is_told and not self._unanswered:
            self._is_priced = True
            self._pending = [m.MinutePassed(p.minute_ns, dict(self._prices_e4)) for p in self._pending]
        if not self._is_priced:
            return []
        pending, self._pending = self._pending, []
        return [*pending]

    def settle(self) -> None:
        """Ask for quotes of what the broker waits for; an order for such a symbol is answered when they are here."""
        if wanted := self.broker.wants():
            self._subscribe(wanted)

    def needs_sync(self, effects: list[m.Message]) -> bool:
        return self.sync_orders and any(isinstance(e, m.PlaceAtBroker) for e in effects)

    def _subscribe(self, symbols: list[str]) -> None:
        new = [s for s in symbols if s not in self._asked]
        if new:
            self._asked.update(new)
            self._unanswered.update(new)
            self.session.ask("quotes", m.Subscribe(new))


def _not_handed_over(order: m.Order, now_ns: int) -> m.BrokerOrder:
    return m.BrokerOrder(
        order.account,
        order.client_order_id,
        "",
        order.symbol,
        order.side,
        order.qty,
        order.price_e4,
        Status.EXPIRED,
        0,
        Reason.EXPIRED,
        "委托在记入日志前已过有效时间，没有发往券商",
        now_ns,
    )

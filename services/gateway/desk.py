"""The gateway process's own hands: hands requests to the broker, and tells the core when a market minute has passed."""

from __future__ import annotations

from collections.abc import Callable

from common import messages as m
from common.beijing import MINUTE_NS
from common.orders import FINAL, Status
from common.reasons import Reason
from common.session import Session
from services.gateway.brokers import Broker, BrokerReport

_REQUESTS = (m.PlaceAtBroker, m.CancelAtBroker, m.AskBroker)
_MARKET = frozenset({m.QuoteBatch, m.MarketClock, m.MarketDayEnded, m.Ticks, m.Refusal, m.Quotes})


def always(_: int) -> bool:
    return True


class Desk:
    """Effects and shell of the gateway.

    ``marked_ns`` is the last minute the journal says was told, 0 for none: it is not told again, and the next one waits
    until the prices of what is held are known again. ``is_marked`` tells which minutes are: at a real broker the clock
    goes on through the night.
    """

    def __init__(
        self,
        broker: Broker,
        session: Session,
        *,
        marked_ns: int,
        sync_orders: bool,
        complete: Callable[[m.ProcessStatus], m.ProcessStatus],
        is_marked: Callable[[int], bool] = always,
    ) -> None:
        self.session, self.sync_orders, self._complete, self._is_marked = session, sync_orders, complete, is_marked
        self._broker = broker
        self._prices_e4: dict[str, int] = {}
        self._minute_ns, self._is_back = marked_ns, marked_ns > 0
        self._is_told = False  # what the account holds
        self._is_priced = not self._is_back  # what it holds has been quoted since the start, as far as it is at all
        self._pending: list[m.MinutePassed] = []
        self._too_late: list[m.Message] = []
        self._asked: set[str] = set()
        self._unanswered: set[str] = set()  # asked for, and quotes has not answered yet

    # -- what the session steps ------------------------------------------------------------------------------------

    def hear(self, message: m.Message, now_ns: int) -> None:
        if type(message) in _MARKET:
            self._hear(message, now_ns)

    def _hear(self, message: m.Message, now_ns: int) -> None:
        match message:
            case m.QuoteBatch(at_ns=at_ns, quotes=quotes):
                self.note_prices(quotes)
                self.minute(at_ns)
            case m.MarketClock(now_ns=at_ns) | m.MarketDayEnded(now_ns=at_ns):
                self.minute(at_ns)
            case m.Refusal():
                self._unanswered.clear()
            case m.Quotes(quotes=quotes, unknown=unknown):
                self._unanswered.difference_update((q.symbol for q in quotes), unknown)
                self.note_prices(quotes)

    def status(self, status: m.ProcessStatus) -> m.ProcessStatus:
        return self._complete(status)

    def note_prices(self, quotes: tuple[m.Quote, ...] | list[m.Quote]) -> None:
        for quote in quotes:
            if quote.last_price_e4:
                self._prices_e4[quote.symbol] = quote.last_price_e4

    def minute(self, now_ns: int) -> None:
        minute_ns = now_ns - now_ns % MINUTE_NS
        if minute_ns > self._minute_ns:
            self._minute_ns = minute_ns
            if (self._prices_e4 or self._is_back) and self._is_marked(minute_ns):
                self._pending.append(m.MinutePassed(minute_ns, dict(self._prices_e4)))

    # -- effects ---------------------------------------------------------------------------------------------------

    def run(self, effects: list[m.Message]) -> None:
        for effect in effects:
            assert isinstance(effect, _REQUESTS), f"nobody runs {effect}"
            if isinstance(effect, m.PlaceAtBroker) and self.session.market.now_ns > effect.order.expire_ns:
                # Its record took that long to reach the disk. Nobody but this line hands it over, so it never arrived.
                self._too_late.append(_not_handed_over(effect.order, self.session.market.now_ns))
            else:
                self._broker.request(effect)

    def reports(self) -> list[m.Message]:
        reports: list[m.Message] = [*self.told()]
        if self._too_late:
            reports += self._too_late
            self._too_late = []
        for report in reports:
            if isinstance(report, m.BrokerDay):
                self.subscribe([h.symbol for h in report.holdings if h.qty])
                self.subscribe([o.symbol for o in report.orders if o.status not in FINAL])
                self._is_told = True
        return reports + self._minutes()

    def told(self) -> list[BrokerReport]:
        """What the broker has said since the last call."""
        return self._broker.reports()

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
        pass

    def needs_sync(self, effects: list[m.Message]) -> bool:
        return self.sync_orders and any(isinstance(e, m.PlaceAtBroker) for e in effects)

    def subscribe(self, symbols: list[str]) -> None:
        """Have these symbols published; each is asked for once."""
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

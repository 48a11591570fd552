"""Who talks to whom: the whole architecture in one table."""

from __future__ import annotations

import dataclasses
import enum

from common import messages as m


class Kind(enum.StrEnum):
    """Four promises: *command* in order, stepped once, acknowledged, expires; *event* in order, gapless, late joiners
    are caught up; *quote* newest wins; *query* asked, answered, no effect. *pace* is the simulated clock's own
    quote-like report from a process to quotes."""

    COMMAND = "command"
    EVENT = "event"
    QUOTE = "quote"
    QUERY = "query"
    PACE = "pace"


class Scope(enum.StrEnum):
    """What a token of somebody on another machine allows. Whoever may trade or operate may also read."""

    READ = "read"
    TRADE = "trade"
    OPERATE = "operate"


@dataclasses.dataclass(frozen=True)
class Channel:
    """``binder`` acts on commands and answers queries, or publishes events and quotes; ``peers`` are roles.

    ``on_demand``: a peer hears it from when it asks its bus to (``Bus.listen``), and the binder knows whether anybody
    does.
    ``outside`` is the scope by which those of the peers that are on another machine use it, None where they may not.
    """

    name: str
    kind: Kind
    binder: str
    peers: tuple[str, ...]
    types: tuple[type[m.Message], ...]
    outside: Scope | None = None
    on_demand: bool = False


STATUS = (m.GetStatus,)
ALL = ("gateway", "quotes", "risk", "state", "strategy", "operator")
OUTSIDERS = ("strategy", "operator")
"""The roles that may be on another machine; the proxy speaks for them inside."""

CHANNELS: dict[str, Channel] = {
    c.name: c
    for c in (
        Channel(
            "orders",
            Kind.COMMAND,
            "risk",
            ("strategy",),
            (m.SubmitOrder, m.CancelOrder, m.RaiseAlert, m.DenyOrder),
            Scope.TRADE,
        ),
        Channel(
            "desk",
            Kind.COMMAND,
            "risk",
            ("operator",),
            (m.Halt, m.Resume, m.Reconcile, m.AcceptBooks, m.ResolveOrder),
            Scope.OPERATE,
        ),
        Channel("approved", Kind.COMMAND, "gateway", ("risk",), (m.ApprovedOrder, m.ApprovedCancel, m.ApprovedByDesk)),
        Channel(
            "account",
            Kind.EVENT,
            "gateway",
            ("strategy", "risk", "state", "alerts", "operator"),
            (
                m.TradingDayOpened,
                m.OrderSubmitted,
                m.OrderAccepted,
                m.OrderFilled,
                m.OrderCancelled,
                m.OrderRejected,
                m.OrderExpired,
                m.OrderUnknown,
                m.OrderResolved,
                m.CancelRejected,
                m.ResolveRejected,
                m.AccountMarked,
                m.BrokerLinkChanged,
                m.OpeningDiffers,
                m.BooksDiffer,
                m.BooksAdjusted,
            ),
            Scope.READ,
        ),
        Channel(
            "decisions",
            Kind.EVENT,
            "risk",
            ("strategy", "gateway", "state", "alerts", "operator"),
            (m.OrderDenied, m.CancelDenied, m.TradingHalted, m.TradingResumed, m.AlertRaised),
            Scope.READ,
        ),
        Channel("market", Kind.QUOTE, "quotes", ("gateway", "strategy", "operator"), (m.QuoteBatch,), Scope.READ),
        # Sockets follow topics by how they begin: no name may begin with another's.
        Channel("whole", Kind.QUOTE, "quotes", ("strategy", "operator"), (m.MarketSlice,), on_demand=True),
        Channel(
            "clock",
            Kind.QUOTE,
            "quotes",
            (*ALL, "alerts"),
            (m.MarketClock, m.MarketDayEnded, m.FeedState),
            Scope.READ,
        ),
        Channel("pace", Kind.PACE, "quotes", ALL, (m.Progress, m.Leave), Scope.TRADE),
        Channel("ask_gateway", Kind.QUERY, "gateway", ALL, (m.GetAccount, m.GetBooks, *STATUS), Scope.READ),
        Channel(
            "ask_quotes",
            Kind.QUERY,
            "quotes",
            ("gateway", "strategy", "operator"),
            (
                m.Subscribe,
                m.GetLatest,
                m.GetTicks,
                m.GetBars,
                m.GetInstruments,
                m.GetAdjustments,
                m.GetTradeDays,
                m.GetSectors,
                m.GetMembers,
                *STATUS,
            ),
            Scope.READ,
        ),
        Channel("ask_risk", Kind.QUERY, "risk", ("strategy", "state", "operator"), (m.GetRisk, *STATUS), Scope.READ),
        Channel("ask_state", Kind.QUERY, "state", ("strategy", "operator"), (m.GetRows, *STATUS), Scope.READ),
    )
}

ANSWERS: tuple[type[m.Message], ...] = (
    m.Quotes,
    m.Ticks,
    m.Bars,
    m.Instruments,
    m.Adjustments,
    m.TradeDays,
    m.Sectors,
    m.Members,
    m.AccountSnapshot,
    m.BooksReport,
    m.RiskReport,
    m.ProcessStatus,
    m.Rows,
    m.Refusal,
)

CHANNEL_OF: dict[type[m.Message], Channel] = {
    type_: channel for channel in CHANNELS.values() if channel.kind is not Kind.QUERY for type_ in channel.types
}


def role_of(process: str) -> str:
    """``strategy.demo`` plays the role ``strategy``."""
    return process.partition(".")[0]


def followed_by(role: str) -> list[Channel]:
    """The event channels a process of this role follows."""
    return [c for c in CHANNELS.values() if c.kind is Kind.EVENT and role in c.peers]


def commands_to(role: str) -> list[Channel]:
    """The command channels a process of this role acts on."""
    return [c for c in CHANNELS.values() if c.kind is Kind.COMMAND and c.binder == role]

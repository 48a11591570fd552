"""Every message that crosses a border between processes, or between the gateway core and its broker, declared once.

Units: ``*_e4`` is 1/10,000 yuan, ``qty`` and ``volume`` are shares, ``*_ns`` is UTC nanoseconds since the epoch,
``trading_day`` is the Beijing date as an integer ``20261120``. Symbols are JoinQuant's (``600000.XSHG``).
Commands are imperatives, events are past tense. *Denied* is by our risk, *rejected* is by the broker.
Which message travels on which channel, and who may send it, stands in ``common/channels.py``.
"""

from common.messages.account import AccountMarked as AccountMarked
from common.messages.account import BooksAdjusted as BooksAdjusted
from common.messages.account import BooksDiffer as BooksDiffer
from common.messages.account import BrokerLinkChanged as BrokerLinkChanged
from common.messages.account import CancelRejected as CancelRejected
from common.messages.account import OpeningDiffers as OpeningDiffers
from common.messages.account import OrderAccepted as OrderAccepted
from common.messages.account import OrderCancelled as OrderCancelled
from common.messages.account import OrderExpired as OrderExpired
from common.messages.account import OrderFilled as OrderFilled
from common.messages.account import OrderRejected as OrderRejected
from common.messages.account import OrderResolved as OrderResolved
from common.messages.account import OrderSubmitted as OrderSubmitted
from common.messages.account import OrderUnknown as OrderUnknown
from common.messages.account import ResolveRejected as ResolveRejected
from common.messages.account import TradingDayOpened as TradingDayOpened
from common.messages.broker import AskBroker as AskBroker
from common.messages.broker import BrokerCancelRefused as BrokerCancelRefused
from common.messages.broker import BrokerDay as BrokerDay
from common.messages.broker import BrokerFill as BrokerFill
from common.messages.broker import BrokerLink as BrokerLink
from common.messages.broker import BrokerOrder as BrokerOrder
from common.messages.broker import CancelAtBroker as CancelAtBroker
from common.messages.broker import ClockMoved as ClockMoved
from common.messages.broker import MinutePassed as MinutePassed
from common.messages.broker import PaceDue as PaceDue
from common.messages.broker import PlaceAtBroker as PlaceAtBroker
from common.messages.broker import Started as Started
from common.messages.broker import SymbolsPublished as SymbolsPublished
from common.messages.broker import Wake as Wake
from common.messages.decisions import AlertRaised as AlertRaised
from common.messages.decisions import CancelDenied as CancelDenied
from common.messages.decisions import OrderDenied as OrderDenied
from common.messages.decisions import TradingHalted as TradingHalted
from common.messages.decisions import TradingResumed as TradingResumed
from common.messages.market import Leave as Leave
from common.messages.market import MarketClock as MarketClock
from common.messages.market import MarketDayEnded as MarketDayEnded
from common.messages.market import Progress as Progress
from common.messages.market import Quote as Quote
from common.messages.market import QuoteBatch as QuoteBatch
from common.messages.orders import AcceptBooks as AcceptBooks
from common.messages.orders import ApprovedByDesk as ApprovedByDesk
from common.messages.orders import ApprovedCancel as ApprovedCancel
from common.messages.orders import ApprovedOrder as ApprovedOrder
from common.messages.orders import CancelOrder as CancelOrder
from common.messages.orders import Halt as Halt
from common.messages.orders import RaiseAlert as RaiseAlert
from common.messages.orders import Reconcile as Reconcile
from common.messages.orders import ResolveOrder as ResolveOrder
from common.messages.orders import Resume as Resume
from common.messages.orders import SubmitOrder as SubmitOrder
from common.messages.queries import AccountSnapshot as AccountSnapshot
from common.messages.queries import BarColumns as BarColumns
from common.messages.queries import Bars as Bars
from common.messages.queries import BooksReport as BooksReport
from common.messages.queries import GetAccount as GetAccount
from common.messages.queries import GetBars as GetBars
from common.messages.queries import GetBooks as GetBooks
from common.messages.queries import GetInstruments as GetInstruments
from common.messages.queries import GetRisk as GetRisk
from common.messages.queries import GetRows as GetRows
from common.messages.queries import GetStatus as GetStatus
from common.messages.queries import GetTicks as GetTicks
from common.messages.queries import Instrument as Instrument
from common.messages.queries import Instruments as Instruments
from common.messages.queries import ProcessStatus as ProcessStatus
from common.messages.queries import Quotes as Quotes
from common.messages.queries import Refusal as Refusal
from common.messages.queries import RiskReport as RiskReport
from common.messages.queries import Rows as Rows
from common.messages.queries import Subscribe as Subscribe
from common.messages.queries import Ticks as Ticks
from common.messages.values import BookRow as BookRow
from common.messages.values import Holding as Holding
from common.messages.values import Message as Message
from common.messages.values import Order as Order
from common.messages.values import OrderState as OrderState
from common.messages.values import OrderType as OrderType
from common.messages.values import Side as Side

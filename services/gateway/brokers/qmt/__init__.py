"""QMT through the vendor's xtquant: the accounts of MiniQMT terminals on this machine."""

from services.gateway.brokers.qmt.broker import QmtBroker
from services.gateway.brokers.qmt.config import QmtAccount, QmtConfig, config_of

__all__ = ["QmtAccount", "QmtBroker", "QmtConfig", "config_of"]

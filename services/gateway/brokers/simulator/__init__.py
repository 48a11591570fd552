"""The broker that comes with the stack: an exchange in the gateway's process with an account on its own disk file."""

from services.gateway.brokers.simulator.backend import Simulator
from services.gateway.brokers.simulator.record import open_account

__all__ = ["Simulator", "open_account"]

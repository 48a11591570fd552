"""The fixtures of the fake terminal, shared with tests/contract."""

from tests.qmt.fixtures import dealer, shared_terminal, terminal, wheel

__all__ = ["dealer", "shared_terminal", "terminal", "wheel"]

"""The fake terminal, for what is shown with the vendor's own wrapper."""

from tests.qmt.fixtures import dealer, shared_terminal, terminal, wheel

__all__ = ["dealer", "shared_terminal", "terminal", "wheel"]

"""What files import that name JoinQuant's inner module: the whole API."""

from jqdata import *  # noqa: F403
from jqdata import __all__ as __all__

"""What files made by JoinQuant's wizard import: the whole API."""

from jqdata import *  # noqa: F403
from jqdata import __all__ as __all__

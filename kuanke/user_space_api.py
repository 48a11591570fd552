"""What modules of one's own import on JoinQuant: the whole API."""

from jqdata import *  # noqa: F403
from jqdata import __all__ as __all__

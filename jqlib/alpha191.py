"""JoinQuant's Alpha 191 factors: they can be imported, and say which provider would give them when called."""

from jqdata.missing import missing_of
from jqdata.registry import of_module

__all__ = [row.name for row in of_module(__name__)]  # pyright: ignore[reportUnsupportedDunderAll]
__getattr__ = missing_of(__name__)

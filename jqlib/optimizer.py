"""JoinQuant's portfolio optimizer: its names can be imported, and say when called that there is none here."""

from jqdata.missing import missing_of
from jqdata.registry import of_module

__all__ = [row.name for row in of_module(__name__)]  # pyright: ignore[reportUnsupportedDunderAll]
__getattr__ = missing_of(__name__)

"""Libraries that strategies import and this project does not need itself: what pip calls them, and how to get them."""

from __future__ import annotations

from importlib.util import find_spec

RESEARCH = frozenset({"scipy", "statsmodels", "sklearn", "talib", "six", "prettytable"})
"""What the extra ``research`` of pyproject.toml installs: of JoinQuant's libraries those that trading can use."""

PROVIDERS = {"jqdatasdk": "jqdata", "akshare": "akshare", "tushare": "tushare", "duckdb": "local"}
"""The extra of each data provider's library."""

_OTHERS = {
    "matplotlib": "matplotlib", "seaborn": "seaborn", "tqdm": "tqdm", "requests": "requests", "bs4": "beautifulsoup4",
    "xgboost": "xgboost", "lightgbm": "lightgbm", "cvxpy": "cvxpy", "cvxopt": "cvxopt", "pywt": "PyWavelets",
    "hmmlearn": "hmmlearn", "pykalman": "pykalman", "arch": "arch", "jieba": "jieba", "empyrical": "empyrical-reloaded",
    "redis": "redis", "pymysql": "PyMySQL", "tensorflow": "tensorflow", "torch": "torch", "keras": "keras",
}  # fmt: skip


class NeedsLibrary(ImportError):
    """A library that is not installed; the text has the command that installs it."""


def remedy(module: str) -> str:
    """The command that installs what ``import module`` needs; '' where nobody here knows it."""
    top = module.partition(".")[0]
    extra = "research" if top in RESEARCH else PROVIDERS.get(top, "")
    if extra:
        return f"pip install 'bullet-bus[{extra}]'"
    return f"pip install {_OTHERS[top]}" if top in _OTHERS else ""


def need(module: str, function: str) -> None:
    """NeedsLibrary unless the module can be imported; ``function`` is what of JoinQuant's needs it."""
    if find_spec(module) is None:
        raise NeedsLibrary(f"{function} 需要 {module} 库，当前没有安装：{remedy(module)} [NEEDS_LIBRARY]", name=module)

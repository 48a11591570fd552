"""Libraries that strategies import and this project does not need itself: what pip calls them, and how to get them."""

from __future__ import annotations

from importlib.util import find_spec

RESEARCH = frozenset({"scipy", "statsmodels", "sklearn", "talib", "six", "prettytable"})
"""What the extra ``research`` of pyproject.toml installs: of JoinQuant's libraries those that trading can use."""

PROVIDERS = {"jqdatasdk": "jqdata", "akshare": "akshare", "tushare": "tushare", "duckdb": "local"}
"""The extra of each data provider's library."""

_OTHERS = {
    "matplotlib": "matplotlib", "seaborn": "seaborn", "tqdm": "tqdm", "bs4": "beautifulsoup4",
    "xgboost": "xgboost", "lightgbm": "lightgbm", "cvxpy": "cvxpy", "cvxopt": "cvxopt", "pywt": "PyWavelets",
    "hmmlearn": "hmmlearn", "pykalman": "pykalman", "arch": "arch", "jieba": "jieba", "empyrical": "empyrical-reloaded",
    "redis": "redis", "pymysql": "PyMySQL", "tensorflow": "tensorflow", "torch": "torch", "keras": "keras",
}  # fmt: skip


_OURS = ("jqdata", "jqlib", "jqfactor", "kuanke")


class NeedsLibrary(ImportError):
    """A library that is not installed; the text has the command that installs it."""


def remedy(module: str) -> str:
    """The command that installs what ``import module`` needs; '' where nobody here knows it."""
    top = module.partition(".")[0]
    extra = "research" if top in RESEARCH else PROVIDERS.get(top, "")
    if extra:
        return f"pip install 'bullet-bus[{extra}]'"
    return f"pip install {_OTHERS[top]}" if top in _OTHERS else ""


def lacking(module: str) -> str:
    """One line for a module that is not installed, with the command where it is known."""
    command = remedy(module)
    how = f"请运行 {command}" if command else "请用 pip 安装，或把它放在策略文件旁边"
    return f"没有安装 {module.partition('.')[0]} 库，{how} [NEEDS_LIBRARY]"


def said_of(error: BaseException) -> str:
    """What an error of a strategy is, in one line: a library that is not installed with its remedy."""
    if isinstance(error, ModuleNotFoundError) and error.name and not error.name.startswith(_OURS):
        return lacking(error.name)
    return f"{type(error).__name__}: {error}"


def need(module: str, function: str) -> None:
    """NeedsLibrary unless the module can be imported; ``function`` is what of JoinQuant's needs it."""
    if find_spec(module) is None:
        raise NeedsLibrary(f"{function} 要用 {module}：{lacking(module)}", name=module)

"""The names of instruments: JoinQuant's symbols, the board each code belongs to, and the spellings of other tools."""

import re
from enum import StrEnum
from functools import lru_cache


class Board(StrEnum):
    MAIN = "main"
    CHINEXT = "chinext"
    STAR = "star"
    BSE = "bse"
    B_SHARE = "b_share"
    ETF = "etf"
    LOF = "lof"
    REIT = "reit"
    CONVERTIBLE = "convertible"
    REPO = "repo"
    INDEX = "index"


class UnknownSymbol(ValueError):
    """No board has such a code."""


# ashare_rules 1; 43, 83 and 87 are the Beijing codes before 2025-10-09, 899 its indices.
_PREFIXES = {
    "XSHG": {
        Board.MAIN: "600 601 603 605",
        Board.STAR: "688 689",
        Board.B_SHARE: "900",
        Board.ETF: "510 511 512 513 514 515 516 517 518 520 530 550 551 552 553 56 588 589",
        Board.LOF: "501 502 506",
        Board.REIT: "508",
        Board.CONVERTIBLE: "110 111 113 118",
        Board.REPO: "204",
        Board.INDEX: "000",
    },
    "XSHE": {
        Board.MAIN: "000 001 002 003",
        Board.CHINEXT: "300 301 302",
        Board.B_SHARE: "200",
        Board.ETF: "159",
        Board.LOF: "16",
        Board.REIT: "180",
        Board.CONVERTIBLE: "123 127 128",
        Board.REPO: "131",
        Board.INDEX: "399",
    },
    "BJ": {Board.BSE: "920 43 83 87", Board.INDEX: "899"},
}
_BOARDS = {
    (exchange, prefix): board
    for exchange, boards in _PREFIXES.items()
    for board, prefixes in boards.items()
    for prefix in prefixes.split()
}
_WRITTEN = re.compile(r"(?:(SH|SZ|BJ)\.?)?([0-9]{6})(?:\.?(XSHG|XSHE|SH|SZ|BJ))?")
_JQ_SUFFIX = {"SH": "XSHG", "SZ": "XSHE", "BJ": "BJ", "XSHG": "XSHG", "XSHE": "XSHE"}
_QMT_SUFFIX = {"XSHG": "SH", "XSHE": "SZ", "BJ": "BJ"}


@lru_cache(maxsize=16_384)
def board_of(symbol: str) -> Board:
    """The board of '600000.XSHG' by suffix and prefix (ashare_rules 1); UnknownSymbol where there is none."""
    code, _, exchange = symbol.partition(".")
    board = _BOARDS.get((exchange, code[:3])) or _BOARDS.get((exchange, code[:2]))
    if board is None or len(code) != 6 or not (code.isascii() and code.isdigit()):
        raise UnknownSymbol(f"无法识别的证券代码：{symbol!r}")
    return board


@lru_cache(maxsize=16_384, typed=True)
def normalize_code(text: str | int) -> str:
    """'600000.XSHG' from '600000.SH', 'sh600000', '600000SH', '600000' or 600000, as JoinQuant's function of this name.

    A bare code is guessed as JoinQuant does: 5, 6, 9 Shanghai, else Shenzhen; 920, 4 and 8 Beijing. Where that names
    no board (a bare Shanghai convertible), and for any other text: UnknownSymbol.
    """
    written = f"{text:06d}" if isinstance(text, int) else text.strip().upper()
    found = _WRITTEN.fullmatch(written)
    if found is None:
        raise UnknownSymbol(f"无法识别的证券代码：{text!r}")
    before, code, after = found.groups()
    if before and after and _JQ_SUFFIX[before] != _JQ_SUFFIX[after]:
        raise UnknownSymbol(f"证券代码的前后缀矛盾：{text!r}")
    if before or after:
        return f"{code}.{_JQ_SUFFIX[before or after]}"
    symbol = f"{code}.{_guessed_exchange(code)}"
    board_of(symbol)
    return symbol


def _guessed_exchange(code: str) -> str:
    if code.startswith(("920", "4", "8")):
        return "BJ"
    return "XSHG" if code[0] in "569" else "XSHE"


def to_qmt(symbol: str) -> str:
    """'600000.SH' from '600000.XSHG'; UnknownSymbol for another suffix."""
    code, _, exchange = symbol.partition(".")
    if exchange not in _QMT_SUFFIX:
        raise UnknownSymbol(f"无法识别的证券代码：{symbol!r}")
    return f"{code}.{_QMT_SUFFIX[exchange]}"


def from_qmt(code: str) -> str:
    """'600000.XSHG' from '600000.SH'; UnknownSymbol for another suffix."""
    digits, _, exchange = code.upper().partition(".")
    if exchange not in _QMT_SUFFIX.values():
        raise UnknownSymbol(f"无法识别的证券代码：{code!r}")
    return f"{digits}.{_JQ_SUFFIX[exchange]}"

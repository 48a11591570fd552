"""What may be traded and how: board, lot, tick, price limit and price cage of a symbol on a day (ashare_rules 1-7).

Symbols are JoinQuant's: 600000.XSHG, 000001.XSHE, 920002.BJ. Prices are integers in 1/10,000 of the quote currency.
What a prefix cannot tell (first days after listing, delisting periods, most funds' T+0) is the caller's knowledge.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from common.symbols import Board, UnknownSymbol, board_of, from_qmt, normalize_code, to_qmt

__all__ = [
    "Board",
    "TradingRules",
    "UnknownSymbol",
    "board_of",
    "cage_e4",
    "divide_half_up",
    "from_qmt",
    "limit_prices_e4",
    "normalize_code",
    "price_refusal",
    "qty_refusal",
    "round_buy_qty",
    "round_price_e4",
    "round_sell_qty",
    "rules_of",
    "to_qmt",
]


@dataclass(frozen=True, slots=True)
class TradingRules:
    """The rules of one symbol on one day; prices in 1/10,000, quantities in shares or bonds."""

    board: Board
    tradable: bool
    tick_e4: int
    lot: int  # what quantities are shown and rounded in
    step: int  # buys are a multiple of it
    min_buy_qty: int
    max_limit_qty: int
    max_market_qty: int  # 0: no market orders
    t_plus: int  # 0: may be sold on the day it was bought
    is_fund: bool
    has_stamp_duty: bool
    has_transfer_fee: bool
    limit_ratio_e4: int  # 1000 is 10 %; 0: no price limit
    limit_moves_a_tick: bool  # the limit is at least one tick from the previous close
    cage_ratio_e4: int  # 0: no price cage
    cage_ticks: int

    @property
    def has_price_cage(self) -> bool:
        return self.cage_ratio_e4 > 0


_STOCKS = frozenset({Board.MAIN, Board.CHINEXT, Board.STAR, Board.BSE, Board.B_SHARE})
_FUNDS = frozenset({Board.ETF, Board.LOF, Board.REIT})

# Bond and money (511), cross-border (513) and gold (518) funds, and the well-known ones among Shenzhen's 159 (our own
# knowledge). Any other fund is taken as T+1 and 10 %, the careful side; the broker's instrument record knows better.
_T0_FUND_PREFIXES = frozenset({"511", "513", "518"})
_T0_FUNDS = frozenset(
    {"159605", "159607", "159740", "159742", "159920", "159934", "159937", "159941", "159980", "159981", "159985"}
)
_WIDE_FUND_PREFIXES = frozenset({"588", "589"})
_WIDE_FUNDS = frozenset(
    {"159781", "159782", "159783", "159908", "159915", "159948", "159949", "159952", "159957", "159958", "159977"}
)

_NEW_CAGE = date(2023, 4, 10)
_CHINEXT_REFORM = date(2020, 8, 24)
_ST_TEN_PERCENT = date(2026, 7, 6)
_CONVERTIBLE_LIMIT = date(2022, 8, 1)
_TICK_APART_SZSE = date(2011, 2, 28)
_TICK_APART_SSE = date(2023, 4, 10)

# lot, step, least buy, largest limit order, largest market order (ashare_rules 3)
_HUNDREDS = (100, 100, 100, 1_000_000, 1_000_000)
_TENS = (10, 10, 10, 1_000_000, 0)
_QUANTITIES = {
    Board.STAR: (100, 1, 200, 100_000, 50_000),
    Board.CHINEXT: (100, 100, 100, 300_000, 150_000),
    Board.BSE: (100, 1, 100, 1_000_000, 1_000_000),
    Board.CONVERTIBLE: _TENS,
    Board.REPO: _TENS,
}


@lru_cache(maxsize=65_536)
def rules_of(symbol: str, day: date, *, st: bool = False) -> TradingRules:
    """The rules of `symbol` on `day`; `st` marks a risk-warning share. UnknownSymbol where there is no such board."""
    board = board_of(symbol)
    old_chinext = board is Board.CHINEXT and day < _CHINEXT_REFORM
    lot, step, min_buy_qty, max_limit_qty, max_market_qty = (
        _HUNDREDS if old_chinext else _QUANTITIES.get(board, _HUNDREDS)
    )
    cage_ratio_e4, cage_ticks = _cage(board, day)
    return TradingRules(
        board=board,
        tradable=board is not Board.INDEX,
        tick_e4=_tick_e4(symbol, board),
        lot=lot,
        step=step,
        min_buy_qty=min_buy_qty,
        max_limit_qty=max_limit_qty,
        max_market_qty=max_market_qty,
        t_plus=_t_plus(symbol, board),
        is_fund=board in _FUNDS,
        has_stamp_duty=board in _STOCKS,
        has_transfer_fee=board in _STOCKS,
        limit_ratio_e4=_limit_ratio_e4(symbol, board, day, st=st),
        limit_moves_a_tick=day >= (_TICK_APART_SSE if symbol.endswith(".XSHG") else _TICK_APART_SZSE),
        cage_ratio_e4=cage_ratio_e4,
        cage_ticks=cage_ticks,
    )


def _tick_e4(symbol: str, board: Board) -> int:
    """ashare_rules 4."""
    if board in _FUNDS or board is Board.CONVERTIBLE:
        return 10
    if board is Board.REPO:
        return 50
    return 10 if board is Board.B_SHARE and symbol.endswith(".XSHG") else 100


def _t_plus(symbol: str, board: Board) -> int:
    """ashare_rules 7."""
    if board is Board.CONVERTIBLE or board is Board.REPO:
        return 0
    return 0 if board is Board.ETF and (symbol[:3] in _T0_FUND_PREFIXES or symbol[:6] in _T0_FUNDS) else 1


def _limit_ratio_e4(symbol: str, board: Board, day: date, *, st: bool) -> int:
    """ashare_rules 5."""
    match board:
        case Board.INDEX | Board.REPO:
            return 0
        case Board.CONVERTIBLE:
            return 2000 if day >= _CONVERTIBLE_LIMIT else 0
        case Board.STAR:
            return 2000
        case Board.BSE:
            return 3000
        case Board.CHINEXT if day >= _CHINEXT_REFORM:
            return 2000
        case Board.ETF | Board.LOF | Board.REIT:
            wide = symbol[:3] in _WIDE_FUND_PREFIXES or symbol[:6] in _WIDE_FUNDS
            return 2000 if wide and day >= _CHINEXT_REFORM else 1000
    return 500 if st and day < _ST_TEN_PERCENT else 1000


def _cage(board: Board, day: date) -> tuple[int, int]:
    """Ratio and ticks of the price cage (ashare_rules 6).

    From 2020-08-24 to 2023-04-09 ChiNext kept orders outside and released them later; nothing was refused: no cage.
    """
    if board is Board.BSE:
        return 500, 10
    if board in (Board.MAIN, Board.CHINEXT, Board.STAR) and day >= _NEW_CAGE:
        return 200, 10
    return (200, 0) if board is Board.STAR else (0, 0)


def divide_half_up(numerator: int, denominator: int) -> int:
    """The nearest integer, halves up, of a quotient that is not negative."""
    return (2 * numerator + denominator) // (2 * denominator)


def round_price_e4(price_e4: int, tick_e4: int, *, up: bool | None = None) -> int:
    """`price_e4` on the tick: the nearest one with halves up, or the next one up or down."""
    if up is None:
        return divide_half_up(price_e4, tick_e4) * tick_e4
    return (-(-price_e4 // tick_e4) if up else price_e4 // tick_e4) * tick_e4


def limit_prices_e4(symbol: str, prev_close_e4: int, day: date, *, st: bool = False) -> tuple[int, int]:
    """(limit down, limit up): previous close x (1 -/+ ratio), half-up to the tick (ashare_rules 5).

    The previous close is the ex-rights reference on an ex-date. (0, 0) says there is no limit: an index, a repo, a
    convertible before 2022-08-01, or an unknown previous close of 0. Days without a limit are the caller's knowledge.
    """
    rules = rules_of(symbol, day, st=st)
    if rules.limit_ratio_e4 == 0 or prev_close_e4 <= 0:
        return 0, 0
    tick_e4 = rules.tick_e4
    down, up = (
        divide_half_up(prev_close_e4 * ratio, 10_000 * tick_e4) * tick_e4
        for ratio in (10_000 - rules.limit_ratio_e4, 10_000 + rules.limit_ratio_e4)
    )
    if rules.limit_moves_a_tick:
        down, up = min(down, prev_close_e4 - tick_e4), max(up, prev_close_e4 + tick_e4)
    return max(down, tick_e4), up


def cage_e4(symbol: str, side: str, base_e4: int, day: date) -> int | None:
    """The highest buy or lowest sell limit price in continuous trading, None where there is no cage (ashare_rules 6).

    `base_e4` is the best opposite price, else the best own one, else the last, else the previous close; 0 is unknown
    and has no cage. The bound is rounded half-up to the tick.
    """
    rules = rules_of(symbol, day)
    if not rules.has_price_cage or base_e4 <= 0:
        return None
    sign = 1 if side == "buy" else -1
    scaled = base_e4 * (10_000 + sign * rules.cage_ratio_e4)
    by_ratio = divide_half_up(scaled, 10_000 * rules.tick_e4) * rules.tick_e4
    by_ticks = base_e4 + sign * rules.cage_ticks * rules.tick_e4
    return max(by_ratio, by_ticks) if sign > 0 else max(min(by_ratio, by_ticks), rules.tick_e4)


def price_refusal(symbol: str, price_e4: int, limit_down_e4: int, limit_up_e4: int, day: date) -> str | None:
    """Why the exchange would refuse this limit price: a reason code, or None; a limit of 0 is no limit."""
    if price_e4 <= 0 or price_e4 % rules_of(symbol, day).tick_e4:
        return "PRICE_NOT_TICK"
    if limit_up_e4 and price_e4 > limit_up_e4:
        return "PRICE_ABOVE_LIMIT"
    return "PRICE_BELOW_LIMIT" if price_e4 < limit_down_e4 else None


def round_buy_qty(symbol: str, qty: int, day: date) -> int:
    """The largest quantity not above `qty` that may be bought; 0 if none. The largest order is not looked at."""
    rules = rules_of(symbol, day)
    rounded = qty - qty % rules.step
    return rounded if rounded >= rules.min_buy_qty else 0


def round_sell_qty(symbol: str, qty: int, held_closeable: int, day: date) -> int:
    """The largest quantity above neither `qty` nor `held_closeable` that may be sold; 0 if none (ashare_rules 3)."""
    rules = rules_of(symbol, day)
    wanted = min(qty, held_closeable)
    if rules.step == 1:
        return wanted if wanted >= rules.min_buy_qty or wanted == held_closeable else 0
    whole = wanted - wanted % rules.step
    with_odd_part = wanted - (wanted - held_closeable) % rules.step
    return max(whole, with_odd_part, 0)


def qty_refusal(symbol: str, side: str, qty: int, closeable: int, day: date, *, market: bool) -> str | None:
    """Why the exchange would refuse this quantity: a reason code, or None (ashare_rules 3).

    NOT_SUPPORTED where the instrument takes no such order at all. Whether `closeable` suffices is not looked at.
    """
    rules = rules_of(symbol, day)
    if not rules.tradable or (market and not rules.max_market_qty):
        return "NOT_SUPPORTED"
    if qty <= 0:
        return "QTY_NOT_POSITIVE"
    if qty > (rules.max_market_qty if market else rules.max_limit_qty):
        return "QTY_ABOVE_MAX"
    if side == "sell":
        return None if _sells_whole(rules, qty, closeable) else "ODD_LOT"
    if qty < rules.min_buy_qty:
        return "QTY_BELOW_MIN"
    return "QTY_NOT_LOT" if qty % rules.step else None


def _sells_whole(rules: TradingRules, qty: int, closeable: int) -> bool:
    """All odd shares go in one order, with or without full lots: of 250, 50 and 150 may be sold, 30 and 220 not."""
    if rules.step == 1:
        return qty >= rules.min_buy_qty or qty == closeable
    return qty % rules.step in (0, closeable % rules.step)

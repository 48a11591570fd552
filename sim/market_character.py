"""What a synthetic instrument is like for good: its price level, tick, lot, volatility, turnover and spread."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from math import exp
from random import Random

from common.instruments import Board, board_of, rules_of
from sim.market_names import KNOWN, real_name

# Tick and lot of a code have never changed, so any day tells them.
_ANY_DAY = date(2024, 1, 2)
# Price level in yuan (middle, spread of its logarithm, least, most) and daily volatility of each board.
_LEVELS = {
    Board.ETF: (1.4, 0.4, 0.7, 5.0, 0.012),
    Board.LOF: (1.2, 0.3, 0.7, 3.0, 0.010),
    Board.REIT: (3.5, 0.3, 2.0, 8.0, 0.008),
    Board.CONVERTIBLE: (122.0, 0.08, 102.0, 160.0, 0.011),
    Board.REPO: (2.0, 0.1, 1.4, 3.0, 0.03),
    Board.INDEX: (3200.0, 0.4, 1000.0, 9000.0, 0.011),
    Board.B_SHARE: (3.0, 0.4, 1.5, 10.0, 0.014),
    Board.CHINEXT: (24.0, 0.6, 6.0, 200.0, 0.026),
    Board.STAR: (38.0, 0.6, 9.0, 300.0, 0.027),
    Board.BSE: (18.0, 0.5, 6.0, 90.0, 0.030),
    Board.MAIN: (14.0, 0.55, 4.5, 120.0, 0.020),
}
_LEAST_LOTS = 12_000
_MONEY_FUNDS = "511"


@dataclass(frozen=True, slots=True)
class Character:
    """Prices in ticks of ``tick_e4``, quantities in lots of ``lot`` shares (bonds for a convertible)."""

    symbol: str
    name: str
    board: Board
    tick_e4: int
    lot: int
    level: int  # middle price in ticks
    volatility: float  # of a day's logarithmic return
    lots: int  # a middling day's volume
    spread: int  # usual distance between best bid and ask, in ticks


@lru_cache(maxsize=16_384)
def character_of(symbol: str) -> Character:
    """The same for every seed and day. UnknownSymbol where no board has such a code."""
    board = board_of(symbol)
    rng = Random(symbol)
    middle, width, least, most, volatility = _LEVELS[board]
    price = min(max(middle * exp(width * rng.gauss(0.0, 1.0)), least), most)
    turnover_yuan = 2.5e8 * exp(0.7 * rng.gauss(0.0, 1.0))
    if symbol in KNOWN:
        _, price, turnover = KNOWN[symbol]
        turnover_yuan, volatility = turnover * 1e8, volatility * 0.8
    elif symbol.startswith(_MONEY_FUNDS):
        price = 100.0
    if symbol.startswith(_MONEY_FUNDS):
        volatility = 0.0004
    rules = rules_of(symbol, _ANY_DAY)
    level = round(price * 10_000 / rules.tick_e4)
    return Character(
        symbol=symbol,
        name=real_name(symbol) or f"示例{symbol[:6]}",
        board=board,
        tick_e4=rules.tick_e4,
        lot=rules.lot,
        level=level,
        volatility=volatility,
        lots=max(round(turnover_yuan / (price * rules.lot)), _LEAST_LOTS),
        spread=max(1, round(level * 0.0002)),
    )

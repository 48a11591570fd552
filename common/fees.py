"""What an order costs: commission, stamp duty, transfer fee and, by contract, exchange fees (ashare_rules 8).

Each fee is rounded half-up to the fen; the least commission is per order across its fills. Rates are x 10^7, money is
in 1/10,000 yuan. Handling and regulatory fees are charged apart only where the commission does not contain them.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from common.instruments import Board, rules_of

RATE_ONE_E7 = 10_000_000
_FEN_E4 = 100
_FEN_OF_ONE = RATE_ONE_E7 * _FEN_E4


@dataclass(frozen=True, slots=True)
class FeeSchedule:
    """The contract with the broker; `all_in` says its commission contains handling and regulatory fees."""

    commission_e7: int = 3000
    commission_min_e4: int = 50_000
    all_in: bool = True


# (first day, rate x 10^7), newest first. Before 2008-09-19 and 2022-04-29 from our own knowledge: stamp duty was also
# paid on buys, the transfer fee was 0.002 % since 2015-08-01 and by number of shares before, which a value cannot tell.
_STAMP_SELL = (
    (date(2023, 8, 28), 5000),
    (date(2008, 4, 24), 10_000),
    (date(2007, 5, 30), 30_000),
    (date(2005, 1, 24), 10_000),
)
_STAMP_BUY = ((date(2008, 9, 19), 0), *_STAMP_SELL[1:])
_TRANSFER = ((date(2022, 4, 29), 100), (date(2015, 8, 1), 200))
_HANDLING = ((date(2023, 8, 28), 341), (date(2015, 8, 1), 487))
_HANDLING_BSE = ((date(2023, 8, 28), 1250), (date(2022, 12, 1), 2500), (date(2021, 11, 15), 5000))
_REGULATORY = ((date(2012, 1, 1), 200),)


def order_fee_e4(symbol: str, side: str, value_e4: int, day: date, schedule: FeeSchedule) -> int:
    """All fees of ONE order whose fills sum to `value_e4`, in 1/10,000 yuan; 0 for an order that did not trade."""
    assert value_e4 >= 0, f"value of fills {value_e4}"
    if value_e4 == 0:
        return 0
    fee_e4 = max(_charged_e4(value_e4, schedule.commission_e7), schedule.commission_min_e4)
    for rate_e7 in _rates_e7(symbol, side, day, all_in=schedule.all_in):
        fee_e4 += _charged_e4(value_e4, rate_e7)
    return fee_e4


def fill_fee_e4(
    symbol: str, side: str, value_before_e4: int, fill_value_e4: int, day: date, schedule: FeeSchedule
) -> int:
    """What a fill adds to the fees of its order, of which `value_before_e4` had filled; they sum to the order's fee."""
    after_e4 = order_fee_e4(symbol, side, value_before_e4 + fill_value_e4, day, schedule)
    return after_e4 - order_fee_e4(symbol, side, value_before_e4, day, schedule)


def _charged_e4(value_e4: int, rate_e7: int) -> int:
    """The nearest fen, halves up."""
    return (2 * value_e4 * rate_e7 + _FEN_OF_ONE) // (2 * _FEN_OF_ONE) * _FEN_E4


@lru_cache(maxsize=16_384)
def _rates_e7(symbol: str, side: str, day: date, *, all_in: bool) -> tuple[int, ...]:
    """Rates beside the commission, without those that are 0."""
    rules = rules_of(symbol, day)
    rates = []
    if rules.has_stamp_duty:
        rates.append(_rate_on(day, _STAMP_SELL if side == "sell" else _STAMP_BUY))
    if rules.has_transfer_fee:
        rates.append(_rate_on(day, _TRANSFER))
    if not all_in:
        rates.append(_rate_on(day, _HANDLING_BSE if rules.board is Board.BSE else _HANDLING))
        rates.append(_rate_on(day, _REGULATORY))
    return tuple(rate for rate in rates if rate)


def _rate_on(day: date, table: tuple[tuple[date, int], ...]) -> int:
    return next((rate for since, rate in table if day >= since), 0)

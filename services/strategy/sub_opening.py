"""What the ledgers own of what the account holds at a day's opening: shares given on an ex-day, and shares gone."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from common import messages as m
from services.strategy.sub_state import Lot, Opening

ONE_E9 = 10**9
_SLACK = 100
"""A reference price is rounded to the tick, and a dividend is in the ratio too: the shares may differ by 1 %."""


def adopted(
    openings: Sequence[Opening], before: Mapping[str, int], now: Mapping[str, int], ratios_e9: Mapping[str, int]
) -> tuple[tuple[Opening, ...], list[str]]:
    """The openings as the account's shares ``now`` allow them, and a line about every change.

    ``before`` is what the account held when the day before ended (absent: not known), ``ratios_e9`` what prices of
    before are divided by since then. Shares that an ex-day gave or took are the ledgers' in proportion, in whole
    shares; what is left over belongs to none. Cash dividends are the account's: a ratio does not say how much of it.
    """
    claims: dict[str, dict[int, int]] = {}
    for pindex, opening in enumerate(openings):
        for lot in opening.lots:
            claims.setdefault(lot.symbol, {})[pindex] = lot.qty
    lines: list[str] = []
    owned = {
        symbol: _owned(symbol, claim, before.get(symbol), now.get(symbol, 0), ratios_e9.get(symbol, ONE_E9), lines)
        for symbol, claim in claims.items()
    }
    return tuple(_with(opening, pindex, owned) for pindex, opening in enumerate(openings)), lines


def changed(openings: Sequence[Opening], before: Mapping[str, int], now: Mapping[str, int]) -> list[str]:
    """The ledgers' securities of which the account has more or less than when the day before ended, or is not known
    to have as much."""
    symbols = dict.fromkeys(lot.symbol for opening in openings for lot in opening.lots)
    return [symbol for symbol in symbols if before.get(symbol) != now.get(symbol, 0)]


def ratio_e9(one: m.Adjustment, since_day: int, until_day: int) -> int:
    """Of all ex-days after ``since_day`` up to ``until_day``."""
    product = ONE_E9
    for day, each in zip(one.days, one.ratios_e9, strict=True):
        if since_day < day <= until_day:
            product = product * each // ONE_E9
    return product


def _owned(
    symbol: str, claim: dict[int, int], before: int | None, now: int, ratio: int, lines: list[str]
) -> dict[int, int]:
    if before and _explains(before, now, ratio):
        grown = {pindex: qty * now // before for pindex, qty in claim.items()}
        rest = sum(claim.values()) * now // before - sum(grown.values())
        said = "、".join(f"{pindex} 号 {claim[pindex]:,} → {qty:,} 股" for pindex, qty in grown.items())
        lines.append(
            f"{symbol} 除权，账户由 {before:,} 变为 {now:,} 股，子账户按比例调整：{said}；余 {rest} 股不归子账户"
        )
        claim = grown
    elif before is not None and before < now:
        lines.append(f"{symbol} 账户由 {before:,} 变为 {now:,} 股，不是除权所致：多出的不归子账户")
    total = sum(claim.values())
    if total <= now:
        return claim
    left = {pindex: qty * max(now, 0) // total for pindex, qty in claim.items()}
    said = "、".join(f"{pindex} 号 {claim[pindex]:,} → {qty:,} 股" for pindex, qty in left.items())
    lines.append(f"{symbol} 子账户共记有 {total:,} 股，账户只有 {now:,} 股（在别处卖出或转出），子账户减为：{said}")
    return left


def _explains(before: int, now: int, ratio: int) -> bool:
    """Whether the ex-days since then can have made one number of shares of the other."""
    most = before * ratio // ONE_E9
    if ratio > ONE_E9:
        return before < now <= most + most // _SLACK + 1
    return ratio < ONE_E9 and most - most // _SLACK - 1 <= now < before


def _with(opening: Opening, pindex: int, owned: Mapping[str, Mapping[int, int]]) -> Opening:
    lots = (_resized(lot, owned[lot.symbol][pindex]) for lot in opening.lots)
    return dataclasses.replace(opening, lots=tuple(lot for lot in lots if lot.qty))


def _resized(lot: Lot, qty: int) -> Lot:
    """Shares that were given cost nothing; those that are gone take their cost along."""
    cost_e4 = lot.cost_e4 if qty >= lot.qty else lot.cost_e4 * qty // lot.qty
    return dataclasses.replace(lot, qty=qty, cost_e4=cost_e4)

"""The demo on a recorded day: every fill was really there, as the file of snapshots itself shows."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from msgspec import structs

from common import beijing
from common import messages as m
from tests.stack.books import Books
from tests.stack.desk import ROOT, Desk

DAY = date(2023, 2, 7)
LIMITS = {"MAX_ORDER_VALUE": "400000", "MAX_DAILY_TRADE_VALUE": "2000000", "MAX_POSITION_RATIO": "100"}


@dataclass(frozen=True)
class Shown:
    """A snapshot: five levels of each side, and what traded since the one before at prices between two known ones."""

    at_ns: int
    bids: dict[int, int]
    asks: dict[int, int]
    traded: int
    lowest_e4: int
    highest_e4: int


def e4(text: str) -> int:
    return int(Decimal(text) * 10_000)


def snapshots(path: Path) -> Iterator[Shown]:
    before: dict[str, str] | None = None
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            hours, minutes, seconds = map(int, row["time"].split(":"))
            at_ns = beijing.midnight(DAY) + (hours * 3600 + minutes * 60 + seconds) * beijing.SECOND_NS
            bids, asks = (
                {e4(row[f"{side}{n}_px"]): int(row[f"{side}{n}_qty"]) for n in range(1, 6)} for side in ("bid", "ask")
            )
            traded = int(row["volume"]) - (int(before["volume"]) if before else 0)
            certain = [e4(row["last"])]
            if before is None or row["low"] != before["low"]:
                certain.append(e4(row["low"]))
            if before is None or row["high"] != before["high"]:
                certain.append(e4(row["high"]))
            yield Shown(at_ns, bids, asks, traded, min(certain), max(certain))
            before = row


def was_there(fill: m.BrokerFill, shown: list[Shown]) -> bool:
    """Offered by the snapshot in force, or traded in the interval that ends with it."""
    in_force = max(one.at_ns for one in shown if one.at_ns <= fill.at_ns)
    for one in shown:
        if one.at_ns != in_force:
            continue
        opposite = one.asks if fill.side is m.Side.BUY else one.bids
        if opposite.get(fill.price_e4, 0) >= fill.qty:
            return True
        if one.lowest_e4 <= fill.price_e4 <= one.highest_e4 and fill.qty <= one.traded:
            return True
    return False


def test_every_fill_of_the_recorded_day_was_really_there(new_desk: Callable[..., Desk], shared_data: Path) -> None:
    folder = shared_data / "l2_600519_20230207"
    desk = new_desk(LIMITS)
    demo = ROOT / "strategies" / "demo_strategy.py"
    live = desk.live(demo, "--quotes", str(folder), "--date", f"{DAY}")
    said = live.finish()
    assert "核对一致" in said
    fills = Books(live.runtime).statement().fills
    assert fills, "the demo traded"
    assert {fill.symbol for fill in fills} == {"600519.XSHG"}
    shown = list(snapshots(folder / "snapshots_10level.csv"))
    for fill in fills:
        assert was_there(fill, shown), f"{fill} was nowhere to be had"
        # The check itself can say no.
        assert not was_there(structs.replace(fill, price_e4=fill.price_e4 * 2), shown)

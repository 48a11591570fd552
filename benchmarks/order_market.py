"""A recorded morning in which every order fills: one symbol, a flat price, and a book no benchmark can empty."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

SHARES = 1_000_000_000
_LEVELS = range(1, 11)
_FIELDS = (
    "seq",
    "time",
    "phase_code",
    "num_trades",
    "volume",
    "amount",
    "prev_close",
    "last",
    "open",
    "high",
    "low",
    "bid_wavg",
    "bid_total_qty",
    "ask_wavg",
    "ask_total_qty",
    *(f"{side}{level}_{what}" for side in ("bid", "ask") for level in _LEVELS for what in ("px", "qty")),
)


def write_market(folder: Path, symbol: str, day: date, price: float) -> Path:
    """A file of 3-second snapshots from 10:00 to 11:00 with `price` on offer and a tick less bid for."""
    path = folder / f"{symbol}_{day:%Y%m%d}.csv"
    standing = dict.fromkeys(_FIELDS, "0") | {
        "phase_code": "2",
        **dict.fromkeys(("prev_close", "last", "open", "high", "low", "ask1_px"), f"{price:.2f}"),
        "bid1_px": f"{price - 0.01:.2f}",
        **dict.fromkeys(("bid1_qty", "ask1_qty"), str(SHARES)),
    }
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, _FIELDS)
        writer.writeheader()
        for seq in range(1200):
            minute, second = divmod(seq * 3, 60)
            volume, amount = 100 * (seq + 1), f"{100 * (seq + 1) * price:.2f}"
            written = {"seq": seq, "time": f"10:{minute:02d}:{second:02d}", "volume": volume, "amount": amount}
            writer.writerow(standing | written)
    return path

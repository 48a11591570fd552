"""A short drill: the cable is cut twice while a strategy trades from another host, and a listener learns nothing."""

from __future__ import annotations

import base64
import struct
from pathlib import Path
from random import Random

from zmq.utils import z85

from tests.remote.capture import streams
from tests.remote.drill import Tally, drawn, one_day
from tests.remote.harness import PORT, Split, SplitBooks
from tests.remote.namespaces import CLIENT, SERVER, open_network

SEED = 7


def test_two_cuts_lose_nothing_and_a_listener_on_the_wire_reads_nothing(tmp_path: Path) -> None:
    tally, record = Tally(), tmp_path / "wire.pcap"
    with open_network(SEED, record) as network:
        deployed = one_day(tmp_path / "day", drawn(2, 2, Random(SEED)), network, tally)
    assert tally.cuts.total() == 2 and tally.back_s
    assert tally.ends.total() > 30 and tally.fills > 20
    assert tally.doubled == tally.lost == tally.missed == 0 and tally.days_equal == tally.days == 1
    reads_nothing(record, deployed)


def reads_nothing(record: Path, deployed: Split) -> None:
    """Neither secrets nor anything that was traded is in what was recorded on the wire."""
    books, heard = SplitBooks(deployed), streams(record)
    assert {way.target for way in heard if way.source[0] == CLIENT} == {(SERVER, PORT), (SERVER, PORT + 1)}
    seen = b"\n".join(heard.values())
    assert seen.count(b"CURVE") >= 4 and len(seen) > 100_000, "hellos, then a day of trading"
    for secret in deployed.secrets:
        for spelled in (secret, z85.encode(secret), secret.hex().encode(), base64.b64encode(secret)[:40]):
            assert spelled not in seen
    assert deployed.token.encode() not in seen
    words = told_inside(books)
    inside = b"".join(file.read_bytes() for file in (books.runtime / "journals").glob("gateway-*"))
    assert len(words) > 100 and not [word for word in words if word not in inside], "what is looked for is to be found"
    assert not [word for word in words if word in seen]


def told_inside(books: SplitBooks) -> set[bytes]:
    """Of every order and fill of the day: symbol, ids, and the price as a frame has it (MessagePack, uint 32)."""
    day = books.statement()
    words = {name for order in day.orders for name in (order.symbol, order.client_order_id, order.venue_order_id)}
    prices = {order.price_e4 for order in day.orders} | {fill.price_e4 for fill in day.fills}
    words |= {fill.fill_id for fill in day.fills} | {books.run.strategy_id}
    return {word.encode() for word in words if len(word) > 4} | {struct.pack("!BI", 0xCE, price) for price in prices}

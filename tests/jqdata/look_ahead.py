"""Whether any data function tells a strategy of later: each call is made again in a market that ends at that moment.

    python -m tests.jqdata.look_ahead [--calls 10000] [--seed 1]

A strategy walks through a day and asks whatever can be asked; a fresh one is put at the same moment into the same
market, cut there. The answers must be equal, so what was kept from earlier must not be out of date either.
"""

from __future__ import annotations

import argparse
import functools
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import numpy as np

import jqdata as api
from common.beijing import MINUTE_NS, SECOND_NS, at, naive, stamp_text
from jqdata import host
from jqdata.fields import FIELDS
from jqdata.frames import Panel
from jqdata.snapshots import BarData, Tick
from services.gateway.quotes.library import Library
from tests.jqdata import look_ahead_factors
from tests.jqdata.look_ahead_host import World
from tests.jqdata.look_ahead_market import DAY, DAYS, MADE_UP, SYMBOLS, CutFeed, MadeUp, recorded
from tests.jqdata.look_ahead_provider import OLDER, UNKNOWN, Provider, cut, tables_of

MOMENTS, CALLS = 8, 40  # of one market, and at each moment
_CLOCKS = ("9:00", "9:25", "9:29:59", "9:30", "9:31", "11:30", "12:00", "13:00", "13:01", "14:57", "15:00", "15:30")
_UNITS = ("1d", "1d", "3d", "1w", "1M", "1m", "1m", "5m", "30m", "60m", "120m")
_made_up = functools.cache(MadeUp)


class Call(NamedTuple):
    """A data function with its arguments; ``only_bars``: it looks at nothing but finished bars."""

    name: str
    arguments: dict[str, Any]
    only_bars: bool = False


class Violation(Exception):
    """A call that knew of later; the text has everything to make it again."""


def calls(rng: Random, now: datetime, symbols: Sequence[str]) -> Iterator[Call]:
    """Endless calls with whatever arguments a strategy may think of at that time."""
    makers = (
        _history,
        _history,
        _attribute_history,
        _get_price,
        _get_price,
        _get_bars,
        _calc_factors,
        _current,
        _tick,
        _listing,
        _data,
    )
    while True:
        yield rng.choice(makers)(rng, now, symbols)


def _some(rng: Random, symbols: Sequence[str]) -> list[str]:
    return rng.sample(list(symbols), rng.randint(1, len(symbols)))


def _when(rng: Random, now: datetime) -> Any:
    """A date or a time around now, as strategies write them, now and then one to come."""
    moment = now + timedelta(minutes=rng.choice([0, 0, -1, -30, -300, -1500, -4500, 1, 60, 1500, 90_000]))
    forms = (moment, moment.date(), f"{moment:%Y-%m-%d}", f"{moment:%Y-%m-%d %H:%M:%S}", rng.choice(DAYS))
    return rng.choice(forms)


def _fields(rng: Random, unit: str) -> list[str]:
    allowed = FIELDS if unit in ("1d", "1m", "daily", "minute") else FIELDS[:6]
    return rng.sample(list(allowed), rng.randint(1, len(allowed)))


def _history(rng: Random, now: datetime, symbols: Sequence[str]) -> Call:
    unit = rng.choice(_UNITS)
    return Call(
        "history",
        {
            "count": rng.randint(1, 110 if symbols[-1] in UNKNOWN else 40),
            "unit": unit,
            "field": _fields(rng, unit)[0],
            "security_list": _some(rng, symbols),
            "df": rng.random() < 0.6,
            "skip_paused": rng.random() < 0.4,
            "fq": rng.choice(("pre", "pre", "post", None)),
        },
        only_bars=True,
    )


def _attribute_history(rng: Random, now: datetime, symbols: Sequence[str]) -> Call:
    asked = _history(rng, now, symbols).arguments
    asked |= {"security": rng.choice(symbols), "fields": _fields(rng, asked["unit"])}
    return Call("attribute_history", {k: v for k, v in asked.items() if k not in ("field", "security_list")}, True)


def _get_price(rng: Random, now: datetime, symbols: Sequence[str]) -> Call:
    unit = rng.choice(("daily", "minute", "1d", "1m", "5m", "60m", "3d"))
    start = DAYS[rng.randrange(25, len(DAYS))] if unit in ("daily", "1d", "3d") else DAYS[rng.randrange(41, len(DAYS))]
    if symbols[-1] in UNKNOWN:  # somebody can tell of days before the recording's
        start = rng.choice(OLDER if unit in ("daily", "1d", "3d") else DAYS[-8:])
    asked = {
        "security": rng.choice(symbols) if rng.random() < 0.3 else _some(rng, symbols),
        "end_date": _when(rng, now),
        "frequency": unit,
        "fields": _fields(rng, unit),
        "skip_paused": rng.random() < 0.4,
        "fq": rng.choice(("pre", "pre", "post", None)),
        "panel": rng.random() < 0.5,
        "fill_paused": rng.random() < 0.6,
    }
    return Call(
        "get_price", asked | ({"count": rng.randint(1, 30)} if rng.random() < 0.5 else {"start_date": start}), True
    )


def _get_bars(rng: Random, now: datetime, symbols: Sequence[str]) -> Call:
    unit = rng.choice(_UNITS)
    include_now = rng.random() < 0.5
    asked = {
        "security": rng.choice(symbols) if rng.random() < 0.4 else _some(rng, symbols),
        "count": rng.randint(1, 25),
        "unit": unit,
        "fields": ["date", *_fields(rng, unit)],
        "include_now": include_now,
        "end_dt": _when(rng, now) if rng.random() < 0.6 else None,
        "fq_ref_date": _when(rng, now) if rng.random() < 0.5 else None,
        "df": rng.random() < 0.4,
    }
    return Call("get_bars", asked, only_bars=not include_now)


def _calc_factors(rng: Random, now: datetime, symbols: Sequence[str]) -> Call:
    first, last = sorted(rng.choices(DAYS[-25:], k=2))
    end = now + timedelta(days=9) if rng.random() < 0.4 else datetime(last.year, last.month, last.day)
    return Call("calc_factors", look_ahead_factors.drawn(rng, _some(rng, symbols), first, end), only_bars=True)


def _current(rng: Random, now: datetime, symbols: Sequence[str]) -> Call:
    return Call("get_current_data", {"security_list": _some(rng, symbols)})


def _tick(rng: Random, now: datetime, symbols: Sequence[str]) -> Call:
    return Call("get_current_tick", {"security": _some(rng, symbols), "df": rng.random() < 0.5})


def _data(rng: Random, now: datetime, symbols: Sequence[str]) -> Call:
    return Call("data", {"unit": rng.choice(("1m", "1d")), "codes": _some(rng, symbols)})


def _listing(rng: Random, now: datetime, symbols: Sequence[str]) -> Call:
    when = _when(rng, now)
    return rng.choice(
        (
            Call("get_all_securities", {"types": rng.choice(("stock", "etf", "fund", "index")), "date": None}),
            Call("get_all_securities", {"types": ["stock", "etf", "index"], "date": when}),
            Call("get_security_info", {"code": rng.choice(symbols)}),
            Call("get_extras", {"info": "is_st", "security_list": _some(rng, symbols), "end_date": when, "count": 3}),
            Call("get_trade_days", {"end_date": when, "count": rng.randint(1, 50)}),
            Call("get_trade_day", {"security": rng.choice(symbols), "query_dt": when}),
            Call("get_all_trade_days", {}),
            Call("get_ticks", {"security": rng.choice(symbols), "end_dt": when, "count": 5}),
        )
    )


_CURRENT = ("last_price", "high_limit", "low_limit", "day_open", "paused", "is_st", "name", "industry_code")
_BAR = ("open", "close", "high", "low", "volume", "money", "avg", "pre_close", "paused", "returns", "high_limit")


def answer(call: Call) -> Any:
    """What the call gives, as plain values that can be compared; an exception is an answer as well."""
    try:
        if call.name == "data":
            table = BarData(call.arguments["unit"])
            return _plain({code: [getattr(table[code], name) for name in _BAR] for code in call.arguments["codes"]})
        if call.name == "calc_factors":
            return _plain(look_ahead_factors.shown(**call.arguments))
        if call.name == "get_current_data":
            current = api.get_current_data()
            codes = call.arguments["security_list"]
            return _plain({code: [getattr(current[code], name) for name in _CURRENT] for code in codes})
        function: Callable[..., Any] = getattr(api, call.name)
        return _plain(function(**call.arguments))
    except Exception as e:  # whatever a strategy would meet here it must meet in the other world too
        return type(e).__name__, str(e)


def _plain(value: Any) -> Any:
    match value:
        case Panel():
            return {name: _plain(value[name]) for name in value}
        case Tick():
            return [_plain(value[name]) for name in Tick.FIELDS]
        case dict():
            return {key: _plain(one) for key, one in value.items()}
        case list() | tuple():
            return [_plain(one) for one in value]
        case np.ndarray():
            return [str(value.dtype), [_plain(one) for one in value.tolist()]]
        case float():
            return repr(value)
        case _ if hasattr(value, "iloc"):
            rows = value.to_numpy(object).tolist()
            return [list(map(str, value.columns)), list(map(str, value.index)), _plain(rows)]
    return str(value)


def _moments(rng: Random) -> list[int]:
    """Times of the played day, in order."""
    seconds = [rng.randrange(9 * 3600, 16 * 3600) for _ in range(MOMENTS)]
    found = [at(DAY, "0:00") + second * SECOND_NS for second in seconds]
    found = [ns - ns % MINUTE_NS if rng.random() < 0.6 else ns for ns in found]
    return sorted(at(DAY, rng.choice(_CLOCKS)) if rng.random() < 0.3 else ns for ns in found)


def _asked(world: World, now_ns: int, logical_ns: int, call: Call) -> Any:
    world.go(now_ns, logical_ns)
    host.bind(world.host)
    try:
        return answer(call)
    finally:
        host.bind(None)


def walk(
    rng: Random, folder: Path, count: int, library: type[Library] = Library, provider: type[Provider] = Provider
) -> Counter[str]:
    """At most ``count`` calls through one market's day, by function; Violation for the first that knew of later.

    ``library``, and in every other market ``provider``, answer the strategy that walks.
    """
    asked: Counter[str] = Counter()
    made_up = _made_up(rng.randrange(2)) if rng.random() < 0.3 else None
    market = recorded(rng)
    whole = made_up or market.feed(folder / "whole")
    symbols = MADE_UP if made_up else SYMBOLS
    all_of_it = known_of_it = None
    if rng.random() < 0.5:
        tables = tables_of(rng)
        all_of_it, known_of_it = provider(tables), Provider(cut(tables))
        symbols = [*symbols, *UNKNOWN]
    world = World(whole, DAY, library, all_of_it)
    for number, now_ns in enumerate(_moments(rng)):
        ended = CutFeed(made_up, now_ns) if made_up else market.until(now_ns, rng).feed(folder / f"cut{number}")
        fresh = World(ended, DAY, provider=known_of_it)
        for call in _first(calls(rng, naive(now_ns), symbols), min(CALLS, count - asked.total())):
            # A callback that runs late gets the bars of the time it was due.
            late_ns = rng.randrange(0, 90) * SECOND_NS if call.only_bars and rng.random() < 0.2 else 0
            ours = _asked(world, now_ns, now_ns, call)
            theirs = _asked(fresh, now_ns, now_ns, call)
            if late_ns:
                ours = _asked(World(whole, DAY, library, all_of_it), now_ns + late_ns, now_ns, call)
            asked[call.name] += 1
            if ours != theirs:
                raise Violation(f"{stamp_text(now_ns)} late {late_ns // SECOND_NS}s {call}\n  {ours}\n  {theirs}")
    return asked


def _first(every: Iterator[Call], count: int) -> Iterator[Call]:
    return (next(every) for _ in range(max(count, 0)))


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.jqdata.look_ahead")
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    done: Counter[str] = Counter()
    violations, seed = 0, options.seed * 1_000_000
    while done.total() < options.calls:
        with tempfile.TemporaryDirectory() as folder:
            try:
                done += walk(Random(seed), Path(folder), options.calls - done.total())
            except Violation as found:
                violations += 1
                print(f"walk {seed}: {found}")
        seed += 1
    shown = ", ".join(f"{name} {count}" for name, count in sorted(done.items()))
    print(f"seed {options.seed}: {violations} violations in {done.total()} calls ({shown})")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

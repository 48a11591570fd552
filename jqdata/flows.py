"""Past snapshots, call auctions, money flows, margin lists and the like, as the data provider has them.

Of what is published after a day's close nothing of today comes back; snapshots and auctions come up to now.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from common.beijing import to_ns
from common.messages import Quote, Want
from jqdata import host, provided
from jqdata.provided import Codes, codes_of
from jqdata.units import When, time_of

if TYPE_CHECKING:
    from jqdata.frames import Frame

COLUMNS = {
    "money_flow": "date sec_code change_pct net_amount_main net_pct_main net_amount_xl net_pct_xl net_amount_l "
    "net_pct_l net_amount_m net_pct_m net_amount_s net_pct_s",
    "mtss": "date sec_code fin_value fin_buy_value fin_refund_value sec_value sec_sell_value sec_refund_value "
    "fin_sec_value",
    "billboard": "code day direction rank abnormal_code abnormal_name sales_depart_name buy_value buy_rate sell_value "
    "sell_rate total_value net_value amount",
}
"""JoinQuant's columns: a frame without rows has them too."""


def past_ticks(codes: list[str], first: datetime | None, last: datetime, count: int, *, skip: bool) -> dict[str, Frame]:
    """The provider's snapshots by code up to ``last``, the last ``count`` (0: all) or those since ``first``.

    ``skip`` leaves out those without a trade.
    """
    known, skipping = f"{last:%Y-%m-%d %H:%M:%S}", "skip" if skip else ""
    want = Want("ticks", known, "span", f"{first or ''}", known, count=count, key=skipping, codes=codes)
    found = provided.frame("get_ticks", [want])
    provided.stamped(found, "time")
    return {code: _ticks_of(found[found["code"] == code], count, skip=skip) for code in codes}


def past_quote(code: str, when: When) -> Quote | None:
    """The last snapshot of that moment, of the same day; None where there is none."""
    moment = time_of(when)
    last = min(moment, host.current().now())
    found = past_ticks([code], None, last, 1, skip=False)[code]
    if found.empty or found["time"].iloc[-1].date() != moment.date():
        return None
    row: dict[str, Any] = {f"{name}": 0.0 if value != value else value for name, value in found.iloc[-1].items()}
    levels = {
        side: tuple(
            (round(row[f"{side}{n}_p"] * 1e4), int(row[f"{side}{n}_v"])) for n in range(1, 6) if f"{side}{n}_p" in row
        )
        for side in "ab"
    }
    e4 = {name: round(row.get(name, 0) * 1e4) for name in ("current", "open", "high", "low", "money")}
    return Quote(
        symbol=code, at_ns=to_ns(row["time"].to_pydatetime()), last_price_e4=e4["current"], open_e4=e4["open"],
        high_e4=e4["high"], low_e4=e4["low"], prev_close_e4=0, limit_down_e4=0, limit_up_e4=0,
        volume=int(row.get("volume", 0)), money_e4=e4["money"], trade_low_e4=0, trade_high_e4=0, suspended=False,
        bids=levels["b"], asks=levels["a"],
    )  # fmt: skip


def _ticks_of(part: Frame, count: int, *, skip: bool) -> Frame:
    if skip and "volume" in part:
        part = part[part["volume"].diff() != 0]
    return (part.tail(count) if count else part).reset_index(drop=True)


def get_call_auction(security: Codes, start_date: When, end_date: When, fields: Codes | None = None) -> Frame:
    """The 09:25 snapshot of each day, by code and time."""
    now = host.current().now()
    last = provided.day_of(end_date, now.date())
    want = Want(
        "call_auction",
        f"{now:%Y-%m-%d %H:%M:%S}",
        "span",
        f"{time_of(start_date).date()}",
        f"{last}",
        codes=codes_of(security),
    )
    found = provided.frame("get_call_auction", [want])
    provided.stamped(found, "time")
    names = [fields] if isinstance(fields, str) else list(fields or [])
    return found[["code", *(name for name in names if name != "code")]] if names else found


def get_money_flow(
    security_list: Codes,
    start_date: When | None = None,
    end_date: When | None = None,
    fields: Codes | None = None,
    count: int | None = None,
) -> Frame:
    """Net inflow of large, medium and small orders by code and day, in 10,000 yuan, up to the day before now."""
    return _dated("get_money_flow", "money_flow", security_list, (start_date, end_date, count), fields)


def get_billboard_list(
    stock_list: Codes | None = None,
    start_date: When | None = None,
    end_date: When | None = None,
    count: int | None = None,
) -> Frame:
    """What the exchanges published about unusual trading, by code and day, up to the day before now."""
    return _dated("get_billboard_list", "billboard", stock_list, (start_date, end_date, count))


def get_locked_shares(
    stock_list: Codes | None = None,
    start_date: When | None = None,
    end_date: When | None = None,
    forward_count: int | None = None,
) -> Frame:
    """Shares whose lock-up ends, by code and day; days to come as far as they were announced before now."""
    if end_date is not None and forward_count is not None:
        raise ValueError("get_locked_shares 的 end_date 与 forward_count 只能给一个")
    first = time_of(start_date).date() if start_date is not None else provided.today()
    last = time_of(end_date).date() if end_date is not None else first + timedelta(days=365)
    if forward_count is not None:
        days = [day for day in host.current().trade_days() if day >= first]
        last = days[min(int(forward_count), len(days)) - 1]
    known = f"{provided.yesterday()}"
    want = Want("locked_shares", known, "span", f"{first}", f"{last}", codes=codes_of(stock_list))
    found = provided.frame("get_locked_shares", [want])
    provided.stamped(found, "day")
    return found[[name for name in found.columns if name != "pub_date"]]


def get_mtss(
    security_list: Codes,
    start_date: When | None = None,
    end_date: When | None = None,
    fields: Codes | None = None,
    count: int | None = None,
) -> Frame:
    """Margin buying and short selling by code and day, up to the day before now."""
    return _dated("get_mtss", "mtss", security_list, (start_date, end_date, count), fields)


def get_margincash_stocks(date: When | None = None) -> list[str]:
    """What may be bought on margin on a day (default: today)."""
    return _listed("get_margincash_stocks", "margincash_stocks", date)


def get_marginsec_stocks(date: When | None = None) -> list[str]:
    """What may be sold short on a day (default: today)."""
    return _listed("get_marginsec_stocks", "marginsec_stocks", date)


def _dated(
    function: str,
    dataset: str,
    security: Codes | None,
    span: tuple[When | None, When | None, int | None],
    fields: Codes | None = None,
) -> Frame:
    """Rows by day and code of what was published before now."""
    latest = provided.yesterday()
    first, last = provided.span_of(*span, latest)
    want = Want(dataset, f"{latest}", "span", first, last, codes=codes_of(security))
    found = provided.frame(function, [want])
    if found.empty:
        found = found.reindex(columns=list(dict.fromkeys([*COLUMNS[dataset].split(), *found.columns])))
    provided.stamped(found, "date", "day")
    names = [fields] if isinstance(fields, str) else list(fields or [])
    return found[names] if names else found


def _listed(function: str, dataset: str, when: When | None) -> list[str]:
    day = provided.day_of(when, provided.today())
    found = provided.frame(function, [Want(dataset, f"{day}", last=f"{day}", columns=["code"])])
    return sorted(found["code"].tolist())

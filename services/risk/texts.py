"""How a refusal reads: amounts, percents and quantities as a trader writes them."""

from __future__ import annotations

from common import messages as m
from common.beijing import clock_text
from common.reasons import Reason, text_of
from services.risk.limits import Denial


def money_text(value_e4: int) -> str:
    """Yuan with thousands separators and two decimals; up to four where the rest is not 0: ``27.62``, ``3.905``."""
    sign = "-" if value_e4 < 0 else ""
    yuan, rest = divmod(abs(value_e4), 10_000)
    decimals = f"{rest:04d}"
    return f"{sign}{yuan:,}.{decimals[:2]}{decimals[2:].rstrip('0')}"


def row_text(row: m.BookRow) -> str:
    """``现金 我方 1,000.00 柜台 1,100.00 差 +100.00``; shares alike."""

    def said(value: int) -> str:
        return f"{value:,} 股" if row.symbol else money_text(value)

    sign = "+" if row.difference > 0 else ""
    return f"{row.symbol or '现金'} 我方 {said(row.ours)} 柜台 {said(row.brokers)} 差 {sign}{said(row.difference)}"


def percent_text(part: int, whole: int) -> str:
    """``23.40%``, rounded up: a share above a limit of whole basis points never reads as equal to it."""
    return f"{-(-part * 10_000 // whole) / 100:.2f}%" if whole > 0 else "∞"


def limit_percent_text(limit_bp: int) -> str:
    return f"{limit_bp / 100:.2f}%"


def seconds_text(duration_ns: int) -> str:
    """Rounded down to the millisecond, so that a time too short never reads as long enough."""
    return f"{duration_ns // 1_000_000 / 1000:g} 秒"


def denial_text(order: m.Order, denial: Denial, largest_qty: int) -> str:
    """``风控拒单 MAX_ORDER_VALUE: 102,194.00 > 100,000.00（按 27.62，可下 3,600 股）``."""
    if not denial.value:
        return f"风控拒单 {denial.reason}: {denial.why or text_of(denial.reason)}"
    basis = f"（按 {money_text(order.price_e4)}，可下 {largest_qty:,} 股）"
    return f"风控拒单 {denial.reason}: {denial.value} {denial.sign} {denial.limit}{basis}"


def cancel_denial_text(denial: Denial) -> str:
    """``风控拒撤 MAX_DAILY_CANCELS: 101 > 100``."""
    said = f"{denial.value} {denial.sign} {denial.limit}" if denial.value else denial.why or text_of(denial.reason)
    return f"风控拒撤 {denial.reason}: {said}"


def expired(expire_ns: int, now_ns: int) -> Denial:
    until, now = clock_text(expire_ns, millis=True), clock_text(now_ns, millis=True)
    return Denial(Reason.EXPIRED, why=f"{text_of(Reason.EXPIRED)}（有效至 {until}，收到 {now}）")

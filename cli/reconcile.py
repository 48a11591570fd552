"""The verb ``reconcile``: compares our book with the broker's now and prints both, line by line."""

from __future__ import annotations

from collections.abc import Mapping

from cli.desk import have_taken, with_stack
from cli.listing import listing
from cli.names import ask_names
from cli.refusal import Refused
from cli.rows import SIDES, STATUSES, time_text
from cli.screen import screen
from cli.stack import ASK_SECONDS, Stack
from cli.tables import Id, Row, grouped, money
from common import messages as m
from common.ask import Operator
from common.clock import monotonic_ns, sleep
from common.orders import FINAL, Status, is_foreign
from common.settings import Loaded

HEADINGS = ("项目", "名称", "我方", "柜台", "差额", "结论")
EXIT_DIFFERS = 1
SETTLE_SECONDS = 20.0
"""A difference is believed after several looks some seconds apart."""


def reconcile(loaded: Loaded, operator: str, why: str, *, csv: bool, accept: bool) -> int:
    """Print the comparison; 1 where something differs and was not accepted. Refused where nobody could compare."""

    def act(line: Operator, stack: Stack) -> int:
        report = _look(line, stack, operator)
        snapshot = line.ask("gateway", m.GetAccount(stack.account), ASK_SECONDS)
        orders = snapshot.orders if isinstance(snapshot, m.AccountSnapshot) else []
        names = ask_names(line, [row.symbol for row in report.rows if row.symbol])
        title = f"对账 · 账户 {report.account} · {time_text(report.looked_ns)}"
        listing(loaded, title, HEADINGS, [*book_lines(report, names), *order_lines(orders)], csv=csv)
        console = screen(loaded.settings, stderr=csv)
        if accept and report.differing:
            _accept(line, report, operator, why)
            console.print("差额已按柜台记入账目；如账户已被暂停，请用 bullet-trade resume 恢复", style="yellow")
            report = _report(line, stack.account)
        differs = bool(report.differing) or any(state.status == Status.UNKNOWN for state in orders)
        console.print("与柜台不符 DIFFERS" if differs else "与柜台一致 OK", style="bold red" if differs else "green")
        return EXIT_DIFFERS if differs else 0

    if accept and not why:
        raise Refused("NO_REASON", "用 --accept 接受差额时须用 --why 写明原因")
    return with_stack(loaded, act)


def book_lines(report: m.BooksReport, names: Mapping[str, str]) -> list[Row]:
    """Cash in yuan, then every symbol in shares."""
    differing = {row.symbol for row in report.differing}
    return [_line(row, names, _verdict(row, differing, unsettled=report.unsettled)) for row in report.rows]


def order_lines(orders: list[m.OrderState]) -> list[Row]:
    """Orders that are not the same here and there: of unknown outcome, or entered elsewhere and still open."""
    lines: list[Row] = []
    for state in orders:
        order = state.order
        what = f"{order.symbol} {SIDES[order.side]} {grouped(order.qty)} 股"
        if state.status == Status.UNKNOWN:
            lines.append((Id(order.client_order_id), "委托", what, "未说明", "", "结果未知 UNKNOWN"))
        elif is_foreign(order) and Status(state.status) not in FINAL:
            lines.append((Id(order.client_order_id), "委托", what, STATUSES[Status(state.status)], "", "外部 FOREIGN"))
    return lines


def _line(row: m.BookRow, names: Mapping[str, str], verdict: str) -> Row:
    if row.symbol:
        return Id(row.symbol), names.get(row.symbol, ""), row.ours, row.brokers, row.difference, verdict
    return "现金 CASH", "", money(row.ours), money(row.brokers), money(row.difference), verdict


def _verdict(row: m.BookRow, differing: set[str], *, unsettled: bool) -> str:
    if row.symbol in differing:
        return "待复核 UNSETTLED" if unsettled else "不符 DIFFERS"
    return "容差内 WITHIN_TOLERANCE" if row.difference else "一致 OK"


def _look(line: Operator, stack: Stack, operator: str) -> m.BooksReport:
    """A look that was made after now, and where it found something, the later ones that make sure of it."""
    before = _report(line, stack.account)
    if not before.ready:
        raise Refused("BROKER_DOWN", "券商未连接或尚未给出当日账目，无法对账")
    have_taken(line, m.Reconcile(stack.account, operator), "risk 没有确认，未能对账")
    end_ns = monotonic_ns() + int(SETTLE_SECONDS * 1e9)
    report = before
    while monotonic_ns() < end_ns and (report.looks <= before.looks or report.unsettled):
        sleep(0.05)
        report = _report(line, stack.account)
    if report.looks <= before.looks:
        why = "；16:00 至次日开盘前柜台清算，账目不读，请到时再对" if stack.mode == "live" else ""
        raise Refused("NO_ANSWER", f"券商在 {SETTLE_SECONDS:g} 秒内没有给出账目{why}")
    return report


def _accept(line: Operator, report: m.BooksReport, operator: str, why: str) -> None:
    if report.unsettled:
        raise Refused("UNSETTLED", "差额尚待复核，请稍后再试")
    accepted = m.AcceptBooks(report.account, report.differing, operator, why)
    have_taken(line, accepted, "risk 没有确认，不能确定差额是否已记入账目")
    end_ns = monotonic_ns() + int(ASK_SECONDS * 5e9)
    while _report(line, report.account).differing:
        if monotonic_ns() >= end_ns:
            raise Refused("BOOKS_CHANGED", "差额与最近一次对账不同，没有记入；请重新对账")
        sleep(0.05)


def _report(line: Operator, account: str) -> m.BooksReport:
    report = line.ask("gateway", m.GetBooks(account), ASK_SECONDS)
    if not isinstance(report, m.BooksReport):
        raise Refused("NO_ANSWER", "gateway 没有应答")
    return report

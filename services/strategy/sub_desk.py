"""What a strategy asks of its sub-accounts, and the look at them when a day begins (jq_api 1: set_subportfolios)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from common import messages as m
from common.beijing import MINUTE_NS
from common.history_rows import fill_of
from common.portfolio import Book
from common.reasons import Reason
from jqdata.styles import SubPortfolioConfig
from services.strategy.ids import SUBS_MAX
from services.strategy.ledger import STOCK
from services.strategy.runtime import Runtime
from services.strategy.sub_opening import adopted, changed, ratio_e9
from services.strategy.sub_state import Opening, SubsState, Transfer
from services.strategy.tickets import Tickets

_GAP_ASKED_MAX = 5


class SubDesk:
    """``keep`` writes what is to survive a crash at once; False where the disk does not take it."""

    def __init__(self, runtime: Runtime, tickets: Tickets) -> None:
        self._rt, self._tickets = runtime, tickets
        self.keep: Callable[[SubsState | None], bool] = lambda state: True
        self.look_ns = 0  # not before then
        self._gap_asked = 0  # how often state was asked for the day that was missed

    # -- what a strategy asks ------------------------------------------------------------------------------------

    def divide(self, configs: Sequence[SubPortfolioConfig]) -> None:
        """Part the account's cash among several; ValueError, in Chinese, where the cash is not there.

        What is there already stays as it is while their number does; another number needs them to be flat.
        """
        rt, ledgers = self._rt, self._rt.subs.ledgers
        if len(configs) < 2 and not ledgers:
            return
        if len(configs) == len(ledgers):
            rt.log("info", "system", f"已有 {len(ledgers)} 个子账户，沿用现有账目；本次配置的 cash 不生效")
            return
        waiting = {rt.subs.owner(key) for key, order in self._tickets.orders.items() if order.is_open}
        if busy := [str(one.pindex) for one in ledgers if one.pindex in waiting or not one.is_flat]:
            said = f"子账户由 {len(ledgers)} 个改为 {len(configs)} 个没有生效"
            rt.log("error", "system", f"{said}：{'、'.join(busy)} 号还有持仓或未完成的委托，请先清仓")
            return
        state = rt.subs.divided(_openings(configs, rt.book.available_cash_e4), tuple(self._tickets.orders))
        # On disk before any order may lean on it: after a crash the order would be nobody's.
        if not self.keep(state):
            raise RuntimeError(f"set_subportfolios：状态无法写入磁盘，没有生效 [{Reason.JOURNAL_UNWRITABLE}]")
        rt.subs.divide(state, rt.now_ns)
        if held := "、".join(symbol for symbol, position in rt.book.positions.items() if position.qty and state):
            rt.warn("SUBPORTFOLIOS_UNOWNED", f"账户原有的 {held} 不归任何子账户：策略的委托卖不到它们，请手工处理")
        if idle := [str(n) for n, config in enumerate(configs) if config.type != STOCK]:
            rt.log("warning", "system", f"{'、'.join(idle)} 号子账户不是 'stock'：只记资金，不能交易")
        if rest_e4 := rt.book.available_cash_e4 - sum(ledger.book.cash_e4 for ledger in rt.subs.ledgers):
            rt.log("info", "system", f"账户里有 {rest_e4 / 1e4:,.2f} 元可用资金不归任何子账户")

    def transfer(self, source: int, target: int, cash: float) -> None:
        """Move cash between sub-accounts, now; ValueError, in Chinese, where it is not there or they are not."""
        rt, subs = self._rt, self._rt.subs
        if wrong := [str(pindex) for pindex in (source, target) if not subs.has(pindex)]:
            raise ValueError(f"transfer_cash：没有 {'、'.join(wrong)} 号子账户，共有 {max(len(subs.ledgers), 1)} 个")
        cash_e4 = _e4(cash)
        moved, state = Transfer(rt.next_transfer_id(), source, target, cash_e4), subs.state
        assert state is not None, "there are ledgers"
        before = next((one for one in state.moved if one.id == moved.id), None)
        if before is not None:
            level, said = ("info", "此前已划转") if before == moved else ("warning", "此前已有内容不同的划转")
            rt.log(level, "system", f"重新进入：{said}，不再划转 {cash:,.2f} 元（{source} → {target} 号子账户）")
            return
        free_e4 = subs.book(source).available_cash_e4
        if cash_e4 > free_e4:
            raise ValueError(
                f"transfer_cash：{source} 号子账户可用资金 {free_e4 / 1e4:,.2f} 元，不足 {cash_e4 / 1e4:,.2f} 元"
            )
        if cash_e4 == 0 or source == target:
            return
        # On disk before any order may lean on it: a crash must not leave the order and forget the cash.
        if not self.keep(subs.state_with(moved)):
            raise RuntimeError(f"transfer_cash：状态无法写入磁盘，没有划转 [{Reason.JOURNAL_UNWRITABLE}]")
        subs.move(moved, rt.now_ns)
        rt.log("info", "system", f"{source} 号子账户划转 {cash_e4 / 1e4:,.2f} 元到 {target} 号子账户")

    # -- when a day begins ---------------------------------------------------------------------------------------

    @property
    def look_is_due(self) -> bool:
        return self._rt.subs.is_unchecked and self._rt.now_ns >= self.look_ns

    @property
    def holds_all(self) -> bool:
        """Nothing of the day may run while what was traded the day before is not known: its ledgers are wrong."""
        return self._rt.subs.is_behind

    def look(self) -> None:
        """Compare the ledgers with the account's opening, before anything of the day runs.

        It may have to ask for ex-days; without an answer it is tried again a minute later, also when orders were made.
        """
        rt, subs = self._rt, self._rt.subs
        assert subs.state is not None, "only what is divided is looked at"
        if subs.is_behind and not self._catch_up(subs.state.trading_day):
            self.look_ns = rt.now_ns + MINUTE_NS
            return
        state = subs.state
        now = _opening_qty(rt.book)
        symbols = changed(state.openings, state.before or {}, now)
        answer = rt.ask(m.GetAdjustments(symbols)) if symbols else m.Adjustments([], [])
        if not isinstance(answer, m.Adjustments):
            self.look_ns = rt.now_ns + MINUTE_NS
            rt.log("warning", "system", f"{'、'.join(symbols)} 的除权数据没有得到回答，稍后再核对子账户的持仓")
            return
        ratios = {one.symbol: ratio_e9(one, state.since_day, rt.trading_day) for one in answer.adjustments}
        openings, lines = adopted(state.openings, state.before or {}, now, ratios)
        subs.adopt(openings)
        for line in lines:
            rt.warn("SUBPORTFOLIOS_ADJUSTED", line)
        claimed_e4 = sum(opening.cash_e4 for opening in openings)
        if claimed_e4 > (cash_e4 := rt.book.opening_cash_e4):
            said = f"子账户资金合计 {claimed_e4 / 1e4:,.2f} 元，账户开盘前只有 {cash_e4 / 1e4:,.2f} 元"
            rt.warn("SUBPORTFOLIOS_CASH", f"{said}：买入以账户的可用资金为限")

    def _catch_up(self, day: int) -> bool:
        """How the ledgers' last day ended, as state has it: this process was down, and nobody told it since.

        False where state does not say; after some times the ledgers go on without, which an alert tells.
        """
        rt = self._rt
        self._gap_asked += 1
        fills = self._rows("fills", day)
        held = self._rows("positions", day) if fills is not None else None
        if held is None and self._gap_asked < _GAP_ASKED_MAX:
            rt.log("warning", "system", f"{day} 停机后的成交 state 没有答复，一分钟后再问；在此之前策略不运行")
            return False
        self._gap_asked = 0
        if held is None:
            text = f"{day} 停机后的成交无法从 state 查到：子账户按停机前的账目继续，与账户不符处以账户为准"
            rt.warn("SUBPORTFOLIOS_GAP", text)
        own = [fill_of(row) for row in fills or () if row["strategy"] == rt.config.strategy]
        rt.subs.catch_up(own, {row["symbol"]: row["qty"] for row in held or ()})
        return True

    def _rows(self, table: str, day: int) -> list[dict[str, Any]] | None:
        answer = self._rt.ask(m.GetRows(table, self._rt.config.account, day, 0))
        if not isinstance(answer, m.Rows):
            return None
        return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


def _openings(configs: Sequence[SubPortfolioConfig], free_e4: int) -> tuple[Opening, ...]:
    """ValueError where they are too many, or want more than there is."""
    if len(configs) > SUBS_MAX:
        raise ValueError(f"set_subportfolios：{len(configs)} 个子账户，最多 {SUBS_MAX} 个")
    if len(configs) < 2:
        return ()
    cash_e4 = [_e4(config.cash) for config in configs]
    if sum(cash_e4) > free_e4:
        raise ValueError(
            f"set_subportfolios：各子账户资金合计 {sum(cash_e4) / 1e4:,.2f} 元，"
            f"超过账户可用资金 {free_e4 / 1e4:,.2f} 元；已有的持仓不归子账户：请先卖出，或改小 cash"
        )
    return tuple(Opening(config.type, cash, cash) for config, cash in zip(configs, cash_e4, strict=True))


def _e4(cash: float) -> int:
    """Rounded down, so that thirds are never more than the whole; ValueError where it is no amount of money."""
    if not math.isfinite(cash) or cash < 0:
        raise ValueError(f"金额应为不小于 0 的数：{cash!r}")
    return math.floor(round(cash * 10_000, 3))


def _opening_qty(book: Book) -> dict[str, int]:
    """What the account held when the day began: what it holds, without today's trades."""
    held = {symbol: position.qty for symbol, position in book.positions.items()}
    for fill in book.fills:
        held[fill.symbol] = held.get(fill.symbol, 0) - (fill.qty if fill.side is m.Side.BUY else -fill.qty)
    return held

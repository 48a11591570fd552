"""Random days of a strategy with three sub-accounts, killed now and then: each ledger is what its fills make of it."""

from collections import Counter
from pathlib import Path
from random import Random

from common import messages as m
from common.reasons import Reason
from services.strategy.ids import sub_of
from services.strategy.sub_state import Transfer
from tests.services.strategy.desk import ETF, A, B, Desk
from tests.services.strategy.divided import ledgers

SEEDS = 8
CASH_E4, REST_E4 = (3_000_000_000, 4_000_000_000, 1_000_000_000), 2_000_000_000
CLOCKS = ("9:05", "9:16", *(f"{hour}:{ten}" for hour in (10, 13, 14) for ten in (10, 12, 20, 30, 40, 50)))
CODE = f"""
from random import Random
CODES = ['{A}', '{B}', '{ETF}']
def initialize(context):
    set_subportfolios([SubPortfolioConfig(cash, 'stock') for cash in (300_000, 400_000, 100_000)])
    g.seed = SEED
    for hour in (10, 13, 14):
        for minute in range(0, 60, 10):
            run_daily(act, f'{{hour}}:{{minute:02d}}')
def before_trading_start(context): some(context, Random(f'{{g.seed}} {{context.current_dt}}'), 3)
def act(context): some(context, Random(f'{{g.seed}} {{context.current_dt}}'), 6)
def some(context, chance, most):
    for _ in range(chance.randrange(most)):
        pindex, code, price = chance.randrange(3), chance.choice(CODES), chance.choice([None, 0.995, 1.01])
        sub, last = context.subportfolios[pindex], get_current_data()[code].last_price
        style = LimitOrderStyle(round(last * price, 2)) if price else None
        wait = chance.choice([0, 5])
        what = chance.randrange(6)
        if what == 0:
            transfer_cash(pindex, (pindex + 1) % 3, min(chance.randrange(50_000), sub.available_cash))
        elif what == 1:
            order_target(code, chance.choice([0, 500]), style, pindex=pindex, wait_timeout=wait)
        elif what == 2:
            order(code, 300, StopMarketOrderStyle('take_profit', last * 1.004), pindex=pindex, wait_timeout=wait)
        elif what == 3:
            order(code, -200, style, pindex=pindex, wait_timeout=wait)
        else:
            order_value(code, chance.choice([20_000, 500_000]), style, pindex=pindex, wait_timeout=wait)
"""


class Walk(Desk):
    """A broker that fills, rests, denies and fills later. The process dies now and then, also inside ``order()``."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.chance, self.died_inside = Random(seed), 0
        super().__init__(folder, CODE.replace("SEED", str(seed)), runs_missed=True, order_volume_max=4000)
        self.broker = self.any_of

    def any_of(self, sent: m.SubmitOrder) -> list[m.Message]:
        order = sent.order
        match self.chance.randrange(5):
            case 0:
                return self.deny(sent)
            case 1:
                return self.accept(sent)
            case _ if self.is_beyond(order):
                return self.accept(sent)
            case 2 if order.qty >= 200:
                return [*self.accept(sent), self.trade(order, 100)]
            case _:
                return self.fill(sent)

    def is_beyond(self, order: m.Order) -> bool:
        """The price is worse than the order's."""
        last_e4 = self.prices[order.symbol]
        return last_e4 > order.price_e4 if order.side is m.Side.BUY else last_e4 < order.price_e4

    def later(self) -> list[m.Message]:
        """What happens to an order that rests."""
        resting = [record for record in self.book.open_orders() if not record.is_final]
        if not resting:
            return []
        record = self.chance.choice(resting)
        if self.is_beyond(record.order) or self.chance.random() < 0.3:
            key, reason = record.order.client_order_id, Reason.CANCELLED_BY_USER
            return [m.OrderCancelled(record.order.account, key, record.cum_qty, reason, "", self.now_ns)]
        return [self.trade(record.order, record.leaves_qty)]

    def ten_minutes(self, clock: str) -> None:
        self.run(clock)
        self.prices = {code: price + self.chance.randrange(-5, 6) * 100 for code, price in self.prices.items()}
        if self.chance.random() < (0.2 if self.core._rt.fiber.stop is None else 0.7):
            self.die()
        self.to_ns(self.now_ns + 1)
        for event in self.later():
            self.step(event)
        self.turns()

    def die(self) -> None:
        """And come back: what it waited for is called again."""
        self.died_inside += self.core._rt.fiber.stop is not None
        before = self.moved
        self.start(recovered=True)
        self.clock("")
        self.turns()
        assert self.moved[: len(before)] == before, "a transfer was forgotten"

    @property
    def moved(self) -> tuple[Transfer, ...]:
        """Today's transfers."""
        state = self.core._rt.subs.state
        return state.moved if state is not None else ()

    def expire(self) -> None:
        """The close ends what rests."""
        for record in list(self.book.open_orders()):
            key = record.order.client_order_id
            self.step(m.OrderExpired(record.order.account, key, record.cum_qty, Reason.DAY_ENDED, "", self.now_ns))


def test_each_ledger_is_what_its_fills_make_of_it(tmp_path: Path) -> None:
    walks = [walked(tmp_path / f"{seed}", seed) for seed in range(SEEDS)]
    assert sum(walk.died_inside for walk in walks) >= SEEDS, "an order was waited for when the process died"
    assert sum(len(walk.orders) for walk in walks) > 20 * SEEDS


def walked(folder: Path, seed: int) -> Walk:
    """Two days, looked at all the while."""
    folder.mkdir()
    desk = Walk(folder, seed)
    desk.open()
    fills: list[m.OrderFilled] = []
    for day in range(2):
        for clock in CLOCKS:
            desk.ten_minutes(clock)
            check(desk, [*fills, *desk.book.fills])
        desk.run("15:00")
        desk.expire()
        fills += desk.book.fills
        check(desk, fills)
        if not day:
            desk.next_day()
    ids = [order.client_order_id for order in desk.orders]
    assert len(ids) == len(set(ids)) and "CALLBACK_FAILED" not in desk.alerts
    return desk


def check(desk: Walk, fills: list[m.OrderFilled]) -> None:
    held = [Counter[str]() for _ in CASH_E4]
    cash_e4 = [ledger.inout_e4 for ledger in ledgers(desk)]
    for fill in fills:
        pindex, sign = sub_of(fill.client_order_id), 1 if fill.side is m.Side.BUY else -1
        held[pindex][fill.symbol] += sign * fill.qty
        cash_e4[pindex] -= sign * fill.qty * fill.price_e4 + fill.fee_e4
    books = [ledger.book for ledger in ledgers(desk)]
    assert [book.cash_e4 for book in books] == cash_e4
    assert [{s: p.qty for s, p in book.positions.items() if p.qty} for book in books] == [dict(+one) for one in held]
    assert sum(book.cash_e4 for book in books) + REST_E4 == desk.book.cash_e4
    assert sum(book.frozen_cash_e4 for book in books) == desk.book.frozen_cash_e4
    assert sum(ledger.inout_e4 for ledger in ledgers(desk)) == sum(CASH_E4)
    assert all(book.cash_e4 >= 0 and book.available_cash_e4 >= 0 for book in books)

"""The trading side of the terminal: who is connected, what they ask, and what they are told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

from common.host_os import lock_file
from tests.qmt import shown
from tests.qmt.desk import Desk
from tests.qmt.floor import Floor
from tests.qmt.hub import Hub, Line, Service
from tests.qmt.knobs import Knobs
from tests.qmt.post import Post
from tests.qmt.rows import Happening
from tests.qmt.withdrawals import Withdrawals

# Requests and the callback that answers them (names of the native module without "WithSeq" and "bindOn…Callback").
ANSWERS = {
    "subscribe": "SubscribeResp",
    "unsubscribe": "UnsubscribeResp",
    "orderStock": "OrderStockResp",
    "cancelOrderStock": "CancelOrderStockResp",
    "queryStockAsset": "QueryStockAsset",
    "queryStockOrders": "QueryStockOrders",
    "queryStockTrades": "QueryStockTrades",
    "queryStockPositions": "QueryStockPositions",
    "queryAccountInfos": "QueryAccountInfos",
    "queryAccountStatus": "QueryAccountStatus",
}


class Client:
    """One connected session of a trading program."""

    def __init__(self, line: Line, session: int, pid: int) -> None:
        self.line, self.session, self.pid = line, session, pid
        self.accounts: set[str] = set()
        self.since = monotonic()
        self.is_leaving = False


class Booth(Service):
    def __init__(self, hub: Hub, floor: Floor, knobs: Knobs, folder: Path) -> None:
        self._hub, self._floor, self._knobs, self._folder = hub, floor, knobs, folder
        self.post = Post(hub, knobs, self._subscribers)
        self._held: dict[int, Client] = {}
        self._connected_at: dict[int, float] = {}
        self.withdrawals = Withdrawals(floor)
        floor.tell = self._tell

    # -- sessions ------------------------------------------------------------------------------------------------

    def heard(self, line: Line, frame: Any) -> None:
        if frame["op"] == "connect":
            self._connect(line, frame)
        elif frame["op"] == "bye" and line.session:
            line.session.is_leaving = True
        elif line.session:
            self._serve(line.session, frame)

    def closed(self, line: Line) -> None:
        client = line.session
        if client is None:
            return
        if client.is_leaving:
            self._release(client)
        else:
            self._hub.after(self._knobs["session_grace_s"], lambda: self._release_if_dead(client))

    def _tell(self, told: list[Happening]) -> None:
        self.post.tell(told)
        if self._knobs["push_assets"]:
            for account in {happening.row.account for happening in told if happening.kind == "trade"}:
                self._push_assets(self._floor.desks[account])

    def _push_assets(self, desk: Desk) -> None:
        about = (desk, self._floor.street, self._knobs, self._floor.now_ns())
        rows = [("StockAsset", shown.asset(*about)), *(("StockPosition", p) for p in shown.positions(*about))]
        for line in self._subscribers(desk.account.account_id):
            for bind, fields in rows:
                line.send({"k": "push", "b": bind, "v": fields})

    def clients(self) -> list[Client]:
        return [client for client in self._held.values() if client.line.is_open]

    def tell_all(self, frame: Any) -> None:
        for client in self.clients():
            client.line.send(frame)

    def _connect(self, line: Line, frame: Any) -> None:
        if self._knobs["connect_hang"]:
            return
        session = frame["session"]
        refused = self._knobs.count_down("connect_refuse") or not self._knobs["permission"] or self._is_taken(session)
        line.send({"k": "connected", "code": -1 if refused else 0, "knobs": self.client_knobs()})
        if refused:
            return
        self._connected_at[session] = monotonic()
        line.session = self._held[session] = Client(line, session, frame["pid"])
        if self._knobs.count_down("drop_after_connect"):
            self._hub.after(0.05, line.close)

    def client_knobs(self) -> dict[str, Any]:
        """What the stand-in itself has to do wrong."""
        return {name: self._knobs[name] for name in ("disconnect", "disconnect_late_s", "stop_hangs")}

    def _is_taken(self, session: int) -> bool:
        """xtquant.md 3.2: ids below 100 are reserved, one holder a session, and 3 s between two connects."""
        since = monotonic() - self._connected_at.get(session, -1e9)
        return session < 100 or session in self._held or since < self._knobs["reconnect_gap_s"]

    def _release(self, client: Client) -> None:
        if self._held.get(client.session) is client:
            del self._held[client.session]

    def _release_if_dead(self, client: Client) -> None:
        """After the heartbeat's silence a session is let go where nobody holds its lock file any more."""
        # With the knob turned, only deleting the file helps, as some sites report.
        path = self._folder / f"lock_down_queue_win_{client.session}"
        if not path.exists() or (not self._knobs["stale_lock"] and _is_free(path)):
            self._release(client)
        elif self._held.get(client.session) is client:
            self._hub.after(1.0, lambda: self._release_if_dead(client))

    def _subscribers(self, account: str) -> list[Line]:
        return [client.line for client in self.clients() if account in client.accounts]

    # -- requests ------------------------------------------------------------------------------------------------

    def _serve(self, client: Client, frame: Any) -> None:
        op, seq, req = frame["op"], frame["seq"], frame["req"]
        if self._knobs.holds("hang", op):
            if op in ("orderStock", "cancelOrderStock"):
                self._floor.note_call(op, req, "hung")
            return
        slow = self._knobs["slow_s"]
        wait = slow.get(op, slow.get("all", 0.0))
        if wait:
            self._hub.after(wait, lambda: self._do(client, op, seq, req))
        else:
            self._do(client, op, seq, req)

    def _do(self, client: Client, op: str, seq: int, req: Any) -> None:
        match op:
            case "orderStock":
                self._floor.order(req, client.session, seq, self._answerer(client, op, seq))
            case "cancelOrderStock":
                self.withdrawals.cancel(req, self._answerer(client, op, seq))
            case "subscribe" | "unsubscribe":
                self._answerer(client, op, seq)(self._subscribe(client, op, req["m_strAccountID"]))
            case _ if op in ANSWERS:
                self._answerer(client, op, seq)(self._look_up(client, op, req))

    def _answerer(self, client: Client, op: str, seq: int) -> Callable[[Any], None]:
        return lambda value: client.line.send({"k": "resp", "b": ANSWERS[op], "seq": seq, "v": value})

    def _subscribe(self, client: Client, op: str, account: str) -> int:
        if self._knobs["subscribe_result"] or account not in self._floor.desks:
            return -1
        if op == "unsubscribe":
            client.accounts.discard(account)
            return 0
        client.accounts.add(account)
        if self._knobs["repush_on_subscribe"]:
            self._hub.after(0.02, lambda: self.repush(self._floor.desks[account]))
        return 0

    def repush(self, desk: Desk) -> None:
        """The whole day again, as after a recovered broker link."""
        for row in desk.rows.values():
            self.post.tell([desk.snapshot(row)])
        for fill in desk.exchange.fills:
            self.post.tell([Happening("trade", desk.snapshot(desk.row_of(fill)).row, fill)])

    def _look_up(self, client: Client, op: str, req: Any) -> Any:
        if self._knobs.holds("none", op):
            return None
        is_cold = monotonic() - client.since < self._knobs["warmup_s"]
        if self._knobs.holds("empty", op) or (is_cold and op not in ("queryAccountInfos", "queryAccountStatus")):
            return []
        if op == "queryAccountInfos":
            return [self._info(desk) for desk in self._floor.desks.values()]
        if op == "queryAccountStatus":
            return [self.account_status(desk) for desk in self._floor.desks.values()]
        desk = self._floor.desks.get(req["m_strAccountID"])
        return [] if desk is None else self._of_desk(desk, op, req)

    def _of_desk(self, desk: Desk, op: str, req: Any) -> list[Any]:
        now_ns = self._floor.now_ns()
        match op:
            case "queryStockAsset":
                return [shown.asset(desk, self._floor.street, self._knobs, now_ns)]
            case "queryStockPositions":
                held = shown.positions(desk, self._floor.street, self._knobs, now_ns)
                code = req.get("m_strStockCode", "")
                return [p for p in held if not code or p["stock_code"] == code]
            case "queryStockTrades":
                return [shown.trade(desk.row_of(fill), fill, self._knobs) for fill in desk.exchange.fills]
        since_ns = now_ns - int(self._knobs["query_lag_s"] * 1e9)
        rows = [row for row in desk.rows.values() if row.at_ns <= since_ns or not self._knobs["query_lag_s"]]
        if req.get("m_nOrderID"):
            rows = [row for row in rows if row.order_id == req["m_nOrderID"]]
        if req.get("m_bCanCancel"):
            rows = [row for row in rows if not row.is_final]
        return [shown.order(row, self._knobs) for row in rows]

    def account_status(self, desk: Desk) -> dict[str, Any]:
        return {
            "t": "XtAccountStatus",
            "account_type": desk.account.kind,
            "account_id": desk.account.account_id,
            "status": self._floor.account_status(),
        }

    def _info(self, desk: Desk) -> dict[str, Any]:
        return {
            "t": "XtAccountInfo",
            "account_type": desk.account.kind,
            "account_id": desk.account.account_id,
            "broker_type": 2,
            "platform_id": 10065,
            "login_status": self._floor.account_status(),
        }


def _is_free(path: Path) -> bool:
    with path.open("r+b") as file:
        return lock_file(file.fileno())

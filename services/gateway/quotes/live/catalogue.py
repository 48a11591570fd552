"""What there is: instruments, sectors and their members, as the vendor's terminal knows them today."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, Final

from common import messages as m
from common.reasons import Reason
from common.symbols import UnknownSymbol, board_of, from_qmt, to_qmt
from services.gateway.quotes.live.details import Details
from services.gateway.quotes.live.downloads import Fetch
from services.gateway.quotes.live.errands import Ask, Errand, Get, Refused
from services.gateway.quotes.live.traits import instrument_of
from services.gateway.quotes.live.vendor import FeedFailed

EVERY: Final = ("沪深A股", "京市A股", "沪深B股", "沪深ETF", "沪深基金", "沪深指数", "沪深转债")
"""The sectors that together hold what can be traded or compared with; one a terminal does not have is empty."""

SECTOR_OF_INDEX: Final = {
    "000016.XSHG": "上证50",
    "000300.XSHG": "沪深300",
    "000905.XSHG": "中证500",
    "000852.XSHG": "中证1000",
    "000688.XSHG": "科创50",
    "399006.XSHE": "创业板指",
}
_SECTORS, _WEIGHTS = "板块数据", "指数权重"

Step = Generator[Ask | Get, Any, Any]


class Catalogue:
    """Sectors and weights are fetched anew once a day, where downloads are allowed: a stale one looks like another."""

    def __init__(self, details: Details, note: Callable[[str, str], None], *, downloads: bool) -> None:
        self._details, self._note, self._downloads = details, note, downloads
        self._fetched: set[str] = set()

    def open_day(self) -> None:
        self._fetched.clear()

    def instruments(self, codes: Sequence[str]) -> Errand:
        """Those of these codes that the vendor knows; of all sectors where there is none."""
        if not codes:
            yield from self._refresh(_SECTORS, lambda vendor, progress: vendor.download_sectors())
            found = yield Ask(lambda vendor: [code for name in EVERY for code in vendor.members(name, "")])
            codes = [code for code in dict.fromkeys(found) if _is_ours(code)]
            if not codes:
                raise Refused(m.Refusal(Reason.DATA_MISSING, "行情没有板块数据，列不出证券"))
        records = yield from self._details.fetch(codes)
        return m.Instruments([instrument_of(from_qmt(code), record) for code, record in records.items()])

    def sectors(self) -> Errand:
        yield from self._refresh(_SECTORS, lambda vendor, progress: vendor.download_sectors())
        names: list[str] = yield Ask(lambda vendor: vendor.sectors())
        return m.Sectors(names)

    def members(self, ask: m.GetMembers) -> Errand:
        """Of an index with its weights where it is asked for now; by day, and where those are missing, as a sector."""
        day = f"{ask.trading_day}" if ask.trading_day else ""
        sector = ask.name
        if ask.name.endswith((".XSHG", ".XSHE", ".BJ")):
            weights = (yield from self._weights(to_qmt(ask.name))) if not day else {}
            if weights:
                codes = sorted(code for code in weights if _is_ours(code))
                shares = [round(weights[code] * 10_000) for code in codes]
                return m.Members(ask.name, [from_qmt(code) for code in codes], shares)
            sector = SECTOR_OF_INDEX.get(ask.name, "")
        yield from self._refresh(_SECTORS, lambda vendor, progress: vendor.download_sectors())
        found: list[str] = (yield Ask(lambda vendor: vendor.members(sector, day))) if sector else []
        if not found:
            raise Refused(m.Refusal(Reason.DATA_MISSING, f"行情没有 {ask.name} 的成份股"))
        return m.Members(ask.name, [from_qmt(code) for code in found if _is_ours(code)], [])

    def _weights(self, code: str) -> Step:
        yield from self._refresh(_WEIGHTS, lambda vendor, progress: vendor.download_weights())
        return (yield Ask(lambda vendor: vendor.weights(code)))

    def _refresh(self, name: str, fetch: Fetch) -> Step:
        """What the terminal has is used where that fails, and said to be old."""
        if name in self._fetched or not self._downloads:
            return
        self._fetched.add(name)
        try:
            yield Get(name, fetch)
        except FeedFailed as e:
            self._note(Reason.DATA_MISSING, f"{name}没有更新，沿用终端已有的：{e}")


def _is_ours(code: str) -> bool:
    try:
        board_of(from_qmt(code))
    except UnknownSymbol:
        return False
    return True

"""Every name of the vendor's that our code uses exists in the wheel: misspelt ones are silently never called."""

import ast
import json
import re
from pathlib import Path

import pytest

from tests.contract.surface import SNAPSHOT, Surface
from tests.contract.vendor_names import RECEIVERS, met, unknown

ROOT = Path(__file__).resolve().parents[2]
BACK_END, FEED = "services/gateway/brokers/qmt", "services/gateway/quotes/feeds"
OURS = [*sorted((ROOT / BACK_END).glob("*.py")), *sorted((ROOT / FEED).glob("xtdata*.py"))]
# What the natives have and the vendor's Python types do not (xtquant.md 5).
NATIVE_ONLY = {"XtOrderError": {"seq"}}


@pytest.fixture(scope="module")
def surface() -> Surface:
    kept: Surface = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    return kept


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_our_code_uses_only_what_there_is(surface: Surface) -> None:
    said = [line for path in OURS for line in unknown(named(path), path.read_text(encoding="utf-8"), surface)]
    assert not said, "\n" + "\n".join(said)


def test_every_receiver_is_met() -> None:
    """A row that nothing fits any more checks nothing: our files spell it another way now."""
    seen = {row for path in OURS for row in met(named(path), path.read_text(encoding="utf-8"))}
    rows = [row for row in RECEIVERS if row.path != "*" and any((ROOT / row.path.rstrip("*")).parent.glob("*.py"))]
    folders = {row.path for row in rows if any(named(path).startswith(row.path.rstrip("*")) for path in OURS)}
    assert not [row for row in rows if row.path in folders and row not in seen]


def test_rows_copy_fields_that_exist(surface: Surface) -> None:
    """A class of `rows.py` says in its first words which of the vendor's it copies."""
    path = ROOT / BACK_END / "rows.py"
    if not path.exists():
        pytest.skip("the QMT back-end is not here yet")
    copied = 0
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        about = isinstance(node, ast.ClassDef) and re.match(r"An? (Xt\w+)", ast.get_docstring(node) or "")
        if not isinstance(node, ast.ClassDef) or not about:
            continue
        copied += 1
        fields = {item.target.id for item in node.body if isinstance(item, ast.AnnAssign) and _is_name(item.target)}
        known = {*surface["modules"]["xttype"]["classes"][about[1]]["fields"], *NATIVE_ONLY.get(about[1], ())}
        assert fields <= known, (node.name, fields - known)
    assert copied >= 5


def _is_name(node: ast.expr) -> bool:
    return isinstance(node, ast.Name)


# (file, line it must complain about, line so close to it that only the rule makes the difference)
BAD_AND_GOOD = [
    (f"{BACK_END}/sdk.py", "xtconstant.STOCK_BYE", "xtconstant.STOCK_BUY"),
    (f"{BACK_END}/sdk.py", "x = xtquant.xtconstant.ETF_ETFBUY", "x = xtquant.xtconstant.ETF_PURCHASE"),
    (f"{BACK_END}/sdk.py", "self._trader.disconnect()", "self._trader.stop()"),
    (f"{BACK_END}/sdk.py", "trader.query_stock_order_list(a)", "trader.query_stock_orders(a)"),
    (f"{BACK_END}/sdk.py", "trader.order_stock(a, remark='x')", "trader.order_stock(a, order_remark='x')"),
    (f"{BACK_END}/sdk.py", "trader.subscribe(a, b)", "trader.subscribe(a)"),
    (f"{BACK_END}/sdk.py", "sdk.types.StockAcount('1')", "sdk.types.StockAccount('1')"),
    (f"{BACK_END}/sdk.py", "from xtquant.xttrader import XtTrader", "from xtquant.xttrader import XtQuantTrader"),
    (f"{BACK_END}/sdk.py", "from xtquant import xttraders", "from xtquant import xttrader"),
    (
        f"{BACK_END}/sdk.py",
        "class Callback:\n def on_trade(self): ...",
        "class Callback:\n def on_stock_trade(self): ...",
    ),
    (
        f"{BACK_END}/sdk.py",
        "class Callbacks:\n def f(self): self.on_order = 1",
        "class Other:\n def on_order(self): ...",
    ),
    (f"{FEED}/xtdata.py", "self._sdk.get_last_quote('x')", "self._sdk.get_full_tick(['x'])"),
    (f"{FEED}/xtdata.py", "self._ready().unsubscribe_all()", "self._ready().unsubscribe_quote(1)"),
    (f"{FEED}/xtdata.py", "getattr(self._client, 'stop_download')", "getattr(self._client, 'is_connected')"),
    (f"{FEED}/xtdata.py", "xtdata.subscribe_quote('x', frequency='1m')", "xtdata.subscribe_quote('x', period='1m')"),
]


@pytest.mark.parametrize(("path", "bad", "good"), BAD_AND_GOOD)
def test_the_lint_finds_what_is_wrong(surface: Surface, path: str, bad: str, good: str) -> None:
    assert unknown(path, bad, surface)
    assert not unknown(path, good, surface)

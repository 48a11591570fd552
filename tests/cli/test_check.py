"""`bullet-trade check`: what a file uses is listed with its lines, by whether it works here."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from cli.check import check
from cli.check_uses import Uses
from cli.refusal import Refused
from jqdata.registry import Support


def uses(tmp_path: Path, code: str) -> dict[str, tuple[Support, list[int]]]:
    import ast

    found: dict[str, tuple[Support, list[int]]] = {}
    for use in Uses(ast.parse(code), tmp_path).all():
        found.setdefault(use.name, (use.row.support, []))[1].append(use.line)
    return found


YES, PROVIDER, NO = Support.YES, Support.PROVIDER, Support.NO


@pytest.mark.parametrize(
    ("code", "name", "support"),
    [
        ("def initialize(context): run_daily(f, 'open')", "run_daily", YES),
        ("def initialize(context): pass", "def initialize", YES),
        ("def handle_tick(context, tick): pass", "def handle_tick", YES),
        ("def on_event(context, event): pass", "def on_event", YES),
        ("def on_event(context, event): print(event.dividends)", ".dividends", YES),
        ("def on_event(context, event): print(event.cash)", ".cash", NO),
        ("from jqfactor import *\nclass F(Factor): dependencies = ['close', 'roe_4']", "dependencies roe_4", PROVIDER),
        ("from jqfactor import *\nclass F(Factor): dependencies = ('market_cap_1',)", "dependencies market_cap_1", NO),
        ("q = query(valuation.code)", "valuation", PROVIDER),
        ("import jqdata\njqdata.get_index_stocks('000300.XSHG')", "jqdata.get_index_stocks", PROVIDER),
        ("import jqdata as jq\njq.nothing()", "jqdata.nothing", NO),
        ("from jqlib.technical_analysis import *\nMACD('600000.XSHG', None)", "MACD", YES),
        ("from jqlib.technical_analysis import HSL as hsl\nhsl('600000.XSHG', None)", "hsl", PROVIDER),
        ("from jqlib import technical_analysis as ta\nta.RSI('x', None)", "jqlib.technical_analysis.RSI", YES),
        ("from jqlib.optimizer import portfolio_optimizer\nportfolio_optimizer()", "portfolio_optimizer", YES),
        ("from jqfactor import nonsense", "jqfactor.nonsense", NO),
        ("import no_such_library", "import no_such_library", NO),
        ("inout_cash(1)", "inout_cash", NO),
        ("get_fundamentals(None, day='2026-11-20')", "get_fundamentals(day=)", NO),
        ("q = query(valuation.market_capp)", "valuation.market_capp", NO),
        ("run_daily(print, force=True)", "run_daily(force=)", NO),
        ("place_order(1)", "place_order", NO),
        ("for i in xrange(3): pass", "xrange", NO),
        ("d = {}\nd.has_key(1)", ".has_key", NO),
        ("def f(context): context.portfolio.cash", ".cash", YES),
        ("def f(context): context.portfolio.cash_balance", ".cash_balance", NO),
        ("def f(context): context.subportfolios[0].long_positions['x'].cost", ".cost", NO),
        ("def f(context):\n    for p in list(context.portfolio.positions.values()): p.hold_cost", ".hold_cost", YES),
        ("def f(context): return [p.x for c, p in context.portfolio.positions.items()]", ".x", NO),
        ("def f(context):\n    c = get_current_data()\n    return [s for s in [] if c[s].turnover]", ".turnover", NO),
        ("def close_position(position): return order_target_value(position.security, 0).filled", ".filled", YES),
        ("o = order('x', 1)\no.quantity", ".quantity", NO),
        ("def handle_data(context, data): data['x'].mavg(5)", ".mavg", YES),
        ("def f(context): context.unknown", "context.unknown", NO),
        ("log.warning('x')", "log.warning", YES),
        ("OrderStatus.done", "OrderStatus.done", NO),
    ],
)
def test_a_use_is_told_with_its_support(tmp_path: Path, code: str, name: str, support: Support) -> None:
    found = uses(tmp_path, code)
    assert found[name][0] is support, found


@pytest.mark.parametrize(
    "code",
    [
        "def place(x): return x\nplace(1)",
        "from math import *\nwhatever(1)",
        "def f(context):\n    context.mine = 1\n    return context.mine",
        "x = np.array([1])\ny = pd.DataFrame()\nz = datetime.date(2020, 1, 1)",
        "class A:\n    def go(self, portfolio): return portfolio.cash_balance",
        "try:\n    pass\nexcept ValueError as e:\n    print(e)\nwith open('x') as f: f.read()",
        "import beside\nbeside.run()",
        "g.anything = 1\ng.anything",
        "a, (b, *c) = 1, (2, 3)\nprint(a, b, c, [d for d in c], lambda e: e)",
    ],
)
def test_what_is_the_files_own_is_nobodys_fault(tmp_path: Path, code: str) -> None:
    (tmp_path / "beside.py").write_text("def run(): pass\n", encoding="utf-8")
    assert [name for name, (support, _) in uses(tmp_path, code).items() if support is NO] == []


def test_a_name_is_the_files_own_only_where_it_says_so(tmp_path: Path) -> None:
    code = """
def sell(context):
    order = order_target('x', 0)
    order.filled
def buy(context):
    order('x', 100)
class Mine:
    def record(self): return record(a=1)
"""
    found = uses(tmp_path, code)
    assert found["order"] == (YES, [6]) and found["record"] == (YES, [8]) and found[".filled"] == (YES, [4])


def test_the_table_puts_first_what_does_not_work(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "story.py"
    path.write_text(
        "def initialize(context):\n    g.q = query\n    inout_cash(1)\n    inout_cash(2)\n", encoding="utf-8"
    )
    assert check(path, csv=False) == 1
    lines = capsys.readouterr().out.splitlines()
    body = [line for line in lines if "支持" in line or "需要数据源" in line]
    assert "inout_cash" in body[1] and "3 4" in body[1] and "query" in body[2] and "jqdatasdk" in body[2]
    assert lines[-1].startswith("支持 2 项，需要数据源 1 项，不支持 1 项")


def test_a_library_that_is_missing_is_told_with_its_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "story.py"
    path.write_text("def f():\n    import no_such\n    import xgboost as xgb\n", encoding="utf-8")
    assert check(path, csv=True) == 1
    out = capsys.readouterr().out
    assert "import no_such,不支持,2,没有安装 no_such 库" in out
    assert find_spec("xgboost") or "import xgboost,不支持,3,没有安装 xgboost 库，请运行 pip install xgboost" in out


def test_csv_and_a_clean_file(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    path = tmp_path / "中文.py"
    path.write_bytes("# 注释\ndef initialize(context): log.info('好')\n".encode("gbk"))
    assert check(path, csv=True) == 0
    out = capfdbinary.readouterr().out.decode("utf-8-sig")
    assert out.splitlines()[0] == "名称,支持,行,说明" and "log.info,支持,2," in out


@pytest.mark.parametrize(("code", "said"), [("print 'x'", "Python 2"), ("def f(:", "语法错误")])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, code: str, said: str) -> None:
    path = tmp_path / "old.py"
    path.write_text(code, encoding="utf-8")
    with pytest.raises(Refused, match=said):
        check(path, csv=False)

"""The committed surface of the vendor's wheel is that of the installed one, read and imported (levels 0 to 2)."""

import ast
import json
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.contract.surface import SNAPSHOT, Surface, installed
from tests.qmt.native_names import BINDS, REQUESTS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def kept() -> Surface:
    surface: Surface = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    return surface


def test_the_snapshot_is_of_the_release_we_install(kept: Surface) -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    pinned = [line for name in ("qmt", "dev") for line in extras[name] if line.startswith("xtquant")]
    assert [line.split(";")[0].strip() for line in pinned] == [f"xtquant=={kept['release']}"] * 2
    assert "sys_platform == 'win32'" in pinned[0], "the runtime needs the wheel on Windows only"


def test_the_snapshot_holds_what_the_notes_say(kept: Surface) -> None:
    modules = kept["modules"]
    assert len(modules["xtconstant"]["values"]) == 538
    assert len(modules["xttype"]["classes"]) == 16
    callbacks = [name for name in modules["xttrader"]["classes"]["XtQuantTraderCallback"]["methods"]]
    assert len(callbacks) == 16 and all(name.startswith("on_") for name in callbacks)
    assert len(modules["xtdata"]["functions"]) == 138
    for missing in ("get_last_quote", "set_data_dir", "get_index_stocks", "unsubscribe_whole_quote"):
        assert missing not in modules["xtdata"]["functions"]


def test_the_installed_wheel_is_as_kept(kept: Surface) -> None:
    found = installed()
    if found is None:
        pytest.skip("the vendor's wheel (xtquant, in the dev extra) is not installed")
    # As JSON has it: keys are text, tuples are lists.
    assert json.loads(json.dumps(found)) == kept, "run python -m tests.contract.snapshot and look at what changed"


def test_the_stand_in_has_every_native_name(kept: Surface) -> None:
    names = [f"bindOn{name}Callback" for name in BINDS] + [f"{name}WithSeq" for name in REQUESTS]
    assert sorted(names) == kept["natives"]["xtpythonclient"]
    source = (ROOT / "tests" / "qmt" / "natives" / "datacenter.py").read_text(encoding="utf-8")
    methods = {node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)}
    left_out = set(kept["natives"]["datacenter"]) - methods
    # What a share desk never asks: futures, funds in kind, formulas, new issues, statements of accounts.
    assert left_out == {
        "custom_data_control",
        "get_cb_info",
        "get_financial_data",
        "get_ipo_info",
        "get_main_contract",
        "read_local_data",
        "subscribeFormula",
        "subscribeFormulaSync",
        "unsubscribeFormula",
    }


def test_constants_have_the_kept_values(kept: Surface, wheel: None) -> None:
    constants = import_module("xtquant.xtconstant")
    for name, value in kept["modules"]["xtconstant"]["values"].items():
        found = getattr(constants, name)
        if isinstance(found, dict):
            found = {str(key): item for key, item in found.items()}
        if isinstance(found, int | float | str | dict) and value != "(an expression)":
            assert found == (getattr(constants, value) if isinstance(value, str) and value in dir(constants) else value)


def test_types_set_the_kept_fields(kept: Surface, wheel: None) -> None:
    types = import_module("xtquant.xttype")
    for name, shape in kept["modules"]["xttype"]["classes"].items():
        if name == "StockAccount":
            continue
        arguments = [parameter.split("=")[0] for parameter in shape["methods"]["__init__"][1:]]
        made = getattr(types, name)(*arguments)
        assert sorted(vars(made)) == shape["fields"], name
        given = {field: value for field, value in vars(made).items() if field in arguments}
        assert all(field == value for field, value in given.items()), name


def test_natives_have_the_fields_of_the_types(kept: Surface, wheel: None) -> None:
    from common.calendar import load
    from tests.qmt import shown
    from tests.qmt.desk import Desk
    from tests.qmt.knobs import Knobs
    from tests.qmt.rows import Account, Happening, Row
    from tests.qmt.street import Street

    now_ns, knobs = 1_795_140_000_000_000_000, Knobs()
    street, written = Street(1, load()), list[Any]()
    desk = Desk(Account("1", holdings={"600000.SH": (100, 10.0)}), street, written.append)
    desk.open_first_day(street.trading_day(now_ns), now_ns)
    row = Row(1, "1", "600000.SH", 23, 100, 11, 10.0, now_ns)
    told = Happening("order_error", row)
    natives = [shown.order(row, knobs), shown.asset(desk, street, knobs, now_ns), shown.order_error(told, knobs)]
    natives += [shown.cancel_error(told), *shown.positions(desk, street, knobs, now_ns)]
    for native in natives:
        wanted = kept["modules"]["xttype"]["classes"][native["t"]]["fields"]
        assert set(wanted) <= set(native), native["t"]

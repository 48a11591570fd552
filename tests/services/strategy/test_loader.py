"""A strategy file as its author saved it: encodings, names, and one line where it cannot run."""

import codecs
import pickle
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement

from common.errors import ConfigError
from jqdata.libraries import PROVIDERS, RESEARCH, remedy
from services.strategy.loader import load, read

ROOT = Path(__file__).parents[3]


def loaded(path: Path, printed: list[str] | None = None) -> ModuleType:
    lines = [] if printed is None else printed
    return load(read(path), {"given": 7, "datetime": "injected"}, lines.append)


@pytest.mark.parametrize(
    ("before", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (b"# -*- coding: gbk -*-\n", "gbk"),
        (b"", "gbk"),
        (b"# coding: nonsense\n", "utf-8"),
    ],
)
def test_encodings(tmp_path: Path, before: bytes, encoding: str) -> None:
    path = tmp_path / "中文策略.py"
    path.write_bytes(before + "name = '浦发银行'\n".encode(encoding))
    assert loaded(path).name == "浦发银行"


def test_windows_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "crlf.py"
    path.write_bytes(b"a = 1\r\nif a:\r\n    b = 2\r\n")
    assert loaded(path).b == 2


def test_names_are_there_first_and_the_files_own_win(tmp_path: Path) -> None:
    path = tmp_path / "names.py"
    path.write_text("from datetime import datetime\nanswer = given * 6\nkind = datetime.__name__\n", encoding="utf-8")
    module = loaded(path)
    assert (module.answer, module.kind) == (42, "datetime")


def test_print_goes_to_the_log(tmp_path: Path) -> None:
    path, lines, target = tmp_path / "printing.py", [], tmp_path / "out.txt"
    code = (
        f"print('a', 1, sep='-')\nprint()\nwith open({str(target)!r}, 'w', encoding='utf-8') as f: print('b', file=f)"
    )
    path.write_text(code, encoding="utf-8")
    loaded(path, lines)
    assert lines == ["a-1", ""]
    assert target.read_text(encoding="utf-8") == "b\n"


def test_pickle_finds_the_classes(tmp_path: Path) -> None:
    path = tmp_path / "my strategy-1.0.py"
    path.write_text("class Note:\n    x = 1\n", encoding="utf-8")
    module = loaded(path)
    assert isinstance(pickle.loads(pickle.dumps(module.Note())), module.Note)


@pytest.mark.parametrize("stem", ["random", "json", "numpy"])
def test_no_other_module_is_replaced(tmp_path: Path, stem: str) -> None:
    import numpy  # noqa: F401

    path = tmp_path / f"{stem}.py"
    path.write_text("mine = True\n", encoding="utf-8")
    assert loaded(path).mine
    assert not hasattr(sys.modules.get(stem), "mine")


def test_modules_beside_the_file_can_be_imported(tmp_path: Path) -> None:
    (tmp_path / "beside_the_strategy.py").write_text("factor = 3\n", encoding="utf-8")
    path = tmp_path / "importing.py"
    path.write_text("from beside_the_strategy import factor\n", encoding="utf-8")
    assert loaded(path).factor == 3


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("a = 1\nprint 'hello'\n", 2),
        ("print a, b\n", 1),
        ("try:\n    pass\nexcept ValueError, e:\n    pass\n", 3),
        ("raise ValueError, 'no'\n", 1),
        ("if 1 <> 2:\n    pass\n", 1),
        ("x = `1`\n", 1),
        ("n = 10L\n", 1),
        ("exec 'a = 1'\n", 1),
    ],
)
def test_python_2_is_named_with_its_line(tmp_path: Path, code: str, line: int) -> None:
    path = tmp_path / "old.py"
    path.write_text(code, encoding="utf-8")
    with pytest.raises(ConfigError, match=rf"old\.py 是 Python 2 代码，请先转换为 Python 3：第 {line} 行") as told:
        read(path)
    assert "\n" not in str(told.value) and str(told.value).endswith("）")


@pytest.mark.parametrize(("code", "line"), [("def f(:\n", 1), ("a = 1\n  b = 2\n", 2), ("x = (1,\n", 1)])
def test_a_syntax_error_is_named_with_its_line(tmp_path: Path, code: str, line: int) -> None:
    path = tmp_path / "wrong.py"
    path.write_text(code, encoding="utf-8")
    with pytest.raises(ConfigError, match=f"第 {line} 行语法错误") as told:
        read(path)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("content", [b"\0\0", b"\xff\xfe\xfd\xff"])
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "binary.py"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"binary\.py"):
        read(path)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.py", tmp_path):
        with pytest.raises(ConfigError, match="无法读取"):
            read(path)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("\nimport no_such_module_here.part\n", "第 2 行出错：没有安装 no_such_module_here 库，.*策略文件旁边"),
        ("import jqlib.no_such_part\n", "ModuleNotFoundError"),
        ("raise ModuleNotFoundError('mine')\n", "ModuleNotFoundError: mine"),
        ("1 / 0", "ZeroDivisionError"),
        ("exit()", "SystemExit"),
    ],
)
def test_a_body_that_fails_is_one_line(tmp_path: Path, code: str, said: str) -> None:
    path = tmp_path / "failing.py"
    path.write_text(code, encoding="utf-8")
    with pytest.raises(ConfigError, match=said) as told:
        loaded(path)
    assert "\n" not in str(told.value)


def test_a_library_that_is_not_installed_is_named_with_its_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    path = tmp_path / "learning.py"
    path.write_text("import datetime\nfrom sklearn.linear_model import LinearRegression\n", encoding="utf-8")
    with pytest.raises(ConfigError) as told:
        loaded(path)
    command = "pip install 'bullet-bus[research]'"
    assert str(told.value) == f"策略文件 {path} 第 2 行出错：没有安装 sklearn 库，请运行 {command} [NEEDS_LIBRARY]"


def test_every_library_of_research_has_a_module_that_is_asked_for() -> None:
    """The extra of pyproject.toml and the modules whose absence it cures."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = {
        name: {Requirement(one).name for one in listed} for name, listed in project["optional-dependencies"].items()
    }
    modules = {"scikit-learn": "sklearn", "TA-Lib": "talib"}
    assert {modules.get(name, name) for name in extras["research"]} == RESEARCH
    assert set(PROVIDERS.values()) <= set(extras) and set(PROVIDERS) == {
        min(extras[name]) for name in PROVIDERS.values()
    }
    assert remedy("matplotlib.pyplot") == "pip install matplotlib" and remedy("mine") == ""

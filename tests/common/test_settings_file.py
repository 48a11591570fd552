"""A ``.env`` is read as its author meant it, or the line is named."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import ConfigError
from common.settings_file import parse, read_env_file

GUIDE = r"""DEFAULT_BROKER=qmt          # 或 simulator
QMT_DATA_PATH=C:\国金QMT交易端\userdata_mini
QMT_ACCOUNT_ID=123456
LOG_DIR=logs
RUNTIME_DIR=runtime
"""
GUIDE_VALUES = {
    "DEFAULT_BROKER": "qmt",
    "QMT_DATA_PATH": r"C:\国金QMT交易端\userdata_mini",
    "QMT_ACCOUNT_ID": "123456",
    "LOG_DIR": "logs",
    "RUNTIME_DIR": "runtime",
}


def values(text: str) -> dict[str, str]:
    return {entry.name: entry.value for entry in parse(text, Path(".env"))}


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_block_of_the_guide(tmp_path: Path, encoding: str, newline: str) -> None:
    path = tmp_path / ".env"
    path.write_bytes(GUIDE.replace("\n", newline).encode(encoding))
    entries = read_env_file(path).entries
    assert {name: entry.value for name, entry in entries.items()} == GUIDE_VALUES
    assert [entry.line for entry in entries.values()] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=1", "1"),
        ("  A = 1  ", "1"),
        ("export A=1", "1"),
        ("A=", ""),
        ("A=   # 没有值", ""),
        ("A=#token", "#token"),
        ("A=a#b", "a#b"),
        ("A=a b  # 注释 # 再注释", "a b"),
        ("A=x\u3000# 全角空格", "x"),
        ("A=x\t#tab", "x"),
        (r"A=C:\new\table\x", r"C:\new\table\x"),
        (r'A="C:\new\table\"', "C:\\new\\table\\"),
        (r"A='C:\国金 QMT\'  # 注", "C:\\国金 QMT\\"),
        ('A="a # b"#c', "a # b"),
        ("""A="it's" """, "it's"),
        ("A=b=c", "b=c"),
        ("A=${HOME}", "${HOME}"),
        ('A=say "x"', 'say "x"'),
    ],
)
def test_one_line(line: str, value: str) -> None:
    assert values(line) == {"A": value}


@pytest.mark.parametrize("line", ["", "   ", "# A=1", "   # 注释", "\u3000"])
def test_nothing_said(line: str) -> None:
    assert values(line) == {}


@pytest.mark.parametrize(
    "bad",
    ["MAX_ORDER_VALUE 100", "MAX_ORDER_VALUE：100", "=1", "1A=2", 'A="x', "A='x\"", 'A="x" y', "A=\x00", "数量=1"],
)
def test_unreadable_line_is_named_with_its_text(tmp_path: Path, bad: str) -> None:
    path = tmp_path / "desk.env"
    path.write_text(f"# 第一行\nLOG_DIR=logs\n{bad}\nB=1\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_env_file(path)
    line = str(caught.value)
    assert "desk.env:3" in line and "\n" not in line and "\x00" not in line
    assert bad.replace("\x00", "?") in line


def test_unreadable_line_does_not_show_a_secret() -> None:
    with pytest.raises(ConfigError) as caught:
        values("QMT_SERVER_TOKEN s3cr3t")
    assert "QMT_SERVER_TOKEN" in str(caught.value) and "s3cr3t" not in str(caught.value)


def test_last_of_two_wins_and_is_told(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("A=1\nB=2\nA=3\n", encoding="utf-8")
    file = read_env_file(path)
    assert file.entries["A"].value == "3" and file.origin(file.entries["A"]) == f"文件 {path}:3"
    assert len(file.notes) == 1 and "第 1 行" in file.notes[0] and "第 3 行" in file.notes[0]


def test_no_known_encoding_is_refused_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_bytes(b"A=1\nB=\xff\xff\xff\n")
    with pytest.raises(ConfigError, match=r"\.env:2"):
        read_env_file(path)


def test_folder_instead_of_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="无法读取"):
        read_env_file(tmp_path)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\u2028\u2029'"), max_size=30))
def test_single_quotes_keep_any_text(value: str) -> None:
    assert values(f"A='{value}'") == {"A": value}


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    try:
        values(text)
    except ConfigError as error:
        assert "\n" not in str(error) and "\r" not in str(error)

r"""A user's ``.env`` as it really is: Notepad's encodings, Windows paths, Chinese remarks.

python-dotenv is not used because it changes values and loses lines: ``"C:\new\table"`` becomes a newline and a tab,
``'C:\x\'`` swallows the lines below it, a name given twice and a line it cannot read pass in silence, and it reads one
encoding only. Here backslashes are literal and a line that cannot be read stops the start.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from common.errors import ConfigError

_ASSIGNMENT: Final = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)\s*=(.*)", re.DOTALL)
_QUOTED: Final = re.compile(r"""(["'])(.*?)\1\s*(?:#.*)?""", re.DOTALL)
_COMMENT: Final = re.compile(r"\s#.*", re.DOTALL)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SECRET: Final = re.compile(r"TOKEN|PASSWORD|SECRET|KEY", re.IGNORECASE)
_LINE_END: Final = re.compile(r"\r\n|\n|\r")
_SHOWN_MAX: Final = 60


@dataclass(frozen=True, slots=True)
class Entry:
    """One assignment; ``line`` counts from 1."""

    name: str
    value: str
    line: int


@dataclass(frozen=True, slots=True)
class EnvFile:
    """What a file says: the last entry of each name, and a Chinese line for each entry that lost."""

    path: Path
    entries: dict[str, Entry]
    notes: tuple[str, ...]

    def origin(self, entry: Entry) -> str:
        """Return where ``entry`` stands, as users are told it: ``文件 /desk/.env:12``."""
        return f"文件 {self.path}:{entry.line}"


def read_env_file(path: Path) -> EnvFile:
    """Return the assignments of the file; ConfigError names the file, or the line that cannot be read."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"配置文件 {path} 无法读取：{error.strerror or error}") from error
    entries: dict[str, Entry] = {}
    notes: list[str] = []
    for entry in parse(decode(raw, path), path):
        if entry.name in entries:
            notes.append(f"{entry.name} 写了两次：第 {entries[entry.name].line} 行不生效，以第 {entry.line} 行为准")
        entries[entry.name] = entry
    return EnvFile(path, entries, tuple(notes))


def decode(raw: bytes, path: Path) -> str:
    """Return the text: UTF-8 with or without BOM, UTF-16 with BOM (Notepad's "Unicode"), else GBK (GB18030)."""
    utf16 = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ["utf-16"] if utf16 else ["utf-8-sig", "gb18030"]:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
    raise ConfigError(f"配置文件 {path}:{line} 的编码无法识别：应为 UTF-8 或 GBK")


def parse(text: str, path: Path) -> Iterator[Entry]:
    """Yield the assignments in order; ConfigError for a line that is neither one, nor blank, nor a comment."""
    for number, line in enumerate(_LINE_END.split(text), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        assignment = _ASSIGNMENT.fullmatch(stripped)
        value = _value(assignment[2]) if assignment else None
        if assignment is None or value is None or _CONTROL.search(stripped):
            raise ConfigError(f"配置文件 {path}:{number} 无法解析：{_shown(stripped)}（应为 名称=值，注释以 # 开头）")
        yield Entry(assignment[1], value, number)


def _value(text: str) -> str | None:
    """Return the value without quotes and remark, or None when a quote is not closed on its line."""
    stripped = text.strip()
    if stripped.startswith(('"', "'")):
        quoted = _QUOTED.fullmatch(stripped)
        return quoted[2] if quoted else None
    return _COMMENT.sub("", text).strip()


def _shown(line: str) -> str:
    """Return the line fit for a console: no secret, no control characters, not endless."""
    if _SECRET.search(line):
        return f"{re.split('[^A-Za-z0-9_]', line, maxsplit=1)[0]} …（内容不显示）"
    printable = _CONTROL.sub("?", line)
    return printable if len(printable) <= _SHOWN_MAX else printable[:_SHOWN_MAX] + "…"

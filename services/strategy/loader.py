"""A strategy file becomes a module: its encoding, its names, and one clear line where it cannot run."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import re
import sys
import tokenize
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from common.errors import ConfigError
from jqdata.libraries import said_of

# What only Python 2 has, and how Python 3 writes it.
_PYTHON_2 = {
    r"^\s*print\s+[^\s=(,.:]|^\s*print\s*>>": "print 要写成 print(...)",
    r"^\s*except\s+[^:#]+?,\s*\w+\s*:": "except 要写成 except 错误 as 名称:",
    r"^\s*raise\s+\w+\s*,": "raise 要写成 raise 错误(说明)",
    r"^\s*exec\s+['\"\w]": "exec 要写成 exec(...)",
    r"<>": "不等号要写成 !=",
    r"`[^`]+`": "反引号要写成 repr(...)",
    r"\b\d+L\b": "长整数不再有后缀 L",
    r"\bur['\"]": "字符串不再有前缀 ur",
}


@dataclasses.dataclass(frozen=True)
class Source:
    """A strategy file that compiles."""

    path: Path
    code: CodeType
    file_hash: str
    raw: bytes

    @property
    def text(self) -> str:
        """The file decoded, as it was compiled."""
        return _decode(self.raw, self.path)

    @property
    def module_name(self) -> str:
        """The file's stem, so that pickled classes are found again; another name where Python has such a module."""
        stem = self.path.stem.replace(".", "_")
        other = sys.modules.get(stem)
        taken = other is not None and getattr(other, "__file__", None) != str(self.path)
        return f"strategy_{stem}" if taken or stem in sys.stdlib_module_names else stem


def read(path: Path) -> Source:
    """The compiled file; ConfigError where it is missing, unreadable, of Python 2, or wrong, naming the line."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"策略文件 {path} 无法读取：{error.strerror or error}") from error
    return compiled(path, raw)


def compiled(path: Path, raw: bytes) -> Source:
    """The content of a strategy file, compiled; ConfigError as :func:`read`."""
    text = _decode(raw, path)
    before, nul, _ = text.partition("\0")
    if nul:
        number = len(before.splitlines() or [""])
        raise ConfigError(f"策略文件 {path} 第 {number} 行有空字符：文件可能已损坏")
    try:
        code = compile(text, str(path), "exec", dont_inherit=True)
    except SyntaxError as error:
        raise _syntax_error(error, text, path) from error
    except ValueError as error:
        raise ConfigError(f"策略文件 {path} 无法解析：{error}") from error
    return Source(path, code, hashlib.sha256(raw).hexdigest(), raw)


def load(source: Source, names: Mapping[str, Any], print_line: Callable[[str], None]) -> ModuleType:
    """Run the module's body with the API's ``names`` in it from the start, so that its own imports win (jq_api 1)."""
    module = ModuleType(source.module_name)
    module.__file__ = str(source.path)
    module.__dict__.update(names)
    module.__dict__["print"] = _printer(print_line)
    sys.modules[source.module_name] = module
    if (folder := str(source.path.parent)) not in sys.path:
        sys.path.append(folder)
    try:
        exec(source.code, module.__dict__)
    except (Exception, SystemExit) as error:  # the body is the user's: whatever it raises, the start ends with one line
        line = line_in(error, source.path)
        raise ConfigError(f"策略文件 {source.path} 第 {line} 行出错：{said_of(error)}") from error
    return module


def line_in(error: BaseException, path: Path) -> int:
    """The line of the strategy file the error passed last; 0 where it did not."""
    frames = traceback.extract_tb(error.__traceback__)
    return next((f.lineno or 0 for f in reversed(frames) if f.filename == str(path)), 0)


def _decode(raw: bytes, path: Path) -> str:
    """What the BOM or PEP 263 declares, else UTF-8, else GBK."""
    try:
        declared, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
    except SyntaxError:
        declared = "utf-8-sig"
    for encoding in (declared, "utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    raise ConfigError(f"策略文件 {path} 的编码无法识别：请存为 UTF-8")


def _syntax_error(error: SyntaxError, text: str, path: Path) -> ConfigError:
    number = error.lineno or 0
    lines = text.splitlines()
    line = lines[number - 1].strip() if 0 < number <= len(lines) else ""
    hint = next((hint for written, hint in _PYTHON_2.items() if re.search(written, line)), "")
    if hint:
        return ConfigError(f"策略文件 {path} 是 Python 2 代码，请先转换为 Python 3：第 {number} 行 {line}（{hint}）")
    return ConfigError(f"策略文件 {path} 第 {number} 行语法错误：{error.msg}（{line}）")


def _printer(print_line: Callable[[str], None]) -> Callable[..., None]:
    def to_log(*values: object, sep: str | None = None, end: str | None = None, file: Any = None, **_: object) -> None:
        text = (" " if sep is None else sep).join(map(str, values))
        if file is None or file in (sys.stdout, sys.stderr):
            print_line(text)
        else:
            file.write(text + ("\n" if end is None else end))

    return to_log

"""What a setting may be: how its text is read, what is allowed, and how it is shown again.

A kind reads text strictly: what it does not understand raises ValueError, whose text (often empty) is a hint for the
user beside what is allowed. ``show`` gives text that reads back as the same value.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import GetCoreSchemaHandler, SecretStr
from pydantic_core import CoreSchema, core_schema

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,12}")
_DECIMAL: Final = re.compile(r"[+-]?[0-9]{1,14}(\.[0-9]{0,12})?")
_SWITCH: Final = {
    "true": True,
    "1": True,
    "yes": True,
    "on": True,
    "false": False,
    "0": False,
    "no": False,
    "off": False,
}
_YUAN_MAX: Final = Decimal(10**13)


def to_e4(yuan: Decimal) -> int:
    """Return yuan in 1/10,000; exact, since no setting in yuan has more than four decimals."""
    scaled = yuan * 10_000
    assert scaled == int(scaled), yuan
    return int(scaled)


def to_ns(seconds: Decimal) -> int:
    """Return seconds in nanoseconds; what is finer than a nanosecond is cut."""
    return int(seconds * 1_000_000_000)


def show(value: object) -> str:
    """Return the text of a plain value as a ``.env`` would have it; empty when it is not set."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value:f}"
        case _:
            return str(value)


@dataclass(frozen=True)
class Kind:
    """One way to write a value; stands in the annotation of a setting and is the whole of its validation."""

    allowed: str
    allowed_en: str
    parse: Callable[[str], Any]
    show: Callable[[Any], str] = show

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.parse)


def number(text: str) -> Decimal:
    """Return a plain decimal number; no exponent, separators, inf or nan."""
    if not _DECIMAL.fullmatch(text):
        raise ValueError("不要写千分位或单位" if re.match(r"[0-9][0-9,.]*[^0-9.]", text) else "")
    return Decimal(text)


def whole(minimum: int, maximum: int, *, unit: str = "", unit_en: str = "") -> Kind:
    """Return the kind of a whole number from ``minimum`` to ``maximum``, both included."""

    def parse(text: str) -> int:
        if not _INTEGER.fullmatch(text) or not minimum <= int(text) <= maximum:
            raise ValueError
        return int(text)

    return Kind(f"{minimum} 到 {maximum} 的整数{unit}", f"whole number {minimum} to {maximum}{unit_en}", parse)


def seconds(minimum: int) -> Kind:
    """Return the kind of a time from ``minimum`` seconds to one day."""

    def parse(text: str) -> Decimal:
        value = number(text)
        if not minimum <= value <= 86_400:
            raise ValueError
        return value

    return Kind(f"{minimum} 到 86400 的秒数", f"seconds, {minimum} to 86400", parse)


def ratio(minimum: str, maximum: str) -> Kind:
    """Return the kind of a share of one: 0.015 is 1.5 %."""

    def parse(text: str) -> Decimal:
        value = number(text)
        if not Decimal(minimum) <= value <= Decimal(maximum):
            raise ValueError("单位是比例，1.5% 请写 0.015" if abs(value) >= 1 else "")
        return value

    return Kind(f"{minimum} 到 {maximum} 的比例", f"ratio {minimum} to {maximum} (0.015 is 1.5 %)", parse)


def choice(*words: str) -> Kind:
    """Return the kind of one of ``words``; capitals in the text do not matter where a word has none of its own."""
    folded = {word.lower(): word for word in words}

    def parse(text: str) -> str:
        word = folded.get(text.lower())
        if word is None:
            raise ValueError
        return word

    return Kind("、".join(words), ", ".join(f"`{word}`" for word in words), parse)


def pattern(expression: str, allowed: str, allowed_en: str) -> Kind:
    """Return the kind of a text that ``expression`` matches whole."""
    compiled = re.compile(expression)

    def parse(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError
        return text

    return Kind(allowed, allowed_en, parse)


def _switch(text: str) -> bool:
    value = _SWITCH.get(text.lower())
    if value is None:
        raise ValueError
    return value


def _show_presence(value: bool) -> str:
    return "1" if value else ""


def _yuan(text: str) -> Decimal:
    value = number(text)
    if value * 10_000 != int(value * 10_000):
        raise ValueError("最多 4 位小数")
    if not 0 <= value <= _YUAN_MAX:
        raise ValueError("不能为负数" if value < 0 else "")
    return value


def _percent(text: str) -> Decimal:
    value = number(text)
    if 0 < value < 1:
        meant = show((value * 100).normalize())
        raise ValueError(f"单位是百分比，{meant}% 请写 {meant}")
    if value * 100 != int(value * 100):
        raise ValueError("最多 2 位小数")
    if not 0 <= value <= 100:
        raise ValueError
    return value


def _wait(text: str) -> Decimal:
    value = number(text)
    if value > 3600:
        raise ValueError
    return value


def _bus_port_base(text: str) -> int:
    value = whole(1024, 65_528).parse(text)
    if value < 58_610 <= value + 7:
        raise ValueError("58610 是 MiniQMT 的端口")
    assert isinstance(value, int)
    return value


Switch = Annotated[bool, Kind("true 或 false（也可写 1/0、yes/no、on/off）", "`true` or `false`", _switch)]
Presence = Annotated[bool, Kind("任何文字，写了就生效", "any text; being there counts", bool, _show_presence)]
Yuan = Annotated[Decimal, Kind("不小于 0 的金额（元），最多 4 位小数", "yuan, from 0, up to 4 decimals", _yuan)]
Percent = Annotated[Decimal, Kind("0 或 1 到 100 的百分比", "percent: 0, or 1 to 100, up to 2 decimals", _percent)]
Seconds = Annotated[Decimal, seconds(0)]
Interval = Annotated[Decimal, seconds(1)]
Wait = Annotated[
    Decimal, Kind("不超过 3600 的秒数，不大于 0 表示不等待", "seconds up to 3600; 0 or less: no wait", _wait)
]
Port = Annotated[int, whole(1, 65_534)]
BusPortBase = Annotated[
    int,
    Kind(
        "1024 到 65528 的端口，其后 7 个不含 58610", "port 1024 to 65528, the 7 after it without 58610", _bus_port_base
    ),
]
Text = Annotated[str | None, Kind("任意文字", "text", str)]
Folder = Annotated[Path, Kind("文件夹路径", "path of a folder", Path)]
OptionalPath = Annotated[Path | None, Kind("路径", "path", Path)]
Secret = Annotated[SecretStr | None, Kind("任意文字", "text, never shown", SecretStr)]

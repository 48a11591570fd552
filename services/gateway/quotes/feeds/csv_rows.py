"""Reads recorded CSV line by line: exact numbers, no row skipped, and an error that names file, line and remedy."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from common.beijing import SECOND_NS, midnight
from common.errors import ConfigError
from common.symbols import UnknownSymbol, board_of

DECIMALS = 4


class BadField(ValueError):
    """A field is not what its column holds; the text says what was expected."""


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file with its header; the lines after it are read once, by `rows`."""

    path: Path
    header: tuple[str, ...]

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """(line number, fields) of each line after the header; ConfigError where the number of fields differs."""
        width = len(self.header)
        for line, fields in _lines(self.path):
            if line == 1:
                continue
            if len(fields) != width:
                raise bad_line(self.path, line, f"应有 {width} 列，实为 {len(fields)} 列")
            yield line, fields

    def columns(self, *names: str) -> list[int]:
        """Where the columns of these names stand."""
        return [self.header.index(name) for name in names]


def open_table(path: Path) -> Table:
    """The file with its header; ConfigError where it cannot be read or is empty."""
    for _, fields in _lines(path):
        return Table(path, tuple(field.strip() for field in fields))
    raise ConfigError(f"行情文件 {path} 是空的：请换成含表头与数据的 CSV")


def bad_line(path: Path, line: int, why: str) -> ConfigError:
    return ConfigError(f"行情文件 {path} 第 {line} 行{why}：请修正或删去该行")


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Physical line number and fields; a byte order mark is dropped, blank lines at the end are none."""
    blank = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            for fields in reader:
                if not fields:
                    blank = blank or reader.line_num
                    continue
                if blank:
                    raise bad_line(path, blank, "是空行，其后还有数据")
                yield reader.line_num, fields
    except UnicodeDecodeError as error:
        raise ConfigError(f"行情文件 {path} 不是 UTF-8 文本（{error.reason}）：请另存为 UTF-8") from error
    except csv.Error as error:
        raise bad_line(path, reader.line_num, f"不是 CSV（{error}）") from error
    except OSError as error:
        raise ConfigError(f"行情文件 {path} 无法读取（{error.strerror or error}）：请检查路径与权限") from error


@lru_cache(maxsize=131_072)
def e4(text: str) -> int:
    """10,000 times a decimal number that is not negative, exactly; BadField where it is none or is finer than that."""
    whole, point, fraction = text.partition(".")
    if not (whole.isdigit() and whole.isascii() and (fraction.isdigit() or not (point and fraction))):
        raise BadField(f"应为不带符号的数，实为 {text!r}")
    if len(fraction) > DECIMALS:
        if fraction[DECIMALS:].strip("0"):
            raise BadField(f"小数应不超过 {DECIMALS} 位，实为 {text!r}")
        fraction = fraction[:DECIMALS]
    return int(whole) * 10_000 + int(fraction.ljust(DECIMALS, "0"))


def price_e4(text: str) -> int:
    """A price, which is above zero."""
    price = e4(text)
    if not price:
        raise BadField(f"价格应大于 0，实为 {text!r}")
    return price


def quantity(text: str) -> int:
    """A whole number, also where it is written 1200.0."""
    if text.isdigit() and text.isascii():
        return int(text)
    whole, rest = divmod(e4(text), 10_000)
    if rest:
        raise BadField(f"应为整数，实为 {text!r}")
    return whole


@lru_cache(maxsize=4096)
def symbol_of(text: str) -> str:
    try:
        board_of(text)
    except UnknownSymbol as error:
        raise BadField(f"应为 600000.XSHG 这样的证券代码，实为 {text!r}") from error
    return text


@lru_cache(maxsize=16_384)
def day_of_text(text: str) -> date:
    """'2023-02-07'."""
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise BadField(f"日期应如 2023-02-07，实为 {text!r}")


def time_ns_of(text: str) -> int:
    """Nanoseconds after midnight of '09:31:00'."""
    if len(text) == 8 and text[2] == text[5] == ":" and text.isascii():
        hours, minutes, seconds = text[:2], text[3:5], text[6:]
        if (hours + minutes + seconds).isdigit() and hours < "24" and minutes < "60" and seconds < "60":
            return (int(hours) * 3600 + int(minutes) * 60 + int(seconds)) * SECOND_NS
    raise BadField(f"时间应如 09:31:00，实为 {text!r}")


def moment_of(text: str) -> tuple[date, int]:
    """Day and UTC ns of '2023-02-07 09:31:00' in Beijing."""
    day_text, _, time_text = text.partition(" ")
    day = day_of_text(day_text)
    return day, midnight(day) + time_ns_of(time_text)

"""What a process writes down for people: one UTF-8 file per process and day, in Beijing time, without secrets.

structlog costs a tenth of a second to import, so it is loaded with the first line; no file is opened before it either.
A log that cannot be written never stops the desk: the line is counted as lost.
"""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Callable, MutableMapping
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from common import beijing
from common.clock import wall_ns

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

    from common.settings import Settings

LEVELS: Final = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40, "CRITICAL": 50}

_SECRET_NAME: Final = re.compile(r"TOKEN|PASSWORD|SECRET|KEY$", re.IGNORECASE)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]")
_DAY_FILE: Final = re.compile(r".+-([0-9]{8})\.log")
_LINE: Final = re.compile(
    r"(?P<wall>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) (?P<level>[A-Z]+) +"
    r"(?:\[(?P<market>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\] )?(?P<text>.*)",
    re.DOTALL,
)
_INDENT: Final = "    "


@dataclasses.dataclass(frozen=True)
class LogRules:
    """``level`` is the least one written; ``echo`` the least one that standard output also gets ("": none)."""

    level: str = "INFO"
    echo: str = ""
    keep_days: int = 30
    secrets: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Line:
    """A line of a log file read back; ``market`` is "" outside a simulated day."""

    wall: str
    level: str
    market: str
    text: str


def rules_of(settings: Settings, *, echo: bool = False) -> LogRules:
    """The rules of a process: LOG_FILE_LEVEL or LOG_LEVEL, LOG_KEEP_DAYS, and every secret it was given."""
    from common.settings_known import KNOWN

    secrets = [getattr(settings, known.field) for known in KNOWN.values() if known.secret]
    return LogRules(
        level=settings.log_file_level or settings.log_level,
        echo=settings.log_level if echo else "",
        keep_days=settings.log_keep_days,
        secrets=tuple(secret.get_secret_value() for secret in secrets if secret),
    )


def open_log(process: str, folder: Path, rules: LogRules, market_ns: Callable[[], int] | None = None) -> Log:
    """The log of ``process``; ``market_ns`` tells the market's time of a simulated day, 0 while there is none."""
    return Log(process, folder, rules, market_ns)


def log_path(process: str, folder: Path, day: date) -> Path:
    """Where a process writes on a Beijing day."""
    return folder / f"{process}-{day:%Y%m%d}.log"


def read_line(text: str) -> Line | None:
    """The parts of a line; None for one that goes on from the line before, as those of a traceback do."""
    found = _LINE.fullmatch(text)
    return Line(found["wall"], found["level"], found["market"] or "", found["text"]) if found else None


class Log:
    """Writes lines of five levels; ``lost`` counts those the disk refused."""

    def __init__(self, process: str, folder: Path, rules: LogRules, market_ns: Callable[[], int] | None) -> None:
        self.process, self._folder, self._rules = process, folder, rules
        self._market_ns = market_ns
        self._file = _DayFile(process, folder, rules)
        self._level = min(LEVELS[rules.level], LEVELS[rules.echo] if rules.echo else LEVELS[rules.level])

    @property
    def lost(self) -> int:
        return self._file.lost

    def debug(self, text: str, **fields: object) -> None:
        # Most runs do not write these, and then they must not cost the import.
        if self._level <= LEVELS["DEBUG"]:
            self._logger.debug(text, **fields)

    def info(self, text: str, **fields: object) -> None:
        self._logger.info(text, **fields)

    def warning(self, text: str, **fields: object) -> None:
        self._logger.warning(text, **fields)

    def warn(self, code: str, text: str) -> None:
        """A warning with its stable code."""
        self.warning(f"{code} {text}")

    def error(self, text: str, **fields: object) -> None:
        self._logger.error(text, **fields)

    def exception(self, text: str, **fields: object) -> None:
        """An error with the traceback of the exception that is being handled, on the lines after it."""
        self._logger.exception(text, **fields)

    def close(self) -> None:
        self._file.close()

    @cached_property
    def _logger(self) -> FilteringBoundLogger:
        import structlog

        wrapped: FilteringBoundLogger = structlog.wrap_logger(
            structlog.WriteLogger(self._file),  # type: ignore[arg-type]
            processors=[structlog.processors.format_exc_info, self._render],
            wrapper_class=structlog.make_filtering_bound_logger(self._level),
            cache_logger_on_first_use=True,
        ).bind()
        return wrapped

    def _render(self, _logger: object, method: str, event: MutableMapping[str, Any]) -> str:
        now_ns = wall_ns()
        market_ns = self._market_ns() if self._market_ns else 0
        level = "ERROR" if method == "exception" else method.upper()
        text, trace = str(event.pop("event")), str(event.pop("exception", ""))
        fields = "".join(f" {name}={'***' if _SECRET_NAME.search(name) else value}" for name, value in event.items())
        market = f"[{beijing.stamp_text(market_ns)}] " if market_ns else ""
        said = f"{text}{fields}\n{trace}" if trace else f"{text}{fields}"
        return f"{beijing.stamp_text(now_ns, millis=True)} {level:<8} {market}{self._tame(said)}"

    def _tame(self, text: str) -> str:
        """No secret, no control character, and no line that could be taken for another record."""
        for secret in self._rules.secrets:
            text = text.replace(secret, "***")
        return _CONTROL.sub("?", text.replace("\r\n", "\n")).rstrip("\n").replace("\n", f"\n{_INDENT}")


class _DayFile:
    """The file of today; goes on with the next one at Beijing's midnight and removes those kept long enough."""

    def __init__(self, process: str, folder: Path, rules: LogRules) -> None:
        self._process, self._folder, self._rules = process, folder, rules
        self._day: date | None = None
        self._file: Any = None
        self.lost = 0

    def write(self, text: str) -> None:
        # The level stands at a fixed place: what it decides is needed once more, for the two outputs.
        level = LEVELS[text[24:32].strip()]
        if self._rules.echo and level >= LEVELS[self._rules.echo]:
            sys.stdout.write(text)
        if level < LEVELS[self._rules.level]:
            return
        try:
            self._today().write(text)
        except OSError:
            self.lost += 1

    def flush(self) -> None:
        if self._rules.echo:
            sys.stdout.flush()
        if self._file is None:
            return
        try:
            self._file.flush()
        except OSError:
            self.lost += 1

    def close(self) -> None:
        if self._file is not None:
            try:
                self._file.close()
            except OSError:
                self.lost += 1
            self._file, self._day = None, None

    def _today(self) -> Any:
        today = beijing.day_of(wall_ns())
        if today != self._day:
            self.close()
            self._folder.mkdir(parents=True, exist_ok=True)
            path = log_path(self._process, self._folder, today)
            self._file = path.open("a", encoding="utf-8", errors="backslashreplace", newline="\n")
            self._day = today
            remove_old(self._folder, today, self._rules.keep_days)
        return self._file


def remove_old(folder: Path, today: date, keep_days: int) -> None:
    """Remove the day files of any process that are older than ``keep_days``; other files are left alone."""
    oldest = f"{today - timedelta(days=keep_days):%Y%m%d}"
    for path in folder.iterdir():
        found = _DAY_FILE.fullmatch(path.name)
        if found and found[1] < oldest:
            try:
                path.unlink(missing_ok=True)
            except OSError:  # open in another program, which Windows does not allow: next time
                continue

"""How `bullet-trade reload` speaks to a running strategy: a request in its folder, and an answer beside it."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from services.strategy.changing import Verdict

REQUEST, ANSWERS = "reload.request", "reload.*.answer"
LOOK_NS = 100_000_000


class Requests:
    """The strategy's side. A request from before this process began is answered at once: it has just read the file."""

    def __init__(self, folder: Path, file: Path) -> None:
        self._folder, self._file = folder, file
        self._looked_ns = 0
        self._id = ""
        if self._taken():
            self.answer(Verdict(True, "策略进程刚刚启动，已读取现在的文件"))

    def source(self, mono_ns: int) -> bytes | None:
        """The strategy file as it now is, where somebody asked for it; None where nobody did."""
        if mono_ns - self._looked_ns < LOOK_NS:
            return None
        self._looked_ns = mono_ns
        if not self._taken():
            return None
        try:
            return self._file.read_bytes()
        except OSError as error:
            self.answer(Verdict(False, f"策略文件 {self._file} 无法读取：{error.strerror or error}"))
            return None

    def answer(self, verdict: Verdict) -> None:
        """Nobody waits for it where the request had no id."""
        if self._id:
            told = {"taken": verdict.taken, "text": verdict.text}
            with contextlib.suppress(OSError):  # a full disk: the strategy's log says the same
                _put(_answer(self._folder, self._id), json.dumps(told, ensure_ascii=False))
            self._id = ""

    def _taken(self) -> bool:
        request = self._folder / REQUEST
        try:
            self._id = request.read_text(encoding="utf-8")
        except OSError:
            return False
        with contextlib.suppress(OSError):  # it is being replaced by the next one
            request.unlink()
        return True


class Asking:
    """The side of whoever wants the new code taken; ``id_`` names the answer, "" wants none."""

    def __init__(self, folder: Path, id_: str = "") -> None:
        self._request, self._answer = folder / REQUEST, _answer(folder, id_)
        for old in folder.glob(ANSWERS) if id_ else ():
            old.unlink(missing_ok=True)
        _put(self._request, id_)

    def verdict(self) -> Verdict | None:
        """None until the strategy has answered this request."""
        try:
            told = json.loads(self._answer.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        self._answer.unlink(missing_ok=True)
        return Verdict(bool(told["taken"]), str(told["text"]))

    def withdraw(self) -> bool:
        """Take the request back; False where the strategy has it already."""
        try:
            self._request.unlink()
        except FileNotFoundError:
            return False
        return True


def _answer(folder: Path, id_: str) -> Path:
    """A name of its own for each: a file that somebody reads cannot be replaced on Windows."""
    return folder / ANSWERS.replace("*", id_)


def _put(path: Path, text: str) -> None:
    """At no time half of it."""
    aside = path.with_name(path.name + ".new")
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)

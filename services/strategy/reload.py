"""How `bullet-trade reload` speaks to a running strategy: a request in its folder, and an answer beside it."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from services.strategy.changing import Verdict

REQUEST, ANSWER = "reload.request", "reload.answer"
LOOK_NS = 100_000_000


class Requests:
    """The strategy's side. A request from before this process began is answered at once: it has just read the file."""

    def __init__(self, folder: Path, file: Path) -> None:
        self._request, self._answer, self._file = folder / REQUEST, folder / ANSWER, file
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
        if self._id:
            told = {"id": self._id, "taken": verdict.taken, "text": verdict.text}
            _replace(self._answer, json.dumps(told, ensure_ascii=False))
            self._id = ""

    def _taken(self) -> bool:
        try:
            asked = self._request.read_text(encoding="utf-8")
        except OSError:
            return False
        with contextlib.suppress(OSError):
            self._request.unlink()
        self._id = asked
        return True


class Asking:
    """The side of whoever wants the new code taken; ``id_`` tells this request from every other."""

    def __init__(self, folder: Path, id_: str) -> None:
        self._request, self._answer, self._id = folder / REQUEST, folder / ANSWER, id_
        _replace(self._request, id_)

    def verdict(self) -> Verdict | None:
        """None until the strategy has answered this request."""
        try:
            told = json.loads(self._answer.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return Verdict(bool(told["taken"]), str(told["text"])) if told.get("id") == self._id else None

    def withdraw(self) -> bool:
        """Take the request back; False where the strategy has it already."""
        try:
            self._request.unlink()
        except FileNotFoundError:
            return False
        return True


def _replace(path: Path, text: str) -> None:
    """At no time half of it."""
    aside = path.with_name(path.name + ".new")
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)

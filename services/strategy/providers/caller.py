"""Calls of a data provider, made on a thread beside the main loop: a slow one keeps nothing waiting but its asker."""

from __future__ import annotations

import dataclasses
import queue
import threading
from collections.abc import Callable

from common import messages as m
from services.strategy.providers.evaluate import answer
from services.strategy.providers.faults import Fault
from services.strategy.providers.provider import Provider


@dataclasses.dataclass(frozen=True, slots=True)
class _Call:
    ask: m.AskProvider
    due_ns: int  # monotonic


class Caller:
    """Takes questions, gives answers; each question gets exactly one.

    A call that takes longer than ``limit_ns`` is answered with a fault and left behind with its thread: Python cannot
    end it, and its answer is nobody's any more. ``ring`` is called from the thread when an answer is there.
    """

    def __init__(
        self, provider: Provider, limit_ns: int, monotonic: Callable[[], int], ring: Callable[[], None]
    ) -> None:
        self._provider, self._limit_ns, self._monotonic, self._ring = provider, limit_ns, monotonic, ring
        self._running: dict[int, _Call] = {}
        self._done: queue.SimpleQueue[m.ProviderAnswer] = queue.SimpleQueue()

    def ask(self, ask: m.AskProvider) -> None:
        """Begin the call. A strategy asks one question at a time, so each has a thread of its own."""
        self._running[ask.number] = _Call(ask, self._monotonic() + self._limit_ns)
        threading.Thread(target=self._work, args=(ask,), name=f"provider-{ask.number}", daemon=True).start()

    def answers(self) -> list[m.ProviderAnswer]:
        """What came back, or was given up, since the last call."""
        found: list[m.ProviderAnswer] = []
        while not self._done.empty():
            came = self._done.get()
            if self._running.pop(came.number, None) is not None:
                found.append(came)
        now_ns = self._monotonic()
        for number, call in list(self._running.items()):
            if now_ns >= call.due_ns:
                del self._running[number]
                found.append(self._given_up(call.ask))
        return found

    def _given_up(self, ask: m.AskProvider) -> m.ProviderAnswer:
        seconds = self._limit_ns / 1e9
        text = f"数据源 {self._provider.name} 在 {seconds:g} 秒内没有答复（DATA_CALL_LIMIT）：请检查网络，或调大该设置"
        return m.ProviderAnswer(ask.number, [], Fault.PROVIDER_TIMEOUT, text)

    def _work(self, ask: m.AskProvider) -> None:
        try:
            given = answer(self._provider, ask)
        except Exception as e:  # a provider's library may raise anything, and its asker must not wait for ever
            text = f"数据源 {self._provider.name} 出错（{type(e).__name__}：{_first_line(e)}）"
            given = m.ProviderAnswer(ask.number, [], Fault.PROVIDER_FAILED, text)
        self._done.put(given)
        self._ring()


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "")[:200]

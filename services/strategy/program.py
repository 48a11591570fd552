"""The user's module: run once, its functions found by name and called, and what they raise told with its line."""

from __future__ import annotations

import importlib
import re
import traceback
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import jqdata
from jqdata import preload
from jqdata.libraries import said_of
from services.strategy import loader
from services.strategy.loader import Source
from services.strategy.memory import ModuleGlobals
from services.strategy.runtime import Runtime

# What a file imports that gives it frames of pandas' own.
_MAKES_FRAMES = re.compile(r"\b(pandas|pd|np|numpy|talib|statsmodels|sklearn|scipy|seaborn|matplotlib)\b")


class Program:
    """A strategy file whose body has run; ConfigError where it cannot, or raises."""

    def __init__(self, runtime: Runtime, source: Source) -> None:
        self._rt, self.source = runtime, source
        names = jqdata.namespace()
        if _MAKES_FRAMES.search(source.text):
            importlib.import_module(
                "jqdata.older_pandas"
            ).allow()  # else pandas is imported with the first frame handed out
        self.module: ModuleType = loader.load(source, names, lambda text: runtime.log("info", "strategy", text))
        preload.load_for(source.code, names)
        self._globals = ModuleGlobals(vars(self.module), names)

    @property
    def namespace(self) -> dict[str, Any]:
        return vars(self.module)

    def changed_globals(self) -> dict[str, Any]:
        """The module's variables that are otherwise than its body made them."""
        return self._globals.changed()

    def restore_globals(self, values: Mapping[str, Any]) -> None:
        self._globals.restore(values)

    def function(self, name: str) -> Callable[..., object] | None:
        found = self.namespace.get(name)
        return found if callable(found) else None

    def call(self, name: str, *arguments: object) -> bool:
        """Whether the function came to its end; one that is not there, or raises, is told and alerted."""
        function = self.function(name)
        if function is None:
            self._rt.warn("CALLBACK_MISSING", f"定时任务 {name} 在策略文件中没有定义，未运行")
            return False
        try:
            function(*arguments)
        except (Exception, SystemExit) as error:  # the code is the user's: whatever it raises, the next callback runs
            self._failed(name, error)
            return False
        return True

    def _failed(self, name: str, error: BaseException) -> None:
        line = loader.line_in(error, self.source.path)
        said = said_of(error)
        frames = error.__traceback__.tb_next if error.__traceback__ else None
        trace = "".join(traceback.format_exception(type(error), error, frames))
        self._rt.log("error", "strategy", f"{name} 出错，策略文件第 {line} 行：{said}\n{trace}")
        self._rt.alert("CALLBACK_FAILED", f"{name} 第 {line} 行出错：{said}")

"""What a check of ``doctor`` says: a stable code, a verdict, what was found, and what to do about it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """``UNKNOWN``: the check could not be made here or now, which is neither good nor bad."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"


SHOWN = {Verdict.OK: "通过", Verdict.WARN: "警告", Verdict.FAIL: "失败", Verdict.UNKNOWN: "无法检查"}
STYLES = {Verdict.OK: "green", Verdict.WARN: "yellow", Verdict.FAIL: "bold red", Verdict.UNKNOWN: "dim"}
_VERDICT_CELLS, _CODE_CELLS = 8, 18


@dataclass(frozen=True)
class Finding:
    """One row; ``remedy`` is empty only where there is nothing to do."""

    code: str
    verdict: Verdict
    text: str
    remedy: str = ""


@dataclass(frozen=True)
class Group:
    """Rows under one heading."""

    title: str
    findings: Sequence[Finding]


def ok(code: str, text: str) -> Finding:
    return Finding(code, Verdict.OK, text)


def warn(code: str, text: str, remedy: str) -> Finding:
    return Finding(code, Verdict.WARN, text, remedy)


def fail(code: str, text: str, remedy: str) -> Finding:
    return Finding(code, Verdict.FAIL, text, remedy)


def unknown(code: str, text: str, remedy: str) -> Finding:
    return Finding(code, Verdict.UNKNOWN, text, remedy)


def lines(finding: Finding) -> list[str]:
    """The row as it is printed, and its remedy on a line of its own below."""
    shown = SHOWN[finding.verdict]
    head = f"{shown}{' ' * (_VERDICT_CELLS - 2 * len(shown))}  {finding.code:<{_CODE_CELLS}} {finding.text}"
    return [head, f"{' ' * (_VERDICT_CELLS + 2)}→ {finding.remedy}"] if finding.remedy else [head]


def summary(findings: Iterable[Finding]) -> str:
    """``失败 1 · 警告 2 · 无法检查 3 · 通过 9``: how many rows of each kind there are."""
    verdicts = [finding.verdict for finding in findings]
    worst_first = (Verdict.FAIL, Verdict.WARN, Verdict.UNKNOWN, Verdict.OK)
    return " · ".join(f"{SHOWN[one]} {verdicts.count(one)}" for one in worst_first)


def failed(findings: Iterable[Finding]) -> bool:
    return any(finding.verdict is Verdict.FAIL for finding in findings)


def as_json(broker: str, mode: str, groups: Sequence[Group]) -> str:
    """The same for a program; ``ok`` is False exactly where the exit code is 1."""
    rows = [
        {"code": one.code, "verdict": one.verdict.value, "text": one.text, "remedy": one.remedy}
        for group in groups
        for one in group.findings
    ]
    is_ok = not any(row["verdict"] == Verdict.FAIL for row in rows)
    return json.dumps({"ok": is_ok, "broker": broker, "mode": mode, "checks": rows}, ensure_ascii=False, indent=1)

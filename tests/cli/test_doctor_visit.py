"""The visit of the terminal, with back-ends that behave as the SDK may: it connects, refuses, prints, hangs, dies."""

from pathlib import Path

import pytest

from cli.doctor_link import Outcome
from cli.doctor_visit import Asked, visit

ASKED = Asked("D:\\国金 QMT\\userdata_mini", (("12345678", "stock"),), 100)
BACKENDS = {
    "good": "return Visit(True, '', {accounts[0][0]: 0})",
    "refused": "return Visit(False, f'connect 返回 -1：{path}，会话 {session_id}', {})",
    "talking": "print('xtquant 250807 update found'); print('VISITED'); return Visit(True, '', {})",
    "lingering": "import threading; threading.Thread(target=wait).start(); return Visit(True, '', {})",
    "hanging": "wait()",
    "raising": "raise RuntimeError('no such terminal')",
    "dying": "import os; os._exit(3)",
    "lacking": "import a_package_nobody_has",
}
HEAD = """
from dataclasses import dataclass
from time import sleep

@dataclass
class Visit:
    connected: bool
    said: str
    statuses: dict

def wait():
    while True:
        sleep(60)

def visit(path, accounts, session_id, limit_s):
    """


@pytest.fixture(autouse=True)
def backends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, body in BACKENDS.items():
        (tmp_path / f"backend_{name}.py").write_text(HEAD + body, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


@pytest.mark.parametrize(
    ("backend", "outcome", "said"),
    [
        ("good", Outcome.CONNECTED, ""),
        ("refused", Outcome.REFUSED, "connect 返回 -1：D:\\国金 QMT\\userdata_mini，会话 100"),
        ("talking", Outcome.CONNECTED, ""),
        ("lingering", Outcome.CONNECTED, ""),
        ("raising", Outcome.CRASHED, "RuntimeError: no such terminal"),
        ("dying", Outcome.CRASHED, "（3）"),
        ("lacking", Outcome.MISSING, "a_package_nobody_has"),
        ("of_nobody", Outcome.MISSING, "backend_of_nobody"),
    ],
)
def test_what_comes_of_a_visit(backend: str, outcome: Outcome, said: str) -> None:
    found = visit(ASKED, f"backend_{backend}")
    assert found.outcome is outcome and said in found.said
    assert found.statuses == ({"12345678": 0} if backend == "good" else {})


def test_a_visit_that_never_returns_is_given_up() -> None:
    found = visit(ASKED, "backend_hanging", seconds=3)
    assert found.outcome is Outcome.HUNG and "3 秒" in found.said

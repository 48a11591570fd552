"""What the robot says is understood, and its address is told to nobody."""

import socket

import pytest

from services.alerts.robot import Robot
from tests.services.alerts.robots import KEY, OK, TOO_MANY, robots


def test_a_message_is_posted_to_the_address_with_the_key() -> None:
    with robots() as here:
        assert Robot(here.url, KEY).post("测试 100%") == ""
        assert here.got == ["测试 100%"]
        assert here.paths == [f"/cgi-bin/webhook/send?key={KEY}"]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (TOO_MANY, "errcode 45009：api freq out of limit"),
        ((500, "no"), "HTTP 500"),
        ((302, ""), "HTTP 302"),
        ((200, "<html>"), "应答无法识别"),
        ((200, "[]"), "应答无法识别"),
        ((200, '{"ok":true}'), "应答无法识别"),
    ],
)
def test_a_refusal_is_told(answer: tuple[int, str], said: str) -> None:
    with robots() as here:
        here.answer = answer
        robot = Robot(here.url, KEY)
        assert robot.post("x") == said
        assert len(here.paths) == 1, "a redirect is not followed"
        here.answer = OK
        assert robot.post("y") == ""


def test_nobody_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        said = Robot(f"http://127.0.0.1:{taken.getsockname()[1]}/send?key=", KEY).post("x")
    assert said == "无法连接（ConnectionRefusedError）"


@pytest.mark.parametrize("url", ["http://[/send?key=", "http://127.0.0.1:99999/send?key=", "nowhere/"])
def test_an_address_that_is_none(url: str) -> None:
    said = Robot(url, KEY).post("x")
    assert said and KEY not in said


def test_a_key_that_is_none_does_not_change_the_address() -> None:
    with robots() as here:
        assert Robot(here.url, "a&b c#d\n").post("x") == ""
        assert here.paths == ["/cgi-bin/webhook/send?key=a%26b%20c%23d%0A"]

"""A listener that outlives its publisher's journal starts over instead of taking new numbers for old ones."""

from __future__ import annotations

import pytest

from common import messages as m
from common import wire
from common.channels import CHANNELS
from common.session_events import EventsIn, EventsOut
from common.session_out import Out

ACCOUNT = "main"


class Link:
    """Gateway's events and state's ears, with the frames between them carried by hand."""

    def __init__(self) -> None:
        self.heard: list[m.Message] = []
        self.ears = Out()
        self.listener = EventsIn("state", [CHANNELS["account"]], (ACCOUNT,), self.ears)
        self.snapshot = m.Refusal("", "")

    def start(self, run: int) -> None:
        self.mouth = Out()
        self.publisher = EventsOut([CHANNELS["account"]], (ACCOUNT,), self.mouth)
        self.publisher.open_epoch(run)

    def publish(self, text: str) -> None:
        self.publisher.publish("account", m.BrokerLinkChanged(ACCOUNT, True, text, 0), "", 0)

    def settle(self) -> None:
        """Carry frames both ways until nobody has more to say."""
        while self.mouth.frames or self.ears.frames:
            said, self.mouth.frames[:] = list(self.mouth.frames), []
            for _, data in said:
                frame = wire.decode_frame(data)
                if isinstance(frame, wire.Event):
                    self._hear(self.listener.event(frame, 1))
                elif isinstance(frame, wire.State):
                    self._hear(self.listener.state(frame))
                elif isinstance(frame, wire.Beat):
                    self.listener.beat(frame, 1)
            asked, self.ears.frames[:] = list(self.ears.frames), []
            for _, data in asked:
                frame = wire.decode_frame(data)
                assert isinstance(frame, wire.Fetch)
                self.publisher.fetch(frame, lambda _: self.snapshot, 0)

    def _hear(self, message: m.Message | None) -> None:
        if message is not None:
            self.heard.append(message)


def texts(heard: list[m.Message]) -> list[str]:
    return [one.text for one in heard if isinstance(one, m.BrokerLinkChanged)]


@pytest.mark.parametrize("told", [0, 1, 5])
def test_a_new_journal_of_the_publisher_voids_the_numbers_seen(told: int) -> None:
    link = Link()
    link.start(run=100)
    link.publisher.beat()
    link.settle()
    for number in range(3):
        link.publish(f"old {number}")
    link.settle()
    assert texts(link.heard) == ["old 0", "old 1", "old 2"]
    link.heard.clear()
    link.start(run=200)
    for number in range(told):
        link.publish(f"new {number}")
    link.publisher.beat()
    link.settle()
    assert link.heard, "the listener took the snapshot"
    link.publish("after")
    link.settle()
    assert texts(link.heard)[-1] == "after"


def test_a_restart_on_the_same_journal_goes_on_counting() -> None:
    link = Link()
    link.start(run=100)
    link.publisher.beat()
    link.settle()
    link.publish("before")
    link.settle()
    frames = [bytes(data) for data in link.publisher.streams["account", ACCOUNT].frames]
    link.start(run=0)
    for data in frames:
        frame = wire.decode_frame(data)
        assert isinstance(frame, wire.Event)
        link.publisher.recover(frame, data)
    link.publisher.open_epoch(100)
    assert link.publisher.streams["account", ACCOUNT].epoch == 101
    link.heard.clear()
    link.publish("after")
    link.settle()
    assert texts(link.heard) == ["after"]

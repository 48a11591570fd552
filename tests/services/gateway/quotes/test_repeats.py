"""Who was down hears from the repeats all it waits for: the newest quotes, and the newest word about the time."""

from services.gateway.quotes.__main__ import REPEAT_NS, ClockWork
from tests.services.gateway.quotes.floor import Floor

CLOCK, QUOTES, MORE_QUOTES = ("*clock", b"09:31:00"), ("*market", b"09:31:03"), ("*market", b"09:31:06")


class Talk:
    """A clockwork whose published frames are handed in."""

    def __init__(self) -> None:
        self.session = Floor().session
        self.now_ns = 10**15
        self.work = ClockWork(self.session.core, self.session, lambda status: status, monotonic=lambda: self.now_ns)

    def turn(self, *published: tuple[str, bytes]) -> list[tuple[str, bytes]]:
        self.now_ns += REPEAT_NS
        self.session.out.frames[:] = published
        self.work.settle()
        return list(self.session.out.frames)


def test_the_last_time_is_repeated_with_quotes_that_came_without_it() -> None:
    """Risk hears no quotes: killed within a minute and started again, it would wait for the time until ever."""
    talk = Talk()
    talk.turn(CLOCK)
    talk.turn(QUOTES)
    assert talk.turn() == [CLOCK, QUOTES]
    assert talk.turn(MORE_QUOTES) == [MORE_QUOTES]
    assert talk.turn() == [CLOCK, MORE_QUOTES]


def test_quotes_and_time_of_one_instant_are_repeated_once() -> None:
    talk = Talk()
    talk.turn(("*clock", b"09:30:00"))
    talk.turn(QUOTES, CLOCK)
    assert talk.turn() == [QUOTES, CLOCK]

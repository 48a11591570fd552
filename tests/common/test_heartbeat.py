"""A strategy that is not heard for too long is told once; nothing is told of whoever could not be heard."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from common import messages as m
from common import wire
from common.clock import MarketTime
from common.heartbeat import OWN_PAUSE_NS, Silence
from common.recovery import recover
from common.session import Session
from common.session_out import BEAT_NS
from tests.common.chain import ACCOUNT, Decider, TinyCore
from tests.services.risk.driving import SECOND_NS

LIMIT_NS = 10 * SECOND_NS
LOOK_NS = SECOND_NS
DEMO = "strategy.demo"


class Watched:
    """A core's side of it: who is expected, and who is away."""

    def __init__(self, *expected: str) -> None:
        self.expected, self.absent = set(expected), set[str]()
        self.silence = Silence(LIMIT_NS, lambda: self.expected, lambda: self.absent)
        self.now_ns = 10**12
        self.told: list[m.Message] = []
        self.look()

    def look(self, *, standing: bool = False) -> None:
        for message in self.silence.look(self.now_ns, standing=standing):
            self.note(message)

    def note(self, message: m.Message) -> None:
        self.told.append(message)
        match message:
            case m.StrategySilent(strategy=name) | m.StrategyLeft(strategy=name):
                self.absent.add(name)
            case m.StrategyHeard(strategy=name):
                self.absent.discard(name)

    def seconds(self, count: int, *, heard: str = "", standing: bool = False) -> None:
        for _ in range(count):
            self.now_ns += LOOK_NS
            if heard:
                self.silence.heard(heard, self.now_ns)
            self.look(standing=standing)

    @property
    def kinds(self) -> list[str]:
        return [type(message).__name__ for message in self.told]


def test_a_silent_strategy_is_told_once() -> None:
    watched = Watched()
    watched.seconds(20, heard=DEMO)
    watched.seconds(10)
    assert watched.told == []
    watched.seconds(30)
    assert watched.told == [m.StrategySilent("demo", 11 * SECOND_NS)]


def test_it_is_told_again_only_after_it_was_heard() -> None:
    watched = Watched()
    watched.seconds(1, heard=DEMO)
    watched.seconds(20)
    watched.seconds(1, heard=DEMO)
    watched.seconds(20)
    assert watched.kinds == ["StrategySilent", "StrategyHeard", "StrategySilent"]


def test_one_that_was_never_heard_counts_from_the_first_look() -> None:
    """Risk was started again, and the strategy with open orders died meanwhile."""
    watched = Watched("demo")
    watched.seconds(10)
    assert watched.told == []
    watched.seconds(1)
    assert watched.kinds == ["StrategySilent"]


def test_it_says_nothing_of_others_while_it_was_stopped_itself() -> None:
    watched = Watched()
    watched.seconds(1, heard=DEMO)
    watched.now_ns += 3600 * SECOND_NS
    watched.look()
    watched.seconds(10)
    assert watched.told == []
    assert OWN_PAUSE_NS > LOOK_NS
    watched.seconds(1)
    assert watched.kinds == ["StrategySilent"]


def test_nobody_is_late_while_the_market_stands() -> None:
    watched = Watched("demo")
    watched.seconds(100, standing=True)
    watched.seconds(10)
    assert watched.told == []


def test_one_that_left_in_order_is_not_missed() -> None:
    watched = Watched("demo")
    watched.seconds(1, heard=DEMO)
    watched.note(watched.silence.left(DEMO))
    watched.seconds(100)
    assert watched.kinds == ["StrategyLeft"]
    watched.seconds(2, heard=DEMO)
    assert watched.kinds == ["StrategyLeft", "StrategyHeard"]


def test_others_than_strategies_are_not_watched() -> None:
    watched = Watched()
    watched.seconds(1, heard="operator.7")
    watched.seconds(100)
    assert watched.told == []


@given(st.lists(st.tuples(st.integers(1, 15), st.booleans(), st.booleans()), max_size=20))
def test_losses_and_returns_alternate(history: list[tuple[int, bool, bool]]) -> None:
    watched = Watched("demo")
    for seconds, heard, standing in history:
        watched.seconds(seconds, heard=DEMO if heard else "", standing=standing)
    for index, message in enumerate(watched.told):
        assert isinstance(message, m.StrategySilent) == (index % 2 == 0)
        assert not isinstance(message, m.StrategySilent) or message.silent_ns > LIMIT_NS


# -- in the session ------------------------------------------------------------------------------------------------


class Watcher(Decider):
    """A risk core that notes what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.noticed: list[m.Message] = []
        self.silence = Silence(LIMIT_NS, lambda: (), lambda: self.absent)

    @property
    def absent(self) -> set[str]:
        last = {str(message.strategy): message for message in self.noticed}  # type: ignore[attr-defined]
        return {name for name, message in last.items() if not isinstance(message, m.StrategyHeard)}

    def apply(self, message: m.Message) -> None:
        super().apply(message)
        if isinstance(message, m.StrategySilent | m.StrategyHeard | m.StrategyLeft):
            self.noticed.append(message)


def session_of(name: str, core: TinyCore, *, simulated: bool = False) -> Session:
    session = Session(name, core, (ACCOUNT,), MarketTime(simulated=simulated), 1)
    session.start(recovered=False)
    session.out.frames.clear()
    return session


def test_a_strategy_says_that_it_is_there() -> None:
    strategy = session_of(DEMO, TinyCore())
    for beat in range(4):
        strategy.wake(10**12 + beat * BEAT_NS)
    said = [wire.decode_frame(data) for to, data in strategy.out.frames if to == "risk"]
    assert said.count(wire.Alive(DEMO, False)) == 4


def wakes(session: Session, seconds: range) -> None:
    for second in seconds:
        session.wake(10**12 + second * SECOND_NS)


def test_any_frame_is_a_sign_of_life_and_the_loss_is_on_record() -> None:
    core = Watcher()
    risk = session_of("risk", core)
    query = wire.encode(wire.Query("ask_risk", DEMO, 1, wire.raw(m.GetStatus())))
    signs: list[Callable[[], bytes]] = [lambda: query, lambda: wire.encode(wire.Alive(DEMO, False))]
    wakes(risk, range(1))
    for second in range(1, 40):
        risk.frame(signs[second % 2](), 10**12 + second * SECOND_NS, DEMO)
        wakes(risk, range(second, second + 1))
    assert core.noticed == []
    wakes(risk, range(40, 60))
    assert core.noticed == [m.StrategySilent("demo", 11 * SECOND_NS)]
    again = Watcher()
    for record in risk.out.records:
        recover(Session("risk", again, (ACCOUNT,), MarketTime(simulated=False), 1), record)
    assert again.noticed == core.noticed


def test_a_goodbye_is_on_record_too() -> None:
    core = Watcher()
    risk = session_of("risk", core)
    wakes(risk, range(1))
    risk.frame(wire.encode(wire.Alive(DEMO, True)), 10**12, DEMO)
    wakes(risk, range(1, 40))
    assert core.noticed == [m.StrategyLeft("demo")]


def test_in_lockstep_nothing_is_told() -> None:
    core = Watcher()
    risk = session_of("risk", core, simulated=True)
    assert risk.is_awaited
    risk.frame(wire.encode(wire.Alive(DEMO, False)), 10**12, DEMO)
    wakes(risk, range(100))
    assert core.noticed == []

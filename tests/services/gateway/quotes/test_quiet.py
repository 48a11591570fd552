"""Quiet is never told while a message is on its way, whatever the network does, and always told in the end."""

from __future__ import annotations

import collections
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from common import messages as m
from common.channels import CHANNELS, Kind, role_of
from services.gateway.quotes.quiet import Quiet

NAMES = ("gateway", "risk", "state", "strategy.a", "strategy.b")
COMMANDS = [c for c in CHANNELS.values() if c.kind is Kind.COMMAND and c.name != "desk"]
EVENTS = [c for c in CHANNELS.values() if c.kind is Kind.EVENT]


class Process:
    """Counts what it sends and has seen; each thing it hears makes it say up to two more, until it has had enough."""

    def __init__(self, name: str, chatter: int) -> None:
        self.name, self.chatter = name, chatter
        self.tick, self.busy = 0, False
        role = role_of(name)
        self.sent = {f"{c.name}/main": 0 for c in EVENTS if c.binder == role}
        self.seen = {f"{c.name}/main": 0 for c in EVENTS if role in c.peers}

    def progress(self) -> m.Progress:
        return m.Progress(self.name, 1, self.tick, dict(self.sent), dict(self.seen), 0, self.busy)


class Network:
    """Links keep their order and are as slow as they like; reports to the clock travel on links too."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.processes = {name: Process(name, dice.randint(0, 3)) for name in NAMES}
        self.links: dict[tuple[str, str], collections.deque[tuple[str, object]]] = collections.defaultdict(
            collections.deque
        )
        self.quiet = Quiet(NAMES)
        self.number = self.clock_number = 0

    # -- what processes do -------------------------------------------------------------------------------------------

    def publish(self) -> None:
        """The clock's next step: quotes for some, the time for all or for nobody."""
        self.number += 1
        channels = ["market", "clock"] if self.dice.random() < 0.5 else [self.dice.choice(["market", "clock"])]
        if "clock" in channels:
            self.clock_number = self.number
        for name in NAMES:
            if any(role_of(name) in CHANNELS[channel].peers for channel in channels):
                self.links["quotes", name].append(("tick", self.number))
        for process in self.processes.values():
            process.chatter = self.dice.randint(0, 3)

    def react(self, process: Process) -> None:
        for _ in range(self.dice.randint(0, 2)):
            if process.chatter:
                process.chatter -= 1
                self.talk(process)

    def talk(self, process: Process) -> None:
        role = role_of(process.name)
        ways = [c for c in COMMANDS if role in c.peers] + [c for c in EVENTS if c.binder == role]
        channel = self.dice.choice([*ways, None])
        if channel is None:
            self.ask(process)
        elif channel.kind is Kind.COMMAND:
            key = f"{channel.name}<{process.name}#1"
            process.sent[key] = process.sent.get(key, 0) + 1
            self.links[process.name, channel.binder].append((key, process.sent[key]))
        else:
            key = f"{channel.name}/main"
            process.sent[key] += 1
            for name in NAMES:
                if role_of(name) in channel.peers:
                    self.links[process.name, name].append((key, process.sent[key]))

    def ask(self, process: Process) -> None:
        """A query is counted by nobody: who waits for its answer says that it is busy."""
        if not process.busy and process.name != "gateway":
            process.busy = True
            self.links[process.name, "gateway"].append(("query", process.name))

    def hear(self, name: str, what: str, value: object) -> None:
        process = self.processes[name]
        if what == "tick":
            assert isinstance(value, int)
            process.tick = value
        elif what == "query":
            self.links[name, str(value)].append(("answer", 0))
        elif what == "answer":
            process.busy = False
        else:
            assert isinstance(value, int) and process.seen.get(what, 0) == value - 1, "links keep their order"
            process.seen[what] = value
        if what != "query":
            self.react(process)

    def report(self, name: str) -> None:
        self.links[name, "quotes"].append(("report", self.processes[name].progress()))

    def deliver(self) -> None:
        ways = [way for way, waiting in self.links.items() if waiting]
        if not ways:
            return
        way = self.dice.choice(ways)
        what, value = self.links[way].popleft()
        if way[1] == "quotes":
            assert isinstance(value, m.Progress)
            self.quiet.report(value)
        else:
            self.hear(way[1], what, value)

    # -- what is true ------------------------------------------------------------------------------------------------

    @property
    def is_quiet(self) -> bool:
        return self.quiet.is_quiet(self.number, self.clock_number)

    @property
    def on_its_way(self) -> bool:
        """Anything but reports, which cause nothing."""
        return any(waiting for (_, to), waiting in self.links.items() if to != "quotes")


@settings(max_examples=300)
@given(st.randoms(use_true_random=False))
def test_quiet_is_never_told_too_early_and_always_in_the_end(dice: random.Random) -> None:
    network = Network(dice)
    told = 0
    for _ in range(dice.randint(20, 200)):
        if network.is_quiet:
            assert not network.on_its_way
            told += 1
            network.publish()
        elif dice.random() < 0.3:
            network.report(dice.choice(NAMES))
        else:
            network.deliver()
        assert not (network.is_quiet and network.on_its_way)
    while any(network.links.values()):
        network.deliver()
    for name in NAMES:
        network.report(name)
    while any(network.links.values()):
        network.deliver()
    assert network.is_quiet, "all that was sent has been heard, and all have said so"


def all_there() -> Quiet:
    quiet = Quiet(("gateway", "risk", "strategy.a"))
    heard = {"approved<risk#1": 2, "decisions/main": 0}
    quiet.report(m.Progress("gateway", 1, 5, {"account/main": 3}, heard, 0, False))
    quiet.report(m.Progress("risk", 1, 4, {"approved<risk#1": 2, "decisions/main": 0}, {"account/main": 3}, 0, False))
    seen = {"account/main": 3, "decisions/main": 0}
    quiet.report(m.Progress("strategy.a", 1, 5, {}, seen, 0, False))
    return quiet


def test_all_have_seen_all() -> None:
    quiet = all_there()
    assert quiet.is_quiet(5, 4)
    assert not quiet.is_quiet(6, 4), "quotes that the gateway has not seen"
    assert not quiet.is_quiet(5, 5), "a clock that risk has not seen"


def test_a_strategy_of_another_run_has_other_numbers() -> None:
    quiet = all_there()
    quiet.report(
        m.Progress("strategy.a", 2, 5, {"orders<strategy.a#2": 1}, {"account/main": 3, "decisions/main": 0}, 0, False)
    )
    quiet.report(
        m.Progress("risk", 1, 4, {"approved<risk#1": 2}, {"account/main": 3, "orders<strategy.a#1": 1}, 0, False)
    )
    assert not quiet.is_quiet(5, 4)


def after_a_power_loss(sent: dict[str, int], seen: dict[str, int], run: int = 9) -> Quiet:
    """The strategy has forgotten the last of what it had sent to risk."""
    quiet = all_there()
    heard = {"account/main": 3, "decisions/main": 0}
    quiet.report(m.Progress("strategy.a", run, 5, sent, heard, 0, False))
    of_risk = {"approved<risk#1": 2, "decisions/main": 0}
    quiet.report(m.Progress("risk", 1, 4, of_risk, {"account/main": 3, **seen}, 0, False))
    return quiet


def test_what_a_former_life_sent_and_forgot_is_not_waited_for() -> None:
    assert after_a_power_loss({"orders<strategy.a#1": 5}, {"orders<strategy.a#1": 7}).is_quiet(5, 4)
    assert after_a_power_loss({"orders<strategy.a#1": 5}, {"orders<strategy.a#3": 2}).is_quiet(5, 4), "1 has ended"


def test_what_a_former_life_left_on_its_way_is_waited_for() -> None:
    assert not after_a_power_loss({"orders<strategy.a#3": 2}, {"orders<strategy.a#3": 1}).is_quiet(5, 4)
    assert not after_a_power_loss({"orders<strategy.a#3": 2}, {"orders<strategy.a#1": 5}).is_quiet(5, 4)
    assert not after_a_power_loss({"orders<strategy.a#3": 2}, {}).is_quiet(5, 4)


def test_a_report_that_is_older_than_what_was_seen_is_not_believed() -> None:
    """It may have more on its way by now."""
    assert not after_a_power_loss({"orders<strategy.a#9": 5}, {"orders<strategy.a#9": 7}).is_quiet(5, 4)


def test_who_has_not_reported_is_missing() -> None:
    quiet = all_there()
    quiet.members.add("state")
    assert quiet.missing() == ["state"] and not quiet.is_quiet(5, 4)


def test_a_listener_that_starts_anew_has_seen_nothing() -> None:
    quiet = all_there()
    quiet.report(m.Progress("risk", 1, 4, {"approved<risk#1": 2}, {"account/main": -1}, 0, False))
    assert not quiet.is_quiet(5, 4)


def test_wakes_are_told_by_name_and_without_those_who_left() -> None:
    quiet = Quiet(("strategy.b", "strategy.a", "risk"))
    for name, wake_ns in (("strategy.b", 5), ("strategy.a", 9), ("risk", 7), ("strategy.c", 1)):
        quiet.report(m.Progress(name, 1, 0, {}, {}, wake_ns, False))
    assert quiet.wakes(strategies=True) == [("strategy.a", 9), ("strategy.b", 5)]
    assert quiet.wakes(strategies=False) == [("risk", 7)]
    quiet.admit()
    assert ("strategy.c", 1) in quiet.wakes(strategies=True)
    quiet.leave("strategy.b")
    assert [name for name, _ in quiet.wakes(strategies=True)] == ["strategy.a", "strategy.c"]

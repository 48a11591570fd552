"""Whether everything the clock caused is done, told from the reports of all processes (Mattern's vector counters)."""

from __future__ import annotations

from common import messages as m
from common.channels import CHANNELS, role_of
from common.run import ANY_STRATEGY

_HEAR_QUOTES = CHANNELS["market"].peers


class Quiet:
    """Keeps each member's last report. Reports need no common instant: a message on its way shows as sent, not seen."""

    def __init__(self, members: tuple[str, ...]) -> None:
        self.members = set(members)
        self.reports: dict[str, m.Progress] = {}

    def report(self, progress: m.Progress) -> None:
        self.reports[progress.member] = progress

    def leave(self, member: str) -> None:
        self.members.discard(member)
        self.reports.pop(member, None)

    def admit(self) -> None:
        """Strategies that reported and were not expected have joined the running stack."""
        joined = {name for name in self.reports if role_of(name) == "strategy"}
        self.members |= joined
        if joined:
            self.members.discard(ANY_STRATEGY)

    def is_quiet(self, number: int, clock_number: int) -> bool:
        """Everybody waits for nothing and has seen all that was sent to it: those who hear quotes the last `number`,
        the others the last one that told the time."""
        reports = self.reports
        for name in self.members:
            report = reports.get(name)
            if report is None or report.busy:
                return False
            if report.tick != number and (role_of(name) in _HEAR_QUOTES or report.tick < clock_number):
                return False
        return all(
            self._arrived(reports[name], key, seq) for name in self.members for key, seq in reports[name].sent.items()
        )

    def _arrived(self, report: m.Progress, key: str, seq: int) -> bool:
        channel, is_command, _ = key.partition("<")
        if is_command:
            binder = CHANNELS[channel].binder
            return binder not in self.members or self._taken(self.reports[binder], report.run, key, seq)
        listeners = CHANNELS[key.partition("/")[0]].peers
        return all(self.reports[name].seen.get(key, -1) == seq for name in self.members if role_of(name) in listeners)

    @staticmethod
    def _taken(binder: m.Progress, run: int, key: str, seq: int) -> bool:
        """Whether a command was taken. Its sender may have forgotten, by a power loss, the last ones of a former life;
        a later run of it began when all of an earlier one was taken."""
        if binder.seen.get(key, 0) == seq:
            return True
        stream, _, number = key.rpartition("#")
        if int(number) >= run:
            return False
        runs = f"{stream}#"
        taken = ((int(k.removeprefix(runs)), count) for k, count in binder.seen.items() if k.startswith(runs))
        return any(position > (int(number), seq) for position in taken)

    def wakes(self, *, strategies: bool) -> list[tuple[str, int]]:
        """(member, wake_ns) of those who want to be woken, in the order of their names."""
        return sorted(
            (name, report.wake_ns)
            for name, report in self.reports.items()
            if name in self.members and report.wake_ns and (role_of(name) == "strategy") == strategies
        )

    def missing(self) -> list[str]:
        return sorted(self.members - set(self.reports))

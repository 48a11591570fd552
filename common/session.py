"""Delivery without I/O: numbers every message, drops repeats, fills gaps, acknowledges, and steps the core.

One session serves every process. The loop hands it frames and local messages; it leaves journal records, frames to send
and effects to run in ``out``. Nothing in ``out`` may leave the process before its records are on file.
"""

from __future__ import annotations

from collections.abc import Callable

from common import messages as m
from common import wire
from common.channels import CHANNEL_OF, CHANNELS, Kind, commands_to, followed_by, role_of
from common.clock import MarketTime
from common.errors import WireError
from common.heartbeat import Silence
from common.kept import for_record, local_for_record
from common.reasons import Reason
from common.session_commands import CommandsIn, CommandsOut
from common.session_core import Core as Core
from common.session_core import Shell as Shell
from common.session_events import EventsIn, EventsOut
from common.session_later import LATER, Job, Later
from common.session_out import BEAT_NS, Out
from common.session_queries import Queries

# Looked up once: in Python 3.11 a member of an enum costs five times a name of the module.
_COMMAND, _EVENT = Kind.COMMAND, Kind.EVENT

QUIET: frozenset[type[m.Message]] = frozenset(
    {m.Wake, m.MarketClock, m.MarketDayEnded, m.FeedState, m.QuoteBatch, m.MarketSlice, m.QuotesCame, m.Progress}
)
"""Inputs put on record only where more than quotes came out of them, unless the core keeps all (``journals_all``)."""

NOT_FACTS: frozenset[type[m.Message]] = frozenset(
    {m.Wake, m.KeptAnswer, *(t for c in CHANNELS.values() if c.kind in (Kind.COMMAND, Kind.QUERY) for t in c.types)}
)
"""Inputs that are never applied: only what is decided about them is."""

_QUOTED = frozenset(t for c in CHANNELS.values() if c.kind is Kind.QUOTE for t in c.types)

_ASKED_OF: dict[type[m.Message], str] = {
    t: c.binder for c in CHANNELS.values() if c.kind is Kind.QUERY for t in c.types if t is not m.GetStatus
}


class Session:
    """``run`` is when the first life of the journal began; a later ``life`` counts its commands in a run of its own."""

    def __init__(self, name: str, core: Core, accounts: tuple[str, ...], market: MarketTime, run: int) -> None:
        self.name, self.role, self.core, self.market = name, role_of(name), core, market
        self.life = run  # when this process started: larger than `run` where that was read from a journal
        self.given: dict[str, str] = {}  # what it began with, for the record (m.Started)
        self.shell: Shell | None = None
        self._tells_position = hasattr(core, "position")  # a core that keeps its own record of what it has seen
        self._takes: Callable[[m.Message, int], bool] | None = getattr(core, "takes", None)
        self.silence: Silence | None = getattr(core, "silence", None)
        self.out = Out()
        self.number, self.part = 0, -1  # the last quote number published (quotes) or taken (everybody else)
        self.lockstep = True  # how the clock was last told; a day opens and ends in lock-step
        self.bad_frames = self.last_message_ns = self.alive_ns = 0
        self.run_ended = False  # the simulated run is over: the process ends
        self.day_ends_ns = 0  # market time at which the journal's next day begins; 0: it goes on for ever
        self.deferred: list[tuple[str, bytes]] = []  # the clock of that day and what came behind it
        own = [c for c in CHANNELS.values() if c.kind is Kind.EVENT and c.binder == self.role]
        self.events_out = EventsOut(own, accounts, self.out)
        self.events_in = EventsIn(name, followed_by(self.role), accounts, self.out)
        self.commands_out = CommandsOut(name, run, self.out)
        self.commands_in = CommandsIn(name, commands_to(self.role), self.out)
        self.later = Later(name, self.out)
        self.folds_late = False  # a loop folds what came out of a step only when it has left
        self._unfolded: list[m.Message] = []
        self._queries = Queries(name, self.out)
        self._quote_parts: list[tuple[str, bytes]] = []
        self._beat_ns = 0

    # -- what the loop calls -------------------------------------------------------------------------------------

    def start(self, *, recovered: bool) -> None:
        self.events_out.open_epoch(self.life)
        self.commands_out.open_run(self.life)
        self.local(m.Started(recovered, self.life, self.given, self.alive_ns))

    def frame(self, data: bytes, mono_ns: int, peer: str = "") -> None:
        """Take one frame from the wire. `peer` is the name of the link it came in on, "" for a topic."""
        if self._unfolded:
            self.fold()
        if self.deferred:
            self.deferred.append((peer, data))
            return
        try:
            frame = wire.decode_frame(data)
            if peer and getattr(frame, "sender", "") != peer:
                raise WireError(f"{peer} sent a frame in the name of {getattr(frame, 'sender', '')!r}")
            if self.silence is not None and peer:
                self.silence.heard(peer, mono_ns)
            self._take(frame, data, mono_ns)
        except WireError as e:
            self.bad_frames += 1
            self.out.notes.append((Reason.BAD_FRAME, f"来自 {peer or '广播'} 的消息无效，已丢弃：{e}"))
            if peer:
                refused = wire.Refused("", self.name, 0, Reason.BAD_FRAME, str(e))
                self.out.frames.append((f"@{peer}", wire.encode(refused)))

    def local(self, message: m.Message) -> None:
        """Step a message from inside the process: a broker report, a minute's end, a wake."""
        self._step(message, "local", None)

    def step(self, message: m.Message, cause: str, data: bytes) -> None:
        """Step what a record says was delivered, once more (common/redo.py)."""
        self._step(message, cause, data)

    def wake(self, mono_ns: int) -> None:
        """The process's own beat, about ten times a second: wakes the core when due, beats, acknowledges, resends."""
        self.fold()
        self._wake_core()
        self._release()
        self.commands_in.acknowledge()
        self.commands_out.resend(mono_ns)
        for refusal in self._queries.resend(mono_ns, for_ever=self.market.simulated):
            self.local(refusal)
        if mono_ns - self._beat_ns >= BEAT_NS:
            self._beat_ns = mono_ns
            self.events_out.beat()
            self.events_in.ask_all_missing(mono_ns)
            if self.role == "strategy":
                self.out.frames.append(("risk", wire.encode(wire.Alive(self.name, False))))
        if self.silence is not None:
            for noticed in self.silence.look(mono_ns, standing=self.is_awaited):
                self.local(noticed)

    def fold(self) -> None:
        """Fold what came out of the last step, before anything else looks at the core."""
        outs, self._unfolded = self._unfolded, []
        for out in outs:
            self.core.apply(out)

    @property
    def day_is_over(self) -> bool:
        """Whether the journal of a new day is to be begun now: user code that waits ends in the day it began in."""
        if not self.day_ends_ns or not (self.deferred or self.market.now_ns >= self.day_ends_ns):
            return False
        return bool(getattr(self.core, "at_rest", True))

    def take_deferred(self) -> list[tuple[str, bytes]]:
        """What waited for the new day, by peer; it is to be taken again."""
        deferred, self.deferred = self.deferred, []
        return deferred

    def ask(self, role: str, query: m.Message) -> None:
        """Ask a query; its answer comes to the core as an input."""
        self._queries.ask(role, query, self.life)

    @property
    def is_awaited(self) -> bool:
        """Whether the clock of a simulated day stands still until this process has reported."""
        return self.market.simulated and self.lockstep

    @property
    def busy(self) -> bool:
        return self.core.busy or bool(self._queries) or bool(self.commands_in.held)

    def progress(self) -> m.Progress:
        """Where this process stands, for the clock of a simulated day."""
        run, me = self.commands_out.run, self.name
        sent = {f"{c}/{a}": s.seq for (c, a), s in self.events_out.streams.items()}
        sent |= {f"{channel}<{me}#{s.run}": s.seq for channel, s in self.commands_out.sent.items()}
        seen = {f"{c}/{a}": s.seq for (c, a), s in self.events_in.streams.items()}
        seen |= {f"{channel}<{sender}#{t.run}": t.seq for (sender, channel), t in self.commands_in.taken.items()}
        return m.Progress(me, run, self.number, sent, seen, self.core.wake_ns, self.busy)

    # -- frames --------------------------------------------------------------------------------------------------

    def _take(self, frame: wire.AnyFrame, data: bytes, mono_ns: int) -> None:
        match frame:
            case wire.Command():
                admitted = self.commands_in.admit(frame, data)
                if role_of(frame.sender) != "operator":
                    # Its sender may have heard the time before this process, which may just have started.
                    self.market.advance(frame.at_ns)
                if admitted:
                    if self._ready(frame):
                        self._command(frame, data)
                    else:
                        self.commands_in.hold(frame, data)
                elif self.commands_in.held:
                    self._release()
            case wire.Event():
                self._heard(self.events_in.event(frame, mono_ns), frame, data)
            case wire.Quoted():
                self._quoted(frame, data)
            case wire.State():
                self._heard(self.events_in.state(frame), frame, data)
            case wire.Beat():
                self.events_in.beat(frame, mono_ns)
            case wire.Ack():
                self.commands_out.acknowledged(frame, mono_ns)
            case wire.Fetch():
                now_ns = self.market.now_ns
                self.events_out.fetch(frame, lambda account: self.core.snapshot(account, now_ns), now_ns)
            case wire.Query():
                self._query(frame, data, mono_ns)
            case wire.Answer():
                self._answered(frame, data)
            case wire.Pace():
                if self.role != "quotes":
                    raise WireError(f"{self.name} keeps no clock")
                pace = wire.decode_body("pace", frame.body)
                if isinstance(pace, m.Progress) and pace.member != frame.sender:
                    raise WireError(f"{frame.sender} reported in the name of {pace.member!r}")
                self._step(pace, f"{frame.sender}/pace", data)
            case wire.Alive(sender=sender, leaving=leaving):
                if leaving and self.silence is not None:
                    self.local(self.silence.left(sender))
            case wire.Refused():
                self.out.notes.append((frame.reason, f"{frame.sender} 未接收：{frame.text}"))

    def _command(self, frame: wire.Command, data: bytes) -> None:
        self._step(self.commands_in.take(frame), f"{frame.sender}/{frame.channel}/{frame.seq}", data)
        if self.commands_in.held:
            self._release()

    def _ready(self, frame: wire.Command) -> bool:
        """Seen what its sender had seen, or too late for it to matter: the core then says that it expired."""
        if not self._accepts(frame):
            return False
        if not frame.after_stream or frame.after_seq < 0:
            return True
        stream = self.events_in.named(frame.after_stream)
        if stream is None:
            return True
        if not stream.is_abreast:
            # After a power loss risk may have forgotten this very order, and the account tells what became of it; a
            # gateway that was down may not have heard of a halt, and an approval from before it comes again.
            return False
        if stream.seq >= frame.after_seq:
            return True
        message = self.commands_in.message(frame)
        return isinstance(message, m.SubmitOrder | m.ApprovedOrder) and self.market.now_ns > message.order.expire_ns

    def _accepts(self, frame: wire.Command) -> bool:
        """Whether the core is ready for it (``takes``); until then the command stays with its sender."""
        return self._takes is None or self._takes(self.commands_in.message(frame), self.market.now_ns)

    def _release(self) -> None:
        for frame, data in self.commands_in.release(self._ready):
            self._step(self.commands_in.take(frame), f"{frame.sender}/{frame.channel}/{frame.seq}", data)

    def _heard(self, message: m.Message | None, frame: wire.Event | wire.State, data: bytes) -> None:
        if message is not None:
            self.market.advance(frame.at_ns)
            if self._tells_position:
                self.core.position = (frame.channel, frame.account, frame.epoch, frame.seq)  # type: ignore[attr-defined]
            self._step(message, f"{frame.channel}/{frame.account}/{frame.seq}", data)
            if self.commands_in.held:
                self._release()

    def _quoted(self, frame: wire.Quoted, data: bytes) -> None:
        channel = CHANNELS.get(frame.channel)
        if channel is None or channel.kind is not Kind.QUOTE or self.role not in channel.peers:
            raise WireError(f"{self.name} takes no quotes on {frame.channel!r}")
        before = self.number, self.part
        if (frame.number, frame.part) <= before:
            return
        self.number, self.part = frame.number, frame.part
        message = wire.decode_body(frame.channel, frame.body)
        at_ns = getattr(message, "at_ns", 0) or getattr(message, "now_ns", 0)
        if 0 < self.day_ends_ns <= at_ns and getattr(self.core, "at_rest", True):
            self.number, self.part = before
            self.deferred.append(("", data))
            return
        self.market.advance(at_ns)
        if isinstance(message, m.MarketClock | m.MarketDayEnded):
            self.lockstep = isinstance(message, m.MarketDayEnded) or message.lockstep
        self._step(message, f"{frame.channel}/{frame.number}.{frame.part}", data)
        self._wake_core()
        if isinstance(message, m.MarketDayEnded):
            self.run_ended = message.run_ended

    def _wake_core(self) -> None:
        """A strategy in a simulated day acts when the clock gives it a turn, everybody else when it is due."""
        wake_ns = self.core.wake_ns
        if wake_ns and self.market.now_ns >= wake_ns and not (self.role == "strategy" and self.market.simulated):
            self.local(m.Wake())

    def _query(self, frame: wire.Query, data: bytes, mono_ns: int) -> None:
        channel = CHANNELS.get(frame.channel)
        is_ours = channel is not None and channel.kind is Kind.QUERY and channel.binder == self.role
        if not is_ours or channel is None or role_of(frame.sender) not in channel.peers:
            raise WireError(f"{frame.sender} may not ask on {frame.channel!r} here")
        if self.later.knows(frame.sender, frame.id, mono_ns):
            return
        query = wire.decode_body(frame.channel, frame.body)
        if isinstance(query, m.Subscribe):
            self._step(query, f"{frame.sender}/query/{frame.id}", data)
        now_ns = self.market.now_ns
        reply = self.status(now_ns) if isinstance(query, m.GetStatus) else self.core.answer(query, now_ns)
        if reply is LATER:
            self.later.ask(frame.sender, frame.id, Job(bytes(frame.body), query))
        else:
            self.later.reply(frame.sender, frame.id, reply)

    def _answered(self, frame: wire.Answer, data: bytes) -> None:
        message = self._queries.answered(frame)
        if message is None:
            return
        recorded = for_record(frame, message, data, self.out.contents)
        self._step(message, f"{frame.sender}/answer/{frame.id - self.life}", recorded)

    def status(self, now_ns: int) -> m.ProcessStatus:
        run, lag = self.commands_out.run, self.events_in.lag
        status = m.ProcessStatus(self.name, 0, run, 0, now_ns, 0, lag, self.last_message_ns, self.bad_frames, 0, {})
        return self.shell.status(status) if self.shell else status

    # -- the step ------------------------------------------------------------------------------------------------

    def _step(self, message: m.Message, cause: str, data: bytes | None) -> None:
        """Apply a fact, decide, apply what came out, and leave record, frames and effects in ``out``."""
        if self._unfolded:
            self.fold()
        core, now_ns = self.core, self.market.now_ns
        self.last_message_ns = now_ns
        if self.shell is not None:
            self.shell.hear(message, now_ns)
        if type(message) not in NOT_FACTS:
            core.apply(message)
        outs = core.decide(message, now_ns)
        is_quiet = type(message) in QUIET and not core.journals_all
        if not outs and is_quiet:
            return
        frames: list[wire.Raw] = []
        effects: list[wire.Raw] = []
        for out in outs:
            self._route(out, cause, now_ns, frames, effects)
        self._unfolded = outs
        if not self.folds_late:
            self.fold()
        if self._quote_parts:
            self._publish_quotes()
        if is_quiet and all(type(out) in _QUOTED for out in outs):
            return  # newest wins: nobody is caught up with quotes
        given = local_for_record(message, self.out.contents) if data is None else data
        self.out.records.append(wire.encode(wire.Step(now_ns, data is None, wire.Raw(given), frames, effects)))

    def _route(self, out: m.Message, cause: str, now_ns: int, frames: list[wire.Raw], effects: list[wire.Raw]) -> None:
        channel = CHANNEL_OF.get(type(out))
        if channel is None:
            if role := _ASKED_OF.get(type(out)):
                self.ask(role, out)
            else:
                effects.append(wire.raw(out))
                self.out.effects.append(out)
        elif channel.kind is _COMMAND:
            frames.append(wire.Raw(self.commands_out.send(channel, out, self._after(out), cause, now_ns)))
        elif channel.kind is _EVENT:
            frames.append(wire.Raw(self.events_out.publish(channel.name, out, cause, now_ns)))
        else:
            self._quote_parts.append((channel.name, wire.encode(out)))

    def _after(self, out: m.Message) -> tuple[str, int]:
        """An order stands on what its strategy had seen of the account, an approval on what risk had decided."""
        match out:
            case m.SubmitOrder(order=order):
                seen = self.events_in.streams.get(("account", order.account))
                return (f"account/{order.account}", seen.seq) if seen else ("", 0)
            case m.ApprovedOrder(order=order):
                told = self.events_out.streams.get(("decisions", order.account))
                return (f"decisions/{order.account}", told.seq) if told else ("", 0)
        return "", 0

    def _publish_quotes(self) -> None:
        self.number += 1
        for part, (channel, body) in enumerate(self._quote_parts):
            quoted = wire.encode(wire.Quoted(channel, self.number, part, wire.Raw(body)))
            self.out.frames.append((f"*{channel}", quoted))
        self._quote_parts.clear()

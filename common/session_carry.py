"""What a session takes over into the journal of a new day, so that recovery reads one day only."""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING

from common import messages as m
from common import wire
from common.messages import carried as c
from common.streams import Published, Sent, Taken

if TYPE_CHECKING:
    from common.session import Session

FRAMES_CARRIED = 256
"""Events a listener may be behind at the start of a day and still get one by one; others get the snapshot."""


def carried(session: Session, day: str) -> bytes:
    """The first record of a day's journal: where everything stands, and what the core carries over."""
    events_out = session.events_out
    streams = {**events_out.streams, **events_out.unfollowed}
    message = m.Carried(
        day=day,
        life=session.life,
        number=session.number,
        part=session.part,
        published=[_published(*key, stream) for key, stream in streams.items() if stream.seq or stream.epoch],
        followed=[c.FollowedPosition(*k, s.epoch, s.seq) for k, s in session.events_in.streams.items() if s.seq >= 0],
        sent=[c.SentPosition(k, s.run, s.seq, list(s.unacked)) for k, s in session.commands_out.sent.items()],
        taken=[
            c.TakenPosition(*k, t.run, t.seq, sorted(t.ended)) for k, t in session.commands_in.taken.items() if t.seq
        ],
    )
    core = [wire.raw(event) for event in session.core.carry(session.market.now_ns)]
    return wire.encode(wire.Step(session.market.now_ns, True, wire.raw(message), [], core))


def take_over(session: Session, message: m.Carried) -> None:
    """Bring a fresh session to where another one stood."""
    session.number, session.part = message.number, message.part
    for at in message.published:
        stream = _stream(session, at.channel, at.account)
        stream.epoch, stream.seq, stream.previous_end = at.epoch, at.seq, at.previous_end
        stream.frames, stream.base = collections.deque(at.frames), at.seq - len(at.frames) + 1
    for seen in message.followed:
        if (seen.channel, seen.account) in session.events_in.streams:
            followed = session.events_in.streams[seen.channel, seen.account]
            followed.epoch, followed.seq = seen.epoch, seen.seq
    for sent in message.sent:
        session.commands_out.sent[sent.channel] = Sent(sent.run, sent.seq, collections.deque(sent.unacked))
    for taken in message.taken:
        kept = Taken(taken.run, taken.seq, set(taken.ended))
        session.commands_in.taken[taken.sender, taken.channel] = kept


def _published(channel: str, account: str, stream: Published) -> c.PublishedPosition:
    last = list(stream.frames)[-FRAMES_CARRIED:]
    return c.PublishedPosition(channel, account, stream.epoch, stream.seq, stream.previous_end, last)


def _stream(session: Session, channel: str, account: str) -> Published:
    key, out = (channel, account), session.events_out
    return out.streams.get(key) or out.unfollowed.setdefault(key, Published())

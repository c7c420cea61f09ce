"""Why did she (not) get it? One answer for any address and bulletin."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.audience.address import read_address
from newsletter.audience.chosen import Choose, Chosen, no_segments
from newsletter.audience.person import Person
from newsletter.audience.segment import Rule, candidates
from newsletter.audience.topic import Topic
from newsletter.audience.wishing import preference_of
from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.source import read_source
from newsletter.bulletin.write import newest_of, topic_of
from newsletter.errors import BadBulletin, NotFound
from newsletter.ledger.delivery import Delivery, DeliveryEvent, Omission
from newsletter.ledger.digest import Digest, DigestEntry
from newsletter.ledger.run import Run, RunSegment
from newsletter.ledger.start import audience_of, chosen_by
from newsletter.ledger.states import State

_RULES = {
    Rule.SUPPRESSED: "we never write to this address again (it is suppressed)",
    Rule.OPTED_OUT: "the person opted out of this topic",
    Rule.PAUSED: "the person paused our mails",
    Rule.SAFETY_ONLY: "the person wants safety notices only",
    Rule.DIGEST: "the person gets it in the weekly or monthly digest",
    Rule.MACHINES_CHOSEN: "the person wants no mails about the machines it names",
    Rule.NO_CONSENT: "there is no consent for this topic",
    Rule.BOUNCED: "mail to the person's address comes back",
    Rule.ALREADY_SENT: "the person has this bulletin, or a copy is on its way",
    Rule.MISSING_VALUE: "the record has no value for the merge tag",
}
_STATES = {
    State.WAITING: "waits for its turn",
    State.CLAIMED: "is being sent",
    State.DEFERRED: "was put off by the server and will be tried again",
    State.ACCEPTED: "was accepted by the server",
    State.REFUSED: "was refused by the server",
    State.IN_DOUBT: "is in doubt: it was on the wire when the line or the engine died",
    State.LET_BE: "is in doubt, and somebody decided to leave it so",
    State.HELD: "is held and needs a decision",
    State.WITHHELD: "was withheld: the person opted out, asked for fewer mails or became unreachable while it waited",
    State.EXPIRED: "was given up after days of being put off",
    State.CANCELLED: "was cancelled with its run",
    State.BOUNCED: "was accepted, then returned by a later report",
}


_ANSWERED = frozenset({State.ACCEPTED, State.REFUSED, State.DEFERRED, State.EXPIRED, State.BOUNCED})


@dataclass(frozen=True, slots=True)
class Why:
    """The answer. `sentences` says it for people; the rest is the same for machines."""

    address: str
    bulletin: str
    sentences: tuple[str, ...]
    targeted: bool
    rule: str | None = None
    state: str | None = None
    at: datetime | None = None
    reply: str = ""
    would_be: bool = False  # by the rules of today they would get a copy


def why(session: Session, address: str, number: str, now: datetime, choose: Choose = no_segments) -> Why:
    """What became of a bulletin for an address, or would become of it at `now`.

    Raises BadAddress, and NotFound for an unknown bulletin.
    """
    version, key = newest_of(session, number), read_address(address).key
    person = session.scalar(select(Person).where(Person.address_key == key))
    if person is None:
        return _no(address, number, None, f"Nobody with the address {address} is known.")
    delivery = copy_of(session, version.bulletin_id, person.id)
    if delivery is not None:
        return _copy(session, delivery, number)
    return _left_out(session, version, person, number, now, choose)


def copies_to(session: Session, run_id: int, addresses: Sequence[str]) -> list[int]:
    """The ids of a run's copies to these people. Raises BadAddress, and NotFound for somebody who has none."""
    keys = {read_address(address).key: address for address in addresses}
    query = select(Person.address_key, Delivery.id).join(Delivery, Delivery.person_id == Person.id)
    found = dict(session.execute(query.where(Delivery.run_id == run_id, Person.address_key.in_(keys))).all())
    for key, address in keys.items():
        if key not in found:
            raise NotFound(f"Run {run_id} has no copy to {address}.")
    return list(found.values())


def rule_in_words(rule: str) -> str:
    """A rule as part of a sentence; "missing_value:first_name" names its tag."""
    name, _, tag = rule.partition(":")
    return f"{_RULES[Rule(name)]} {tag}".strip()


def state_in_words(state: str) -> str:
    """A state as the end of a sentence that begins with "The copy"."""
    return _STATES[State(state)]


def copy_of(session: Session, bulletin_id: int, person_id: int) -> Delivery | None:
    """The copy of a bulletin that somebody has; the last, where there were several."""
    runs = select(Run.id).join(Version).where(Version.bulletin_id == bulletin_id)
    copies = select(Delivery).where(Delivery.person_id == person_id, Delivery.run_id.in_(runs))
    return session.scalar(copies.order_by(Delivery.id.desc()).limit(1))


def _copy(session: Session, copy: Delivery, number: str) -> Why:
    at = copy.claimed_at if copy.state == State.CLAIMED else copy.settled_at
    said = f" {'The server said' if copy.state in _ANSWERED else 'Noted'}: {copy.reply}" if copy.reply else ""
    sentences = [f"Targeted: yes, in run {copy.run_id}, to {copy.address}."]
    if (segment := session.get(RunSegment, copy.run_id)) is not None:
        sentences += [f"Chosen by the segment {segment.key!r}, as it was when the run started: {segment.words}."]
    sentences += [f"The copy {state_in_words(copy.state)}{_when(copy, at)}.{said}"]
    events = select(DeliveryEvent).where(DeliveryEvent.delivery_id == copy.id).order_by(DeliveryEvent.id)
    sentences += [
        f"{_in_full(e.happened_at)}: {e.event}, so it {state_in_words(e.state)}. {e.reply}".strip()
        for e in session.scalars(events)
    ]
    return Why(
        copy.address, number, sentences=tuple(sentences), targeted=True, state=copy.state, at=at, reply=copy.reply
    )


def _when(copy: Delivery, at: datetime | None) -> str:
    if copy.state in (State.WAITING, State.DEFERRED):
        if copy.settled_at is None:
            return ""
        return f", not before {_in_full(copy.due_at)}"
    return f" ({_in_full(at)})" if at else ""


def _in_full(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _left_out(session: Session, version: Version, person: Person, number: str, now: datetime, choose: Choose) -> Why:
    omission = omission_of(session, version.bulletin_id, person.id)
    if omission is not None:
        sentence = f"Left out of run {omission.run_id}: {_why_left_out(session, omission, version.bulletin_id)}."
        return _no(person.address, number, omission.rule, sentence)
    return _not_yet(session, version, person, number, now, choose)


def omission_of(session: Session, bulletin_id: int, person_id: int) -> Omission | None:
    """How somebody was left out of a bulletin; the last time, where there were several."""
    runs = select(Run.id).join(Version).where(Version.bulletin_id == bulletin_id)
    left_out = select(Omission).where(Omission.person_id == person_id, Omission.run_id.in_(runs))
    return session.scalar(left_out.order_by(Omission.run_id.desc()).limit(1))


def _why_left_out(session: Session, omission: Omission, bulletin_id: int) -> str:
    entry = session.get(DigestEntry, (omission.person_id, bulletin_id)) if omission.rule == Rule.DIGEST else None
    if entry is None:
        return rule_in_words(omission.rule)
    day = session.get_one(Digest, entry.digest_id).slot_day
    return f"it was in the person's digest of {day.day} {day:%B %Y}"


def _not_yet(session: Session, version: Version, person: Person, number: str, now: datetime, choose: Choose) -> Why:
    """The person is in no run of this bulletin: say what the rules say now."""
    runs = select(Run).join(Version).where(Version.bulletin_id == version.bulletin_id).order_by(Run.id.desc())
    run = session.scalars(runs.limit(1)).first()
    source = read_source(version.source)
    topic = session.get_one(Topic, run.topic_id) if run else topic_of(session, source)
    try:
        chosen = chosen_by(session, source, choose, now)
    except BadBulletin as error:
        return _no(person.address, number, None, f"Not targeted: {error.message}")
    audience = audience_of(source, topic, None, now, chosen)
    row = session.execute(candidates(audience).where(Person.id == person.id)).first()
    if row is None:
        return _no(person.address, number, None, _not_named(session, run, chosen))
    if row.rule:
        until = _paused_until(session, person) if row.rule == Rule.PAUSED else ""
        return _no(person.address, number, row.rule, f"Would be left out: {rule_in_words(row.rule)}{until}.")
    started = session.scalar(runs.where(Run.started_at.is_not(None)).limit(1)) is not None
    sentence = "Not targeted when it was sent, but would be now." if started else "Not sent yet; would be targeted."
    return replace(_no(person.address, number, None, sentence), would_be=True)


def _not_named(session: Session, run: Run | None, chosen: Chosen | None) -> str:
    kept = session.get(RunSegment, run.id) if run else None
    if kept is not None:
        return f"Not targeted: not in the segment {kept.key!r} as run {kept.run_id} was started with it: {kept.words}."
    if chosen is not None:
        return f"Not targeted: not in the segment {chosen.key!r} ({chosen.words}), or has no machine that is named."
    return "Not targeted: no account of this person has a machine that the bulletin names."


def _paused_until(session: Session, person: Person) -> str:
    day = preference_of(session, person.id).paused_until_day
    return f" until {day.isoformat()}" if day else ""


def _no(address: str, number: str, rule: str | None, sentence: str) -> Why:
    return Why(address, number, sentences=(sentence,), targeted=False, rule=rule)

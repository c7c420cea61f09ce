"""Evidence with its names: who said it, of which machine, when leaving what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from newsletter.signal.evidence import Evidence
from newsletter.signal.kinds import Kind
from newsletter.signal.rules import State, Weighed
from newsletter.signal.sentence import Voice, circumstance, observation, sentence


@dataclass(frozen=True, slots=True)
class Testimony:
    """One observation, ready to be read. `serial` is empty where no machine was named."""

    id: int
    kind: Kind
    says: State | None
    detail: str
    said_by: str
    observed_at: datetime
    bulletin: str
    serial: str
    circumstance: str
    source: str
    sentence: str

    @property
    def what(self) -> str:
        """The kind in words: "opt-out answer"."""
        return _KINDS[self.kind]

    @property
    def tells(self) -> bool:
        """Whether it says anything about a machine."""
        return self.says not in (None, State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Card:
    """A verdict with its reasons: `because` speaks for it, weightiest first, `against` otherwise."""

    state: State
    p_used: float
    sentence: str
    since: datetime | None
    because: tuple[Testimony, ...]
    against: tuple[Testimony, ...]

    @property
    def sure(self) -> float:
        """How sure we are of the state; of *unknown*, how likely it is that the machine is used."""
        return 1 - self.p_used if self.state == State.NOT_IN_USE else self.p_used


_KINDS = {
    Kind.OPT_OUT_ANSWER: "opt-out answer",
    Kind.OPT_OUT: "opt-out",
    Kind.CONTACT_LEFT: "contact moved on",
    Kind.ACKNOWLEDGEMENT: "job done",
}


@dataclass(frozen=True, slots=True)
class Names:
    """What ids are called, and the zone in which days are counted."""

    people: Mapping[int, str]
    serials: Mapping[int, str]
    zone: tzinfo

    def testimony(self, row: Evidence) -> Testimony:
        """An evidence row, ready to be read."""
        voice = self.voice(row)
        return Testimony(
            id=row.id,
            kind=voice.kind,
            says=voice.says,
            detail=row.detail,
            said_by=voice.who,
            observed_at=row.observed_at,
            bulletin=row.bulletin_number,
            serial=voice.serial,
            circumstance=circumstance(voice),
            source=row.source,
            sentence=observation(voice),
        )

    def voice(self, row: Evidence) -> Voice:
        """An evidence row as a sentence needs it."""
        return Voice(
            id=row.id,
            kind=Kind(row.kind),
            says=State(row.says) if row.says else None,
            detail=row.detail,
            who=self.people.get(row.person_id or 0, ""),
            on=row.observed_at.astimezone(self.zone).date(),
            bulletin=row.bulletin_number,
            serial=self.serials.get(row.unit_id or 0, ""),
        )

    def card(self, weighed: Weighed, rows: Sequence[Evidence], machines: Sequence[Weighed] = ()) -> Card:
        """A verdict with the evidence it was weighed from, oldest first; an account's with those on its machines."""
        by_id = {row.id: row for row in rows}
        return Card(
            state=weighed.state,
            p_used=round(weighed.p_used, 3),
            sentence=sentence(weighed, [self.voice(row) for row in rows], machines),
            since=weighed.since,
            because=tuple(self.testimony(by_id[id_]) for id_ in weighed.because),
            against=tuple(self.testimony(by_id[id_]) for id_ in weighed.against),
        )

    def last_sign(self, rows: Sequence[Evidence]) -> Testimony | None:
        """The newest evidence, of rows oldest first, that says something about the machine."""
        newest = next((row for row in reversed(rows) if row.says not in (None, State.UNKNOWN)), None)
        return self.testimony(newest) if newest else None

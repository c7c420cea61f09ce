"""Evidence with its names: who said it, of which machine, when leaving what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from newsletter.report.likelihood import in_words
from newsletter.report.place import Place, Source
from newsletter.signal.evidence import Evidence
from newsletter.signal.kinds import KINDS, Kind
from newsletter.signal.rules import State, Weighed, meaning
from newsletter.signal.sentence import Voice, circumstance, observation, sentence

MOST = 30
"""A machine that reports daily has a thousand reasons; so many of them are told."""


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
    note: str

    @property
    def place(self) -> Place:
        """Where it stands on the timeline."""
        return Place(self.observed_at, Source.EVIDENCE, self.id)

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
    """A verdict with its reasons: `because` speaks for it, weightiest first, `against` otherwise.

    Of each the MOST weightiest are told; `untold` is how many more there are.
    """

    state: State
    p_used: float
    sentence: str
    since: datetime | None
    because: tuple[Testimony, ...]
    against: tuple[Testimony, ...]
    untold: int = 0

    @property
    def likely(self) -> str:
        """How likely it is that the machine is used at all, in words."""
        return in_words(self.p_used)

    @property
    def likely_gone(self) -> str:
        """How likely it is that it is not used, in words."""
        return in_words(1 - self.p_used)

    @property
    def sure(self) -> float:
        """How sure we are of the state; of *unknown*, how likely it is that the machine is used."""
        return 1 - self.p_used if self.state == State.NOT_IN_USE else self.p_used


_KINDS = {
    Kind.OPT_OUT_ANSWER: "opt-out answer",
    Kind.OPT_OUT: "opt-out",
    Kind.CONTACT_LEFT: "contact moved on",
    Kind.ACKNOWLEDGEMENT: "job done",
    Kind.HEARTBEAT: "heartbeat",
    Kind.CHECK_IN_ANSWER: "check-in answer",
    Kind.INSTALLATION: "installation",
    Kind.PARTS_ORDER: "parts order",
    Kind.SERVICE_CALL: "service call",
    Kind.FIRMWARE_DOWNLOAD: "firmware download",
    Kind.TELEMETRY: "telemetry",
    Kind.AGREEMENT: "agreement",
    Kind.STAFF_NOTE: "staff note",
    Kind.PULSE: "pulse",
    Kind.REPLY: "reply",
    Kind.HUMAN_CLICK: "click by a person",
    Kind.MACHINE_CLICK: "click by a scanner",
    Kind.BOUNCE: "bounce",
}


def kind_in_words(kind: str) -> str:
    """A `Kind` as staff read it: "opt-out answer"."""
    return _KINDS[Kind(kind)]


@dataclass(frozen=True, slots=True)
class Names:
    """What ids are called, and the zone in which days are counted."""

    people: Mapping[int, str]
    serials: Mapping[int, str]
    zone: tzinfo

    def person(self, person_id: int | None) -> str:
        """What somebody is called, at the beginning of a sentence or within; "somebody" where they were erased."""
        return self.people.get(person_id or 0, "somebody")

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
            note=row.note,
        )

    def voice(self, row: Evidence) -> Voice:
        """An evidence row as a sentence needs it."""
        return Voice(
            id=row.id,
            kind=Kind(row.kind),
            says=_said(row),
            detail=row.detail,
            who=self.people.get(row.person_id or 0, row.author),
            on=row.observed_at.astimezone(self.zone).date(),
            bulletin=row.bulletin_number,
            serial=self.serials.get(row.unit_id or 0, ""),
        )

    def card(self, weighed: Weighed, rows: Sequence[Evidence], machines: Sequence[Weighed] = ()) -> Card:
        """A verdict with the evidence it was weighed from, oldest first; an account's with those on its machines."""
        because, against = weighed.because[:MOST], weighed.against[:MOST]
        firsts = {machine.because[0] for machine in machines if machine.because}
        silent = next((row.id for row in reversed(rows) if _said(row) is None), 0)
        by_id = {row.id: row for row in rows if row.id in {*because, *against, *firsts, silent}}
        voices = [self.voice(row) for row in by_id.values()]
        return Card(
            state=weighed.state,
            p_used=round(weighed.p_used, 3),
            sentence=sentence(replace(weighed, because=because), voices, machines),
            since=weighed.since,
            because=tuple(self.testimony(by_id[id_]) for id_ in because),
            against=tuple(self.testimony(by_id[id_]) for id_ in against),
            untold=len(weighed.because) + len(weighed.against) - len(because) - len(against),
        )

    def last_sign(self, rows: Sequence[Evidence]) -> Testimony | None:
        """The newest evidence, of rows oldest first, that says something about the machine."""
        newest = next((row for row in reversed(rows) if _said(row) is not None), None)
        return self.testimony(newest) if newest else None


def _said(row: Evidence) -> State | None:
    return meaning(KINDS[Kind(row.kind)], State(row.says) if row.says else None)

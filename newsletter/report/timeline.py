"""Everything that happened around an account, newest first. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from newsletter.account.note import Note
from newsletter.audience.consent import Consent
from newsletter.report import wording
from newsletter.report.evidence import Names, Testimony
from newsletter.report.happened import Copy, Rows, Written
from newsletter.signal.evidence import Evidence
from newsletter.signal.kinds import Kind
from newsletter.signal.sentence import claim


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened. `quote` is what somebody wrote, to the letter; `about_machine` where it tells of one."""

    at: datetime
    kind: str  # evidence, answer, opt_out, consent, delivery, note
    title: str
    detail: str
    quote: str = ""
    about_machine: bool = False


def timeline(rows: Rows, evidence: Sequence[Evidence], names: Names) -> tuple[Happening, ...]:
    """What the rows tell, newest first. `evidence` is all of it, what was taken back included."""
    told = (*_told(rows, names), *_observed(evidence, names), *_spoken(rows.texts, evidence, names))
    withdrawn_by_opt_out = {(row.person_id, row.observed_at) for row in evidence if row.kind == Kind.OPT_OUT}
    agreed = (
        _consent(at, fact, topic, names)
        for at, fact, topic in rows.consents
        if (fact.person_id, fact.recorded_at) not in withdrawn_by_opt_out
    )
    known = (h for h in (*told, *agreed) if rows.whole_since is None or h.at >= rows.whole_since)
    return tuple(sorted(known, key=lambda h: h.at, reverse=True))


def concerns(copy: Copy, names: Names) -> bool:
    """Whether a copy speaks of the account's machines, or of none by name: a fitter works for several accounts."""
    return not copy.unit_ids or not copy.unit_ids.isdisjoint(names.serials)


def _told(rows: Rows, names: Names) -> Iterator[Happening]:
    yield from (_delivery(copy, names) for copy in rows.copies if concerns(copy, names))
    yield from (_note(note, names) for note in rows.notes)


def _observed(evidence: Sequence[Evidence], names: Names) -> Iterator[Happening]:
    taken_back = {row.supersedes_id for row in evidence}
    for row in reversed(evidence):
        said = names.testimony(row)
        if said.kind == Kind.OPT_OUT:
            yield _opt_out(said)
        else:
            yield _answer(said, is_taken_back=row.id in taken_back)


def _spoken(texts: Sequence[Written], evidence: Sequence[Evidence], names: Names) -> Iterator[Happening]:
    here = {(row.person_id, row.delivery_id) for row in evidence}
    for text in texts:
        if (text.person_id, text.delivery_id) in here:
            yield Happening(text.at, "answer", f"{names.people[text.person_id]} wrote", "when leaving", quote=text.text)


def _opt_out(said: Testimony) -> Happening:
    title = f"{said.said_by or 'Somebody'} left {said.bulletin or 'our bulletins'}"
    return Happening(said.observed_at, "opt_out", title, wording.WAYS.get(said.detail, said.source))


def _answer(said: Testimony, *, is_taken_back: bool) -> Happening:
    after = "; taken back since" if is_taken_back else ""
    origin = f"{said.said_by or 'somebody'}, {said.circumstance}{after}"
    if said.says is None or not said.tells:
        return Happening(said.observed_at, "answer", f"“{wording.REASONS.get(said.detail, said.what)}”", origin)
    machine = said.serial or "A machine, not said which"
    title = f"{machine}: {claim(said.says, said.detail).lower()}"
    return Happening(said.observed_at, "evidence", title, origin, about_machine=not is_taken_back)


def _consent(at: datetime, fact: Consent, topic: str, names: Names) -> Happening:
    title = f"{names.people[fact.person_id]} {wording.CONSENTS[fact.act]} {topic}"
    return Happening(at, "consent", title, f"{fact.source}: “{fact.wording}”" if fact.wording else fact.source)


def _delivery(copy: Copy, names: Names) -> Happening:
    title = f"{copy.number} to {names.people[copy.person_id]}: {copy.outcome}"
    return Happening(copy.at, "delivery", title, copy.reply)


def _note(note: Note, names: Names) -> Happening:
    about = names.serials.get(note.unit_id or 0)
    return Happening(note.noted_at, "note", f"Note about {about}" if about else "Note", note.author, quote=note.text)

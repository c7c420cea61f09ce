"""One entry of a timeline in words. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from newsletter.account.contact import Contact
from newsletter.account.fact import AccountFact
from newsletter.account.known import CODES, TITLES, Subject
from newsletter.account.note import Note
from newsletter.audience.preferences import Wish
from newsletter.followup.causes import IN_WORDS as CAUSES
from newsletter.followup.causes import Cause
from newsletter.followup.opening import OUR_OWN
from newsletter.followup.outcomes import IN_WORDS as OUTCOMES
from newsletter.followup.outcomes import Outcome
from newsletter.hit.judge import Verdict
from newsletter.hit.pressed import Act, Pressed
from newsletter.optout.undo import RESTORED
from newsletter.post.posted import PostedLetter
from newsletter.report import wording
from newsletter.report.agreements import Term
from newsletter.report.entries import Agreed, Copy, Told, Worked, Written
from newsletter.report.evidence import Names, Testimony
from newsletter.report.happening import Happening
from newsletter.report.letters import WORDS as LETTERS
from newsletter.report.place import Place, Source
from newsletter.signal.evidence import Evidence
from newsletter.signal.kinds import KINDS, Kind
from newsletter.signal.note import STAFF
from newsletter.signal.sentence import claim


@dataclass(frozen=True, slots=True)
class Teller:
    """Knows the names, who pressed the buttons of those who left, and what was taken back by what."""

    names: Names
    seen: Mapping[Act, Pressed]
    replaced: Mapping[int | None, Evidence]

    def tell(self, place: Place, row: Told | Evidence | Term) -> Happening:
        """An entry in words."""
        if isinstance(row, Evidence):
            happening = self._evidence(row)
        elif isinstance(row, Term):
            happening = self._agreement(place, row)
        else:
            happening = _TELL[type(row)](self.names, place.at, row)
        return replace(happening, at=place.at, place=str(place))

    def _evidence(self, row: Evidence) -> Happening:
        said = self.names.testimony(row)
        if said.source == OUR_OWN:
            said = replace(said, note="")  # it stands at the work
        if said.kind == Kind.OPT_OUT:
            return _opt_out(said, self.seen.get((row.person_id or 0, row.observed_at)))
        if said.kind == Kind.STAFF_NOTE and said.source == STAFF:
            return _overruled(said, after=self.replaced.get(row.id))
        if said.kind in _ABOUT_MAIL and not said.tells:
            return _about_mail(said, self.names.person(row.person_id))
        return _answer(said, after=self.replaced.get(row.id))

    def _agreement(self, place: Place, term: Term) -> Happening:
        serial = self.names.serials.get(term.unit_id, "a machine")
        if place.source == Source.AGREEMENT_END:
            return Happening(place.at, "agreement", f"{serial}: the agreement ended", "", about_machine=False)
        return Happening(place.at, "agreement", f"{serial}: agreement until {_day(term.until)}", term.source)


_ABOUT_MAIL = {Kind.REPLY: "{who} wrote back", Kind.BOUNCE: "our mail to {who} came back"}


def _about_mail(said: Testimony, who: str) -> Happening:
    title = _ABOUT_MAIL[said.kind].format(who=who)
    detail = ", ".join(filter(None, (said.bulletin, said.detail)))
    return Happening(said.observed_at, "answer", title[:1].upper() + title[1:], detail or said.source, said.note)


def _opt_out(said: Testimony, seen: Pressed | None) -> Happening:
    verb = "came back after leaving by" if said.detail == RESTORED else "left"
    title = f"{said.said_by or 'Somebody'} {verb} {said.bulletin or 'our bulletins'}"
    way = wording.WAYS.get(said.detail, said.source)
    return Happening(said.observed_at, "opt_out", title, f"{way}, {_pressed_by(seen)}" if seen else way)


def _pressed_by(seen: Pressed) -> str:
    who = {
        Verdict.HUMAN: "pressed by a person",
        Verdict.MACHINE: "pressed by a program",
        Verdict.UNSURE: "not sure who pressed",
    }[seen.verdict]
    return f"{who}: {'; '.join(seen.why)}" if seen.why else who


def _overruled(said: Testimony, *, after: Evidence | None) -> Happening:
    machine, since = said.serial or "The account", "; taken back since" if after else ""
    if said.says is None:
        return Happening(said.observed_at, "evidence", f"{machine}: no longer overruled", said.said_by, said.note)
    title = f"{machine}: {claim(said.says).lower()}, says a colleague"
    return Happening(
        said.observed_at, "evidence", title, f"{said.said_by}{since}", said.note, about_machine=after is None
    )


def _answer(said: Testimony, *, after: Evidence | None) -> Happening:
    since = "; taken back since" if after else ""
    if after and after.kind == Kind.MACHINE_CLICK:
        since = f"; not counted, {after.source}"
    nobody = "somebody" if KINDS[said.kind].is_word else ""
    origin = ", ".join(filter(None, (said.said_by or nobody, said.circumstance))) + since
    if said.says is None or not said.tells:
        words = wording.REASONS.get(said.detail) or said.what
        return Happening(said.observed_at, "answer", f"“{words}”", origin, said.note)
    machine = said.serial or "A machine, not said which"
    title = f"{machine}: {claim(said.says, said.detail).lower()}"
    return Happening(said.observed_at, "evidence", title, origin, said.note, about_machine=after is None)


def _copy(names: Names, at: datetime, copy: Copy) -> Happening:
    return Happening(at, "delivery", f"{copy.number} to {names.person(copy.person_id)}: {copy.outcome}", copy.reply)


def _letter(names: Names, at: datetime, letter: PostedLetter) -> Happening:
    title = f"Letter to {names.person(letter.person_id)}: {letter.subject}"
    return Happening(at, "letter", title, LETTERS[letter.state])


def _consent(names: Names, at: datetime, agreed: Agreed) -> Happening:
    fact = agreed.fact
    title = f"{names.person(fact.person_id)} {wording.CONSENTS[fact.act]} {agreed.topic}"
    return Happening(at, "consent", title, f"{fact.source}: “{fact.wording}”" if fact.wording else fact.source)


def _wish(names: Names, at: datetime, wish: Wish) -> Happening:
    about = names.serials.get(wish.unit_id or 0) or wish.subject
    title = f"{names.person(wish.person_id)} wishes, {about}: {wish.after or 'as before'}"
    return Happening(at, "wish", title, f"before: {wish.before}; {wish.source}" if wish.before else wish.source)


def _written(names: Names, at: datetime, written: Written) -> Happening:
    return Happening(at, "answer", f"{names.person(written.person_id)} wrote", written.occasion, written.text)


def _note(names: Names, at: datetime, note: Note) -> Happening:
    about = names.serials.get(note.unit_id or 0)
    return Happening(at, "note", f"Note about {about}" if about else "Note", note.author, note.text)


def _fact(_names: Names, at: datetime, fact: AccountFact) -> Happening:
    subject = Subject(fact.subject)
    value = CODES.get(subject, {}).get(fact.value, fact.value) or "not known any more"
    day = f", {_day(fact.on_day)}" if fact.on_day else ""
    return Happening(at, "fact", f"{TITLES[subject]}: {value}{day}", fact.author, fact.words)


def _contact(names: Names, at: datetime, contact: Contact) -> Happening:
    who = f" with {names.person(contact.person_id)}" if contact.person_id else ""
    title = f"{wording.MEANS[contact.means]}{who}, about {wording.ABOUT[contact.about]}"
    return Happening(at, "contact", title, contact.author, contact.words)


def _worked(_names: Names, at: datetime, worked: Worked) -> Happening:
    step, work = worked.step, worked.work
    title = f"Follow-up {wording.WORK[step.act]}: {CAUSES[Cause(work.cause)]}"
    became = OUTCOMES[Outcome(step.outcome)] if step.outcome else step.what
    detail = " · ".join(dict.fromkeys(filter(None, (step.who, became, work.team))))
    return Happening(at, "work", title, detail, step.note)


def _day(day: Any) -> str:  # noqa: ANN401 - a date; mypy knows it as the column's type
    return f"{day.day} {day:%b %Y}"


_TELL: Mapping[type, Callable[[Names, datetime, Any], Happening]] = {
    Copy: _copy,
    PostedLetter: _letter,
    Agreed: _consent,
    Wish: _wish,
    Written: _written,
    Note: _note,
    AccountFact: _fact,
    Contact: _contact,
    Worked: _worked,
}

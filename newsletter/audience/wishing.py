"""Changing a preference: the fact is appended, and what stands now is put beside it. Nothing here commits."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from newsletter.audience.person import Person
from newsletter.audience.preferences import Frequency, MutedUnit, Preference, Subject, Wish

ON, OFF = "on", "off"


@dataclass(frozen=True, slots=True)
class Pause:
    """Until the first moment `at` (UTC) of the local day that was chosen."""

    at: datetime
    day: date


@dataclass(frozen=True, slots=True)
class Wisher:
    """Who changes a preference, by which page, and when. Each verb tells whether it changed anything.

    The caller holds the person's row, so that two changes at once come one after the other.
    """

    session: Session
    person: Person
    source: str
    now: datetime

    def wants(self, frequency: Frequency) -> bool:
        """How often."""
        before = self._preference().frequency
        return self._note(Subject.FREQUENCY, before, frequency) and self._put(frequency=frequency)

    def pauses(self, pause: Pause | None) -> bool:
        """Not before a day; None goes on at once."""
        before = self._preference().paused_until_day
        is_new = self._note(Subject.PAUSE, _iso(before), _iso(pause.day if pause else None))
        return is_new and self._put(
            paused_until=pause.at if pause else None, paused_until_day=pause.day if pause else None
        )

    def leaves_alone(self, *, wished: bool) -> bool:
        """Whether nobody shall call or write to them about what they told us."""
        before = ON if self._preference().no_contact_since else OFF
        is_new = self._note(Subject.CONTACT, before, ON if wished else OFF)
        return is_new and self._put(no_contact_since=self.now if wished else None)

    def speaks(self, language: str) -> bool:
        """In which language; empty is that of the mail."""
        is_new = self._note(Subject.LANGUAGE, self.person.language, language)
        self.person.language = language
        return is_new

    def hears_of(self, unit_id: int, *, wanted: bool) -> bool:
        """Whether a machine is one they want bulletins about."""
        row = self.session.get(MutedUnit, (self.person.id, unit_id))
        is_new = self._note(Subject.MACHINE, OFF if row else ON, ON if wanted else OFF, unit_id)
        if is_new and wanted:
            muted = delete(MutedUnit).where(MutedUnit.person_id == self.person.id, MutedUnit.unit_id == unit_id)
            self.session.execute(muted)
        elif is_new:
            self.session.add(MutedUnit(person_id=self.person.id, unit_id=unit_id))
        return is_new

    def _preference(self) -> Preference:
        return preference_of(self.session, self.person.id)

    def _note(self, subject: Subject, before: str, after: str, unit_id: int | None = None) -> bool:
        if before == after:
            return False
        self.session.add(
            Wish(
                person_id=self.person.id,
                subject=subject,
                unit_id=unit_id,
                before=before,
                after=after,
                wished_at=self.now,
                source=self.source,
            )
        )
        return True

    def _put(self, **values: Any) -> bool:  # noqa: ANN401 - the columns of a Preference
        row = self._preference()
        for name, value in values.items():
            setattr(row, name, value)
        self.session.add(row)
        self.session.flush()
        return True


def preference_of(session: Session, person_id: int) -> Preference:
    """Where a person's wishes stand; the defaults, in no session, where they never chose."""
    return session.get(Preference, person_id) or Preference(person_id=person_id, frequency=Frequency.EACH)


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""

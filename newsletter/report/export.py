"""The account record as plain values: what `account show --json` prints and the API answers."""

from datetime import date, datetime
from typing import Any

from newsletter.account.in_touch import InTouch, Spoken
from newsletter.account.known import Known
from newsletter.report.evidence import Card, Testimony
from newsletter.report.happening import Happening
from newsletter.report.last_mails import LastMail
from newsletter.report.machines import Machine
from newsletter.report.open_work import OpenWork
from newsletter.report.people import PersonThere
from newsletter.report.record import AccountRecord

EXPORTED = 200
"""Entries of the timeline at once; `older` is where the rest begins."""


def as_json(record: AccountRecord) -> dict[str, Any]:
    """Only dicts, lists, text, numbers and None. Times are ISO 8601 in UTC; `p_used` lies between 0 and 1."""
    return {
        "number": record.number,
        "name": record.name,
        "country": record.country,
        "owner": record.owner,
        "tier": record.tier,
        "is_private": record.is_private,
        "verdict": _card(record.verdict),
        "ask_again": _day(record.ask_again and record.ask_again.date()),
        "overruled": _testimony(record.overruled) if record.overruled else None,
        "units": [_machine(unit) for unit in record.units],
        "people": [_person(person, record.mails.get(person.id, ())) for person in record.people],
        "known": [_known(known) for known in record.known.values()],
        "days": [{"day": day.day.isoformat(), "why": day.why} for day in record.days],
        "in_touch": _in_touch(record.touch),
        "work": [_work(work) for work in record.work],
        "timeline": [_happening(happening) for happening in record.timeline],
        "older": record.older,
    }


def _machine(unit: Machine) -> dict[str, Any]:
    return {
        "serial": unit.serial,
        "model": unit.model,
        "installed_on": _day(unit.installed_on),
        "firmware": unit.firmware,
        "age": unit.age,
        "agreement_until": _day(unit.agreement_until),
        "agreement_runs": unit.agreement_runs,
        "verdict": _card(unit.verdict),
        "last_sign": _testimony(unit.last_sign) if unit.last_sign else None,
        "ask_again": _day(unit.ask_again and unit.ask_again.date()),
        "overruled": _testimony(unit.overruled) if unit.overruled else None,
    }


def _card(card: Card) -> dict[str, Any]:
    return {
        "state": str(card.state),
        "p_used": card.p_used,
        "likely": card.likely,
        "since": _utc(card.since),
        "sentence": card.sentence,
        "because": [_testimony(testimony) for testimony in card.because],
        "against": [_testimony(testimony) for testimony in card.against],
        "untold": card.untold,
    }


def _testimony(said: Testimony) -> dict[str, Any]:
    return {
        "id": said.id,
        "sentence": said.sentence,
        "kind": str(said.kind),
        "says": str(said.says) if said.says else None,
        "detail": said.detail,
        "said_by": said.said_by,
        "observed_at": _utc(said.observed_at),
        "bulletin": said.bulletin,
        "serial": said.serial,
        "note": said.note,
    }


def _person(person: PersonThere, mails: tuple[LastMail, ...]) -> dict[str, Any]:
    return {
        "address": person.address,
        "name": person.name,
        "role": person.role,
        "unreached": str(person.reach),
        "wishes": list(person.wishes),
        "no_contact": person.no_contact,
        "consent": {
            standing.topic: {"state": standing.state, "since": _utc(standing.since), "source": standing.source}
            for standing in person.consent
        },
        "mails": [{"what": mail.what, "outcome": mail.outcome, "at": _utc(mail.at)} for mail in mails],
    }


def _known(known: Known) -> dict[str, Any]:
    return {
        "subject": str(known.subject),
        "value": known.value,
        "says": known.says,
        "on_day": _day(known.on_day),
        "words": known.words,
        "author": known.author,
        "at": _utc(known.at),
        "source": known.source,
    }


def _in_touch(touch: InTouch) -> dict[str, Any]:
    return {
        "last": _spoken(touch.last),
        "other_than_renewal": _spoken(touch.otherwise),
        "only_at_renewal": touch.only_at_renewal,
    }


def _spoken(spoken: Spoken | None) -> dict[str, Any] | None:
    if spoken is None:
        return None
    return {
        "on": spoken.at.date().isoformat(),
        "author": spoken.author,
        "means": str(spoken.means or "follow_up"),
        "about": str(spoken.about),
        "person": spoken.person,
        "words": spoken.words,
    }


def _work(work: OpenWork) -> dict[str, Any]:
    return {
        "what": work.what,
        "team": work.team,
        "due_on": work.due_on.isoformat(),
        "owner": work.owner,
        "serial": work.serial,
    }


def _happening(happening: Happening) -> dict[str, Any]:
    return {
        "at": _utc(happening.at),
        "kind": happening.kind,
        "title": happening.title,
        "detail": happening.detail,
        "quote": happening.quote,
    }


def _utc(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None

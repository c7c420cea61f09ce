"""The account record as plain values: what `account show --json` prints and the API answers."""

from datetime import datetime
from typing import Any

from newsletter.report.evidence import Card, Testimony
from newsletter.report.people import Contact
from newsletter.report.record import AccountRecord
from newsletter.report.timeline import Happening


def as_json(record: AccountRecord) -> dict[str, Any]:
    """Only dicts, lists, text, numbers and None. Times are ISO 8601 in UTC; `p_used` lies between 0 and 1."""
    return {
        "number": record.number,
        "verdict": _card(record.verdict),
        "units": [{"serial": u.serial, "model": u.model, "verdict": _card(u.verdict)} for u in record.units],
        "people": [{"address": person.address, "consent": _consent(person)} for person in record.people],
        "timeline": [_happening(happening) for happening in record.timeline],
    }


def _card(card: Card) -> dict[str, Any]:
    return {
        "state": str(card.state),
        "p_used": card.p_used,
        "sentence": card.sentence,
        "because": [_testimony(testimony) for testimony in card.because],
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
    }


def _consent(person: Contact) -> dict[str, Any]:
    return {
        standing.topic: {"state": standing.state, "since": _utc(standing.since), "source": standing.source}
        for standing in person.consent
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

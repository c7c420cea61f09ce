"""Consents are appended, and each subscription moves to its newest one."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from newsletter.audience.consent import Consent, ConsentAct, Subscription
from newsletter.errors import Conflict
from newsletter.importing.bulk import change_all, insert_all, insert_for_ids

Fact = dict[str, Any]  # the columns of a Consent


def write_consents(session: Session, facts: Sequence[Fact], subscribed: set[int]) -> None:
    """Append the facts, of which the last of a person is the newest; `subscribed` are people with a subscription.

    Raises Conflict where somebody withdrew after we looked.
    """
    inserted = insert_for_ids(session, facts, Consent.id, Consent.person_id)
    # Ids ascend, so the highest of a person is the last fact of that person.
    ids = {person: consent for consent, (person,) in sorted(inserted)}
    newest = {fact["person_id"]: fact | {"consent_id": ids[fact["person_id"]]} for fact in facts}
    insert_all(
        session, Subscription, [_subscription(fact) for person, fact in newest.items() if person not in subscribed]
    )
    later = [fact for person, fact in newest.items() if person in subscribed]
    withdrawn = [_subscription(fact) for fact in later if fact["act"] == ConsentAct.WITHDRAWN]
    change_all(session, Subscription, withdrawn)
    _renew(session, [fact for fact in later if fact["act"] == ConsentAct.GRANTED])


def _subscription(fact: Fact) -> dict[str, Any]:
    columns = {"person_id", "topic_id", "consent_id"}
    return {"state": fact["act"]} | {name: fact[name] for name in columns}


def _renew(session: Session, facts: list[Fact]) -> None:
    if not facts:
        return
    # PostgreSQL lets an opt-out commit while an import runs. Then this finds a row less, and the opt-out stands.
    table = Subscription.__table__
    still_granted = (
        update(table)  # type: ignore[arg-type]  # a mapped class's table is typed as any FromClause
        .where(table.c.person_id == bindparam("person"), table.c.topic_id == bindparam("topic"))
        .where(table.c.state == ConsentAct.GRANTED)
        .values(consent_id=bindparam("consent"))
    )
    found = [{"person": fact["person_id"], "topic": fact["topic_id"], "consent": fact["consent_id"]} for fact in facts]
    if session.connection().execute(still_granted, found).rowcount != len(facts):
        raise Conflict("Somebody opted out while the import ran; nothing was changed.", hint="Start the import again.")

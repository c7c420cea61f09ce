"""What colleagues do with work. Each act is a conditional UPDATE: of two at the same moment one changes the row.

Each takes many at once. What cannot be done is not done and told by name; the rest is.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.db import Database, rows_changed
from newsletter.errors import BadAnswer, BadTime
from newsletter.followup.follow_up import Act, FollowUp, FollowUpStep, State
from newsletter.followup.outcomes import IN_WORDS, NEXT, Outcome
from newsletter.followup.rules import Team

AT_ONCE = 100
"""The most that is done by one button."""
LONGEST_NOTE = 2_000
LATEST = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class Done:
    """Which were done, and why others were not, each in a sentence."""

    done: tuple[int, ...]
    refused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One act by one colleague. `what` is what it became, `outcome` how it went, as in FollowUpStep."""

    act: Act
    who: str
    now: datetime
    what: str = ""
    note: str = ""
    outcome: str = ""


def take(db: Database, ids: Collection[int], who: str, now: datetime, *, instead_of: str = "") -> Done:
    """Make work one's own, where nobody has it, or `instead_of` a colleague who has."""

    def one(session: Session, id_: int) -> bool:
        free = (FollowUp.owner == instead_of,)
        step = Step(Act.TOOK, who, now, instead_of)
        return change(session, id_, step, {"owner": who, "state": State.TAKEN}, free)

    return each(db, ids, who, one)


def give_back(db: Database, ids: Collection[int], who: str, now: datetime) -> Done:
    """Let others take it."""

    def one(session: Session, id_: int) -> bool:
        values = {"owner": "", "state": State.OPEN}
        return change(session, id_, Step(Act.GAVE_BACK, who, now), values, (FollowUp.owner == who,))

    return each(db, ids, who, one)


def postpone(db: Database, ids: Collection[int], until: date, note: str, who: str, now: datetime) -> Done:
    """Move the day it is due. Raises BadTime for a day that is over or years ahead, BadAnswer for a long note."""
    if not now.date() < until <= now.date() + LATEST:
        raise BadTime("Postpone it to a day that comes.", hint="From tomorrow on, two years at most.")
    kept = kept_note(note)

    def one(session: Session, id_: int) -> bool:
        step = Step(Act.POSTPONED, who, now, until.isoformat(), kept)
        return change(session, id_, step, {"due_on": until}, (is_free_for(who),))

    return each(db, ids, who, one)


def handed_over(session: Session, id_: int, team: Team, step: Step) -> bool:
    """Put work into the other team's inbox, where nobody has it yet, with what is to do now. Does not commit."""
    values = {"team": team, "owner": "", "state": State.HANDED_OVER}
    if step.outcome in NEXT:
        values["what"] = NEXT[Outcome(step.outcome)]
    return change(session, id_, step, values, (is_free_for(step.who), FollowUp.team != team))


def closed(session: Session, id_: int, found: str, step: Step) -> bool:
    """Close work by whoever has it, or takes it by closing it. Does not commit."""
    values = {
        "state": State.CLOSED,
        "owner": step.who,
        "outcome": step.outcome,
        "found": found,
        "note": step.note,
        "closed_at": step.now,
        "open_key": None,
    }
    return change(session, id_, step, values, (is_free_for(step.who),))


def is_free_for(who: str) -> ColumnElement[bool]:
    """Whether nobody else has it."""
    return FollowUp.owner.in_(("", who))


def change(
    session: Session, id_: int, step: Step, values: Mapping[str, Any], conditions: Collection[ColumnElement[bool]]
) -> bool:
    """Change open work if it still is as the conditions say, and write the step down; whether it was."""
    row = update(FollowUp).where(FollowUp.id == id_, FollowUp.closed_at.is_(None), *conditions)
    if not rows_changed(session, row.values(**values)):
        return False
    written = {"act": step.act, "who": step.who, "at": step.now, "what": step.what, "note": step.note}
    session.add(FollowUpStep(follow_up_id=id_, outcome=step.outcome, **written))
    session.flush()
    return True


def each(db: Database, ids: Collection[int], who: str, one: Callable[[Session, int], bool]) -> Done:
    """Do one thing to each, in the order of ids, so that two who choose the same do not wait for each other."""
    if len(ids) > AT_ONCE:
        raise BadAnswer(f"At most {AT_ONCE} at once.", hint="Choose fewer.")
    with db.write() as session:
        return outcome_of(session, ids, who, one)


def outcome_of(session: Session, ids: Collection[int], who: str, one: Callable[[Session, int], bool]) -> Done:
    """The same as a step of a larger act. Does not commit."""
    done, refused = [], []
    for id_ in sorted(set(ids)):
        if one(session, id_):
            done.append(id_)
        else:
            refused.append(_why_not(session, id_, who))
    return Done(tuple(done), tuple(refused))


def kept_note(note: str) -> str:
    """A note as it is kept. Raises BadAnswer for what cannot be."""
    kept = note.strip()
    if len(kept) > LONGEST_NOTE or "\0" in kept:
        raise BadAnswer(f"A note has up to {LONGEST_NOTE:,} characters.", hint="Shorten it.")
    return kept


def _why_not(session: Session, id_: int, who: str) -> str:
    query = select(FollowUp, Account.name, Account.number).join(Account, Account.id == FollowUp.account_id)
    found = session.execute(query.where(FollowUp.id == id_).execution_options(populate_existing=True)).first()
    if found is None:
        return "One of them does not exist any more."
    row, name, number = found
    account = name or number
    if row.closed_at is not None:
        by = f" by {row.owner}" if row.owner else ""
        return f"{account}: closed{by} meanwhile ({IN_WORDS[Outcome(row.outcome)].lower()})."
    if row.owner == who:
        return f"{account}: you have it already."
    if row.owner:
        return f"{account}: {row.owner} has it."
    return f"{account}: it lies in the inbox of {row.team}, and nobody has it."

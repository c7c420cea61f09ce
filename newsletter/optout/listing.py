from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ScalarSelect, and_, select
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.audience.person import Affiliation, Person
from newsletter.audience.preferences import Preference
from newsletter.audience.topic import Topic
from newsletter.bulletin.bulletin import Bulletin, Version
from newsletter.hit.pressed import Pressed, pressed
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.run import Run
from newsletter.optout.opt_out import OptOut, Way
from newsletter.question.answer import Answer
from newsletter.question.reasons import Question, Reason
from newsletter.question.said import Said, gathered


@dataclass(frozen=True, slots=True)
class ListedAccount:
    """An account somebody stands at."""

    number: str
    name: str


@dataclass(frozen=True, slots=True)
class ListedOptOut:
    """One opt-out as staff read it.

    `topic` and `bulletin_number` are empty where the topic or the copy is gone; `said.reason` is None where nobody
    answered. `undone_at` is when they took it back; `no_contact`: they asked that nobody calls or writes to them
    about it. `pressed` tells who pressed the button, None where there was none or nobody judged so far.
    """

    id: int
    left_at: datetime
    way: Way
    is_from_everything: bool
    topic: str
    bulletin_number: str
    person_id: int
    name: str
    address: str
    accounts: tuple[ListedAccount, ...]
    said: Said
    pressed: Pressed | None = None
    undone_at: datetime | None = None
    no_contact: bool = False


def opt_outs(
    session: Session, *, limit: int, before_id: int | None = None, reason: Reason | None = None
) -> list[ListedOptOut]:
    """Opt-outs, newest first, at most `limit` of them.

    `before_id` is the id of the last row of the page before; `reason` keeps those whose last word is that reason.
    """
    query = (
        select(OptOut, Person, Topic.name, Bulletin.number, Preference.no_contact_since.is_not(None))
        .join(Person, Person.id == OptOut.person_id)
        .outerjoin(Topic, Topic.id == OptOut.topic_id)
        .outerjoin(Preference, Preference.person_id == OptOut.person_id)
        .outerjoin(Delivery, and_(Delivery.id == OptOut.delivery_id, Delivery.person_id == OptOut.person_id))
        .outerjoin(Run, Run.id == Delivery.run_id)
        .outerjoin(Version, Version.id == Run.version_id)
        .outerjoin(Bulletin, Bulletin.id == Version.bulletin_id)
        .order_by(OptOut.id.desc())
        .limit(limit)
    )
    if before_id is not None:
        query = query.where(OptOut.id < before_id)
    if reason is not None:
        query = query.where(_last_reason() == reason)
    rows = session.execute(query).all()
    said = _said(session, [left.id for left, *_ in rows])
    accounts = _accounts(session, {person.id for _, person, *_ in rows})
    seen = pressed(session, [(person.id, left.left_at) for left, person, *_ in rows])
    listed = []
    for left, person, topic, number, leave_alone in rows:
        row = _listed(left, person, topic or "", number or "", accounts.get(person.id, ()), said[left.id])
        listed.append(replace(row, pressed=seen.get((person.id, left.left_at)), no_contact=leave_alone))
    return listed


def _listed(
    left: OptOut, person: Person, topic: str, number: str, accounts: tuple[ListedAccount, ...], said: Said
) -> ListedOptOut:
    return ListedOptOut(
        id=left.id,
        left_at=left.left_at,
        way=Way(left.way),
        is_from_everything=left.everything_at is not None,
        topic=topic,
        bulletin_number=number,
        person_id=person.id,
        name=person.name,
        address=person.address,
        accounts=accounts,
        said=said,
        undone_at=left.undone_at,
    )


def _last_reason() -> ScalarSelect[str]:
    query = select(Answer.code).where(Answer.opt_out_id == OptOut.id, Answer.question == Question.WHY)
    return query.order_by(Answer.id.desc()).limit(1).correlate(OptOut).scalar_subquery()


def _said(session: Session, opt_out_ids: Sequence[int]) -> Mapping[int, Said]:
    taps: dict[int, list[Answer]] = {id_: [] for id_ in opt_out_ids}
    for tap in session.scalars(select(Answer).where(Answer.opt_out_id.in_(opt_out_ids)).order_by(Answer.id)):
        taps[tap.opt_out_id].append(tap)
    return {id_: gathered(answers) for id_, answers in taps.items()}


def _accounts(session: Session, person_ids: set[int]) -> Mapping[int, tuple[ListedAccount, ...]]:
    found: dict[int, tuple[ListedAccount, ...]] = defaultdict(tuple)
    query = (
        select(Affiliation.person_id, Account.number, Account.name)
        .join(Account, Account.id == Affiliation.account_id)
        .where(Affiliation.person_id.in_(person_ids))
        .order_by(Account.number)
    )
    for person_id, number, name in session.execute(query):
        found[person_id] += (ListedAccount(number, name),)
    return found

"""What we hold about one person as they read it on a page: the file (`privacy.everything`) has every row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.account.product import Product
from newsletter.account.unit import Unit
from newsletter.audience.consent import Consent, ConsentAct
from newsletter.audience.person import Affiliation, Person
from newsletter.audience.topic import Topic
from newsletter.bulletin.bulletin import Bulletin, Version
from newsletter.errors import NotFound
from newsletter.language import LANGUAGES, sentence
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.run import Run
from newsletter.ledger.states import State
from newsletter.optout.opt_out import OptOut
from newsletter.post.posted import PostedLetter
from newsletter.question.answer import Answer
from newsletter.question.meaning import Says
from newsletter.question.reasons import UnitAnswer
from newsletter.question.wording import FATES, REASONS, UNIT_ANSWERS
from newsletter.signal.evidence import Evidence

NEWEST = 30
"""So many mails, letters and answers the page shows."""

_ACTS = {
    ConsentAct.GRANTED: sentence("Agreed to get “{topic}”"),
    ConsentAct.CONFIRMED: sentence("Confirmed “{topic}”"),
    ConsentAct.PAUSED: sentence("Paused “{topic}”"),
    ConsentAct.WITHDRAWN: sentence("Left “{topic}”"),
}
_SAYS = {
    Says.IN_USE: UNIT_ANSWERS[UnitAnswer.IN_USE],
    Says.BACKUP: UNIT_ANSWERS[UnitAnswer.BACKUP],
    Says.NOT_IN_USE: UNIT_ANSWERS[UnitAnswer.GONE],
}
_ANSWERS = {str(code): words for answers in (REASONS, FATES, UNIT_ANSWERS) for code, words in answers.items()}


@dataclass(frozen=True, slots=True)
class Line:
    """One dated thing. `said` is an English sentence to translate, which may hold {topic}; `named` is put there.

    Where there is nothing to translate `said` is empty and `named` stands alone.
    """

    at: datetime
    said: str
    named: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """One person. `copies` counts the mails, of which `mails` are the newest."""

    name: str
    address: str
    language: str
    since: datetime
    accounts: Sequence[str]
    consents: Sequence[Line]
    copies: int
    mails: Sequence[Line]
    letters: Sequence[Line]
    answers: Sequence[Line]
    signs: Sequence[Line]


def in_words(session: Session, person_id: int) -> Held:
    """What we hold about somebody. Raises NotFound where they are gone."""
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound("This link leads nowhere.")
    accounts = select(Account.name).join(Affiliation).where(Affiliation.person_id == person_id)
    arrived = (Delivery.person_id == person_id, Delivery.state == State.ACCEPTED)
    return Held(
        name=f"{person.first_name} {person.last_name}".strip(),
        address=person.address,
        language=LANGUAGES.get(person.language, person.language),
        since=person.created_at,
        accounts=session.scalars(accounts.order_by(Account.name)).all(),
        consents=_consents(session, person_id),
        copies=session.scalar(select(func.count()).select_from(Delivery).where(*arrived)) or 0,
        mails=_mails(session, person_id),
        letters=_letters(session, person_id),
        answers=_answers(session, person_id),
        signs=_signs(session, person_id),
    )


def _consents(session: Session, person_id: int) -> Sequence[Line]:
    rows = session.execute(
        select(Consent, Topic.name)
        .join(Topic, Topic.id == Consent.topic_id)
        .where(Consent.person_id == person_id)
        .order_by(Consent.id.desc())
    )
    return [Line(fact.happened_at or fact.recorded_at, _ACTS[ConsentAct(fact.act)], name) for fact, name in rows]


def _mails(session: Session, person_id: int) -> Sequence[Line]:
    rows = session.execute(
        select(func.coalesce(Delivery.settled_at, Delivery.due_at), Bulletin.number, Version.title)
        .join(Run, Run.id == Delivery.run_id)
        .join(Version, Version.id == Run.version_id)
        .join(Bulletin, Bulletin.id == Version.bulletin_id)
        .where(Delivery.person_id == person_id, Delivery.state == State.ACCEPTED)
        .order_by(Delivery.id.desc())
        .limit(NEWEST)
    )
    return [Line(at, "", f"{number} {title}") for at, number, title in rows]


def _letters(session: Session, person_id: int) -> Sequence[Line]:
    posted = select(PostedLetter.posted_at, PostedLetter.subject).where(PostedLetter.person_id == person_id)
    newest = posted.order_by(PostedLetter.id.desc()).limit(NEWEST)
    return [Line(at, "", subject) for at, subject in session.execute(newest)]


def _answers(session: Session, person_id: int) -> Sequence[Line]:
    given = select(Answer).join(OptOut, OptOut.id == Answer.opt_out_id).where(OptOut.person_id == person_id)
    newest = given.order_by(Answer.id.desc()).limit(NEWEST)
    return [
        Line(answer.answered_at, _ANSWERS.get(answer.code, answer.code), answer.text)
        for answer in session.scalars(newest)
    ]


def _signs(session: Session, person_id: int) -> Sequence[Line]:
    rows = session.execute(
        select(Evidence.observed_at, Evidence.says, Product.model, Unit.serial)
        .outerjoin(Unit, Unit.id == Evidence.unit_id)
        .outerjoin(Product, Product.id == Unit.product_id)
        .where(Evidence.person_id == person_id, Evidence.says.in_(list(_SAYS)))
        .order_by(Evidence.id.desc())
        .limit(NEWEST)
    )
    return [
        Line(at, _SAYS[Says(says or "")], " ".join(filter(None, (model, serial)))) for at, says, model, serial in rows
    ]

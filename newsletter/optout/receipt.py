"""One short mail to somebody who left where there is no page: what happened, how to undo it, and the one question."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.audience.person import Affiliation, Person
from newsletter.audience.suppression import Suppression
from newsletter.audience.topic import Topic
from newsletter.errors import Misconfigured
from newsletter.language import negotiate, sentence
from newsletter.links import Links, OptOutLink
from newsletter.optout.leaving import language_of_copy
from newsletter.optout.opt_out import OptOut, Way
from newsletter.post.post import last_posted, post
from newsletter.post.wording import Button, Strong, Text, Wording, Writer, literally
from newsletter.post.wording import Links as Choices
from newsletter.question.answer import Answer
from newsletter.question.asking import asked_of
from newsletter.question.reasons import Question, Reason

GOODBYE = "goodbye"  # the kind of these letters
WITHOUT_A_PAGE = frozenset({Way.ONE_CLICK, Way.MAIL})
BETWEEN = timedelta(days=30)  # two of them to the same person

OFF_THE_LIST = sentence("You are off the list.")
NO_MORE_OF_TOPIC = sentence("We will not send “{topic}” to {address} any more.")
NO_MORE = sentence("We will not send these mails to {address} any more.")
ONE_TAP = sentence("Each answer opens a page with one button; nothing is sent before you press it.")
MISTAKE = sentence("Was this a mistake? The same page brings the mails back.")
BRING_BACK = sentence("Get these mails again")
WHY_THIS = sentence("You get this one mail because your mail program told us to stop. No other follows.")


@dataclass(frozen=True, slots=True)
class Goodbye:
    """How we say goodbye: whose links and name, and in which countries (ISO 3166-1 alpha-2) we do not."""

    links: Links
    writer: Writer
    not_in: frozenset[str] = frozenset()
    in_reply_to: str = ""  # the Message-ID of the mail by which they left

    def answering(self, message_id: str) -> "Goodbye":
        """The same, as an answer to a mail."""
        return replace(self, in_reply_to=message_id)


def read_countries(codes: Iterable[str]) -> frozenset[str]:
    """Countries by their codes, in any case. Raises Misconfigured for what is none."""
    countries = frozenset(code.upper() for code in codes)
    if wrong := [code for code in countries if not (len(code) == 2 and code.isascii() and code.isalpha())]:
        raise Misconfigured(f"{wrong[0]!r} is no country; write two letters, for example DE")
    return countries


def say_goodbye(session: Session, left: OptOut, person: Person, goodbye: Goodbye, now: datetime) -> bool:
    """Post the receipt of an opt-out, if this one gets any; whether it does. Does not commit."""
    if not _may_write(session, left, person, goodbye, now):
        return False
    link = OptOutLink(left.person_id, left.topic_id, left.delivery_id or 0)
    language = negotiate(person.language, language_of_copy(session, link))
    topic = session.get(Topic, left.topic_id)
    return post(
        session,
        key=f"{GOODBYE}:{left.id}",
        kind=GOODBYE,
        address=person.address,
        person_id=person.id,
        language=language,
        wording=_wording(session, link, goodbye.links, language, now, has_topic=topic is not None),
        values={"topic": topic.name if topic else "", "address": person.address},
        house=goodbye.writer,
        now=now,
        in_reply_to=goodbye.in_reply_to,
    )


def _may_write(session: Session, left: OptOut, person: Person, goodbye: Goodbye, now: datetime) -> bool:
    last = last_posted(session, person.id, GOODBYE)
    return (
        left.way in WITHOUT_A_PAGE
        and (last is None or last <= now - BETWEEN)
        and not _is_barred(session, person)
        and not _wants_no_letter(session, person)
        and not _stands_in(session, person, goodbye.not_in)
    )


def _is_barred(session: Session, person: Person) -> bool:
    standing = (Suppression.address_key == person.address_key, Suppression.lifted_at.is_(None))
    return session.scalar(select(Suppression.id).where(*standing)) is not None


def _wants_no_letter(session: Session, person: Person) -> bool:
    """Whether somebody ever complained, or said that they never asked for our mail: they get no further word."""
    theirs = select(OptOut.id).where(OptOut.person_id == person.id)
    complained = theirs.where(OptOut.way == Way.COMPLAINT)
    said = select(Answer.id).where(Answer.opt_out_id.in_(theirs), Answer.question == Question.WHY)
    never_asked = said.where(Answer.code == Reason.NEVER_ASKED)
    return session.scalar(complained.limit(1)) is not None or session.scalar(never_asked.limit(1)) is not None


def _stands_in(session: Session, person: Person, countries: frozenset[str]) -> bool:
    if not countries:
        return False
    accounts = select(Account.id).join(Affiliation, Affiliation.account_id == Account.id)
    there = accounts.where(Affiliation.person_id == person.id, func.upper(Account.country).in_(countries))
    return session.scalar(there.limit(1)) is not None


def _wording(
    session: Session, link: OptOutLink, links: Links, language: str, now: datetime, *, has_topic: bool
) -> Wording:
    asking = asked_of(session, link.topic_id, link.person_id, language, now)
    page = links.opt_out(link)
    choices = tuple((literally(words), f"{page}/answer/{code}") for code, words in asking.reasons)
    return Wording(
        subject=OFF_THE_LIST,
        parts=(
            Strong(OFF_THE_LIST),
            Text(NO_MORE_OF_TOPIC if has_topic else NO_MORE),
            Strong(literally(asking.question)),
            Text(ONE_TAP),
            Choices(choices),
            Text(MISTAKE),
            Button(BRING_BACK, page),
        ),
        why=WHY_THIS,
    )

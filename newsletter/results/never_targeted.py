"""Somebody who has no copy of a bulletin: the rule that left them out, why they are not named, or that they will be."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from newsletter.account.product import Product
from newsletter.account.unit import Unit
from newsletter.audience.consent import MAY_WRITE, Subscription
from newsletter.audience.person import Affiliation, Person
from newsletter.audience.segment import Rule
from newsletter.audience.suppression import Suppression
from newsletter.audience.topic import Topic
from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.source import Source, read_source
from newsletter.bulletin.write import topic_of
from newsletter.ledger.lookup import Why, omission_of, rule_in_words
from newsletter.ledger.run import Run, RunState
from newsletter.optout.opt_out import OptOut
from newsletter.report.wording import WAYS
from newsletter.results.remedy import of_rule
from newsletter.results.told import Told

_Moment = Callable[[datetime], str]
_AHEAD = (RunState.SCHEDULED, RunState.LATE)


def tell(session: Session, version: Version, person: Person, told: Why, now: datetime, moment: _Moment) -> Told:
    """The answer where there is no copy; `told` is what the ledger says."""
    runs = select(Run).join(Version, Version.id == Run.version_id).where(Version.bulletin_id == version.bulletin_id)
    newest = session.scalars(runs.order_by(Run.id.desc()).limit(1)).first()
    coming = session.scalars(runs.where(Run.state.in_(_AHEAD)).order_by(Run.due_at).limit(1)).first()
    if told.rule:
        return _by_rule(session, version, person, told, newest, moment)
    if told.would_be and (coming or newest is None or newest.started_at is None):
        return _to_come(coming, now, moment)
    if told.would_be:
        return Told("no", "They were not in its audience when it was sent; they would be now.",
                    "Send the bulletin again: it goes to those who have not had it.")  # fmt: skip
    return _not_named(session, version, person, told, newest)


def _by_rule(session: Session, version: Version, person: Person, told: Why, run: Run | None, moment: _Moment) -> Told:
    rule = str(told.rule)
    omission = omission_of(session, version.bulletin_id, person.id)
    words = f"{_in_their_words(told, rule)}{_since(session, person, rule, run, moment)}"
    if omission is not None:
        started = session.get_one(Run, omission.run_id).started_at
        when = f" on {moment(started)}" if started else ""
        return Told("no", f"They were left out when it started{when}: {words}.", of_rule(rule))
    return Told("no", f"They will not get it: {words}.", of_rule(rule))


def _in_their_words(told: Why, rule: str) -> str:
    if rule in (Rule.DIGEST, Rule.PAUSED):
        return told.sentences[0].partition(": ")[2].removesuffix(".")
    return rule_in_words(rule)


def _since(session: Session, person: Person, rule: str, run: Run | None, moment: _Moment) -> str:
    """When and how that came to be, where it is on record."""
    if rule == Rule.SUPPRESSED:
        query = select(Suppression).where(
            Suppression.address_key == person.address_key, Suppression.lifted_at.is_(None)
        )
        bar = session.scalars(query).first()
        return f", since {moment(bar.created_at)} ({bar.reason})" if bar else ""
    if rule == Rule.OPTED_OUT:
        query_left = select(OptOut).where(OptOut.person_id == person.id, OptOut.undone_at.is_(None))
        if run is not None:
            query_left = query_left.where(OptOut.topic_id == run.topic_id)
        left = session.scalars(query_left.order_by(OptOut.id.desc()).limit(1)).first()
        return f", on {moment(left.left_at)} {WAYS[left.way]}" if left else ""
    return ""


def _to_come(run: Run | None, now: datetime, moment: _Moment) -> Told:
    if run is None:
        return Told(
            "not_yet", "It has not been sent yet; they will get it as things stand.", "Somebody has to send it."
        )
    if run.state == RunState.LATE or run.due_at < now:
        sentence = f"It was to start on {moment(run.due_at)} and has not; they will get it then, as things stand."
        return Told("not_yet", sentence, "Somebody has to start the run, or an engine has to run.")
    return Told("not_yet", f"It starts on {moment(run.due_at)}; they will get it, as things stand.")


def _not_named(session: Session, version: Version, person: Person, told: Why, run: Run | None) -> Told:
    source = read_source(version.source)
    if "segment" in told.sentences[0]:
        return Told("no", told.sentences[0], "They would have to be in that segment; its page says who is.")
    topic = session.get_one(Topic, run.topic_id) if run else topic_of(session, source)
    if not source.models:
        return Told("no", f"It went to who agreed to “{topic.name}”, and they have not.", of_rule(Rule.NO_CONSENT))
    stands = select(Affiliation.account_id).where(Affiliation.person_id == person.id)
    if session.scalar(stands.limit(1)) is None:
        return Told(
            "no", "They stand at no account, so no machine is theirs.", "Put them at their account, by an import."
        )
    theirs = select(Unit.id).join(Product).where(Unit.account_id.in_(stands), Product.model.in_(source.models))
    consents = select(Subscription.state).where(
        Subscription.person_id == person.id, Subscription.topic_id == topic.id, Subscription.state.in_(MAY_WRITE)
    )
    also = "" if session.scalar(select(exists(consents))) else f" They have not agreed to “{topic.name}” either."
    return _no_machine(source, has_model=session.scalar(theirs.limit(1)) is not None, also=also)


def _no_machine(source: Source, *, has_model: bool, also: str) -> Told:
    models = ", ".join(source.models)
    if has_model:
        serials = ", ".join(map(str, source.serials))
        sentence = f"Their accounts have a {models}, but with none of the serial numbers it is for ({serials}).{also}"
        return Told("no", sentence, "If such a machine stands there, it has to be on record at their account.")
    sentence = f"None of their accounts has a machine it is for ({models}).{also}"
    return Told("no", sentence, "If such a machine stands there, it has to be on record at their account.")

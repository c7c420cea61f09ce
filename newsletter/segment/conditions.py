"""One condition as SQL: over Person, Account or Unit, and true or false, never neither."""

from calendar import monthrange
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, func, or_, select
from sqlalchemy.orm import aliased

from newsletter.account.account import Account
from newsletter.account.agreement import Agreement
from newsletter.account.firmware import Order, identity_of, is_of, order_of
from newsletter.account.product import Product
from newsletter.account.serial import read_ranges
from newsletter.account.unit import Unit
from newsletter.audience.consent import MAY_WRITE, Subscription
from newsletter.audience.person import Person
from newsletter.audience.topic import Topic
from newsletter.hit.hit import Hit
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.states import State as Copy
from newsletter.optout.opt_out import OptOut
from newsletter.question.answer import Answer
from newsletter.question.reasons import Question
from newsletter.segment.definition import OF_PERSON, About, Condition, How
from newsletter.segment.table import Listed, SegmentListValue
from newsletter.signal.rules import State
from newsletter.signal.verdict import Verdict

_HUMAN, _TRAP = "human", "trap"


class Place(StrEnum):
    """What a condition is true of."""

    PERSON = "person"
    ACCOUNT = "account"
    MACHINE = "machine"


@dataclass(frozen=True, slots=True)
class Known:
    """What conditions are read against: the time, the ids and kinds of lists by key, the runs of bulletins.

    `firmware` are the versions that some machine has, where a condition asks for one.
    """

    now: datetime
    lists: Mapping[str, tuple[int, Listed]]
    runs: Mapping[str, Collection[int]] = field(default_factory=dict)
    firmware: Collection[str] = ()

    def place_of(self, condition: Condition) -> Place:
        """Where a condition belongs. All lists of one condition are of one kind."""
        if condition.about in OF_PERSON:
            return Place.PERSON
        kinds = {self.lists[key][1] for key in condition.values} if condition.about is About.LIST else set()
        of_account = condition.about is About.COUNTRY or kinds == {Listed.ACCOUNTS}
        return Place.ACCOUNT if of_account else Place.MACHINE


def months_from(day: date, months: int) -> date:
    """The same day so many months later or earlier, or the last of that month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


Who = SQLColumnExpression[int]
"""The column of a statement that has the ids of people."""


def as_sql(condition: Condition, known: Known, who: Who) -> ColumnElement[bool]:
    """The condition over rows of Account or Unit, or over people whose ids are `who`."""
    if condition.about is About.LANGUAGE:
        return _reads(condition, who)
    if condition.about in PEOPLE_WITH:
        people, column = PEOPLE_WITH[condition.about](condition, known)
        return people.where(column == who).exists()
    return _ASKED[condition.about](condition, known)


def _subscribed(condition: Condition, _known: Known) -> tuple[Select[int], Who]:
    table = aliased(Subscription)
    topics = select(Topic.id).where(Topic.key.in_(condition.values))
    agreed = select(table.person_id).where(table.topic_id.in_(topics), table.state.in_(MAY_WRITE))
    return (agreed.distinct() if len(condition.values) > 1 else agreed), table.person_id


def _reads(condition: Condition, who: Who) -> ColumnElement[bool]:
    """Whether it is a person's language; "de-AT" is German, too."""
    table = aliased(Person)
    spoken, wanted = func.lower(table.language), [value.lower() for value in condition.values]
    speaks = or_(spoken.in_(wanted), *(spoken.startswith(f"{value}-", autoescape=True) for value in wanted))
    return select(table.id).where(table.id == who, speaks).exists()


def _gave(condition: Condition, _known: Known) -> tuple[Select[int], Who]:
    """What they say now: a later answer to the same question takes the place of an earlier one."""
    left, told, later = aliased(OptOut), aliased(Answer), aliased(Answer)
    same = later.opt_out_id == told.opt_out_id, later.question == told.question, later.id > told.id
    newest = ~select(later.id).where(*same, later.unit_id.is_not_distinct_from(told.unit_id)).exists()
    asked = told.question.in_((Question.WHY, Question.FATE)), left.person_id.is_not(None)
    said = select(left.person_id).join(told, told.opt_out_id == left.id)
    return said.where(*asked, told.code.in_(condition.values), newest).distinct(), left.person_id


def _had(condition: Condition, known: Known) -> tuple[Select[int], Who]:
    """Who received one of some bulletins, or opened a link of one."""
    copy, hit = aliased(Delivery), aliased(Hit)
    runs = {run for number in condition.values for run in known.runs.get(number, ())}
    copies = select(copy.person_id).where(copy.run_id.in_(sorted(runs)), copy.person_id.is_not(None))
    if condition.how is How.RECEIVED:
        received = copies.where(copy.state == Copy.ACCEPTED)
        return (received.distinct() if len(runs) > 1 else received), copy.person_id
    by_human = hit.verdict == _HUMAN, hit.kind != _TRAP, hit.person_id == copy.person_id
    return copies.join(hit, hit.delivery_id == copy.id).where(*by_human).distinct(), copy.person_id


def _in_country(condition: Condition, _known: Known) -> ColumnElement[bool]:
    return Account.country.in_(condition.values)


def _of_model(condition: Condition, _known: Known) -> ColumnElement[bool]:
    return Unit.product_id.in_(select(Product.id).where(Product.model.in_(condition.values)))


def _numbered(condition: Condition, _known: Known) -> ColumnElement[bool]:
    return or_(*map(_within, condition.values))


def _within(value: str) -> ColumnElement[bool]:
    (serials,) = read_ranges(value)
    number = func.coalesce(Unit.serial_number, -1)
    return and_(Unit.serial_prefix == serials.prefix, number.between(serials.first, serials.last))


def _has_firmware(condition: Condition, known: Known) -> ColumnElement[bool]:
    if condition.how is How.PLAIN:
        wanted: dict[Order | str, list[str]] = {}
        for value in condition.values:
            wanted.setdefault(identity_of(value), []).append(value)
        same = {one: wanted.get(identity_of(one), []) for one in known.firmware}
        return Unit.firmware.in_([one for one, values in same.items() if any(is_of(one, value) for value in values)])
    (asked,) = condition.values
    limit, is_older = order_of(asked), condition.how is How.BELOW
    orders = {one: order_of(one) for one in known.firmware if is_of(one, asked)}
    return Unit.firmware.in_([one for one, order in orders.items() if order and (order < limit) == is_older])


def _agreed(condition: Condition, known: Known) -> ColumnElement[bool]:
    today = known.now.date()
    of_unit = select(Agreement.id).where(Agreement.unit_id == Unit.id)
    runs = of_unit.where(Agreement.until >= today).exists()
    if condition.how is How.RUNNING:
        return runs
    if condition.how is How.NONE:
        return ~runs
    return and_(runs, ~of_unit.where(Agreement.until > months_from(today, condition.months)).exists())


def _judged(condition: Condition, _known: Known) -> ColumnElement[bool]:
    judged = select(Verdict.unit_id).where(Verdict.account_id == Unit.account_id, Verdict.unit_id == Unit.id)
    if State.UNKNOWN not in condition.values:
        return judged.where(Verdict.state.in_(condition.values)).exists()
    return ~judged.where(Verdict.state.not_in(condition.values)).exists()


def _heard_of(condition: Condition, known: Known) -> ColumnElement[bool]:
    day = months_from(known.now.date(), -condition.months)
    since = known.now.replace(year=day.year, month=day.month, day=day.day)
    heard = select(Verdict.unit_id).where(Verdict.account_id == Unit.account_id, Verdict.unit_id == Unit.id)
    heard_since = heard.where(Verdict.last_sign_at >= since).exists()
    return heard_since if condition.how is How.YOUNGER else ~heard_since


def _listed(condition: Condition, known: Known) -> ColumnElement[bool]:
    ids = [known.lists[key][0] for key in condition.values]
    brought = select(SegmentListValue.value).where(SegmentListValue.list_id.in_(ids))
    return (Account.number if known.place_of(condition) is Place.ACCOUNT else Unit.serial).in_(brought)


_ASKED: Mapping[About, Callable[[Condition, Known], ColumnElement[bool]]] = {
    About.MODEL: _of_model,
    About.SERIALS: _numbered,
    About.FIRMWARE: _has_firmware,
    About.COUNTRY: _in_country,
    About.AGREEMENT: _agreed,
    About.VERDICT: _judged,
    About.SIGN: _heard_of,
    About.LIST: _listed,
}

PEOPLE_WITH: Mapping[About, Callable[[Condition, Known], tuple[Select[int], Who]]] = {
    About.TOPIC: _subscribed,
    About.REASON: _gave,
    About.BULLETIN: _had,
}
"""Conditions about people that a table of their own tells: the ids of whom it is true of, each once."""

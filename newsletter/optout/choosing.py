"""What somebody gets, as their preferences page shows it, and what its button changes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.account.product import Product
from newsletter.account.serial import masked_serials
from newsletter.account.unit import Unit
from newsletter.audience.address import masked
from newsletter.audience.consent import MAY_WRITE, Subscription
from newsletter.audience.pausing import months_after, pause_until, zone_of
from newsletter.audience.person import Affiliation, Person
from newsletter.audience.preferences import Frequency, MutedUnit
from newsletter.audience.suppression import Suppression
from newsletter.audience.topic import Topic
from newsletter.audience.wishing import Wisher, preference_of
from newsletter.db import Database
from newsletter.errors import NotFound
from newsletter.followup.leave_alone import leave_alone
from newsletter.links import OptOutLink
from newsletter.optout.act import leave
from newsletter.optout.opt_out import Way
from newsletter.optout.standing import NOBODY, hold
from newsletter.optout.withdraw import SOURCES

MOST_MACHINES = 100
"""A service firm may look after thousands; what the page does not show, its button does not change."""

SOURCE = SOURCES[Way.PREFERENCES]


@dataclass(frozen=True, slots=True)
class Ticked:
    """One box: the id of a topic or a unit, its name, a masked serial or nothing, and whether it is ticked."""

    id: int
    name: str
    serial: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class Choosing:
    """What a person gets now. `today` is theirs; `pauses` are the days after one and three months."""

    person_id: int
    address: str  # masked
    language: str
    topics: tuple[Ticked, ...]
    machines: tuple[Ticked, ...]
    more_machines: int
    frequency: Frequency
    paused_until: date | None
    no_contact: bool
    gets_nothing: bool  # the whole address is on the suppressions
    today: date
    pauses: Mapping[int, date]

    @property
    def tomorrow(self) -> str:
        """The first day on which a pause may end, ISO."""
        return (self.today + timedelta(days=1)).isoformat()

    @property
    def on(self) -> frozenset[str]:
        """The boxes that are ticked, by the name of their field."""
        boxes = (("topic", self.topics), ("machine", self.machines))
        return frozenset(f"{kind}-{box.id}" for kind, ticked in boxes for box in ticked if box.is_on)


@dataclass(frozen=True, slots=True)
class Changes:
    """What somebody changed on a page, and nothing that they only saw there: another tab may have changed that.

    None leaves a thing as it is. `pause` is the day on which mails go on; `goes_on` ends a pause.
    """

    left: Collection[int] = ()
    muted: Collection[int] = ()
    heard: Collection[int] = ()
    frequency: Frequency | None = None
    language: str | None = None
    pause: date | None = None
    goes_on: bool = False
    no_contact: bool | None = None


def choosing(session: Session, person_id: int, now: datetime) -> Choosing:
    """What a person gets. Raises NotFound when they are gone."""
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound(NOBODY)
    wishes, today = preference_of(session, person_id), now.astimezone(zone_of(session, person)).date()
    is_paused = wishes.paused_until is not None and wishes.paused_until > now
    machines = _machines(session, person_id)
    barred = select(Suppression.id).where(
        Suppression.address_key == person.address_key, Suppression.lifted_at.is_(None)
    )
    return Choosing(
        person_id=person_id,
        address=masked(person.address),
        language=person.language,
        topics=_topics(session, person_id),
        machines=machines[:MOST_MACHINES],
        more_machines=max(0, len(machines) - MOST_MACHINES),
        frequency=Frequency(wishes.frequency),
        paused_until=wishes.paused_until_day if is_paused else None,
        no_contact=wishes.no_contact_since is not None,
        gets_nothing=session.scalar(barred.limit(1)) is not None,
        today=today,
        pauses={months: months_after(today, months) for months in (1, 3)},
    )


def choose(db: Database, person_id: int, changes: Changes, now: datetime) -> None:
    """Make changes true, all or none. Doing it again changes nothing.

    A machine that stands at no account of theirs is passed over: it may have been sold meanwhile. Raises BadAnswer for
    a day that no pause can end on, NotFound when the person is gone.
    """
    with db.write() as session:
        person = hold(session, person_id)
        wisher = Wisher(session, person, SOURCE, now)
        if changes.pause is not None:
            wisher.pauses(pause_until(changes.pause, zone_of(session, person), now))
        elif changes.goes_on:
            wisher.pauses(None)
        if changes.frequency is not None:
            wisher.wants(changes.frequency)
        if changes.language is not None:
            wisher.speaks(changes.language)
        if changes.no_contact is not None and wisher.leaves_alone(wished=changes.no_contact):
            leave_alone(session, person_id, now, wished=changes.no_contact)
        theirs = {machine.id for machine in _machines(session, person_id)}
        for unit_id in sorted(theirs.intersection(changes.muted)):
            wisher.hears_of(unit_id, wanted=False)
        for unit_id in sorted(theirs.intersection(changes.heard)):
            wisher.hears_of(unit_id, wanted=True)
        gets = {topic.id for topic in _topics(session, person_id) if topic.is_on}
        for topic_id in sorted(gets.intersection(changes.left)):
            leave(session, OptOutLink(person_id, topic_id, 0), Way.PREFERENCES, now)


def _topics(session: Session, person_id: int) -> tuple[Ticked, ...]:
    state = select(Subscription.topic_id).where(Subscription.person_id == person_id, Subscription.state.in_(MAY_WRITE))
    gets = set(session.scalars(state))
    topics = session.execute(select(Topic.id, Topic.name).order_by(Topic.name, Topic.id))
    return tuple(Ticked(id_, name, "", id_ in gets) for id_, name in topics)


def _machines(session: Session, person_id: int) -> tuple[Ticked, ...]:
    muted = set(session.scalars(select(MutedUnit.unit_id).where(MutedUnit.person_id == person_id)))
    query = (
        select(Unit.id, Product.model, Unit.serial)
        .join(Product, Product.id == Unit.product_id)
        .join(Affiliation, Affiliation.account_id == Unit.account_id)
        .where(Affiliation.person_id == person_id)
        .order_by(Product.model, Unit.serial, Unit.id)
    )
    rows = session.execute(query).all()
    masked_serial = masked_serials(serial for _, _, serial in rows)
    return tuple(Ticked(id_, model, masked_serial[serial], id_ not in muted) for id_, model, serial in rows)

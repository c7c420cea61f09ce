"""The people and machines of every story the tests tell. `play` puts them into a session; nobody else is on stage.

K1 Toolroom North, Germany, three machines: VX-500 A100231, VX-500i A103000, CT-7 C77. Nora, Omar and Una stand there.
K2 Brandt Gears, one VX-500 A100500. Ines and Pia.
K3 Lakeside Valves, United States, one VX-500 A100900 and nobody but Pia.
K4 Quiet Works, one CT-7 C90 and nobody at all.
K5 Rim Tooling, no machine. Bela.

The serial range A100000-A104000 of VX-500 and VX-500i holds A100231, A103000, A100500 and A100900. Nora, Ines, Pia and,
where no first name is needed, Una may be written to about it.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.account.product import Product
from newsletter.account.serial import split_serial
from newsletter.account.unit import Unit
from newsletter.audience.address import read_address
from newsletter.audience.consent import Consent, ConsentAct, Subscription
from newsletter.audience.person import Affiliation, Person
from newsletter.audience.suppression import Suppression
from newsletter.audience.topic import DEFAULT_TOPIC, Topic
from newsletter.db import Base

_Row = TypeVar("_Row", bound=Base)


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody on stage, as rows with their ids."""

    bulletins: Topic
    safety: Topic  # nobody subscribed

    vx500: Product
    vx500i: Product
    ct7: Product

    north: Account  # K1
    gears: Account  # K2
    valves: Account  # K3
    quiet: Account  # K4, a machine and nobody
    rim: Account  # K5, no machine

    a100231: Unit  # VX-500 at K1
    a103000: Unit  # VX-500i at K1
    c77: Unit  # CT-7 at K1
    a100500: Unit  # VX-500 at K2
    a100900: Unit  # VX-500 at K3
    c90: Unit  # CT-7 at K4

    nora: Person  # K1, consented
    omar: Person  # K1, consented and withdrew
    una: Person  # K1, consented; no first name
    pia: Person  # a service firm's fitter: consented, stands at K1, K2 and K3
    ines: Person  # K2, consented; her domain is not ASCII
    bela: Person  # K5, consented, but suppressed


def play(session: Session, now: datetime) -> Cast:
    """Put the cast on stage: flushed, not committed. They consented 400 days ago; Omar left 30 days ago."""
    stage = _Stage(session, now)
    bulletins, safety = stage.topic(DEFAULT_TOPIC, "Technical bulletins"), stage.topic("safety", "Safety notices")
    vx500, vx500i, ct7 = (stage.add(Product(model=model)) for model in ("VX-500", "VX-500i", "CT-7"))
    north = stage.account("K1", "Toolroom North", "DE", "de", "Europe/Berlin")
    gears = stage.account("K2", "Brandt Gears", "DE", "de", "Europe/Berlin")
    valves = stage.account("K3", "Lakeside Valves", "US", "en", "America/New_York")
    quiet = stage.account("K4", "Quiet Works")
    rim = stage.account("K5", "Rim Tooling")
    cast = Cast(
        bulletins=bulletins,
        safety=safety,
        vx500=vx500,
        vx500i=vx500i,
        ct7=ct7,
        north=north,
        gears=gears,
        valves=valves,
        quiet=quiet,
        rim=rim,
        a100231=stage.unit(north, vx500, "A100231"),
        a103000=stage.unit(north, vx500i, "A103000"),
        c77=stage.unit(north, ct7, "C77"),
        a100500=stage.unit(gears, vx500, "A100500"),
        a100900=stage.unit(valves, vx500, "A100900"),
        c90=stage.unit(quiet, ct7, "C90"),
        nora=stage.person("nora@toolroom-north.example", "Nora", "Frost", north),
        omar=stage.person("omar@toolroom-north.example", "Omar", "Haddad", north),
        una=stage.person("una@toolroom-north.example", "", "Berg", north),
        pia=stage.person("pia@fast-fitters.example", "Pia", "Marsh", north, gears, valves),
        ines=stage.person("ines@brandt-zahnräder.example", "Ines", "Brandt", gears),
        bela=stage.person("bela@rim-tooling.example", "Béla", "Tóth", rim),
    )
    for person in (cast.nora, cast.omar, cast.una, cast.pia, cast.ines, cast.bela):
        consent(session, person, bulletins, ConsentAct.GRANTED, now - timedelta(days=400))
    consent(session, cast.omar, bulletins, ConsentAct.WITHDRAWN, now - timedelta(days=30))
    stage.add(Suppression(address_key=cast.bela.address_key, reason="complaint", source="the cast", created_at=now))
    return cast


def consent(session: Session, person: Person, topic: Topic, act: ConsentAct, at: datetime) -> Consent:
    """One more fact about a person and a topic, and where it leaves them."""
    fact = Consent(
        person_id=person.id,
        topic_id=topic.id,
        act=act,
        happened_at=at,
        recorded_at=at,
        source="the cast",
        wording="yes",
    )
    session.add(fact)
    session.flush()
    session.merge(Subscription(person_id=person.id, topic_id=topic.id, state=act, consent_id=fact.id))
    session.flush()
    return fact


@dataclass(frozen=True, slots=True)
class _Stage:
    session: Session
    now: datetime

    def add(self, row: _Row) -> _Row:
        self.session.add(row)
        self.session.flush()
        return row

    def topic(self, key: str, name: str) -> Topic:
        return self.add(Topic(key=key, name=name, created_at=self.now))

    def account(self, number: str, name: str, country: str = "", language: str = "", zone: str = "") -> Account:
        return self.add(
            Account(number=number, name=name, country=country, language=language, zone=zone, created_at=self.now)
        )

    def unit(self, account: Account, product: Product, serial: str) -> Unit:
        prefix, number = split_serial(serial)
        return self.add(
            Unit(
                account_id=account.id,
                product_id=product.id,
                serial=serial,
                serial_prefix=prefix,
                serial_number=number,
                installed_on=date(2014, 5, 2),
                created_at=self.now,
            )
        )

    def person(self, address: str, first_name: str, last_name: str, *accounts: Account) -> Person:
        read = read_address(address)
        person = self.add(
            Person(
                address=read.spelled,
                address_key=read.key,
                first_name=first_name,
                last_name=last_name,
                created_at=self.now,
            )
        )
        for account in accounts:
            self.add(Affiliation(person_id=person.id, account_id=account.id, role="maintenance"))
        return person

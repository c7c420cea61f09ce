"""Fault 29: five hundred forms through the real pages and a real engine; what reaches mailboxes is counted."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address
from itertools import islice

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from newsletter.audience.person import Person
from newsletter.audience.topic import Topic
from newsletter.post.posted import PostedLetter
from newsletter.web.app import create_app
from newsletter.web.public import alike
from tests.conftest import MakeConfig
from tests.engine.stage import Stage, running, wait_until
from tests.web.public.doors import read_before

FORMS = 500
VICTIM = "victim@target.example"

Bomb = Iterator[tuple[str, str]]
"""Addresses, each with the network it comes from."""


def networks() -> Iterator[str]:
    """A botnet: no two in one network."""
    return (str(ip_address(0x0B000000 + (number << 8) + 7)) for number in range(FORMS))


def on_one_address() -> Bomb:
    """Spelled in all the ways that reach the same mailbox at most providers."""
    for number, network in enumerate(networks()):
        spelling = (VICTIM, f"victim+{number}@target.example", f"Vic.tim+{number}@TARGET.example")
        yield spelling[number % 3], network


def on_one_domain() -> Bomb:
    yield from ((f"p{number}@target.example", network) for number, network in enumerate(networks()))


def from_one_network() -> Bomb:
    yield from ((f"p@firm{number}.example", f"203.0.113.{number % 256}") for number in range(FORMS))


CASES = {
    "for one address": (on_one_address, 1),
    "for one domain": (on_one_domain, 50),
    "from one network": (from_one_network, 20),
}


@dataclass(frozen=True)
class House:
    """The web application and the stage it writes to."""

    stage: Stage
    browser: FlaskClient
    form: Mapping[str, str]

    def bomb(self, bomb: Bomb) -> None:
        """Send all forms, as somebody who read the page for five seconds."""
        for address, network in bomb:
            stamp = read_before(self.stage.links.signer, self.stage.clock.now)
            form = {**self.form, **stamp, "address": address}
            answer = self.browser.post("/subscribe", data=form, environ_base={"REMOTE_ADDR": network})
            assert answer.status_code == 200  # whoever sends them does not see where they are cut off

    def settled(self) -> bool:
        """Whether no letter waits."""
        with self.stage.db.read() as session:
            waiting = select(PostedLetter.id).where(PostedLetter.settled_at.is_(None))
            return session.scalar(waiting.limit(1)) is None

    def people(self) -> int:
        with self.stage.db.read() as session:
            return session.scalar(select(func.count()).select_from(Person)) or 0


@pytest.fixture
def house(stage: Stage, config: MakeConfig, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr(alike, "SECONDS", 0.0)  # a botnet would not wait for one answer before the next question
    stage.crowd(0)
    settings = config(stage.db)
    on_stage = replace(stage, links=settings.links())
    with stage.db.read() as session:
        topic_id = session.scalars(select(Topic.id).order_by(Topic.id)).first()
    browser = create_app(settings, db=stage.db, clock=stage.clock).test_client()
    return House(on_stage, browser, {f"topic_{topic_id}": "on"})


@pytest.mark.parametrize(("bomb", "most"), CASES.values(), ids=CASES)
def test_fault_29_of_five_hundred_forms_few_letters_arrive(house: House, bomb: Callable[[], Bomb], most: int) -> None:
    before = house.people()
    with running(house.stage.engine()):
        house.bomb(bomb())
        wait_until(house.settled, "every letter has left")
    assert len(house.stage.relay.taken) == most
    assert house.people() == before  # who did not confirm is nobody


def test_fault_29_the_victim_gets_one_letter_a_day_and_four_a_month(house: House) -> None:
    with running(house.stage.engine()):
        for _ in range(6):
            house.bomb(islice(on_one_address(), 5))
            wait_until(house.settled, "every letter has left")
            house.stage.clock.forward(hours=25)
    assert len(house.stage.relay.taken) == 4

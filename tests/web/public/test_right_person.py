from datetime import timedelta

import pytest
from sqlalchemy import select

from newsletter.audience.affiliation_claim import AffiliationClaim
from newsletter.audience.person import Affiliation, Person
from newsletter.privacy.erase import erase
from tests.web.public.doors import Door, text_of
from tests.web.public.strangers import fill, last_link, letters, press

RIGHT = "zoe@toolroom-north.example"


@pytest.fixture
def left(either_door: Door) -> Door:
    """Una left, as the wrong person."""
    either_door.client.post(either_door.una, data={"leave": "topic"})
    either_door.client.post(f"{either_door.una}/why", data={"reason": "wrong_person"})
    return either_door


def name(door: Door, address: str) -> str:
    answer = fill(door, f"{door.una}/right-person", address=address)
    assert answer.status_code == 200
    return text_of(answer)


def test_the_right_person_is_asked_and_not_subscribed(left: Door) -> None:
    before = left.rows()["subscription"]
    name(left, RIGHT)
    (letter,) = letters(left)
    whole = f"{letter.subject}{letter.text}{letter.html}"
    assert (letter.address, "Acme Machines" in letter.subject) == (RIGHT, True)
    assert not any(words in whole for words in ("una", "Una", "Berg", "Toolroom"))
    assert left.rows()["subscription"] == before
    press(left, last_link(left))
    with left.db.read() as session:
        person = session.scalars(select(Person).where(Person.address == RIGHT)).one()
        assert session.get(Affiliation, (person.id, left.stage.cast.north.id))
    assert {row[2] for row in left.rows()["subscription"] if row[0] == person.id} == {"confirmed"}


def test_an_address_is_asked_once_ever(left: Door) -> None:
    name(left, RIGHT)
    for _ in range(3):
        left.clock.now += timedelta(days=40)
        name(left, RIGHT)
    assert len(letters(left)) == 1


def test_who_knows_us_is_not_asked_and_nobody_sees_it(left: Door) -> None:
    cast = left.stage.cast
    erase(left.db, cast.ines.id, left.links.signer, left.clock.now, by="a test")
    addresses = (cast.nora.address, cast.omar.address, cast.bela.address, cast.ines.address, RIGHT)
    answers = []
    for address in addresses:
        left.clock.now += timedelta(days=31)
        answers.append(name(left, address))
    assert len(set(answers)) == 1
    assert [letter.address for letter in letters(left)] == [RIGHT]


def test_a_stranger_who_was_named_is_shown_to_staff_first(left: Door) -> None:
    name(left, "zoe@new-works.example")
    press(left, last_link(left))
    with left.db.read() as session:
        assert session.scalars(select(AffiliationClaim.account_id)).all() == [left.stage.cast.north.id]


def test_fault_29_one_link_names_two_people_a_month(left: Door) -> None:
    for number in range(5):
        name(left, f"zoe@d{number}.example")
    assert len(letters(left)) == 2


def test_nobody_is_named_before_somebody_left_as_the_wrong_person(either_door: Door) -> None:
    page = fill(either_door, f"{either_door.una}/right-person", address=RIGHT)
    assert (page.status_code, letters(either_door)) == (400, [])
    either_door.client.post(either_door.una, data={"leave": "topic"})
    page = fill(either_door, f"{either_door.una}/right-person", address=RIGHT)
    assert (page.status_code, letters(either_door)) == (400, [])

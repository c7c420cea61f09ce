from datetime import timedelta

import pytest

from newsletter.audience.person import Person
from newsletter.optout.act import opt_out
from newsletter.optout.opt_out import Way
from tests.web.public.doors import Door, text_of
from tests.web.public.strangers import fill, letters, link_in, press

HERS = "nora@new-works.example"


def ask(door: Door, address: str) -> None:
    answer = fill(door, page_of(door, door.stage.cast.nora.id), address=address)
    assert (answer.status_code, "mailbox of the new address" in text_of(answer)) == (200, True)


def page_of(door: Door, person_id: int) -> str:
    return door.links.preferences(person_id).removeprefix(door.links.base_url) + "/address"


def address_of(door: Door, person_id: int) -> str:
    with door.db.read() as session:
        return session.get_one(Person, person_id).address


def test_gdpr_16_an_address_changes_when_the_new_mailbox_says_so_and_the_old_one_is_told(either_door: Door) -> None:
    nora = either_door.stage.cast.nora
    ask(either_door, HERS)
    assert address_of(either_door, nora.id) == nora.address
    (to_new,) = letters(either_door)
    assert to_new.address == HERS
    changed = press(either_door, link_in(to_new))
    assert "The address is changed." in text_of(changed)
    assert address_of(either_door, nora.id) == HERS
    _, to_old = letters(either_door)
    assert (to_old.address, HERS in to_old.text) == (nora.address, False)
    assert either_door.rows()["address_change"][0][4] == nora.address
    press(either_door, link_in(to_new))
    assert len(letters(either_door)) == 2


def test_the_old_mailbox_takes_a_change_back_for_30_days(either_door: Door) -> None:
    nora = either_door.stage.cast.nora
    ask(either_door, HERS)
    press(either_door, link_in(letters(either_door)[0]))
    undo = link_in(letters(either_door)[1])
    either_door.clock.now += timedelta(days=29)
    assert "We write to the old address again." in text_of(press(either_door, undo))
    assert address_of(either_door, nora.id) == nora.address
    assert either_door.client.post(link_in(letters(either_door)[0])).status_code == 404
    either_door.clock.now += timedelta(days=2)
    assert either_door.client.get(undo).status_code == 404


@pytest.mark.parametrize("whose", ["una", "bela", "left"])
def test_fault_28_an_address_that_cannot_be_used_is_refused_to_its_own_mailbox_only(
    either_door: Door, whose: str
) -> None:
    cast = either_door.stage.cast
    opt_out(either_door.db, either_door.stage.ines, Way.PAGE, either_door.clock.now, everything=True)
    address = {"una": cast.una, "bela": cast.bela, "left": cast.ines}[whose].address
    ask(either_door, address)  # the answer is the same
    if whose == "bela":
        assert letters(either_door) == []  # who complained gets nothing at all
        return
    refused = press(either_door, link_in(letters(either_door)[0]))
    assert (refused.status_code, "cannot be used here" in text_of(refused)) == (409, True)
    assert address_of(either_door, cast.nora.id) == cast.nora.address


def test_a_suppression_stays_with_the_old_address(either_door: Door) -> None:
    opt_out(either_door.db, either_door.stage.nora, Way.PAGE, either_door.clock.now, everything=True)
    ask(either_door, HERS)
    press(either_door, link_in(letters(either_door)[0]))
    rows = either_door.rows()
    assert either_door.stage.cast.nora.address_key in {row[1] for row in rows["suppression"]}
    assert len(letters(either_door)) == 1  # nothing goes to who left, not even a notice
    assert {row[2] for row in rows["subscription"] if row[0] == either_door.stage.cast.nora.id} == {"withdrawn"}


def test_fault_29_one_page_makes_us_write_to_three_new_addresses_a_day(door: Door) -> None:
    for number in range(6):
        ask(door, f"nora@d{number}.example")
    assert len(letters(door)) == 3


def test_a_change_that_nobody_confirms_in_14_days_is_over(door: Door) -> None:
    ask(door, HERS)
    door.clock.now += timedelta(days=14)
    assert door.client.post(link_in(letters(door)[0])).status_code == 404

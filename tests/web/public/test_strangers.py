"""What strangers learn from us: nothing. And what they can make us send: little."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from random import Random
from statistics import median
from time import perf_counter

import pytest
from sqlalchemy import delete, event, select

from newsletter.audience.person import Person
from newsletter.audience.suppression import Suppression
from newsletter.db import Database
from newsletter.ledger.delivery import Delivery
from newsletter.optout.act import opt_out
from newsletter.optout.opt_out import OptOut, Way
from newsletter.privacy.erase import erase
from tests.conftest import MakeConfig
from tests.web.public.doors import Door, text_of
from tests.web.public.strangers import NEW, TYPING, fill, last_link, letters, press, shown, subscribe

PAGES = ("/subscribe", "/preferences", "/stop")
_VALUE = re.compile('value="[^"]+"')
_SAVEPOINT = re.compile(r"\b(SAVEPOINT|RELEASE SAVEPOINT|ROLLBACK TO SAVEPOINT)\b.*")


@contextmanager
def statements(db: Database) -> Iterator[list[str]]:
    """Every statement that goes to the database meanwhile; that a savepoint is kept or not is one and the same."""
    said: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(_SAVEPOINT.sub("savepoint", statement))

    event.listen(db.engine, "before_cursor_execute", hear)
    yield said
    event.remove(db.engine, "before_cursor_execute", hear)


def of_each_kind(door: Door) -> dict[str, str]:
    """Addresses of which we know different things; all at one domain, so that only what we know differs."""
    addresses = {kind: f"{kind}@toolroom-north.example" for kind in ("unknown", "known", "left", "complained", "asked")}
    with door.db.write() as session:
        now = door.clock.now
        for kind in ("known", "left", "complained"):
            address = addresses[kind]
            session.add(Person(address=address, address_key=address, created_at=now))
        for kind, reason in (("left", "left everything"), ("complained", "complaint")):
            key = addresses[kind]
            session.add(Suppression(address_key=key, reason=reason, source="the cast", created_at=now))
    subscribe(door, addresses["asked"])
    return addresses


def typed_into(door: Door, page: str, address: str, network: str) -> str:
    """The answer, without what changes by itself: when the page was shown."""
    topic = {f"topic_{door.stage.cast.bulletins.id}": "on"} if page == "/subscribe" else {}
    answer = fill(door, page, network=network, address=address, **topic)
    return f"{answer.status_code} {_VALUE.sub('', answer.text)}"


@pytest.mark.parametrize("page", PAGES)
def test_fault_28_every_address_gets_the_same_answer_by_the_same_statements(either_door: Door, page: str) -> None:
    answers, work = set(), set()
    for number, address in enumerate(of_each_kind(either_door).values()):
        either_door.clock.now += timedelta(days=2)
        with statements(either_door.db) as said:
            answers.add(typed_into(either_door, page, address, f"203.0.{number}.1"))
        work.add("\n".join(said))
    assert len(answers) == 1
    assert len(work) == 1, work


@pytest.mark.parametrize("page", PAGES)
def test_fault_28_a_used_up_ration_gives_the_same_answer_by_the_same_statements(either_door: Door, page: str) -> None:
    answers, work = set(), set()
    for _ in range(3):
        with statements(either_door.db) as said:
            answers.add(typed_into(either_door, page, either_door.stage.cast.nora.address, "203.0.113.7"))
        work.add("\n".join(said))
    assert (len(answers), len(work), len(letters(either_door))) == (1, 1, 1)


@pytest.mark.parametrize("page", PAGES)
def test_fault_28_nobody_learns_from_the_time_of_an_answer_whom_we_know(door: Door, page: str) -> None:
    """Shuffled, so that what else the machine does meets all alike: medians differ less than the times of one kind."""
    addresses, networks, shuffled = of_each_kind(door), count(), Random(28)  # noqa: S311 - an order, no secret
    took: dict[str, list[float]] = {kind: [] for kind in ("unknown", "known", "complained")}
    topic = {f"topic_{door.stage.cast.bulletins.id}": "on"}
    for _ in range(40):
        door.clock.now += timedelta(days=31)
        form = {"shown": shown(door.client.get(page)), **topic}
        door.clock.now += TYPING
        for kind in shuffled.sample(list(took), len(took)):
            caller = {"REMOTE_ADDR": f"10.0.{next(networks)}.1"}
            began = perf_counter()
            door.client.post(page, data={**form, "address": addresses[kind]}, environ_base=caller)
            took[kind].append(perf_counter() - began)
    medians = [median(times) for times in took.values()]
    spread = median(abs(time - median(times)) for times in took.values() for time in times)
    assert max(medians) - min(medians) < max(2 * spread, 0.1 * min(medians))


def test_fault_28_only_who_is_known_gets_their_link_once_a_day(either_door: Door) -> None:
    cast = either_door.stage.cast
    for _ in range(3):
        for address in (cast.nora.address, "unknown@toolroom-north.example", cast.bela.address):
            fill(either_door, "/preferences", address=address)
    (letter,) = letters(either_door)
    assert (letter.address, letter.kind) == (cast.nora.address, "preferences")
    either_door.clock.now += timedelta(days=1)
    fill(either_door, "/preferences", address=cast.nora.address.upper())
    assert [letter.address for letter in letters(either_door)] == [cast.nora.address] * 2


def test_fault_29_one_mailbox_gets_one_letter_a_day_however_it_is_spelled(either_door: Door) -> None:
    spelled = ("vic.tim@gmail.com", "victim@gmail.com", "v.i.c.t.i.m+1@gmail.com", "VICTIM+2@GoogleMail.com")
    for number in range(40):
        subscribe(either_door, spelled[number % 4], network=f"10.0.{number}.1")
    assert len(letters(either_door)) == 1
    for _ in range(40):
        either_door.clock.now += timedelta(hours=12)
        subscribe(either_door, "victim@gmail.com", network=f"10.1.{either_door.clock.now.day}.1")
    assert len(letters(either_door)) <= 5  # four in thirty days


@pytest.mark.parametrize(
    ("address", "network", "most"),
    [
        (lambda n: f"a{n}@d{n}.example", lambda n: f"192.0.2.{n % 250}", 20),
        (lambda n: f"a{n}@d{n}.example", lambda n: f"2001:db8:1:2::{n:x}", 20),
        (lambda n: f"a{n}@one.example", lambda n: f"10.{n}.0.1", 50),
    ],
    ids=["from one /24", "from one /64", "to one domain"],
)
def test_fault_29_a_flood_is_cut_off_and_its_sender_does_not_see_it(
    door: Door, address: Callable[[int], str], network: Callable[[int], str], most: int
) -> None:
    answers = {_VALUE.sub("", subscribe(door, address(n), network=network(n)).text) for n in range(most + 15)}
    assert (len(answers), len(letters(door))) == (1, most)
    door.clock.now += timedelta(hours=1)
    subscribe(door, address(999), network=network(9))
    assert len(letters(door)) == most + 1


@pytest.mark.parametrize(
    "payload",
    [
        "https://evil.example/win",
        "<b>WIN</b> http://evil.example",
        "evil.example\r\nBcc: a@b.example",
        "{topics}{x}",
        "%s",
    ],
)
def test_fault_30_nothing_that_somebody_types_stands_in_a_letter(either_door: Door, payload: str) -> None:
    subscribe(either_door, serial=payload, language=payload, name=payload)
    fill(either_door, "/preferences", address=either_door.stage.cast.nora.address, name=payload)
    assert len(letters(either_door)) == 2
    for letter in letters(either_door):
        whole = f"{letter.subject}{letter.text}{letter.html}{letter.address}{letter.language}"
        assert "evil" not in whole
        assert payload not in whole


def test_somebody_without_a_link_stops_everything_by_address(either_door: Door) -> None:
    cast = either_door.stage.cast
    fill(either_door, "/stop", address=cast.nora.address)
    link = last_link(either_door)
    before = either_door.rows()["suppression"]
    assert "n•••@toolroom-north.example" in text_of(either_door.client.get(link))
    assert either_door.rows()["suppression"] == before
    answer = either_door.client.post(link, data={"leave": "everything"})
    assert (answer.status_code, answer.headers["Location"].startswith("/leave/")) == (303, True)
    assert "You are off the list." in text_of(either_door.client.get(answer.headers["Location"]))
    assert len(either_door.rows()["suppression"]) == len(before) + 1
    assert either_door.client.post(link).status_code == 303  # once more changes nothing
    assert len(either_door.rows()["opt_out"]) == 1


def test_who_left_everything_is_not_written_to_because_somebody_typed_their_address(either_door: Door) -> None:
    opt_out(either_door.db, either_door.stage.nora, Way.PAGE, either_door.clock.now, everything=True)
    fill(either_door, "/stop", address=either_door.stage.cast.nora.address)
    assert letters(either_door) == []


def tokens_that_lead_nowhere(door: Door, config: MakeConfig) -> Iterator[str]:
    """Links of every kind: cut, grown, swapped, for another purpose, of another house, of somebody erased."""
    links, nora = door.links, door.stage.cast.nora
    foreign = config(secret_key="x" * 40).links()
    genuine = {
        "leave": links.opt_out_token(door.stage.nora),
        "preferences": links.preferences(nora.id).rpartition("/")[2],
        "stop": links.stop(nora.id).rpartition("/")[2],
        "mine": links.mine(nora.id, door.clock.now).rpartition("/")[2],
    }
    for page, token in genuine.items():
        swapped = token[1] + token[0] + token[2:]
        yield from (f"/{page}/{bad}" for bad in (token[:-1], token[:-2], token + "A", swapped, "x", "%00", "%FF"))
        yield from (f"/{page}/{other}" for name, other in genuine.items() if name != page)
    yield f"/leave/{foreign.opt_out_token(door.stage.nora)}"
    yield foreign.preferences(nora.id).removeprefix(foreign.base_url)
    for gone in (links.preferences(4711), links.stop(4711), links.confirm(4711), links.mine(4711, door.clock.now)):
        yield gone.removeprefix(links.base_url)
    yield links.mine(nora.id, door.clock.now - timedelta(days=2)).removeprefix(links.base_url)
    yield links.preferences(door.stage.cast.ines.id).removeprefix(links.base_url)


def test_fault_27_a_link_that_leads_nowhere_helps_all_the_same_and_reveals_nothing(
    either_door: Door, config: MakeConfig
) -> None:
    erase(either_door.db, either_door.stage.cast.ines.id, either_door.links.signer, either_door.clock.now, by="a test")
    paths = list(tokens_that_lead_nowhere(either_door, config))
    elsewhere = [{"REMOTE_ADDR": f"10.0.{number}.1"} for number in range(len(paths))]  # so that nobody tries many
    pages = {
        path: either_door.client.get(path, environ_base=network) for path, network in zip(paths, elsewhere, strict=True)
    }
    assert {path: page.status_code for path, page in pages.items() if page.status_code != 404} == {}
    assert len({page.text for page in pages.values()}) == 1
    page = next(iter(pages.values()))
    assert 'action="/stop"' in page.text
    assert not re.search(r"\b(ines|brandt|nora)\b", page.text)
    for path, network in zip(paths, elsewhere, strict=True):
        pressed = either_door.client.post(path, data={"leave": "everything"}, environ_base=network)
        assert pressed.status_code == 404


def test_fault_27_the_form_of_a_lost_link_sends_the_way_out(door: Door) -> None:
    lost = door.client.get("/leave/lost")
    token = re.search(r'name="shown" value="([^"]+)"', lost.text)
    assert token
    door.clock.now += timedelta(seconds=9)
    door.client.post("/stop", data={"shown": token[1], "address": door.stage.cast.una.address})
    press_stop = door.client.post(last_link(door))
    assert press_stop.status_code == 303


def test_fault_27_the_link_of_a_deleted_bulletin_works_to_the_end(either_door: Door) -> None:
    with either_door.db.write() as session:
        session.execute(delete(Delivery))
    assert either_door.client.post(either_door.nora, data={"leave": "everything"}).status_code == 200
    with either_door.db.read() as session:
        assert session.scalars(select(OptOut)).one().everything_at


def test_fault_27_a_link_signed_with_an_old_key_works(door: Door, config: MakeConfig) -> None:
    subscribe(door)
    old = config(door.db, secret_key="n" * 40, old_secret_keys=["k" * 40])
    assert old.links().read_confirm(last_link(door).rpartition("/")[2]) == 1
    assert press(door, last_link(door)).status_code == 200
    assert NEW in {row[1] for row in door.rows()["person"]}

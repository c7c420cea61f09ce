"""Why did she (not) get it: one sentence for every way it can have gone."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from newsletter.audience.person import Affiliation, Person
from newsletter.audience.preferences import Frequency, Preference
from newsletter.audience.segment import Rule
from newsletter.db import Database
from newsletter.errors import BadAddress, NotFound
from newsletter.ledger import control
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.record import Result
from newsletter.ledger.run import Run
from newsletter.ledger.shift import shift
from newsletter.ledger.states import Event, State
from newsletter.links import Links, OptOutLink
from newsletter.optout.act import opt_out
from newsletter.optout.opt_out import Way
from newsletter.pace.pause import pause_domain
from newsletter.privacy.erase import erase
from newsletter.results.remedy import of_rule, of_state
from newsletter.results.why import LAST, Answer, Asking, Got, answer, answers, people_named
from newsletter.tokens import Signer
from tests import cast
from tests.ledger import stage

NORA, OMAR, UNA, BELA = (
    f"{name}@{domain}"
    for name, domain in (
        ("nora", "toolroom-north.example"),
        ("omar", "toolroom-north.example"),
        ("una", "toolroom-north.example"),
        ("bela", "rim-tooling.example"),
    )
)
HOUR = timedelta(hours=1)
Ask = Callable[..., Answer]


@pytest.fixture
def house(db: Database, now: datetime) -> cast.Cast:
    with db.write() as session:
        return cast.play(session, now)


@pytest.fixture
def asking(signer: Signer, now: datetime) -> Asking:
    return Asking(signer, "UTC", now + HOUR)


@pytest.fixture
def ask(db: Database, house: cast.Cast, asking: Asking) -> Ask:  # noqa: ARG001 - the cast must stand
    def asked(address: str, number: str = "TB-1") -> Answer:
        with db.read() as session:
            return answer(session, address, number, asking)

    return asked


@pytest.fixture
def run(db: Database, house: cast.Cast, links: Links, now: datetime) -> int:  # noqa: ARG001 - the same
    return stage.started(db, links, now)


def copy_to(db: Database, run: int, address: str) -> Delivery:
    return next(copy for copy in stage.copies(db, run) if copy.address == address)


def happened(db: Database, run: int, address: str, *events: Event, at: datetime) -> None:
    for event in events:
        due = at + 5 * HOUR if event == Event.DEFER else None
        stage.told(db, [Result(copy_to(db, run, address).id, event, f"words of {event}", due)], at)


TOLD = {
    (Event.ACCEPT,): (Got.YES, "Their server accepted it on 2026-11-21 09:00:00 UTC: “words of accept”"),
    (Event.REFUSE,): (Got.NO, "refused it for good on 2026-11-21 09:00:00 UTC: “words of refuse”"),
    (Event.DEFER,): (Got.NOT_YET, "put it off on 2026-11-21 09:00:00 UTC: “words of defer” Its next turn is on"),
    (Event.LOSE,): (Got.IN_DOUBT, "Nobody knows: it was on the wire"),
    (Event.LOSE, Event.LET_BE): (Got.IN_DOUBT, "somebody decided"),
    (Event.HOLD,): (Got.NOT_YET, "is held on 2026-11-21 09:00:00 UTC and needs a decision: “words of hold”"),
    (Event.EXPIRE,): (Got.NO, "given up on 2026-11-21 09:00:00 UTC"),
    (Event.ACCEPT, Event.BOUNCE): (Got.NO, "accepted it, and sent it back on 2026-11-21 09:00:00 UTC: “words of b"),
    (): (Got.NOT_YET, "It waits for its turn."),
}  # fmt: skip


@pytest.mark.parametrize("events", TOLD, ids="-".join)
def test_each_end_of_a_copy_has_its_sentence_with_time_and_words(
    db: Database, run: int, ask: Ask, now: datetime, events: tuple[Event, ...]
) -> None:
    happened(db, run, NORA, *events, at=now)
    found = ask(NORA)
    got, sentence = TOLD[events]
    assert found.got is got
    assert sentence in found.sentence
    assert found.delivery_id == copy_to(db, run, NORA).id
    assert found.accounts == (("K1", "Toolroom North"),)
    assert found.sentences[0].startswith("Targeted: yes")


def test_every_rule_and_state_says_what_would_have_to_change() -> None:
    assert all(of_rule(rule) for rule in Rule)
    assert {state for state in State if not of_state(state)} == {State.WAITING, State.CLAIMED}


def test_who_left_between_the_start_and_the_turn(db: Database, run: int, ask: Ask, now: datetime) -> None:
    copy = copy_to(db, run, NORA)
    opt_out(db, OptOutLink(copy.person_id, 1, copy.id), Way.PAGE, now + timedelta(minutes=1))
    with db.write() as session:
        shift(session, Delivery.id == copy.id, Event.WITHHOLD, "engine", now + timedelta(minutes=2))
    found = ask(NORA)
    assert found.sentence.startswith(
        "They opted out on 2026-11-21 09:01:00 UTC, on the page: after the run had started"
    )
    assert "subscribing again" in found.to_change


def test_a_copy_that_waits_says_for_what(db: Database, run: int, ask: Ask, now: datetime) -> None:
    with db.write() as session:
        pause_domain(session, "toolroom-north.example", "they block us", by="ada", now=now)
    assert "Nothing goes to toolroom-north.example" in ask(NORA).sentence
    control.pause(db, run, "ada", now)
    assert "The run is paused." in ask(NORA).sentence
    control.cancel(db, run, "ada", now)
    assert "cancelled" in ask(NORA).sentence


@pytest.mark.usefixtures("run")
def test_a_copy_that_waits_for_a_slot_says_when_its_turn_is(db: Database, ask: Ask, now: datetime) -> None:
    with db.write() as session:
        session.execute(update(Delivery).values(due_at=now + 3 * HOUR, reply="the rate of the domain"))
    told = (
        "It waits for its turn. It waits for this: the rate of the domain. Its next turn is on 2026-11-21 12:00:00 UTC."
    )
    assert ask(NORA).sentence == told


def test_who_was_left_out_is_told_the_rule(run: int, ask: Ask, house: cast.Cast) -> None:
    found = ask(OMAR)
    assert found.sentence.startswith(
        "They were left out when it started on 2026-11-21 09:00:00 UTC: the person opted out"
    )
    assert (found.rule, found.delivery_id) == ("opted_out", None)
    assert "subscribe again" in found.to_change
    assert house.north.number in {number for number, _ in found.accounts}
    assert run


def test_who_stands_where_no_such_machine_is(db: Database, run: int, ask: Ask, house: cast.Cast, now: datetime) -> None:
    assert "None of their accounts has a machine it is for (VX-500, VX-500i)." in ask(BELA).sentence
    with db.write() as session:
        session.delete(session.get_one(Affiliation, (house.bela.id, house.rim.id)))
    assert "They stand at no account" in ask(BELA).sentence
    with db.write() as session:
        session.add(Affiliation(person_id=house.bela.id, account_id=house.quiet.id))
        session.add(Person(address="new@x.example", address_key="new@x.example", created_at=now))
    assert "None of their accounts has a machine" in ask(BELA).sentence
    assert "stand at no account" in ask("new@x.example").sentence
    assert run


def test_other_serial_numbers(db: Database, ask: Ask, house: cast.Cast, links: Links, now: datetime) -> None:
    stage.started(db, links, now, stage.TEXT.replace("A100000-A104000", "A100900-A100901"))
    assert "have a VX-500, VX-500i, but with none of the serial numbers it is for" in ask(NORA).sentence
    assert house.nora


def test_suppressed_says_since_when_and_an_erased_address_says_nothing_else(
    db: Database, ask: Ask, run: int, house: cast.Cast, signer: Signer, now: datetime
) -> None:
    with db.write() as session:
        session.add(Affiliation(person_id=house.bela.id, account_id=house.north.id))
    assert "They will not get it" in ask(BELA).sentence or "never write to this address" in ask(BELA).sentence
    assert "(complaint)" in ask(BELA).sentence
    erase(db, house.nora.id, signer, now, by="ada")
    found = ask(NORA)
    assert found == Answer(NORA, "TB-1", Got.NO, "This address is on the list of addresses we never write to.")
    assert run


def test_before_it_is_sent_it_says_who_will_get_it_and_when(
    db: Database, ask: Ask, house: cast.Cast, links: Links, now: datetime
) -> None:
    run = stage.ordered(db, links, now + 24 * HOUR)
    assert (ask(NORA).got, ask(NORA).sentence) == (
        Got.NOT_YET,
        "It starts on 2026-11-22 09:00:00 UTC; they will get it, as things stand.",
    )
    assert ask(OMAR).sentence.startswith("They will not get it: the person opted out of this topic")
    with db.write() as session:
        session.merge(Preference(person_id=house.nora.id, frequency=Frequency.WEEKLY))
    assert "They will not get it: the person gets it in the weekly" in ask(NORA).sentence
    with db.write() as session:
        session.get_one(Run, run).due_at = now - HOUR
    assert "It was to start" in ask(UNA).sentence


def test_bad_questions_are_refused_in_words(db: Database, ask: Ask, run: int, asking: Asking) -> None:
    assert "We do not know the address who@x.example" in ask("who@x.example").sentence
    for nonsense in ("nora", "a@b@c", "\0@x.example", "x" * 400 + "@x.example"):
        with pytest.raises(BadAddress):
            ask(nonsense)
    for number in ("TB-9", "TB\0", "'; DROP TABLE run; --"):
        with pytest.raises(NotFound):
            ask(NORA, number)
    assert run
    with db.read() as session:
        assert len(answers(session, NORA, "", asking)) == 1 <= LAST
        assert [one.bulletin for one in answers(session, "who@x.example", "", asking)] == [""]


def test_part_of_a_name_finds_people(db: Database, house: cast.Cast) -> None:
    with db.read() as session:
        assert [one.id for one in people_named(session, "a fro")] == [house.nora.id]
        assert [one.id for one in people_named(session, "RIM-TOOL")] == [house.bela.id]
        assert people_named(session, "100%_") == []

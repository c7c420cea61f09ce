from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from newsletter.audience.segment import Rule
from newsletter.bulletin.when import When
from newsletter.bulletin.write import write
from newsletter.db import Database
from newsletter.errors import BadAddress, NotFound
from newsletter.ledger.control import cancel
from newsletter.ledger.lookup import Why, rule_in_words, state_in_words, why
from newsletter.ledger.record import Result
from newsletter.ledger.states import Event, State
from newsletter.links import Links
from tests import cast
from tests.ledger import stage

NORA, OMAR, BELA = "nora@toolroom-north.example", "omar@toolroom-north.example", "bela@rim-tooling.example"
DATED = {State.WAITING: ", not before", State.DEFERRED: ", not before"}

Ask = Callable[[str], Why]


@pytest.fixture
def house(db: Database, now: datetime) -> cast.Cast:
    with db.write() as session:
        return cast.play(session, now)


@pytest.fixture
def ask(db: Database, house: cast.Cast, now: datetime) -> Ask:  # noqa: ARG001 - the cast must stand
    def asked(address: str) -> Why:
        with db.read() as session:
            return why(session, address, "TB-1", now)

    return asked


def test_what_does_not_exist_is_said(db: Database, links: Links, ask: Ask, now: datetime) -> None:
    with pytest.raises(NotFound, match="no bulletin 'TB-1'"):
        ask(NORA)
    stage.ordered(db, links, now)
    with pytest.raises(BadAddress):
        ask("nora")
    answer = ask("nobody@x.example")
    assert (answer.targeted, answer.sentences) == (False, ("Nobody with the address nobody@x.example is known.",))


@pytest.mark.parametrize(
    "answer",
    [
        ("NORA@toolroom-north.example", None, "Not sent yet; would be targeted."),
        (OMAR, "opted_out", "Would be left out: the person opted out of this topic."),
        (BELA, None, "Not targeted: no account of this person has a machine that the bulletin names."),
    ],
)
@pytest.mark.parametrize("how_far", ["written", "scheduled", "cancelled before it began"])
def test_before_the_run_it_says_what_the_rules_say(
    db: Database, links: Links, ask: Ask, now: datetime, how_far: str, answer: tuple[str, str | None, str]
) -> None:
    address, rule, said = answer
    if how_far == "written":
        with db.write() as session:
            write(session, stage.TEXT, "mara", now)
    else:
        run = stage.ordered(db, links, now)
        if how_far != "scheduled":
            cancel(db, run, "mara", now)
    told = ask(address)
    assert (told.targeted, told.rule, told.sentences) == (False, rule, (said,))


def test_after_the_run_it_says_by_which_rule_somebody_was_left_out(
    db: Database, links: Links, ask: Ask, house: cast.Cast, now: datetime
) -> None:
    run = stage.started(db, links, now)
    with db.write() as session:
        cast.consent(session, house.omar, house.bulletins, cast.ConsentAct.GRANTED, now)
    answer = ask(OMAR)
    assert answer.rule == "opted_out"
    assert answer.sentences == (f"Left out of run {run}: the person opted out of this topic.",)


def test_who_came_later_was_not_targeted_but_would_be(
    db: Database, links: Links, ask: Ask, house: cast.Cast, now: datetime
) -> None:
    stage.started(db, links, now)
    with db.write() as session:
        session.add(cast.Affiliation(person_id=house.bela.id, account_id=house.gears.id))
        session.get_one(cast.Suppression, 1).lifted_at = now
    assert ask(BELA).sentences == ("Not targeted when it was sent, but would be now.",)
    with db.write() as session:
        write(session, stage.TEXT.replace("Hello", "Dear"), "mara", now)
    assert ask(BELA).sentences == ("Not targeted when it was sent, but would be now.",)


@pytest.mark.parametrize("state", State)
def test_a_copy_in_any_state_is_explained(
    db: Database, links: Links, ask: Ask, house: cast.Cast, now: datetime, state: State
) -> None:
    run = stage.started(db, links, now)
    with db.write() as session:
        copy = session.get_one(
            stage.Delivery, next(c.id for c in stage.copies(db, run) if c.person_id == house.nora.id)
        )
        copy.state, copy.settled_at, copy.claimed_at, copy.reply = state, now, now, "words"
        copy.due_at = now
    answer = ask(NORA)
    assert (answer.targeted, answer.state, answer.reply, answer.at) == (True, state, "words", now)
    first, second = answer.sentences
    assert first == f"Targeted: yes, in run {run}, to {NORA}."
    assert second.startswith(f"The copy {state_in_words(state)}{DATED.get(state, ' (')}")
    assert "2026-11-21 09:00:00 UTC" in second
    assert second.endswith((" The server said: words", " Noted: words"))


def test_a_copy_tells_its_story(db: Database, links: Links, ask: Ask, house: cast.Cast, now: datetime) -> None:
    run = stage.started(db, links, now)
    copy = next(copy for copy in stage.claimed(db, run, now) if copy.person_id == house.nora.id)
    due = now + timedelta(minutes=30)
    stage.told(db, [Result(copy.id, Event.DEFER, "450 busy", due)], now)
    assert ask(NORA).sentences[1:] == (
        (
            "The copy was put off by the server and will be tried again, not before 2026-11-21 09:30:00 UTC. "
            "The server said: 450 busy"
        ),
        "2026-11-21 09:00:00 UTC: defer, so it was put off by the server and will be tried again. 450 busy",
    )
    stage.told(db, [Result(copy.id, Event.ACCEPT, "250 ok")], due)
    answer = ask(NORA)
    assert (
        answer.sentences[1] == "The copy was accepted by the server (2026-11-21 09:30:00 UTC). The server said: 250 ok"
    )
    assert (len(answer.sentences), answer.at) == (3, due)


def test_of_two_runs_the_newest_copy_is_told(
    db: Database, links: Links, ask: Ask, house: cast.Cast, now: datetime
) -> None:
    run = stage.started(db, links, now)
    stage.put(db, next(copy.id for copy in stage.copies(db, run) if copy.person_id == house.nora.id), State.REFUSED)
    stage.desk(db, links).order(stage.TEXT, topic="", when=When(now), author="mara", now=now)
    assert ask(NORA).state == "refused"
    second = stage.started(db, links, now)
    assert ask(NORA).sentences[0].startswith(f"Targeted: yes, in run {second - 1},")


@pytest.mark.parametrize("rule", Rule)
def test_every_rule_has_words(rule: Rule) -> None:
    assert " " in rule_in_words(rule)
    assert rule_in_words("missing_value:first_name").endswith("merge tag first_name")

"""Two variants in whole engines, with a clock that is moved by hand: who gets which subject, and who the winner."""

from collections import Counter
from datetime import timedelta
from email import message_from_bytes

import pytest
from sqlalchemy import select

from newsletter.bulletin.trial import Trial, read_trial
from newsletter.bulletin.when import When
from newsletter.clock import utc_now
from newsletter.hit.hit import Hit
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.order import Desk
from newsletter.ledger.run import Batch, RunState
from newsletter.ledger.sample import ask_for_sample
from newsletter.ledger.states import State
from newsletter.ledger.trial import RunTrial
from newsletter.ledger.wave import Wave
from tests.engine.stage import FROM, Stage, engine_process, running, wait_until

PEOPLE = 196
EVERYBODY = PEOPLE + 4
TEXT = (
    "---\nnumber: TB-1\ntitle: Grease\nb.title: Half the grease\nclass: technical\nlanguage: en\n---\n# Grease\n\n"
    ":::variant b\nShort: half.\n:::\n:::variant a\nAt length: half.\n:::\nGrease it.\n"
)
SUBJECTS = {"a": "Grease", "b": "Half the grease"}
SAYS = {"a": b"At length: half.", "b": b"Short: half."}


def ordered(stage: Stage, trial: str = "20 %, 4 h, clicks") -> int:
    asked = When(stage.clock.now, trial=read_trial(trial))
    run = Desk(stage.db, FROM, stage.links).order(TEXT, topic="", when=asked, author="Ann", now=stage.clock.now).run
    assert run is not None
    return run


def subjects(stage: Stage) -> Counter[str]:
    """What the relay got; each letter says in its text what its subject promises."""
    found = Counter[str]()
    for message in stage.relay.taken:
        subject = str(message_from_bytes(message.octets)["Subject"])
        variant = next(name for name, said in SUBJECTS.items() if said == subject)
        assert SAYS[variant] in message.octets
        assert SAYS["b" if variant == "a" else "a"] not in message.octets
        found[variant] += 1
    return found


def clicked(stage: Stage, run: int, **by: int) -> None:
    """So many copies of each variant were opened by a person."""
    with stage.db.write() as session:
        for variant, count in by.items():
            copies = select(Delivery.id).join(
                Batch, (Batch.run_id == Delivery.run_id) & (Batch.number == Delivery.batch)
            )
            its = copies.where(Delivery.run_id == run, Batch.variant == variant).order_by(Delivery.id).limit(count)
            for copy in session.scalars(its).all():
                session.add(Hit(at=stage.clock.now, method="GET", kind="done", delivery_id=copy, verdict="human"))


def rest_due(stage: Stage, run: int) -> object:
    with stage.db.read() as session:
        return session.get_one(Wave, (run, 2)).due_at


def trial_of(stage: Stage, run: int) -> RunTrial:
    with stage.db.read() as session:
        return session.get_one(RunTrial, run)


def test_both_subjects_arrive_half_and_half_and_the_rest_gets_the_winner(stage: Stage) -> None:
    stage.crowd(PEOPLE)
    run = ordered(stage)
    with running(stage.engine(connections=2)), running(stage.engine(connections=2)):
        wait_until(lambda: rest_due(stage, run), "the sample has gone out")
        assert subjects(stage) == {"a": 20, "b": 20}
        clicked(stage, run, a=2, b=16)
        stage.clock.forward(hours=4)
        wait_until(lambda: stage.run(run).state == RunState.FINISHED, "the rest goes")
    assert subjects(stage) == {"a": 20, "b": 180}
    assert set(stage.relay.copies.values()) == {1}
    assert len(stage.relay.copies) == EVERYBODY
    trial = trial_of(stage, run)
    assert trial.winner == "b"
    assert trial.because.startswith(
        "b was more often opened by people. Opened by people: a 2 of 20 (10.0%), b 16 of 20"
    )


def test_a_small_difference_is_no_winner_and_the_rest_gets_a(sqlite_stage: Stage) -> None:
    stage = sqlite_stage
    stage.crowd(PEOPLE)
    run = ordered(stage)
    with running(stage.engine(connections=2)):
        wait_until(lambda: rest_due(stage, run), "the sample has gone out")
        clicked(stage, run, a=2, b=5)
        stage.clock.forward(hours=4)
        wait_until(lambda: stage.run(run).state == RunState.FINISHED, "the rest goes")
    assert subjects(stage) == {"a": 180, "b": 20}


def test_a_copy_put_off_by_its_server_comes_again_in_its_own_variant(sqlite_stage: Stage) -> None:
    stage = sqlite_stage
    stage.crowd(16)
    put_off: set[str] = set()

    def says(at: str, to: str) -> str | None:
        if at != "dot" or to in put_off:
            return None
        put_off.add(to)
        return "451 4.7.1 later"

    stage.relay.says = says
    run = ordered(stage, "100 %, 1 h, clicks")
    with running(stage.engine(connections=2)):
        wait_until(lambda: stage.states()[State.DEFERRED] == 20, "all are put off")
        stage.clock.forward(hours=1)
        wait_until(lambda: stage.run(run).state == RunState.FINISHED, "all come again")
    assert subjects(stage) == {"a": 20, "b": 20}
    assert {len({_subject(m.octets) for m in stage.relay.taken if m.to == to}) for to in stage.relay.copies} == {1}


def _subject(octets: bytes) -> str:
    return str(message_from_bytes(octets)["Subject"])


@pytest.mark.parametrize("variant", ["a", "b"])
def test_a_test_mail_is_of_the_variant_that_was_asked_for(sqlite_stage: Stage, variant: str) -> None:
    stage = sqlite_stage
    stage.crowd(3)
    run = stage.run(ordered(stage))
    with stage.db.read() as session:
        somebody = session.scalars(select(Delivery.person_id)).first()
    stage.start_due()
    with stage.db.read() as session:
        somebody = session.scalars(select(Delivery.person_id)).first()
    assert somebody is not None
    ask_for_sample(
        stage.db,
        run.version_id,
        run.topic_id,
        as_person_id=somebody,
        address="me@vendor.example",
        author="mara",
        now=stage.clock.now,
        variant=variant,
    )
    with running(stage.engine()):
        wait_until(lambda: "me@vendor.example" in stage.relay.copies, "the test mail")
    octets = next(message.octets for message in stage.relay.taken if message.to == "me@vendor.example")
    assert _subject(octets) == f"[Test {variant}] {SUBJECTS[variant]}"
    assert SAYS[variant] in octets


def test_an_engine_killed_between_the_halves_and_the_rest_changes_nobodys_variant(stage: Stage) -> None:
    """Kill -9 while the sample goes out, and again while the rest does: everybody gets theirs, once or in doubt."""
    stage.clock.now = utc_now()
    stage.crowd(PEOPLE)
    run = ordered(stage, "20 %, 1 min, clicks")
    with stage.db.write() as session:
        session.get_one(RunTrial, run).wait = 1  # the shortest that may be ordered is a minute
        session.get_one(Wave, (run, 2)).pause = 1
    with engine_process(stage.environment(connections="1")) as engine:
        wait_until(lambda: len(stage.relay.taken) >= 12, "the sample goes out")
        engine.kill()
    with engine_process(stage.environment(connections="1")) as engine:
        wait_until(lambda: len(stage.relay.taken) >= 30, "it goes on")
        wait_until(lambda: rest_due(stage, run), "the sample has gone out")
        wait_until(lambda: trial_of(stage, run).decided_at, "it is decided")
        wait_until(lambda: len(stage.relay.taken) >= 60, "the rest goes out")
        engine.kill()
    with engine_process(stage.environment()):
        wait_until(lambda: stage.run(run).state == RunState.FINISHED, "the run ends")
    assert stage.states() == {State.ACCEPTED: EVERYBODY}
    assert len(stage.relay.copies) == EVERYBODY
    twice = {to for to, count in stage.relay.copies.items() if count > 1}
    assert twice <= stage.lost().keys()
    assert {len({_subject(m.octets) for m in stage.relay.taken if m.to == to}) for to in stage.relay.copies} == {1}
    first = {to: _subject(next(m.octets for m in stage.relay.taken if m.to == to)) for to in stage.relay.copies}
    assert Counter(first.values()) == {"Grease": 180, "Half the grease": 20}
    assert trial_of(stage, run).decided_at is not None


def test_a_wait_is_kept_across_restarts(sqlite_stage: Stage) -> None:
    """Fault 13: the wait ends by the clock however often engines come and go."""
    stage = sqlite_stage
    stage.crowd(16)
    run = ordered(stage, "50 %, 4 h, clicks")
    with running(stage.engine()):
        wait_until(lambda: rest_due(stage, run), "the sample has gone out")
    stage.clock.now += timedelta(hours=4) - timedelta(seconds=1)
    with running(stage.engine()):
        wait_until(lambda: not stage.start_due())
        assert trial_of(stage, run).decided_at is None
        stage.clock.forward(seconds=1)
        wait_until(lambda: stage.run(run).state == RunState.FINISHED, "the rest goes")
    assert subjects(stage).total() == 20
    assert isinstance(trial_of(stage, run).plan, Trial)

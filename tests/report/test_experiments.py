"""Two wordings against each other: who counts as asked, who as answered."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import update

from newsletter.db import Database
from newsletter.errors import NotFound
from newsletter.optout.act import opt_out
from newsletter.optout.answer import Why, answer
from newsletter.optout.opt_out import OptOut, Way
from newsletter.question.arm import is_in_second
from newsletter.question.force import end_experiment, start_experiment
from newsletter.question.rates import Finding, Tally
from newsletter.question.reasons import Reason
from newsletter.report.experiments import Arm, Trial, tallied, trial, trials
from newsletter.report.wordings import places, reasons_given, versions
from tests.optout.copies import Stage
from tests.question.drafts import written

MIA = "mia@vendor.example"
HOUR = timedelta(hours=1)


def tally(db: Database, experiment_id: int) -> Tally:
    """Both arms together: who is in which is the arm's own test."""
    with db.read() as session:
        seen = trial(session, experiment_id)
    first, second = seen.first.tally, seen.second.tally
    return Tally(first.asked + second.asked, first.answered + second.answered)


@pytest.fixture
def running(db: Database, stage: Stage, now: datetime) -> int:
    written(db, now)
    return start_experiment(db, stage.cast.bulletins.id, 2, 101, share=40, by=MIA, now=now)


def test_asked_is_who_left_by_the_page_and_answered_who_said_why(
    db: Database, stage: Stage, now: datetime, running: int
) -> None:
    opt_out(db, stage.una, Way.PAGE, now + HOUR)
    opt_out(db, stage.nora, Way.PAGE, now + HOUR)
    for reason in (Reason.BACKUP, Reason.OTHER):
        answer(db, stage.una, Why(reason), now + HOUR, language="de")
    assert tally(db, running) == Tally(2, 1)
    with db.read() as session:
        seen = trial(session, running)
    second = {stage.una.person_id, stage.nora.person_id} & {p for p in range(99) if is_in_second(running, p, 40)}
    assert seen.second.tally.asked == len(second)
    assert (seen.topic, seen.first.number, seen.second.number, seen.second.share) == ("Technical bulletins", 2, 101, 40)


def test_who_was_not_asked_by_the_page_while_it_ran_does_not_count(
    db: Database, stage: Stage, now: datetime, running: int
) -> None:
    opt_out(db, stage.una, Way.PAGE, now - HOUR)
    answer(db, stage.una, Why(Reason.BACKUP), now + HOUR, language="de")
    opt_out(db, stage.pia, Way.ONE_CLICK, now + HOUR)
    opt_out(db, stage.nora._replace(topic_id=stage.cast.safety.id), Way.PAGE, now + HOUR)
    assert tally(db, running) == Tally(0, 0)


def test_an_answer_after_the_end_does_not_count_and_neither_does_who_left_after_it(
    db: Database, stage: Stage, now: datetime, running: int
) -> None:
    opt_out(db, stage.una, Way.PAGE, now)
    end_experiment(db, running, keep=2, by=MIA, now=now + HOUR)
    answer(db, stage.una, Why(Reason.BACKUP), now + HOUR, language="de")
    opt_out(db, stage.nora, Way.PAGE, now + HOUR)
    assert tally(db, running) == Tally(1, 0)


@pytest.mark.parametrize(("by", "asked"), [("opt-out page", 1), ("ada@vendor.example", 0)], ids=["them", "a colleague"])
def test_a_machine_that_a_colleague_put_back_was_not_asked(
    db: Database, stage: Stage, now: datetime, running: int, by: str, asked: int
) -> None:
    opt_out(db, stage.una, Way.PAGE, now)
    with db.write() as session:
        session.execute(update(OptOut).values(undone_at=now, undone_by=by))
    assert tally(db, running) == Tally(asked, 0)


def test_who_was_forgotten_since_is_in_no_figure(db: Database, stage: Stage, now: datetime, running: int) -> None:
    opt_out(db, stage.una, Way.PAGE, now)
    with db.write() as session:
        session.execute(update(OptOut).values(person_id=None))
    assert tally(db, running) == Tally(0, 0)


def test_the_answer_keeps_the_wording_its_reader_was_asked_in(
    db: Database, stage: Stage, now: datetime, running: int
) -> None:
    for link in (stage.una, stage.nora, stage.ines):
        opt_out(db, link, Way.PAGE, now)
        answer(db, link, Why(Reason.BACKUP), now, language="de")
    in_second = sum(is_in_second(running, link.person_id, 40) for link in (stage.una, stage.nora, stage.ines))
    with db.read() as session:
        given = reasons_given(session)
    assert given.counts[(Reason.BACKUP, 101)] == in_second
    assert given.counts[(Reason.BACKUP, 2)] == 3 - in_second
    end_experiment(db, running, keep=101, by=MIA, now=now + HOUR)
    with db.read() as session:
        assert reasons_given(session).counts == given.counts


def test_only_the_last_word_is_counted_by_version(db: Database, stage: Stage, now: datetime) -> None:
    opt_out(db, stage.una, Way.PAGE, now)
    for reason, wording in ((Reason.BACKUP, 1), (Reason.OTHER, 2)):
        answer(db, stage.una, Why(reason), now, language="de", wording=wording)
    with db.read() as session:
        given = reasons_given(session)
    assert (given.versions, dict(given.counts)) == ((2,), {(Reason.OTHER, 2): 1})


def test_where_each_version_is_asked(db: Database, running: int) -> None:
    with db.read() as session:
        found = {place.name: place for place in places(session)}
        listed = {version.number: version for version in versions(session)}
        assert [one.id for one in trials(session)] == [running]
    assert list(found) == ["All topics", "Safety notices", "Technical bulletins"]
    assert (found["All topics"].number, found["Safety notices"].number) == (2, None)
    assert found["Technical bulletins"].experiment_id == running
    assert list(listed) == [101, 2, 1]
    assert listed[101].places == ("tried on Technical bulletins",)
    assert (listed[101].is_frozen, listed[101].languages, listed[101].base) == (True, ("en",), 2)
    assert (listed[1].places, listed[1].is_built_in) == ((), True)


def test_an_experiment_that_is_not_there_is_not_found(db: Database) -> None:
    with db.read() as session, pytest.raises(NotFound):
        trial(session, 4711)


@given(some.lists(some.tuples(some.integers(1, 10**9), some.booleans()), max_size=50), some.integers(1, 99))
def test_both_arms_hold_everybody_once(asked: list[tuple[int, bool]], share: int) -> None:
    first, second = tallied(5, share, asked)
    assert first.asked + second.asked == len(asked)
    assert first.answered + second.answered == sum(has for _, has in asked)


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (Tally(3, 1), Tally(500, 1), "only 3 people were asked, and each needs 100"),
        (Tally(200, 60), Tally(200, 62), "No difference can be seen"),
        (Tally(100, 30), Tally(100, 44), "not settled: who looks again and again"),
        (Tally(2_000, 600), Tally(2_000, 800), "Version 101 gets more answers than version 2."),
        (Tally(2_000, 800), Tally(2_000, 600), "Version 2 gets more answers than version 101."),
    ],
    ids=list(Finding),
)
def test_the_sentence_says_no_more_than_the_figures(now: datetime, first: Tally, second: Tally, said: str) -> None:
    seen = Trial(1, "Bulletins", now, MIA, None, "", Arm(2, 50, first), Arm(101, 50, second))
    assert said in seen.sentence

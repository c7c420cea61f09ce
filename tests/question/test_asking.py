"""In which words one reader is asked."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, text, update

from newsletter.db import Database
from newsletter.errors import Conflict, NotFound, Refused
from newsletter.language import SUPPORTED
from newsletter.question.asking import Asking, as_worded, asked_of, version_given
from newsletter.question.force import end_experiment, put_in_force, start_experiment
from newsletter.question.reasons import Reason
from newsletter.question.version import Wording, WordingExperiment, WordingLine
from newsletter.question.wording import BUILT_IN, WORDING_VERSION
from tests import cast
from tests.cast import Cast
from tests.question.drafts import ASKED, draft, written

MIA = "mia@vendor.example"
HOUR = timedelta(hours=1)


@pytest.fixture
def stage(db: Database, now: datetime) -> Cast:
    with db.write() as session:
        return cast.play(session, now)


def asked(db: Database, topic_id: int, now: datetime, person_id: int = 1, language: str = "en") -> Asking:
    with db.read() as session:
        return asked_of(session, topic_id, person_id, language, now)


@pytest.mark.parametrize("language", SUPPORTED)
def test_where_staff_chose_nothing_it_is_our_version(db: Database, now: datetime, language: str) -> None:
    asking = asked(db, 1, now, language=language)
    assert asking.version == WORDING_VERSION
    assert [code for code, _ in asking.reasons] == list(Reason)
    assert all([asking.question, asking.intro, *asking.lines.values()])


def test_our_first_version_asks_what_it_always_did(db: Database) -> None:
    with db.read() as session:
        first = as_worded(session, 1, "en")
    assert {code for code in Reason if code not in dict(first.reasons)} == {Reason.TOO_BUSY, Reason.NOT_MY_MACHINE}
    assert (first.version, len(first.reasons)) == (1, 9)


def test_a_topic_is_asked_in_its_own_version_and_others_in_that_of_all(
    db: Database, now: datetime, stage: Cast
) -> None:
    short, other = written(db, now), written(db, now, draft("en", why="And why?"))
    put_in_force(db, other, None, by=MIA, now=now)
    put_in_force(db, short, stage.bulletins.id, by=MIA, now=now)
    mine = asked(db, stage.bulletins.id, now)
    assert (mine.version, mine.question, tuple(code for code, _ in mine.reasons)) == (short, "Why, please?", ASKED)
    assert asked(db, stage.safety.id, now).version == asked(db, 0, now).version == other
    put_in_force(db, None, stage.bulletins.id, by=MIA, now=now + HOUR)
    assert asked(db, stage.bulletins.id, now + HOUR).version == other
    put_in_force(db, None, None, by=MIA, now=now + HOUR)
    assert asked(db, stage.bulletins.id, now + HOUR).version == WORDING_VERSION


def test_any_past_moment_can_be_asked_again(db: Database, now: datetime, stage: Cast) -> None:
    short = written(db, now)
    put_in_force(db, short, stage.bulletins.id, by=MIA, now=now)
    assert asked(db, stage.bulletins.id, now - HOUR).version == WORDING_VERSION
    tried = start_experiment(db, stage.bulletins.id, 1, 2, share=50, by=MIA, now=now + HOUR)
    end_experiment(db, tried, keep=None, by=MIA, now=now + 2 * HOUR)
    found = [asked(db, stage.bulletins.id, now + hours * HOUR).version for hours in (0, 1, 2)]
    assert found[0] == found[2] == short
    assert found[1] in (1, 2)


def test_a_person_reads_the_same_wording_every_time_and_both_are_read(db: Database, now: datetime, stage: Cast) -> None:
    short = written(db, now)
    start_experiment(db, stage.bulletins.id, 2, short, share=50, by=MIA, now=now)
    first = [asked(db, stage.bulletins.id, now, person).version for person in range(1, 41)]
    again = [asked(db, stage.bulletins.id, now + 9 * HOUR, person).version for person in range(1, 41)]
    assert first == again
    assert set(first) == {2, short}
    assert asked(db, stage.safety.id, now).version == WORDING_VERSION


def test_an_experiment_that_ends_puts_the_better_one_in_force(db: Database, now: datetime, stage: Cast) -> None:
    short = written(db, now)
    tried = start_experiment(db, stage.bulletins.id, 2, short, share=50, by=MIA, now=now)
    with pytest.raises(Conflict, match="being tried"):
        start_experiment(db, stage.bulletins.id, 1, short, share=50, by=MIA, now=now)
    with pytest.raises(Conflict, match="being tried"):
        put_in_force(db, short, stage.bulletins.id, by=MIA, now=now)
    with pytest.raises(Refused, match="Only one of the two"):
        end_experiment(db, tried, keep=1, by=MIA, now=now)
    end_experiment(db, tried, keep=short, by=MIA, now=now + HOUR)
    assert {asked(db, stage.bulletins.id, now + HOUR, person).version for person in range(1, 21)} == {short}
    with pytest.raises(Conflict, match=f"{MIA} ended"):
        end_experiment(db, tried, keep=2, by="max@vendor.example", now=now + HOUR)


@pytest.mark.parametrize(("share", "second"), [(0, 101), (100, 101), (50, 2)], ids=["none", "all", "the same twice"])
def test_a_trial_of_nothing_is_refused(db: Database, now: datetime, stage: Cast, share: int, second: int) -> None:
    written(db, now)
    with pytest.raises(Refused):
        start_experiment(db, stage.bulletins.id, 2, second, share=share, by=MIA, now=now)
    with db.read() as session:
        assert session.query(WordingExperiment).all() == []


def test_what_is_not_there_cannot_be_put_in_force_or_tried(db: Database, now: datetime, stage: Cast) -> None:
    with pytest.raises(NotFound):
        put_in_force(db, 4711, stage.bulletins.id, by=MIA, now=now)
    with pytest.raises(NotFound):
        put_in_force(db, 2, 4711, by=MIA, now=now)
    with pytest.raises(NotFound):
        start_experiment(db, stage.bulletins.id, 2, 4711, share=50, by=MIA, now=now)
    with pytest.raises(NotFound):
        end_experiment(db, 4711, keep=None, by=MIA, now=now)


def test_an_answer_belongs_to_the_version_its_reader_saw(db: Database, now: datetime, stage: Cast) -> None:
    seen, unseen = written(db, now), written(db, now)
    put_in_force(db, seen, stage.bulletins.id, by=MIA, now=now)

    def given(shown: int | None) -> int:
        with db.read() as session:
            return version_given(session, shown, stage.bulletins.id, 1, now)

    assert [given(shown) for shown in (*BUILT_IN, seen)] == [*BUILT_IN, seen]
    assert [given(shown) for shown in (None, unseen, 0, -1, 4711)] == [seen] * 5


@pytest.mark.parametrize("table", ["wording", "wording_line", "wording_choice", "wording_experiment"])
def test_fault_44_a_broken_table_leaves_the_built_in_question(
    db: Database, now: datetime, stage: Cast, table: str
) -> None:
    short = written(db, now)
    put_in_force(db, short, stage.bulletins.id, by=MIA, now=now)
    with db.engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {table} RENAME TO away"))
    assert asked(db, stage.bulletins.id, now, language="cs").question == "Jedna krátká otázka: proč?"
    with db.read() as session:
        assert version_given(session, short, stage.bulletins.id, 1, now) in (short, WORDING_VERSION)
        assert session.scalar(text("SELECT 1")) == 1  # the transaction is not spoilt for what comes after


def test_what_another_release_wrote_does_not_stop_the_question(db: Database, now: datetime, stage: Cast) -> None:
    short = written(db, now)
    put_in_force(db, short, stage.bulletins.id, by=MIA, now=now)
    with db.write() as session:
        session.execute(update(Wording).values(reasons="not_used,moved_to_mars,other"))
        session.add(WordingLine(number=short, language="en", line="why.moved_to_mars", words="Mars"))
    mine = asked(db, stage.bulletins.id, now)
    assert [code for code, _ in mine.reasons] == [Reason.NOT_USED, Reason.OTHER]
    with db.write() as session:
        session.execute(delete(WordingLine))
        session.execute(delete(Wording))
    assert asked(db, stage.bulletins.id, now).version == WORDING_VERSION

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from newsletter.db import Database
from newsletter.errors import BadAnswer, BadTime, NewsletterError, NotFound
from newsletter.signal.evidence import Evidence
from newsletter.signal.kinds import Kind
from newsletter.signal.note import Observation, note, standing_evidence, verdicts_of, weigh_anew
from newsletter.signal.rules import State
from newsletter.signal.verdict import Verdict
from tests import cast

DAY = timedelta(days=1)


@pytest.fixture
def house(db: Database, now: datetime) -> cast.Cast:
    with db.write() as session:
        return cast.play(session, now)


Seen = Callable[..., Observation]


@pytest.fixture
def seen(house: cast.Cast, now: datetime) -> Seen:
    """What Nora said of A100231, unless the test says otherwise."""

    def make(key: str = "answer:1", says: State | None = State.IN_USE, **given: object) -> Observation:
        usual = Observation(
            key=key,
            account_id=house.north.id,
            unit_id=house.a100231.id,
            person_id=house.nora.id,
            kind=Kind.OPT_OUT_ANSWER,
            says=says,
            detail="",
            observed_at=now,
            source="opt-out page",
        )
        return replace(usual, **given)  # type: ignore[arg-type] - the tests give what belongs there

    return make


def noted(db: Database, observation: Observation, now: datetime) -> int:
    with db.write() as session:
        return note(session, observation, now).id


def verdicts(db: Database) -> dict[tuple[int, int], str]:
    with db.read() as session:
        return {(row.account_id, row.unit_id): row.state for row in session.scalars(select(Verdict))}


def keys(db: Database) -> list[str]:
    with db.read() as session:
        return list(session.scalars(select(Evidence.key).order_by(Evidence.id)))


def test_an_observation_weighs_its_machine_and_its_account(
    db: Database, house: cast.Cast, seen: Seen, now: datetime
) -> None:
    noted(db, seen(says=State.BACKUP), now)
    assert verdicts(db) == {
        (house.north.id, house.a100231.id): "backup",
        (house.north.id, house.a103000.id): "unknown",
        (house.north.id, house.c77.id): "unknown",
        (house.north.id, 0): "backup",
    }
    with db.read() as session:
        (row,) = standing_evidence(session, house.north.id)
        units, account = verdicts_of(session, house.north.id, now + 3000 * DAY)
    assert (row.recorded_at, row.supersedes_id, row.says) == (now, None, "backup")
    assert (units[house.a100231.id].state, account.state) == (State.UNKNOWN, State.UNKNOWN)


def test_what_is_said_of_no_machine_is_weighed_at_the_account(db: Database, seen: Seen, now: datetime) -> None:
    noted(db, seen(unit_id=None), now)
    assert {unit: state for (_, unit), state in verdicts(db).items() if state != "unknown"} == {0: "in_use"}


def test_the_evidence_and_the_verdict_are_one_transaction(db: Database, seen: Seen, now: datetime) -> None:
    def break_down() -> None:
        with db.write() as session:
            note(session, seen(), now)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_down()
    assert (keys(db), verdicts(db)) == ([], {})


def test_the_same_key_again_changes_nothing(db: Database, seen: Seen, now: datetime) -> None:
    first = noted(db, seen(), now)
    before = verdicts(db)
    assert noted(db, seen(says=State.NOT_IN_USE), now + DAY) == first
    assert (keys(db), verdicts(db)) == (["answer:1"], before)


def test_a_changed_answer_supersedes_the_former_which_stays_written(
    db: Database, house: cast.Cast, seen: Seen, now: datetime
) -> None:
    noted(db, seen(), now)
    noted(db, seen("answer:2", State.NOT_IN_USE, supersedes="answer:1"), now)
    noted(db, seen("answer:3", None, supersedes="answer:2"), now)
    with db.read() as session:
        assert [row.key for row in standing_evidence(session, house.north.id)] == ["answer:3"]
    assert keys(db) == ["answer:1", "answer:2", "answer:3"]
    assert set(verdicts(db).values()) == {"unknown"}


def test_superseding_what_was_never_noted_is_simply_news(db: Database, seen: Seen, now: datetime) -> None:
    noted(db, seen(supersedes="answer:0"), now)
    assert "in_use" in verdicts(db).values()


def test_evidence_from_the_future_is_kept_and_changes_no_verdict_yet(
    db: Database, house: cast.Cast, seen: Seen, now: datetime
) -> None:
    noted(db, seen(observed_at=now + DAY), now)
    assert set(verdicts(db).values()) == {"unknown"}
    with db.write() as session:
        weigh_anew(session, house.north.id, now + DAY)
    assert "in_use" in verdicts(db).values()


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_the_order_of_arrival_does_not_matter(
    db: Database, house: cast.Cast, seen: Seen, now: datetime, order: tuple[int, int]
) -> None:
    observations = {1: seen("old", observed_at=now - 9 * DAY), 2: seen("new", State.NOT_IN_USE, detail="scrapped")}
    for number in order:
        noted(db, observations[number], now)
    assert verdicts(db)[house.north.id, house.a100231.id] == "not_in_use"


def test_two_who_note_the_same_key_at_once_note_it_once(db: Database, seen: Seen, now: datetime) -> None:
    assert len(set(at_once(db, [seen()] * 8, now))) == 1
    assert keys(db) == ["answer:1"]


def test_of_two_words_noted_at_once_neither_is_weighed_without_the_other(
    db: Database, house: cast.Cast, seen: Seen, now: datetime
) -> None:
    words = [seen(f"answer:{n}", unit_id=unit.id) for n, unit in enumerate((house.a100231, house.a103000, house.c77))]
    assert len(set(at_once(db, words, now))) == 3
    assert set(verdicts(db).values()) == {"in_use"}


def at_once(db: Database, observations: list[Observation], now: datetime) -> list[int]:
    ready, ids = threading.Barrier(len(observations)), list[int]()

    def work(observation: Observation) -> None:
        ready.wait()
        ids.append(noted(db, observation, now))

    threads = [threading.Thread(target=work, args=(observation,)) for observation in observations]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == len(observations)
    return ids


NONSENSE = [
    pytest.param({"kind": "rumour"}, BadAnswer, id="a kind nobody knows"),
    pytest.param({"observed_at": datetime(2026, 11, 23, tzinfo=UTC)}, BadTime, id="two days ahead"),
    pytest.param({"observed_at": datetime(2026, 11, 20)}, BadTime, id="no zone"),  # noqa: DTZ001 - that is the point
    pytest.param({"unit_id": 999}, NotFound, id="no such machine"),
]


@pytest.mark.parametrize(("given", "error"), NONSENSE)
def test_what_cannot_be_is_refused_and_not_written(
    db: Database, seen: Seen, now: datetime, given: dict[str, object], error: type[NewsletterError]
) -> None:
    with pytest.raises(error):
        noted(db, seen(**given), now)
    assert (keys(db), verdicts(db)) == ([], {})


def test_a_machine_of_another_account_is_refused(db: Database, house: cast.Cast, seen: Seen, now: datetime) -> None:
    with pytest.raises(NotFound, match="no such machine at this account"):
        noted(db, seen(account_id=house.gears.id), now)


def test_a_word_that_names_no_machine_is_a_little_about_each(
    db: Database, house: cast.Cast, seen: Seen, now: datetime
) -> None:
    with db.read() as session:
        before, _ = verdicts_of(session, house.north.id, now)
    noted(db, seen(unit_id=None), now)
    with db.read() as session:
        after, account = verdicts_of(session, house.north.id, now)
    assert all(after[unit].p_used > before[unit].p_used for unit in before)
    assert {one.state for one in after.values()} == {State.UNKNOWN}
    assert account.state == State.IN_USE

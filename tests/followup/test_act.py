"""Taking, giving back, postponing, handing over, closing: each once, by one, and written down."""

import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from newsletter.db import Database
from newsletter.errors import BadAnswer, BadTime
from newsletter.followup.act import AT_ONCE, Done, give_back, postpone, take
from newsletter.followup.follow_up import FollowUpStep
from newsletter.followup.outcomes import Found, Outcome
from newsletter.followup.rules import Team
from newsletter.outcome.close import Learned, close, hand_over
from newsletter.report.record import account_record
from newsletter.signal.evidence import Evidence
from newsletter.signal.kinds import Kind
from newsletter.signal.note import Observation, note
from newsletter.signal.rules import State as Says
from newsletter.signal.verdict import Verdict
from tests import cast
from tests.followup.desk import opened, work

ANN, BOB = "ann@vendor.example", "bob@vendor.example"
DAY = timedelta(days=1)


@pytest.fixture
def house(db: Database, now: datetime) -> cast.Cast:
    """Three machines of K1 are back-ups: three pieces of work."""
    with db.write() as session:
        house = cast.play(session, now)
        for unit in (house.a100231, house.a103000, house.c77):
            backup = Observation(
                key=f"answer:{unit.id}",
                account_id=house.north.id,
                unit_id=unit.id,
                person_id=house.nora.id,
                kind=Kind.CHECK_IN_ANSWER,
                says=Says.BACKUP,
                detail="backup",
                observed_at=now,
                source="check-in",
            )
            note(session, backup, now)
        return house


@pytest.fixture
def ids(db: Database, house: cast.Cast) -> list[int]:
    assert house
    return [row.id for row in opened(db)]


def steps(db: Database) -> list[tuple[str, ...]]:
    with db.read() as session:
        rows = session.scalars(select(FollowUpStep).order_by(FollowUpStep.id))
        return [(row.act, row.who, row.what, row.outcome, row.note) for row in rows if row.act != "opened"]


def test_of_two_who_take_the_same_at_the_same_moment_one_gets_it_and_the_other_is_told(
    db: Database, ids: list[int], now: datetime
) -> None:
    ready, told = threading.Barrier(2), dict[str, Done]()

    def grab(who: str, wanted: list[int]) -> None:
        ready.wait()
        told[who] = take(db, wanted, who, now)

    threads = [threading.Thread(target=grab, args=case) for case in ((ANN, ids), (BOB, ids[::-1]))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told[ANN].done + told[BOB].done) == ids
    by_owner = {row.id: row.owner for row in opened(db)}
    for who, other in ((ANN, BOB), (BOB, ANN)):
        assert {id_ for id_, owner in by_owner.items() if owner == who} == set(told[who].done)
        assert told[who].refused == (f"Toolroom North: {other} has it.",) * (3 - len(told[who].done))
    assert len(steps(db)) == 3


def test_every_step_is_written_down(db: Database, ids: list[int], now: datetime) -> None:
    one = ids[:1]
    take(db, one, ANN, now)
    postpone(db, one, date(2026, 12, 24), " On holiday ", ANN, now)
    give_back(db, one, ANN, now)
    take(db, one, ANN, now)
    take(db, one, BOB, now, instead_of=ANN)
    hand_over(db, one, Team.SALES, Learned(Outcome.TRADE_IN, None, "A new one"), BOB, now)
    close(db, one, Learned(Outcome.WANTS_OFFER, None, "Sent"), ANN, now)
    assert steps(db) == [
        ("took", ANN, "", "", ""),
        ("postponed", ANN, "2026-12-24", "", "On holiday"),
        ("gave_back", ANN, "", "", ""),
        ("took", ANN, "", "", ""),
        ("took", BOB, ANN, "", ""),
        ("handed_over", BOB, "sales", "trade_in", "A new one"),
        ("closed", ANN, "", "wants_offer", "Sent"),
    ]


@pytest.mark.parametrize(
    ("outcome", "what"),
    [(Outcome.TRADE_IN, "Talk about the next machine and trade-in."), (Outcome.WANTS_OFFER, "Make them an offer.")],
)
def test_the_other_team_reads_what_is_to_do_now(
    db: Database, ids: list[int], now: datetime, outcome: Outcome, what: str
) -> None:
    before = {row.id: row.what for row in opened(db)}
    hand_over(db, ids[:1], Team.SALES, Learned(outcome), ANN, now)
    hand_over(db, ids[1:], Team.SALES, Learned(None), ANN, now)
    assert {row.id: row.what for row in opened(db)} == {**before, ids[0]: what}


REFUSED: dict[str, tuple[Callable[[Database, list[int], datetime], Done], str]] = {
    "take": (lambda db, ids, now: take(db, ids, BOB, now), f"{ANN} has it."),
    "give back": (lambda db, ids, now: give_back(db, ids, BOB, now), f"{ANN} has it."),
    "postpone": (lambda db, ids, now: postpone(db, ids, now.date() + DAY, "", BOB, now), f"{ANN} has it."),
    "close": (lambda db, ids, now: close(db, ids, Learned(Outcome.SPOKE), BOB, now), f"{ANN} has it."),
    "hand over": (lambda db, ids, now: hand_over(db, ids, Team.SALES, Learned(None), BOB, now), f"{ANN} has it."),
    "hand over to where it is": (
        lambda db, ids, now: hand_over(db, ids, Team.SERVICE, Learned(None), ANN, now),
        "you have it already.",
    ),
    "take again": (lambda db, ids, now: take(db, ids, ANN, now), "you have it already."),
    "nothing": (lambda db, _, now: take(db, [7777], ANN, now), "One of them does not exist any more."),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_a_colleague_has_is_theirs(db: Database, ids: list[int], now: datetime, case: str) -> None:
    take(db, ids, ANN, now)
    act, sentence = REFUSED[case]
    before = steps(db)
    done = act(db, ids[:1], now)
    assert done.done == ()
    assert done.refused[0].endswith(sentence)
    assert steps(db) == before
    assert {row.owner for row in opened(db)} == {ANN}


def test_closing_says_so_on_the_machine_and_the_verdict_follows(
    db: Database, house: cast.Cast, ids: list[int], now: datetime
) -> None:
    close(db, ids[:1], Learned(Outcome.SPOKE, Found.REPLACED, "By a CT-9"), ANN, now + DAY)
    with db.read() as session:
        said = session.scalars(select(Evidence).where(Evidence.kind == Kind.STAFF_NOTE)).one()
        verdict = session.get_one(Verdict, (house.north.id, house.a100231.id))
    assert (said.says, said.detail, said.author, said.note) == ("not_in_use", "replaced", ANN, "By a CT-9")
    assert verdict.state == "not_in_use"
    assert len(work(db)) == 3


def test_an_outcome_that_tells_nothing_of_the_machine_moves_no_verdict(
    db: Database, house: cast.Cast, ids: list[int], now: datetime
) -> None:
    with db.read() as session:
        before = session.get_one(Verdict, (house.north.id, house.a100231.id)).p_used
    close(db, ids[:1], Learned(Outcome.NO_ANSWER), ANN, now)
    with db.read() as session:
        said = session.scalars(select(Evidence).where(Evidence.kind == Kind.STAFF_NOTE)).one()
        assert (said.says, said.detail) == (None, "no_answer")
        assert session.get_one(Verdict, (house.north.id, house.a100231.id)).p_used == pytest.approx(before)


def test_what_was_found_of_a_machine_that_moved_meanwhile_is_said_of_none(
    db: Database, house: cast.Cast, ids: list[int], now: datetime
) -> None:
    with db.write() as session:
        session.merge(house.a100231).account_id = house.gears.id
    assert close(db, ids[:1], Learned(Outcome.SPOKE, Found.SOLD), ANN, now).done == (ids[0],)
    with db.read() as session:
        said = session.scalars(select(Evidence).where(Evidence.kind == Kind.STAFF_NOTE)).one()
    assert (said.account_id, said.unit_id, said.says) == (house.north.id, None, None)


def test_a_failure_half_way_leaves_all_as_it_was(db: Database, ids: list[int], now: datetime) -> None:
    with pytest.raises(BadAnswer):
        close(db, ids, Learned(Outcome.SPOKE, None, "x" * 2_001), ANN, now)
    with pytest.raises(BadAnswer):
        take(db, range(AT_ONCE + 1), ANN, now)
    with pytest.raises(BadTime):
        postpone(db, ids, now.date() + 731 * DAY, "", ANN, now)
    assert steps(db) == []


def test_closed_work_opens_again_for_new_evidence_only(
    db: Database, house: cast.Cast, ids: list[int], now: datetime
) -> None:
    close(db, ids, Learned(Outcome.NOT_NEEDED), ANN, now)
    with db.write() as session:
        again = Observation(
            key="answer:next-year",
            account_id=house.north.id,
            unit_id=house.c77.id,
            person_id=house.nora.id,
            kind=Kind.CHECK_IN_ANSWER,
            says=Says.BACKUP,
            detail="backup",
            observed_at=now + 300 * DAY,
            source="check-in",
        )
        note(session, again, now + 300 * DAY)
    assert [row.unit_id for row in opened(db)] == [house.c77.id]


def test_the_record_tells_a_call_once_and_knows_who_spoke_to_them(
    db: Database, house: cast.Cast, ids: list[int], now: datetime
) -> None:
    close(db, ids[:1], Learned(Outcome.NOT_INTERESTED, None, "Ask in May."), ANN, now)
    close(db, ids[1:2], Learned(Outcome.SPOKE, Found.IN_USE, "Runs at night."), BOB, now + DAY)
    close(db, ids[2:], Learned(Outcome.NO_ANSWER), ANN, now + 2 * DAY)
    with db.read() as session:
        record = account_record(session, house.north.number, now + 2 * DAY)
    told = [(entry.kind, entry.quote) for entry in record.timeline]
    assert [note for _, note in told if note] == ["Runs at night.", "Ask in May."]
    assert sum(kind == "evidence" for kind, _ in told) == 3 + 1  # the three answers, and what Bob found
    assert record.touch.otherwise
    assert (record.touch.otherwise.author, record.touch.otherwise.at) == (BOB, now + DAY)

"""Fault 26: hits are kept raw, judged, and judged anew; what a program said is taken back."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from newsletter.db import Database
from newsletter.hit.forget import forget_traces
from newsletter.hit.hit import Hit
from newsletter.hit.keep import keep
from newsletter.hit.sift import keep_and_judge, sift
from newsletter.hit.tap import Tap
from newsletter.ledger.delivery import Delivery
from newsletter.links import OptOutLink
from newsletter.optout.act import opt_out
from newsletter.optout.answer import Why, answer
from newsletter.optout.opt_out import Way
from newsletter.privacy.erase import erase
from newsletter.question.reasons import Reason
from newsletter.signal.note import verdicts_of
from newsletter.signal.rules import State
from newsletter.tokens import Signer
from tests import cast
from tests.burst.gateway import set_firm
from tests.optout.copies import Stage, set_stage


@pytest.fixture
def stage(db: Database, now: datetime) -> Stage:
    with db.write() as session:
        return set_stage(session, cast.play(session, now), now)


def look(link: OptOutLink, at: datetime, kind: str = "leave") -> Tap:
    return Tap(at=at, method="GET", kind=kind, person_id=link.person_id, delivery_id=link.delivery_id)


def hits(db: Database) -> list[Hit]:
    with db.read() as session:
        return list(session.scalars(select(Hit).order_by(Hit.id)))


def state(db: Database, stage: Stage, now: datetime) -> State:
    with db.read() as session:
        return verdicts_of(session, stage.cast.north.id, now)[0][stage.cast.a100231.id].state


def say_backup(db: Database, link: OptOutLink, now: datetime) -> None:
    """Una leaves and answers, as far as one can see from one tap."""
    opt_out(db, link, Way.PAGE, now - timedelta(seconds=1))
    answer(db, link, Why(Reason.BACKUP), now, language="en")
    tap = Tap(
        at=now,
        method="POST",
        kind="why",
        person_id=link.person_id,
        delivery_id=link.delivery_id,
        pressed="reason=backup",
        shown=9,
    )
    keep_and_judge(db, tap, now)


def test_a_hit_is_kept_raw_with_what_the_ledger_knows_of_its_copy(db: Database, stage: Stage, now: datetime) -> None:
    with db.write() as session:
        session.execute(update(Delivery).values(settled_at=now - timedelta(seconds=90)))
        keep(session, [look(stage.una, now)])
    (hit,) = hits(db)
    assert (hit.person_id, hit.domain, hit.since, hit.verdict) == (
        stage.una.person_id,
        "toolroom-north.example",
        90,
        "",
    )


def test_a_hit_on_a_link_of_somebody_who_was_erased_names_nobody(
    db: Database, stage: Stage, signer: Signer, now: datetime
) -> None:
    with db.write() as session:
        keep(session, [look(stage.nora, now)])
    erase(db, stage.una.person_id, signer, now, by="preferences page")
    with db.write() as session:
        keep(session, [look(stage.una, now), look(stage.nora, now, "done"), Tap(at=now, method="GET", kind="confirm")])
        keep(session, [look(stage.una, now)])
    assert sift(db, now) == 5
    nora = (stage.nora.person_id, "toolroom-north.example")
    assert [(hit.person_id, hit.domain) for hit in hits(db)] == [nora, (None, ""), nora, (None, ""), (None, "")]


def test_what_was_believed_is_taken_back_when_the_hidden_link_is_opened_after(
    db: Database, stage: Stage, now: datetime
) -> None:
    say_backup(db, stage.una, now)
    assert state(db, stage, now) is State.BACKUP
    with db.write() as session:
        keep(session, [look(stage.una, now + timedelta(seconds=20), "trap")])
    later = now + timedelta(seconds=30)
    sift(db, later)
    assert state(db, stage, later) is State.UNKNOWN
    assert {hit.verdict for hit in hits(db)} == {"machine"}
    sift(db, later)
    assert state(db, stage, later) is State.UNKNOWN


def test_what_a_person_says_after_the_program_is_believed_again(db: Database, stage: Stage, now: datetime) -> None:
    say_backup(db, stage.una, now)
    with db.write() as session:
        keep(session, [look(stage.una, now, "trap")])
    sift(db, now)
    later = now + timedelta(hours=2)
    answer(db, stage.una, Why(Reason.BACKUP), later, language="en")
    keep_and_judge(
        db,
        Tap(at=later, method="POST", kind="why", person_id=stage.una.person_id, pressed="reason=backup", shown=9),
        later,
    )
    assert state(db, stage, later) is State.BACKUP


def test_most_of_a_domain_at_once_is_a_machine_and_one_of_them_alone_is_not(db: Database, now: datetime) -> None:
    with db.write() as session:
        firm = set_firm(session, now)
        keep(session, [look(link, now + timedelta(seconds=number)) for number, link in enumerate(firm.links[:4])])
    sift(db, now)
    assert {hit.verdict for hit in hits(db)} == {"unsure"}  # four are no crowd
    with db.write() as session:
        keep(session, [look(firm.links[4], now + timedelta(seconds=40))])
    sift(db, now)
    assert {hit.verdict for hit in hits(db)} == {"machine"}


def test_network_and_user_agent_are_emptied_after_30_days_and_the_verdict_stays(db: Database, now: datetime) -> None:
    with db.write() as session:
        for days in (31, 29):
            tap = Tap(at=now - timedelta(days=days), method="GET", kind="trap", network="n1", user_agent="Mozilla/5.0")
            keep(session, [tap])
    sift(db, now)
    assert forget_traces(db, now) == 1
    assert [(hit.network, hit.user_agent, hit.verdict) for hit in hits(db)] == [
        ("", "", "machine"),
        ("n1", "Mozilla/5.0", "machine"),
    ]


def test_a_user_agent_of_any_size_and_kind_is_cut_to_what_a_database_takes(db: Database, now: datetime) -> None:
    with db.write() as session:
        keep(session, [Tap(at=now, method="GET", kind="leave", user_agent="\0\ud800é" * 5_000, pressed="x" * 5_000)])
    (hit,) = hits(db)
    assert (len(hit.user_agent) <= 200, len(hit.pressed)) == (True, 80)


def test_most_of_a_domain_that_presses_one_answer_each_is_not_believed(db: Database, now: datetime) -> None:
    with db.write() as session:
        firm = set_firm(session, now)
    for number, link in enumerate(firm.links[:5]):
        at = now + timedelta(seconds=2 * number)
        opt_out(db, link, Way.ONE_CLICK, at - timedelta(seconds=1))
        answer(db, link, Why(Reason.BACKUP), at, language="en")
        tap = Tap(at=at, method="POST", kind="why", person_id=link.person_id, pressed="reason=backup", shown=1.5)
        keep_and_judge(db, tap, at)
    later = now + timedelta(seconds=20)
    with db.read() as session:
        assert verdicts_of(session, firm.acme.id, later)[0][firm.unit_id].state is State.BACKUP
    sift(db, later)
    with db.read() as session:
        assert verdicts_of(session, firm.acme.id, later)[0][firm.unit_id].state is State.UNKNOWN

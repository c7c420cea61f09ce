from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from newsletter.audience.consent import Consent, Subscription
from newsletter.audience.preferences import Frequency, MutedUnit, Preference, Wish
from newsletter.db import Database
from newsletter.errors import BadAnswer, NotFound
from newsletter.optout import choosing as page
from newsletter.optout.choosing import Changes, Choosing, choose, choosing
from newsletter.optout.opt_out import OptOut
from tests.optout.copies import Stage


def seen(db: Database, person_id: int, now: datetime) -> Choosing:
    with db.read() as session:
        return choosing(session, person_id, now)


def test_who_never_chose_gets_everything_each_time(db: Database, stage: Stage, now: datetime) -> None:
    nora = seen(db, stage.cast.nora.id, now)
    assert nora.address == "n•••@toolroom-north.example"
    assert [(topic.name, topic.is_on) for topic in nora.topics] == [
        ("Safety notices", False),
        ("Technical bulletins", True),
    ]
    assert [(m.name, m.serial, m.is_on) for m in nora.machines] == [
        ("CT-7", "C••", True),
        ("VX-500", "A1002••", True),
        ("VX-500i", "A1030••", True),
    ]
    assert (nora.frequency, nora.paused_until, nora.no_contact, nora.gets_nothing) == ("each", None, False, False)
    assert seen(db, stage.cast.bela.id, now).gets_nothing


def test_every_choice_is_kept_once_and_with_its_date(db: Database, stage: Stage, now: datetime) -> None:
    changes = Changes(
        muted=(stage.cast.c77.id,),
        frequency=Frequency.WEEKLY,
        language="de",
        pause=date(2027, 1, 4),
        no_contact=True,
    )
    for _ in range(2):
        choose(db, stage.cast.nora.id, changes, now)
    with db.read() as session:
        row = session.get_one(Preference, stage.cast.nora.id)
        wishes = [(w.subject, w.unit_id, w.before, w.after) for w in session.scalars(select(Wish).order_by(Wish.id))]
        assert {(w.wished_at, w.source) for w in session.scalars(select(Wish))} == {(now, "preferences page")}
    assert row.paused_until == datetime(2027, 1, 3, 23, tzinfo=UTC)  # midnight in Berlin
    assert wishes == [
        ("pause", None, "", "2027-01-04"),
        ("frequency", None, "each", "weekly"),
        ("language", None, "", "de"),
        ("contact", None, "off", "on"),
        ("machine", stage.cast.c77.id, "on", "off"),
    ]
    after = seen(db, stage.cast.nora.id, now)
    assert (after.frequency, after.paused_until, after.language, after.no_contact) == (
        "weekly", date(2027, 1, 4), "de", True,
    )  # fmt: skip
    assert [machine.is_on for machine in after.machines] == [False, True, True]
    choose(db, stage.cast.nora.id, Changes(heard=(stage.cast.c77.id,), goes_on=True), now)
    after = seen(db, stage.cast.nora.id, now)
    assert (after.paused_until, {machine.is_on for machine in after.machines}) == (None, {True})


def test_a_topic_that_is_unticked_is_left_like_by_any_other_way(db: Database, stage: Stage, now: datetime) -> None:
    nora, topics = stage.cast.nora.id, (stage.cast.bulletins.id, stage.cast.safety.id, 4711)
    for _ in range(2):
        choose(db, nora, Changes(left=topics), now)
    with db.read() as session:
        (left,) = session.scalars(select(OptOut))  # of the one topic she gets
        assert (left.topic_id, left.way, left.delivery_id) == (stage.cast.bulletins.id, "preferences", None)
        assert session.get_one(Subscription, (nora, stage.cast.bulletins.id)).state == "withdrawn"
        newest = session.scalars(select(Consent).where(Consent.person_id == nora).order_by(Consent.id.desc())).first()
    assert newest
    assert newest.source == "preferences page"


def test_fault_27_a_machine_of_somebody_else_is_passed_over(db: Database, stage: Stage, now: datetime) -> None:
    choose(db, stage.cast.nora.id, Changes(muted=(stage.cast.a100500.id, stage.cast.a100231.id, 4711)), now)
    with db.read() as session:
        muted = [(row.person_id, row.unit_id) for row in session.scalars(select(MutedUnit))]
    assert muted == [(stage.cast.nora.id, stage.cast.a100231.id)]


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2026, 11, 21), "after today"),
        (date(2026, 11, 20), "after today"),
        (date(2028, 11, 22), "two years"),
        (date(9999, 12, 31), "two years"),
        (date(1, 1, 1), "after today"),
    ],
)
def test_a_pause_that_cannot_be_changes_nothing_at_all(
    db: Database, stage: Stage, now: datetime, day: date, said: str
) -> None:
    with pytest.raises(BadAnswer, match=said):
        choose(db, stage.cast.nora.id, Changes(frequency=Frequency.SAFETY, pause=day), now)
    assert seen(db, stage.cast.nora.id, now).frequency == "each"


def test_a_pause_that_is_over_is_shown_no_more(db: Database, stage: Stage, now: datetime) -> None:
    choose(db, stage.cast.nora.id, Changes(pause=date(2026, 11, 22)), now)
    assert seen(db, stage.cast.nora.id, now).paused_until == date(2026, 11, 22)
    assert seen(db, stage.cast.nora.id, datetime(2026, 11, 21, 23, tzinfo=UTC)).paused_until is None


def test_a_fitter_with_thousands_of_machines_sees_some(
    db: Database, stage: Stage, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "MOST_MACHINES", 2)
    pia = seen(db, stage.cast.pia.id, now)
    assert (len(pia.machines), pia.more_machines) == (2, 3)


def test_a_forgotten_person_chooses_nothing(db: Database, stage: Stage, now: datetime) -> None:
    with pytest.raises(NotFound):
        choose(db, 4711, Changes(), now)
    with pytest.raises(NotFound):
        seen(db, 4711, now)
    assert stage

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text

from newsletter.audience.consent import Consent, ConsentAct, Subscription
from newsletter.audience.preferences import Frequency, Preference, Wish
from newsletter.audience.suppression import Suppression
from newsletter.db import Database
from newsletter.errors import BadAnswer, NotFound
from newsletter.links import OptOutLink
from newsletter.optout.act import opt_out
from newsletter.optout.answer import OfMachine, answer
from newsletter.optout.leaving import leaving
from newsletter.optout.no_contact import wish_contact
from newsletter.optout.opt_out import OptOut, Way
from newsletter.optout.undo import UNDOABLE, Instead, undo
from newsletter.question.reasons import UnitAnswer
from newsletter.signal.evidence import Evidence
from newsletter.signal.note import verdicts_of
from newsletter.signal.rules import State
from tests import cast
from tests.optout.copies import Stage

MINUTE = timedelta(minutes=1)


def mark(db: Database, link: OptOutLink, now: datetime) -> int | None:
    with db.read() as session:
        return leaving(session, link, now).undo_mark


def leave(db: Database, link: OptOutLink, now: datetime, way: Way = Way.PAGE, *, everything: bool = False) -> int:
    """Leave; the mark by which that can be taken back."""
    opt_out(db, link, way, now, everything=everything)
    found = mark(db, link, now)
    assert found is not None
    return found


def stands(db: Database, link: OptOutLink) -> tuple[str, int] | None:
    with db.read() as session:
        row = session.get(Subscription, (link.person_id, link.topic_id))
        return (row.state, row.consent_id) if row else None


def facts(db: Database, person_id: int) -> list[str]:
    with db.read() as session:
        return list(session.scalars(select(Consent.act).where(Consent.person_id == person_id).order_by(Consent.id)))


@pytest.mark.parametrize("way", [Way.PAGE, Way.ONE_CLICK])
def test_the_consent_stands_as_it_did_and_every_step_is_on_record(
    db: Database, stage: Stage, now: datetime, way: Way
) -> None:
    before = stands(db, stage.nora)
    undo(db, stage.nora, leave(db, stage.nora, now, way), Instead.AS_BEFORE, now + MINUTE)
    assert stands(db, stage.nora) == before
    assert facts(db, stage.nora.person_id) == ["granted", "withdrawn", "restored"]
    with db.read() as session:
        (left,) = session.scalars(select(OptOut))
        assert (left.undone_at, left.undone_by) == (now + MINUTE, "opt-out page")
        assert not leaving(session, stage.nora, now).has_left
        told = session.scalars(select(Evidence).order_by(Evidence.id)).all()
    assert [(row.kind, row.detail, row.supersedes_id) for row in told] == [
        ("opt_out", way, None),
        ("opt_out", "restored", told[0].id),
    ]


def test_everything_is_given_back_and_the_suppression_this_act_made_is_lifted(
    db: Database, stage: Stage, now: datetime
) -> None:
    safety = OptOutLink(stage.nora.person_id, stage.cast.safety.id, 0)
    with db.write() as session:
        cast.consent(session, stage.cast.nora, stage.cast.safety, ConsentAct.CONFIRMED, now)
    undo(db, stage.nora, leave(db, stage.nora, now, everything=True), Instead.AS_BEFORE, now + MINUTE)
    assert [stands(db, link) and stands(db, link)[0] for link in (stage.nora, safety)] == ["granted", "confirmed"]
    with db.read() as session:
        row = session.scalars(select(Suppression).where(Suppression.address_key == stage.cast.nora.address_key)).one()
    assert (row.lifted_at, row.lifted_because) == (now + MINUTE, "taken back: opt-out page")


def test_a_suppression_that_stood_before_stays(db: Database, stage: Stage, now: datetime) -> None:
    bela = OptOutLink(stage.cast.bela.id, stage.cast.bulletins.id, 0)
    undo(db, bela, leave(db, bela, now, everything=True), Instead.AS_BEFORE, now + MINUTE)
    with db.read() as session:
        row = session.scalars(select(Suppression).where(Suppression.address_key == stage.cast.bela.address_key)).one()
    assert (row.reason, row.lifted_at) == ("complaint", None)


def test_pressed_twice_it_is_one_undo(db: Database, stage: Stage, now: datetime) -> None:
    seen = leave(db, stage.nora, now)
    for _ in range(2):
        undo(db, stage.nora, seen, Instead.AS_BEFORE, now + MINUTE)
    assert facts(db, stage.nora.person_id) == ["granted", "withdrawn", "restored"]


def test_an_old_page_takes_back_no_more_than_it_showed(db: Database, stage: Stage, now: datetime) -> None:
    of_topic = leave(db, stage.nora, now)
    opt_out(db, stage.nora, Way.PAGE, now + MINUTE, everything=True)
    with pytest.raises(BadAnswer, match="look again"):
        undo(db, stage.nora, of_topic, Instead.AS_BEFORE, now + MINUTE)
    undo(db, stage.nora, mark(db, stage.nora, now) or 0, Instead.AS_BEFORE, now + MINUTE)
    opt_out(db, stage.nora, Way.PAGE, now + 2 * MINUTE)
    with pytest.raises(BadAnswer, match="look again"):
        undo(db, stage.nora, of_topic, Instead.AS_BEFORE, now + 3 * MINUTE)
    assert stands(db, stage.nora)[0] == "withdrawn"  # type: ignore[index] # the cast subscribed


def test_what_was_withdrawn_by_another_act_since_stays_withdrawn(db: Database, stage: Stage, now: datetime) -> None:
    leave(db, stage.nora, now)
    other_mail = OptOutLink(stage.nora.person_id, stage.nora.topic_id, 0)
    undo(db, other_mail, leave(db, other_mail, now + MINUTE, everything=True), Instead.AS_BEFORE, now + 2 * MINUTE)
    assert stands(db, stage.nora)[0] == "withdrawn"  # type: ignore[index] # the cast subscribed
    with db.read() as session:
        assert leaving(session, stage.nora, now).has_left


def test_only_the_mail_that_led_there_of_late_takes_it_back_and_never_a_complaint(
    db: Database, stage: Stage, now: datetime
) -> None:
    seen = leave(db, stage.nora, now)
    other_mail = OptOutLink(stage.nora.person_id, stage.nora.topic_id, 0)
    assert mark(db, other_mail, now) is None
    assert mark(db, stage.nora, now + UNDOABLE + MINUTE) is None
    for link, at in ((other_mail, now), (stage.nora, now + UNDOABLE + MINUTE)):
        with pytest.raises(BadAnswer):
            undo(db, link, seen, Instead.AS_BEFORE, at)
    opt_out(db, stage.una, Way.COMPLAINT, now)
    assert mark(db, stage.una, now) is None
    with pytest.raises(BadAnswer):
        undo(db, stage.una, int(now.timestamp() * 1000), Instead.AS_BEFORE, now)
    with pytest.raises(NotFound):
        undo(db, OptOutLink(4711, 1, 0), seen, Instead.AS_BEFORE, now)
    assert [stands(db, link)[0] for link in (stage.nora, stage.una)] == ["withdrawn"] * 2  # type: ignore[index]


def test_who_had_not_agreed_has_nothing_to_take_back(db: Database, stage: Stage, now: datetime) -> None:
    link = OptOutLink(stage.cast.nora.id, stage.cast.safety.id, 0)
    opt_out(db, link, Way.PAGE, now)
    assert mark(db, link, now) is None


@pytest.mark.parametrize(
    ("instead", "frequency", "day"),
    [
        (Instead.MONTHLY, Frequency.MONTHLY, None),
        (Instead.SAFETY, Frequency.SAFETY, None),
        (Instead.CHOOSE, None, None),
        (Instead.PAUSE_1, Frequency.EACH, "2026-12-21"),
        (Instead.PAUSE_3, Frequency.EACH, "2027-02-21"),
    ],
)
def test_an_offer_takes_it_back_and_sets_what_it_says(
    db: Database, stage: Stage, now: datetime, instead: Instead, frequency: Frequency | None, day: str | None
) -> None:
    undo(db, stage.nora, leave(db, stage.nora, now), instead, now + MINUTE)
    assert stands(db, stage.nora)[0] == "granted"  # type: ignore[index] # the cast subscribed
    with db.read() as session:
        row = session.get(Preference, stage.nora.person_id)
        wishes = session.scalars(select(Wish.after)).all()
    assert (row.frequency if row else None) == frequency
    assert (str(row.paused_until_day) if row and row.paused_until_day else None) == day
    assert wishes == ([day or frequency] if frequency else [])


def test_what_was_said_of_a_machine_stays_true_after_an_undo(db: Database, stage: Stage, now: datetime) -> None:
    seen = leave(db, stage.una, now)
    answer(db, stage.una, OfMachine(stage.cast.a100231.id, UnitAnswer.IN_USE), now, language="en")
    undo(db, stage.una, seen, Instead.AS_BEFORE, now + MINUTE)
    with db.read() as session:
        units, _ = verdicts_of(session, stage.cast.north.id, now)
    assert units[stage.cast.a100231.id].state == State.IN_USE


@pytest.mark.parametrize("table", ["withdrawal", "preference", "answer"])
def test_the_opt_out_is_shown_when_a_table_behind_an_offer_is_broken(
    db: Database, stage: Stage, now: datetime, table: str
) -> None:
    leave(db, stage.nora, now)
    with db.engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {table} RENAME TO away"))
    with db.read() as session:
        seen = leaving(session, stage.nora, now)
    assert (seen.has_left, seen.offers) == (True, ())


def test_an_undo_stands_when_the_accounts_cannot_be_told(db: Database, stage: Stage, now: datetime) -> None:
    seen = leave(db, stage.nora, now)
    with db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE evidence RENAME TO away"))
    undo(db, stage.nora, seen, Instead.AS_BEFORE, now)
    assert stands(db, stage.nora)[0] == "granted"  # type: ignore[index] # the cast subscribed


def test_who_wants_no_call_is_remembered_with_the_date(db: Database, stage: Stage, now: datetime) -> None:
    for _ in range(2):
        wish_contact(db, stage.nora, now, wished=False)
    with db.read() as session:
        assert session.get_one(Preference, stage.nora.person_id).no_contact_since == now
        assert [(w.subject, w.before, w.after, w.wished_at) for w in session.scalars(select(Wish))] == [
            ("contact", "off", "on", now)
        ]
    wish_contact(db, stage.nora, now, wished=True)
    with db.read() as session:
        assert session.get_one(Preference, stage.nora.person_id).no_contact_since is None


def of_both(stage: Stage) -> OptOutLink:
    """The link of a digest that told Nora of both topics."""
    return OptOutLink(stage.nora.person_id, stage.cast.bulletins.id, 0, (stage.cast.safety.id,))


def states(db: Database, stage: Stage) -> list[str]:
    links = stage.nora, OptOutLink(stage.nora.person_id, stage.cast.safety.id, 0)
    return [found[0] if (found := stands(db, link)) else "" for link in links]


@pytest.mark.parametrize("everything", [False, True], ids=["the topics", "everything"])
def test_what_the_link_of_a_digest_took_is_given_back_whole(
    db: Database, stage: Stage, now: datetime, *, everything: bool
) -> None:
    with db.write() as session:
        cast.consent(session, stage.cast.nora, stage.cast.safety, ConsentAct.CONFIRMED, now)
    digest = of_both(stage)
    undo(db, digest, leave(db, digest, now, everything=everything), Instead.AS_BEFORE, now + MINUTE)
    assert states(db, stage) == ["granted", "confirmed"]
    undo(db, digest, 0, Instead.AS_BEFORE, now + MINUTE)  # the button again
    assert states(db, stage) == ["granted", "confirmed"]


def test_the_link_of_one_of_its_topics_shows_that_it_was_left_and_takes_back_nothing(
    db: Database, stage: Stage, now: datetime
) -> None:
    with db.write() as session:
        cast.consent(session, stage.cast.nora, stage.cast.safety, ConsentAct.CONFIRMED, now)
    digest, single = of_both(stage), OptOutLink(stage.nora.person_id, stage.cast.safety.id, 4711)
    first = opt_out(db, digest, Way.ONE_CLICK, now)
    for link in (single, OptOutLink(stage.nora.person_id, stage.cast.bulletins.id, 0)):
        with db.read() as session:
            state = leaving(session, link, now)
        assert (state.has_left, state.undo_mark) == (True, None)
        again = opt_out(db, link, Way.PAGE, now)
        assert (again.is_new, again.opt_out_id) == (False, first.opt_out_id)
    taken_back = mark(db, digest, now)
    assert taken_back is not None
    undo(db, digest, taken_back, Instead.AS_BEFORE, now + MINUTE)
    assert states(db, stage) == ["granted", "confirmed"]


def test_what_was_left_elsewhere_is_not_taken_back_by_the_link_of_a_digest(
    db: Database, stage: Stage, now: datetime
) -> None:
    with db.write() as session:
        cast.consent(session, stage.cast.nora, stage.cast.safety, ConsentAct.CONFIRMED, now)
    for topic in (stage.cast.safety, stage.cast.bulletins):
        opt_out(db, OptOutLink(stage.nora.person_id, topic.id, 0), Way.PREFERENCES, now)
    with db.read() as session:
        state = leaving(session, of_both(stage), now)
    assert (state.has_left, state.undo_mark) == (True, None)

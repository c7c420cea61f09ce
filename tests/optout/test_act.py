from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from newsletter.audience.consent import Consent, ConsentAct, Subscription
from newsletter.audience.person import Affiliation
from newsletter.audience.suppression import Suppression
from newsletter.audience.topic import Topic
from newsletter.bulletin.bulletin import Bulletin, Version
from newsletter.db import Database
from newsletter.errors import NotFound
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.run import Batch, Run
from newsletter.links import OptOutLink
from newsletter.optout.act import opt_out
from newsletter.optout.opt_out import OptOut, Way
from newsletter.signal.evidence import Evidence
from newsletter.signal.kinds import Kind
from newsletter.signal.note import verdicts_of
from newsletter.signal.rules import State
from tests import cast
from tests.optout.copies import NUMBER, Stage


def _opt_outs(db: Database) -> list[OptOut]:
    with db.read() as session:
        return list(session.scalars(select(OptOut).order_by(OptOut.id)))


def _state(session: Session, link: OptOutLink) -> str | None:
    subscription = session.get(Subscription, (link.person_id, link.topic_id))
    return subscription.state if subscription else None


def test_leaving_withdraws_the_consent_and_remembers_the_copy(db: Database, stage: Stage, now: datetime) -> None:
    left = opt_out(db, stage.nora, Way.ONE_CLICK, now)
    (row,) = _opt_outs(db)
    assert (row.id, row.way, row.left_at, row.delivery_id) == (
        left.opt_out_id,
        "one_click",
        now,
        stage.nora.delivery_id,
    )
    assert row.everything_at is None
    with db.read() as session:
        subscription = session.get_one(Subscription, (stage.nora.person_id, stage.nora.topic_id))
        consent = session.get_one(Consent, subscription.consent_id)
    assert (subscription.state, consent.act) == (ConsentAct.WITHDRAWN, ConsentAct.WITHDRAWN)
    assert (consent.happened_at, consent.source, consent.delivery_id) == (now, "one-click opt-out", row.delivery_id)


def test_who_never_subscribed_can_leave_too(db: Database, stage: Stage, now: datetime) -> None:
    link = stage.nora._replace(topic_id=stage.cast.safety.id)
    opt_out(db, link, Way.PAGE, now)
    with db.read() as session:
        assert _state(session, link) == ConsentAct.WITHDRAWN


def test_leaving_twice_is_one_opt_out(db: Database, stage: Stage, now: datetime) -> None:
    first = opt_out(db, stage.nora, Way.ONE_CLICK, now)
    again = opt_out(db, stage.nora, Way.PAGE, now + timedelta(days=1))
    assert (first.is_new, again.is_new, again.opt_out_id) == (True, False, first.opt_out_id)
    with db.read() as session:
        withdrawn = select(func.count()).where(Consent.person_id == stage.nora.person_id, Consent.act == "withdrawn")
        assert (session.scalar(withdrawn), len(_opt_outs(db))) == (1, 1)


def test_eight_clicks_at_once_are_one_opt_out(db: Database, stage: Stage, now: datetime) -> None:
    with ThreadPoolExecutor(8) as clicks:
        left = list(clicks.map(lambda _: opt_out(db, stage.nora, Way.ONE_CLICK, now), range(8)))
    assert sorted(one.is_new for one in left) == [False] * 7 + [True]
    assert len(_opt_outs(db)) == 1


def test_colleagues_who_leave_at_once_all_leave(db: Database, stage: Stage, now: datetime) -> None:
    people = (stage.cast.nora, stage.cast.una, stage.cast.omar, stage.cast.pia)
    links = [OptOutLink(person.id, stage.cast.bulletins.id, 0) for person in people]
    with ThreadPoolExecutor(4) as clicks:
        list(clicks.map(lambda link: opt_out(db, link, Way.ONE_CLICK, now), links))
    with db.read() as session:
        told = session.scalars(select(Evidence.person_id).where(Evidence.account_id == stage.cast.north.id)).all()
    assert sorted(told, key=str) == sorted((link.person_id for link in links), key=str)


def test_leaving_again_after_a_new_consent_is_a_new_opt_out(db: Database, stage: Stage, now: datetime) -> None:
    opt_out(db, stage.nora, Way.PAGE, now)
    later = now + timedelta(days=60)
    with db.write() as session:
        cast.consent(session, stage.cast.nora, stage.cast.bulletins, ConsentAct.CONFIRMED, later)
    again = opt_out(db, stage.nora, Way.PAGE, later + timedelta(days=1))
    assert again.is_new
    assert len(_opt_outs(db)) == 2
    with db.read() as session:
        assert _state(session, stage.nora) == ConsentAct.WITHDRAWN


def test_who_was_withdrawn_by_an_import_still_leaves_by_their_own_act(
    db: Database, stage: Stage, now: datetime
) -> None:
    assert opt_out(db, OptOutLink(stage.cast.omar.id, stage.cast.bulletins.id, 0), Way.PAGE, now).is_new


def test_leaving_everything_withdraws_every_topic_and_suppresses_the_address(
    db: Database, stage: Stage, now: datetime
) -> None:
    with db.write() as session:
        cast.consent(session, stage.cast.nora, stage.cast.safety, ConsentAct.GRANTED, now)
    opt_out(db, stage.nora, Way.PAGE, now, everything=True)
    with db.read() as session:
        states = session.scalars(select(Subscription.state).where(Subscription.person_id == stage.nora.person_id)).all()
        key = stage.cast.nora.address_key
        suppression = session.scalars(select(Suppression).where(Suppression.address_key == key)).one()
    assert states == ["withdrawn", "withdrawn"]
    assert (suppression.reason, suppression.source, suppression.lifted_at) == ("left everything", "opt-out page", None)
    assert _opt_outs(db)[0].everything_at == now


def test_everything_after_the_topic_takes_the_same_opt_out_further(db: Database, stage: Stage, now: datetime) -> None:
    first = opt_out(db, stage.nora, Way.PAGE, now)
    later = now + timedelta(minutes=1)
    further = opt_out(db, stage.nora, Way.PAGE, later, everything=True)
    again = opt_out(db, stage.nora, Way.PAGE, later, everything=True)
    assert (further.opt_out_id, further.is_new, again.is_new) == (first.opt_out_id, True, False)
    (row,) = _opt_outs(db)
    assert (row.left_at, row.everything_at) == (now, later)


def test_everything_by_another_mail_is_an_act_of_its_own(db: Database, stage: Stage, now: datetime) -> None:
    first = opt_out(db, stage.nora, Way.PAGE, now)
    other_mail = stage.nora._replace(delivery_id=0)
    second = opt_out(db, other_mail, Way.PAGE, now + timedelta(days=40), everything=True)
    assert second.opt_out_id != first.opt_out_id
    assert [row.everything_at for row in _opt_outs(db)] == [None, now + timedelta(days=40)]


def test_the_topic_after_everything_changes_nothing(db: Database, stage: Stage, now: datetime) -> None:
    opt_out(db, stage.nora, Way.PAGE, now, everything=True)
    assert not opt_out(db, stage.nora, Way.ONE_CLICK, now).is_new


def test_an_older_suppression_keeps_its_reason_until_it_is_lifted(db: Database, stage: Stage, now: datetime) -> None:
    link = OptOutLink(stage.cast.bela.id, stage.cast.bulletins.id, 0)
    opt_out(db, link, Way.PAGE, now, everything=True)
    with db.write() as session:
        row = session.scalars(select(Suppression).where(Suppression.address_key == stage.cast.bela.address_key)).one()
        assert row.reason == "complaint"
        row.lifted_at, row.lifted_because = now, "asked on the phone"
    assert opt_out(db, link, Way.PAGE, now, everything=True).is_new
    with db.read() as session:
        row = session.scalars(select(Suppression).where(Suppression.address_key == stage.cast.bela.address_key)).one()
    assert (row.reason, row.lifted_at, row.lifted_because) == ("left everything", None, "")


def test_the_link_works_when_bulletin_run_and_copy_are_gone(db: Database, stage: Stage, now: datetime) -> None:
    with db.write() as session:
        for table in (Delivery, Batch, Run, Version, Bulletin):
            session.execute(delete(table))
    assert opt_out(db, stage.nora, Way.ONE_CLICK, now).is_new
    with db.read() as session:
        (evidence,) = session.scalars(select(Evidence))
        assert (evidence.account_id, evidence.bulletin_number) == (stage.cast.north.id, "")
        assert _state(session, stage.nora) == ConsentAct.WITHDRAWN


def test_the_link_works_when_the_topic_is_gone(db: Database, stage: Stage, now: datetime) -> None:
    with db.write() as session:
        for table in (Delivery, Batch, Run, Subscription, Consent, Topic):
            session.execute(delete(table))
    assert opt_out(db, stage.nora, Way.ONE_CLICK, now).is_new
    assert not opt_out(db, stage.nora, Way.ONE_CLICK, now).is_new


def test_where_the_person_is_gone_it_is_said(db: Database, stage: Stage, now: datetime) -> None:
    with pytest.raises(NotFound, match="no address that belongs to this link"):
        opt_out(db, OptOutLink(4711, stage.cast.bulletins.id, 0), Way.PAGE, now)
    assert _opt_outs(db) == []


def test_an_opt_out_is_on_the_timeline_and_says_nothing_of_the_machine(
    db: Database, stage: Stage, now: datetime
) -> None:
    with db.read() as session:
        before = verdicts_of(session, stage.cast.north.id, now)
    opt_out(db, stage.nora, Way.ONE_CLICK, now)
    opt_out(db, stage.una, Way.PAGE, now)
    with db.read() as session:
        evidence = session.scalars(select(Evidence).order_by(Evidence.id)).all()
        units, account = verdicts_of(session, stage.cast.north.id, now)
    told = [(e.kind, e.says, e.account_id, e.unit_id, e.detail, e.bulletin_number) for e in evidence]
    north, one = stage.cast.north.id, stage.cast.a100231.id
    assert told == [
        (Kind.OPT_OUT, None, north, None, "one_click", NUMBER),
        (Kind.OPT_OUT, None, north, one, "page", NUMBER),
    ]
    assert (units, account) == before
    assert account.state == State.UNKNOWN


def test_a_copy_of_somebody_else_is_not_believed(db: Database, stage: Stage, now: datetime) -> None:
    link = OptOutLink(stage.cast.ines.id, stage.cast.bulletins.id, stage.nora.delivery_id)
    opt_out(db, link, Way.PAGE, now)
    with db.read() as session:
        assert session.scalars(select(Evidence.account_id)).all() == [stage.cast.gears.id]


def test_without_a_copy_every_account_they_stand_at_is_told(db: Database, stage: Stage, now: datetime) -> None:
    opt_out(db, OptOutLink(stage.cast.pia.id, stage.cast.bulletins.id, 0), Way.PAGE, now)
    with db.read() as session:
        stands_at = session.scalars(select(Affiliation.account_id).where(Affiliation.person_id == stage.cast.pia.id))
        assert sorted(session.scalars(select(Evidence.account_id))) == sorted(stands_at)


def test_an_opt_out_stands_when_the_evidence_cannot_be_kept(
    db: Database, stage: Stage, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE evidence RENAME TO evidence_away"))
    assert opt_out(db, stage.nora, Way.ONE_CLICK, now).is_new
    assert len(_opt_outs(db)) == 1
    assert "stands, but the accounts concerned could not be told" in caplog.text
    with db.read() as session:
        assert _state(session, stage.nora) == ConsentAct.WITHDRAWN

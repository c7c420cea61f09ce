"""Fault 26: pressing every button at once: opt-outs hold, no evidence is believed, it is flagged, undo restores all."""

from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from newsletter.audience.consent import Consent, Subscription
from newsletter.audience.suppression import Suppression
from newsletter.burst.burst import Burst, BurstDecision, BurstMember
from newsletter.burst.decide import let_be, undo_burst
from newsletter.burst.find import find_bursts
from newsletter.burst.showing import alarms, shown_burst
from newsletter.db import Database
from newsletter.errors import NotFound, Refused
from newsletter.hit.hit import Hit
from newsletter.hit.sift import sift
from newsletter.links import CheckInLink, DoneLink, Links, OptOutLink, RunningLink
from newsletter.optout.act import opt_out
from newsletter.optout.opt_out import OptOut, Way
from newsletter.question.reasons import Reason, UnitAnswer
from newsletter.signal.evidence import Evidence
from newsletter.signal.note import verdicts_of
from newsletter.signal.rules import State
from newsletter.staff.audit import AuditEntry
from newsletter.web.app import create_app
from newsletter.web.recorder import settle_all
from tests.burst.gateway import PEOPLE, Firm, set_firm
from tests.conftest import MakeConfig
from tests.web.public.doors import ONE_CLICK, Clock, read_before

PRESSED = 6
WHO = "service@vendor.example"


@pytest.fixture
def firm(db: Database, now: datetime) -> Firm:
    with db.write() as session:
        return set_firm(session, now)


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def links(config: MakeConfig, db: Database) -> Links:
    return config(db).links()


@pytest.fixture
def browser(db: Database, config: MakeConfig, clock: Clock, firm: Firm) -> FlaskClient:
    assert firm
    return create_app(config(db), db=db, clock=clock).test_client()


def press_everything(browser: FlaskClient, links: Links, link: OptOutLink, unit_id: int, clock: Clock) -> None:
    """What a gateway does that opens every link and presses every button of it."""
    path = f"/leave/{links.opt_out_token(link)}"
    trap = links.trap(path).removeprefix(links.base_url)
    posts: list[tuple[str, dict[str, str]]] = [
        (path, ONE_CLICK),
        (path, {"leave": "topic"}),
        (path, {"leave": "everything"}),
        *((f"{path}/why", {"reason": reason.value}) for reason in Reason),
        *((f"{path}/unit", {"unit": str(unit_id), "said": said.value}) for said in UnitAnswer),
    ]
    browser.get(path)
    browser.get(trap)
    for where, form in posts:
        clock.now += timedelta(milliseconds=100)
        browser.post(where, data=form)


def state_of(db: Database) -> dict[str, list[tuple[object, ...]]]:
    """Who may be written to."""
    with db.read() as session:
        subscriptions = session.execute(
            select(Subscription.person_id, Subscription.topic_id, Subscription.state, Subscription.consent_id)
        )
        barred = session.scalars(select(Suppression.address_key).where(Suppression.lifted_at.is_(None)))
        return {"subscription": sorted(map(tuple, subscriptions)), "barred": [(key,) for key in sorted(barred)]}


def test_fault_26_every_button_of_six_mails_at_once(
    db: Database, firm: Firm, browser: FlaskClient, links: Links, clock: Clock
) -> None:
    before = state_of(db)
    for link in firm.links[:PRESSED]:
        press_everything(browser, links, link, firm.unit_id, clock)
    with db.read() as session:
        left = session.scalars(select(OptOut)).all()
        assert {row.person_id for row in left} == {link.person_id for link in firm.links[:PRESSED]}
        assert all(row.everything_at for row in left)
        units, _ = verdicts_of(session, firm.acme.id, clock.now)
        assert units[firm.unit_id].state is State.UNKNOWN
    sift(db, clock.now)
    (burst_id,) = find_bursts(db, clock.now)
    assert find_bursts(db, clock.now) == []
    with db.read() as session:
        assert set(session.scalars(select(Hit.verdict))) == {"machine"}
        shown = shown_burst(session, burst_id)
        assert [alarm.sentence for alarm in alarms(session)] == [shown.sentence]
    assert shown.sentence.startswith(f"{PRESSED} of {PEOPLE} people at acme.example left within ")
    chosen = [member.opt_out_id for member in shown.members if not member.shows_a_person]
    assert undo_burst(db, burst_id, chosen, who=WHO, why="their gateway", now=clock.now) == PRESSED
    assert state_of(db) == before
    with db.read() as session:
        assert alarms(session) == ()
        (decision,) = session.scalars(select(BurstDecision))
        assert (decision.who, decision.why, decision.opt_outs) == (WHO, "their gateway", PRESSED)
        assert session.scalar(select(AuditEntry).where(AuditEntry.subject == f"burst {burst_id}"))


def leave_all(db: Database, firm: Firm, now: datetime, count: int = PRESSED) -> int:
    for number, link in enumerate(firm.links[:count]):
        opt_out(db, link, Way.ONE_CLICK, now + timedelta(seconds=number))
    (burst_id,) = find_bursts(db, now + timedelta(seconds=count))
    return burst_id


def test_a_burst_that_goes_on_is_one_alarm(db: Database, firm: Firm, now: datetime) -> None:
    first = leave_all(db, firm, now, 5)
    for number, link in enumerate(firm.links[5:PRESSED]):
        opt_out(db, link, Way.ONE_CLICK, now + timedelta(seconds=60 + number))
    assert find_bursts(db, now + timedelta(seconds=90)) == [first]
    with db.read() as session:
        assert len(session.scalars(select(Burst)).all()) == 1
        assert len(session.scalars(select(BurstMember)).all()) == PRESSED


def test_one_who_is_not_chosen_stays_gone_and_who_comes_back_can_leave_again(
    db: Database, firm: Firm, now: datetime
) -> None:
    burst_id = leave_all(db, firm, now)
    with db.read() as session:
        members = shown_burst(session, burst_id).members
    chosen = [member.opt_out_id for member in members[1:]]
    later = now + timedelta(hours=2)
    assert undo_burst(db, burst_id, chosen, who=WHO, why="their gateway", now=later) == PRESSED - 1
    stays, comes_back = firm.links[0], firm.links[1]
    with db.read() as session:
        assert session.get_one(Subscription, (stays.person_id, stays.topic_id)).state == "withdrawn"
        assert session.get_one(Subscription, (comes_back.person_id, comes_back.topic_id)).state == "confirmed"
    assert opt_out(db, comes_back, Way.PAGE, later + timedelta(days=1)).is_new
    with db.read() as session:
        assert session.get_one(Subscription, (comes_back.person_id, comes_back.topic_id)).state == "withdrawn"


def test_undoing_twice_restores_once_and_says_that_nobody_is_left(db: Database, firm: Firm, now: datetime) -> None:
    burst_id = leave_all(db, firm, now)
    with db.read() as session:
        chosen = [member.opt_out_id for member in shown_burst(session, burst_id).members]
    undo_burst(db, burst_id, chosen, who=WHO, why="their gateway", now=now)
    with db.read() as session:
        consents = len(session.scalars(select(Consent)).all())
    with pytest.raises(Refused, match="Nobody was chosen"):
        undo_burst(db, burst_id, chosen, who=WHO, why="again", now=now)
    with db.read() as session:
        assert len(session.scalars(select(Consent)).all()) == consents


def test_undo_lifts_only_the_suppression_that_the_opt_out_made(db: Database, firm: Firm, now: datetime) -> None:
    with db.write() as session:
        session.add(
            Suppression(
                address_key="p0@acme.example", reason="complaint", source="report", created_at=now, lifted_at=None
            )
        )
    for number, link in enumerate(firm.links[:PRESSED]):
        opt_out(db, link, Way.PAGE, now + timedelta(seconds=number), everything=True)
    (burst_id,) = find_bursts(db, now + timedelta(seconds=PRESSED))
    with db.read() as session:
        chosen = [member.opt_out_id for member in shown_burst(session, burst_id).members]
    undo_burst(db, burst_id, chosen, who=WHO, why="their gateway", now=now + timedelta(minutes=5))
    with db.read() as session:
        barred = session.scalars(select(Suppression.address_key).where(Suppression.lifted_at.is_(None))).all()
    assert set(barred) == {"p0@acme.example", firm.cast.bela.address_key}


def test_what_was_said_by_an_opt_out_that_is_undone_is_taken_back(
    db: Database, firm: Firm, browser: FlaskClient, links: Links, clock: Clock
) -> None:
    for link in firm.links[:PRESSED]:
        clock.now += timedelta(seconds=1)
        path = f"/leave/{links.opt_out_token(link)}"
        browser.post(path, data=ONE_CLICK)
        browser.post(f"{path}/why", data={"reason": "backup"} | read_before(links.signer, clock.now))
    (burst_id,) = find_bursts(db, clock.now)
    with db.read() as session:
        assert verdicts_of(session, firm.acme.id, clock.now)[0][firm.unit_id].state is State.BACKUP
        chosen = [member.opt_out_id for member in shown_burst(session, burst_id).members]
        told = len(session.scalars(select(Evidence)).all())
    undo_burst(db, burst_id, chosen, who=WHO, why="their gateway", now=clock.now)
    with db.read() as session:
        assert verdicts_of(session, firm.acme.id, clock.now)[0][firm.unit_id].state is State.UNKNOWN
        assert len(session.scalars(select(Evidence)).all()) > told  # nothing is deleted


def test_let_be_ends_the_alarm_and_changes_nobody(db: Database, firm: Firm, now: datetime) -> None:
    burst_id = leave_all(db, firm, now)
    before = state_of(db)
    let_be(db, burst_id, who=WHO, why="they phoned", now=now)
    assert state_of(db) == before
    with db.read() as session:
        assert alarms(session) == ()


@pytest.mark.parametrize("why", ["", "  ", "x" * 501], ids=["none", "blank", "too long"])
def test_a_decision_without_a_reason_is_refused(db: Database, firm: Firm, now: datetime, why: str) -> None:
    burst_id = leave_all(db, firm, now)
    with pytest.raises(Refused):
        let_be(db, burst_id, who=WHO, why=why, now=now)
    with pytest.raises(NotFound):
        let_be(db, burst_id + 1, who=WHO, why="no such", now=now)


def test_a_gateway_that_presses_the_links_of_digests_is_seen_as_well(
    db: Database, firm: Firm, browser: FlaskClient, links: Links, clock: Clock
) -> None:
    gathered = [link._replace(delivery_id=0, further=(firm.cast.safety.id,)) for link in firm.links[:PRESSED]]
    for link in gathered:
        press_everything(browser, links, link, firm.unit_id, clock)
    settle_all()
    sift(db, clock.now)
    with db.read() as session:
        seen = session.execute(select(Hit.person_id, Hit.delivery_id, Hit.domain, Hit.verdict).distinct()).all()
    assert sorted(seen) == [(link.person_id, None, "acme.example", "machine") for link in gathered]
    (burst_id,) = find_bursts(db, clock.now)
    with db.read() as session:
        members = shown_burst(session, burst_id).members
    assert [(member.pressed is not None, member.shows_a_person) for member in members] == [(True, False)] * PRESSED


@pytest.mark.parametrize("page", ["view", "about", "done", "running", "check-in", "preferences", "stop", "mine"])
def test_a_look_at_any_page_of_a_token_is_kept_with_its_person(
    db: Database, firm: Firm, browser: FlaskClient, links: Links, now: datetime, page: str
) -> None:
    link = firm.links[0]
    copy = link.person_id, link.delivery_id
    several = link._replace(delivery_id=0, further=(firm.cast.safety.id,))
    urls = {
        "view": links.view_gathered(link.person_id, 1),
        "about": links.trap(links.opt_out(several)),
        "done": links.done(DoneLink(*copy)),
        "running": links.running(RunningLink(*copy)),
        "check-in": links.check_in(CheckInLink(link.person_id, 1)),
        "preferences": links.preferences(link.person_id),
        "stop": links.stop(link.person_id),
        "mine": links.mine(link.person_id, now),
    }
    browser.get(urls[page].removeprefix(links.base_url))
    settle_all()
    with db.read() as session:
        (hit,) = session.scalars(select(Hit))
    assert (hit.person_id, hit.delivery_id) == (link.person_id, copy[1] if page in ("done", "running") else None)

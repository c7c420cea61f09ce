"""Whoever withdraws, in whatever way, gets no letter any more that one could have left by and that still waits."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.audience.consent import ConsentAct
from newsletter.db import Database
from newsletter.importing.apply import import_file
from newsletter.inbound.take import Answer, Desk
from newsletter.links import Links, OptOutLink
from newsletter.optout.act import opt_out
from newsletter.optout.choosing import Changes, choose
from newsletter.optout.noting import EVERYTHING, note_leaving
from newsletter.optout.opt_out import Way
from newsletter.post.due import leave_behind, put_off, settle, take_due
from newsletter.post.post import post, take_back
from newsletter.post.posted import LetterState, PostedLetter
from newsletter.post.wording import Text, Wording, Writer
from newsletter.privacy.erase import erase
from tests import cast
from tests.inbound.test_inbound import DOMAIN, STOP, complaint
from tests.optout.copies import Stage

ACME = Writer("Acme", "bulletins@acme.example", "service@acme.example", "1 Works Road")


@dataclass(frozen=True)
class Scene:
    """Nora, for whom a letter waits, and whatever takes her off the list."""

    db: Database
    stage: Stage
    links: Links
    folder: Path
    now: datetime

    @property
    def nora(self) -> OptOutLink:
        return self.stage.nora

    @property
    def desk(self) -> Desk:
        return Desk(self.db, self.links, DOMAIN, None, lambda: self.now)


@pytest.fixture
def scene(db: Database, stage: Stage, links: Links, tmp_path: Path, now: datetime) -> Scene:
    with db.write() as session:
        cast.consent(session, stage.cast.nora, stage.cast.safety, ConsentAct.GRANTED, now)
        for link in (stage.nora, stage.una):
            posted(session, link, now)
    return Scene(db, stage, links, tmp_path, now)


def posted(session: Session, link: OptOutLink, now: datetime) -> None:
    post(
        session,
        key=f"digest:{link.person_id}",
        kind="digest",
        address=f"p{link.person_id}@firm.example",
        person_id=link.person_id,
        language="en",
        wording=Wording("Hello", (Text("Hello"),), "Why"),
        values={},
        house=ACME,
        now=now,
        leave_link="https://news.vendor.example/leave/x",
    )


def by_page(scene: Scene) -> None:
    opt_out(scene.db, scene.nora, Way.PAGE, scene.now)


def by_one_click(scene: Scene) -> None:
    opt_out(scene.db, scene.nora, Way.ONE_CLICK, scene.now)


def by_preferences(scene: Scene) -> None:
    """No box is ticked any more."""
    topics = scene.stage.cast.bulletins.id, scene.stage.cast.safety.id
    choose(scene.db, scene.nora.person_id, Changes(left=topics), scene.now)


def by_mail(scene: Scene) -> None:
    to = scene.links.mail_leave(scene.nora, DOMAIN)
    assert scene.desk.take(to, "nora@firm.example", STOP) is Answer.DONE


def by_complaint(scene: Scene) -> None:
    report = complaint(f"List-Unsubscribe: <{scene.links.opt_out(scene.nora)}>")
    assert scene.desk.take(f"complaints@{DOMAIN}", "fbl@provider.example", report) is Answer.DONE


def by_telephone(scene: Scene) -> None:
    note_leaving(scene.db, scene.nora.person_id, EVERYTHING, "mara", scene.now)


def by_an_import(scene: Scene) -> None:
    file = scene.folder / "export.csv"
    file.write_text(f"Account;Email;Opt-in\nK1;{scene.stage.cast.nora.address};no\n", encoding="utf-8")
    import_file(scene.db, file, now=scene.now)


def by_erasure(scene: Scene) -> None:
    erase(scene.db, scene.nora.person_id, scene.links.signer, scene.now, by="preferences page")


WAYS: dict[str, Callable[[Scene], None]] = {
    "the opt-out page": by_page,
    "one click": by_one_click,
    "preferences": by_preferences,
    "mail": by_mail,
    "a complaint": by_complaint,
    "staff": by_telephone,
    "no in an import": by_an_import,
    "erasure": by_erasure,
}


def states(db: Database) -> list[tuple[str, str]]:
    with db.read() as session:
        return [(row.state, row.text) for row in session.scalars(select(PostedLetter).order_by(PostedLetter.id))]


@pytest.mark.parametrize("withdraw", WAYS.values(), ids=WAYS)
def test_fault_18_each_way_of_withdrawing_takes_back_what_waits(
    scene: Scene, withdraw: Callable[[Scene], None]
) -> None:
    before = states(scene.db)
    withdraw(scene)
    assert states(scene.db) == [(LetterState.TAKEN_BACK, ""), before[1]]


@pytest.mark.parametrize("withdraw", WAYS.values(), ids=WAYS)
def test_fault_18_a_letter_that_is_being_tried_is_not_tried_again(
    scene: Scene, withdraw: Callable[[Scene], None]
) -> None:
    with scene.db.write() as session:
        letter = take_due(session, "engine", scene.now)
        assert letter is not None
        assert letter.person_id == scene.nora.person_id
    withdraw(scene)
    with scene.db.write() as session:
        put_off(session, letter, "450 later", scene.now)
    assert states(scene.db)[0] == (LetterState.TAKEN_BACK, "")


def test_a_letter_that_was_given_up_for_lost_never_goes_out_blank(scene: Scene) -> None:
    with scene.db.write() as session:
        letter = take_due(session, "slow", scene.now)
        assert letter is not None
        leave_behind(session, "slow", scene.now)
        put_off(session, letter, "450 later", scene.now)
    assert states(scene.db)[0] == (LetterState.GIVEN_UP, "")


def test_what_became_of_a_letter_that_left_just_before_is_told(scene: Scene) -> None:
    with scene.db.write() as session:
        letter = take_due(session, "engine", scene.now)
        assert letter is not None
        assert take_back(session, scene.nora.person_id, scene.now) == 0
        settle(session, letter, LetterState.SENT, "250 taken", scene.now)
    assert states(scene.db)[0] == (LetterState.SENT, "")

"""One house in which every page has something to show: a large base, the cast, and what happened to them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select, update

from config import Config
from newsletter.account.account import Account
from newsletter.archive.opening import open_archive
from newsletter.audience.topic import Topic
from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.snippet import save_snippet
from newsletter.bulletin.waves import read_waves
from newsletter.bulletin.when import When
from newsletter.bulletin.write import write
from newsletter.burst.find import find_bursts
from newsletter.checkin.ask import Mailroom, start_round
from newsletter.checkin.check_in import CheckIn
from newsletter.checkin.remind import remind_due
from newsletter.db import Base, Database
from newsletter.enclosure.keep_file import keep_file
from newsletter.enclosure.keep_picture import keep_picture
from newsletter.followup.causes import Cause
from newsletter.followup.follow_up import FollowUp
from newsletter.followup.rules import Rule, Team
from newsletter.followup.write_rule import write_rule
from newsletter.hit.hit import Hit
from newsletter.hit.sift import sift
from newsletter.hit.tap import Tap
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.order import Desk
from newsletter.ledger.run import Run
from newsletter.ledger.start import start_due
from newsletter.links import CheckInLink, DoneLink, OptOutLink, RunningLink
from newsletter.mailbox.store import Store
from newsletter.optout.act import opt_out
from newsletter.optout.answer import Why, answer
from newsletter.optout.opt_out import Way
from newsletter.post.posted import LetterState, PostedLetter
from newsletter.post.wording import Writer
from newsletter.question.force import start_experiment
from newsletter.question.reasons import Reason
from newsletter.retention.count_months import count_months
from newsletter.retention.count_reach import count_reach
from newsletter.retention.months import ended_months
from newsletter.schedule.steer import Planned, plan_series
from newsletter.segment.definition import About, Condition, Definition, Group, How, Join, Not
from newsletter.segment.listing import keep_list
from newsletter.segment.saving import save_segment
from newsletter.segment.table import Listed
from newsletter.staff.invite import invite
from newsletter.staff.user import Duty
from newsletter.theme.keeping import NEW as NEW_THEME
from newsletter.theme.keeping import save_theme
from newsletter.web.app import create_app
from tests.archive.newsstand import sent, source
from tests.bench.large_base import fill
from tests.bulletin.test_asking import SENDER
from tests.burst.gateway import Firm, set_firm
from tests.checkin.test_remind import BULLETIN as SAFETY
from tests.enclosure.drawings import jpeg
from tests.question.drafts import written
from tests.theme.test_theme import RED
from tests.web.public.doors import Clock, Door
from tests.web.public.strangers import fill as fill_in
from tests.web.public.strangers import last_link, subscribe

ACCOUNTS = 45
ADA = "ada@vendor.example"
DEMO = Path(__file__).parents[2] / "demo" / "bulletin.md"
_MAIL = b"Subject: Grease\r\nContent-Type: text/html\r\n\r\n<html lang=en><title>x</title><h1>Hello</h1>"
_LONG = "```\n" + "G28 X0 Y0 Z0 " * 40 + "\n```\n\n" + "x" * 400

_BLOCKS = """---
number: TB-BLOCKS
title: Grease the spindle
preheader: Half the usual amount
class: technical
theme: red
layout: blocks
language: en
---
:::heading center
# Grease the spindle
:::
:::columns
:::column
:::heading
## Before
:::
:::
:::column
:::text
Use **half** the usual amount.
:::
:::button
[Read more](https://example.com/)
:::
:::
:::
:::table
| Machine | Amount |
| --- | ---: |
| VX-500 | 12 g |
:::
"""

_SEGMENT = Definition(
    Group(Join.ANY, (
        Group(Join.ALL, (Condition(About.MODEL, ("VX-500",)), Condition(About.AGREEMENT, how=How.NONE))),
        Not(Group(Join.ANY, (Condition(About.SIGN, how=How.OLDER, months=6), Condition(About.LANGUAGE, ("de",))))),
    )),
    (Condition(About.COUNTRY, ("US",)), Condition(About.SERIALS, ("A100500",))),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FullHouse:
    """The application, and the parts of addresses that only a house knows: tokens and numbers."""

    door: Door
    parts: Mapping[str, str]


def furnish(db: Database, config: Config, clock: Clock) -> FullHouse:
    """Play the whole story in an empty database."""
    assert len(list(fill(db, ACCOUNTS, clock.now))) > 10
    with db.write() as session:
        session.execute(update(Topic).values(key="press", name="Machines of the press shop"))
        firm = set_firm(session, clock.now - timedelta(days=1))
    door = _door(db, config, clock, firm)
    _sent(door)
    mailbox = Store(config.var / "mailbox")
    parts = {
        "mail": mailbox.keep(_MAIL, "bulletins@acme.example", ["nora@toolroom-north.example"], clock.now),
        "welcome": f"/staff/welcome/{invite(db, 'bo@vendor.example', [Duty.SERVICE], clock.now)}",
    }
    return FullHouse(door, {**parts, **_from_gone(door, firm), **_from_staff(door), **_from_letters(door)})


def _door(db: Database, config: Config, clock: Clock, firm: Firm) -> Door:
    links = config.links()
    nora, una = (f"/leave/{links.opt_out_token(link)}" for link in (firm.stage.nora, firm.stage.una))
    return Door(create_app(config, db=db, clock=clock), db, clock, firm.stage, links, nora, una)


def _sent(door: Door) -> None:
    """A demo bulletin, one that is hard to set, a safety bulletin with reminders, and one for next week."""
    db, now, demo, topic = door.db, door.clock.now, DEMO.read_text(encoding="utf-8"), door.stage.cast.bulletins
    with db.write() as session:
        session.execute(update(Version).values(source=demo))
        sent(session, demo, topic, now)
        sent(session, source("TB-LONG", text=_LONG), topic, now - timedelta(days=1))
    open_archive(db, topic.key, ADA, now)
    long_ago, desk = now - timedelta(days=15), Desk(db, SENDER, door.links)
    desk.order(SAFETY, topic="", when=When(long_ago), author=ADA, now=long_ago)
    start_due(db, "engine", long_ago)
    with db.write() as session:
        run = session.scalar(select(func.max(Run.id)))
        for copy in session.scalars(select(Delivery).where(Delivery.run_id == run)):
            copy.state, copy.settled_at = "accepted", long_ago
    remind_due(db, door.links, Writer("Acme", "bulletins@acme.example", "service@acme.example", "1 Works Road"), now)
    save_theme(db, "red", replace(RED, logo=""), seen=NEW_THEME, author=ADA, now=now)
    keep_picture(db, jpeg(900, 600), "The grease nipple, behind the left cover", author=ADA, now=now)
    keep_file(db, b"%PDF-1.7", "service-letter.pdf", author=ADA, now=now)
    with db.write() as session:
        write(session, _BLOCKS, ADA, now)
    waves = When(now + timedelta(days=7), waves=read_waves("10 %, 4 h, rest"), hours="08:00-17:00 mon-fri")
    desk.order(source("TB-NEXT"), topic=topic.key, when=waves, author=ADA, now=now)


def _from_gone(door: Door, firm: Firm) -> dict[str, str]:
    """One who said why a fortnight ago, one with an answer of long ago, and eight whose gateway pressed the button."""
    now = door.clock.now
    for link, reason in ((door.stage.una, Reason.BACKUP), (door.stage.pia, Reason.USED_OTHER_SERVICE)):
        opt_out(door.db, link, Way.PAGE, now)
        answer(door.db, link, Why(reason, "Läuft nur noch sonntags."), now, language="de")
    for number, link in enumerate(firm.links):
        opt_out(door.db, link, Way.ONE_CLICK, now, tap=_pressed(link, door, timedelta(seconds=number)))
    with door.db.write() as session:
        for hit in session.scalars(select(Hit)):
            hit.since = 86_400.0
    sift(door.db, now + timedelta(seconds=30))
    (burst,) = find_bursts(door.db, now + timedelta(seconds=30))
    return {
        "burst": str(burst),
        "una": door.una,
        "nora": door.nora,
        "pia": door.path(door.stage.pia),
        "gone": str(door.stage.cast.una.id),
    }


def _pressed(link: OptOutLink, door: Door, after: timedelta) -> Tap:
    return Tap(
        at=door.clock.now + after,
        method="POST",
        kind="leave",
        person_id=link.person_id,
        delivery_id=link.delivery_id,
        pressed="one-click",
        shown=None,
    )


def _from_staff(door: Door) -> dict[str, str]:
    """What colleagues began: a round of check-ins, a trial of wordings, a rule, and the figures of every month."""
    db, now = door.db, door.clock.now
    save_segment(db, "without-agreement", "VX-500 without agreement", _SEGMENT, seen=0, author=ADA, now=now)
    keep_list(db, "recall", "Recall 2026", Listed.SERIALS, b"A100231\nX7\n", author=ADA, now=now)
    wording = written(db, now)
    rule = Rule(key="spare", causes=frozenset({Cause.BACKUP}), team=Team.SALES, what="Offer a rebuild.", due_in_days=9)
    count_months(db, ended_months(now), now)
    count_reach(db, now)
    writer = Writer("Acme", "bulletins@acme.example", "service@acme.example", "1 Works Road")
    with db.read() as session:
        silent = list(session.scalars(select(Account.id).where(Account.number.in_(["K2", "K3"]))))
    return {
        "wording": str(wording),
        "series": str(plan_series(db, Planned("TB-NEXT", "every Tuesday", "09:00", "Europe/Berlin"), by=ADA, now=now)),
        "trial": str(start_experiment(db, door.stage.cast.bulletins.id, 2, wording, share=50, by=ADA, now=now)),
        "snippet": str(save_snippet(db, None, "How to reach us", "Call **our service**.", author=ADA, now=now)),
        "rule": str(write_rule(db, rule, ADA, now)),
        "round": str(start_round(db, silent, Mailroom(door.links, writer), ADA, now).round_id),
        "work": _newest(door, FollowUp),
        "account": str(door.stage.cast.north.id),
        "run": _newest(door, Run),
        "sent": str(_run_of(door, door.stage.nora)),
    }


def _from_letters(door: Door) -> dict[str, str]:
    """What is only reached by a link in a letter."""
    nora, here = door.stage.cast.nora, door.links.base_url
    with door.db.write() as session:
        asked = session.scalars(select(CheckIn)).first()
        assert asked
        refused = session.scalars(select(PostedLetter)).first()
        assert refused
        refused.state, refused.outcome = LetterState.REFUSED, "550 5.1.1 No such user"
        check_in = CheckInLink(asked.person_id or 0, asked.id)
    copy = door.stage.nora
    urls: dict[str, Callable[[], str]] = {
        "check_in": lambda: door.links.check_in(check_in),
        "running": lambda: door.links.running(RunningLink(copy.person_id, copy.delivery_id)),
        "done": lambda: door.links.done(DoneLink(copy.person_id, copy.delivery_id)),
        "view": lambda: door.links.view(door.links.opt_out(copy)),
        "about": lambda: door.links.trap(door.links.opt_out(copy)),
        "preferences": lambda: door.links.preferences(nora.id),
        "mine": lambda: door.links.mine(nora.id, door.clock.now),
        "stop": lambda: door.links.stop(nora.id),
    }
    found = {name: url().removeprefix(here) for name, url in urls.items()}
    subscribe(door)
    found["confirm"] = last_link(door)
    fill_in(door, f"{found['preferences']}/address", address="nora@new-works.example")
    return {**found, "address": last_link(door)}


def _newest(door: Door, kind: type[Base]) -> str:
    with door.db.read() as session:
        return str(session.scalar(select(func.max(kind.id))))  # type: ignore[attr-defined] # every row has one


def _run_of(door: Door, link: OptOutLink) -> int:
    with door.db.read() as session:
        return session.get_one(Delivery, link.delivery_id).run_id

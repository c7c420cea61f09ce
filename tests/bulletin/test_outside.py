"""Looking outside: the web writes down what to look at, an engine's timekeeper looks, the page shows the answers."""

import threading
from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import select

from newsletter.bulletin.answer_outside import Eyes, answer_outside
from newsletter.bulletin.ask_outside import SeenOutside, Sending, ask_outside, followed, seen_outside
from newsletter.bulletin.checking import LinkCheck, is_anything_asked
from newsletter.bulletin.checks.links import MOST
from newsletter.bulletin.composed import composed
from newsletter.bulletin.write import write
from newsletter.db import Database
from newsletter.errors import Conflict
from newsletter.links import Links
from newsletter.probe.answer import Outcome
from newsletter.probe.look import Care
from newsletter.probe.names import texts_of
from newsletter.staff.audit import AuditEntry
from tests.bulletin.drafts import BODY, draft, press_of
from tests.probe.name_server import name_server
from tests.probe.web import says, site

SENDING = Sending("acme.example", "acme.example", ("s1._domainkey.acme.example",))


def asked(db: Database, links: Links, body: str, now: datetime) -> int:
    """The id of a version whose links were asked about."""
    with db.write() as session:
        version_id = write(session, draft(body), "ann", now).id
    ask_outside(db, version_id, composed(press_of(draft(body), links)), SENDING, "ann", now)
    return version_id


def seen(db: Database, version_id: int) -> SeenOutside:
    with db.read() as session:
        return seen_outside(session, version_id, SENDING.domain)


def eyes(port_is_public: bool = True) -> Eyes:  # noqa: FBT001, FBT002 - one of two pairs of eyes
    care = Care(resolve=lambda _: ["127.0.0.1"], seconds=2)
    if port_is_public:
        care = Care(resolve=care.resolve, seconds=2, may_visit=lambda _: True)
    return Eyes(care, lambda _: [])


def test_links_and_images_are_looked_at_and_remembered_with_time_and_words(
    db: Database, links: Links, now: datetime
) -> None:
    with site(says(404)) as page, name_server({("acme.example", "TXT"): ["v=spf1 -all"]}) as resolver:
        version_id = asked(db, links, f"{BODY}[a]({page.url('/a')}) ![b]({page.url('/b.png')})", now)
        before = seen(db, version_id)
        assert (before.waiting, before.answers, before.domain, page.asked) == (3, {}, None, [])
        later = now + timedelta(seconds=9)
        care = Eyes(eyes().care, partial(texts_of, resolver=resolver))
        assert answer_outside(db, care, lambda: later) == 3
        after = seen(db, version_id)
        assert (after.waiting, after.checked_at) == (0, later)
        assert {url: (answer.outcome, answer.status) for url, answer in after.answers.items()} == {
            page.url("/a"): (Outcome.BROKEN, 404),
            page.url("/b.png"): (Outcome.BROKEN, 404),
        }
        assert [(one.what, one.is_well) for one in after.domain or ()] == [
            ("spf", True), ("dkim", False), ("dmarc", False),
        ]  # fmt: skip
        assert not is_anything_asked(db)


def test_by_default_no_link_of_a_bulletin_makes_us_visit_our_own_machine(
    sqlite_db: Database, links: Links, now: datetime
) -> None:
    with site(says(200)) as page:
        version_id = asked(sqlite_db, links, f"{BODY}[a]({page.url(host='rebind.example')})", now)
        answer_outside(sqlite_db, eyes(port_is_public=False), lambda: now)
        (answer,) = seen(sqlite_db, version_id).answers.values()
        assert (answer.outcome, page.asked) == (Outcome.NOT_PUBLIC, [])


def test_two_engines_ask_each_link_once(db: Database, links: Links, now: datetime) -> None:
    with site(says(200)) as page:
        body = BODY + " ".join(f"[{n}]({page.url(f'/{n}')})" for n in range(30))
        version_id = asked(db, links, body, now)

        def engine() -> None:
            while answer_outside(db, eyes(), lambda: now):
                pass

        engines = [threading.Thread(target=engine) for _ in range(2)]
        for one in engines:
            one.start()
        for one in engines:
            one.join()
        gets = [path for method, path, _ in page.asked if method == "HEAD"]
        assert sorted(gets) == sorted(f"/{n}" for n in range(30))
        assert len(seen(db, version_id).answers) == 30


def test_what_a_dead_engine_had_in_hand_is_looked_at_later(sqlite_db: Database, links: Links, now: datetime) -> None:
    with site(says(200)) as page:
        asked(sqlite_db, links, f"{BODY}[a]({page.url()})", now)
        with sqlite_db.write() as session:
            session.scalars(select(LinkCheck)).one().claimed_at = now
        answer_outside(sqlite_db, eyes(), lambda: now + timedelta(minutes=5))
        assert page.asked == []
        answer_outside(sqlite_db, eyes(), lambda: now + timedelta(minutes=11))
        assert len(page.asked) == 1


def test_two_who_ask_at_once_ask_once(db: Database, links: Links, now: datetime) -> None:
    version_id = asked(db, links, BODY, now)
    whole = composed(press_of(draft(), links))
    with pytest.raises(Conflict):
        ask_outside(db, version_id, whole, SENDING, "ben", now + timedelta(seconds=1))
    ask_outside(db, version_id, whole, SENDING, "ben", now + timedelta(minutes=1))
    with db.read() as session:
        assert [(entry.who, entry.act) for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id))] == [
            ("ann", "check links"), ("ben", "check links"),
        ]  # fmt: skip


def test_what_was_found_of_the_domain_stays_until_there_is_a_new_answer(
    sqlite_db: Database, links: Links, now: datetime
) -> None:
    version_id = asked(sqlite_db, links, BODY, now)
    answer_outside(sqlite_db, eyes(), lambda: now)
    ask_outside(sqlite_db, version_id, composed(press_of(draft(), links)), SENDING, "ann", now + timedelta(minutes=1))
    again = seen(sqlite_db, version_id)
    assert again.waiting == 1
    assert len(again.domain or ()) == 3


def test_of_ten_thousand_links_a_hundred_are_followed(links: Links) -> None:
    body = BODY + "\n".join(f"- [x](https://a.example/{n})" for n in range(10_000))
    assert len(followed(composed(press_of(draft(body), links)))) == MOST


def test_links_that_differ_for_each_reader_and_mail_links_are_not_followed(links: Links) -> None:
    body = (
        f"{BODY}[a](https://a.example/{{{{ serial }}}}) [b](mailto:a@a.example) [c](tel:+491) [d](https://d.example/)"
    )
    assert followed(composed(press_of(draft(body), links))) == ["https://d.example/"]

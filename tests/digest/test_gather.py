"""Digests of people who asked for them: once each, nothing twice, nothing lost."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from threading import Thread

import pytest
from sqlalchemy import select

from newsletter.archive.opening import open_archive
from newsletter.audience.consent import ConsentAct, Subscription
from newsletter.audience.person import Person
from newsletter.audience.preferences import Frequency, Preference
from newsletter.audience.topic import Topic
from newsletter.bulletin.compose import Sender
from newsletter.bulletin.when import When
from newsletter.bulletin.write import write
from newsletter.db import Database
from newsletter.digest.gather import AT_ONCE, KIND, gather_digests
from newsletter.engine.letters import to_letter
from newsletter.engine.timed import Means, bells
from newsletter.ledger.control import pause, resume, schedule
from newsletter.ledger.digest import DigestEntry
from newsletter.ledger.lookup import why
from newsletter.ledger.run import Run, RunState
from newsletter.ledger.start import start_due
from newsletter.links import Links
from newsletter.message.mime import to_bytes
from newsletter.optout.act import opt_out
from newsletter.optout.opt_out import Way
from newsletter.post.posted import LetterState, PostedLetter
from newsletter.post.wording import Writer
from tests.archive.newsstand import source
from tests.cast import Cast, consent, play

WRITER = Writer("Acme", "bulletins@acme.example", "service@acme.example", "1 Works Road")
TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
MONDAY = datetime(2026, 11, 30, 6, 0, tzinfo=UTC)  # 07:00 in Berlin, where Nora's account is
FIRST = datetime(2026, 12, 1, 6, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Reading:
    """The cast, and what they get."""

    db: Database
    links: Links
    cast: Cast

    def wishes(self, person: Person, frequency: Frequency) -> None:
        with self.db.write() as session:
            session.merge(Preference(person_id=person.id, frequency=frequency))

    def send(self, text: str, at: datetime, topic: Topic | None = None) -> int:
        with self.db.write() as session:
            run = schedule(
                session, write(session, text, "mara", at), topic or self.cast.bulletins, When(at), "mara", at
            )
        assert start_due(self.db, "engine", at) == [run.id]
        return run.id

    def gather(self, now: datetime) -> int:
        return gather_digests(self.db, WRITER, self.links, "Europe/Berlin", now)

    def letters(self) -> list[PostedLetter]:
        with self.db.read() as session:
            return list(
                session.scalars(select(PostedLetter).where(PostedLetter.kind == KIND).order_by(PostedLetter.id))
            )

    def told(self) -> list[tuple[int, int]]:
        with self.db.read() as session:
            return [
                (e.person_id, e.bulletin_id)
                for e in session.scalars(select(DigestEntry).order_by(DigestEntry.bulletin_id))
            ]

    def why(self, person: Person, number: str) -> str:
        with self.db.read() as session:
            return " ".join(why(session, person.address, number, MONDAY).sentences)


@pytest.fixture
def reading(db: Database, links: Links, now: datetime) -> Reading:
    with db.write() as session:
        reading = Reading(db, links, play(session, now))
    reading.wishes(reading.cast.nora, Frequency.WEEKLY)
    return reading


def test_a_weekly_reader_gets_on_monday_at_seven_what_came_in_between(reading: Reading) -> None:
    reading.send(source("TB-1", "models: VX-500"), TUESDAY)
    reading.send(source("TB-2"), TUESDAY + timedelta(hours=1))
    reading.send(source("TB-3", "models: CT-9"), TUESDAY)  # no machine of hers
    assert reading.gather(MONDAY - timedelta(minutes=1)) == 0
    assert reading.gather(MONDAY) == 1
    (letter,) = reading.letters()
    assert (letter.address, letter.subject) == (reading.cast.nora.address, "What is new from Acme")
    assert letter.text.index("About TB-1") < letter.text.index("About TB-2")
    assert "TB-3" not in letter.text
    assert reading.gather(MONDAY + timedelta(minutes=1)) == 0


def test_rfc_8058_3_1_a_digest_carries_the_one_click_link_and_it_works(reading: Reading) -> None:
    reading.send(source("TB-1"), TUESDAY)
    reading.gather(MONDAY)
    (letter,) = reading.letters()
    assert letter.leave_link in letter.text
    link = reading.links.read_opt_out(letter.leave_link.rpartition("/")[2])
    assert (link.person_id, link.topic_ids) == (reading.cast.nora.id, (reading.cast.bulletins.id,))
    opt_out(reading.db, link, Way.ONE_CLICK, MONDAY)
    assert reading.letters()[0].state == LetterState.TAKEN_BACK
    reading.send(source("TB-2"), MONDAY + timedelta(days=1))
    assert reading.gather(MONDAY + timedelta(days=7)) == 0


def test_the_link_of_a_digest_of_two_topics_leaves_both_and_no_third(reading: Reading) -> None:
    with reading.db.write() as session:
        third = Topic(key="offers", name="Offers", created_at=TUESDAY)
        session.add(third)
        session.flush()
        for topic in (reading.cast.safety, third):
            consent(session, reading.cast.nora, topic, ConsentAct.GRANTED, TUESDAY)
    reading.send(source("TB-1"), TUESDAY)
    reading.send(source("TB-2", "topic: safety"), TUESDAY, reading.cast.safety)
    reading.gather(MONDAY)
    link = reading.links.read_opt_out(reading.letters()[0].leave_link.rpartition("/")[2])
    first = opt_out(reading.db, link, Way.ONE_CLICK, MONDAY)
    again = opt_out(reading.db, link, Way.ONE_CLICK, MONDAY)
    assert (first.is_new, again.is_new, first.opt_out_id) == (True, False, again.opt_out_id)
    with reading.db.read() as session:
        states = {
            s.topic_id: s.state
            for s in session.scalars(select(Subscription).where(Subscription.person_id == reading.cast.nora.id))
        }
    assert states == {
        reading.cast.bulletins.id: "withdrawn",
        reading.cast.safety.id: "withdrawn",
        third.id: "granted",
    }


def test_monthly_comes_on_the_first_working_day(reading: Reading) -> None:
    reading.wishes(reading.cast.nora, Frequency.MONTHLY)
    reading.send(source("TB-1"), TUESDAY)
    assert [reading.gather(at) for at in (MONDAY, FIRST - timedelta(minutes=1), FIRST)] == [0, 0, 1]


def test_a_host_that_was_down_sends_once_and_late(reading: Reading) -> None:
    reading.send(source("TB-1"), TUESDAY)
    thursday = MONDAY + timedelta(days=3)
    reading.send(source("TB-2"), MONDAY + timedelta(days=1))
    assert reading.gather(thursday) == 1
    assert "TB-2" not in reading.letters()[0].text  # that one is for next Monday
    assert reading.gather(MONDAY + timedelta(days=7)) == 1
    assert "TB-1" not in reading.letters()[1].text


def test_three_weeks_of_silence_are_one_letter(reading: Reading) -> None:
    for week in range(3):
        reading.send(source(f"TB-{week}"), TUESDAY + timedelta(weeks=week))
    assert reading.gather(MONDAY + timedelta(weeks=2, hours=5)) == 1
    assert [f"TB-{week}" in reading.letters()[0].text for week in range(3)] == [True] * 3


def test_fault_11_two_engines_at_once_post_one_letter(reading: Reading) -> None:
    reading.send(source("TB-1"), TUESDAY)
    for person in (reading.cast.ines, reading.cast.pia, reading.cast.una):
        reading.wishes(person, Frequency.WEEKLY)
    reading.send(source("TB-2"), TUESDAY)
    posted: list[int] = []
    engines = [Thread(target=lambda: posted.append(reading.gather(MONDAY + timedelta(hours=9)))) for _ in range(4)]
    for engine in engines:
        engine.start()
    for engine in engines:
        engine.join()
    assert sum(posted) == len(reading.letters()) == 4
    assert len(reading.told()) == 5


def test_fault_1_a_death_in_between_loses_nothing_and_sends_nothing_twice(reading: Reading) -> None:
    reading.send(source("TB-1"), TUESDAY)
    broken = Links("no link at all", reading.links.signer)
    assert gather_digests(reading.db, WRITER, broken, "UTC", MONDAY + timedelta(hours=9)) == 0
    assert (reading.told(), reading.letters()) == ([], [])
    assert reading.gather(MONDAY + timedelta(hours=9)) == 1
    assert len(reading.told()) == 1


def test_who_left_or_paused_or_wants_safety_only_is_told_of_nothing(reading: Reading) -> None:
    reading.wishes(reading.cast.ines, Frequency.WEEKLY)
    reading.wishes(reading.cast.pia, Frequency.WEEKLY)
    reading.send(source("TB-1"), TUESDAY)
    with reading.db.write() as session:
        consent(session, reading.cast.nora, reading.cast.bulletins, ConsentAct.WITHDRAWN, TUESDAY)
        session.merge(
            Preference(person_id=reading.cast.ines.id, frequency="weekly", paused_until=MONDAY + timedelta(days=2))
        )
    reading.wishes(reading.cast.pia, Frequency.SAFETY)
    assert reading.gather(MONDAY + timedelta(hours=12)) == 0
    assert reading.gather(MONDAY + timedelta(days=7)) == 1  # Ines is back
    assert reading.letters()[0].person_id == reading.cast.ines.id


def test_who_goes_back_to_each_mail_gets_what_was_gathered_for_them(reading: Reading) -> None:
    reading.send(source("TB-1"), TUESDAY)
    reading.wishes(reading.cast.nora, Frequency.EACH)
    assert reading.gather(MONDAY) == 1


def test_a_run_that_is_paused_waits_and_a_cancelled_one_is_told_of_never(reading: Reading) -> None:
    run = reading.send(source("TB-1"), TUESDAY)
    pause(reading.db, run, "mara", TUESDAY)
    assert reading.gather(MONDAY) == 0
    resume(reading.db, run, "mara", MONDAY + timedelta(days=1))
    assert reading.gather(MONDAY + timedelta(days=7)) == 1
    other = reading.send(source("TB-2"), MONDAY + timedelta(days=8))
    with reading.db.write() as session:
        session.get_one(Run, other).state = RunState.CANCELLED
    assert reading.gather(MONDAY + timedelta(days=14)) == 0


def test_who_had_a_copy_is_not_told_again(reading: Reading) -> None:
    reading.wishes(reading.cast.nora, Frequency.EACH)
    reading.send(source("TB-1", text="For everybody."), TUESDAY)
    reading.wishes(reading.cast.nora, Frequency.WEEKLY)
    reading.send(source("TB-1", text="Anew."), TUESDAY + timedelta(hours=1))
    assert reading.gather(MONDAY) == 0


def test_safety_comes_at_once_and_is_in_no_digest(reading: Reading) -> None:
    reading.send(source("TB-1", klass="safety"), TUESDAY)
    assert reading.gather(MONDAY) == 0


def test_a_link_leads_to_the_archive_or_to_her_own_view(reading: Reading) -> None:
    reading.send(source("TB-1"), TUESDAY)
    reading.gather(MONDAY)
    open_archive(reading.db, "bulletins", "mara", MONDAY)
    reading.send(source("TB-2"), MONDAY)
    reading.gather(MONDAY + timedelta(days=7))
    first, second = (letter.text for letter in reading.letters())
    assert "/view/" in first
    assert "https://news.vendor.example/archive/bulletins/TB-2" in second


def test_why_names_the_digest(reading: Reading) -> None:
    reading.send(source("TB-1"), TUESDAY)
    assert "gets it in the weekly or monthly digest" in reading.why(reading.cast.nora, "TB-1")
    reading.gather(MONDAY)
    assert "it was in the person's digest of 30 November 2026" in reading.why(reading.cast.nora, "TB-1")


def test_more_people_than_go_into_one_transaction(reading: Reading) -> None:
    with reading.db.write() as session:
        names = [f"p{number}@x.example" for number in range(AT_ONCE)]
        people = [Person(address=name, address_key=name, created_at=TUESDAY) for name in names]
        session.add_all(people)
        session.flush()
        for person in people:
            consent(session, person, reading.cast.bulletins, ConsentAct.GRANTED, TUESDAY)
            session.add(Preference(person_id=person.id, frequency=Frequency.WEEKLY))
    reading.send(source("TB-1"), TUESDAY)
    assert reading.gather(MONDAY + timedelta(hours=1)) == len(reading.letters()) == AT_ONCE + 1


def test_the_engine_rings_the_bell_and_rfc_8058_3_1_holds_for_what_leaves(reading: Reading) -> None:
    reading.send(source("TB-1"), TUESDAY)
    sender = Sender("Acme", "bulletins@acme.example", "service@acme.example", "1 Works Road", "acme.example")
    means = Means(reading.db, sender, reading.links, "Europe/Berlin")
    ring = {job.__name__: job for _, job in bells(means, lambda: MONDAY)}["gather_digests"]
    ring()
    ring()
    (posted,) = reading.letters()
    mail = message_from_bytes(to_bytes(to_letter(posted, sender)))
    assert mail.get_all("List-Unsubscribe") == [f"<{posted.leave_link}>"]
    assert mail.get_all("List-Unsubscribe-Post") == ["List-Unsubscribe=One-Click"]
    assert posted.leave_link.startswith("https://")
    assert mail["Auto-Submitted"] == "auto-generated"

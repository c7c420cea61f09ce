"""A round of check-ins: one letter an account and person, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from newsletter.checkin.answer import check_in_page, keep_words, say_not_me, tell_check_in
from newsletter.checkin.ask import Mailroom, start_round
from newsletter.checkin.check_in import CheckIn
from newsletter.checkin.choose import Obstacle
from newsletter.checkin.rule import Rule
from newsletter.checkin.silent import Filter, silent_accounts
from newsletter.checkin.wording import forget_text, read_text, write_text
from newsletter.db import Database
from newsletter.errors import BadAnswer, Conflict, NotFound, Refused
from newsletter.language import SUPPORTED, translator
from newsletter.links import CheckInLink, Links, OptOutLink
from newsletter.optout.act import opt_out
from newsletter.optout.opt_out import Way
from newsletter.post.posted import LetterState, PostedLetter
from newsletter.post.wording import Writer
from newsletter.question.reasons import UnitAnswer
from newsletter.signal.note import verdicts_of
from newsletter.signal.rules import State
from newsletter.staff.audit import AuditEntry
from tests import cast
from tests.cast import Cast


@pytest.fixture
def stage(db: Database, now: datetime) -> Cast:
    with db.write() as session:
        return cast.play(session, now)


@pytest.fixture
def mailroom(links: Links) -> Mailroom:
    return Mailroom(links, Writer("Acme", "bulletins@acme.example", "service@acme.example", "1 Works Road"))


def accounts(stage: Cast) -> list[int]:
    return [account.id for account in (stage.north, stage.gears, stage.valves, stage.quiet, stage.rim)]


def asked(db: Database) -> dict[int, CheckIn]:
    with db.read() as session:
        return {row.account_id: row for row in session.scalars(select(CheckIn))}


def letters(db: Database) -> list[PostedLetter]:
    with db.read() as session:
        return list(session.scalars(select(PostedLetter).order_by(PostedLetter.id)))


def test_each_account_is_asked_through_a_person_of_its_own(
    db: Database, stage: Cast, mailroom: Mailroom, now: datetime
) -> None:
    """Pia stands at K1, K2 and K3; she is asked about K3, where there is nobody else."""
    started = start_round(db, accounts(stage), mailroom, "ada", now)
    people = {id_: row.person_id for id_, row in asked(db).items()}
    assert people == {stage.north.id: stage.nora.id, stage.gears.id: stage.ines.id, stage.valves.id: stage.pia.id}
    assert started.asked == 3
    assert sorted(letter.address for letter in letters(db)) == sorted(
        person.address for person in (stage.nora, stage.ines, stage.pia)
    )
    with db.read() as session:
        assert session.scalars(select(AuditEntry.act).where(AuditEntry.who == "ada")).all() == ["start check-in round"]


def test_a_second_round_in_the_period_asks_nobody(db: Database, stage: Cast, mailroom: Mailroom, now: datetime) -> None:
    start_round(db, accounts(stage), mailroom, "ada", now)
    for days in (0, 1, 364):
        with pytest.raises(Conflict):
            start_round(db, accounts(stage), mailroom, "ada", now + timedelta(days=days))
    assert len(asked(db)) == 3
    assert start_round(db, accounts(stage), mailroom, "ada", now + timedelta(days=366)).asked == 3


def test_fault_11_rounds_started_at_once_ask_each_account_and_person_once(
    db: Database, stage: Cast, mailroom: Mailroom, now: datetime
) -> None:
    """Some of them over the same accounts, some over accounts that share Pia."""
    wishes = [accounts(stage), [stage.gears.id], [stage.valves.id], accounts(stage)] * 2

    def start(wish: list[int]) -> None:
        with suppress(Conflict):
            start_round(db, wish, mailroom, "ada", now)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(start, wishes))
    with db.read() as session:
        rows = session.scalars(select(CheckIn)).all()
    assert len({row.account_id for row in rows}) == len(rows)
    assert len({row.person_id for row in rows}) == len(rows)
    assert len(letters(db)) == len(rows) >= 2


def test_the_letter_names_the_machines_and_leads_to_our_pages_only(
    db: Database, stage: Cast, mailroom: Mailroom, now: datetime
) -> None:
    start_round(db, [stage.valves.id], mailroom, "ada", now)
    (letter,) = letters(db)
    (row,) = asked(db).values()
    page = mailroom.links.check_in(CheckInLink(stage.pia.id, row.id))
    leave = mailroom.links.opt_out(OptOutLink(stage.pia.id, 0, 0))
    assert (letter.language, letter.subject) == ("en", "Is it still running?")
    assert "Acme once delivered to you: VX-500 A100900." in " ".join(letter.text.split())
    for answer in UnitAnswer:
        assert f"{page}/{stage.a100900.id}/{answer}" in letter.text
        assert f"{page}/{stage.a100900.id}/{answer}" in letter.html
    assert (letter.leave_link, letter.kind, letter.key) == (leave, "check-in", f"check-in:{row.id}")
    assert leave in letter.text
    assert (
        row.because
        == f"the only one we may ask; agreed to our mail on {_in_words(now - timedelta(days=400))}; maintenance"
    )


def _in_words(at: datetime) -> str:
    return f"{at.day} {at:%B %Y}"


def test_many_machines_are_answered_on_the_page(db: Database, stage: Cast, mailroom: Mailroom, now: datetime) -> None:
    with db.write() as session:
        session.merge(stage.c90).account_id = stage.north.id
    start_round(db, [stage.north.id], mailroom, "ada", now)
    (letter,) = letters(db)
    assert "Für jede Maschine antworten" in letter.text
    assert "/in_use" not in letter.text
    assert "VX-500 A100231, VX-500i A103000, CT-7 C77 und CT-7 C90" in " ".join(letter.text.split())


@pytest.mark.parametrize("language", SUPPORTED)
def test_the_built_in_letter_is_in_the_reader_s_language(
    db: Database, stage: Cast, mailroom: Mailroom, now: datetime, language: str
) -> None:
    with db.write() as session:
        session.merge(stage.pia).language = language
    start_round(db, [stage.valves.id], mailroom, "ada", now)
    (letter,) = letters(db)
    assert letter.subject == translator(language).gettext("Is it still running?")
    assert translator(language).gettext("I am not the right person") in letter.text


def test_the_words_of_staff_are_sent_as_they_are_and_fill_nothing_else(
    db: Database, stage: Cast, mailroom: Mailroom, now: datetime
) -> None:
    text = read_text("Hello from {vendor}", "Is {machines} well? <b>Sold</b>\n\nIn use\n")
    write_text(db, "en", text, "ada", now)
    start_round(db, [stage.valves.id], mailroom, "ada", now)
    (letter,) = letters(db)
    assert letter.subject == "Hello from Acme"
    assert "Is VX-500 A100900 well? <b>Sold</b>" in letter.text
    assert "&lt;b&gt;Sold&lt;/b&gt;" in letter.html
    forget_text(db, "en", "ada", now)
    start_round(db, [stage.gears.id], mailroom, "ada", now)
    assert letters(db)[1].subject == "Läuft die Maschine noch?"


@pytest.mark.parametrize(
    "body",
    [
        "{first_name}",
        "{vendor.__class__}",
        "{machines!r}",
        "{",
        "}",
        "{}",
        "{vendor",
        "{{vendor}}x{",
        "",
        "  \n\n ",
        "x" * 3001,
        "a\x00b",
    ],
)
def test_fault_33_braces_that_are_no_placeholder_are_refused(body: str) -> None:
    with pytest.raises(Refused):
        read_text("Subject", body)


def test_fault_18_an_opt_out_between_posting_and_sending_takes_the_letter_back(
    db: Database, stage: Cast, mailroom: Mailroom, now: datetime
) -> None:
    start_round(db, accounts(stage), mailroom, "ada", now)
    opt_out(db, OptOutLink(stage.nora.id, stage.bulletins.id, 0), Way.PAGE, now)
    states = {letter.address: letter.state for letter in letters(db)}
    assert states[stage.nora.address] == LetterState.TAKEN_BACK
    assert states[stage.pia.address] == LetterState.WAITING


def test_one_click_on_a_check_in_stops_everything(db: Database, stage: Cast, mailroom: Mailroom, now: datetime) -> None:
    start_round(db, [stage.valves.id], mailroom, "ada", now)
    opt_out(db, OptOutLink(stage.pia.id, 0, 0), Way.ONE_CLICK, now)
    later = now + timedelta(days=800)
    with db.read() as session:
        (account,) = silent_accounts(session, Rule(), later, Filter(words="K3"), limit=5)
    assert [person.obstacle for person in account.choice.others] == [Obstacle.SUPPRESSED]


def _asked_pia(db: Database, stage: Cast, mailroom: Mailroom, now: datetime) -> CheckInLink:
    start_round(db, [stage.valves.id], mailroom, "ada", now)
    return CheckInLink(stage.pia.id, asked(db)[stage.valves.id].id)


def test_an_answer_is_a_word_about_the_machine_and_can_be_changed(
    db: Database, stage: Cast, mailroom: Mailroom, now: datetime
) -> None:
    link = _asked_pia(db, stage, mailroom, now)
    for minutes, telling in enumerate((UnitAnswer.GONE, UnitAnswer.BACKUP)):
        tell_check_in(db, link, stage.a100900.id, telling, now + timedelta(minutes=minutes))
    with db.read() as session:
        units, _ = verdicts_of(session, stage.valves.id, now + timedelta(hours=1))
        page = check_in_page(session, link, now)
    assert units[stage.a100900.id].state == State.BACKUP
    assert [machine.answer for machine in page.machines] == [UnitAnswer.BACKUP]
    assert asked(db)[stage.valves.id].answered_at == now


def test_who_is_not_the_right_person_is_never_asked_about_it_again(
    db: Database, stage: Cast, mailroom: Mailroom, now: datetime
) -> None:
    link = _asked_pia(db, stage, mailroom, now)
    for _ in range(2):
        say_not_me(db, link, now)
    with db.read() as session:
        units, _ = verdicts_of(session, stage.valves.id, now)
        assert units[stage.a100900.id].state == State.UNKNOWN
        found = silent_accounts(session, Rule(), now + timedelta(days=800), Filter(words="K3"), limit=5)
    assert [person.obstacle for person in found[0].choice.others] == [Obstacle.NOT_THE_ONE]


def test_words_are_kept_exactly_up_to_a_limit(db: Database, stage: Cast, mailroom: Mailroom, now: datetime) -> None:
    link = _asked_pia(db, stage, mailroom, now)
    keep_words(db, link, "Läuft. 動いている 👍\n نعم", now)
    with pytest.raises(BadAnswer):
        keep_words(db, link, "x" * 2001, now)
    assert asked(db)[stage.valves.id].words == "Läuft. 動いている 👍\n نعم"


def test_fault_27_a_letter_is_answered_by_its_person_about_its_machines_only(
    db: Database, stage: Cast, mailroom: Mailroom, now: datetime
) -> None:
    link = _asked_pia(db, stage, mailroom, now)
    with pytest.raises(BadAnswer):
        tell_check_in(db, link, stage.a100231.id, UnitAnswer.GONE, now)
    for forged in (CheckInLink(stage.nora.id, link.check_in_id), CheckInLink(stage.pia.id, 999)):
        with pytest.raises(NotFound):
            say_not_me(db, forged, now)


@pytest.mark.parametrize("count", [0, 201])
def test_a_round_is_of_some_accounts_and_not_of_too_many(
    db: Database, mailroom: Mailroom, now: datetime, count: int
) -> None:
    with pytest.raises(Refused):
        start_round(db, range(count), mailroom, "ada", now)

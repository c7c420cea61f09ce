from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from newsletter.ledger.run import Run, RunState
from newsletter.ledger.sample import Sample
from newsletter.ledger.seen import note_seen
from newsletter.ledger.start import start_due
from tests.ledger.stage import TEXT
from tests.web.staff.bulletins.newsroom import Newsroom, value, words

PAGE = "/staff/bulletins/TB-1"
SEND = PAGE + "/send"


@pytest.fixture(autouse=True)
def _written(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("sqlite_room" if "sqlite_room" in request.fixturenames else "room").written()


def confirmed(room: Newsroom, look: str = SEND) -> TestResponse:
    """Look at the confirmation, then press its button."""
    page = room.open(look)
    fields = {name: value(page, name) for name in ("seen", "at", "zone")}
    return room.post(SEND, **fields)


def runs(room: Newsroom) -> list[Run]:
    with room.db.read() as session:
        return list(session.scalars(select(Run).order_by(Run.id)))


def test_the_page_says_who_gets_it_and_who_does_not_by_name(room: Newsroom) -> None:
    page = room.get(PAGE)
    assert "4 people get it; 1 does not." in page
    assert "4 machines" in page
    assert "Omar Haddad omar@toolroom-north.example The person opted out of this topic" in page


def test_it_is_seen_as_a_chosen_person_gets_it(room: Newsroom) -> None:
    page = room.get(f"{PAGE}?reader={room.cast.nora.id}")
    assert "As Nora Frost gets it" in page
    assert "A100231 and A103000" in page
    assert "As Pia Marsh gets it" in room.get(f"{PAGE}?address=PIA@fast-fitters.example")


@pytest.mark.parametrize(
    ("asked_for", "said"),
    [
        ("address=bela@rim-tooling.example", "This bulletin is not for that person."),
        ("address=nobody@nowhere.example", "Nobody with the address nobody@nowhere.example is known."),
        ("address=nonsense", "'nonsense' is no e-mail address."),
        ("address=%00", "is no e-mail address."),
    ],
)
def test_somebody_it_is_not_for_is_said(sqlite_room: Newsroom, asked_for: str, said: str) -> None:
    assert said in sqlite_room.get(f"{PAGE}?{asked_for}")


def test_a_reader_that_is_none_shows_the_first(room: Newsroom) -> None:
    for reader in ("0", "-1", "x", "9" * 30, "%00", "²"):
        assert "As Berg gets it" in room.get(f"{PAGE}?reader={reader}")


def test_a_person_without_a_value_is_said_and_not_sent_an_empty_name(room: Newsroom) -> None:
    room.written(TEXT.replace("TB-1", "TB-2").replace("{{ name }}", "{{ first_name }}"))
    page = room.get(f"/staff/bulletins/TB-2?reader={room.cast.una.id}")
    assert "There is no value for {{ first_name }}." in page
    assert "no value for the merge tag first_name" in page


def test_the_letter_may_style_itself_and_do_nothing_else(sqlite_room: Newsroom) -> None:
    letter = sqlite_room.open(f"{PAGE}/letter?reader={sqlite_room.cast.nora.id}")
    policy = letter.headers["Content-Security-Policy"]
    assert "A100231 and A103000" in letter.text
    for rule in ("script-src 'none'", "img-src https:;", "frame-ancestors 'self'", "sandbox allow-popups"):
        assert rule in policy
    assert "'unsafe-inline'" not in sqlite_room.open(PAGE).headers["Content-Security-Policy"]
    assert "frame-src 'self'" in sqlite_room.open(PAGE).headers["Content-Security-Policy"]


def test_machines_of_which_nobody_hears_are_listed_first(room: Newsroom) -> None:
    room.written(
        TEXT.replace("TB-1", "TB-2").replace("VX-500, VX-500i", "CT-7").replace("serials: A100000-A104000\n", "")
    )
    page = room.get("/staff/bulletins/TB-2/machines")
    assert "2 machines; for 1 there is nobody we may write to" in page
    assert page.index("C90") < page.index("C77")
    assert "for 1 there is nobody we may write to" in room.get("/staff/bulletins/TB-2")


def test_a_test_is_asked_for_and_its_outcome_stands_on_the_page(room: Newsroom) -> None:
    answer = room.post(PAGE + "/test", reader=room.cast.nora.id, address=" otto@vendor.example ")
    assert answer.status_code == 303
    with room.db.write() as session:
        sample = session.scalars(select(Sample)).one()
        assert (sample.address, sample.as_person_id, sample.author) == (
            "otto@vendor.example", room.cast.nora.id, "ada@vendor.example",
        )  # fmt: skip
        sample.outcome = "accepted: 250 Ok"
    page = room.get(answer.location)
    assert "A test goes to otto@vendor.example" in page
    assert "as Nora Frost" in page
    assert "accepted: 250 Ok" in page


@pytest.mark.parametrize("address", ["", "nonsense", "a\x00@b.example", "x" * 5000], ids=repr)
def test_a_test_to_no_address_is_refused_beside_the_field(sqlite_room: Newsroom, address: str) -> None:
    answer = sqlite_room.post(PAGE + "/test", reader=sqlite_room.cast.nora.id, address=address)
    assert answer.status_code == 400
    assert "is no e-mail address." in words(answer)
    assert "As Nora Frost gets it" in words(answer)
    assert sqlite_room.count(Sample) == 0


@pytest.mark.parametrize("reader", ["", "x", "999999"])
def test_a_test_as_nobody_is_refused(sqlite_room: Newsroom, reader: str) -> None:
    assert sqlite_room.post(PAGE + "/test", reader=reader, address="a@b.example").status_code == 404
    assert sqlite_room.count(Sample) == 0


def test_the_second_look_repeats_what_goes_to_how_many_and_when(room: Newsroom) -> None:
    page = room.get(SEND)
    for said in ("TB-1", "Lubrication", "4 people", "When now", "Send TB-1 to 4 people", "No engine is running"):
        assert said in page
    note_seen(room.db, "engine", room.now, "", room.now)
    assert "No engine is running" not in room.get(SEND)
    page = room.get(SEND + "?at=2026-12-01T09:00&zone=Europe/Berlin")
    assert "on Tuesday, 1 December 2026 at 09:00 in Europe/Berlin (08:00 UTC)" in page
    assert runs(room) == []


def test_it_is_sent_now(room: Newsroom) -> None:
    answer = confirmed(room)
    (run,) = runs(room)
    assert answer.location == f"/staff/runs/{run.id}"
    assert (run.state, run.due_at, run.author) == (RunState.SCHEDULED, room.now, "ada@vendor.example")
    assert start_due(room.db, "engine", room.now) == [run.id]


def test_it_is_sent_at_a_time_in_a_zone(room: Newsroom) -> None:
    confirmed(room, SEND + "?at=2026-12-01T09:00&zone=Europe/Berlin")
    (run,) = runs(room)
    assert run.due_at == datetime(2026, 12, 1, 8, tzinfo=UTC)
    assert (run.due_local, run.zone) == ("2026-12-01T09:00", "Europe/Berlin")
    page = room.get(f"/staff/runs/{run.id}")
    assert "Starts 1 Dec 2026, 09:00 CET (chosen as 2026-12-01 09:00 in Europe/Berlin)" in page


@pytest.mark.parametrize(
    ("at", "zone", "said"),
    [
        ("2020-01-01T09:00", "Europe/Berlin", "is in the past"),
        ("2027-03-28T02:30", "Europe/Berlin", "that time does not exist"),
        ("2026-12-01T09:00", "", "The time has no zone."),
        ("2026-12-01T09:00", "Europe/Bielefeld", "'Europe/Bielefeld' is no time zone."),
        ("2026-12-01T09:00", "../etc/passwd", "is no time zone."),
        ("0001-01-01T00:00", "Europe/Berlin", "is out of reach"),
        ("tomorrow", "Europe/Berlin", "'tomorrow' is no time."),
        ("2026-12-01T09:00+02:00", "Europe/Berlin", "carries an offset"),
        ("\x00", "Europe/Berlin", "is no time."),
    ],
)
def test_a_bad_time_is_said_beside_the_field(sqlite_room: Newsroom, at: str, zone: str, said: str) -> None:
    look = sqlite_room.browser.get(SEND, query_string={"at": at, "zone": zone}, base_url="https://news.vendor.example")
    sent = sqlite_room.post(SEND, at=at, zone=zone, seen="")
    for answer in (look, sent):
        assert answer.status_code == 400
        assert said in words(answer)
        assert value(answer, "at") == at.replace("\x00", "\x00")
    assert runs(sqlite_room) == []


def test_the_same_confirmation_twice_makes_one_run(room: Newsroom) -> None:
    seen = value(room.open(SEND), "seen")
    first = room.post(SEND, seen=seen, at="", zone="")
    again = room.post(SEND, seen=seen, at="", zone="")
    assert (first.status_code, again.status_code) == (303, 409)
    (run,) = runs(room)
    assert f"run {run.id}, ordered by ada@vendor.example" in words(again)


def test_what_somebody_changed_since_is_not_sent(room: Newsroom) -> None:
    seen = value(room.open(SEND), "seen")
    edit = PAGE + "/edit?as=file"
    room.post(edit, source=TEXT.replace("Lubrication", "Grease"), seen=value(room.open(edit), "seen"))
    answer = room.post(SEND, seen=seen, at="", zone="")
    assert answer.status_code == 409
    assert "Nothing was sent by this click." in words(answer)
    assert "Title Grease" in words(answer)
    assert runs(room) == []


def test_a_confirmation_of_nothing_is_refused(room: Newsroom) -> None:
    for seen in ("", "nonsense", "1-2-3", "\x00"):
        assert room.post(SEND, seen=seen, at="", zone="").status_code == 409
    assert runs(room) == []


def test_a_bulletin_for_nobody_has_no_button(room: Newsroom) -> None:
    room.written(TEXT.replace("TB-1", "TB-2").replace("VX-500, VX-500i", "VX-9"))
    page = room.get("/staff/bulletins/TB-2")
    assert "Nobody gets it." in page
    assert "No machine on record matches." in page
    assert "there is nothing to send" in room.get("/staff/bulletins/TB-2/send")
    assert '<button class="button">Send' not in room.open("/staff/bulletins/TB-2/send").text


def test_a_second_run_goes_to_nobody_who_has_it(room: Newsroom) -> None:
    confirmed(room)
    start_due(room.db, "engine", room.now)
    page = room.get(PAGE)
    assert "Sent again now, it would go to nobody; not to 5." in page
    assert "The person has this bulletin, or a copy is on its way" in page


def test_a_bulletin_whose_topic_is_gone_still_has_a_page(room: Newsroom) -> None:
    with room.db.write() as session:
        session.merge(room.cast.bulletins).key = "other"
    page = room.get(PAGE)
    assert "It cannot be sent as it stands." in page
    assert "There is no topic 'bulletins'." in page
    room.open(SEND, 400)


def test_a_name_full_of_tags_is_text(room: Newsroom) -> None:
    evil = "<script>alert(1)</script>"
    with room.db.write() as session:
        nora = session.merge(room.cast.nora)
        nora.first_name = evil
        session.merge(room.cast.omar).first_name = evil
    room.written(TEXT.replace("TB-1", "TB-2").replace("Lubrication", evil))
    for path in ("", "/send", "/edit", "/machines"):
        assert evil not in room.open(f"/staff/bulletins/TB-2{path}").text
    assert evil not in room.open("/staff/bulletins").text


def test_sending_is_for_marketers(room: Newsroom) -> None:
    service = room.hire("service")
    service.open(SEND, 403)
    page = service.get(PAGE)
    assert "4 people get it" in page
    for button in ("Send now", "Send a test", "Schedule"):
        assert button not in page


def test_looking_changes_nothing(room: Newsroom) -> None:
    before = [row for table in (Run, Sample) for row in [room.count(table)]]
    for path in (PAGE, SEND, PAGE + "/machines", PAGE + "/edit", f"{PAGE}/letter?reader={room.cast.nora.id}"):
        room.open(path)
    assert before == [room.count(table) for table in (Run, Sample)]


def test_a_page_asks_the_same_number_of_questions_however_many_there_are(room: Newsroom) -> None:
    with room.counted() as few:
        room.open(PAGE)
    for _ in range(3):
        confirmed(room)
        room.post(PAGE + "/test", reader=room.cast.nora.id, address="ada@vendor.example")
    with room.counted() as many:
        room.open(PAGE)
    assert len(many) <= len(few) + 1 <= 26

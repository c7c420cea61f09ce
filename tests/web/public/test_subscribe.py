from datetime import timedelta

import pytest
from sqlalchemy import select

from newsletter.audience.affiliation_claim import AffiliationClaim
from newsletter.audience.confirm import CAME_BACK
from newsletter.audience.consent import Consent, Subscription
from newsletter.audience.let_go import let_go
from newsletter.audience.person import Affiliation, Person
from newsletter.audience.subscription_request import SubscriptionRequest
from newsletter.audience.suppression import Suppression
from newsletter.optout.act import opt_out
from newsletter.optout.opt_out import Way
from newsletter.post.posted import LetterState, PostedLetter
from tests.web.public.doors import Door, text_of
from tests.web.public.strangers import NEW, fill, last_link, letters, press, shown, subscribe


def test_gdpr_7_1_a_confirmed_subscription_has_its_proof(either_door: Door) -> None:
    subscribe(either_door, language="de", serial="A100231")
    asked_at = either_door.clock.now
    either_door.clock.now += timedelta(hours=2)
    press(either_door, last_link(either_door))
    with either_door.db.read() as session:
        person = session.scalars(select(Person).where(Person.address == NEW)).one()
        granted, confirmed = session.scalars(
            select(Consent).where(Consent.person_id == person.id).order_by(Consent.id)
        ).all()
        proof = session.get_one(SubscriptionRequest, confirmed.request_id)
        stands = session.get_one(Subscription, (person.id, either_door.stage.cast.bulletins.id))
        letter = session.scalars(select(PostedLetter).where(PostedLetter.key == proof.letter_key)).one()
    assert (granted.act, granted.happened_at) == ("granted", asked_at)
    assert (confirmed.act, confirmed.happened_at, confirmed.source) == (
        "confirmed", either_door.clock.now, "subscribe page",
    )  # fmt: skip
    assert granted.wording == confirmed.wording == proof.wording
    assert "Acme Machines darf mir" in proof.wording
    assert (proof.wording_version, proof.form_url) == (1, "http://127.0.0.1:8000/subscribe")
    assert (proof.asked_network, proof.asked_agent[:8], proof.confirmed_network) == (
        "203.0.113.7", "Werkzeug", "127.0.0.1",
    )  # fmt: skip
    assert (stands.state, stands.consent_id, person.language) == ("confirmed", confirmed.id, "de")
    assert letter.kind == "confirm"


def test_fault_29_somebody_who_did_not_confirm_is_no_subscriber_and_is_forgotten(either_door: Door) -> None:
    before = {name: either_door.rows()[name] for name in ("person", "consent", "subscription")}
    subscribe(either_door)
    link = last_link(either_door)
    with either_door.db.write() as session:
        letter = session.scalars(select(PostedLetter)).one()
        letter.state = LetterState.SENT
    assert {name: either_door.rows()[name] for name in before} == before
    for hours, kept in ((14 * 24 - 1, 1), (2, 0)):
        either_door.clock.now += timedelta(hours=hours)
        let_go(either_door.db, either_door.clock.now)
        assert len(either_door.rows()["subscription_request"]) == kept
    assert either_door.client.post(link).status_code == 404
    assert [letter.address for letter in letters(either_door)] == [""]


def test_where_and_with_what_somebody_subscribed_is_forgotten_after_30_days(either_door: Door) -> None:
    subscribe(either_door)
    press(either_door, last_link(either_door))
    for days, is_kept in ((29, True), (2, False)):
        either_door.clock.now += timedelta(days=days)
        let_go(either_door.db, either_door.clock.now)
        with either_door.db.read() as session:
            proof = session.scalars(select(SubscriptionRequest)).one()
        traces = (proof.asked_network, proof.asked_agent, proof.confirmed_network, proof.confirmed_agent)
        assert all(traces) if is_kept else not any(traces)
        assert proof.wording


def test_fault_26_the_letters_link_changes_nothing_until_its_button_is_pressed(either_door: Door) -> None:
    subscribe(either_door)
    link = last_link(either_door)
    before = {name: rows for name, rows in either_door.rows().items() if name != "hit"}
    for method in ("GET", "HEAD", "OPTIONS"):
        assert either_door.client.open(f"{link}?confirm=yes", method=method).status_code == 200
    assert {name: rows for name, rows in either_door.rows().items() if name != "hit"} == before


def test_a_button_pressed_twice_subscribes_once(either_door: Door) -> None:
    subscribe(either_door)
    link = last_link(either_door)
    press(either_door, link)
    before = either_door.rows()["consent"]
    again = press(either_door, link)
    assert (again.status_code, "You are on the list." in text_of(again)) == (200, True)
    assert either_door.rows()["consent"] == before


def test_a_confirmation_sooner_than_anybody_reads_is_kept_and_marked(door: Door) -> None:
    for seconds, is_hasty in ((1, True), (60, False)):
        subscribe(door, f"reader{seconds}@new-works.example")
        with door.db.write() as session:
            session.scalars(select(PostedLetter).order_by(PostedLetter.id.desc())).first().settled_at = door.clock.now
        door.clock.now += timedelta(seconds=seconds)
        press(door, last_link(door))
        with door.db.read() as session:
            newest = session.scalars(select(SubscriptionRequest).order_by(SubscriptionRequest.id.desc())).first()
            assert newest.confirmed_in_haste is is_hasty


def test_suppression_who_left_everything_comes_back_by_double_opt_in_only(either_door: Door) -> None:
    cast, link = either_door.stage.cast, either_door.stage.nora
    opt_out(either_door.db, link, Way.PAGE, either_door.clock.now, everything=True)
    subscribe(either_door, cast.nora.address)
    with either_door.db.read() as session:
        bar = session.scalars(select(Suppression).where(Suppression.address_key == cast.nora.address_key)).one()
    assert bar.lifted_at is None
    press(either_door, last_link(either_door))
    with either_door.db.read() as session:
        bar = session.scalars(select(Suppression).where(Suppression.address_key == cast.nora.address_key)).one()
        state = session.get_one(Subscription, (cast.nora.id, cast.bulletins.id)).state
    assert (bar.lifted_at, bar.lifted_because, state) == (either_door.clock.now, CAME_BACK, "confirmed")


def test_suppression_who_complained_gets_no_letter_and_the_same_answer(either_door: Door) -> None:
    answers = [subscribe(either_door, address) for address in (either_door.stage.cast.bela.address, NEW)]
    assert [(answer.status_code, answer.text) for answer in answers[:1]] == [(200, answers[1].text)]
    assert [letter.address for letter in letters(either_door)] == [NEW]


def test_an_old_link_does_not_undo_a_newer_no(either_door: Door) -> None:
    subscribe(either_door, either_door.stage.cast.nora.address)
    link = last_link(either_door)
    either_door.clock.now += timedelta(minutes=1)
    opt_out(either_door.db, either_door.stage.nora, Way.PAGE, either_door.clock.now)
    assert either_door.client.post(link).status_code == 404
    states = {row[0]: row[2] for row in either_door.rows()["subscription"]}
    assert states[either_door.stage.cast.nora.id] == "withdrawn"


@pytest.mark.parametrize(
    ("address", "serial", "affiliated", "claimed"),
    [
        ("zoe@toolroom-north.example", "A100231", ["K1"], []),
        ("zoe@toolroom-north.example", " a100231 ", ["K1"], []),
        ("zoe@new-works.example", "A100231", [], ["K1"]),
        ("zoe@toolroom-north.example", "C90", [], ["K4"]),
        ("zoe@toolroom-north.example", "X1", [], []),
        ("zoe@toolroom-north.example", "", [], []),
    ],
    ids=["their company's", "spelled anew", "a stranger's", "another company's", "of no machine", "none"],
)
def test_a_serial_number_is_believed_from_a_domain_that_is_known_there(
    either_door: Door, address: str, serial: str, affiliated: list[str], claimed: list[str]
) -> None:
    answer = subscribe(either_door, address, serial=serial)
    confirmed = press(either_door, last_link(either_door))
    assert "K1" not in answer.text + confirmed.text
    with either_door.db.read() as session:
        person = session.scalars(select(Person).where(Person.address == address)).one()
        stands = session.scalars(select(Affiliation.account_id).where(Affiliation.person_id == person.id)).all()
        claims = session.scalars(select(AffiliationClaim.account_id)).all()
    ids = {"K1": either_door.stage.cast.north.id, "K4": either_door.stage.cast.quiet.id}
    assert (stands, claims) == ([ids[number] for number in affiliated], [ids[number] for number in claimed])


def test_a_web_mail_address_says_nothing_about_where_somebody_works(door: Door) -> None:
    with door.db.write() as session:
        colleague = session.get_one(Person, door.stage.cast.nora.id)
        colleague.address = colleague.address_key = "nora@gmail.com"
    subscribe(door, "zoe@gmail.com", serial="C77")
    press(door, last_link(door))
    with door.db.read() as session:
        person = session.scalars(select(Person).where(Person.address == "zoe@gmail.com")).one()
        assert session.get(Affiliation, (person.id, door.stage.cast.north.id)) is None


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"address": "nobody"}, "Please write an e-mail address"),
        ({"address": ""}, "Please write an e-mail address"),
        ({"address": "a@b@c.example"}, "Please write an e-mail address"),
        ({"address": "zoe@new-works.example\nBcc: x@y.example"}, "Please write an e-mail address"),
        ({"address": "x" * 5000 + "@a.example"}, "Please write an e-mail address"),
    ],
    ids=["no address", "empty", "two signs", "a header", "endless"],
)
def test_a_form_with_a_mistake_comes_back_as_it_was_typed(door: Door, typed: dict[str, str], sentence: str) -> None:
    page = subscribe(door, **typed)
    assert (page.status_code, sentence in text_of(page)) == (400, True)
    assert 'aria-describedby="trouble"' in page.text
    assert " checked>" in page.text
    assert letters(door) == []


def test_casl_no_box_is_ticked_beforehand_and_one_must_be(door: Door) -> None:
    assert "checked" not in door.client.get("/subscribe").text
    page = fill(door, "/subscribe", address=NEW)
    assert (page.status_code, "at least one kind of mail" in text_of(page)) == (400, True)
    page = fill(door, "/subscribe", address=NEW, topic_999="on", topic_x="on")
    assert page.status_code == 400


def test_fault_29_a_form_is_signed_and_neither_too_young_nor_too_old(door: Door) -> None:
    form = {"address": NEW, f"topic_{door.stage.cast.bulletins.id}": "on"}
    token = shown(door.client.get("/subscribe"))
    door.clock.now += timedelta(seconds=1)
    quick = door.client.post("/subscribe", data={**form, "shown": token})
    assert (quick.status_code, "very fast" in text_of(quick)) == (400, True)
    door.clock.now += timedelta(hours=25)
    for stale in (token, "", "forged", token[:-1] + "x"):
        page = door.client.post("/subscribe", data={**form, "shown": stale})
        assert (page.status_code, "open for long" in text_of(page)) == (400, True)
    assert letters(door) == []


def test_fault_29_what_no_person_sees_is_filled_in_by_programs_only(door: Door) -> None:
    seen = door.client.get("/subscribe")
    trap = seen.text.partition('aria-hidden="true"')[2].partition("</p>")[0]
    assert 'tabindex="-1"' in trap
    assert 'autocomplete="off"' in trap
    answer = subscribe(door, reference="https://evil.example")
    assert (answer.status_code, answer.text == subscribe(door, "a@b.example").text) == (200, True)
    assert [letter.address for letter in letters(door)] == ["a@b.example"]

import re
from datetime import timedelta

from sqlalchemy import delete

from newsletter.account.unit import Unit
from newsletter.optout.opt_out import Way
from newsletter.signal.note import verdicts_of
from newsletter.signal.rules import State
from tests.web.public.doors import ONE_CLICK, Door, pressed, text_of


def test_the_page_says_who_and_what_before_anything_happens(door: Door) -> None:
    page = door.client.get(door.nora)
    assert "You get “Technical bulletins” from Acme Machines at n•••@toolroom-north.example" in text_of(page)
    assert door.stage.cast.nora.address not in page.text
    assert re.findall(r'name="leave" value="(\w+)"', page.text) == ["topic", "everything"]


def test_can_spam_316_5_one_button_leaves_and_the_same_page_asks_why(door: Door) -> None:
    page = door.client.post(door.nora, data={"leave": "topic"})
    assert page.status_code == 200
    assert "You are off the list." in text_of(page)
    assert "One short question: why?" in text_of(page)
    assert pressed(page) == []
    assert door.rows()["opt_out"][0][4] == Way.PAGE


def test_everything_is_an_upgrade_on_the_same_page(door: Door) -> None:
    assert 'value="everything"' in door.client.post(door.nora, data={"leave": "topic"}).text
    page = door.client.post(door.nora, data={"leave": "everything"})
    assert "We will not send anything to n•••@toolroom-north.example any more." in text_of(page)
    assert 'value="everything"' not in page.text
    assert (len(door.rows()["opt_out"]), len(door.rows()["suppression"])) == (1, 2)  # one is Béla's


def test_one_tap_is_saved_and_shown_again(either_door: Door) -> None:
    either_door.client.post(either_door.una, data=ONE_CLICK)
    page = either_door.client.post(f"{either_door.una}/why", data={"reason": "backup"} | either_door.read)
    assert page.status_code == 200
    assert re.search(r'role="status">\s*<b>Thank you. Saved.', page.text)
    assert pressed(page) == pressed(either_door.client.get(either_door.una)) == ["backup"]
    with either_door.db.read() as session:
        units, account = verdicts_of(session, either_door.stage.cast.north.id, either_door.clock.now)
    assert (units[either_door.stage.cast.a100231.id].state, account.state) == (State.BACKUP, State.BACKUP)


def test_a_machine_no_longer_used_is_asked_after(door: Door) -> None:
    door.client.post(door.una, data=ONE_CLICK)
    assert "What became of the machine?" in text_of(door.client.post(f"{door.una}/why", data={"reason": "not_used"}))
    assert pressed(door.client.post(f"{door.una}/why", data={"fate": "stored"})) == ["stored", "not_used"]


def test_each_machine_has_its_own_buttons(door: Door) -> None:
    door.client.post(door.nora, data=ONE_CLICK)
    page = door.client.post(f"{door.nora}/why", data={"reason": "backup"} | door.read)
    assert re.findall(r"(VX-\w+) <span[^>]*>(\S+)</span>", page.text) == [("VX-500", "A1002••"), ("VX-500i", "A1030••")]
    machines = re.findall(r'value="(\d+)\.backup"', page.text)
    page = door.client.post(f"{door.nora}/unit", data={"said": f"{machines[1]}.backup"} | door.read)
    assert pressed(page) == ["backup", "backup"]
    with door.db.read() as session:
        units, _ = verdicts_of(session, door.stage.cast.north.id, door.clock.now)
    assert units[int(machines[1])].state == State.BACKUP


def test_a_mail_that_named_no_machine_asks_about_the_machine(door: Door) -> None:
    with door.db.write() as session:
        session.execute(delete(Unit).where(Unit.account_id == door.stage.cast.gears.id))
    ines = door.path(door.stage.ines)
    door.client.post(ines, data=ONE_CLICK)
    page = door.client.post(f"{ines}/why?lang=en", data={"reason": "too_many"})
    assert 'name="said" value=".gone"' in page.text
    assert pressed(door.client.post(f"{ines}/unit?lang=en", data={"said": ".gone"})) == ["gone", "too_many"]


def test_an_answer_before_leaving_is_refused_in_a_sentence(door: Door) -> None:
    before = door.rows()
    page = door.client.post(f"{door.una}/why", data={"reason": "backup"})
    assert (page.status_code, door.rows()) == (400, before)
    assert "Press “Stop these mails” first" in text_of(page)
    assert 'value="topic"' in page.text


def test_after_30_days_the_answer_is_shown_and_fixed(door: Door) -> None:
    door.client.post(door.una, data=ONE_CLICK)
    door.client.post(f"{door.una}/why", data={"reason": "backup"})
    door.clock.now += timedelta(days=31)
    page = door.client.get(door.una)
    assert "Your answer: It is only a back-up now" in text_of(page)
    assert 'name="reason"' not in page.text
    page = door.client.post(f"{door.una}/why", data={"reason": "not_used"})
    assert (page.status_code, "30 days" in text_of(page), len(door.rows()["answer"])) == (400, True, 1)

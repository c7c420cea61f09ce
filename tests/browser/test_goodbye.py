"""From a mail program's own button to the account record: POST, receipt, tap, button, answer."""

import re
import smtplib
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser

from tests.running_house import Mail, RunningHouse, free_port, running, wait_until

ONE_CLICK = b"List-Unsubscribe=One-Click"


@pytest.fixture(scope="module")
def inbound_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, inbound_port: int) -> Iterator[RunningHouse]:
    """The demo house, which has sent its demo bulletin and takes mail."""
    folder = tmp_path_factory.mktemp("house")
    with running(folder, inbound_url=f"smtp://127.0.0.1:{inbound_port}") as house:
        house.wait_for_runs()
        yield house


def ways(mail: Mail) -> tuple[str, str]:
    """The two ways out of a bulletin: its one-click link, and the address to write to."""
    click, by_mail = str(mail.message["List-Unsubscribe"]).split(", ")
    return click.strip("<>"), by_mail.strip("<>").removeprefix("mailto:").partition("?")[0]


def receipt(house: RunningHouse, to: str) -> Mail:
    def found() -> list[Mail]:
        return [mail for mail in house.mails() if mail.to == to and mail.message["Auto-Submitted"]]

    wait_until(found, "the receipt arrives")
    (mail,) = found()
    return mail


def bulletins(house: RunningHouse) -> list[Mail]:
    return [mail for mail in house.mails() if mail.message["List-Unsubscribe-Post"]]


def test_from_a_one_click_opt_out_to_an_answered_why_on_the_account_record(
    house: RunningHouse, browser: Browser, tmp_path: Path
) -> None:
    mail = next(mail for mail in bulletins(house) if mail.message["Content-Language"] == "en")
    click, _ = ways(mail)
    form = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "a mail program"}
    with urlopen(Request(click, ONE_CLICK, form)) as answer:  # noqa: S310 - our own house
        assert answer.status == 200
    letter = receipt(house, mail.to)
    assert letter.message["Auto-Submitted"] == "auto-generated"
    assert letter.message["List-Unsubscribe"] is None
    part = letter.message.get_body(("html",))
    assert part is not None
    page = tmp_path / "receipt.html"
    page.write_text(part.get_content())
    mailbox = browser.new_context(java_script_enabled=False).new_page()
    mailbox.goto(page.as_uri())
    with house.engine_stands_still():
        before = house.rows()
        mailbox.get_by_role("link", name="It is only a back-up now").click()
        assert mailbox.get_by_role("button").count() == 1
        assert house.rows() == before
    mailbox.get_by_role("button").click()
    assert "Thank you. Saved." in mailbox.inner_text("main")
    mailbox.close()
    told = house.ask("SELECT says, detail FROM evidence WHERE kind = 'opt_out_answer'")
    assert told == [("backup", "backup")]
    (number,) = house.ask(
        "SELECT account.number FROM evidence JOIN account ON account.id = account_id WHERE kind = 'opt_out_answer'"
    )[0]
    assert "back-up" in house.command("account", "show", number)


def test_from_a_mail_to_the_address_of_a_copy_to_an_answer_in_its_thread(
    house: RunningHouse, inbound_port: int
) -> None:
    mail = bulletins(house)[-1]
    _, address = ways(mail)
    note = f"From: {mail.to}\r\nTo: {address}\r\nSubject: stop\r\nMessage-ID: <7@firm.example>\r\n\r\n\r\n"
    wait_until(lambda: _taken(inbound_port, mail.to, address, note), "the house takes mail")
    letter = receipt(house, mail.to)
    assert letter.message["Auto-Submitted"] == "auto-replied"
    assert letter.message["In-Reply-To"] == "<7@firm.example>"
    assert re.search(r"/leave/\S+/answer/backup", str(letter.message.get_body(("plain",))))
    assert house.ask("SELECT way FROM opt_out ORDER BY id DESC LIMIT 1") == [("mail",)]


def _taken(port: int, sender: str, recipient: str, note: str) -> bool:
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
            client.sendmail(sender, [recipient], note)
    except OSError:
        return False
    return True

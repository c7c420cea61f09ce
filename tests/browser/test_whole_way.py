"""The marketer's whole way: write TB-2026-015 in two languages, see it, choose whom, have it approved, send, learn."""

import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.pages import come_in, listen, press
from tests.running_house import Mail, RunningHouse, running, wait_until

NUMBER = "TB-2026-015"
SECOND = "pat@acme.example"
ENGLISH = """# Grease the spindle by the new table

Dear {{ name | "colleague" }},

your **{{ model }} {{ serial }}** runs longer with [half the usual grease](http://192.168.0.10/table).
"""
GERMAN = """# Schmieren Sie die Spindel nach der neuen Tabelle

Guten Tag {{ name | "zusammen" }},

Ihre **{{ model }} {{ serial }}** läuft länger mit der halben Menge Fett.
"""
TITLES = ("Half the grease for the spindle", "Halb so viel Fett für die Spindel")
ALT = "The grease nipple behind the left cover"
READERS = {
    "ada@north-quay.example": "VX-500 A200101",
    "weiss@lindental.example": "VX-500i A200233",
    "carla@valseria.example": "VX-500i A200411",
}
LEFT_OUT = "robles@ribera.example"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    """A house in which nobody sends a technical bulletin alone."""
    with running(tmp_path_factory.mktemp("house"), approval='["technical"]') as house:
        yield house


@pytest.fixture(scope="module")
def colleague(house: RunningHouse, browser: Browser) -> Iterator[Page]:
    """The second colleague's window."""
    welcome = re.search(r"http\S+", house.command("user", "add", SECOND, "--role", "marketer"))
    assert welcome is not None
    page = browser.new_page(base_url=house.url)
    page.set_default_timeout(60_000)
    come_in(page, welcome[0])
    yield page
    page.close()


@pytest.fixture(scope="module")
def complaints(desk: Page) -> list[str]:
    """What her browser complained of."""
    return listen(desk)


@pytest.fixture(scope="module")
def segment(desk: Page, complaints: list[str]) -> str:
    """The key of the saved audience, built by product and serials."""
    assert complaints == []
    desk.goto("/staff/segments/new")
    desk.get_by_label("Name", exact=True).fill("Spindles before the change")
    desk.get_by_label("Key", exact=True).fill("old-spindles")
    add(desk, "model")
    for model in ("VX-500", "VX-500i"):
        desk.get_by_label(model, exact=True).check()
    add(desk, "serials")
    desk.get_by_label("Ranges").fill("A200000-A299999, B200000-B200999")
    press(desk, desk.get_by_role("button", name="Count again"))
    expect(desk.locator("#figures")).to_contain_text("people")
    press(desk, desk.get_by_role("button", name="Save", exact=True))
    return "old-spindles"


@pytest.fixture(scope="module")
def written(desk: Page, segment: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where the bulletin stands, written in two languages with a picture."""
    desk.goto("/staff/bulletins/new")
    desk.get_by_label("Number", exact=True).fill(NUMBER)
    if not desk.locator("#title-1").count():
        desk.locator("#another").select_option("de")
        press(desk, desk.get_by_role("button", name="Add it"))
    desk.locator("#title-0").fill(TITLES[0])
    desk.locator("#preheader-0").fill("The new table, and why")
    desk.locator("#title-1").fill(TITLES[1])
    desk.locator("#preheader-1").fill("Die neue Tabelle, und warum")
    desk.locator("#markdown-0").fill(ENGLISH)
    desk.locator("#markdown-1").fill(GERMAN)
    desk.get_by_label("Segment").select_option(segment)
    put_in_picture(desk, a_picture(tmp_path_factory.mktemp("pictures")))
    press(desk, desk.get_by_role("button", name="Save and look at it").first)
    return desk.url


@pytest.fixture(scope="module")
def mended(desk: Page, written: str) -> str:
    """Where it stands once the link into a private network is gone."""
    desk.goto(f"{written}/preflight")
    expect(desk.get_by_role("heading", level=1)).to_contain_text("cannot be sent")
    expect(desk.locator("main")).to_contain_text("leads into a private network")
    desk.goto(f"{written}/edit")
    text = desk.locator("#markdown-0")
    text.fill(text.input_value().replace("http://192.168.0.10/table", "{{ acknowledge_url }}"))
    press(desk, desk.get_by_role("button", name="Save and look at it").first)
    return written


@pytest.fixture(scope="module")
def approved(desk: Page, colleague: Page, mended: str) -> str:
    """Where it stands once a second colleague said yes."""
    desk.goto(f"{mended}/approval")
    desk.get_by_label("What to look at").fill("The numbers in the table, please.")
    press(desk, desk.get_by_role("button", name="Ask for approval"))
    colleague.goto("/staff/")
    expect(colleague.locator("main")).to_contain_text(f"asked a second colleague about {NUMBER}")
    colleague.locator(f"a[href$='{NUMBER}/approval']").click()
    press(colleague, colleague.get_by_role("button", name="Approve"))
    expect(colleague.get_by_role("heading", level=1)).to_have_text(f"Approved by {SECOND}")
    return mended


@pytest.fixture(scope="module")
def started(desk: Page, approved: str, house: RunningHouse) -> str:
    """Where the run stands, ordered in two waves and slowed down before its first copy."""
    desk.goto(approved)
    desk.get_by_role("link", name="Send now").click()
    desk.get_by_text("At another time, or in waves").click()
    desk.get_by_label("In waves").fill("50 %, 1 h, rest")
    desk.get_by_role("button", name="Look again").click()
    expect(desk.get_by_role("definition").filter(has_text="wait 1 hour, the rest")).to_be_visible()
    with house.engine_stands_still():
        press(desk, desk.get_by_role("button", name=f"Send {NUMBER} to"))
        desk.get_by_label("At most so many copies").fill("1/s")
        press(desk, desk.get_by_role("button", name="Set the rate"))
    return desk.url.partition("?")[0]


@pytest.fixture(scope="module")
def sent(desk: Page, started: str) -> str:
    """Where the run stands once it was paused, has gone on, and has sent its second wave before the hour was over."""
    desk.goto(started)
    press(desk, desk.get_by_role("button", name="Pause"))
    expect(desk.get_by_text("Paused").first).to_be_visible()
    press(desk, desk.get_by_role("button", name="Go on"))
    expect(desk.get_by_role("row", name="1 50 %")).to_contain_text("gone since", timeout=120_000)
    desk.reload()
    press(desk, desk.get_by_role("button", name="Send the rest now"))
    # Nobody reloads: the page's own script does.
    expect(desk.get_by_text("Finished").first).to_be_visible(timeout=120_000)
    return started


def test_the_audience_says_whom_it_covers_and_the_bulletin_which_machines_nobody_hears_of(
    desk: Page, segment: str, written: str
) -> None:
    desk.goto(f"/staff/segments/{segment}")
    expect(desk.locator("#figures")).to_contain_text("11 people would get a bulletin")
    desk.goto(written)
    desk.get_by_role("link", name="10 machines").click()
    expect(desk.get_by_role("row", name="A201001")).to_contain_text("nobody")


def test_she_sees_it_as_three_people_get_it(desk: Page, written: str) -> None:
    for address, machine in READERS.items():
        desk.goto(f"{written}?address={address}")
        letter = desk.frame_locator("iframe").locator("body")
        expect(letter).to_contain_text(machine)
        if "Guten Tag" not in letter.inner_text():
            expect(letter.get_by_alt_text(ALT)).to_have_js_property("naturalWidth", 640)


def test_a_test_mail_comes_marked_as_one(desk: Page, mended: str, house: RunningHouse) -> None:
    desk.goto(mended)
    desk.get_by_label("To", exact=False).last.fill("me@acme.example")
    press(desk, desk.get_by_role("button", name=re.compile("test", re.IGNORECASE)).first)
    wait_until(lambda: [mail for mail in house.mails() if mail.to == "me@acme.example"], "the test mail comes")


def test_nobody_sends_alone_what_needs_two(desk: Page, approved: str, house: RunningHouse) -> None:
    desk.goto(f"{approved}/approval")
    expect(desk.locator("main")).to_contain_text("The numbers in the table, please.")
    expect(desk.get_by_role("button", name="Approve")).to_have_count(0)
    # The demo's bulletin is technical too, and has been due since the house began.
    assert not [mail.subject for mail in house.mails() if not mail.subject.startswith("[Test]")]


def test_the_result_says_how_many_got_it_and_how_sure_that_is(desk: Page, sent: str) -> None:
    desk.goto(sent)
    desk.get_by_role("link", name="Results").click()
    expect(desk.get_by_role("row", name="Accepted")).to_contain_text("100 %")


def test_why_one_address_did_not_get_it_has_one_answer(desk: Page, sent: str) -> None:
    desk.goto(sent)
    desk.get_by_label("Address, or part of a name").fill(LEFT_OUT)
    press(desk, desk.get_by_role("button", name="Ask"))
    expect(desk.get_by_role("heading", level=2).first).to_have_text(f"{NUMBER}: No")
    expect(desk.get_by_role("status").first).to_contain_text("opted out")


def test_everybody_got_one_letter_in_their_language_with_the_picture(sent: str, house: RunningHouse) -> None:
    assert sent
    mine = {mail.to: mail for mail in house.mails() if mail.subject in TITLES}
    assert READERS.keys() <= mine.keys()
    assert LEFT_OUT not in mine
    assert mine["weiss@lindental.example"].subject == TITLES[1]
    assert f'alt="{ALT}"' in html_of(mine["ada@north-quay.example"])


def test_her_browser_had_nothing_to_complain_of(sent: str, complaints: list[str]) -> None:
    assert sent
    assert complaints == []


def html_of(mail: Mail) -> str:
    """The HTML of a mail."""
    part = mail.message.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def add(desk: Page, about: str) -> None:
    """Add a condition to the first group."""
    desk.locator("#b0-new").select_option(about)
    press(desk, desk.locator("button[value=add-b0]"))


def put_in_picture(desk: Page, file: Path) -> None:
    """Upload a picture from the toolbar of the first text."""
    desk.locator("#markdown-0").press("Control+End")
    desk.get_by_role("button", name="Picture …").first.click()
    desk.locator("#picture-file").set_input_files(file)
    desk.locator("#picture-alt").fill(ALT)
    desk.locator("#pick-picture").get_by_role("button", name="Put it in").click()
    expect(desk.locator("#markdown-0")).to_have_value(re.compile(r"!\[.*\]\(picture:"))


def a_picture(folder: Path, width: int = 640, height: int = 360) -> Path:
    """A PNG of one colour."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = b"".join(b"\0" + b"\x9a\xb4\xc8" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    path = folder / "nipple.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )
    return path

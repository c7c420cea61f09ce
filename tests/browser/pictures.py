"""Takes the pictures of docs/ in a demo house, after a few people have left and said why, and in a larger one."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.large_firm import large_firm
from tests.browser.pages import come_in, press, read, show
from tests.running_house import HOUSE, Mail, RunningHouse, running, wait_until

DOCS = HOUSE / "docs"
WIDE, NARROW, LETTER = 1280, 360, 760
TALLEST = 1700  # what comes further down, the picture need not show
COLOURS = "64"  # flat pages do not need more, and are a third in size
SAID = {
    "weiss@lindental.example": ("backup",),
    "carla@valseria.example": ("used_other_service",),
    "stone@prairie.example": ("used_own_service",),
    "zych@brzeg.example": ("not_used", "scrapped"),
    "tom@north-quay.example": ("wrong_person",),
}
"""Who leaves by the demo bulletin, and what they tap."""
ASKED = "kanda@kanda.example"
"""Who is shown leaving."""
OWNER = "lambert@roche.example"
"""Who has several machines, and tells of each."""
ONE_CLICK = "ada@north-quay.example"
"""Who leaves by the mail program's button and is asked by letter."""
SILENT = "noor@bergstad.example"
"""Who is asked in a check-in."""
GATEWAY = "harlow.example"
"""A firm whose mail gateway presses every button."""


def main() -> None:
    """Take them all."""
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        program = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        with running(folder / "demo", zone="Europe/Berlin") as house:
            house.wait_for_runs()
            Story(house, Camera(browser, folder)).tell()
        with large_firm(folder / "large") as (site, welcome):
            of_a_large_firm(Camera(browser, folder), site, welcome)
        browser.close()
        pictures = list(folder.glob("*.png"))
        subprocess.run(["mogrify", "-strip", "+dither", "-colors", COLOURS, *pictures], check=True)
        for old in DOCS.glob("*.png"):
            old.unlink()
        for picture in pictures:
            shutil.copy(picture, DOCS)


@dataclass(frozen=True, slots=True)
class Camera:
    """Opens windows, and keeps pictures of them in a folder."""

    browser: Browser
    folder: Path

    @contextmanager
    def window(self, url: str) -> Iterator[Page]:
        """A browser window of its own."""
        page = self.browser.new_page(base_url=url, color_scheme="light", locale="en-GB")
        yield page
        page.close()

    def take(self, page: Page, name: str, width: int = WIDE, scheme: str = "light") -> None:
        """The page at a width, from its top."""
        show(page, width, scheme)
        tall = min(int(page.evaluate("document.documentElement.scrollHeight")), TALLEST)
        page.set_viewport_size({"width": width, "height": tall})
        page.screenshot(path=self.folder / f"{name}.png", animations="disabled")
        show(page, WIDE, "light")


@dataclass(frozen=True, slots=True)
class Story:
    """What happens in the demo house, with a picture where it is due."""

    house: RunningHouse
    camera: Camera

    def tell(self) -> None:
        """Customers first, then the colleagues who read what they said."""
        self.a_firm_behind_a_gateway()
        links = {mail.to: mail.opt_out_url for mail in self.house.mails()}
        for address, link in links.items():
            if address == ONE_CLICK or address.endswith(GATEWAY):
                post_one_click(link)
        wait_until(lambda: self.house.ask("SELECT 1 FROM burst"), "the burst is found", 1)
        self.those_who_said_why(links)
        with self.camera.window(self.house.url) as page:
            self.leaving(page, links)
        with self.camera.window(self.house.url) as page:
            self.a_mail(page, ONE_CLICK, "receipt")
            come_in(page, self.house.welcome_url)
            self.asking(page)
            self.reading(page)

    def a_firm_behind_a_gateway(self) -> None:
        """Six more people, who get the bulletin too."""
        file = self.house.var / "harlow.csv"
        head, *_ = (HOUSE / "demo" / "installed_base.csv").read_text(encoding="utf-8").splitlines()
        names = ("Ruth;Ames", "Ian;Blake", "Joan;Cole", "Neil;Dunn", "Vera;East", "Hugh;Frey")
        place = "D1012;Harlow Precision;GB;en;Europe/London;;"
        rest = "Toolroom;VX-500i;A200990;2017-03-01;;y;2024-05-02;web form;"
        rows = [f"{place}{name};{name.partition(';')[2].lower()}@{GATEWAY};{rest}" for name in names]
        file.write_text("\n".join([head, *rows]), encoding="utf-8")
        self.house.told("import", file)
        second = (HOUSE / "demo" / "bulletin.md").read_text(encoding="utf-8").replace("TB-DEMO-1", "TB-DEMO-2")
        belts = second.replace("Clean the coolant filter every 500 hours", "Look at the belts every spring")
        bulletin = self.house.var / "second.md"
        bulletin.write_text(belts.replace("Kühlmittelfilter alle 500 Stunden reinigen", "Riemen im Frühjahr ansehen"))
        self.house.send(bulletin)

    def those_who_said_why(self, links: dict[str, str]) -> None:
        """They read the page before they press its buttons, all at once."""
        pages = {address: self.camera.browser.new_page() for address in SAID}
        for address, page in pages.items():
            page.goto(f"{links[address]}?lang=en")
        for step in range(3):
            read(page)
            for address, page in pages.items():
                for tap in ("topic", *SAID[address])[step : step + 1]:
                    press(page, page.locator(f'button[value="{tap}"]').first)
        for page in pages.values():
            page.close()

    def leaving(self, page: Page, links: dict[str, str]) -> None:
        """The page before, after and after the answer, and the pages it leads to."""
        page.goto(f"{links[ASKED]}?lang=en")
        self.camera.take(page, "leave")
        page.goto("/subscribe?lang=en")
        self.camera.take(page, "subscribe")
        page.goto(f"{self.link_in(self.bulletin_to(ASKED), '/preferences/')}?lang=en")
        self.camera.take(page, "preferences")
        leave(page, links[ASKED])
        self.camera.take(page, "leaving")
        self.camera.take(page, "leaving-narrow", NARROW)
        self.camera.take(page, "leaving-dark", scheme="dark")
        page.goto(f"{links[ASKED]}?lang=ar")
        self.camera.take(page, "leaving-arabic", NARROW)
        page.goto(f"{links[ASKED]}?lang=en")
        read(page)
        press(page, page.locator('button[value="backup"]'))
        self.camera.take(page, "answered")
        leave(page, links[OWNER])
        read(page)
        press(page, page.locator('button[value="too_many"]').first)
        self.camera.take(page, "machines")

    def a_mail(self, page: Page, address: str, name: str) -> None:
        """The letter to somebody that is no bulletin, as a mail program shows it."""
        page.set_content(html_of(self.letter_to(address)))
        self.camera.take(page, name, LETTER)

    def bulletin_to(self, address: str) -> Mail:
        """The last bulletin to somebody."""
        return [mail for mail in self.house.mails() if mail.to == address and is_bulletin(mail)][-1]

    def letter_to(self, address: str) -> Mail:
        """The letter to somebody that is no bulletin."""

        def arrived() -> list[Mail]:
            return [mail for mail in self.house.mails() if mail.to == address and not is_bulletin(mail)]

        wait_until(arrived, f"a letter to {address}")
        return arrived()[0]

    def asking(self, page: Page) -> None:
        """The archive, and a round of check-ins."""
        page.goto("/staff/archive")
        press(page, page.get_by_role("button", name="Make", exact=False).first)
        page.goto("/staff/check-ins")
        self.camera.take(page, "check-ins")
        press(page, page.get_by_role("button", name="Ask the accounts ticked"))
        page.goto(f"{self.link_in(self.letter_to(SILENT), '/check-in/')}?lang=en")
        self.camera.take(page, "check-in")
        page.goto("/archive/bulletins/TB-DEMO-1?lang=en")
        self.camera.take(page, "archive")

    def link_in(self, mail: Mail, word: str) -> str:
        """The first link in a letter whose address has a word in it."""
        return min(url for url in mail.urls() if word in url)

    def reading(self, page: Page) -> None:
        """What colleagues see of all that."""
        for name, path in {
            "today": "/staff/",
            "run": "/staff/runs/2",
            "bursts": "/staff/bursts/1",
            "questions": "/staff/questions/2",
            "account": "/staff/accounts/D1002",
            "follow-up": "/staff/work?team=all",
        }.items():
            page.goto(path)
            self.camera.take(page, name)
        page.get_by_role("link", name="Officine Valseria").click()
        self.camera.take(page, "follow-up-why")
        page.goto("/staff/accounts/D1002")
        self.camera.take(page, "account-dark", scheme="dark")
        self.camera.take(page, "account-narrow", NARROW)


def of_a_large_firm(camera: Camera, site: str, welcome: str) -> None:
    """What it takes years and many accounts to show."""
    with camera.window(site) as page:
        come_in(page, welcome)
        for name in ("silence", "coverage", "reports"):
            page.goto(f"/staff/{name}")
            camera.take(page, name)


def post_one_click(link: str) -> None:
    """What a mail program's own button sends."""
    form = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "a mail program"}
    with urlopen(Request(link, b"List-Unsubscribe=One-Click", form)) as answer:  # noqa: S310 - our own house
        assert answer.status == 200


def is_bulletin(mail: Mail) -> bool:
    """Whether a mail is no single letter."""
    return str(mail.message["Feedback-ID"]).startswith("TB-")


def html_of(mail: Mail) -> str:
    """The part that a mail program shows."""
    part = mail.message.get_body(("html",))
    assert part
    return str(part.get_content())


def leave(page: Page, url: str) -> None:
    """Press the button."""
    page.goto(f"{url}?lang=en")
    read(page)
    press(page, page.locator('button[value="topic"]'))


if __name__ == "__main__":
    main()

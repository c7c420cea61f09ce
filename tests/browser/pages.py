"""What a browser does in these tests, and what a page may not do to its reader."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Locator, Page

from tests.running_house import RunningHouse

PASSWORD = "a lathe sings at dawn"

WIDTHS = (1280, 360, 320)  # 320 is also 1280 at 400 % zoom (WCAG 1.4.10)
SCHEMES = ("light", "dark")
# WCAG 2.5.8 (target-size) is left out by axe-core unless it is asked for.
_AXE = """() => axe.run({resultTypes: ['violations'], rules: {'target-size': {enabled: true}}})
  .then(found => found.violations.map(v => `${v.id} ${v.nodes[0].html.slice(0, 100)}`))"""
_SPACED = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* {line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important}
    p {margin-bottom: 2em !important}`);
  document.adoptedStyleSheets = [sheet];
}"""
_CUT_OFF = """() => [...document.querySelectorAll('body *:not(.unseen, .unseen *)')]
  .filter(e => getComputedStyle(e).overflow !== 'visible' && e.matches(':not(textarea)')
      && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1)
    || e.getBoundingClientRect().right > innerWidth + 1 || e.getBoundingClientRect().left < -1)
  .map(e => e.outerHTML.slice(0, 100))"""


def come_in(page: Page, house: RunningHouse) -> None:
    """Set a password with the one-time link that the house printed."""
    page.goto(house.welcome_url)
    page.fill("#password", PASSWORD)
    page.fill("#repeated", PASSWORD)
    press(page, page.get_by_role("button", name="Set the password"))


def press(page: Page, button: Locator) -> None:
    """Press a button that sends a form, and wait for the answer."""
    with page.expect_navigation():
        button.click()


def listen(page: Page) -> list[str]:
    """What the browser complains of from now on: console, errors, dialogs."""
    said: list[str] = []
    page.on("console", lambda message: said.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"{page.url}: {error}"))

    def dialog(opened: object) -> None:
        said.append(f"{page.url}: a dialog opened: {opened}")
        opened.dismiss()  # type: ignore[attr-defined] # Playwright's Dialog

    page.on("dialog", dialog)
    return said


def flaws(page: Page, name: str) -> list[str]:
    """What axe-core finds in both schemes and at every width, and which pages have to be scrolled sideways."""
    found = []
    page.evaluate(AXE_SCRIPT)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            found += [f"{name} {width} {scheme}: {flaw}" for flaw in page.evaluate(_AXE)]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{name} {width}: scrolls sideways")
    return found


def cut_off(page: Page) -> list[str]:
    """What is cut off when a reader spaces the text out (WCAG 1.4.12)."""
    page.evaluate(_SPACED)
    gone: list[str] = page.evaluate(_CUT_OFF)
    return gone

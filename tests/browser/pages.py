"""What a browser does in these tests, and what a page may not do to its reader."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Locator, Page

PASSWORD = "a lathe sings at dawn"

SCREENS = ((1280, "light"), (320, "dark"))  # 320 is also 1280 at 400 % zoom (WCAG 1.4.10)
PHONE = 360
# WCAG 2.5.8 (target-size) is left out by axe-core unless it is asked for.
_AXE = """() => axe.run({resultTypes: ['violations'], rules: {'target-size': {enabled: true}}})
  .then(found => found.violations.map(v => `${v.id} ${v.nodes[0].html.slice(0, 100)}`))"""
# What may be scrolled in a box of its own is neither cut off nor outside; a field of one line scrolls by itself.
_CUT_OFF = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* {line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important}
    p {margin-bottom: 2em !important}`);
  document.adoptedStyleSheets = [sheet];
  const scrolls = e => /auto|scroll/.test(getComputedStyle(e).overflow);
  const boxed = e => e && (scrolls(e) || boxed(e.parentElement));
  const gone = [...document.querySelectorAll('body *:not(.unseen, .unseen *, .skip, option, optgroup, svg *, iframe)')]
    .filter(e => e.checkVisibility() && !boxed(e)
      && (getComputedStyle(e).overflow !== 'visible' && !e.matches('input')
          && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1)
        || e.getBoundingClientRect().right > innerWidth + 1 || e.getBoundingClientRect().left < -1))
    .map(e => e.outerHTML.slice(0, 100));
  document.adoptedStyleSheets = [];
  return gone;
}"""


def come_in(page: Page, welcome_url: str) -> None:
    """Set a password with a one-time link."""
    page.goto(welcome_url)
    page.fill("#password", PASSWORD)
    page.fill("#repeated", PASSWORD)
    press(page, page.get_by_role("button", name="Set the password"))


def press(page: Page, button: Locator) -> None:
    """Press a button that sends a form, and wait for the answer."""
    with page.expect_navigation():
        button.click()


def read(page: Page) -> None:
    """Take the time of a person; what is pressed sooner counts as a program's (`hit.signs`)."""
    page.wait_for_timeout(2_100)


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
    """What is wrong with the page for a reader: wide and light, narrow and dark, and on a phone.

    What axe-core finds, what has to be scrolled sideways, and what is cut off where the text is spaced out (1.4.12).
    """
    found = []
    page.evaluate(AXE_SCRIPT)
    for width, scheme in SCREENS:
        show(page, width, scheme)
        found += [f"{name} {width} {scheme}: {flaw}" for flaw in page.evaluate(_AXE)]
        found += [f"{name} {width}: cut off: {gone}" for gone in page.evaluate(_CUT_OFF)]
        found += _sideways(page, name)
    show(page, PHONE, "light")
    return found + _sideways(page, name)


def narrow_flaws(page: Page, name: str) -> list[str]:
    """The same on the narrow screen alone."""
    page.evaluate(AXE_SCRIPT)
    show(page, *SCREENS[-1])
    return [f"{name}: {flaw}" for flaw in page.evaluate(_AXE) + page.evaluate(_CUT_OFF)] + _sideways(page, name)


def show(page: Page, width: int, scheme: str) -> None:
    """On a screen of that width, in a light or dark scheme."""
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type] # one of its words


def _sideways(page: Page, name: str) -> list[str]:
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth && innerWidth")
    return [f"{name} {wide}: scrolls sideways"] if wide else []
